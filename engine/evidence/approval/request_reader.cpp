#include "engine/evidence/approval/approval_request.h"
#include "engine/evidence/approval/input_digests.h"
#include "engine/evidence/approval/strict_texts.h"
#include "engine/evidence/plan_index.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

// A plan is read with limits of its own; these only keep what is around it from being worse.
constexpr JsonLimits payloadLimits{maxApprovalRequestBytes, 256, maxApprovalRequestBytes};

/// Reads the payload of a request, one part after the other. The first problem is kept.
class RequestReader
{
public:
    explicit RequestReader(const QJsonObject &payload)
        : m_payload(payload)
        , m_members(payload, {}, m_problem)
    {
    }

    Result<PublicKey> engineKey();
    Result<ApprovalRequest> read(const PublicKey &engineKey);

private:
    Result<Plan> readPlan();
    GateRequest readGate();
    QList<Decision> readDecisions(const GateRequest &gate);
    JournalHead readHead();
    void checkNext(const GateView &view);
    void checkRules(const Plan &plan, const GateRequest &gate);
    void checkEqual(const QString &name, const QJsonValue &expected, const QString &what);

    const QJsonObject m_payload;
    std::optional<Error> m_problem; // Before what refers to it.
    JsonMembers m_members;
};

Result<PublicKey> RequestReader::engineKey()
{
    const QString pem = m_members.text(u"engineKey"_s);
    const QString id = keyIdText(m_members, u"engineId"_s);
    if (m_problem)
        return *m_problem;
    auto key = PublicKey::fromPem(pem.toLatin1());
    if (!key)
        m_members.failAt(u"engineKey"_s, key.error().message);
    else if (key->keyId() != id)
        m_members.failAt(u"engineId"_s, u"the engine's key has the id %1"_s.arg(key->keyId()));
    return m_problem ? Result<PublicKey>(*m_problem) : key;
}

Result<Plan> RequestReader::readPlan()
{
    const QString planHash = digestText(m_members, u"planHash"_s);
    const QJsonObject json = m_members.object(u"plan"_s, JsonMembers::Required);
    if (m_problem)
        return *m_problem;
    const auto canonical = canonicalJson(json);
    auto plan = canonical ? Plan::parse(*canonical) : Result<Plan>(canonical.error());
    if (!plan) {
        Error error = plan.error();
        error.where.path.prepend(u"/plan"_s);
        return error;
    }
    if (plan->hash() != planHash)
        return Error{ErrorCode::PlanHashMismatch,
                     u"the plan has the hash %1, not %2"_s.arg(plan->hash(), planHash),
                     {{}, 0, 0, u"/planHash"_s},
                     {}};
    return plan;
}

GateRequest RequestReader::readGate()
{
    GateRequest gate;
    gate.run.value = m_members.text(u"runId"_s);
    if (const auto run = parseRunId(gate.run.value); !run)
        m_members.failAt(u"runId"_s, run.error().message);
    gate.path = m_members.text(u"gate"_s);
    gate.revision = m_members.integer(u"revision"_s, 1, JsonMembers::Required, 1'000'000);
    gate.approvalId = m_members.text(u"approval"_s);
    gate.title = m_members.text(u"title"_s, JsonMembers::Optional);
    gate.message = m_members.text(u"message"_s, JsonMembers::Optional);
    gate.planHash = m_members.text(u"planHash"_s);
    gate.required = m_members.integer(u"required"_s, 1);
    gate.approvers = m_members.texts(u"approvers"_s);
    gate.allowSelfApproval = m_members.flag(u"allowSelfApproval"_s, JsonMembers::Required);
    gate.requireReason = m_members.flag(u"requireReason"_s, JsonMembers::Required);
    gate.reasonSuggestion = m_members.text(u"reasonSuggestion"_s, JsonMembers::Optional);
    gate.requestedBy = m_members.text(u"requestedBy"_s);
    gate.requestedAt = timeText(m_members, u"requestedAt"_s);
    gate.expiresAt = timeText(m_members, u"expiresAt"_s);
    return gate;
}

QList<Decision> RequestReader::readDecisions(const GateRequest &gate)
{
    QList<Decision> decisions;
    const QJsonArray list = m_members.array(u"decisions"_s, JsonMembers::Required);
    for (const auto entry : list) {
        const QString path = m_members.pathOf(u"decisions"_s) + u'/' + QString::number(decisions.size());
        JsonMembers members(entry.toObject(), path, m_problem);
        Decision decision;
        DecisionStatement &said = decision.statement;
        said.run = gate.run;
        said.path = gate.path;
        said.revision = gate.revision;
        said.planHash = gate.planHash;
        said.approver = members.text(u"approver"_s);
        said.reason = members.any(u"reason"_s).toString();
        said.decidedAt = timeText(members, u"decidedAt"_s);
        const auto verdict = parseVerdict(members.text(u"decision"_s));
        if (!verdict)
            members.failAt(u"decision"_s, verdict.error().message);
        else
            said.verdict = *verdict;
        if (entry.toObject().contains(u"withdrawnAt"_s)) {
            WithdrawalStatement back{gate.run, gate.path, gate.revision, gate.planHash, said.approver, {},
                                     {},       {}};
            back.withdrawnAt = timeText(members, u"withdrawnAt"_s);
            back.reason = members.any(u"withdrawalReason"_s).toString();
            decision.withdrawal = Withdrawal{back, {}, {}};
        }
        if (m_problem)
            return {};
        decisions += decision;
    }
    return decisions;
}

JournalHead RequestReader::readHead()
{
    static const QRegularExpression hash(u"\\A[0-9a-f]{64}\\z"_s);
    JsonMembers members(m_members.object(u"journal"_s, JsonMembers::Required), u"/journal"_s, m_problem);
    JournalHead head;
    head.sequence = members.integer(u"sequence"_s, 1);
    head.hash = formedText(members, u"hash"_s, hash, u"64 hex digits"_s);
    return head;
}

void RequestReader::checkEqual(const QString &name, const QJsonValue &expected, const QString &what)
{
    if (m_payload.value(name) != expected)
        m_members.failAt(name, u"this is not %1"_s.arg(what));
}

/// What is asked must be what the plan asks there, or somebody would decide by other rules than are kept.
void RequestReader::checkRules(const Plan &plan, const GateRequest &gate)
{
    const PlanIndex index(plan);
    const auto found = index.find(gate.path);
    const bool isGate = found && found->step->kind == StepKind::Approval;
    if (!isGate)
        return m_members.failAt(u"gate"_s, u"the plan has no approval at \"%1\""_s.arg(gate.path));
    if (found->step->gate != gate.approvalId)
        return m_members.failAt(u"approval"_s, u"the plan asks for \"%1\" there"_s.arg(found->step->gate));
    const ApprovalSpec *rules = plan.approval(gate.approvalId);
    Q_ASSERT(rules); // A plan's gates name approvals that exist.
    const QString what = u"what the plan says"_s;
    checkEqual(u"title"_s, rules->title.isEmpty() ? QJsonValue(QJsonValue::Undefined) : rules->title, what);
    checkEqual(u"required"_s, rules->required, what);
    checkEqual(u"approvers"_s, QJsonArray::fromStringList(rules->approvers), what);
    checkEqual(u"allowSelfApproval"_s, rules->allowSelfApproval, what);
    checkEqual(u"requireReason"_s, rules->requireReason, what);
}

Result<ApprovalRequest> RequestReader::read(const PublicKey &engineKey)
{
    const QString schema = m_members.text(u"schema"_s);
    if (!m_problem && schema != u"stellaops.approval-request/v1"_s)
        m_members.failAt(u"schema"_s, u"unknown request schema \"%1\""_s.arg(schema));
    auto plan = readPlan();
    if (!plan)
        return plan.error();
    ApprovalRequest request{.plan = *std::move(plan), .engineKey = engineKey};
    request.id = ulidText(m_members, u"requestId"_s);
    request.nonce = nonceText(m_members);
    const GateRequest gate = readGate();
    request.attempt = m_members.integer(u"attempt"_s, 1);
    request.createdAt = timeText(m_members, u"createdAt"_s);
    request.decisions = readDecisions(gate);
    request.head = readHead();
    if (m_problem)
        return *m_problem;
    checkRules(request.plan, gate);
    RunSummary run;
    run.packName = request.plan.packName();
    run.packVersion = request.plan.packVersion();
    run.packDigest = request.plan.packDigest();
    request.view = gateViewOf(gate, run, request.plan);
    checkEqual(u"packName"_s, run.packName, u"the pack of the plan"_s);
    checkEqual(u"packVersion"_s, run.packVersion, u"the pack of the plan"_s);
    checkEqual(u"packDigest"_s, run.packDigest, u"the pack of the plan"_s);
    checkEqual(u"inputs"_s, inputDigests(request.plan), u"what the plan has as inputs"_s);
    checkEqual(u"next"_s, toJson(request.view).value(u"next"_s), u"what the plan runs next"_s);
    if (m_problem)
        return *m_problem;
    return request;
}

Result<OpenedRequest> openEnvelope(const DsseEnvelope &envelope)
{
    if (envelope.signatures.size() != 1)
        return Error{ErrorCode::InvalidInput,
                     u"a request has one signature, not %1"_s.arg(envelope.signatures.size()),
                     {{}, 0, 0, u"/signatures"_s},
                     {}};
    const auto payload = parseJsonObject(envelope.payload, {}, payloadLimits);
    if (!payload)
        return payload.error();
    RequestReader reader(*payload);
    const auto key = reader.engineKey();
    if (!key)
        return key.error();
    if (verifyDsse(envelope, {*key}).isEmpty())
        return Error{ErrorCode::UntrustedKey,
                     u"the request is forged: its signature is not by the engine's key that it names"_s,
                     {},
                     {}};
    if (envelope.payloadType != approvalRequestPayloadType)
        return invalid(u"payload type \"%1\" is not a request for an approval"_s.arg(envelope.payloadType));
    auto request = reader.read(*key);
    if (!request)
        return request.error();
    return OpenedRequest{*std::move(request), requestDigest(envelope)};
}

} // namespace

Result<OpenedRequest> readApprovalRequest(QByteArrayView file, const QString &fileName)
{
    const auto envelope = DsseEnvelope::parse(file, {.maxBytes = maxApprovalRequestBytes});
    auto opened = envelope ? openEnvelope(*envelope) : Result<OpenedRequest>(envelope.error());
    if (opened)
        return opened;
    Error error = opened.error();
    error.where.file = fileName;
    return error;
}

} // namespace engine
