#include "sample_run.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/evidence/provenance.h"
#include "engine/evidence/tar_writer.h"
#include "engine/plan/plan.h"

#include <QBuffer>
#include <QDir>
#include <QFile>
#include <QJsonArray>

#include <archive.h>
#include <archive_entry.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::StepKind;

namespace test {

namespace {

template<class T>
T must(engine::Result<T> result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().toString()));
    return *result;
}

void must(const engine::Result<> &result)
{
    if (!result)
        qFatal("%s", qPrintable(result.error().toString()));
}

engine::StepSpec runStep(const QString &id)
{
    engine::StepSpec step;
    step.id = id;
    step.kind = StepKind::Run;
    step.run.uses = u"builtin:exec"_s;
    step.run.with = {{u"command"_s, QJsonArray{u"/bin/true"_s, id}}};
    return step;
}

} // namespace

SampleRun::SampleRun(engine::SigningKey::Algorithm algorithm)
    : engineKey(must(engine::SigningKey::generate(algorithm)))
    , anna(must(engine::SigningKey::generate()))
    , bob(must(engine::SigningKey::generate(engine::SigningKey::Algorithm::Ed25519)))
{
    m_time = must(engine::parseIso(u"2026-01-31T09:05:00.000Z"_s));
    now = m_time + 24h;
    makePlan();
    makeDrafts();
    makeSteps();
    input.keys = {engineKey.publicKey(), anna.publicKey(), bob.publicKey()};
    input.engine = {u"0.1.0"_s, engine::sha256Hex("binary"), u"linux/x86_64"_s};
    input.dataDir = folder.path();
    input.transcript = [](const QString &path, QIODevice &out) -> engine::Result<> {
        out.write("output of " + path.toUtf8() + "\n");
        return {};
    };
    trustedKeys = {{engineKey.publicKey(), u"build engine"_s, {u"engine"_s}, {}, {}, {}, {}},
                   {anna.publicKey(), u"anna"_s, {u"approver"_s, u"security"_s}, {}, {}, {}, {}},
                   {bob.publicKey(), u"bob"_s, {u"approver"_s}, {}, {}, {}, {}}};
    rebuildTrust();
}

void SampleRun::makePlan()
{
    engine::Pack pack;
    pack.digest = u"sha256:"_s + engine::sha256Hex("pack");
    engine::Manifest &manifest = pack.manifest;
    manifest.name = u"demo"_s;
    manifest.version = u"1.2.3"_s;
    manifest.inputs = {{u"target"_s, engine::InputType::String, true, {}, {}, {}}};
    engine::ApprovalSpec review;
    review.id = u"review"_s;
    review.required = 2;
    manifest.approvals = {review};
    manifest.policies = {
        {u"window"_s, {{u"closed"_s, u"{{ inputs.target == 'production' }}"_s, u"Closed."_s}}}};

    engine::StepSpec hosts;
    hosts.id = u"hosts"_s;
    hosts.kind = StepKind::Map;
    hosts.items = u"{{ steps.prepare.outputs.hosts }}"_s;
    hosts.children = {runStep(u"restart"_s)};
    engine::StepSpec window;
    window.id = u"window"_s;
    window.kind = StepKind::Policy;
    window.gate = u"window"_s;
    engine::StepSpec gate;
    gate.id = u"review"_s;
    gate.kind = StepKind::Approval;
    gate.gate = u"review"_s;
    manifest.steps = {runStep(u"prepare"_s), hosts, window, gate, runStep(u"promote"_s)};

    input.inputs = {{u"target"_s, u"staging"_s}};
    const auto plan = must(engine::makePlan(pack, {input.inputs, {}}));
    input.plan = plan.canonical();
    engine::RunSummary &run = input.run;
    run.id = engine::newRunId(m_time);
    run.packName = manifest.name;
    run.packVersion = manifest.version;
    run.packDigest = pack.digest;
    run.planHash = plan.hash();
    run.state = engine::RunState::Succeeded;
    run.requestedBy = u"carol"_s;
    run.requestedAt = run.createdAt = m_time;
    input.outputs = {
        {u"count"_s, 2},
        {u"report"_s,
         QJsonObject{{u"name"_s, u"report.json"_s}, {u"sha256"_s, engine::sha256Hex("{}")}, {u"size"_s, 2}}}};
}

void SampleRun::addDraft(const QString &type, const QString &stepPath, const QJsonObject &data)
{
    drafts += Draft{type, stepPath, data, m_time, {}};
    m_time += 1s;
}

void SampleRun::addState(const QString &stepPath, const QString &state)
{
    addDraft(u"step-state"_s, stepPath, {{u"state"_s, state}});
}

void SampleRun::addRunStep(const QString &path)
{
    addState(path, u"running"_s);
    engine::AttemptRecord attempt;
    attempt.path = path;
    attempt.pid = 4711;
    attempt.startedAt = m_time;
    attempt.finishedAt = m_time + 2s;
    attempt.exitCode = 0;
    input.attempts += attempt;
    addDraft(u"attempt-intent"_s, path, {{u"attempt"_s, 1}, {u"argv"_s, QJsonArray{u"/bin/true"_s, path}}});
    addDraft(u"attempt-started"_s, path,
             {{u"attempt"_s, 1}, {u"pid"_s, 4711}, {u"startTime"_s, u"1"_s}, {u"bootId"_s, u"b"_s}});
    addDraft(u"attempt-finished"_s, path, {{u"attempt"_s, 1}, {u"exitCode"_s, 0}});
    if (path == u"prepare"_s) {
        addArtifact(path, u"report.json"_s, "{}");
        addArtifact(path, u"Report.json"_s, "{\"other\":\"case\"}");
        addArtifact(path, u"große Datei.bin"_s, QByteArray(200'000, '\x7f'));
    }
    addState(path, u"succeeded"_s);
}

void SampleRun::addArtifact(const QString &stepPath, const QString &name, const QByteArray &bytes)
{
    engine::Artifact artifact;
    artifact.id = u"artifact-%1"_s.arg(input.artifacts.size());
    artifact.name = name;
    artifact.stepPath = stepPath;
    artifact.sha256 = engine::sha256Hex(bytes);
    artifact.sizeBytes = bytes.size();
    artifact.storedPath = u"artifacts/"_s + artifact.sha256;
    input.artifacts += artifact;
    QDir(folder.path()).mkpath(u"artifacts"_s);
    QFile file(folder.filePath(artifact.storedPath));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write an artifact");
    addDraft(u"artifact-stored"_s, stepPath,
             {{u"name"_s, name}, {u"sha256"_s, artifact.sha256}, {u"size"_s, artifact.sizeBytes}});
}

void SampleRun::makeDrafts()
{
    const engine::RunSummary &run = input.run;
    addDraft(u"run-created"_s, {},
             {{u"planHash"_s, run.planHash},
              {u"packName"_s, run.packName},
              {u"packVersion"_s, run.packVersion},
              {u"packDigest"_s, run.packDigest},
              {u"requestedBy"_s, run.requestedBy},
              {u"tenant"_s, run.tenant}});
    addDraft(u"run-state"_s, {}, {{u"state"_s, u"running"_s}});
    addRunStep(u"prepare"_s);
    addDraft(u"map-expanded"_s, u"hosts"_s, {{u"count"_s, 2}, {u"items"_s, QJsonArray{u"a"_s, u"b"_s}}});
    addState(u"hosts"_s, u"running"_s);
    addRunStep(u"hosts[0]::restart"_s);
    addRunStep(u"hosts[1]::restart"_s);
    addState(u"hosts"_s, u"succeeded"_s);
    input.policies = {{run.id, u"window"_s, u"window"_s, {{u"target"_s, u"staging"_s}}, true, {}, m_time}};
    addDraft(u"policy-decided"_s, u"window"_s,
             {{u"policy"_s, u"window"_s}, {u"allow"_s, true}, {u"denials"_s, QJsonArray()}});
    addState(u"window"_s, u"succeeded"_s);
    addState(u"review"_s, u"waiting-approval"_s);

    engine::GateRequest gate;
    gate.run = run.id;
    gate.path = u"review"_s;
    gate.approvalId = u"review"_s;
    gate.planHash = run.planHash;
    gate.required = 2;
    gate.requestedBy = run.requestedBy;
    gate.requestedAt = m_time;
    gate.expiresAt = m_time + 4h;
    gate.state = engine::GateState::Approved;
    input.gates = {gate};
    addDraft(u"gate-requested"_s, u"review"_s,
             {{u"approval"_s, gate.approvalId},
              {u"revision"_s, 1},
              {u"planHash"_s, gate.planHash},
              {u"required"_s, 2},
              {u"approvers"_s, QJsonArray()},
              {u"allowSelfApproval"_s, false},
              {u"requireReason"_s, false},
              {u"requestedBy"_s, gate.requestedBy},
              {u"expiresAt"_s, engine::toIso(gate.expiresAt)},
              {u"message"_s, QString()}});
    addDraft(u"gate-approved"_s, u"review"_s, {{u"revision"_s, 1}, {u"approvals"_s, 2}});
    approve(statementOf(u"anna"_s), anna);
    approve(statementOf(u"bob"_s), bob);
    addState(u"review"_s, u"succeeded"_s);
    addRunStep(u"promote"_s);
    addDraft(u"run-state"_s, {}, {{u"state"_s, u"succeeded"_s}});
    addDraft(u"tea-made"_s, {}, {{u"kind"_s, u"from a newer engine"_s}});
    input.run.completedAt = m_time;
}

void SampleRun::makeSteps()
{
    for (const Draft &draft : drafts) {
        if (draft.type != u"step-state"_s)
            continue;
        auto step = std::find_if(input.steps.begin(), input.steps.end(),
                                 [&](const auto &known) { return known.path == draft.stepPath; });
        if (step == input.steps.end())
            step = input.steps.insert(input.steps.end(), {draft.stepPath, {}, {}, 0, {}, {}, {}});
        step->state = must(engine::parseStepState(draft.data[u"state"_s].toString()));
        step->lastTransitionAt = draft.at;
    }
}

engine::DecisionStatement SampleRun::statementOf(const QString &approver) const
{
    const engine::GateRequest &gate = input.gates.first();
    return {gate.run,
            gate.path,
            gate.revision,
            gate.planHash,
            engine::Verdict::Approve,
            approver,
            u"looks good"_s,
            u"sha256:"_s + engine::sha256Hex("shown"),
            gate.requestedAt + 1s};
}

void SampleRun::approve(const engine::DecisionStatement &statement, const engine::SigningKey &key)
{
    const auto envelope = must(engine::signDsse(engine::approvalResponsePayloadType,
                                                engine::canonicalJsonOf(engine::toJson(statement)), key));
    const engine::Decision decision{engine::newUlid(m_time), statement, key.publicKey().keyId(),
                                    envelope.toJson()};
    input.decisions += decision;
    const auto approved = std::find_if(drafts.begin(), drafts.end(),
                                       [](const Draft &draft) { return draft.type == u"gate-approved"_s; });
    const Draft accepted{u"decision-accepted"_s,
                         statement.path,
                         {{u"decisionId"_s, decision.id},
                          {u"verdict"_s, toString(statement.verdict)},
                          {u"approver"_s, statement.approver},
                          {u"keyId"_s, decision.keyId},
                          {u"revision"_s, statement.revision},
                          {u"envelopeSha256"_s, engine::sha256Hex(decision.envelope)}},
                         statement.decidedAt,
                         {}};
    drafts.insert(approved, accepted);
}

engine::WithdrawalStatement SampleRun::withdrawalOfLast() const
{
    const engine::Decision &decision = input.decisions.last();
    const engine::DecisionStatement &taken = decision.statement;
    return {taken.run,      taken.path,          taken.revision,
            taken.planHash, taken.approver,      envelopeDigest(decision),
            u"too early"_s, taken.decidedAt + 1s};
}

void SampleRun::withdraw(const engine::WithdrawalStatement &statement, const engine::SigningKey &key)
{
    const auto envelope = must(engine::signDsse(engine::approvalWithdrawalPayloadType,
                                                engine::canonicalJsonOf(engine::toJson(statement)), key));
    engine::Decision &decision = input.decisions.last();
    decision.withdrawal = engine::Withdrawal{statement, key.publicKey().keyId(), envelope.toJson()};
    const auto approved = std::find_if(drafts.begin(), drafts.end(),
                                       [](const Draft &draft) { return draft.type == u"gate-approved"_s; });
    drafts.insert(approved, Draft{u"decision-withdrawn"_s,
                                  decision.statement.path,
                                  {{u"decisionId"_s, decision.id},
                                   {u"approver"_s, statement.approver},
                                   {u"keyId"_s, decision.withdrawal->keyId},
                                   {u"revision"_s, statement.revision},
                                   {u"decisionDigest"_s, statement.decisionDigest},
                                   {u"envelopeSha256"_s, engine::sha256Hex(decision.withdrawal->envelope)}},
                                  statement.withdrawnAt,
                                  {}});
}

void SampleRun::changeAnnasMind()
{
    removeDecisions();
    approve(statementOf(u"anna"_s), anna);
    withdraw(withdrawalOfLast(), anna);
    approve(statementOf(u"bob"_s), bob);
    auto again = statementOf(u"anna"_s);
    again.decidedAt += 5s;
    approve(again, anna);
}

void SampleRun::removeDecisions()
{
    input.decisions.clear();
    removeDrafts(u"decision-accepted"_s, u"review"_s);
}

SampleRun::Draft &SampleRun::draft(const QString &type, const QString &stepPath)
{
    const auto found = std::find_if(drafts.begin(), drafts.end(), [&](const Draft &draft) {
        return draft.type == type && draft.stepPath == stepPath;
    });
    if (found == drafts.end())
        qFatal("no %s", qPrintable(type));
    return *found;
}

void SampleRun::removeDrafts(const QString &type, const QString &stepPath)
{
    drafts.removeIf([&](const Draft &draft) { return draft.type == type && draft.stepPath == stepPath; });
}

engine::TrustedKey &SampleRun::trusted(const engine::SigningKey &key)
{
    return *std::find_if(trustedKeys.begin(), trustedKeys.end(), [&](const engine::TrustedKey &trusted) {
        return trusted.key.keyId() == key.publicKey().keyId();
    });
}

void SampleRun::rebuildTrust()
{
    trust = engine::TrustStore();
    for (const engine::TrustedKey &key : trustedKeys)
        trust.add(key);
}

void SampleRun::seal()
{
    input.events.clear();
    QString previous(64, u'0');
    for (const Draft &draft : drafts) {
        engine::RunEvent event{draft.run.isEmpty() ? input.run.id : draft.run,
                               input.events.size() + 1,
                               draft.at,
                               draft.type,
                               draft.stepPath,
                               draft.data,
                               previous,
                               {}};
        event.hash = engine::hashOf(event);
        previous = event.hash;
        input.events += event;
    }
}

engine::Result<> SampleRun::tryWrite(const QString &path)
{
    return engine::writeBundle(input, engineKey, path);
}

QString SampleRun::write(const QString &name)
{
    seal();
    const QString path = folder.filePath(name);
    must(tryWrite(path));
    return path;
}

engine::VerificationReport SampleRun::verify(const QString &path) const
{
    return must(engine::verifyBundle(path, trust, now));
}

QList<Member> readMembers(const QString &archivePath)
{
    QList<Member> members;
    archive *reader = archive_read_new();
    archive_read_support_format_tar(reader);
    if (archive_read_open_filename(reader, QFile::encodeName(archivePath).constData(), 10240) != ARCHIVE_OK)
        qFatal("cannot open %s", qPrintable(archivePath));
    archive_entry *entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        Member member{QString::fromUtf8(archive_entry_pathname(entry)),
                      QByteArray(qsizetype(archive_entry_size(entry)), '\0')};
        if (archive_read_data(reader, member.bytes.data(), size_t(member.bytes.size()))
            != member.bytes.size())
            qFatal("cannot read %s", qPrintable(member.path));
        members += member;
    }
    archive_read_free(reader);
    return members;
}

void writeMembers(const QString &archivePath, const QList<Member> &members)
{
    QFile file(archivePath);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("cannot write %s", qPrintable(archivePath));
    engine::TarWriter writer(file);
    for (const Member &member : members) {
        QBuffer buffer;
        buffer.setData(member.bytes);
        buffer.open(QIODevice::ReadOnly);
        (void)must(writer.add(member.path, member.bytes.size(), buffer));
    }
    must(writer.finish());
}

QByteArray &bytesOf(QList<Member> &members, const QString &path)
{
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const Member &member) { return member.path == path; });
    if (found == members.end())
        qFatal("no %s", qPrintable(path));
    return found->bytes;
}

/// Makes the provenance anew, where there is one and an attestation to make it of.
static void signProvenance(QList<Member> &members, const QJsonArray &files, const engine::SigningKey &key)
{
    engine::ProvenanceFiles named{{}, engine::sha256Hex(bytesOf(members, u"manifest.json"_s)), {}, {}};
    for (const QJsonValue file : files) {
        const QString path = file[u"path"_s].toString();
        const QString sha256 = file[u"sha256"_s].toString();
        if (path == u"attestations/pack-run.dsse.json"_s)
            named.packRunSha256 = sha256;
        else if (path == u"journal.jsonl"_s)
            named.journalSha256 = sha256;
        else if (path.startsWith(u"outputs/artifacts/"_s))
            named.artifacts.emplace(path, sha256);
    }
    if (named.packRunSha256.isEmpty())
        return;
    const auto claims =
        must(engine::DsseEnvelope::parse(bytesOf(members, u"attestations/pack-run.dsse.json"_s)));
    const QJsonObject statement =
        engine::provenanceStatement(must(engine::parseJsonObject(claims.payload)), named);
    const auto envelope =
        must(engine::signDsse(engine::inTotoPayloadType, engine::canonicalJsonOf(statement), key));
    bytesOf(members, u"attestations/provenance.intoto.dsse.json"_s) = envelope.toJson();
    bytesOf(members, u"attestations/provenance.sigstore.json"_s) = engine::sigstoreBundle(envelope);
}

void sign(QList<Member> &members, const engine::SigningKey &key)
{
    QHash<QString, QByteArray> present;
    for (const Member &member : members)
        present.insert(member.path, member.bytes);
    QJsonObject manifest = must(engine::parseJsonObject(present.value(u"manifest.json"_s)));
    QJsonArray files;
    for (const QJsonValue value : manifest[u"files"_s].toArray()) {
        QJsonObject file = value.toObject();
        const QString path = file[u"path"_s].toString();
        if (!present.contains(path))
            continue;
        file[u"sha256"_s] = engine::sha256Hex(present.value(path));
        file[u"size"_s] = present.value(path).size();
        files += file;
    }
    manifest[u"files"_s] = files;
    bytesOf(members, u"manifest.json"_s) = engine::canonicalJsonOf(manifest);
    signProvenance(members, files, key);
    signSums(members, key);
}

void signSums(QList<Member> &members, const engine::SigningKey &key)
{
    QByteArray sums;
    for (const Member &member : members) {
        if (!member.path.startsWith(u"SHA256SUMS"_s))
            sums += engine::sha256Hex(member.bytes).toLatin1() + "  " + member.path.toLatin1() + '\n';
    }
    bytesOf(members, u"SHA256SUMS"_s) = sums;
    bytesOf(members, u"SHA256SUMS.sig"_s) = must(key.sign(sums));
}

} // namespace test
