#include "ui/log/log_view.h"

#include "ui/common/theme.h"
#include "ui/log/log_copy.h"
#include "ui/log/log_painter.h"

#include <QApplication>
#include <QClipboard>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QScrollBar>

#include <algorithm>
#include <limits>

using engine::LogLine;

namespace ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int margin = 6;
constexpr int maxStepChars = 28;
constexpr int markChars = 7;
constexpr int timeChars = 13;

} // namespace

LogView::LogView(engine::RunService *service, QWidget *parent)
    : QAbstractScrollArea(parent)
    , m_service(service)
    , m_cache(service)
    , m_follow(new QPushButton(this))
    , m_texts(300)
{
    setObjectName(u"logView"_s);
    setAccessibleName(tr("Log"));
    setFocusPolicy(Qt::StrongFocus);
    setFont(monospaceFont());
    setLayoutDirection(Qt::LeftToRight); // What programs print reads from the left in every language.
    viewport()->setBackgroundRole(QPalette::Base);
    viewport()->setAutoFillBackground(true);
    viewport()->setCursor(Qt::IBeamCursor);

    m_follow->setObjectName(u"followButton"_s);
    m_follow->setFont(QApplication::font());
    m_follow->setAutoDefault(false);
    m_follow->hide();
    connect(m_follow, &QPushButton::clicked, this, [this] {
        setFocus();
        setFollowing(true);
    });

    m_wanting.setSingleShot(true);
    m_wanting.setInterval(0);
    connect(&m_wanting, &QTimer::timeout, this, &LogView::wantVisible);
    connect(&m_cache, &LogCache::lineCountChanged, this, &LogView::onLineCountChanged);
    connect(&m_cache, &LogCache::linesArrived, this, &LogView::onLinesArrived);
    connect(&m_cache, &LogCache::failed, this, &LogView::failed);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &LogView::onScrolled);
    updateDescription();
}

void LogView::setRun(const engine::RunId &run, qint64 lastSequence)
{
    restart(run, m_cache.filter(), lastSequence);
}

void LogView::setFilter(const LogFilter &filter)
{
    if (filter != m_cache.filter())
        restart(m_cache.run(), filter, m_cache.lastSequence());
}

void LogView::restart(const engine::RunId &run, const LogFilter &filter, qint64 lastSequence)
{
    m_anchor = m_cursor = -1;
    m_widest = 0;
    m_texts.clear();
    m_cache.reset(run, filter, lastSequence);
    setFollowing(true);
    viewport()->update();
}

void LogView::grow(qint64 lastSequence)
{
    m_cache.grow(lastSequence);
    scheduleWant();
}

void LogView::setTimeShown(TimeShown shown)
{
    m_timeShown = shown;
    updateScrollBars();
    viewport()->update();
}

// Following.

void LogView::setFollowing(bool following)
{
    const bool changed = following != m_following;
    m_following = following;
    m_countWhenLeft = m_cache.lineCount();
    updateScrollBars();
    updateFollowButton();
    scheduleWant();
    if (changed)
        Q_EMIT followingChanged(following);
}

void LogView::onScrolled()
{
    viewport()->update();
    scheduleWant();
    if (m_adjusting)
        return;
    const QScrollBar *bar = verticalScrollBar();
    const bool atEnd = bar->value() == bar->maximum();
    if (atEnd != m_following && (!atEnd || !hasSelection()))
        setFollowing(atEnd);
}

void LogView::onLineCountChanged()
{
    updateScrollBars();
    updateFollowButton();
    scheduleWant();
    updateDescription();
    viewport()->update();
}

void LogView::onLinesArrived()
{
    scheduleWant(); // With a filter there may be more to look for.
    viewport()->update();
    Q_EMIT recovered();
}

void LogView::updateFollowButton()
{
    const qint64 fresh = m_cache.lineCount() - m_countWhenLeft;
    m_follow->setVisible(!m_following && m_cache.lineCount() > visibleLineCount());
    m_follow->setText(
        fresh > 0 ? tr("%n new line(s): follow the end", nullptr, int(std::min<qint64>(fresh, 1 << 30)))
                  : tr("Follow the end"));
    m_follow->adjustSize();
    m_follow->move(viewport()->geometry().center().x() - m_follow->width() / 2,
                   viewport()->geometry().bottom() - m_follow->height() - margin);
}

void LogView::updateDescription()
{
    setAccessibleDescription(tr("%n line(s).", nullptr, int(std::min<qint64>(m_cache.lineCount(), 1 << 30))));
}

// Places.

int LogView::lineHeight() const
{
    return fontMetrics().height() + 2;
}

int LogView::charWidth() const
{
    return std::max(1, fontMetrics().horizontalAdvance(u'0'));
}

int LogView::visibleLineCount() const
{
    return std::max(1, (viewport()->height() - margin) / lineHeight());
}

qint64 LogView::firstVisibleLine() const
{
    return verticalScrollBar()->value();
}

qint64 LogView::lineAt(const QPoint &point) const
{
    const qint64 line = firstVisibleLine() + std::max(0, point.y() - margin / 2) / lineHeight();
    return std::clamp<qint64>(line, 0, std::max<qint64>(0, m_cache.lineCount() - 1));
}

LogColumns LogView::columns() const
{
    LogColumns columns;
    columns.time = margin;
    columns.mark = columns.time + (m_timeShown == TimeShown::Off ? 0 : (timeChars + 1) * charWidth());
    columns.step = columns.mark + markChars * charWidth();
    const bool oneStep = m_stepChars == 0;
    columns.message = columns.step + (oneStep ? 0 : (m_stepChars + 2) * charWidth());
    return columns;
}

void LogView::updateScrollBars()
{
    m_adjusting = true;
    const qint64 count = m_cache.lineCount();
    const qint64 hidden = std::max<qint64>(0, count - visibleLineCount());
    verticalScrollBar()->setRange(0, int(std::min<qint64>(hidden, std::numeric_limits<int>::max())));
    verticalScrollBar()->setPageStep(visibleLineCount());
    if (m_following)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());

    const int room = viewport()->width() - columns().message - margin;
    horizontalScrollBar()->setRange(0, std::max(0, m_widest * charWidth() - room));
    horizontalScrollBar()->setPageStep(std::max(1, room));
    horizontalScrollBar()->setSingleStep(charWidth() * 4);
    m_adjusting = false;
}

void LogView::goToLine(qint64 line)
{
    if (m_following)
        setFollowing(false);
    verticalScrollBar()->setValue(int(std::min<qint64>(line, verticalScrollBar()->maximum())));
}

void LogView::scheduleWant()
{
    if (!m_wanting.isActive())
        m_wanting.start();
}

void LogView::wantVisible()
{
    const qint64 first = firstVisibleLine();
    m_cache.want(first, first + visibleLineCount()); // One more than fits: the last may be cut.
    int widest = m_widest;
    int stepChars = m_stepChars;
    for (qint64 i = first; i <= first + visibleLineCount(); ++i) {
        if (const LogLine *line = m_cache.line(i)) {
            widest = std::max(widest, int(textOf(i, *line).size()) + 1);
            stepChars = std::max(stepChars, std::min(maxStepChars, int(line->stepPath.size())));
        }
    }
    if (widest == m_widest && stepChars == m_stepChars)
        return;
    m_widest = widest;
    m_stepChars = stepChars;
    updateScrollBars();
    viewport()->update();
}

void LogView::resizeEvent(QResizeEvent *event)
{
    QAbstractScrollArea::resizeEvent(event);
    updateScrollBars();
    updateFollowButton();
    scheduleWant();
}

void LogView::scrollContentsBy(int, int)
{
    viewport()->update();
}

void LogView::changeEvent(QEvent *event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        updateScrollBars();
}

// Painting.

QString LogView::emptyText() const
{
    if (m_cache.run().isEmpty())
        return {};
    if (!m_cache.isComplete())
        return tr("Looking for lines…");
    return m_cache.filter().isEmpty() ? tr("Nothing has been logged yet.")
                                      : tr("No line matches the filter.");
}

QString LogView::textOf(qint64 index, const LogLine &line)
{
    if (const QString *known = m_texts.object(index))
        return *known;
    QString text = logText(line.message);
    m_texts.insert(index, new QString(text));
    return text;
}

void LogView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    if (m_cache.lineCount() == 0) {
        painter.setFont(QApplication::font());
        painter.setPen(quietText(palette()));
        painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, emptyText());
        return;
    }
    LogPainter lines(painter, *this, columns(), m_timeShown);
    lines.setScrolled(horizontalScrollBar()->value());
    const auto [low, high] = std::minmax(m_anchor, m_cursor);
    const qint64 first = firstVisibleLine();
    for (int row = 0; row <= visibleLineCount() && first + row < m_cache.lineCount(); ++row) {
        const qint64 index = first + row;
        const QRect area(0, margin / 2 + row * lineHeight(), viewport()->width(), lineHeight());
        const bool isSelected = hasSelection() && index >= low && index <= high;
        if (const LogLine *line = m_cache.line(index))
            lines.paint(*line, textOf(index, *line), area, isSelected);
        else
            lines.paintMissing(area, isSelected);
    }
}

// The user.

void LogView::moveCursor(qint64 to, bool extend)
{
    to = std::clamp<qint64>(to, 0, std::max<qint64>(0, m_cache.lineCount() - 1));
    if (m_following)
        setFollowing(false);
    m_cursor = to;
    if (!extend || m_anchor < 0)
        m_anchor = to;
    if (to < firstVisibleLine())
        verticalScrollBar()->setValue(int(to));
    else if (to >= firstVisibleLine() + visibleLineCount())
        verticalScrollBar()->setValue(int(to - visibleLineCount() + 1));
    viewport()->update();
}

void LogView::selectAll()
{
    if (m_cache.lineCount() == 0)
        return;
    setFollowing(false);
    m_anchor = 0;
    m_cursor = m_cache.lineCount() - 1;
    viewport()->update();
}

void LogView::copySelection()
{
    if (!hasSelection())
        return;
    const auto [low, high] = std::minmax(m_anchor, m_cursor);
    const qint64 count = high - low + 1;
    auto *copy = new LogCopy(m_service, m_cache, low, count, this);
    connect(copy, &LogCopy::failed, this, &LogView::failed);
    connect(copy, &LogCopy::finished, this, [this, count](const QString &text, qint64 lines) {
        QApplication::clipboard()->setText(text);
        Q_EMIT copied(lines, lines < count);
    });
    copy->start();
}

void LogView::keyPressEvent(QKeyEvent *event)
{
    const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
    } else if (event->matches(QKeySequence::SelectAll)) {
        selectAll();
    } else if (event->key() == Qt::Key_Home) {
        goToLine(0);
    } else if (event->key() == Qt::Key_End) {
        m_anchor = m_cursor = -1;
        setFollowing(true);
    } else if (event->key() == Qt::Key_Escape && hasSelection()) {
        m_anchor = m_cursor = -1;
        viewport()->update();
    } else if ((event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) && (extend || hasSelection())) {
        const qint64 from = m_cursor < 0 ? firstVisibleLine() : m_cursor;
        moveCursor(from + (event->key() == Qt::Key_Up ? -1 : 1), extend);
    } else {
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void LogView::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_cache.lineCount() == 0)
        return;
    const qint64 at = lineAt(event->position().toPoint());
    moveCursor(at, event->modifiers().testFlag(Qt::ShiftModifier));
    const LogLine *line = m_cache.line(at);
    if (line && !line->stepPath.isEmpty())
        Q_EMIT stepSelected(line->stepPath);
}

void LogView::mouseMoveEvent(QMouseEvent *event)
{
    if (!event->buttons().testFlag(Qt::LeftButton) || m_cache.lineCount() == 0)
        return;
    const int y = int(event->position().y());
    const int beyond = y < 0 ? -1 : y > viewport()->height() ? 1 : 0;
    moveCursor(lineAt(event->position().toPoint()) + beyond, true);
}

void LogView::contextMenuEvent(QContextMenuEvent *event)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(tr("Copy the selected lines"), this, &LogView::copySelection)->setEnabled(hasSelection());
    menu->addAction(tr("Select all"), this, &LogView::selectAll);
    menu->popup(event->globalPos());
}

} // namespace ui
