#pragma once

#include "engine/api/values.h"

#include <QColor>
#include <QIcon>
#include <QPalette>

#include <variant>

class QPainter;

namespace ui {

enum class StateShape { HollowCircle, Circle, Hexagon, Square, Diamond, DashedCircle, DashedSquare };
enum class Glyph { None, Play, Person, Tick, Cross, Bar, Question };

/// How a state looks: by shape and glyph first, by colour only then.
struct StateToken
{
    StateShape shape = StateShape::DashedSquare;
    Glyph glyph = Glyph::Question;
    QColor fill{};
    QColor glyphColor{}; ///< At least 4.5:1 against fill.
    QColor outline{};

    bool operator==(const StateToken &) const = default;
};

/// Any state that the console shows; each enum converts to it.
using AnyState = std::variant<engine::RunState, engine::StepState, engine::GateState, engine::Headline>;

/// The token for this palette: the dark one when the palette's window is darker than its text.
StateToken stateToken(const AnyState &state, const QPalette &palette);

/// The state in the user's language: "Waiting for approval", "Tampered", ...
QString stateWord(const AnyState &state);

/// stateWord() of a run, which also tells a success in spite of failed steps.
QString runStateWord(const engine::RunSummary &run);

/// An icon that is drawn anew for the application's palette at each paint.
QIcon stateIcon(const AnyState &state);

/// A thin cross in the colour of the text, for buttons that close something.
QIcon closeIcon();

/// Draws shape and glyph into the largest square in the middle of rect.
void paintState(QPainter &painter, const QRectF &rect, const StateToken &token);

bool isDark(const QPalette &palette);

/// Text that stands back, at least 4.5:1 against the palette's window and base.
QColor quietText(const QPalette &palette);

/// Thin lines between and around things.
QColor lineColor(const QPalette &palette);

/// Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.1, "contrast ratio").
double contrastRatio(const QColor &one, const QColor &other);

/// amount of over, from 0 to 1, laid on under.
QColor mixed(const QColor &under, const QColor &over, double amount);

/// The system's fixed-pitch font at the application's size.
QFont monospaceFont();

} // namespace ui

Q_DECLARE_METATYPE(ui::AnyState)
