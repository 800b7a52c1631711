#include "engine/store/schema.h"
#include "engine/store/upkeep/store_check.h"
#include "store_samples.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;

/// Requests that were exported for decisions elsewhere, as the store keeps them.
class TestApprovalRequests : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_store.reset(); }

    void readsBackWhatWasWritten();
    void oneDecisionAnswersARequest();
    void isAnsweredWithItsDecisionOrNotAtAll();
    void goesWithItsRun();
    void olderFileGetsTheTable();
    void checkFindsWhatWasAltered_data();
    void checkFindsWhatWasAltered();

private:
    /// Run 2, which goes on: exports a request at its gate.
    ExportedRequest exported(const QString &id) const;
    Result<QList<RunEvent>> answer(const QString &request, const QString &decision,
                                   const QString &approver) const;
    static Decision decision(const QString &id, const QString &approver);

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_file;
    std::unique_ptr<Store> m_store;
};

static const QString first = u"01KG000000000000000000R001"_s;
static const QString second = u"01KG000000000000000000R002"_s;
static const QString answerId = u"01KG000000000000000000D001"_s;

void TestApprovalRequests::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_file = samples::soundDataDir(m_dir->path());
    m_store = samples::opened(m_file, Store::Mode::ReadWrite);
}

ExportedRequest TestApprovalRequests::exported(const QString &id) const
{
    const ExportedRequest request{id,
                                  runId(2),
                                  u"approve"_s,
                                  2,
                                  u"sha256:"_s + QString(64, u'b'),
                                  u"sha256:"_s + QString(64, u'1'),
                                  u"sha256:"_s + QString(64, u'2'),
                                  *m_store->journalHead(runId(2)),
                                  u"otto"_s,
                                  at(20),
                                  at(3600),
                                  {}};
    RunChange change;
    change.run = request.run;
    change.at = at(20);
    change.requests = {request};
    change.events = {{u"approval-request-exported"_s,
                      request.path,
                      {{u"requestId"_s, request.id},
                       {u"revision"_s, request.revision},
                       {u"requestDigest"_s, request.requestDigest},
                       {u"by"_s, request.exportedBy},
                       {u"expiresAt"_s, toIso(request.expiresAt)}}}};
    const auto applied = m_store->apply(change);
    if (!applied)
        qFatal("%s", qPrintable(applied.error().toString()));
    return request;
}

Decision TestApprovalRequests::decision(const QString &id, const QString &approver)
{
    Decision made = samples::everything(runId(2)).decisions.first();
    made.id = id;
    made.statement.approver = approver;
    return made;
}

Result<QList<RunEvent>> TestApprovalRequests::answer(const QString &request, const QString &decisionId,
                                                     const QString &approver) const
{
    RunChange change;
    change.run = runId(2);
    change.at = at(30);
    change.decisions = {decision(decisionId, approver)};
    change.answers = {{request, decisionId}};
    change.events = {
        {u"decision-accepted"_s, u"approve"_s, {{u"decisionId"_s, decisionId}, {u"requestId"_s, request}}}};
    return m_store->apply(change);
}

void TestApprovalRequests::readsBackWhatWasWritten()
{
    const auto last = m_store->events(runId(2))->last();
    QCOMPARE(*m_store->journalHead(runId(2)), (JournalHead{last.sequence, last.hash}));
    const ExportedRequest one = exported(first);
    const ExportedRequest two = exported(second);
    QCOMPARE(*m_store->approvalRequests(runId(2)), (QList<ExportedRequest>{one, two}));
    QVERIFY(m_store->approvalRequests(runId(1))->isEmpty());
    QCOMPARE(**m_store->approvalRequest(second), two);
    QVERIFY(!*m_store->approvalRequest(u"x"_s));
    const auto reader = samples::opened(m_file, Store::Mode::ReadOnly);
    QCOMPARE(**reader->approvalRequest(first), one);
    QCOMPARE(reader->journalHead(runId(2))->sequence, last.sequence + 2);
    QCOMPARE(toString(reader->journalHead(runId(9)).error().code), u"not-found"_s);
}

void TestApprovalRequests::oneDecisionAnswersARequest()
{
    exported(first);
    exported(second);
    QVERIFY(answer(first, answerId, u"zoe"_s));
    QCOMPARE((*m_store->approvalRequest(first))->decisionId, answerId);
    QVERIFY((*m_store->approvalRequest(second))->decisionId.isEmpty());

    const auto again = answer(first, answerId.chopped(1) + u'2', u"yan"_s);
    QVERIFY(!again);
    QCOMPARE(toString(again.error().code), u"request-used"_s);
    QCOMPARE(again.error().message, u"request %1 was answered already"_s.arg(first));
    QCOMPARE((*m_store->approvalRequest(first))->decisionId, answerId);
    QVERIFY(answer(second, answerId.chopped(1) + u'2', u"yan"_s));
}

void TestApprovalRequests::isAnsweredWithItsDecisionOrNotAtAll()
{
    exported(first);
    const auto events = m_store->events(runId(2))->size();
    const auto decisions = m_store->decisions(runId(2))->size();
    QCOMPARE(toString(answer(u"x"_s, answerId, u"zoe"_s).error().code), u"request-used"_s);
    RunChange change; // Without the decision that it names.
    change.run = runId(2);
    change.answers = {{first, answerId}};
    QCOMPARE(toString(m_store->apply(change).error().code), u"database"_s);
    change.run = runId(1);
    QCOMPARE(toString(m_store->apply(change).error().code), u"request-used"_s); // It is another run's.
    QCOMPARE(m_store->events(runId(2))->size(), events);
    QCOMPARE(m_store->decisions(runId(2))->size(), decisions);
    QVERIFY((*m_store->approvalRequest(first))->decisionId.isEmpty());
}

void TestApprovalRequests::goesWithItsRun()
{
    exported(first);
    QVERIFY(answer(first, answerId, u"zoe"_s));
    RunChange end;
    end.run = runId(2);
    end.at = at(50);
    end.status = RunChange::Status{RunState::Succeeded, false, {}};
    QVERIFY(m_store->apply(end));
    QVERIFY(m_store->removeRun(runId(2), at(60), u"otto"_s));
    QVERIFY(!*m_store->approvalRequest(first));
}

/// A file as the version before the one with the table left it.
void TestApprovalRequests::olderFileGetsTheTable()
{
    const QString old = m_dir->filePath(u"old.sqlite"_s);
    samples::storeWithRun(old).reset();
    samples::tamper(old, u"DROP TABLE pack_run_approval_requests"_s);
    samples::tamper(old, u"DROP TABLE pack_run_anchors"_s); // Which came later.
    const auto step = std::ranges::find_if(migrations(), [](const Migration &each) {
        return each.statements.first().contains(u"pack_run_approval_requests"_s);
    });
    samples::tamper(old, u"PRAGMA user_version = %1"_s.arg(step->version - 1));

    m_store = samples::opened(old, Store::Mode::ReadWrite);

    QCOMPARE(m_store->run(runId(1))->id, runId(1));
    QVERIFY(m_store->approvalRequests(runId(1))->isEmpty());
    samples::opened(m_dir->filePath(u"fresh.sqlite"_s), Store::Mode::ReadWrite);
    const auto tableOf = [](const QString &file) {
        const auto connection = Connection::open(file, Connection::Access::ReadOnly);
        return *(*connection)
                    ->list(u"SELECT sql FROM sqlite_schema WHERE tbl_name = 'pack_run_approval_requests' "
                           "ORDER BY name"_s,
                           {}, [](Row &row) { return row.text(0); });
    };
    QCOMPARE(tableOf(old), tableOf(m_dir->filePath(u"fresh.sqlite"_s)));
    QVERIFY(tableOf(old).size() >= 2); // With its index.
}

void TestApprovalRequests::checkFindsWhatWasAltered_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("problem");
    const auto change = [](const char *name, const QString &set, const QString &problem) {
        QTest::newRow(name) << u"UPDATE pack_run_approval_requests SET %1 WHERE id = '%2'"_s.arg(set, first)
                            << u"request %1: %2"_s.arg(first, problem);
    };
    change("who exported it", u"exportedBy = 'mallory'"_s, u"its by is not the one in the journal"_s);
    change("its digest", u"requestDigest = 'x'"_s, u"its requestDigest is not the one in the journal"_s);
    change("its expiry", u"expiresAt = '2027-01-31T09:05:00.000Z'"_s,
           u"its expiresAt is not the one in the journal"_s);
    change("its head", u"journalSequence = 1"_s,
           u"the journal did not end where it says when it was exported"_s);
    change("the head's hash", u"journalHash = 'x'"_s,
           u"the journal did not end where it says when it was exported"_s);
    change("open again", u"decisionId = NULL"_s,
           u"it is open, though decision %1 answered it"_s.arg(answerId));
    change("another answer", u"decisionId = '01KG0000000000000000000020'"_s,
           u"the journal does not say that decision 01KG0000000000000000000020 answers it"_s);
    QTest::newRow("removed") << u"DELETE FROM pack_run_approval_requests WHERE id = '%1'"_s.arg(second)
                             << u"request %1 of its journal is missing"_s.arg(second);
    QTest::newRow("made up")
        << uR"(INSERT INTO pack_run_approval_requests SELECT NULL, 'x', runId, path, revision, planHash, nonceDigest,
  requestDigest, journalSequence, journalHash, exportedBy, createdAt, expiresAt, NULL
  FROM pack_run_approval_requests WHERE id = '%1')"_s.arg(second)
        << u"request x: it is not in the journal"_s;
}

void TestApprovalRequests::checkFindsWhatWasAltered()
{
    QFETCH(QString, sql);
    QFETCH(QString, problem);
    exported(first);
    exported(second);
    QVERIFY(answer(first, answerId, u"zoe"_s));
    const auto problems = [this] {
        QStringList found;
        const auto report = checkStore(m_file, m_dir->path());
        for (const StoreFinding &finding : report->findings) {
            if (finding.problem.startsWith(u"request "_s))
                found += finding.problem;
        }
        return found;
    };
    QCOMPARE(problems(), QStringList());

    samples::tamper(m_file, sql);

    QCOMPARE(problems(), QStringList{problem});
}

QTEST_GUILESS_MAIN(TestApprovalRequests)
#include "tst_approval_requests.moc"
