#pragma once

#include "ui/log/log_cache.h"
#include "ui/log/log_text.h"

#include <QAbstractScrollArea>
#include <QCache>
#include <QTimer>

class QPushButton;

namespace ui {

struct LogColumns;

/// The log of a run, line by line in fixed pitch. Holds only the pages around what is seen, whatever the
/// log's length.
///
/// It follows the end until the user scrolls up or selects; then a button tells how many lines came and goes
/// back. Lines are selected with the mouse or Shift and the arrow keys, and copied as text.
class LogView : public QAbstractScrollArea
{
    Q_OBJECT
public:
    explicit LogView(engine::RunService *service, QWidget *parent = nullptr);

    void setRun(const engine::RunId &run, qint64 lastSequence);
    void setFilter(const LogFilter &filter);
    void grow(qint64 lastSequence); ///< Lines up to this number can be read.
    void setTimeShown(TimeShown shown);

    bool isFollowing() const { return m_following; }
    void setFollowing(bool following);

    const LogCache &cache() const { return m_cache; }
    qint64 firstVisibleLine() const;
    int visibleLineCount() const; ///< Whole lines that fit.
    void goToLine(qint64 line);

    bool hasSelection() const { return m_anchor >= 0; }
    void selectAll();
    void copySelection(); ///< Reads what it needs and then fills the clipboard; at most LogCopy::MaxLines.

Q_SIGNALS:
    void followingChanged(bool following);
    void stepSelected(const QString &stepPath); ///< Of a line that the user clicked.
    void copied(qint64 lines, bool truncated);
    void failed(const engine::Error &error);
    void recovered(); ///< Lines arrived.

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void scrollContentsBy(int dx, int dy) override;
    void keyPressEvent(QKeyEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    LogColumns columns() const;
    int lineHeight() const;
    int charWidth() const;
    qint64 lineAt(const QPoint &point) const;
    void restart(const engine::RunId &run, const LogFilter &filter, qint64 lastSequence);
    void onScrolled();
    void onLineCountChanged();
    void onLinesArrived();
    void scheduleWant();
    void wantVisible();
    void updateScrollBars();
    void updateFollowButton();
    void updateDescription();
    void moveCursor(qint64 to, bool extend);
    QString emptyText() const;
    QString textOf(qint64 index, const engine::LogLine &line);

    engine::RunService *const m_service;
    LogCache m_cache;
    QTimer m_wanting;
    QPushButton *m_follow;
    TimeShown m_timeShown = TimeShown::Off;
    bool m_following = true;
    bool m_adjusting = false;        ///< The program moves the scroll bar, not the user.
    qint64 m_countWhenLeft = 0;      ///< Lines there were when following ended.
    qint64 m_anchor = -1;            ///< Selection, from here ...
    qint64 m_cursor = -1;            ///< ... to here, both included.
    int m_widest = 0;                ///< Characters of the longest message seen.
    QCache<qint64, QString> m_texts; ///< logText() of lines in sight, which long lines make costly.
    int m_stepChars = 0;             ///< Characters of the longest step path seen, up to a limit.
};

} // namespace ui
