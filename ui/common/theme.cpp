#include "ui/common/theme.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QFontInfo>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>

#include <cmath>
#include <functional>

namespace ui {

namespace {

using engine::GateState;
using engine::Headline;
using engine::RunState;
using engine::StepState;

/// The rows of the table of state colours.
enum class Tone { Quiet, Running, Waiting, Good, Failed, Cancelled, Refused, Plain };

struct Colours
{
    QRgb fill;
    QRgb glyph;
    QRgb outline;
};

constexpr Colours lightColours[] = {
    {0xFFFFFFFF, 0xFF5F6B76, 0xFF5F6B76}, // Quiet
    {0xFF1A6FC4, 0xFFFFFFFF, 0xFF0B63B0}, // Running
    {0xFFFFC233, 0xFF2B1D00, 0xFF8A5300}, // Waiting
    {0xFFA6E3D0, 0xFF003D30, 0xFF00735C}, // Good
    {0xFF9E1B0B, 0xFFFFFFFF, 0xFF9E1B0B}, // Failed
    {0xFFD5D8DC, 0xFF3A4148, 0xFF6B5B73}, // Cancelled
    {0xFF5B2A86, 0xFFFFFFFF, 0xFF5B2A86}, // Refused
};

constexpr Colours darkColours[] = {
    {0xFF1E1F22, 0xFF9AA5B1, 0xFF9AA5B1}, // Quiet
    {0xFF2F8FEA, 0xFF000000, 0xFF5CB3FF}, // Running
    {0xFFFFC233, 0xFF2B1D00, 0xFFF2B632}, // Waiting
    {0xFFA6E3D0, 0xFF003D30, 0xFF3FC9A5}, // Good
    {0xFFC0341F, 0xFFFFFFFF, 0xFFFF7A66}, // Failed
    {0xFF4A4F57, 0xFFE6E8EB, 0xFFB3A4BC}, // Cancelled
    {0xFF7A45B0, 0xFFFFFFFF, 0xFFE39AC7}, // Refused
};

struct Look
{
    StateShape shape;
    Glyph glyph;
    Tone tone;
};

constexpr Look queued{StateShape::HollowCircle, Glyph::None, Tone::Quiet};
constexpr Look running{StateShape::Circle, Glyph::Play, Tone::Running};
constexpr Look waiting{StateShape::Hexagon, Glyph::Person, Tone::Waiting};
constexpr Look stopping{StateShape::Circle, Glyph::Bar, Tone::Running};
constexpr Look succeeded{StateShape::Circle, Glyph::Tick, Tone::Good};
constexpr Look failed{StateShape::Square, Glyph::Cross, Tone::Failed};
constexpr Look cancelled{StateShape::Circle, Glyph::Bar, Tone::Cancelled};
constexpr Look refused{StateShape::Diamond, Glyph::Bar, Tone::Refused};
constexpr Look skipped{StateShape::DashedCircle, Glyph::None, Tone::Plain};
constexpr Look unknown{StateShape::DashedSquare, Glyph::Question, Tone::Plain};

Look lookOf(RunState state)
{
    switch (state) {
    case RunState::Queued: return queued;
    case RunState::Running: return running;
    case RunState::Waiting: return waiting;
    case RunState::Cancelling: return stopping;
    case RunState::Succeeded: return succeeded;
    case RunState::Failed: return failed;
    case RunState::Cancelled: return cancelled;
    case RunState::Interrupted: return unknown;
    }
    return unknown;
}

Look lookOf(StepState state)
{
    switch (state) {
    case StepState::Pending:
    case StepState::Ready:
    case StepState::BackingOff: return queued;
    case StepState::Running:
    case StepState::WaitingPolicy: return running;
    case StepState::WaitingApproval: return waiting;
    case StepState::Cancelling: return stopping;
    case StepState::Succeeded: return succeeded;
    case StepState::Failed: return failed;
    case StepState::Cancelled: return cancelled;
    case StepState::Skipped: return skipped;
    case StepState::Blocked: return refused;
    case StepState::Interrupted: return unknown;
    }
    return unknown;
}

Look lookOf(GateState state)
{
    switch (state) {
    case GateState::Open: return waiting;
    case GateState::Approved: return succeeded;
    case GateState::Rejected: return refused;
    case GateState::Expired: return {StateShape::Hexagon, Glyph::Bar, Tone::Cancelled};
    case GateState::Cancelled: return cancelled;
    }
    return unknown;
}

/// No two of the nine share shape and glyph: in a small or colourless picture they stay apart.
Look lookOf(Headline headline)
{
    switch (headline) {
    case Headline::Tampered: return failed;
    case Headline::Incomplete: return {StateShape::Square, Glyph::Bar, Tone::Failed};
    case Headline::NotCheckable: return unknown;
    case Headline::RevokedKey: return {StateShape::Diamond, Glyph::Cross, Tone::Refused};
    case Headline::UnknownKey: return {StateShape::Hexagon, Glyph::Question, Tone::Waiting};
    case Headline::UntrustedForPurpose: return {StateShape::Diamond, Glyph::Question, Tone::Refused};
    case Headline::ExpiredKey: return {StateShape::Hexagon, Glyph::Bar, Tone::Waiting};
    case Headline::Unsigned: return {StateShape::Circle, Glyph::Question, Tone::Cancelled};
    case Headline::Good: return succeeded;
    }
    return unknown;
}

double luminance(const QColor &color)
{
    const auto channel = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF())
           + 0.0722 * channel(color.blueF());
}

/// An icon that is painted by a function, anew for each size and palette.
class PaintedIconEngine : public QIconEngine
{
public:
    using Paint = std::function<void(QPainter &, const QRectF &)>;

    explicit PaintedIconEngine(Paint paint)
        : m_paint(std::move(paint))
    {
    }

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        painter->save();
        if (mode == QIcon::Disabled)
            painter->setOpacity(0.5);
        m_paint(*painter, rect);
        painter->restore();
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return pixmap;
    }

    QIconEngine *clone() const override { return new PaintedIconEngine(*this); }

private:
    Paint m_paint;
};

} // namespace

StateToken stateToken(const AnyState &state, const QPalette &palette)
{
    const Look look = std::visit([](auto s) { return lookOf(s); }, state);
    if (look.tone == Tone::Plain) {
        const QColor window = palette.color(QPalette::Window);
        const QColor text = palette.color(QPalette::WindowText);
        return {look.shape, look.glyph, window, text, text};
    }
    const Colours &colours = (isDark(palette) ? darkColours : lightColours)[int(look.tone)];
    return {look.shape, look.glyph, QColor(colours.fill), QColor(colours.glyph), QColor(colours.outline)};
}

QIcon stateIcon(const AnyState &state)
{
    return QIcon(new PaintedIconEngine([state](QPainter &painter, const QRectF &rect) {
        paintState(painter, rect, stateToken(state, QGuiApplication::palette()));
    }));
}

QIcon closeIcon()
{
    return QIcon(new PaintedIconEngine([](QPainter &painter, const QRectF &rect) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(QGuiApplication::palette().color(QPalette::WindowText), rect.width() / 11,
                            Qt::SolidLine, Qt::RoundCap));
        const double inset = rect.width() * 0.28;
        const QRectF cross = rect.adjusted(inset, inset, -inset, -inset);
        painter.drawLine(cross.topLeft(), cross.bottomRight());
        painter.drawLine(cross.topRight(), cross.bottomLeft());
    }));
}

bool isDark(const QPalette &palette)
{
    return luminance(palette.color(QPalette::Window)) < luminance(palette.color(QPalette::WindowText));
}

QColor quietText(const QPalette &palette)
{
    const QColor text = palette.color(QPalette::WindowText);
    const QColor window = palette.color(QPalette::Window);
    const QColor base = palette.color(QPalette::Base);
    for (const double amount : {0.35, 0.25, 0.15}) {
        const QColor quiet = mixed(text, window, amount);
        if (contrastRatio(quiet, window) >= 4.5 && contrastRatio(quiet, base) >= 4.5)
            return quiet;
    }
    return text;
}

QColor lineColor(const QPalette &palette)
{
    return mixed(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.22);
}

double contrastRatio(const QColor &one, const QColor &other)
{
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

QColor mixed(const QColor &under, const QColor &over, double amount)
{
    const auto mix = [amount](double u, double o) { return float(u + (o - u) * amount); };
    return QColor::fromRgbF(mix(under.redF(), over.redF()), mix(under.greenF(), over.greenF()),
                            mix(under.blueF(), over.blueF()));
}

QFont monospaceFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    const QFont general = QGuiApplication::font();
    if (general.pointSizeF() > 0)
        font.setPointSizeF(general.pointSizeF());
    return font;
}

} // namespace ui
