#pragma once

#include <QWidget>

class QToolButton;

namespace ui {

/// A digest or another long machine value in fixed pitch, elided in the middle when there is no room, with a
/// button that copies the whole. The whole is also its tooltip and its accessible name.
class DigestLabel : public QWidget
{
    Q_OBJECT
public:
    /// @param what  what the value is, for the copy button: "plan hash"
    explicit DigestLabel(const QString &what, QWidget *parent = nullptr);

    void setDigest(const QString &digest);
    QString digest() const { return m_digest; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void copy() const;
    int textHeight() const;
    void placeButton();

    const QString m_what;
    QString m_digest;
    QToolButton *m_copy;
};

} // namespace ui
