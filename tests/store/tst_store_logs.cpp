#include "engine/store/log_table.h"
#include "store_samples.h"

#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;

class TestStoreLogs : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void everyValueReadsBack();
    void burstsKeepTheirOrder_data();
    void burstsKeepTheirOrder();
    void pagesCoverTheLogOnce_data();
    void pagesCoverTheLogOnce();
    void filters_data();
    void filters();
    void runsDoNotMix();
    void failedAppendLeavesNoGap();
    void numbersGoOnAfterReopening();
    void pagesAreFoundByTheirKey_data();
    void pagesAreFoundByTheirKey();

private:
    QString path() const { return m_folder->filePath(u"store.db"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStoreLogs::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

static QList<LogLine> numbered(QList<LogLine> lines, qint64 first = 1)
{
    for (LogLine &line : lines)
        line.sequence = first++;
    return lines;
}

void TestStoreLogs::everyValueReadsBack()
{
    using enum LogLevel;
    const QString odd = u"quote ' \" ; -- \\ \t \x1b[31m \r end"_s + QChar(0) + u"after nul ünï 🚀"_s;
    const QList<LogLine> lines{
        {77, at(0), Debug, u"engine"_s, u"starting"_s, {}, 0, false, false},
        {1, at(0), Info, u"output"_s, odd, u"scan"_s, 1, false, false},
        {1, at(0), Warn, u"output"_s, QString(65536, u'x'), u"hosts[3]::restart"_s, 2, true, false},
        {0, at(1), Error, u"output"_s, u"\ufffd"_s, u"hosts[3]::restart"_s, 2, false, true},
        {0, at(1), Error, u"output"_s, {}, u"hosts[3]::restart"_s, 2, true, true},
    };
    QCOMPARE(*samples::storeWithRun(path())->appendLogs(runId(1), lines), 5);

    const auto store = samples::opened(path(), Store::Mode::ReadOnly);
    QCOMPARE(*store->logs({runId(1)}), numbered(lines));
    QCOMPARE(*store->lastLogSequence(runId(1)), 5);
}

void TestStoreLogs::burstsKeepTheirOrder_data()
{
    // Lines that are alike are written in groups of 100, 10 and 1; here are lengths around those sizes.
    QTest::addColumn<QList<int>>("bursts");
    QTest::newRow("none") << QList<int>{};
    QTest::newRow("one") << QList<int>{1};
    QTest::newRow("nine") << QList<int>{9};
    QTest::newRow("ten") << QList<int>{10};
    QTest::newRow("99") << QList<int>{99};
    QTest::newRow("100") << QList<int>{100};
    QTest::newRow("101") << QList<int>{101};
    QTest::newRow("several") << QList<int>{1, 10, 123, 1, 1, 250, 9, 11, 100};
}

void TestStoreLogs::burstsKeepTheirOrder()
{
    QFETCH(QList<int>, bursts);
    QList<LogLine> lines;
    for (int burst = 0; burst < bursts.size(); ++burst) {
        for (int i = 0; i < bursts[burst]; ++i) {
            lines += samples::logLine(int(lines.size()));
            lines.last().timestamp = at(burst);
        }
    }
    const auto store = samples::storeWithRun(path());

    QCOMPARE(*store->appendLogs(runId(1), lines), lines.size());

    QCOMPARE(*store->logs({runId(1)}), numbered(lines));
}

void TestStoreLogs::pagesCoverTheLogOnce_data()
{
    QTest::addColumn<int>("limit");
    QTest::newRow("1") << 1;
    QTest::newRow("7") << 7;
    QTest::newRow("100") << 100;
    QTest::newRow("all at once") << 250;
    QTest::newRow("more than there are") << 1000;
}

void TestStoreLogs::pagesCoverTheLogOnce()
{
    QFETCH(int, limit);
    const auto store = samples::storeWithRun(path());
    const QList<LogLine> lines = samples::logLines(0, 250);
    QVERIFY(store->appendLogs(runId(1), lines));

    QList<LogLine> read;
    LogQuery query{runId(1)};
    query.limit = limit;
    while (true) {
        const auto page = store->logs(query);
        QVERIFY(page);
        if (page->isEmpty())
            break;
        QVERIFY(page->size() <= limit);
        read += *page;
        query.after = page->last().sequence;
    }
    QCOMPARE(read, numbered(lines));
}

void TestStoreLogs::filters_data()
{
    QTest::addColumn<LogQuery>("query");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const QString &step, LogLevel level, const QString &text,
                        const QStringList &expected) {
        QTest::newRow(name) << LogQuery{runId(1), 0, 100, step, level, text} << expected;
    };
    using enum LogLevel;
    const QStringList all{u"a0"_s, u"B1"_s, u"c2"_s,        u"d3"_s, u"e4"_s,
                          u"f5"_s, u"g6"_s, u"h7 %_*[x]"_s, u"É8"_s};
    row("everything", {}, Debug, {}, all);
    row("from info", {}, Info, {}, all.sliced(1));
    row("from warn", {}, Warn, {}, {u"c2"_s, u"d3"_s, u"g6"_s});
    row("errors", {}, Error, {}, {u"d3"_s, u"g6"_s});
    row("step with children", u"hosts"_s, Debug, {}, {u"B1"_s, u"c2"_s, u"d3"_s, u"f5"_s});
    row("item of a map", u"hosts[1]"_s, Debug, {}, {u"c2"_s});
    row("step of an item", u"hosts[1]::restart"_s, Debug, {}, {u"c2"_s});
    row("item that begins alike", u"hosts[10]"_s, Debug, {}, {u"d3"_s});
    row("parallel", u"checks"_s, Debug, {}, {u"g6"_s, u"h7 %_*[x]"_s});
    row("child of a parallel", u"checks/lint"_s, Debug, {}, {u"g6"_s});
    row("name that begins alike", u"host"_s, Debug, {}, {});
    row("no such step", u"nothing"_s, Debug, {}, {});
    row("step and level", u"hosts"_s, Warn, {}, {u"c2"_s, u"d3"_s});
    row("text", {}, Debug, u"b"_s, {u"B1"_s});
    row("text in capitals", {}, Debug, u"H7 %_*[X]"_s, {u"h7 %_*[x]"_s});
    row("pattern signs are text", {}, Debug, u"%"_s, {u"h7 %_*[x]"_s});
    row("only ASCII case is ignored", {}, Debug, u"é"_s, {});
    row("same letter beyond ASCII", {}, Debug, u"É"_s, {u"É8"_s});
    row("step, level and text", u"hosts"_s, Info, u"F"_s, {u"f5"_s});
    QTest::newRow("after and limit") << LogQuery{runId(1), 2, 2, u"hosts"_s, Debug, {}}
                                     << QStringList{u"c2"_s, u"d3"_s};
    QTest::newRow("after the end") << LogQuery{runId(1), 100, 100, {}, Debug, {}} << QStringList{};
    QTest::newRow("before the start") << LogQuery{runId(1), -5, 1, {}, Debug, {}} << QStringList{u"a0"_s};
    QTest::newRow("limit 0") << LogQuery{runId(1), 0, 0, {}, Debug, {}} << QStringList{};
    QTest::newRow("no limit") << LogQuery{runId(1), 0, -1, {}, Debug, {}} << all;
}

void TestStoreLogs::filters()
{
    QFETCH(LogQuery, query);
    QFETCH(QStringList, expected);
    using enum LogLevel;
    const auto line = [](LogLevel level, const QString &step, const QString &message) {
        return LogLine{0, at(0), level, u"output"_s, message, step, 1, false, false};
    };
    const auto store = samples::storeWithRun(path());
    QVERIFY(store->appendLogs(
        runId(1), {line(Debug, {}, u"a0"_s), line(Info, u"hosts"_s, u"B1"_s),
                   line(Warn, u"hosts[1]::restart"_s, u"c2"_s), line(Error, u"hosts[10]::restart"_s, u"d3"_s),
                   line(Info, u"hosts-list"_s, u"e4"_s), line(Info, u"hosts/x"_s, u"f5"_s),
                   line(Error, u"checks/lint"_s, u"g6"_s), line(Info, u"checks/lint2"_s, u"h7 %_*[x]"_s),
                   line(Info, u"hosts:x"_s, u"É8"_s)}));

    const auto lines = store->logs(query);

    QVERIFY2(lines, lines ? "" : qPrintable(lines.error().message));
    QStringList messages;
    for (const LogLine &found : *lines)
        messages += found.message;
    QCOMPARE(messages, expected);
}

void TestStoreLogs::runsDoNotMix()
{
    const auto store = samples::storeWithRun(path());
    QVERIFY(store->createRun(samples::newRun(2), {}, samples::firstEvents()));
    for (int i = 0; i < 20; ++i)
        QCOMPARE(*store->appendLogs(runId(1 + i % 2), samples::logLines(i, 3)), (i / 2 + 1) * 3);
    for (const int run : {1, 2}) {
        const auto lines = store->logs({runId(run)});
        QCOMPARE(lines->size(), 30);
        QCOMPARE(*store->lastLogSequence(runId(run)), 30);
        QCOMPARE(lines->first().message, u"line %1"_s.arg(run - 1));
        QCOMPARE(lines->last().sequence, 30);
    }
}

void TestStoreLogs::failedAppendLeavesNoGap()
{
    samples::storeWithRun(path());
    samples::tamper(path(), u"CREATE TRIGGER t BEFORE INSERT ON pack_run_logs WHEN new.message = 'bad' "
                            "BEGIN SELECT raise(ABORT, 'no such lines'); END"_s);
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);
    const QList<LogLine> good = samples::logLines(0, 150);
    QCOMPARE(*store->appendLogs(runId(1), good), 150);

    QList<LogLine> bad = samples::logLines(150, 150);
    bad[140].message = u"bad"_s;
    const auto failed = store->appendLogs(runId(1), bad);
    QVERIFY(!failed);
    QCOMPARE(failed.error(),
             (Error{ErrorCode::Database, u"database \"%1\": no such lines"_s.arg(path()), {}, {}}));
    QCOMPARE(*store->lastLogSequence(runId(1)), 150);

    QCOMPARE(*store->appendLogs(runId(1), samples::logLines(150, 3)), 153);
    QCOMPARE(*store->logs({runId(1)}), numbered(samples::logLines(0, 153)));
}

void TestStoreLogs::numbersGoOnAfterReopening()
{
    QVERIFY(samples::storeWithRun(path())->appendLogs(runId(1), samples::logLines(0, 5)));
    QCOMPARE(*samples::opened(path(), Store::Mode::ReadWrite)->appendLogs(runId(1), {}), 5);
    QCOMPARE(*samples::opened(path(), Store::Mode::ReadWrite)->appendLogs(runId(1), samples::logLines(5, 5)),
             10);
    QCOMPARE(*samples::opened(path(), Store::Mode::ReadOnly)->logs({runId(1)}),
             numbered(samples::logLines(0, 10)));
}

void TestStoreLogs::pagesAreFoundByTheirKey_data()
{
    QTest::addColumn<LogQuery>("query");
    QTest::newRow("plain") << LogQuery{runId(1), 5'000'000, 1000, {}, LogLevel::Debug, {}};
    QTest::newRow("filtered") << LogQuery{runId(1), 5'000'000, 1000, u"build"_s, LogLevel::Warn, u"text"_s};
}

void TestStoreLogs::pagesAreFoundByTheirKey()
{
    // How fast a page deep in a long log is shows in SQLite's plan; a clock says little on a busy machine.
    QFETCH(LogQuery, query);
    samples::storeWithRun(path());
    auto connection = Connection::open(path(), Connection::Access::ReadOnly);
    QVERIFY(connection);
    const Query selection = logSelection(1, query);

    const auto plan =
        (*connection)->list(u"EXPLAIN QUERY PLAN "_s + selection.sql, selection.values, [](Row &row) {
            return row.text(3);
        });

    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().message));
    QCOMPARE(*plan, QStringList{u"SEARCH pack_run_logs USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"_s});
}

QTEST_GUILESS_MAIN(TestStoreLogs)
#include "tst_store_logs.moc"
