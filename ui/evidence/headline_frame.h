#pragma once

#include "ui/common/theme.h"

#include <QFrame>

#include <optional>

class QLabel;

namespace ui {

class StateMark;

/// The headline of a verification: a band in the headline's colour around our own words. It stands outside of
/// what the bundle says, so that nothing in a bundle can imitate it.
class HeadlineFrame : public QFrame
{
    Q_OBJECT
public:
    explicit HeadlineFrame(QWidget *parent = nullptr);

    void setHeadline(engine::Headline headline);
    /// While nothing is known: no headline, only what goes on.
    void setBusy(const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::optional<engine::Headline> m_headline;
    StateMark *m_mark;
    QLabel *m_title;
    QLabel *m_advice;
};

} // namespace ui
