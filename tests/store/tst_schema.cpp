#include "engine/store/schema.h"
#include "store_samples.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::runId;

class TestSchema : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void versionsAreInOrder();
    void tablesHaveTheAgreedColumns_data();
    void tablesHaveTheAgreedColumns();
    void oldFileIsBroughtUpToDate();
    void oldDecisionsStandAndCanBeTakenBack();
    void migratedFileEqualsFreshOne();
    void stepsRunOnceAndInOrder();
    void failedStepChangesNothing_data();
    void failedStepChangesNothing();
    void stepMayRebuildATable();

private:
    QString path(const QString &name = u"store.db"_s) const { return m_folder->filePath(name); }
    std::unique_ptr<Connection> connection(const QString &file) const;
    /// A file as the first version of the program left it, with rows in it.
    void writeVersion1(const QString &file) const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

/// Every table and index with the text that made it.
static QStringList schemaOf(Connection &connection)
{
    const auto rows =
        connection.list(u"SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"_s, {},
                        [](Row &row) { return row.text(0) + u": "_s + row.text(1).simplified(); });
    return rows ? *rows : QStringList{rows.error().toString()};
}

static qint64 versionOf(Connection &connection)
{
    return *connection.number(u"PRAGMA user_version"_s);
}

void TestSchema::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

std::unique_ptr<Connection> TestSchema::connection(const QString &file) const
{
    auto opened = Connection::open(file, Connection::Access::ReadWrite);
    if (!opened)
        qFatal("%s", qPrintable(opened.error().toString()));
    return *std::move(opened);
}

void TestSchema::writeVersion1(const QString &file) const
{
    QFile script(QStringLiteral(SOURCE_DIR "/tests/store/version_1.sql"));
    QVERIFY(script.open(QIODevice::ReadOnly));
    const auto target = connection(file);
    for (const QString &statement : QString::fromUtf8(script.readAll()).split(u";\n"_s, Qt::SkipEmptyParts)) {
        const auto done = target->run(statement);
        QVERIFY2(done, done ? "" : qPrintable(done.error().toString() + statement));
    }
}

void TestSchema::versionsAreInOrder()
{
    int expected = 1;
    for (const Migration &step : migrations())
        QCOMPARE(step.version, expected++);
    QCOMPARE(migrations().last().version, Store::SchemaVersion);
}

void TestSchema::tablesHaveTheAgreedColumns_data()
{
    QTest::addColumn<QStringList>("columns");
    QTest::newRow("pack_runs")
        << u"id planHash plan failurePolicy status partial reason requestedBy requestedAt createdAt updatedAt completedAt tenantId inputs"_s
               .split(u' ');
    QTest::newRow("pack_run_steps")
        << u"runId path status reason attempts lastTransitionAt nextAttemptAt outputs"_s.split(u' ');
    QTest::newRow("pack_run_attempts")
        << u"runId path attempt pid startTime bootId startedAt finishedAt exitCode signal usage"_s.split(
               u' ');
    QTest::newRow("pack_run_events")
        << u"runId sequence timestamp type stepPath data previousHash hash"_s.split(u' ');
    QTest::newRow("pack_run_logs")
        << u"runId sequence timestamp level eventType message stepId metadata"_s.split(u' ');
    QTest::newRow("pack_artifacts")
        << u"id runId name type sourcePath storedPath sha256 size status notes capturedAt"_s.split(u' ');
    QTest::newRow("pack_run_approvals")
        << u"runId path revision planHash required approvers requestedAt expiresAt status"_s.split(u' ');
    QTest::newRow("pack_run_decisions")
        << u"id runId path revision planHash verdict approver reason decidedAt envelope withdrawnAt withdrawalReason withdrawalKeyId withdrawalEnvelope"_s
               .split(u' ');
    QTest::newRow("pack_run_approval_requests")
        << u"id runId path revision nonceDigest requestDigest journalSequence journalHash expiresAt decisionId"_s
               .split(u' ');
    QTest::newRow("policy_decisions") << u"runId path policyId input allow denials decidedAt"_s.split(u' ');
    QTest::newRow("pack_run_anchors")
        << u"runId kind status reason service tries changedAt nextTryAt subject proof"_s.split(u' ');
    QTest::newRow("audit_log") << u"timestamp actor action data previousHash hash"_s.split(u' ');
    QTest::newRow("used_tokens") << u"jti usedAt expiresAt"_s.split(u' ');
}

void TestSchema::tablesHaveTheAgreedColumns()
{
    QFETCH(QStringList, columns);
    samples::opened(path(), Store::Mode::ReadWrite);

    // table_xinfo: unlike table_info it tells of generated columns too.
    const auto found = connection(path())->list(u"SELECT name FROM pragma_table_xinfo(?)"_s,
                                                {QString::fromLatin1(QTest::currentDataTag())},
                                                [](Row &row) { return row.text(0); });
    QVERIFY(found);
    for (const QString &column : columns)
        QVERIFY2(found->contains(column), qPrintable(u"no column "_s + column));
}

void TestSchema::oldFileIsBroughtUpToDate()
{
    writeVersion1(path());

    const auto store = samples::opened(path(), Store::Mode::ReadWrite);

    QCOMPARE(store->run(runId(1))->packName, u"inventory-audit"_s);
    QCOMPARE(store->plan(runId(1))->size(), 19);
    QCOMPARE(store->steps(runId(1))->size(), 4);
    QCOMPARE(store->attempts(runId(1))->size(), 3);
    QCOMPARE(store->gates(runId(1))->first().approvers, (QStringList{u"user:bob"_s, u"user:carol"_s}));
    QCOMPARE(store->decisions(runId(1))->size(), 1);
    QCOMPARE(store->policyDecisions(runId(1))->size(), 1);
    QCOMPARE(store->anchors(runId(1))->size(), 0);
    QCOMPARE(store->artifacts(runId(1))->size(), 2);
    QCOMPARE(store->logs({runId(1)})->last().message, u"line 2"_s);
    QCOMPARE(store->events(runId(1))->size(), 5);
    QVERIFY(checkChain(*store->events(runId(1))));
    QVERIFY(store->checkAuditLog());
}

void TestSchema::oldDecisionsStandAndCanBeTakenBack()
{
    writeVersion1(path());
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);

    const DecisionStatement statement{runId(1),
                                      u"approve"_s,
                                      2,
                                      u"sha256:"_s + QString(64, u'b'),
                                      Verdict::Approve,
                                      u"bob"_s,
                                      u"looks right"_s,
                                      u"sha256:"_s + QString(64, u'c'),
                                      samples::at(5)};
    const Decision kept{
        u"01KG0000000000000000000001"_s, statement, u"key-1"_s, R"({"payload":"e30="})"_ba, {}};
    QCOMPARE(*store->decisions(runId(1)), QList<Decision>{kept});
    RunChange again;
    again.run = runId(1);
    again.decisions = {kept};
    again.decisions[0].id = u"01KG0000000000000000000009"_s;
    QCOMPARE(toString(store->apply(again).error().code), u"database"_s); // Bob counts once, as before.

    RunChange back;
    back.run = runId(1);
    back.withdrawn = {samples::withdrawnBy(kept, u"key-1"_s)};
    QVERIFY(store->apply(back));
    QVERIFY(store->apply(again));
    QCOMPARE(*store->decisions(runId(1)), back.withdrawn + again.decisions);
}

void TestSchema::migratedFileEqualsFreshOne()
{
    writeVersion1(path());
    samples::opened(path(), Store::Mode::ReadWrite);
    samples::opened(path(u"fresh.db"_s), Store::Mode::ReadWrite);

    const auto migrated = connection(path());
    const auto fresh = connection(path(u"fresh.db"_s));
    QCOMPARE(schemaOf(*migrated), schemaOf(*fresh));
    for (Connection *file : {migrated.get(), fresh.get()}) {
        QCOMPARE(versionOf(*file), Store::SchemaVersion);
        QCOMPARE(*file->number(u"PRAGMA application_id"_s), applicationId);
        QCOMPARE(**file->first(u"PRAGMA journal_mode"_s, {}, [](Row &row) { return row.text(0); }), u"wal"_s);
    }
}

void TestSchema::stepsRunOnceAndInOrder()
{
    QList<Migration> steps = migrations();
    const int next = Store::SchemaVersion + 1;
    steps += {next, {u"CREATE TABLE later (n INTEGER)"_s, u"INSERT INTO later VALUES (1)"_s}};
    steps += {next + 1, {u"INSERT INTO later SELECT n + 1 FROM later"_s}};
    const auto file = connection(path());

    for (int i = 0; i < 3; ++i)
        QVERIFY(migrate(*file, steps));

    QCOMPARE(versionOf(*file), next + 1);
    QCOMPARE(*file->number(u"SELECT sum(n) FROM later"_s), 3);
}

void TestSchema::failedStepChangesNothing_data()
{
    QTest::addColumn<QStringList>("statements");
    QTest::addColumn<QString>("error");
    QTest::newRow("error in SQL") << QStringList{u"CREATE TABLE half (n INTEGER)"_s,
                                                 u"CREATE TABLE pack_runs (n INTEGER)"_s}
                                  << u"table pack_runs already exists"_s;
    QTest::newRow("rows that refer to nothing")
        << QStringList{u"CREATE TABLE half (n INTEGER)"_s, u"UPDATE pack_runs SET key = 77"_s}
        << u" has rows that refer to nothing in schema version %1"_s.arg(Store::SchemaVersion + 1);
}

void TestSchema::failedStepChangesNothing()
{
    QFETCH(QStringList, statements);
    QFETCH(QString, error);
    samples::storeWithRun(path());
    const auto file = connection(path());
    const QStringList before = schemaOf(*file);

    const auto done = migrate(*file, migrations() + QList<Migration>{{Store::SchemaVersion + 1, statements}});

    QVERIFY(!done);
    QCOMPARE(toString(done.error().code), u"database"_s);
    QVERIFY2(done.error().message.contains(error), qPrintable(done.error().message));
    QCOMPARE(schemaOf(*file), before);
    QCOMPARE(versionOf(*file), Store::SchemaVersion);
    QCOMPARE(samples::opened(path(), Store::Mode::ReadWrite)->run(runId(1))->id, runId(1));
}

void TestSchema::stepMayRebuildATable()
{
    // The way of https://www.sqlite.org/lang_altertable.html, section 7, on a table that others refer to.
    samples::storeWithRun(path());
    const auto file = connection(path());
    const Migration rebuild{Store::SchemaVersion + 1,
                            {u"CREATE TABLE fresh AS SELECT * FROM pack_runs"_s, u"DROP TABLE pack_runs"_s,
                             u"ALTER TABLE fresh RENAME TO pack_runs"_s,
                             u"CREATE UNIQUE INDEX pack_runs_key ON pack_runs (key)"_s}};

    const auto done = migrate(*file, migrations() + QList<Migration>{rebuild});

    QVERIFY2(done, done ? "" : qPrintable(done.error().toString()));
    QCOMPARE(*file->number(u"SELECT count(*) FROM pack_run_steps JOIN pack_runs ON pack_runs.key = runId"_s),
             3);
}

QTEST_GUILESS_MAIN(TestSchema)
#include "tst_schema.moc"
