#pragma once

#include "ui/log/log_text.h"

#include <QColor>
#include <QFont>
#include <QPalette>
#include <QRect>

class QPainter;
class QWidget;

namespace ui {

/// Where the columns of a log begin, in pixels. The message is the last; it alone scrolls sideways.
struct LogColumns
{
    int time = 0;
    int mark = 0;
    int step = 0;
    int message = 0;
};

/// Draws lines of a log into rows that it is given, in the colours and the fixed-pitch font of a widget.
class LogPainter
{
public:
    LogPainter(QPainter &painter, const QWidget &widget, const LogColumns &columns, TimeShown timeShown);

    void setScrolled(int pixels) { m_scrolled = pixels; }

    /// A line that is here. @param shown  logText() of its message
    void paint(const engine::LogLine &line, const QString &shown, const QRect &row, bool isSelected);
    /// A line that has not come yet.
    void paintMissing(const QRect &row, bool isSelected);

private:
    QColor begin(const QRect &row, bool isSelected); ///< Returns the colour that stands back.
    void text(const QRect &row, int left, int right, const QString &words);
    void mark(const engine::LogLine &line, const QRect &row, const QColor &quiet, bool isSelected);
    void message(const engine::LogLine &line, QString shown, const QRect &area);

    QPainter &m_painter;
    const QFont m_font;
    const QPalette m_palette;
    const QPalette::ColorGroup m_group;
    const LogColumns m_columns;
    const TimeShown m_timeShown;
    const int m_charWidth;
    int m_scrolled = 0;
};

} // namespace ui
