#include "tests/run/scheduler_fixture.h"

#include <QtTest>

#include <sqlite3.h>

using namespace Qt::StringLiterals;
using engine::RunId;

namespace {

int commits = 0;

int onStatement(unsigned, void *, void *statement, void *)
{
    const char *sql = sqlite3_sql(static_cast<sqlite3_stmt *>(statement));
    commits += sql && qstrnicmp(sql, "COMMIT", 6) == 0 ? 1 : 0;
    return 0;
}

int onOpen(sqlite3 *database, const char **, const void *)
{
    return sqlite3_trace_v2(database, SQLITE_TRACE_STMT, onStatement, nullptr);
}

} // namespace

/// How many transactions a run takes: each waits for the disk, so they are most of what a step costs.
class TestCommits : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(onOpen)); }

    void takesTwoForEachStepOfAList();
    void takesTwoForStepsThatGoTogether();
    void startsOneWithTheEndOfAnother();
};

void TestCommits::initTestCase()
{
    QCOMPARE(sqlite3_auto_extension(reinterpret_cast<void (*)()>(onOpen)), SQLITE_OK);
}

/// The intent goes with the end of the step before, the start needs one of its own.
void TestCommits::takesTwoForEachStepOfAList()
{
    commits = 0;
    const RunId run = start("  steps:\n" + exec("a") + exec("b") + exec("c"));
    for (const QString &step : {u"a"_s, u"b"_s, u"c"_s}) {
        QTRY_VERIFY(m_launcher->running().contains(step));
        m_launcher->finish(step);
    }
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(commits, 1 + 3 * 2 + 1); // To make the run, and to end it.
}

void TestCommits::takesTwoForStepsThatGoTogether()
{
    commits = 0;
    const RunId run = start("  steps:\n  - id: p\n    parallel:\n      steps:\n    " + exec("a") + "    "
                            + exec("b") + "    " + exec("c") + "    " + exec("d"));
    for (const QString &step : {u"p/b"_s, u"p/d"_s}) {
        QTRY_VERIFY(m_launcher->running().contains(step));
        for (const QString &running : m_launcher->running())
            m_launcher->finish(running);
    }
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    QCOMPARE(commits, 1 + 2 * 2 + 1);
}

/// While the start of one step waits for its transaction, the end of another and the intent of the next join
/// it.
void TestCommits::startsOneWithTheEndOfAnother()
{
    commits = 0;
    const RunId run = start("  steps:\n  - id: p\n    parallel:\n      steps:\n    " + exec("a") + "    "
                            + exec("b") + "    " + exec("c") + "    " + exec("d"));
    QTRY_VERIFY(m_launcher->running().contains(u"p/b"_s));
    m_launcher->onLaunch = [this](const QString &step) {
        m_launcher->finish(step == u"p/c"_s ? u"p/b"_s : u"p/c"_s);
    };
    m_launcher->finish(u"p/a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"p/d"_s});
    m_launcher->finish(u"p/d"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
    // Made; a and b meant; both started; a ends, c meant; c starts, b ends, d meant; d starts, c ends; d
    // ends.
    QCOMPARE(commits, 7);
}

QTEST_GUILESS_MAIN(TestCommits)
#include "tst_commits.moc"
