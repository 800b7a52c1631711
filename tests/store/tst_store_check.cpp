#include "engine/base/digest.h"
#include "engine/store/upkeep/store_check.h"
#include "store_samples.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::runId;

static constexpr qint64 pageSize = 4096; // SQLite's default.

class TestStoreCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void soundStoreHasNoFindings();
    void worksBesideAWriter();
    void changesNothing();
    void findsWhatWasAltered_data();
    void findsWhatWasAltered();
    void findsAWithdrawalThatIsGone();
    void findsWhatBecameOfFiles_data();
    void findsWhatBecameOfFiles();
    void findsDamagedPages();
    void looksThroughLargeFiles();
    void namesEveryGap();
    void stopsAtSomeNumber();
    void jsonSaysTheSame();
    void whatIsNoStoreIsAnError();

private:
    QString dataDir() const { return m_folder->filePath(u"data"_s); }
    QString own(int run) const;
    StoreReport checked() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
};

void TestStoreCheck::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_file = samples::soundDataDir(dataDir());
}

StoreReport TestStoreCheck::checked() const
{
    const auto report = checkStore(m_file, dataDir());
    if (!report)
        qFatal("%s", qPrintable(report.error().toString()));
    return *report;
}

/// The path in the store of a run's artifact "own".
QString TestStoreCheck::own(int run) const
{
    return samples::opened(m_file, Store::Mode::ReadOnly)->artifacts(runId(run))->first().storedPath;
}

void TestStoreCheck::soundStoreHasNoFindings()
{
    const StoreReport report = checked();

    QVERIFY2(report.isGood(), qPrintable(report.findings.value(0).problem));
    QCOMPARE(report.runs, 2);
    QCOMPARE(report.events, 16);
    QCOMPARE(report.logLines, 20);
    QCOMPARE(report.artifacts, 3); // One of each run, and one that both name.
    QCOMPARE(report.artifactBytes, 8 + 8 + 21);
}

void TestStoreCheck::worksBesideAWriter()
{
    const auto writer = samples::opened(m_file, Store::Mode::ReadWrite);
    for (int i = 0; i < 20; ++i) {
        QVERIFY(writer->appendLogs(runId(2), samples::logLines(i, 10)));
        QVERIFY(checked().isGood());
    }
    QCOMPARE(checked().logLines, 220);
}

void TestStoreCheck::changesNothing()
{
    const auto content = [this] {
        QMap<QString, QByteArray> all;
        for (const QString &name : QDir(dataDir()).entryList(QDir::Files | QDir::Hidden))
            all.insert(name, samples::readFile(dataDir() + u'/' + name));
        return all;
    };
    const auto before = content();
    QVERIFY(checked().isGood());
    auto after = content();
    // What readers share is a cache.
    after.remove(u"taskrunner.sqlite-shm"_s);
    if (after.value(u"taskrunner.sqlite-wal"_s).isEmpty())
        after.remove(u"taskrunner.sqlite-wal"_s);
    QVERIFY(after == before);
}

void TestStoreCheck::findsWhatWasAltered_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("problem");

    const QString run = u"run "_s + runId(1).value;
    const auto row = [](const char *name, const QString &sql, const QString &place, const QString &problem) {
        QTest::newRow(name) << sql << place << problem;
    };
    row("event changed", u"UPDATE pack_run_events SET data = '{}' WHERE runId = 1 AND sequence = 2"_s, run,
        u"journal event 2: its content does not match its hash"_s);
    row("event removed", u"DELETE FROM pack_run_events WHERE runId = 1 AND sequence = 2"_s, run,
        u"journal event 3: expected number 2"_s);
    row("journal removed", u"DELETE FROM pack_run_events WHERE runId = 1"_s, run, u"its journal is empty"_s);
    row("event unreadable", u"UPDATE pack_run_events SET data = '{' WHERE runId = 1 AND sequence = 2"_s, run,
        u"database \"%FILE\" is damaged: column data: expected a name in quotes, found the end of the text"_s);
    row("plan changed", u"UPDATE pack_runs SET plan = CAST('{}' AS BLOB) WHERE key = 1"_s, run,
        u"its plan has the hash sha256:%1 and not its planHash sha256:%2"_s.arg(
            sha256Hex("{}"), sha256Hex(samples::newRun(1).plan)));
    row("first line removed", u"DELETE FROM pack_run_logs WHERE runId = 1 AND sequence = 1"_s, run,
        u"log line 1 is missing"_s);
    row("lines removed", u"DELETE FROM pack_run_logs WHERE runId = 1 AND sequence BETWEEN 4 AND 7"_s, run,
        u"log lines 4 to 7 are missing"_s);
    row("audit row changed", u"UPDATE audit_log SET actor = 'mallory' WHERE sequence = 2"_s, u"audit log"_s,
        u"audit log row 2: its content does not match its hash"_s);
    row("audit row removed", u"DELETE FROM audit_log WHERE sequence = 1"_s, u"audit log"_s,
        u"audit log row 2: expected number 1"_s);
    row("reference to nothing",
        u"UPDATE pack_run_attempts SET path = 'gone' WHERE runId = 1 AND path = 'scan'"_s, u"database"_s,
        u"2 rows of table pack_run_attempts refer to rows of table pack_run_steps that are not there"_s);
    const QString first = u"01KG0000000000000000000010"_s;
    const auto change = [&row, &run, &first](const char *name, const QString &set, const QString &problem) {
        row(name, u"UPDATE pack_run_decisions SET %1 WHERE id = '%2'"_s.arg(set, first), run,
            problem.arg(first));
    };
    change("who approved", u"approver = 'mallory'"_s,
           u"decision %1: its approver is \"mallory\", the journal says \"bob\""_s);
    change("a revision", u"revision = 3"_s, u"decision %1: its revision is \"3\", the journal says \"2\""_s);
    change("why approved", u"reason = 'no'"_s, u"decision %1: its reason is not the one that was signed"_s);
    change("when approved", u"decidedAt = '2026-01-31T09:05:04.251Z'"_s,
           u"decision %1: its decidedAt is not the one that was signed"_s);
    change("the envelope of a withdrawal", u"withdrawalEnvelope = '{}'"_s,
           u"the withdrawal of decision %1: its envelopeSha256 is \""_s + sha256Hex("{}")
               + u"\", the journal says \"%WITHDRAWAL\""_s);
    change("whose key withdrew", u"withdrawalKeyId = 'key-1'"_s,
           u"the withdrawal of decision %1: its keyId is \"key-1\", the journal says \"key-2\""_s);
    change("why withdrawn", u"withdrawalReason = 'no'"_s,
           u"the withdrawal of decision %1: its reason is not the one that was signed"_s);
    change("when withdrawn", u"withdrawnAt = '2026-01-31T09:05:05.251Z'"_s,
           u"the withdrawal of decision %1: its withdrawnAt is not the one that was signed"_s);
    row("withdrawal made up",
        uR"(UPDATE pack_run_decisions SET (withdrawnAt, withdrawalReason, withdrawalKeyId, withdrawalEnvelope) =
  (SELECT withdrawnAt, withdrawalReason, withdrawalKeyId, withdrawalEnvelope FROM pack_run_decisions AS other
  WHERE other.id = '%1') WHERE id = '01KG0000000000000000000011')"_s.arg(first),
        run, u"the withdrawal of decision 01KG0000000000000000000011: it is not in the journal"_s);
    row("decision made up",
        uR"(INSERT INTO pack_run_decisions SELECT NULL, 'x', runId, path, revision, planHash,
  verdict, 'mallory', reason, shownDigest, decidedAt, keyId, envelope, NULL, NULL, NULL, NULL
  FROM pack_run_decisions WHERE id = '%1')"_s.arg(first),
        run, u"decision x: it is not in the journal"_s);
    row("decision removed", u"DELETE FROM pack_run_decisions WHERE id = '%1'"_s.arg(first), run,
        u"decision %1 of its journal is missing"_s.arg(first));
    row("artifact elsewhere", u"UPDATE pack_artifacts SET storedPath = '../../etc/passwd' WHERE key = 1"_s,
        run + u", artifact \"own\""_s,
        u"its path \"../../etc/passwd\" is not that of its SHA-256 \"%1\""_s.arg(sha256Hex("of run 1")));
    row("artifact's size", u"UPDATE pack_artifacts SET size = 9 WHERE key = 1"_s,
        run + u", artifact \"own\""_s, u"\"%OWN\" has 8 bytes instead of 9"_s);
}

void TestStoreCheck::findsWhatWasAltered()
{
    QFETCH(QString, sql);
    QFETCH(QString, place);
    QFETCH(QString, problem);
    const QString path = own(1);
    const Decision first = samples::opened(m_file, Store::Mode::ReadOnly)->decisions(runId(1))->first();
    samples::tamper(m_file, sql);

    const StoreReport report = checked();

    problem.replace(u"%FILE"_s, m_file).replace(u"%OWN"_s, path);
    problem.replace(u"%WITHDRAWAL"_s, sha256Hex(first.withdrawal->envelope));
    QCOMPARE(report.findings.size(), 1);
    QCOMPARE(report.findings.first().problem, problem);
    QCOMPARE(report.findings.first().place, place);
    QVERIFY(!report.isGood());
    QCOMPARE(report.runs, 2); // It goes on after a finding.
}

/// Without it the approval would count again.
void TestStoreCheck::findsAWithdrawalThatIsGone()
{
    samples::tamper(m_file, u"DELETE FROM pack_run_decisions WHERE id = '01KG0000000000000000000011'"_s);
    samples::tamper(m_file, uR"(UPDATE pack_run_decisions SET withdrawnAt = NULL, withdrawalReason = NULL,
  withdrawalKeyId = NULL, withdrawalEnvelope = NULL WHERE id = '01KG0000000000000000000010')"_s);
    const QString run = u"run "_s + runId(1).value;
    QCOMPARE(checked().findings,
             (QList<StoreFinding>{
                 {run, u"the withdrawal of decision 01KG0000000000000000000010 of its journal is missing"_s},
                 {run, u"decision 01KG0000000000000000000011 of its journal is missing"_s}}));
}

void TestStoreCheck::findsWhatBecameOfFiles_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QString>("problem");
    QTest::newRow("removed") << "removed"_ba << u"there is no file \"%1\""_s;
    QTest::newRow("longer") << "longer"_ba << u"\"%1\" has 10 bytes instead of 8"_s;
    QTest::newRow("changed") << "changed"_ba << u"\"%1\" has the SHA-256 "_s + sha256Hex("OF RUN 1");
    QTest::newRow("link") << "link"_ba << u"\"%1\" is a link"_s;
    QTest::newRow("folder") << "folder"_ba << u"\"%1\" is not a regular file"_s;
}

void TestStoreCheck::findsWhatBecameOfFiles()
{
    QFETCH(QByteArray, kind);
    QFETCH(QString, problem);
    const QString path = own(1);
    const QString file = dataDir() + u'/' + path;
    QVERIFY(QFile::remove(file));
    if (kind == "longer")
        samples::writeFile(file, "of run 1 !");
    else if (kind == "changed")
        samples::writeFile(file, "OF RUN 1");
    else if (kind == "link")
        QVERIFY(QFile::link(u"/etc/hostname"_s, file));
    else if (kind == "folder")
        QVERIFY(QDir().mkpath(file));

    const StoreReport report = checked();

    problem.replace(u"%1"_s, path);
    QCOMPARE(report.findings,
             (QList<StoreFinding>{{u"run %1, artifact \"own\""_s.arg(runId(1).value), problem}}));
}

void TestStoreCheck::findsDamagedPages()
{
    QVERIFY(
        samples::opened(m_file, Store::Mode::ReadWrite)->appendLogs(runId(2), samples::logLines(0, 5000)));
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 3 * pageSize)
            && file.write(QByteArray(pageSize, '\x55')) == pageSize);
    file.close();

    const StoreReport report = checked();

    QVERIFY(!report.isGood());
    QCOMPARE(report.findings.first().place, u"database"_s);
    QCOMPARE(report.runs, 2); // What can be read was looked at.
    QCOMPARE(report.artifacts, 3);
}

/// Opening a store looks through files up to 32 MiB only.
void TestStoreCheck::looksThroughLargeFiles()
{
    {
        const auto store = samples::opened(m_file, Store::Mode::ReadWrite);
        QList<LogLine> lines = samples::logLines(0, 640);
        for (LogLine &line : lines)
            line.message = QString(60'000, u'x');
        QVERIFY(store->appendLogs(runId(2), lines));
    }
    QFile file(m_file);
    QVERIFY(file.size() > 36 * 1024 * 1024);
    // The first page of a table that the check does not read otherwise.
    qint64 root = 0;
    {
        const auto connection = Connection::open(m_file, Connection::Access::ReadOnly);
        root = *(*connection)
                    ->number(u"SELECT rootpage FROM sqlite_schema WHERE name = 'used_tokens_by_expiry'"_s);
    }
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek((root - 1) * pageSize)
            && file.write(QByteArray(pageSize, '\x55')) == pageSize);
    file.close();

    QVERIFY(Store::open(m_file, Store::Mode::ReadOnly));
    const StoreReport report = checked();
    QVERIFY(!report.isGood());
    QCOMPARE(report.findings.first().place, u"database"_s);
}

void TestStoreCheck::namesEveryGap()
{
    samples::tamper(m_file, u"DELETE FROM pack_run_logs WHERE runId = 2 AND sequence IN (1, 2, 5, 8, 9)"_s);
    QStringList problems;
    for (const StoreFinding &finding : checked().findings)
        problems += finding.problem;
    QCOMPARE(problems, (QStringList{u"log lines 1 to 2 are missing"_s, u"log line 5 is missing"_s,
                                    u"log lines 8 to 9 are missing"_s}));
}

void TestStoreCheck::stopsAtSomeNumber()
{
    samples::tamper(m_file, u"DELETE FROM pack_runs"_s); // Now nothing has its run any more.
    const qint64 broken = checked().findings.size();
    QCOMPARE(broken, 4); // Counted by table, so that a broken table is one finding.

    samples::tamper(m_file,
                    uR"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 11000)
INSERT INTO pack_runs SELECT i + 100, 'run_' || i, '', '', '', '', '', NULL, 'queued', 0, '', '', '', '', '', NULL,
  '', '{}', '{}', x'' FROM n)"_s);
    const StoreReport report = checked();
    QCOMPARE(report.findings.size(), StoreReport::maxFindings);
    QVERIFY(report.hasMore);
}

void TestStoreCheck::jsonSaysTheSame()
{
    QVERIFY(QFile::remove(dataDir() + u'/' + own(1)));
    const QJsonObject json = toJson(checked());
    QCOMPARE(json.keys(), (QStringList{u"artifactBytes"_s, u"artifacts"_s, u"events"_s, u"findings"_s,
                                       u"good"_s, u"hasMore"_s, u"logLines"_s, u"runs"_s}));
    QCOMPARE(json.value(u"good"_s), QJsonValue(false));
    QCOMPARE(json.value(u"findings"_s).toArray().first().toObject().value(u"place"_s).toString(),
             u"run %1, artifact \"own\""_s.arg(runId(1).value));
}

void TestStoreCheck::whatIsNoStoreIsAnError()
{
    const QString missing = m_folder->filePath(u"none.sqlite"_s);
    QCOMPARE(checkStore(missing, dataDir()).error(),
             (Error{ErrorCode::Database, u"database \"%1\" does not exist"_s.arg(missing), {}, {}}));
    QVERIFY(!QFile::exists(missing));
    samples::writeFile(missing, "important notes\n"_ba.repeated(1000));
    QCOMPARE(checkStore(missing, dataDir()).error().message,
             u"database \"%1\": file is not a database"_s.arg(missing));
}

QTEST_GUILESS_MAIN(TestStoreCheck)
#include "tst_store_check.moc"
