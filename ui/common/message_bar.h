#pragma once

#include "engine/base/error.h"

#include <QFrame>

class QLabel;
class QToolButton;

namespace ui {

/// A message inside a page, above what it is about. Hidden until something is shown; it takes no focus.
class MessageBar : public QFrame
{
    Q_OBJECT
public:
    enum class Kind { Info, Warning, Error };

    explicit MessageBar(QWidget *parent = nullptr);

    /// @param text     our own words
    /// @param details  more, also from outside; shown as safe text
    void showMessage(Kind kind, const QString &text, const QString &details = {});
    /// @param headline  what could not be done; the error says why
    void showError(const QString &headline, const engine::Error &error);
    void clear();                    ///< Hides it.
    void setClosable(bool closable); ///< By the user; true at first.

    QString text() const;
    QString details() const;

Q_SIGNALS:
    void closed(); ///< By the user.

protected:
    void changeEvent(QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void retint();

    Kind m_kind = Kind::Info;
    QColor m_accent;
    QLabel *m_text;
    QLabel *m_details;
    QToolButton *m_close;
};

} // namespace ui
