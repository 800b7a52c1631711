#include "engine/store/upkeep/store_check.h"
#include "engine/store/upkeep/store_prune.h"
#include "store_samples.h"

#include <QDir>
#include <QDirIterator>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;
using std::chrono::days;

class TestStorePrune : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_store.reset(); }

    void rulesSayWhatStays_data();
    void rulesSayWhatStays();
    void needsARule();
    void removesAllOfARun();
    void sharedArtifactStaysUntilTheLast();
    void dryRunChangesNothing();
    void unfinishedRunIsNeverRemoved();
    void auditLogSaysWhatWent();
    void keysAreNotUsedAgain();
    void killedInTheMiddle();
    void manyLinesInSmallSteps();
    void leavesWhatIsNotOurs();
    void saysWhatCannotBeRemoved();

private:
    QString dataDir() const { return m_folder->filePath(u"data"_s); }
    QStringList files() const;
    PruneReport pruned(const Retention &retention, bool isDry = false, int now = 100);
    QString auditRows() const;
    qint64 count(const QString &sql) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
    std::unique_ptr<Store> m_store;
};

/// Runs 1, 3 and 4 have ended, one second after the other; run 2 goes on.
void TestStorePrune::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_file = samples::soundDataDir(dataDir());
    m_store = samples::opened(m_file, Store::Mode::ReadWrite);
    samples::addSoundRun(*m_store, dataDir(), 3, true);
    samples::addSoundRun(*m_store, dataDir(), 4, true);
}

QStringList TestStorePrune::files() const
{
    QStringList names;
    QDirIterator files(dataDir(), QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (files.hasNext())
        names += QDir(dataDir()).relativeFilePath(files.next());
    names.sort();
    return names;
}

PruneReport TestStorePrune::pruned(const Retention &retention, bool isDry, int now)
{
    const auto report = pruneStore(*m_store, dataDir(), retention, at(now), u"olga"_s, isDry);
    if (!report)
        qFatal("%s", qPrintable(report.error().toString()));
    return *report;
}

qint64 TestStorePrune::count(const QString &sql) const
{
    const auto connection = Connection::open(m_file, Connection::Access::ReadOnly);
    return *(*connection)->number(sql);
}

void TestStorePrune::rulesSayWhatStays_data()
{
    QTest::addColumn<int>("keepDays"); // Negative: no such rule.
    QTest::addColumn<int>("keepRuns");
    QTest::addColumn<int>("now");
    QTest::addColumn<QList<int>>("removed");
    const int day = 24 * 3600;
    QTest::newRow("nothing is kept") << 0 << -1 << 100 << QList<int>{1, 3, 4};
    QTest::newRow("none of the newest is kept") << -1 << 0 << 100 << QList<int>{1, 3, 4};
    QTest::newRow("the newest") << -1 << 1 << 100 << QList<int>{1, 3};
    QTest::newRow("all are among the newest") << -1 << 3 << 100 << QList<int>{};
    QTest::newRow("a day, too new") << 1 << -1 << 100 << QList<int>{};
    QTest::newRow("a day to the second") << 1 << -1 << day + 7 << QList<int>{1};
    QTest::newRow("a day but one second") << 1 << -1 << day + 6 << QList<int>{};
    QTest::newRow("either rule keeps") << 1 << 1 << day + 100 << QList<int>{1, 3};
    QTest::newRow("the other rule keeps") << 1 << 0 << day + 8 << QList<int>{1};
    QTest::newRow("the clock was set back") << 0 << -1 << 8 << QList<int>{1};
}

void TestStorePrune::rulesSayWhatStays()
{
    QFETCH(int, keepDays);
    QFETCH(int, keepRuns);
    QFETCH(int, now);
    QFETCH(QList<int>, removed);
    Retention retention;
    if (keepDays >= 0)
        retention.keepFor = days(keepDays);
    if (keepRuns >= 0)
        retention.keepRuns = keepRuns;
    QList<RunId> expected;
    for (const int number : removed)
        expected += runId(number);

    const PruneReport dry = pruned(retention, true, now);
    const PruneReport report = pruned(retention, false, now);

    QCOMPARE(report.runs, expected);
    QCOMPARE(toJson(dry), toJson(report));
    QCOMPARE(m_store->runs({})->size(), 4 - removed.size());
    QVERIFY(checkStore(m_file, dataDir())->isGood());
}

void TestStorePrune::needsARule()
{
    QCOMPARE(pruneStore(*m_store, dataDir(), {}, at(100), {}, false).error(),
             invalid(u"nothing says which runs to keep"_s));
}

void TestStorePrune::removesAllOfARun()
{
    const QString own = m_store->artifacts(runId(1))->first().storedPath;
    const QString earlier = u"evidence/%1.1.evidence.tar"_s.arg(runId(1).value);
    samples::writeFile(dataDir() + u'/' + earlier, "of its first end");
    const QStringList before = files();

    const PruneReport report = pruned({{}, 2});

    QCOMPARE(report.runs, QList<RunId>{runId(1)});
    QCOMPARE(report.logLines, 10);
    QCOMPARE(report.artifacts, 1);
    QCOMPARE(report.artifactBytes, 8);
    QCOMPARE(report.evidenceFiles, 2);
    QCOMPARE(report.runFolders, 1);
    QCOMPARE(report.problems, QStringList());
    QStringList expected = before;
    for (const QString &name : {own, earlier, u"evidence/%1.evidence.tar"_s.arg(runId(1).value),
                                u"runs/%1/inputs.json"_s.arg(runId(1).value)})
        QVERIFY(expected.removeOne(name));
    QCOMPARE(files(), expected);
    QVERIFY(!QFile::exists(dataDir() + u"/runs/"_s + runId(1).value));

    QCOMPARE(toString(m_store->run(runId(1)).error().code), u"not-found"_s);
    QCOMPARE(toString(m_store->logs({runId(1)}).error().code), u"not-found"_s);
    for (const char *table :
         {"pack_run_steps", "pack_run_attempts", "pack_run_events", "pack_run_logs", "pack_artifacts",
          "pack_run_approvals", "pack_run_decisions", "policy_decisions"}) {
        QCOMPARE(count(u"SELECT count(*) FROM %1 WHERE runId = 1"_s.arg(QString::fromLatin1(table))), 0);
        QVERIFY(count(u"SELECT count(*) FROM %1 WHERE runId = 2"_s.arg(QString::fromLatin1(table))) > 0);
    }
    QVERIFY(checkStore(m_file, dataDir())->isGood());
}

void TestStorePrune::sharedArtifactStaysUntilTheLast()
{
    const QString shared = dataDir() + u'/' + m_store->artifacts(runId(1))->at(1).storedPath;
    QCOMPARE(pruned({{}, 0}).artifacts, 3);
    QVERIFY(QFile::exists(shared)); // Run 2 names it, too.

    RunChange end;
    end.run = runId(2);
    end.at = at(50);
    end.status = RunChange::Status{RunState::Succeeded, false, {}};
    end.events = {{u"run-state"_s, {}, {}}};
    QVERIFY(m_store->apply(end));
    QCOMPARE(pruned({{}, 0}).artifacts, 2);
    QVERIFY(!QFile::exists(shared));
}

void TestStorePrune::dryRunChangesNothing()
{
    const QStringList before = files();
    const PruneReport report = pruned({{}, 0}, true);
    QCOMPARE(report.runs.size(), 3);
    QCOMPARE(report.logLines, 30);
    QCOMPARE(files(), before);
    QCOMPARE(m_store->runs({})->size(), 4);
    QCOMPARE(count(u"SELECT count(*) FROM audit_log"_s), 2);
}

void TestStorePrune::unfinishedRunIsNeverRemoved()
{
    QCOMPARE(m_store->removeRun(runId(2), at(100), u"olga"_s).error(),
             (Error{ErrorCode::Conflict,
                    u"run %1 is queued; only a finished run can be removed"_s.arg(runId(2).value),
                    {},
                    {}}));
    QCOMPARE(toString(m_store->removeRun(runId(9), at(100), u"olga"_s).error().code), u"not-found"_s);
    pruned({days(0), 0}, false, 365 * 24 * 3600);
    QCOMPARE(m_store->runs({})->size(), 1);
    QCOMPARE(m_store->logs({runId(2)})->size(), 10);
    RunChange change;
    change.run = runId(2);
    change.events = {{u"tick"_s, {}, {}}};
    QCOMPARE(m_store->apply(change)->first().sequence, 9); // It goes on.
}

void TestStorePrune::auditLogSaysWhatWent()
{
    const RunEvent last = m_store->events(runId(1))->last();
    pruned({{}, 2});

    const auto connection = Connection::open(m_file, Connection::Access::ReadOnly);
    const auto rows =
        (*connection)
            ->list(u"SELECT sequence, timestamp, actor, action, data FROM audit_log WHERE sequence > 2"_s, {},
                   [](Row &row) {
                       return QStringList{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)};
                   });
    QCOMPARE(*rows, QList<QStringList>{(QStringList{
                        u"3"_s, u"2026-01-31T09:06:40.250Z"_s, u"olga"_s, u"run-pruned"_s,
                        u"{\"completedAt\":\"2026-01-31T09:05:07.250Z\",\"events\":8,\"lastHash\":\"%1\","
                        "\"logLines\":10,\"planHash\":\"%2\",\"runId\":\"%3\",\"state\":\"failed\"}"_s.arg(
                            last.hash, samples::newRun(1).summary.planHash, runId(1).value)})});
    QVERIFY(m_store->checkAuditLog());
}

/// Lines of a removed run that still wait to be removed must not become those of the next run.
void TestStorePrune::keysAreNotUsedAgain()
{
    QVERIFY(m_store->removeRun(runId(4), at(100), u"olga"_s)); // The one with the greatest key.
    QVERIFY(m_store->createRun(samples::newRun(5), samples::firstSteps(), samples::firstEvents()));

    QCOMPARE(*m_store->lastLogSequence(runId(5)), 0);
    QCOMPARE(*m_store->appendLogs(runId(5), samples::logLines(0, 3)), 3);
    QCOMPARE(*m_store->removeLeftLogs(1000), 10);
    QCOMPARE(*m_store->removeLeftLogs(1000), 0);
    QCOMPARE(m_store->logs({runId(5)})->size(), 3);
    QVERIFY(checkStore(m_file, dataDir())->isGood());
}

void TestStorePrune::killedInTheMiddle()
{
    // The rows are gone; lines, artifacts, evidence and the folder are still there.
    QVERIFY(m_store->removeRun(runId(1), at(100), u"olga"_s));
    QCOMPARE(*m_store->removeLeftLogs(4), 4);
    samples::writeFile(dataDir() + u"/artifacts/sha256/incoming-AbCdEf"_s, "half");
    samples::writeFile(dataDir() + u"/evidence/%1.evidence.tar.AbCdEf"_s.arg(runId(1).value), "half");
    QVERIFY(checkStore(m_file, dataDir())->isGood()); // Nothing that is named is missing.

    const PruneReport report = pruned({{}, 100});

    QCOMPARE(report.runs, QList<RunId>());
    QCOMPARE(report.logLines, 6);
    QCOMPARE(report.artifacts, 2);
    QCOMPARE(report.evidenceFiles, 2);
    QCOMPARE(report.runFolders, 1);
    QCOMPARE(toJson(pruned({{}, 100})), toJson(PruneReport{}));
}

void TestStorePrune::manyLinesInSmallSteps()
{
    QVERIFY(m_store->appendLogs(runId(1), samples::logLines(0, 9'000)));
    QVERIFY(m_store->removeRun(runId(1), at(100), u"olga"_s));
    QCOMPARE(*m_store->removeLeftLogs(2000), 2000);
    // Between the steps others can write.
    QVERIFY(m_store->appendLogs(runId(2), samples::logLines(0, 10)));
    QCOMPARE(pruned({{}, 100}).logLines, 7'010);
}

void TestStorePrune::leavesWhatIsNotOurs()
{
    const QStringList names{
        u"evidence/letter.tar"_s, u"evidence/run_1.evidence.tar"_s, u"runs/notes/today.txt"_s,
        u"artifacts/readme"_s,    u"artifacts/sha256/ab/readme"_s,  u"artifacts/sha256/incoming"_s,
        u"keys/engine.pem"_s};
    for (const QString &name : names)
        samples::writeFile(dataDir() + u'/' + name, "mine");
    // A link into our folders is removed as one; what it points to stays.
    samples::writeFile(m_folder->filePath(u"precious"_s), "mine");
    const QString link = dataDir() + u"/artifacts/sha256/ab/"_s + QString(62, u'c');
    QVERIFY(QFile::link(m_folder->filePath(u"precious"_s), link));
    const QString workspace = dataDir() + u"/runs/%1/workspace"_s.arg(runId(1).value);
    QVERIFY(QDir().mkpath(workspace));
    QVERIFY(QDir().mkpath(m_folder->filePath(u"elsewhere/deep"_s)));
    samples::writeFile(m_folder->filePath(u"elsewhere/deep/precious"_s), "mine");
    QVERIFY(QFile::link(m_folder->filePath(u"elsewhere"_s), workspace + u"/out"_s));

    const PruneReport report = pruned({{}, 0});

    QCOMPARE(report.problems, QStringList());
    for (const QString &name : names)
        QCOMPARE(samples::readFile(dataDir() + u'/' + name), "mine");
    QVERIFY(!QFileInfo(link).isSymLink());
    QVERIFY(!QFile::exists(workspace));
    QCOMPARE(samples::readFile(m_folder->filePath(u"precious"_s)), "mine");
    QCOMPARE(samples::readFile(m_folder->filePath(u"elsewhere/deep/precious"_s)), "mine");
}

void TestStorePrune::saysWhatCannotBeRemoved()
{
    const QString evidence = dataDir() + u"/evidence/%1.evidence.tar"_s.arg(runId(1).value);
    const QFile::Permissions readable(0x5555); // By owner, user, group and others.
    QVERIFY(QFile::setPermissions(dataDir() + u"/evidence"_s, readable));
    QVERIFY(QFile::setPermissions(m_folder->path(), readable | QFile::WriteOwner));
    const bool isRoot = ::geteuid() == 0;
    if (isRoot) // Permissions do not bind root; another user is bound by those of every folder.
        QCOMPARE(::seteuid(65534), 0);
    const PruneReport report = pruned({{}, 2});
    if (isRoot)
        QCOMPARE(::seteuid(0), 0);
    QVERIFY2(report.problems.contains(u"\"%1\" cannot be removed"_s.arg(evidence)),
             qPrintable(report.problems.join(u'\n')));
    QCOMPARE(report.evidenceFiles, 0);
    QCOMPARE(report.runs, QList<RunId>{runId(1)});

    QVERIFY(QFile::setPermissions(dataDir() + u"/evidence"_s,
                                  QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    const PruneReport again = pruned({{}, 2});
    QCOMPARE(again.problems, QStringList());
    QCOMPARE(again.evidenceFiles, 1);
    QVERIFY(!QFile::exists(evidence));
}

QTEST_GUILESS_MAIN(TestStorePrune)
#include "tst_store_prune.moc"
