#include "ui/run/graph_camera.h"

#include <cmath>

namespace ui {

QSizeF GraphCamera::contentSize() const
{
    return bounds.size() * zoom + QSizeF(2 * Margin, 2 * Margin);
}

QPointF GraphCamera::origin() const
{
    const QSizeF content = contentSize();
    const QSizeF seen = viewport;
    const double fromStart =
        isMirrored ? seen.width() - content.width() + scrolled.x() : -double(scrolled.x());
    const double x = content.width() > seen.width() ? fromStart : (seen.width() - content.width()) / 2;
    const double y =
        content.height() > seen.height() ? -double(scrolled.y()) : (seen.height() - content.height()) / 2;
    return {x + Margin, y + Margin};
}

QRectF GraphCamera::toView(const QRectF &rect) const
{
    const double left = isMirrored ? bounds.right() - rect.right() : rect.left() - bounds.left();
    return {origin() + QPointF(left, rect.top() - bounds.top()) * zoom, rect.size() * zoom};
}

QRectF GraphCamera::toLayout(const QRectF &rect) const
{
    const QPointF from = (rect.topLeft() - origin()) / zoom;
    const QSizeF size = rect.size() / zoom;
    const double left = isMirrored ? bounds.right() - from.x() - size.width() : bounds.left() + from.x();
    return {QPointF(left, bounds.top() + from.y()), size};
}

QPoint GraphCamera::scrollTo(const QRectF &rect) const
{
    const auto distance = [](double from, double to, double low, double high) {
        if (from < low || to - from > high - low)
            return from - low;
        return to > high ? to - high : 0.0;
    };
    const double x = distance(rect.left(), rect.right(), Margin, viewport.width() - Margin);
    const double y = distance(rect.top(), rect.bottom(), Margin, viewport.height() - Margin);
    return {int(std::lround(isMirrored ? -x : x)), int(std::lround(y))};
}

} // namespace ui
