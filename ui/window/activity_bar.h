#pragma once

#include <QToolButton>
#include <QWidget>

#include <optional>

namespace ui {

enum class Activity { Home, Approvals, Runs, Packs, Evidence };

/// One word of the activity bar, with a count when there is something to count.
class ActivityButton : public QToolButton
{
    Q_OBJECT
public:
    ActivityButton(const QString &text, QWidget *parent);

    void setCount(int count);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QFont countFont() const;

    int m_count = 0;
};

/// The list of places along the window's leading edge, in words.
class ActivityBar : public QWidget
{
    Q_OBJECT
public:
    explicit ActivityBar(QWidget *parent = nullptr);

    void setCount(Activity activity, int count);
    /// Marks where the user is; nothing when the page on show belongs to none.
    void setCurrent(std::optional<Activity> activity);
    ActivityButton *button(Activity activity) const;

Q_SIGNALS:
    void activityRequested(ui::Activity activity);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QList<ActivityButton *> m_buttons; ///< In the order of Activity.
};

} // namespace ui
