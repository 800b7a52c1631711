#include "ui/common/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace ui {

namespace {

// Everything is drawn on a grid of 16 by 16 units and scaled to the square at hand.
constexpr double grid = 16;

QPainterPath polygon(std::initializer_list<QPointF> points)
{
    QPainterPath path;
    path.addPolygon(QPolygonF(QList<QPointF>(points)));
    path.closeSubpath();
    return path;
}

QPainterPath outlineOf(StateShape shape)
{
    QPainterPath path;
    switch (shape) {
    case StateShape::HollowCircle:
    case StateShape::Circle:
    case StateShape::DashedCircle: path.addEllipse(QRectF(1.25, 1.25, 13.5, 13.5)); break;
    case StateShape::Square:
    case StateShape::DashedSquare: path.addRoundedRect(QRectF(1.75, 1.75, 12.5, 12.5), 1.5, 1.5); break;
    case StateShape::Diamond: return polygon({{8, 0.6}, {15.4, 8}, {8, 15.4}, {0.6, 8}});
    case StateShape::Hexagon:
        return polygon({{4.2, 1.2}, {11.8, 1.2}, {15.5, 8}, {11.8, 14.8}, {4.2, 14.8}, {0.5, 8}});
    }
    return path;
}

void paintLines(QPainter &painter, const QColor &color, std::initializer_list<QPointF> points)
{
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, 1.9, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPolyline(QPolygonF(QList<QPointF>(points)));
}

void paintFilled(QPainter &painter, const QColor &color, const QPainterPath &path)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawPath(path);
}

void paintPerson(QPainter &painter, const QColor &color)
{
    QPainterPath path;
    path.addEllipse(QPointF(8, 5.6), 2, 2);
    path.moveTo(4.4, 12.2);
    path.cubicTo(4.4, 7.6, 11.6, 7.6, 11.6, 12.2);
    path.closeSubpath();
    path.setFillRule(Qt::WindingFill);
    paintFilled(painter, color, path);
}

void paintQuestion(QPainter &painter, const QColor &color)
{
    QPainterPath hook(QPointF(5.8, 6.2));
    hook.cubicTo(5.8, 3.2, 10.2, 3.2, 10.2, 6);
    hook.cubicTo(10.2, 7.8, 8, 7.6, 8, 9.4);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(color, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(hook);
    QPainterPath dot;
    dot.addEllipse(QPointF(8, 12), 1.05, 1.05);
    paintFilled(painter, color, dot);
}

void paintGlyph(QPainter &painter, Glyph glyph, const QColor &color)
{
    switch (glyph) {
    case Glyph::None: break;
    case Glyph::Play: paintFilled(painter, color, polygon({{6, 4.6}, {12, 8}, {6, 11.4}})); break;
    case Glyph::Person: paintPerson(painter, color); break;
    case Glyph::Tick: paintLines(painter, color, {{4.8, 8.4}, {7.1, 10.7}, {11.3, 5.7}}); break;
    case Glyph::Cross:
        paintLines(painter, color, {{5.4, 5.4}, {10.6, 10.6}});
        paintLines(painter, color, {{10.6, 5.4}, {5.4, 10.6}});
        break;
    case Glyph::Bar: paintLines(painter, color, {{5, 8}, {11, 8}}); break;
    case Glyph::Question: paintQuestion(painter, color); break;
    }
}

} // namespace

void paintState(QPainter &painter, const QRectF &rect, const StateToken &token)
{
    const double side = std::min(rect.width(), rect.height());
    if (side <= 0)
        return;
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(rect.center() - QPointF(side / 2, side / 2));
    painter.scale(side / grid, side / grid);

    QPen pen(token.outline, token.shape == StateShape::HollowCircle ? 1.6 : 1.2);
    pen.setJoinStyle(Qt::MiterJoin);
    if (token.shape == StateShape::DashedCircle || token.shape == StateShape::DashedSquare)
        pen.setDashPattern({2.0, 1.6});
    painter.setPen(pen);
    painter.setBrush(token.fill);
    painter.drawPath(outlineOf(token.shape));
    paintGlyph(painter, token.glyph, token.glyphColor);
    painter.restore();
}

} // namespace ui
