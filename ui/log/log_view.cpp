#include "ui/log/log_view.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/log/log_copy.h"

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

LogView::Columns LogView::columns() const
{
    Columns columns;
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
            widest = std::max(widest, int(logText(line->message).size()) + 1);
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

void LogView::paintEvent(QPaintEvent *)
{
    QPainter painter(viewport());
    if (m_cache.lineCount() == 0) {
        painter.setFont(QApplication::font());
        painter.setPen(quietText(palette()));
        painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, emptyText());
        return;
    }
    const Columns where = columns();
    const qint64 first = firstVisibleLine();
    for (int row = 0; row <= visibleLineCount() && first + row < m_cache.lineCount(); ++row)
        paintLine(painter, where, first + row, margin / 2 + row * lineHeight());
}

void LogView::paintLine(QPainter &painter, const Columns &columns, qint64 index, int top) const
{
    const auto [low, high] = std::minmax(m_anchor, m_cursor);
    const bool selected = hasSelection() && index >= low && index <= high;
    const QPalette::ColorGroup group = hasFocus() ? QPalette::Active : QPalette::Inactive;
    const QColor ink = palette().color(group, selected ? QPalette::HighlightedText : QPalette::Text);
    const QColor quiet = selected ? ink : quietText(palette());
    const int height = lineHeight();
    if (selected)
        painter.fillRect(0, top, viewport()->width(), height, palette().color(group, QPalette::Highlight));

    const auto text = [&](int left, int right, const QColor &color, const QString &words) {
        painter.setPen(color);
        painter.drawText(QRect(left, top, right - left, height), Qt::AlignVCenter | Qt::TextSingleLine,
                         words);
    };
    const LogLine *line = m_cache.line(index);
    painter.setFont(font());
    if (!line) {
        text(columns.message, viewport()->width(), quiet, u"…"_s);
        return;
    }
    if (line->eventType == LogCache::missingType()) {
        text(columns.message, viewport()->width(), quiet,
             tr("Line %1 is missing in the store").arg(line->sequence));
        return;
    }
    text(columns.time, columns.mark, quiet, logTime(line->timestamp, m_timeShown));

    const bool bad = line->level == engine::LogLevel::Error;
    QFont markFont = font();
    markFont.setBold(line->level >= engine::LogLevel::Warn);
    painter.setFont(markFont);
    const StateToken token =
        stateToken(bad ? engine::StepState::Failed : engine::StepState::WaitingApproval, palette());
    const bool coloured = line->level >= engine::LogLevel::Warn && !selected;
    const bool readable = contrastRatio(token.outline, palette().color(QPalette::Base)) >= 4.5;
    text(columns.mark, columns.step, coloured && readable ? token.outline : quiet, logMark(*line));

    painter.setFont(font());
    const int stepWidth = columns.message - columns.step - charWidth();
    text(columns.step, columns.message, quiet,
         fontMetrics().elidedText(safeText(line->stepPath), Qt::ElideMiddle, stepWidth));

    QFont messageFont = font();
    messageFont.setItalic(line->eventType == "engine"_L1);
    painter.setFont(messageFont);
    painter.setPen(ink);
    paintMessage(painter, *line, QRect(columns.message, top, viewport()->width() - columns.message, height));
}

void LogView::paintMessage(QPainter &painter, const LogLine &line, const QRect &area) const
{
    constexpr int drawnWhole = 500; // Longer lines are cut to what is seen, or shaping them takes too long.
    QString shown = logText(line.message);
    if (line.continues)
        shown += u" ↩"_s;
    int left = area.left() - horizontalScrollBar()->value();
    if (shown.size() > drawnWhole) {
        qsizetype from = std::min<qsizetype>(horizontalScrollBar()->value() / charWidth(), shown.size());
        if (from > 0 && from < shown.size() && shown.at(from).isLowSurrogate())
            --from;
        left += int(from) * charWidth();
        shown = shown.mid(from, area.width() / charWidth() + 2);
    }
    painter.save();
    painter.setClipRect(area);
    painter.drawText(QRect(left, area.top(), 1 << 20, area.height()), Qt::AlignVCenter | Qt::TextSingleLine,
                     shown);
    painter.restore();
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
