#include "engine/store/store_observer.h"
#include "store_samples.h"

#include <QTemporaryDir>
#include <QTest>

#include <limits>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;

class TestStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void newRunReadsBack();
    void everyValueReadsBack();
    void recordsAreReplacedByTheirPath();
    void finalStateSetsCompletedAt();
    void bigIntegersSurvive();
    void eventsAreNumberedAndChained();
    void chainGoesOnAfterReopening();
    void runsAreListed_data();
    void runsAreListed();
    void unfinishedRunsOldestFirst();
    void openGatesNextToExpireFirst();
    void unknownRunIsNotFound();
    void createRunRefuses();
    void failedChangeLeavesNothing_data();
    void failedChangeLeavesNothing();
    void samePersonCountsOnce();
    void whoTookAnApprovalBackMayDecideAnew();
    void withdrawalNeedsAStandingApproval_data();
    void withdrawalNeedsAStandingApproval();
    void alteredJournalIsFound_data();
    void alteredJournalIsFound();
    void observerIsToldOfWhatIsOnDisk();
    void auditLogIsChained();
    void alteredAuditLogIsFound_data();
    void alteredAuditLogIsFound();
    void damagedValueIsAnError();

private:
    QString path() const { return m_folder->filePath(u"store.db"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStore::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestStore::newRunReadsBack()
{
    const NewRun run = samples::newRun(1);
    samples::storeWithRun(path());

    const auto store = samples::opened(path(), Store::Mode::ReadOnly);
    QCOMPARE(*store->run(runId(1)), run.summary);
    QCOMPARE(*store->plan(runId(1)), run.plan);
    QCOMPARE(*store->inputs(runId(1)), run.inputs);
    QCOMPARE(*store->outputs(runId(1)), QJsonObject());
    QCOMPARE(*store->packPath(runId(1)), run.packPath);
    QCOMPARE(*store->steps(runId(1)), samples::firstSteps());
    QCOMPARE(*store->lastLogSequence(runId(1)), 0);
    QVERIFY(store->attempts(runId(1))->isEmpty());
    QVERIFY(store->logs({runId(1)})->isEmpty());
}

void TestStore::everyValueReadsBack()
{
    const RunChange change = samples::everything(runId(1));
    QVERIFY(samples::storeWithRun(path())->apply(change));

    const auto store = samples::opened(path(), Store::Mode::ReadOnly);
    const auto summary = store->run(runId(1));
    QCOMPARE(toString(summary->state), u"failed"_s);
    QCOMPARE(summary->partial, true);
    QCOMPARE(summary->reason, u"step \"scan\" failed"_s);
    QCOMPARE(summary->updatedAt, at(6));
    QCOMPARE(*store->outputs(runId(1)), *change.outputs);
    const QList<StepRecord> first = samples::firstSteps();
    QCOMPARE(*store->steps(runId(1)),
             (QList<StepRecord>{change.steps[0], first[1], first[2], change.steps[1]}));
    QCOMPARE(*store->attempts(runId(1)),
             (QList<AttemptRecord>{change.attempts[2], change.attempts[0], change.attempts[1]}));
    QCOMPARE(*store->artifacts(runId(1)), change.artifacts);
    QCOMPARE(*store->gates(runId(1)), change.gates);
    QCOMPARE(*store->decisions(runId(1)), change.decisions);
    QCOMPARE(*store->policyDecisions(runId(1)), change.policies);
    QCOMPARE(*store->anchors(runId(1)), *change.anchors);
}

void TestStore::recordsAreReplacedByTheirPath()
{
    const auto store = samples::storeWithRun(path());
    RunChange change = samples::everything(runId(1));
    QVERIFY(store->apply(change));

    RunChange second;
    second.run = runId(1);
    second.at = at(20);
    second.steps = {{u"scan"_s, StepState::Succeeded, {}, 3, at(20), {}, {{u"done"_s, true}}}};
    second.attempts = {change.attempts[1]};
    second.attempts[0].exitCode = 0;
    second.gates = change.gates;
    second.gates[0].state = GateState::Approved;
    second.gates[0].revision = 3;
    QVERIFY(store->apply(second));

    QCOMPARE(store->steps(runId(1))->first(), second.steps[0]);
    QCOMPARE(store->steps(runId(1))->size(), 4);
    QCOMPARE(store->attempts(runId(1))->last(), second.attempts[0]);
    QCOMPARE(store->attempts(runId(1))->size(), 3);
    QCOMPARE(*store->gates(runId(1)), second.gates);
    QCOMPARE(store->run(runId(1))->updatedAt, at(6)); // Its own state did not change.
}

void TestStore::finalStateSetsCompletedAt()
{
    const auto store = samples::storeWithRun(path());
    for (const RunState state :
         {RunState::Running, RunState::Waiting, RunState::Cancelling, RunState::Succeeded,
          RunState::Interrupted, RunState::Failed, RunState::Cancelled}) {
        RunChange change{
            runId(1), at(int(state) + 10), RunChange::Status{state, false, {}}, {}, {}, {}, {}, {}, {}, {},
            {}};
        QVERIFY(store->apply(change));
        const auto run = store->run(runId(1));
        QCOMPARE(toString(run->state), toString(state));
        QCOMPARE(run->completedAt, isFinal(state) ? std::optional(change.at) : std::nullopt);
    }
}

void TestStore::bigIntegersSurvive()
{
    const auto store = samples::storeWithRun(path());
    const qint64 big = std::numeric_limits<qint64>::max();
    RunChange change;
    change.run = runId(1);
    change.attempts = {{u"scan"_s, 1, big, {}, {}, {}, {}, -1, {}, {}}};
    change.artifacts = {samples::everything(runId(1)).artifacts[0]};
    change.artifacts[0].sizeBytes = big;
    QVERIFY(store->apply(change));

    QCOMPARE(*store->attempts(runId(1)), change.attempts);
    QCOMPARE(*store->artifacts(runId(1)), change.artifacts);
}

void TestStore::eventsAreNumberedAndChained()
{
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);
    const auto created = store->createRun(samples::newRun(1), samples::firstSteps(), samples::firstEvents());
    QVERIFY(created);
    const RunChange change = samples::everything(runId(1));
    const auto applied = store->apply(change);
    QVERIFY(applied);

    QCOMPARE(created->size(), 2);
    QCOMPARE(created->first().sequence, 1);
    QCOMPARE(created->first().type, u"run-created"_s);
    QCOMPARE(created->first().timestamp, samples::newRun(1).summary.createdAt);
    QCOMPARE(created->first().previousHash, QString(64, u'0'));
    QCOMPARE(applied->first().sequence, 3);
    QCOMPARE(applied->first().timestamp, change.at);
    QCOMPARE(applied->first().previousHash, created->last().hash);
    const auto stored = store->events(runId(1));
    QCOMPARE(*stored, *created + *applied);
    QVERIFY(checkChain(*stored));
    QCOMPARE(*store->events(runId(1), 1, 2), stored->sliced(1, 2));
    QCOMPARE(*store->events(runId(1), 4), stored->sliced(4));
    QVERIFY(store->events(runId(1), 5)->isEmpty());
}

void TestStore::chainGoesOnAfterReopening()
{
    samples::storeWithRun(path());
    for (int i = 0; i < 3; ++i) {
        const auto store = samples::opened(path(), Store::Mode::ReadWrite);
        RunChange change;
        change.run = runId(1);
        change.events = {{u"engine-started"_s, {}, {{u"time"_s, i}}}};
        QCOMPARE(store->apply(change)->first().sequence, i + 3);
    }
    const auto events = samples::opened(path(), Store::Mode::ReadOnly)->events(runId(1));
    QCOMPARE(events->size(), 5);
    QVERIFY(checkChain(*events));
}

void TestStore::runsAreListed_data()
{
    QTest::addColumn<RunFilter>("filter");
    QTest::addColumn<QList<int>>("expected");

    QTest::newRow("all, newest first") << RunFilter{} << QList<int>{6, 5, 4, 3, 2, 1};
    QTest::newRow("first page") << RunFilter{{}, {}, 2, {}} << QList<int>{6, 5};
    QTest::newRow("next page") << RunFilter{{}, {}, 2, runId(5)} << QList<int>{4, 3};
    QTest::newRow("after the last page") << RunFilter{{}, {}, 2, runId(1)} << QList<int>{};
    QTest::newRow("no limit") << RunFilter{{}, {}, -1, {}} << QList<int>{6, 5, 4, 3, 2, 1};
    QTest::newRow("one state") << RunFilter{{RunState::Failed}, {}, 100, {}} << QList<int>{6, 4, 2};
    QTest::newRow("two states") << RunFilter{{RunState::Failed, RunState::Queued}, {}, 4, {}}
                                << QList<int>{6, 5, 4, 3};
    QTest::newRow("no such state") << RunFilter{{RunState::Waiting}, {}, 100, {}} << QList<int>{};
    QTest::newRow("one pack") << RunFilter{{}, u"pack 1"_s, 100, {}} << QList<int>{4, 1};
    QTest::newRow("pack, state and before")
        << RunFilter{{RunState::Queued}, u"pack 1"_s, 100, runId(4)} << QList<int>{1};
}

void TestStore::runsAreListed()
{
    QFETCH(RunFilter, filter);
    QFETCH(QList<int>, expected);
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);
    for (const int number : {3, 1, 2, 6, 5, 4}) {
        NewRun run = samples::newRun(number);
        run.summary.packName = u"pack %1"_s.arg(number % 3);
        QVERIFY(store->createRun(run, {}, samples::firstEvents()));
        if (number % 2 == 0)
            QVERIFY(store->apply({run.summary.id,
                                  at(9),
                                  RunChange::Status{RunState::Failed, false, {}},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {},
                                  {}}));
    }

    const auto runs = store->runs(filter);

    QVERIFY(runs);
    QStringList ids;
    for (const RunSummary &run : *runs)
        ids += run.id.value;
    QStringList expectedIds;
    for (const int number : expected)
        expectedIds += runId(number).value;
    QCOMPARE(ids, expectedIds);
}

void TestStore::unfinishedRunsOldestFirst()
{
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);
    static constexpr RunState states[] = {RunState::Queued,     RunState::Running,    RunState::Waiting,
                                          RunState::Cancelling, RunState::Succeeded,  RunState::Failed,
                                          RunState::Cancelled,  RunState::Interrupted};
    for (int i = 7; i >= 0; --i) {
        QVERIFY(store->createRun(samples::newRun(i), {}, samples::firstEvents()));
        QVERIFY(store->apply(
            {runId(i), at(9), RunChange::Status{states[i], false, {}}, {}, {}, {}, {}, {}, {}, {}, {}}));
    }

    const auto runs = store->unfinishedRuns();

    QVERIFY(runs);
    QStringList found;
    for (const RunSummary &run : *runs)
        found += toString(run.state);
    QCOMPARE(found,
             (QStringList{u"queued"_s, u"running"_s, u"waiting"_s, u"cancelling"_s, u"interrupted"_s}));
}

void TestStore::openGatesNextToExpireFirst()
{
    const auto store = samples::opened(path(), Store::Mode::ReadWrite);
    for (int i = 1; i <= 4; ++i) {
        QVERIFY(store->createRun(samples::newRun(i), samples::firstSteps(), samples::firstEvents()));
        RunChange change;
        change.run = runId(i);
        change.gates = samples::everything(runId(i)).gates;
        change.gates[0].expiresAt = at(i == 2 ? 50 : 100 - i);
        change.gates[0].state = i == 4 ? GateState::Approved : GateState::Open;
        QVERIFY(store->apply(change));
    }

    const auto gates = store->openGates();

    QVERIFY(gates);
    QCOMPARE(gates->size(), 3);
    QCOMPARE(gates->at(0).run, runId(2));
    QCOMPARE(gates->at(1).run, runId(3));
    QCOMPARE(gates->at(2).run, runId(1));
    QCOMPARE(gates->at(2).requestedBy, u"alice"_s);
    QCOMPARE(gates->at(2).planHash, u"sha256:"_s + QString(64, u'b'));
}

void TestStore::unknownRunIsNotFound()
{
    const auto store = samples::storeWithRun(path());
    const RunId id = runId(7);
    const Error expected{ErrorCode::NotFound, u"there is no run \"%1\""_s.arg(id.value), {}, {}};
    RunChange change;
    change.run = id;
    QCOMPARE(store->apply(change).error(), expected);
    QCOMPARE(store->appendLogs(id, samples::logLines(0, 1)).error(), expected);
    QCOMPARE(store->run(id).error(), expected);
    QCOMPARE(store->packPath(id).error(), expected);
    QCOMPARE(store->plan(id).error(), expected);
    QCOMPARE(store->inputs(id).error(), expected);
    QCOMPARE(store->outputs(id).error(), expected);
    QCOMPARE(store->steps(id).error(), expected);
    QCOMPARE(store->attempts(id).error(), expected);
    QCOMPARE(store->events(id).error(), expected);
    QCOMPARE(store->logs({id}).error(), expected);
    QCOMPARE(store->lastLogSequence(id).error(), expected);
    QCOMPARE(store->artifacts(id).error(), expected);
    QCOMPARE(store->gates(id).error(), expected);
    QCOMPARE(store->decisions(id).error(), expected);
    QCOMPARE(store->policyDecisions(id).error(), expected);
}

void TestStore::createRunRefuses()
{
    const auto store = samples::storeWithRun(path());
    const auto again = store->createRun(samples::newRun(1), {}, samples::firstEvents());
    QCOMPARE(again.error(),
             (Error{ErrorCode::Conflict, u"there is a run \"%1\" already"_s.arg(runId(1).value), {}, {}}));
    QCOMPARE(*store->steps(runId(1)), samples::firstSteps());

    const Error noCreation =
        invalid(u"the first event of run \"%1\" is not \"run-created\""_s.arg(runId(2).value));
    QCOMPARE(store->createRun(samples::newRun(2), {}, {}).error(), noCreation);
    QCOMPARE(store->createRun(samples::newRun(2), {}, samples::firstEvents().sliced(1)).error(), noCreation);

    NewRun loneSurrogate = samples::newRun(2);
    loneSurrogate.inputs = {{u"x"_s, QString(QChar(0xd800))}};
    QCOMPARE(store->createRun(loneSurrogate, {}, samples::firstEvents()).error(),
             invalid(u"a string with a lone surrogate has no JSON form"_s));
    QCOMPARE(store->runs({})->size(), 1);
}

void TestStore::failedChangeLeavesNothing_data()
{
    QTest::addColumn<RunChange>("change");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *name, auto spoil, ErrorCode code, const QString &words) {
        RunChange change = samples::everything(runId(1));
        spoil(change);
        QTest::newRow(name) << change << code << words;
    };
    row(
        "attempt of no step", [](RunChange &change) { change.attempts[2].path = u"nowhere"_s; },
        ErrorCode::Database, u"FOREIGN KEY constraint failed"_s);
    row(
        "artifact twice", [](RunChange &change) { change.artifacts[1].id = change.artifacts[0].id; },
        ErrorCode::Database, u"UNIQUE constraint failed: pack_artifacts.id"_s);
    row(
        "gate of no step", [](RunChange &change) { change.gates[0].path = u"nowhere"_s; },
        ErrorCode::Database, u"FOREIGN KEY constraint failed"_s);
    row(
        "decision of no gate", [](RunChange &change) { change.decisions[0].statement.path = u"scan"_s; },
        ErrorCode::Database, u"FOREIGN KEY constraint failed"_s);
    row(
        "trigger at the last event", [](RunChange &change) { change.events.last().type = u"forbidden"_s; },
        ErrorCode::Database, u"this event is forbidden"_s);
    row(
        "output without a JSON form",
        [](RunChange &change) {
            change.outputs = QJsonObject{{u"x"_s, std::numeric_limits<double>::infinity()}};
        },
        ErrorCode::InvalidInput, u"a number that is not finite has no JSON form"_s);
    row(
        "event without a JSON form",
        [](RunChange &change) {
            change.events.last().data = {{u"x"_s, QString(QChar(0xdc00))}};
        },
        ErrorCode::InvalidInput, u"a string with a lone surrogate has no JSON form"_s);
}

void TestStore::failedChangeLeavesNothing()
{
    QFETCH(RunChange, change);
    QFETCH(ErrorCode, code);
    QFETCH(QString, words);
    auto store = samples::storeWithRun(path());
    const auto before = store->run(runId(1));
    store.reset();
    samples::tamper(path(), u"CREATE TRIGGER t BEFORE INSERT ON pack_run_events WHEN new.type = 'forbidden' "
                            "BEGIN SELECT raise(ABORT, 'this event is forbidden'); END"_s);
    store = samples::opened(path(), Store::Mode::ReadWrite);

    const auto failed = store->apply(change);

    QVERIFY(!failed);
    QCOMPARE(toString(failed.error().code), toString(code));
    QVERIFY2(failed.error().message.contains(words), qPrintable(failed.error().message));
    if (code == ErrorCode::Database)
        QVERIFY2(failed.error().message.contains(path()), qPrintable(failed.error().message));
    QCOMPARE(*store->run(runId(1)), *before);
    QCOMPARE(*store->outputs(runId(1)), QJsonObject());
    QCOMPARE(*store->steps(runId(1)), samples::firstSteps());
    QVERIFY(store->attempts(runId(1))->isEmpty());
    QVERIFY(store->artifacts(runId(1))->isEmpty());
    QVERIFY(store->gates(runId(1))->isEmpty());
    QVERIFY(store->decisions(runId(1))->isEmpty());
    QVERIFY(store->policyDecisions(runId(1))->isEmpty());
    QCOMPARE(store->events(runId(1))->size(), 2);
    // What comes next is numbered as if nothing had happened.
    const auto next = store->apply(samples::everything(runId(1)));
    QVERIFY(next);
    QCOMPARE(next->first().sequence, 3);
    QVERIFY(checkChain(*store->events(runId(1))));
}

void TestStore::samePersonCountsOnce()
{
    const auto store = samples::storeWithRun(path());
    QVERIFY(store->apply(samples::everything(runId(1))));
    RunChange again;
    again.run = runId(1);
    again.decisions = samples::everything(runId(1)).decisions;
    again.decisions[0].id = u"01KG0000000000000000000009"_s;
    QCOMPARE(toString(store->apply(again).error().code), u"database"_s);
    QCOMPARE(store->decisions(runId(1))->size(), 1);

    again.decisions[0].statement.approver = u"carol"_s;
    QVERIFY(store->apply(again));
    QCOMPARE(store->decisions(runId(1))->size(), 2);
}

void TestStore::whoTookAnApprovalBackMayDecideAnew()
{
    const auto store = samples::storeWithRun(path());
    const RunChange change = samples::everything(runId(1));
    QVERIFY(store->apply(change));
    const Decision first = samples::withdrawnBy(change.decisions.first(), u"key-2"_s);
    RunChange back;
    back.run = runId(1);
    back.withdrawn = {first};
    back.events = {{u"decision-withdrawn"_s, u"approve"_s, {}}};
    QVERIFY(store->apply(back));
    QCOMPARE(*store->decisions(runId(1)), QList<Decision>{first});

    Decision second = change.decisions.first();
    second.id = u"01KG0000000000000000000009"_s;
    second.statement.verdict = Verdict::Reject;
    RunChange again;
    again.run = runId(1);
    again.decisions = {second};
    QVERIFY(store->apply(again));
    QCOMPARE(*store->decisions(runId(1)), (QList<Decision>{first, second}));
    again.decisions[0].id = u"01KG0000000000000000000010"_s;
    QCOMPARE(toString(store->apply(again).error().code), u"database"_s); // Once more is too often.
}

void TestStore::withdrawalNeedsAStandingApproval_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<int>("run");
    QTest::addColumn<Verdict>("verdict");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("words");
    const QString id = samples::everything(runId(1)).decisions.first().id;
    const QString none = u"there is no approval \"%1\" to take back"_s;
    QTest::newRow("taken back before") << u"01KG0000000000000000000003"_s << 1 << Verdict::Approve
                                       << u"conflict"_s << none.arg(u"01KG0000000000000000000003"_s);
    QTest::newRow("unknown") << u"01KG0000000000000000000009"_s << 1 << Verdict::Approve << u"conflict"_s
                             << none.arg(u"01KG0000000000000000000009"_s);
    QTest::newRow("of another run") << id << 2 << Verdict::Approve << u"conflict"_s << none.arg(id);
    QTest::newRow("a rejection") << id << 1 << Verdict::Reject << u"database"_s
                                 << u"CHECK constraint failed: withdrawnAt IS NULL OR verdict = 'approve'"_s;
}

void TestStore::withdrawalNeedsAStandingApproval()
{
    QFETCH(QString, id);
    QFETCH(int, run);
    QFETCH(Verdict, verdict);
    QFETCH(QString, code);
    QFETCH(QString, words);
    const auto store = samples::storeWithRun(path());
    QVERIFY(store->createRun(samples::newRun(2), samples::firstSteps(), samples::firstEvents()));
    RunChange change = samples::everything(runId(1));
    change.decisions[0].statement.verdict = verdict;
    Decision earlier = change.decisions.first();
    earlier.id = u"01KG0000000000000000000003"_s;
    earlier.statement.approver = u"carol"_s;
    earlier.statement.verdict = Verdict::Approve;
    change.decisions += earlier;
    change.withdrawn = {samples::withdrawnBy(earlier, u"key-2"_s)};
    QVERIFY(store->apply(change));
    const auto before = *store->decisions(runId(1));
    const qsizetype events = store->events(runId(1))->size();

    Decision withdrawn = samples::withdrawnBy(change.decisions.first(), u"key-2"_s);
    withdrawn.id = id;
    RunChange back;
    back.run = runId(run);
    back.withdrawn = {withdrawn};
    back.events = {{u"decision-withdrawn"_s, u"approve"_s, {}}};
    const auto failed = store->apply(back);

    QVERIFY(!failed);
    QCOMPARE(toString(failed.error().code), code);
    QVERIFY2(failed.error().message.contains(words), qPrintable(failed.error().message));
    QCOMPARE(*store->decisions(runId(1)), before);
    QCOMPARE(store->events(runId(1))->size(), events);
}

void TestStore::alteredJournalIsFound_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("error");
    QTest::newRow("byte of data")
        << u"UPDATE pack_run_events SET data = replace(data, 'off', 'oof') WHERE sequence = 3"_s
        << u"journal event 3: its content does not match its hash"_s;
    QTest::newRow("time")
        << u"UPDATE pack_run_events SET timestamp = '2026-01-31T09:05:06.251Z' WHERE sequence = 3"_s
        << u"journal event 3: its content does not match its hash"_s;
    QTest::newRow("deleted row") << u"DELETE FROM pack_run_events WHERE sequence = 2"_s
                                 << u"journal event 3: expected number 2"_s;
    QTest::newRow("hash of a row")
        << u"UPDATE pack_run_events SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE sequence = 4"_s
        << u"journal event 4: its content does not match its hash"_s;
    QTest::newRow("first row") << u"UPDATE pack_run_events SET type = 'run-altered' WHERE sequence = 1"_s
                               << u"journal event 1: its content does not match its hash"_s;
    QTest::newRow("swapped rows")
        << u"UPDATE pack_run_events SET sequence = 9 - sequence WHERE sequence IN (4, 5)"_s
        << u"journal event 4: it does not follow the event before it"_s;
}

void TestStore::alteredJournalIsFound()
{
    QFETCH(QString, sql);
    QFETCH(QString, error);
    QVERIFY(samples::storeWithRun(path())->apply(samples::everything(runId(1))));
    QVERIFY(checkChain(*samples::opened(path(), Store::Mode::ReadOnly)->events(runId(1))));

    if (QTest::currentDataTag() == QByteArray("swapped rows")) {
        samples::tamper(path(),
                        u"UPDATE pack_run_events SET sequence = -sequence WHERE sequence IN (4, 5)"_s);
        samples::tamper(path(), u"UPDATE pack_run_events SET sequence = 9 + sequence WHERE sequence < 0"_s);
    } else {
        samples::tamper(path(), sql);
    }

    const auto checked = checkChain(*samples::opened(path(), Store::Mode::ReadOnly)->events(runId(1)));
    QVERIFY(!checked);
    QCOMPARE(checked.error().message, error);
}

void TestStore::observerIsToldOfWhatIsOnDisk()
{
    struct Observer : StoreObserver
    {
        void committed(std::chrono::nanoseconds took) override
        {
            QVERIFY(took.count() > 0);
            ++commits;
        }
        void logLinesStored(qint64 count, qint64 size) override
        {
            lines += count;
            bytes += size;
        }
        int commits = 0;
        qint64 lines = 0;
        qint64 bytes = 0;
    } observer;
    const auto store = samples::storeWithRun(path());
    store->setObserver(&observer);
    QVERIFY(store->audit(at(1), u"anna"_s, u"looked"_s, {}));
    QCOMPARE(observer.commits, 1);
    QVERIFY(store->apply(samples::everything(runId(1))));
    QCOMPARE(observer.commits, 2);
    QVERIFY(!store->createRun(samples::newRun(1), {}, samples::firstEvents())); // It is there already.
    QVERIFY(!store->appendLogs(runId(9), {samples::logLine(1)}));
    QCOMPARE(observer.commits, 2);
    QCOMPARE(observer.lines, 0);
    LogLine wide = samples::logLine(1);
    wide.message = u"a\u00e9\u20ac\U0001F600"_s; // 1, 2, 3 and 4 bytes.
    QVERIFY(store->appendLogs(runId(1), {wide, samples::logLine(2)}));
    QCOMPARE(observer.commits, 3);
    QCOMPARE(observer.lines, 2);
    QCOMPARE(observer.bytes, 10 + qint64(strlen("line 2")));
    store->setObserver(nullptr);
    QVERIFY(store->probe());
    QCOMPARE(observer.commits, 3);
}

void TestStore::auditLogIsChained()
{
    auto store = samples::opened(path(), Store::Mode::ReadWrite);
    QVERIFY(store->checkAuditLog());
    for (int i = 0; i < 5; ++i) {
        QVERIFY(
            store->audit(at(i), u"alice"_s, u"decision-refused"_s, {{u"gate"_s, u"approve"_s}, {u"n"_s, i}}));
        store = samples::opened(path(), Store::Mode::ReadWrite);
    }
    QVERIFY(store->checkAuditLog());
    QVERIFY(!store->audit(at(9), u"alice"_s, u"x"_s, {{u"x"_s, QString(QChar(0xd800))}}));
    QVERIFY(store->checkAuditLog());
}

void TestStore::alteredAuditLogIsFound_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("error");
    for (const char *column : {"timestamp", "tenantId", "actor", "action", "data", "hash"}) {
        const QString altered = column == QByteArray("data") ? u"'{}'"_s : u"'x'"_s;
        QTest::newRow(column) << u"UPDATE audit_log SET %1 = %2 WHERE sequence = 2"_s.arg(
            QLatin1String(column), altered)
                              << u"audit log row 2: its content does not match its hash"_s;
    }
    QTest::newRow("previousHash") << u"UPDATE audit_log SET previousHash = 'x' WHERE sequence = 2"_s
                                  << u"audit log row 2: it does not follow the row before it"_s;
    QTest::newRow("deleted") << u"DELETE FROM audit_log WHERE sequence = 2"_s
                             << u"audit log row 3: expected number 2"_s;
}

void TestStore::alteredAuditLogIsFound()
{
    QFETCH(QString, sql);
    QFETCH(QString, error);
    {
        const auto store = samples::opened(path(), Store::Mode::ReadWrite);
        for (int i = 0; i < 3; ++i)
            QVERIFY(store->audit(at(i), u"alice"_s, u"login"_s, {{u"n"_s, i}}));
    }
    samples::tamper(path(), sql);

    const auto checked = samples::opened(path(), Store::Mode::ReadOnly)->checkAuditLog();
    QVERIFY(!checked);
    QCOMPARE(checked.error(), invalid(error));
}

void TestStore::damagedValueIsAnError()
{
    samples::storeWithRun(path());
    samples::tamper(path(), u"UPDATE pack_run_steps SET status = 'confused' WHERE path = 'build'"_s);
    samples::tamper(path(), u"UPDATE pack_runs SET createdAt = 'today', inputs = '{'"_s);

    const auto store = samples::opened(path(), Store::Mode::ReadOnly);
    const auto message = [this](const QString &what) {
        return u"database \"%1\" is damaged: %2"_s.arg(path(), what);
    };
    QCOMPARE(toString(store->steps(runId(1)).error().code), u"database"_s);
    QCOMPARE(store->steps(runId(1)).error().message,
             message(u"column status: unknown step state \"confused\""_s));
    QCOMPARE(
        store->run(runId(1)).error().message,
        message(u"column createdAt: \"today\" is not a time; expected the form 2026-01-31T09:05:00.000Z"_s));
    QCOMPARE(store->inputs(runId(1)).error().message,
             message(u"column inputs: expected a name in quotes, found the end of the text"_s));
}

QTEST_GUILESS_MAIN(TestStore)
#include "tst_store.moc"
