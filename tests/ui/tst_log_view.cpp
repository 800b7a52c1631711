#include "tests/support/fake_run_service.h"
#include "ui/log/log_panel.h"
#include "ui/log/log_text.h"
#include "ui/log/log_view.h"

#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::LogLine;
using engine::LogQuery;
using engine::Result;
using ui::LogCache;
using ui::LogView;

namespace {

/// Of this process alone: a busy machine must not fail a test.
double processorSeconds()
{
    return double(std::clock()) / CLOCKS_PER_SEC;
}

const engine::RunId theRun{u"run_01HZZZZZZZZZZZZZZZZZZZZZZZ"_s};

/// A log of any length, made as it is asked for. Every tenth line is of the step "rare".
class LongLog : public FakeRunService
{
public:
    qint64 count = 1'000'000;
    std::optional<engine::Error> failure{};
    bool lagging = false; ///< Announces lines that it does not give.

    static LogLine lineOf(qint64 sequence)
    {
        LogLine line;
        line.sequence = sequence;
        line.stepPath = sequence % 10 == 0 ? u"rare"_s : u"often"_s;
        line.message = u"line %1"_s.arg(sequence);
        return line;
    }

    QFuture<Result<QList<LogLine>>> logs(const LogQuery &query) override
    {
        logQueries += query;
        if (failure)
            return engine::finishedFuture(Result<QList<LogLine>>(*failure));
        QList<LogLine> found;
        for (qint64 n = query.after + 1; n <= count && found.size() < query.limit && !lagging; ++n) {
            const LogLine line = lineOf(n);
            if (query.stepPath.isEmpty() || query.stepPath == line.stepPath)
                found += line;
        }
        return engine::finishedFuture(Result<QList<LogLine>>(found));
    }
};

QString textAt(const LogView &view, qint64 index)
{
    const LogLine *line = view.cache().line(index);
    return line ? line->message : QString();
}

} // namespace

class TestLogView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_log = std::make_unique<LongLog>();
        m_view = std::make_unique<LogView>(m_log.get());
        m_view->resize(900, 400);
        m_view->show();
    }
    void cleanup()
    {
        m_view.reset();
        m_log.reset();
    }

    void aMillionLinesOpenAtTheEnd()
    {
        const double start = processorSeconds();
        m_view->setRun(theRun, m_log->count);
        QTRY_COMPARE(textAt(*m_view, 999'999), u"line 1000000"_s);
        const double took = processorSeconds() - start;
        QVERIFY2(took < 0.5, qPrintable(QString::number(took)));
        QVERIFY(m_view->isFollowing());
        QCOMPARE(m_view->firstVisibleLine() + m_view->visibleLineCount(), 1'000'000);
        QCOMPARE(m_log->logQueries.size(), 1);
        QCOMPARE(m_log->logQueries.first().after, 999'000);
        QCOMPARE(m_log->logQueries.first().limit, 1000);
    }

    void jumpingAsksForFewPages()
    {
        m_view->setRun(theRun, m_log->count);
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QTRY_COMPARE(textAt(*m_view, 0), u"line 1"_s);
        m_view->verticalScrollBar()->setValue(500'500);
        QTRY_COMPARE(textAt(*m_view, 500'500), u"line 500501"_s);
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QTRY_COMPARE(textAt(*m_view, 999'999), u"line 1000000"_s);
        QVERIFY2(m_log->logQueries.size() <= 5, qPrintable(QString::number(m_log->logQueries.size())));
    }

    void draggingThroughHoldsFewPages()
    {
        m_view->setRun(theRun, m_log->count);
        for (int at = 0; at < 900'000; at += 25'000) {
            m_view->verticalScrollBar()->setValue(at);
            QTRY_VERIFY(m_view->cache().line(at));
        }
        int held = 0;
        for (int page = 0; page < 1000; ++page)
            held += m_view->cache().line(page * LogCache::PageSize) ? 1 : 0;
        QVERIFY2(held <= LogCache::MaxPages, qPrintable(QString::number(held)));
    }

    void scrollingUpDetaches()
    {
        auto *button = m_view->findChild<QPushButton *>(u"followButton"_s);
        QSignalSpy changed(m_view.get(), &LogView::followingChanged);
        m_view->setRun(theRun, 5000);
        QVERIFY(!button->isVisible());
        m_view->verticalScrollBar()->setValue(100);
        QVERIFY(!m_view->isFollowing());
        QVERIFY(button->isVisible());
        QCOMPARE(button->text(), u"Follow the end"_s);

        m_view->grow(5007);
        QCOMPARE(m_view->firstVisibleLine(), 100);
        QCOMPARE(button->text(), u"7 new line(s): follow the end"_s);

        QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(m_view->isFollowing());
        QVERIFY(!button->isVisible());
        QCOMPARE(m_view->firstVisibleLine() + m_view->visibleLineCount(), 5007);
        QCOMPARE(changed.size(), 2);
        m_view->grow(6000);
        QCOMPARE(m_view->firstVisibleLine() + m_view->visibleLineCount(), 6000);
    }

    void scrollingDownToTheEndAttaches()
    {
        m_view->setRun(theRun, 5000);
        m_view->verticalScrollBar()->setValue(100);
        m_view->verticalScrollBar()->setValue(m_view->verticalScrollBar()->maximum());
        QVERIFY(m_view->isFollowing());
    }

    void selectingDetachesAndCopies()
    {
        m_view->setRun(theRun, 5000);
        QTRY_VERIFY(m_view->cache().line(4999));
        const qint64 first = m_view->firstVisibleLine();
        QSignalSpy step(m_view.get(), &LogView::stepSelected);
        QSignalSpy copied(m_view.get(), &LogView::copied);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, {50, 10});
        QCOMPARE(step.size(), 1);
        QVERIFY(!m_view->isFollowing());
        QTest::keyClick(m_view.get(), Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
        QTRY_COMPARE(copied.size(), 1);
        QCOMPARE(QGuiApplication::clipboard()->text(), u"line %1\nline %2\n"_s.arg(first + 1).arg(first + 2));
    }

    void copyingIsBounded()
    {
        m_view->setRun(theRun, m_log->count);
        QSignalSpy copied(m_view.get(), &LogView::copied);
        m_view->selectAll();
        m_view->copySelection();
        QTRY_COMPARE(copied.size(), 1);
        QCOMPARE(copied.first().at(0).toLongLong(), 100'000);
        QCOMPARE(copied.first().at(1).toBool(), true);
        QVERIFY(QGuiApplication::clipboard()->text().endsWith(u"line 100000\n"_s));
    }

    void oneStepIsFoundPageByPage()
    {
        m_log->count = 25'000;
        m_view->setRun(theRun, 25'000);
        m_view->setFilter({u"rare"_s, {}});
        QTRY_COMPARE(m_view->cache().lineCount(), 2500); // It follows, so it looks until the end.
        QVERIFY(m_view->cache().isComplete());
        QTRY_COMPARE(textAt(*m_view, 2499), u"line 25000"_s);
        const qsizetype asked = m_log->logQueries.size();
        QVERIFY2(asked <= 5, qPrintable(QString::number(asked)));

        m_log->count = 25'020;
        m_view->grow(25'020);
        QTRY_COMPARE(m_view->cache().lineCount(), 2502);
        QCOMPARE(textAt(*m_view, 2501), u"line 25020"_s);
        QCOMPARE(m_log->logQueries.size(), asked + 1);
        QCOMPARE(m_log->logQueries.last().after, 25'000);

        m_view->setFilter({});
        QCOMPARE(m_view->cache().lineCount(), 25'020);
    }

    void droppedPagesOfAFilterComeBack()
    {
        m_log->count = 400'000;
        m_view->setRun(theRun, 400'000);
        m_view->setFilter({u"rare"_s, {}});
        QTRY_COMPARE(m_view->cache().lineCount(), 40'000);
        QVERIFY(!m_view->cache().line(0));
        m_view->goToLine(0);
        QTRY_COMPARE(textAt(*m_view, 0), u"line 10"_s);
        QCOMPARE(m_view->cache().lineCount(), 40'000);
        m_view->goToLine(20'500);
        QTRY_COMPARE(textAt(*m_view, 20'500), u"line 205010"_s);
    }

    void filterWithoutMatchesEnds()
    {
        m_log->count = 3000;
        m_view->setRun(theRun, 3000);
        m_view->setFilter({u"nothing"_s, {}});
        QTRY_VERIFY(m_view->cache().isComplete());
        QTest::qWait(50);
        QCOMPARE(m_view->cache().lineCount(), 0);
        QVERIFY2(m_log->logQueries.size() <= 3, qPrintable(QString::number(m_log->logQueries.size())));
    }

    void aFailureIsToldAndNotRepeatedAtOnce()
    {
        m_log->failure = engine::Error{engine::ErrorCode::Database, u"the store is gone"_s, {}, {}};
        QSignalSpy failed(m_view.get(), &LogView::failed);
        m_view->setRun(theRun, 5000);
        QTRY_COMPARE(failed.size(), 1);
        m_view->grow(6000);
        m_view->grow(7000);
        QTest::qWait(100);
        QCOMPARE(failed.size(), 1);
    }

    void linesThatAreLateAreNotAskedForWithoutPause()
    {
        m_log->lagging = true;
        m_view->setRun(theRun, 5000);
        QTest::qWait(100);
        QCOMPARE(m_log->logQueries.size(), 1);
    }

    void gapsAreShown()
    {
        FakeRunService fake;
        LogCache gapped(&fake);
        fake.lines[theRun] = {LongLog::lineOf(1), LongLog::lineOf(4)};
        gapped.reset(theRun, {}, 4);
        gapped.want(0, 3);
        QTRY_VERIFY(gapped.line(0));
        QCOMPARE(gapped.line(0)->message, u"line 1"_s);
        QCOMPARE(gapped.line(1)->eventType, LogCache::missingType());
        QCOMPARE(gapped.line(2)->sequence, 3);
        QCOMPARE(gapped.line(3)->message, u"line 4"_s);
    }

    void answersOfAnEarlierQuestionAreDropped()
    {
        FakeRunService fake;
        fake.lines[theRun] = {LongLog::lineOf(1)};
        const engine::RunId other{u"run_01HZZZZZZZZZZZZZZZZZZZZZZ1"_s};
        LogCache cache(&fake);
        fake.hold();
        cache.reset(theRun, {}, 1);
        cache.want(0, 0);
        cache.reset(other, {}, 1);
        fake.release();
        QTest::qWait(20);
        QVERIFY(!cache.line(0));
    }

    void staysQuickWhileLinesPourIn()
    {
        m_view->setRun(theRun, 1000);
        const double start = processorSeconds();
        for (qint64 last = 1000; last <= 1'000'000; last += 10'000) {
            m_view->grow(last);
            QCoreApplication::processEvents();
        }
        const double took = processorSeconds() - start;
        QVERIFY2(took < 3, qPrintable(QString::number(took)));
        QVERIFY(m_view->isFollowing());
    }

    void veryLongLinesAreDrawnQuickly()
    {
        FakeRunService fake;
        LogLine line = LongLog::lineOf(1);
        line.message = u"0123456789"_s.repeated(6500);
        for (int i = 1; i <= 50; ++i) {
            line.sequence = i;
            fake.lines[theRun] += line;
        }
        LogView view(&fake);
        view.resize(900, 600);
        view.show();
        view.setRun(theRun, 50);
        QTRY_VERIFY(view.cache().line(0));
        view.horizontalScrollBar()->setValue(300'000);
        const double start = processorSeconds();
        view.viewport()->repaint();
        const double took = processorSeconds() - start;
        QVERIFY2(took < 0.5, qPrintable(QString::number(took)));
    }

    void text_data()
    {
        QTest::addColumn<QString>("message");
        QTest::addColumn<QString>("shown");

        QTest::newRow("plain") << u"a b"_s << u"a b"_s;
        QTest::newRow("columns") << u"ii  libfoo            1.2"_s << u"ii  libfoo            1.2"_s;
        QTest::newRow("tab") << u"a\tb"_s << u"a    b"_s;
        QTest::newRow("colours") << u"\x1b[1;31mred\x1b[0m and\x1b[K not"_s << u"red and not"_s;
        QTest::newRow("moving the cursor stays visible") << u"a\x1b[2Ab"_s << u"a<U+001B>[2Ab"_s;
        QTest::newRow("a title is not swallowed") << u"\x1b]0;x\x07"_s << u"<U+001B>]0;x<U+0007>"_s;
        QTest::newRow("cut off") << u"a\x1b[1"_s << u"a<U+001B>[1"_s;
        QTest::newRow("right-to-left override") << u"a\u202eb"_s << u"a<U+202E>b"_s;
    }

    void text()
    {
        QFETCH(QString, message);
        QFETCH(QString, shown);
        QCOMPARE(ui::logText(message), shown);
    }

    void times()
    {
        const engine::Timestamp time{std::chrono::milliseconds(1'772'000'000'123)};
        QCOMPARE(ui::logTime(time, ui::TimeShown::Utc), u"06:13:20.123Z"_s);
        QCOMPARE(ui::logTime(time, ui::TimeShown::Off), QString());
    }

    void thePanelFiltersByStepAndText()
    {
        ui::LogPanel panel(m_log.get());
        panel.resize(900, 400);
        panel.show();
        m_log->count = 2000;
        panel.setRun(theRun, 2000);
        auto *only = panel.findChild<QCheckBox *>(u"onlyThisStep"_s);
        QVERIFY(!only->isEnabled());
        panel.setStep(u"rare"_s, u"Rare && odd"_s);
        QVERIFY(only->isEnabled());
        QTest::mouseClick(only, Qt::LeftButton, {}, {8, only->height() / 2});
        QCOMPARE(panel.view()->cache().filter(), (ui::LogFilter{u"rare"_s, {}}));
        panel.setStep(u"often"_s, u"Often"_s);
        QCOMPARE(panel.view()->cache().filter(), (ui::LogFilter{u"often"_s, {}}));
        auto *text = panel.findChild<QLineEdit *>(u"logText"_s);
        QTest::keyClicks(text, u"100"_s);
        QTRY_COMPARE(panel.view()->cache().filter(), (ui::LogFilter{u"often"_s, u"100"_s}));
    }

private:
    std::unique_ptr<LongLog> m_log;
    std::unique_ptr<LogView> m_view;
};

QTEST_MAIN(TestLogView)
#include "tst_log_view.moc"
