#pragma once

#include <QTabWidget>

class QToolButton;

namespace ui {

/// The pages of the window, each with a stable URI ("home:", "run:local/run_...", "pack:/path") as its
/// property "uri".
class DocumentTabs : public QTabWidget
{
    Q_OBJECT
public:
    explicit DocumentTabs(QWidget *parent = nullptr);

    /// Adds a page and shows it.
    void add(const QString &uri, const QString &title, QWidget *page);
    /// Shows the page with this URI. Returns whether there is one.
    bool show(const QString &uri);
    void setTitle(QWidget *page, const QString &title);
    void closePage(int index);
    QString currentUri() const;

    static QString uriOf(const QWidget *page); ///< Empty for none.

Q_SIGNALS:
    void currentUriChanged(const QString &uri);

private:
    QToolButton *makeCloseButton(QWidget *page);
};

} // namespace ui
