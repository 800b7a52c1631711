#include "ui/run/graph_view.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/run/graph_painter.h"

#include <QAccessible>
#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QToolTip>

#include <algorithm>
#include <cmath>

using engine::StepState;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double minZoom = 0.02;
constexpr double maxZoom = 4;
constexpr double zoomStep = 1.25;

} // namespace

GraphView::GraphView(QWidget *parent)
    : QAbstractScrollArea(parent)
{
    setObjectName(u"graphView"_s);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Graph of steps"));
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
    viewport()->setMouseTracking(false);
    describe();
}

void GraphView::reset(const RunSteps &steps)
{
    const QString current = currentPath();
    m_steps = steps;
    m_current = m_steps.nodeOf(current);
    layOut();
    describe();
}

void GraphView::apply(const QList<engine::StepRecord> &records)
{
    QList<std::pair<int, StepState>> before;
    for (const engine::StepRecord &record : records) {
        const int node = m_steps.nodeOf(record.path);
        if (node >= 0)
            before += {node, m_steps.state(node)};
    }
    if (m_steps.apply(records).isEmpty())
        return;
    for (const auto &[node, state] : before) {
        if (m_steps.state(node) != state)
            m_folds.change(node, state, m_steps.state(node));
    }
    viewport()->update();
    describe();
}

void GraphView::layOut()
{
    m_layout = GraphLayout(m_steps.outline(), GraphPainter::metricsFor(font()));
    m_folds = GraphFolds(m_steps, m_layout);
    updateScrollBars();
    placeFirst();
    viewport()->update();
}

QString GraphView::currentPath() const
{
    return m_current < 0 ? QString() : m_steps.outline().at(m_current).path;
}

void GraphView::setCurrentPath(const QString &path)
{
    setCurrent(m_steps.nodeOf(path), false);
}

void GraphView::setCurrent(int node, bool byUser)
{
    if (node == m_current)
        return;
    m_current = node;
    viewport()->update();
    describe();
    if (node < 0)
        return;
    scrollToCurrent();
    if (byUser)
        Q_EMIT currentPathChanged(currentPath());
}

void GraphView::goToNextProblem()
{
    const int node = m_steps.nextProblem(m_current);
    if (node >= 0)
        setCurrent(node, true);
}

void GraphView::describe()
{
    const RunProgress progress = m_steps.progress();
    QString text = tr("%1 of %2 steps are done, %3 running, %4 waiting for a person, %5 with problems.")
                       .arg(progress.done)
                       .arg(progress.total)
                       .arg(progress.running)
                       .arg(progress.waiting)
                       .arg(progress.failed);
    if (m_current >= 0)
        text += u' '
                + tr("Current step: %1, %2.")
                      .arg(stepTitle(m_steps.outline().at(m_current)), stateWord(m_steps.state(m_current)));
    if (text == accessibleDescription())
        return;
    setAccessibleDescription(text);
}

// Places.

GraphCamera GraphView::camera() const
{
    return {m_layout.bounds(),
            m_zoom,
            viewport()->size(),
            {horizontalScrollBar()->value(), verticalScrollBar()->value()},
            isMirrored()};
}

QRectF GraphView::itemRect(int item) const
{
    return camera().toView(m_layout.items().at(item).rect);
}

void GraphView::updateScrollBars()
{
    const QSize content = camera().contentSize().toSize();
    const QSize seen = viewport()->size();
    horizontalScrollBar()->setRange(0, std::max(0, content.width() - seen.width()));
    horizontalScrollBar()->setPageStep(seen.width());
    horizontalScrollBar()->setSingleStep(int(m_layout.metrics().cardWidth * m_zoom / 4) + 1);
    verticalScrollBar()->setRange(0, std::max(0, content.height() - seen.height()));
    verticalScrollBar()->setPageStep(seen.height());
    verticalScrollBar()->setSingleStep(int(m_layout.metrics().cardHeight * m_zoom / 2) + 1);
}

void GraphView::placeFirst()
{
    if (m_placed || m_layout.items().isEmpty() || !isVisible())
        return;
    m_placed = true;
    fit();
    if (m_zoom < 0.75) { // Rather the beginning in a readable size than everything too small.
        m_zoom = 0.75;
        updateScrollBars();
        horizontalScrollBar()->setValue(0);
        verticalScrollBar()->setValue(verticalScrollBar()->maximum() / 2);
    }
    scrollToCurrent();
}

void GraphView::fit()
{
    const QSizeF natural = m_layout.bounds().size();
    if (natural.isEmpty())
        return;
    const double wide = (viewport()->width() - 2 * GraphCamera::Margin) / natural.width();
    const double high = (viewport()->height() - 2 * GraphCamera::Margin) / natural.height();
    m_zoom = std::clamp(std::min(wide, high), minZoom, 1.0);
    updateScrollBars();
    viewport()->update();
}

void GraphView::zoomBy(double factor)
{
    setZoom(m_zoom * factor, QRectF(viewport()->rect()).center());
}

void GraphView::setZoom(double zoom, const QPointF &anchor)
{
    const QPointF held = camera().toLayout(anchor);
    m_zoom = std::clamp(zoom, minZoom, maxZoom);
    updateScrollBars();
    const QPointF moved = camera().toView(held) - anchor;
    scrollBy({int(std::lround(isMirrored() ? -moved.x() : moved.x())), int(std::lround(moved.y()))});
    viewport()->update();
}

void GraphView::scrollToCurrent()
{
    const int item = m_current < 0 ? -1 : m_layout.itemOf(m_current);
    if (item < 0)
        return;
    scrollBy(camera().scrollTo(itemRect(item)));
}

void GraphView::scrollBy(const QPoint &by)
{
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + by.x());
    verticalScrollBar()->setValue(verticalScrollBar()->value() + by.y());
}

// Painting.

void GraphView::paintEvent(QPaintEvent *event)
{
    QPainter painter(viewport());
    m_painted = 0;
    if (m_layout.items().isEmpty()) {
        painter.setPen(quietText(palette()));
        painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap,
                         tr("No steps are known yet."));
        return;
    }
    const double around =
        8 + m_layout.metrics().gapAlong * m_zoom; // Outlines and arrows reach beyond an item.
    const QRectF area = camera().toLayout(QRectF(event->rect()).adjusted(-around, -around, around, around));
    GraphPainter parts(painter, *this, m_steps, m_zoom);
    m_layout.forEachIn(area, [&](int item) {
        ++m_painted;
        paintItem(parts, item);
    });
}

void GraphView::paintItem(GraphPainter &painter, int item)
{
    const GraphItem &it = m_layout.items().at(item);
    const QRectF rect = camera().toView(it.rect);
    const bool isCurrent = m_current >= 0 && m_layout.itemOf(m_current) == item;
    const QLineF arrow = m_layout.arrowAfter(item);
    if (!arrow.isNull())
        painter.arrow(camera().toView(arrow));
    switch (it.shape) {
    case GraphShape::Card: painter.card(it.node, rect, false, isCurrent); break;
    case GraphShape::Gate: painter.card(it.node, rect, true, isCurrent); break;
    case GraphShape::Group: {
        painter.group(it.node, rect, isCurrent);
        const QList<QLineF> lines = m_layout.forkLines(item);
        for (const QLineF &line : lines)
            painter.line(camera().toView(line));
        break;
    }
    case GraphShape::Summary: {
        const GraphFolds::Fold &fold = m_folds.of(item);
        painter.summary(it.node, fold, rect, isCurrent && m_current == it.node);
        paintProblems(painter, item, fold);
        break;
    }
    }
}

void GraphView::paintProblems(GraphPainter &painter, int item, const GraphFolds::Fold &fold)
{
    const int count = int(fold.problems.size());
    const bool tooMany = count > GraphLayout::ProblemSlots;
    const int shown = tooMany ? GraphLayout::ProblemSlots - 1 : count;
    int slot = 0;
    for (const int node : fold.problems) {
        if (slot == shown)
            break;
        painter.problem(node, camera().toView(m_layout.problemSlot(item, slot++)), node == m_current);
    }
    if (tooMany)
        painter.moreProblems(count - shown, camera().toView(m_layout.problemSlot(item, slot)));
}

void GraphView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateScrollBars();
}

void GraphView::showEvent(QShowEvent *event)
{
    QAbstractScrollArea::showEvent(event);
    placeFirst();
}

void GraphView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LayoutDirectionChange)
        layOut();
}

// The user.

int GraphView::nodeAt(const QPointF &viewPoint) const
{
    const QPointF point = camera().toLayout(viewPoint);
    const int item = m_layout.itemAt(point);
    if (item < 0)
        return -1;
    const GraphItem &it = m_layout.items().at(item);
    if (it.shape == GraphShape::Summary) {
        const auto &problems = m_folds.of(item).problems;
        int slot = 0;
        for (const int node : problems) {
            const bool hasPlace =
                slot < GraphLayout::ProblemSlots - 1
                || (slot < GraphLayout::ProblemSlots && int(problems.size()) <= GraphLayout::ProblemSlots);
            if (!hasPlace)
                break;
            if (m_layout.problemSlot(item, slot++).contains(point))
                return node;
        }
    }
    return it.node;
}

bool GraphView::moveCurrent(int key)
{
    const int ahead = isMirrored() ? Qt::Key_Left : Qt::Key_Right;
    const int item = m_current < 0 ? -1 : m_layout.itemOf(m_current);
    int to = -1;
    if (key == Qt::Key_Home)
        to = m_layout.items().isEmpty() ? -1 : 0;
    else if (key == Qt::Key_End)
        to = int(m_layout.items().size()) - 1;
    else if (key == Qt::Key_Up)
        to = m_layout.moved(item, GraphMove::Up);
    else if (key == Qt::Key_Down)
        to = m_layout.moved(item, GraphMove::Down);
    else if (key == Qt::Key_Left || key == Qt::Key_Right)
        to = m_layout.moved(item, key == ahead ? GraphMove::Forward : GraphMove::Back);
    else
        return false;
    if (to >= 0)
        setCurrent(m_layout.items().at(to).node, true);
    return true;
}

void GraphView::keyPressEvent(QKeyEvent *event)
{
    if (moveCurrent(event->key()))
        return;
    switch (event->key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoomBy(zoomStep); return;
    case Qt::Key_Minus: zoomBy(1 / zoomStep); return;
    case Qt::Key_0: fit(); return;
    case Qt::Key_F8: goToNextProblem(); return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0)
            Q_EMIT activated(currentPath());
        return;
    default: QAbstractScrollArea::keyPressEvent(event); // Page keys scroll.
    }
}

void GraphView::mousePressEvent(QMouseEvent *event)
{
    m_pressed = m_last = event->position().toPoint();
    m_dragged = false;
}

void GraphView::mouseMoveEvent(QMouseEvent *event)
{
    const QPoint at = event->position().toPoint();
    if (!m_dragged && (at - m_pressed).manhattanLength() < QApplication::startDragDistance())
        return;
    m_dragged = true;
    viewport()->setCursor(Qt::ClosedHandCursor);
    const QPoint by = at - m_last;
    m_last = at;
    scrollBy({isMirrored() ? by.x() : -by.x(), -by.y()});
}

void GraphView::mouseReleaseEvent(QMouseEvent *event)
{
    viewport()->unsetCursor();
    if (event->button() != Qt::LeftButton || m_dragged)
        return;
    const int node = nodeAt(event->position());
    if (node >= 0)
        setCurrent(node, true);
}

void GraphView::mouseDoubleClickEvent(QMouseEvent *event)
{
    const int node = nodeAt(event->position());
    if (event->button() == Qt::LeftButton && node >= 0)
        Q_EMIT activated(m_steps.outline().at(node).path);
}

void GraphView::wheelEvent(QWheelEvent *event)
{
    if (!(event->modifiers() & Qt::ControlModifier)) {
        QAbstractScrollArea::wheelEvent(event);
        return;
    }
    setZoom(m_zoom * std::pow(zoomStep, event->angleDelta().y() / 120.0), event->position());
    event->accept();
}

QString GraphView::toolTipFor(int node) const
{
    const engine::OutlineNode &step = m_steps.outline().at(node);
    QStringList lines{stepTitle(step), safeText(step.path), stateWord(m_steps.state(node))};
    if (!m_steps.record(node).reason.isEmpty())
        lines += safeText(m_steps.record(node).reason);
    const int item = m_layout.itemOf(node);
    if (item >= 0 && m_layout.items().at(item).shape == GraphShape::Summary)
        lines += countWords(m_folds.of(item));
    return lines.join(u'\n').toHtmlEscaped().replace(u'\n', u"<br>"_s);
}

bool GraphView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int node = nodeAt(help->pos());
        if (node >= 0)
            QToolTip::showText(help->globalPos(), toolTipFor(node), viewport());
        else
            QToolTip::hideText();
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

} // namespace ui
