#pragma once

#include "ui/common/theme.h"

#include <QWidget>

#include <optional>

class QLabel;

namespace ui {

/// The shape of a state in the size of the text beside it.
class StateMark : public QWidget
{
    Q_OBJECT
public:
    explicit StateMark(QWidget *parent = nullptr);

    void setState(const AnyState &state);
    /// How much larger than the line of text it is; 1 at first.
    void setScale(double scale);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::optional<AnyState> m_state;
    double m_scale = 1;
};

/// A state as shape and word.
class StateChip : public QWidget
{
    Q_OBJECT
public:
    explicit StateChip(QWidget *parent = nullptr);

    void setState(const AnyState &state);
    /// With other words than stateWord().
    void setState(const AnyState &state, const QString &word);
    QString word() const;

private:
    StateMark *m_mark;
    QLabel *m_word;
};

} // namespace ui
