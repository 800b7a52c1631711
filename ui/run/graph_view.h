#pragma once

#include "ui/run/graph_camera.h"
#include "ui/run/graph_folds.h"

#include <QAbstractScrollArea>

namespace ui {

class GraphPainter;

/// The steps of a run as a picture: left to right in time (right to left in such a language), what runs side
/// by side stacked, what has not begun ghosted. Paints only what is visible.
///
/// Drag moves it, Ctrl and wheel, + and - change the size, 0 shows all; arrows go along the edges, F8 to the
/// next problem, Enter activates. The tree of steps shows the same to assistive tools.
class GraphView : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit GraphView(QWidget *parent = nullptr);

    void reset(const RunSteps &steps); ///< Keeps the current step when it is still there.
    void apply(const QList<engine::StepRecord> &records);

    /// Makes a step the current one and scrolls to it; one that is folded away marks what it is folded into.
    void setCurrentPath(const QString &path);
    QString currentPath() const;

    void zoomBy(double factor); ///< Around the middle of what is seen.
    void fit();                 ///< All of it, not larger than natural size.
    void goToNextProblem();
    bool hasProblem() const { return m_steps.nextProblem(-1) >= 0; }
    double zoom() const { return m_zoom; }

    const GraphLayout &graphLayout() const { return m_layout; }
    QRectF itemRect(int item) const;                   ///< Where an item is in the viewport.
    int lastPaintedItems() const { return m_painted; } ///< How many items the last paint drew.

Q_SIGNALS:
    void currentPathChanged(const QString &path); ///< By the user.
    void activated(const QString &path);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void layOut();
    void setCurrent(int node, bool byUser);
    bool moveCurrent(int key);
    void updateScrollBars();
    void placeFirst();
    void scrollToCurrent();
    void setZoom(double zoom, const QPointF &anchor);
    void describe();
    void paintItem(GraphPainter &painter, int item);
    void paintProblems(GraphPainter &painter, int item, const GraphFolds::Fold &fold);
    int nodeAt(const QPointF &viewPoint) const;
    QString toolTipFor(int node) const;
    GraphCamera camera() const;
    void scrollBy(const QPoint &by);
    bool isMirrored() const { return layoutDirection() == Qt::RightToLeft; }

    RunSteps m_steps;
    GraphLayout m_layout;
    GraphFolds m_folds;
    double m_zoom = 1;
    int m_current = -1; ///< Node.
    bool m_placed = false;
    bool m_dragged = false;
    QPoint m_pressed;
    QPoint m_last;
    int m_painted = 0;
};

} // namespace ui
