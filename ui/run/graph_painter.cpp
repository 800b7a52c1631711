#include "ui/run/graph_painter.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <QStyle>
#include <QWidget>

#include <algorithm>
#include <cmath>

using engine::OutlineNode;
using engine::StepState;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QFont zoomed(QFont font, double zoom)
{
    if (font.pointSizeF() > 0)
        font.setPointSizeF(std::max(1.0, font.pointSizeF() * zoom));
    else
        font.setPixelSize(std::max(1, int(font.pixelSize() * zoom)));
    return font;
}

QPainterPath shapePath(const QRectF &rect, bool isGate, double radius)
{
    QPainterPath path;
    if (!isGate) {
        path.addRoundedRect(rect, radius, radius);
        return path;
    }
    const double point = std::min(rect.height() / 3, rect.width() / 4);
    path.addPolygon(QPolygonF(QList<QPointF>{{rect.left(), rect.center().y()},
                                             {rect.left() + point, rect.top()},
                                             {rect.right() - point, rect.top()},
                                             {rect.right(), rect.center().y()},
                                             {rect.right() - point, rect.bottom()},
                                             {rect.left() + point, rect.bottom()}}));
    path.closeSubpath();
    return path;
}

QString itemsWord(const GraphFolds::Fold &fold)
{
    int total = 0;
    for (const int count : fold.counts)
        total += count;
    return QCoreApplication::translate("ui::GraphView", "%n items", nullptr, total);
}

} // namespace

GraphPainter::GraphPainter(QPainter &painter, const QWidget &widget, const RunSteps &steps, double zoom)
    : m_painter(painter)
    , m_steps(steps)
    , m_palette(widget.palette())
    , m_font(zoomed(widget.font(), zoom))
    , m_direction(widget.layoutDirection())
    , m_zoom(zoom)
{
    m_painter.setRenderHint(QPainter::Antialiasing);
}

GraphMetrics GraphPainter::metricsFor(const QFont &font)
{
    const QFontMetricsF metrics(font);
    const double line = metrics.lineSpacing();
    GraphMetrics sizes;
    sizes.cardWidth = std::round(metrics.averageCharWidth() * 36);
    sizes.cardHeight = std::round(line * 2 + line * 0.9);
    sizes.gapAlong = std::round(line * 2.2);
    sizes.gapAcross = std::round(line * 0.8);
    sizes.padding = std::round(line * 1.4);
    sizes.titleHeight = std::round(line * 2.0);
    return sizes;
}

void GraphPainter::line(const QLineF &line)
{
    m_painter.setPen(QPen(mixed(lineColor(m_palette), m_palette.color(QPalette::WindowText), 0.2),
                          std::max(0.6, scaled(1.4))));
    m_painter.drawLine(line);
}

void GraphPainter::arrow(const QLineF &line)
{
    this->line(line);
    const double size = scaled(5);
    const double way = line.p2().x() >= line.p1().x() ? -size : size;
    const QPointF tip = line.p2();
    m_painter.setBrush(m_painter.pen().color());
    m_painter.drawPolygon(QPolygonF(
        QList<QPointF>{tip, tip + QPointF(way * 1.4, -size * 0.8), tip + QPointF(way * 1.4, size * 0.8)}));
}

void GraphPainter::body(const QRectF &rect, bool isGate, StepState state, bool isCurrent)
{
    const StateToken token = stateToken(state, m_palette);
    const QPainterPath path = shapePath(rect, isGate, scaled(6));
    const bool ghost = isFuture(state) || state == StepState::Skipped;
    QPen pen(ghost ? quietText(m_palette) : token.outline, std::max(0.8, scaled(ghost ? 1.0 : 1.8)));
    if (ghost)
        pen.setStyle(Qt::DashLine);
    m_painter.setPen(pen);
    // A little of the state's colour; the words stay on a ground they are readable on.
    const QColor base = m_palette.color(QPalette::Base);
    m_painter.setBrush(ghost ? QBrush(Qt::NoBrush) : QBrush(mixed(base, token.fill, 0.08)));
    m_painter.drawPath(path);
    if (isCurrent) {
        m_painter.setPen(QPen(m_palette.color(QPalette::Highlight), std::max(2.0, scaled(3))));
        m_painter.setBrush(Qt::NoBrush);
        const double out = std::max(3.0, scaled(4));
        m_painter.drawPath(shapePath(rect.adjusted(-out, -out, out, out), isGate, scaled(6) + out));
    }
}

void GraphPainter::far(const QRectF &rect, bool isGate, StepState state, bool isCurrent)
{
    const StateToken token = stateToken(state, m_palette);
    m_painter.setPen(
        QPen(isCurrent ? m_palette.color(QPalette::Highlight) : token.outline, isCurrent ? 3 : 1));
    m_painter.setBrush(token.fill);
    m_painter.drawPath(shapePath(rect, isGate, scaled(6)));
}

void GraphPainter::words(const QRectF &rect, const QString &text, const QColor &color, bool bold)
{
    QFont font = m_font;
    font.setBold(bold);
    m_painter.setFont(font);
    m_painter.setPen(color);
    const QString shown = QFontMetricsF(font).elidedText(text, Qt::ElideRight, rect.width());
    m_painter.drawText(rect, int(QStyle::visualAlignment(m_direction, Qt::AlignLeading | Qt::AlignVCenter)),
                       shown);
}

void GraphPainter::card(int node, const QRectF &rect, bool isGate, bool isCurrent)
{
    const StepState state = m_steps.state(node);
    if (isFar()) {
        far(rect, isGate, state, isCurrent);
        return;
    }
    body(rect, isGate, state, isCurrent);

    const OutlineNode &step = m_steps.outline().at(node);
    const bool mirrored = m_direction == Qt::RightToLeft;
    const double line = QFontMetricsF(m_font).lineSpacing();
    const double side = line * 1.35;
    const double inset = isGate ? rect.height() / 3 : line * 0.6;
    const double markLeft = mirrored ? rect.right() - inset - side : rect.left() + inset;
    paintState(m_painter, QRectF(markLeft, rect.center().y() - side / 2, side, side),
               stateToken(state, m_palette));

    const double start = inset + side + line * 0.5;
    const double end = isGate ? inset * 0.8 : line * 0.5;
    const QRectF text = mirrored ? rect.adjusted(end, 0, -start, 0) : rect.adjusted(start, 0, -end, 0);
    const QColor ink = m_palette.color(QPalette::Text);
    const QColor quiet = quietText(m_palette);
    words(QRectF(text.left(), rect.center().y() - line, text.width(), line), stepTitle(step),
          isFuture(state) ? quiet : ink, !isFuture(state));
    words(QRectF(text.left(), rect.center().y(), text.width(), line),
          isGate ? stateWord(state) : u"%1 · %2"_s.arg(stateWord(state), kindWord(step)), quiet, false);
}

void GraphPainter::group(int node, const QRectF &rect, bool isCurrent)
{
    const StepState state = m_steps.state(node);
    QPen pen(isCurrent ? m_palette.color(QPalette::Highlight) : lineColor(m_palette),
             isCurrent ? std::max(2.0, scaled(3)) : 1);
    if (isFuture(state) && !isCurrent)
        pen.setStyle(Qt::DashLine);
    m_painter.setPen(pen);
    m_painter.setBrush(mixed(m_palette.color(QPalette::Base), m_palette.color(QPalette::WindowText), 0.035));
    m_painter.drawRoundedRect(rect, scaled(8), scaled(8));
    if (isFar())
        return;

    const OutlineNode &step = m_steps.outline().at(node);
    const double line = QFontMetricsF(m_font).lineSpacing();
    const bool mirrored = m_direction == Qt::RightToLeft;
    const QRectF title(rect.left() + line * 0.6, rect.top() + line * 0.35, rect.width() - line * 1.2, line);
    const QRectF mark(mirrored ? title.right() - line : title.left(), title.top(), line, line);
    paintState(m_painter, mark, stateToken(state, m_palette));
    words(mirrored ? title.adjusted(0, 0, -line * 1.4, 0) : title.adjusted(line * 1.4, 0, 0, 0),
          u"%1 · %2"_s.arg(stepTitle(step), kindWord(step)), quietText(m_palette), false);
}

void GraphPainter::summary(int node, const GraphFolds::Fold &fold, const QRectF &rect, bool isCurrent)
{
    const StepState state = m_steps.state(node);
    if (isFar()) {
        far(rect, false, state, isCurrent);
        return;
    }
    // Two edges behind the card say that it stands for many.
    const double off = scaled(4);
    m_painter.setPen(QPen(lineColor(m_palette), std::max(0.8, scaled(1))));
    m_painter.setBrush(m_palette.color(QPalette::Base));
    for (const double shift : {2 * off, off, 0.0})
        m_painter.drawRoundedRect(rect.adjusted(shift, shift, -shift, shift), scaled(6), scaled(6));
    body(rect, false, state, isCurrent);

    const OutlineNode &step = m_steps.outline().at(node);
    const bool mirrored = m_direction == Qt::RightToLeft;
    const double line = QFontMetricsF(m_font).lineSpacing();
    const double side = line * 1.35;
    const double inset = line * 0.6;
    const double top = rect.top() + line * 0.45;
    const double markLeft = mirrored ? rect.right() - inset - side : rect.left() + inset;
    paintState(m_painter, QRectF(markLeft, top + (2 * line - side) / 2, side, side),
               stateToken(state, m_palette));
    const double start = inset + side + line * 0.5;
    const QRectF text = mirrored ? rect.adjusted(inset, 0, -start, 0) : rect.adjusted(start, 0, -inset, 0);
    words(QRectF(text.left(), top, text.width(), line), stepTitle(step), m_palette.color(QPalette::Text),
          true);
    words(QRectF(text.left(), top + line, text.width(), line),
          u"%1 · %2"_s.arg(stateWord(state), itemsWord(fold)), quietText(m_palette), false);
    if (!fold.problems.empty())
        return; // Their places are below.

    double y = top + 2.5 * line;
    for (const StepState each : GraphFolds::order) {
        if (fold.of(each) == 0 || y + line > rect.bottom())
            continue;
        const double small = line * 0.85;
        const double left = mirrored ? rect.right() - inset - side + (side - small) / 2 - (side - small)
                                     : rect.left() + inset + (side - small) / 2;
        paintState(m_painter, QRectF(left, y + (line - small) / 2, small, small),
                   stateToken(each, m_palette));
        words(QRectF(text.left(), y, text.width(), line),
              u"%1 %2"_s.arg(fold.of(each)).arg(stateWord(each).toLower()), m_palette.color(QPalette::Text),
              false);
        y += line * 1.15;
    }
}

void GraphPainter::problem(int node, const QRectF &rect, bool isCurrent)
{
    if (isFar())
        return;
    body(rect, false, m_steps.state(node), isCurrent);
    const double line = QFontMetricsF(m_font).lineSpacing();
    const bool mirrored = m_direction == Qt::RightToLeft;
    const double inset = line * 0.4;
    const double markLeft = mirrored ? rect.right() - inset - line : rect.left() + inset;
    paintState(m_painter, QRectF(markLeft, rect.center().y() - line / 2, line, line),
               stateToken(m_steps.state(node), m_palette));
    const OutlineNode &step = m_steps.outline().at(node);
    const double start = inset + line * 1.4;
    words(mirrored ? rect.adjusted(inset, 0, -start, 0) : rect.adjusted(start, 0, -inset, 0),
          safeText(step.path.section(u'/', -1)), m_palette.color(QPalette::Text), false);
}

void GraphPainter::moreProblems(int count, const QRectF &rect)
{
    if (isFar())
        return;
    const double inset = QFontMetricsF(m_font).lineSpacing() * 0.4;
    words(rect.adjusted(inset, 0, -inset, 0),
          QCoreApplication::translate("ui::GraphView", "and %n more problem(s)", nullptr, count),
          m_palette.color(QPalette::Text), false);
}

} // namespace ui
