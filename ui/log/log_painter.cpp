#include "ui/log/log_painter.h"

#include "ui/common/safe_text.h"
#include "ui/common/theme.h"
#include "ui/log/log_cache.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QWidget>

using engine::LogLevel;
using engine::LogLine;

namespace ui {

using namespace Qt::StringLiterals;

LogPainter::LogPainter(QPainter &painter, const QWidget &widget, const LogColumns &columns,
                       TimeShown timeShown)
    : m_painter(painter)
    , m_font(widget.font())
    , m_palette(widget.palette())
    , m_group(widget.hasFocus() ? QPalette::Active : QPalette::Inactive)
    , m_columns(columns)
    , m_timeShown(timeShown)
    , m_charWidth(std::max(1, widget.fontMetrics().horizontalAdvance(u'0')))
{
}

QColor LogPainter::begin(const QRect &row, bool isSelected)
{
    if (isSelected)
        m_painter.fillRect(row, m_palette.color(m_group, QPalette::Highlight));
    const QColor quiet =
        isSelected ? m_palette.color(m_group, QPalette::HighlightedText) : quietText(m_palette);
    m_painter.setFont(m_font);
    m_painter.setPen(quiet);
    return quiet;
}

void LogPainter::paintMissing(const QRect &row, bool isSelected)
{
    begin(row, isSelected);
    text(row, m_columns.message, row.right(), u"…"_s);
}

void LogPainter::paint(const LogLine &line, const QString &shown, const QRect &row, bool isSelected)
{
    const QColor quiet = begin(row, isSelected);
    if (line.eventType == LogCache::missingType()) {
        text(row, m_columns.message, row.right(),
             QCoreApplication::translate("ui::Log", "Line %1 is missing in the store").arg(line.sequence));
        return;
    }
    text(row, m_columns.time, m_columns.mark, logTime(line.timestamp, m_timeShown));
    const int stepWidth = m_columns.message - m_columns.step - m_charWidth;
    text(row, m_columns.step, m_columns.message,
         QFontMetrics(m_font).elidedText(safeText(line.stepPath), Qt::ElideMiddle, stepWidth));
    mark(line, row, quiet, isSelected);

    QFont messageFont = m_font;
    messageFont.setItalic(line.eventType == "engine"_L1);
    m_painter.setFont(messageFont);
    m_painter.setPen(isSelected ? quiet : m_palette.color(m_group, QPalette::Text));
    message(line, shown, row.adjusted(m_columns.message - row.left(), 0, 0, 0));
}

void LogPainter::text(const QRect &row, int left, int right, const QString &words)
{
    m_painter.drawText(QRect(left, row.top(), right - left, row.height()),
                       Qt::AlignVCenter | Qt::TextSingleLine, words);
}

void LogPainter::mark(const LogLine &line, const QRect &row, const QColor &quiet, bool isSelected)
{
    const bool stands = line.level >= LogLevel::Warn;
    const AnyState like =
        line.level == LogLevel::Error ? engine::StepState::Failed : engine::StepState::WaitingApproval;
    const QColor colour = stateToken(like, m_palette).outline;
    const bool readable = contrastRatio(colour, m_palette.color(QPalette::Base)) >= 4.5;
    QFont font = m_font;
    font.setBold(stands);
    m_painter.setFont(font);
    m_painter.setPen(stands && readable && !isSelected ? colour : quiet);
    text(row, m_columns.mark, m_columns.step, logMark(line));
}

void LogPainter::message(const LogLine &line, QString shown, const QRect &area)
{
    constexpr int drawnWhole = 500; // Longer lines are cut to what is seen, or shaping them takes too long.
    if (line.continues)
        shown += u" ↩"_s;
    int left = area.left() - m_scrolled;
    if (shown.size() > drawnWhole) {
        qsizetype from = std::min<qsizetype>(m_scrolled / m_charWidth, shown.size());
        if (from > 0 && from < shown.size() && shown.at(from).isLowSurrogate())
            --from;
        left += int(from) * m_charWidth;
        shown = shown.mid(from, area.width() / m_charWidth + 2);
    }
    m_painter.save();
    m_painter.setClipRect(area);
    m_painter.drawText(QRect(left, area.top(), 1 << 20, area.height()), Qt::AlignVCenter | Qt::TextSingleLine,
                       shown);
    m_painter.restore();
}

} // namespace ui
