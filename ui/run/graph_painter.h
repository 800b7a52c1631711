#pragma once

#include "ui/run/graph_folds.h"

#include <QFont>
#include <QPalette>

class QPainter;
class QWidget;

namespace ui {

/// Draws the parts of a GraphView into places that it is given, in the colours and the font of a widget.
class GraphPainter
{
public:
    GraphPainter(QPainter &painter, const QWidget &widget, const RunSteps &steps, double zoom);

    /// Sizes in which two lines of the font fit.
    static GraphMetrics metricsFor(const QFont &font);

    /// Too small for words: only filled shapes are drawn.
    bool isFar() const { return m_zoom < 0.4; }

    void line(const QLineF &line);
    void arrow(const QLineF &line);
    void card(int node, const QRectF &rect, bool isGate, bool isCurrent);
    void group(int node, const QRectF &rect, bool isCurrent);
    void summary(int node, const GraphFolds::Fold &fold, const QRectF &rect, bool isCurrent);
    /// A failed item pulled out of a Summary.
    void problem(int node, const QRectF &rect, bool isCurrent);
    void moreProblems(int count, const QRectF &rect);

private:
    void body(const QRectF &rect, bool isGate, engine::StepState state, bool isCurrent);
    void far(const QRectF &rect, bool isGate, engine::StepState state, bool isCurrent);
    void words(const QRectF &rect, const QString &text, const QColor &color, bool bold);
    double scaled(double value) const { return value * m_zoom; }

    QPainter &m_painter;
    const RunSteps &m_steps;
    const QPalette m_palette;
    const QFont m_font;
    const Qt::LayoutDirection m_direction;
    const double m_zoom;
};

} // namespace ui
