#include "store_samples.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/store/artifact_store.h"

#include <QDir>
#include <QFile>
#include <QTest>
#include <QVariant>

using namespace Qt::StringLiterals;
using namespace engine;

namespace samples {

Timestamp at(int seconds)
{
    return *parseIso(u"2026-01-31T09:05:00.250Z"_s) + std::chrono::seconds(seconds);
}

RunId runId(int number)
{
    return *parseRunId(u"run_01KG%1"_s.arg(number, 22, 10, QLatin1Char('0')));
}

NewRun newRun(int number)
{
    RunSummary summary;
    summary.id = runId(number);
    summary.packName = u"inventory-audit"_s;
    summary.packVersion = u"1.2.0"_s;
    summary.packDigest = u"sha256:"_s + QString(64, u'a');
    summary.requestedBy = u"alice"_s;
    summary.requestedAt = at(number);
    summary.createdAt = at(number);
    summary.updatedAt = at(number);
    const QByteArray plan =
        QByteArray("{\"run\":") + QByteArray::number(number) + QByteArray(",\"nul\":\"\0\"}", 11);
    summary.planHash = u"sha256:"_s + sha256Hex(plan);
    return {
        summary, plan, {{u"deny"_s, QJsonArray{u"telnet"_s, u"rsh"_s}}, {u"näme"_s, 1.5}}, u"/packs/größe"_s};
}

QList<StepRecord> firstSteps()
{
    return {{u"scan"_s, StepState::Pending, {}, 0, at(0), {}, {}},
            {u"build"_s, StepState::Pending, {}, 0, at(0), {}, {}},
            {u"approve"_s, StepState::Pending, {}, 0, at(0), {}, {}}};
}

QList<EventDraft> firstEvents()
{
    return {{u"run-created"_s, {}, {{u"planHash"_s, u"sha256:"_s + QString(64, u'b')}}},
            {u"step-state"_s, u"scan"_s, {{u"to"_s, u"pending"_s}, {u"ratio"_s, 0.1}}}};
}

static GateRequest gate(const RunId &run)
{
    return {run,
            u"approve"_s,
            2,
            u"reviewer"_s,
            u"Title"_s,
            u"Please \"look\" 'twice'; DROP TABLE pack_runs"_s,
            u"sha256:"_s + QString(64, u'b'),
            2,
            {u"user:bob"_s, u"user:carol"_s},
            true,
            true,
            u"because …"_s,
            u"alice"_s,
            at(3),
            at(3600),
            GateState::Open};
}

static Decision decision(const RunId &run)
{
    const DecisionStatement statement{run,
                                      u"approve"_s,
                                      2,
                                      u"sha256:"_s + QString(64, u'b'),
                                      Verdict::Approve,
                                      u"bob"_s,
                                      u"looks right"_s,
                                      u"sha256:"_s + QString(64, u'c'),
                                      at(5)};
    // Not valid UTF-8: an envelope comes back as it was received, whatever it is.
    return {u"01KG0000000000000000000001"_s, statement, u"key-1"_s,
            QByteArray("{\"payload\":\"\xff\xfe\"}\n")};
}

/// As it is kept of a statement: the store looks at the payload of an envelope, not at who signed it.
static QByteArray envelopeOf(const QJsonObject &statement)
{
    const auto payload = canonicalJsonOf(statement).toBase64();
    return canonicalJsonOf(QJsonObject{{u"payload"_s, QString::fromLatin1(payload)}});
}

Decision withdrawnBy(Decision decision, const QString &keyId)
{
    const DecisionStatement &taken = decision.statement;
    const WithdrawalStatement statement{taken.run,          taken.path,     taken.revision,
                                        taken.planHash,     taken.approver, envelopeDigest(decision),
                                        u"a second look"_s, at(5)};
    decision.withdrawal = Withdrawal{statement, keyId, envelopeOf(toJson(statement))};
    return decision;
}

/// Bob's approval, with the event that tells of it.
static Decision addApproval(RunChange &change, const QString &id, Timestamp decidedAt)
{
    Decision made = decision(change.run);
    made.id = id;
    made.statement.decidedAt = decidedAt;
    made.envelope = envelopeOf(toJson(made.statement));
    change.decisions = {made};
    change.events += {u"decision-accepted"_s,
                      made.statement.path,
                      {{u"decisionId"_s, id},
                       {u"verdict"_s, u"approve"_s},
                       {u"approver"_s, made.statement.approver},
                       {u"keyId"_s, made.keyId},
                       {u"revision"_s, made.statement.revision},
                       {u"envelopeSha256"_s, sha256Hex(made.envelope)}}};
    return made;
}

static void addWithdrawal(RunChange &change, const Decision &approval)
{
    const Decision withdrawn = withdrawnBy(approval, u"key-2"_s);
    change.withdrawn = {withdrawn};
    change.events += {u"decision-withdrawn"_s,
                      approval.statement.path,
                      {{u"decisionId"_s, approval.id},
                       {u"approver"_s, approval.statement.approver},
                       {u"keyId"_s, withdrawn.withdrawal->keyId},
                       {u"revision"_s, approval.statement.revision},
                       {u"decisionDigest"_s, envelopeDigest(approval)},
                       {u"envelopeSha256"_s, sha256Hex(withdrawn.withdrawal->envelope)}}};
}

RunChange everything(const RunId &run)
{
    using std::chrono::microseconds;
    RunChange change;
    change.run = run;
    change.at = at(6);
    change.status = RunChange::Status{RunState::Failed, true, u"step \"scan\" failed"_s};
    change.outputs = QJsonObject{{u"report"_s, u"artifacts/report.json"_s}, {u"count"_s, 3}};
    change.steps = {
        {u"scan"_s, StepState::BackingOff, u"exit code 3"_s, 2, at(4), at(9), {{u"n"_s, QJsonValue::Null}}},
        {u"hosts[0]::check"_s, StepState::Interrupted, u"ünklar"_s, 1, at(5), {}, {}}};
    change.attempts = {{u"scan"_s,
                        1,
                        4711,
                        u"123456789012"_s,
                        u"boot"_s,
                        at(1),
                        at(2),
                        3,
                        {},
                        ResourceUsage{microseconds(12), microseconds(34), 56, 78}},
                       {u"scan"_s, 2, 0, {}, {}, {}, {}, {}, {}, {}},
                       {u"build"_s, 1, 4712, u"5"_s, u"boot"_s, at(1), at(3), {}, 9, ResourceUsage{}}};
    change.artifacts = {{u"01KG0000000000000000000002"_s, u"report"_s, u"scan"_s, u"bundle"_s,
                         u"artifacts/sha256/ab/cd"_s, QString(64, u'd'), 5'000'000'000, u"stored"_s,
                         u"a note"_s, at(4)},
                        {u"01KG0000000000000000000001"_s,
                         u"big"_s,
                         {},
                         u"file"_s,
                         {},
                         {},
                         0,
                         u"refused"_s,
                         u"too big"_s,
                         at(5)}};
    change.gates = {gate(run)};
    change.decisions = {decision(run)};
    change.policies = {{run,
                        u"scan"_s,
                        u"deny-list"_s,
                        {{u"components"_s, QJsonArray{u"a"_s, 1}}},
                        false,
                        {{u"no-telnet"_s, u"telnet is installed"_s}, {u"no-rsh"_s, u"rsh is installed"_s}},
                        at(4)}};
    change.anchors = QList<AnchorRecord>{
        {AnchorKind::Log, AnchorState::Pending, u"busy"_s, u"log.example:443"_s, 2, at(5), at(9)}};
    change.events = {{u"step-state"_s, u"scan"_s, {{u"to"_s, u"backing-off"_s}}},
                     {u"gate-opened"_s, u"approve"_s, {{u"revision"_s, 2}}},
                     {u"run-state"_s, {}, {}}};
    return change;
}

LogLine logLine(int number)
{
    return {0, at(number / 10), LogLevel::Info, u"output"_s, u"line %1"_s.arg(number), u"build"_s,
            1, false,           false};
}

QList<LogLine> logLines(int first, int count)
{
    QList<LogLine> lines;
    for (int i = first; i < first + count; ++i)
        lines += logLine(i);
    return lines;
}

std::unique_ptr<Store> opened(const QString &path, Store::Mode mode)
{
    auto store = Store::open(path, mode);
    if (!store)
        qFatal("%s", qPrintable(store.error().toString()));
    return *std::move(store);
}

std::unique_ptr<Store> storeWithRun(const QString &path)
{
    auto store = opened(path, Store::Mode::ReadWrite);
    if (const auto made = store->createRun(newRun(1), firstSteps(), firstEvents()); !made)
        qFatal("%s", qPrintable(made.error().toString()));
    return store;
}

void writeFile(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray readFile(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : "cannot open"_ba;
}

static Artifact kept(const QString &dataDir, const QString &id, const QString &name, const QByteArray &bytes)
{
    const auto stored = ArtifactStore(dataDir).addBytes(bytes);
    if (!stored)
        qFatal("%s", qPrintable(stored.error().toString()));
    return {id,
            name,
            u"scan"_s,
            u"file"_s,
            stored->path,
            stored->digest.sha256,
            stored->digest.sizeBytes,
            u"stored"_s,
            {},
            at(4)};
}

void addSoundRun(Store &store, const QString &dataDir, int number, bool isFinished)
{
    const NewRun run = newRun(number);
    const RunId id = run.summary.id;
    RunChange change = everything(id);
    change.at = at(number + 6);
    if (!isFinished)
        change.status.reset();
    const QString ulid = u"01KG%1"_s.arg(number * 10, 22, 10, QLatin1Char('0'));
    addWithdrawal(change, addApproval(change, ulid, at(4)));
    RunChange again;
    again.run = id;
    again.at = at(number + 7);
    addApproval(again, ulid.chopped(1) + u'1', at(7));
    change.artifacts = {kept(dataDir, ulid, u"own"_s, "of run " + QByteArray::number(number)),
                        kept(dataDir, ulid.chopped(1) + u'1', u"shared"_s, "the same in every run"),
                        {ulid.chopped(1) + u'2',
                         u"refused"_s,
                         u"scan"_s,
                         u"file"_s,
                         {},
                         {},
                         0,
                         u"refused"_s,
                         u"a link"_s,
                         at(4)}};
    const bool made = store.createRun(run, firstSteps(), firstEvents()) && store.apply(change)
                      && store.apply(again) && store.appendLogs(id, logLines(0, 10));
    if (!made)
        qFatal("cannot make run %d", number);
    writeFile(dataDir + u"/runs/%1/inputs.json"_s.arg(id.value), "{}");
    if (isFinished)
        writeFile(dataDir + u"/evidence/%1.evidence.tar"_s.arg(id.value), "evidence of " + id.value.toUtf8());
}

QString soundDataDir(const QString &dataDir)
{
    const QString file = dataDir + u"/taskrunner.sqlite"_s;
    QDir().mkpath(dataDir);
    const auto store = opened(file, Store::Mode::ReadWrite);
    addSoundRun(*store, dataDir, 1, true);
    addSoundRun(*store, dataDir, 2, false);
    if (!store->audit(at(9), u"alice"_s, u"login"_s, {}) || !store->audit(at(10), u"bob"_s, u"login"_s, {}))
        qFatal("cannot write the audit log");
    return file;
}

void tamper(const QString &path, const QString &sql, const QVariantList &values)
{
    auto connection = Connection::open(path, Connection::Access::ReadWrite);
    if (!connection)
        qFatal("%s", qPrintable(connection.error().toString()));
    if (const auto done = (*connection)->run(sql, values); !done)
        qFatal("%s", qPrintable(done.error().toString()));
}

} // namespace samples
