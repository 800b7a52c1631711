#pragma once

#include <QLineF>
#include <QRectF>
#include <QSize>

namespace ui {

/// From the places of a layout to pixels of a viewport and back: zoom, scrolling, and left and right
/// exchanged where people read from the right. What is smaller than the viewport stands in its middle.
struct GraphCamera
{
    static constexpr double Margin = 24; ///< Around everything, in pixels.

    QRectF bounds{}; ///< Of the layout.
    double zoom = 1;
    QSize viewport{};
    QPoint scrolled{}; ///< Values of the scroll bars; 0 is where reading begins.
    bool isMirrored = false;

    QSizeF contentSize() const; ///< In pixels, with the margins.
    QRectF toView(const QRectF &rect) const;
    QPointF toView(const QPointF &point) const { return toView(QRectF(point, QSizeF())).topLeft(); }
    QLineF toView(const QLineF &line) const { return {toView(line.p1()), toView(line.p2())}; }
    QRectF toLayout(const QRectF &rect) const;
    QPointF toLayout(const QPointF &point) const { return toLayout(QRectF(point, QSizeF())).topLeft(); }

    /// How far to scroll so that rect (in pixels) is seen, its beginning first; 0 where it is seen already.
    QPoint scrollTo(const QRectF &rect) const;

private:
    QPointF origin() const; ///< Where the top left corner of bounds is, in pixels.
};

} // namespace ui
