#pragma once

#include <QLabel>

namespace ui {

/// A plain, wrapped label in the colour that stands back, whatever the palette changes to.
class QuietLabel : public QLabel
{
    Q_OBJECT
public:
    explicit QuietLabel(QWidget *parent = nullptr);

protected:
    void changeEvent(QEvent *event) override;

private:
    void tint();
    bool m_tinting = false; ///< Setting the palette announces a change of it.
};

} // namespace ui
