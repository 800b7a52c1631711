#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString approverRole = u"approver"_s;

Finding broken(const QString &what)
{
    return failed(Headline::Tampered, what);
}

/// One gate that was opened, and the rules that the plan sets for it.
class OpenedGate
{
public:
    OpenedGate(const Bundle &bundle, const GateFacts &gate, const ApprovalSpec &rules)
        : m_bundle(bundle)
        , m_gate(gate)
        , m_rules(rules)
        , m_planHash(bundle.plan->plan().hash())
    {
    }

    Finding check()
    {
        if (const QString wrong = wrongRequest(); !wrong.isEmpty())
            return broken(u"the request at \"%1\" %2"_s.arg(m_gate.path, wrong));
        QSet<QString> approvers;
        QSet<QString> keys;
        Finding worst = broken(QString());
        bool isShort = true;
        for (const AcceptedDecision &accepted : m_gate.decisions) {
            if (accepted.sequence > m_gate.approved)
                return broken(u"\"%1\" was decided after it was opened"_s.arg(m_gate.path));
            const Finding finding = checkDecision(accepted);
            if (finding.result == CheckResult::Failed) {
                if (finding.headline <= Headline::NotCheckable)
                    return finding; // Not only a key that is not trusted: something is wrong with the bundle.
                if (isShort || finding.headline < worst.headline)
                    worst = finding;
                isShort = false;
                continue;
            }
            const QString approver = accepted.data[u"approver"_s].toString();
            if (approvers.contains(approver) || keys.contains(m_keyId))
                return broken(u"\"%1\" was approved twice by %2"_s.arg(m_gate.path, approver));
            approvers += approver;
            keys += m_keyId;
        }
        if (approvers.size() >= m_rules.required)
            return passed();
        if (isShort)
            return broken(u"\"%1\" was opened with %2 of %3 approvals"_s.arg(m_gate.path)
                              .arg(approvers.size())
                              .arg(m_rules.required));
        return worst;
    }

private:
    QString wrongRequest() const
    {
        const QJsonObject &request = m_gate.request;
        if (request.isEmpty())
            return u"is not in the journal"_s;
        if (request[u"approval"_s].toString() != m_rules.id)
            return u"is for another approval than the plan says"_s;
        if (request[u"planHash"_s].toString() != m_planHash)
            return u"is for another plan"_s;
        if (request[u"required"_s].toInteger() != m_rules.required
            || request[u"approvers"_s].toVariant().toStringList() != m_rules.approvers
            || request[u"allowSelfApproval"_s].toBool() != m_rules.allowSelfApproval
            || request[u"requireReason"_s].toBool() != m_rules.requireReason)
            return u"does not have the rules of the plan"_s;
        return {};
    }

    Finding checkDecision(const AcceptedDecision &accepted)
    {
        const QString who =
            u"the decision of %1 at \"%2\""_s.arg(accepted.data[u"approver"_s].toString(), m_gate.path);
        const auto json =
            m_bundle.contents.decisions().constFind(accepted.data[u"envelopeSha256"_s].toString());
        if (json == m_bundle.contents.decisions().constEnd())
            return failed(Headline::Incomplete, u"%1 is not in the bundle"_s.arg(who));
        const auto envelope = DsseEnvelope::parse(*json);
        if (!envelope)
            return failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, envelope.error().toString()));
        const Finding signer = findSigner(*envelope, who);
        if (signer.result == CheckResult::Failed)
            return signer;
        if (envelope->payloadType != approvalResponsePayloadType)
            return broken(u"%1 is of the type \"%2\""_s.arg(who, envelope->payloadType));
        const auto payload = parseJsonObject(envelope->payload);
        const auto statement =
            payload ? decisionStatementFromJson(*payload) : Result<DecisionStatement>(payload.error());
        if (!statement)
            return failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, statement.error().toString()));
        if (const QString wrong = wrongStatement(*statement, accepted); !wrong.isEmpty())
            return broken(who + u' ' + wrong);
        return checkApprover(*statement, who);
    }

    Finding findSigner(const DsseEnvelope &envelope, const QString &who)
    {
        QList<PublicKey> trusted;
        for (const TrustedKey &key : m_bundle.trust.keys())
            trusted += key.key;
        const QStringList signers = verifyDsse(envelope, trusted);
        if (signers.size() == 1) {
            m_keyId = signers.first();
            return passed();
        }
        if (signers.size() > 1)
            return broken(u"%1 has more than one signature"_s.arg(who));
        const QString claimed = envelope.signatures.isEmpty() ? QString() : envelope.signatures.first().keyId;
        if (envelope.signatures.isEmpty() || m_bundle.trust.find(claimed))
            return broken(u"%1 is forged: its signature does not hold"_s.arg(who));
        return failed(Headline::UnknownKey, u"%1: the key %2 is not in the trust file"_s.arg(who, claimed));
    }

    QString wrongStatement(const DecisionStatement &statement, const AcceptedDecision &accepted) const
    {
        const QJsonObject &data = accepted.data;
        if (statement.run.value != m_bundle.journal().runId)
            return u"is about another run"_s;
        if (statement.path != m_gate.path || statement.revision != m_gate.revision)
            return u"is about another gate"_s;
        if (statement.planHash != m_planHash)
            return u"is about another plan"_s;
        if (statement.approver != data[u"approver"_s].toString()
            || toString(statement.verdict) != data[u"verdict"_s].toString()
            || m_keyId != data[u"keyId"_s].toString())
            return u"is not what the journal says"_s;
        if (statement.verdict != Verdict::Approve)
            return u"is a rejection"_s;
        const auto expiresAt = parseIso(m_gate.request[u"expiresAt"_s].toString());
        if (!expiresAt || statement.decidedAt > *expiresAt || accepted.acceptedAt > *expiresAt)
            return u"came after the request had expired"_s;
        if (!m_rules.allowSelfApproval
            && statement.approver == m_bundle.journal().created[u"requestedBy"_s].toString())
            return u"is by the person who submitted the run"_s;
        if (m_rules.requireReason && statement.reason.trimmed().isEmpty())
            return u"gives no reason"_s;
        return {};
    }

    /// Whether the key is this person's, is trusted for decisions, and the person is one that the plan lets
    /// approve.
    Finding checkApprover(const DecisionStatement &statement, const QString &who) const
    {
        const TrustedKey *key = m_bundle.trust.find(m_keyId);
        const KeyJudgement judgement =
            judgeKey(key, m_keyId, approverRole, statement.decidedAt, m_bundle.now);
        if (judgement.headline != Headline::Good)
            return failed(judgement.headline, u"%1: %2"_s.arg(who, judgement.problem));
        if (key->name != statement.approver)
            return failed(Headline::UntrustedForPurpose,
                          u"%1 is signed with the key of %2"_s.arg(who, key->name));
        if (m_rules.approvers.isEmpty() || m_rules.approvers.contains(u"user:"_s + statement.approver))
            return passed();
        const bool hasRole = std::any_of(key->roles.begin(), key->roles.end(), [this](const QString &role) {
            return m_rules.approvers.contains(u"role:"_s + role);
        });
        if (hasRole)
            return passed();
        return failed(Headline::UntrustedForPurpose,
                      u"%1 is not by one of %2"_s.arg(who, m_rules.approvers.join(u", "_s)));
    }

    const Bundle &m_bundle;
    const GateFacts &m_gate;
    const ApprovalSpec &m_rules;
    const QString m_planHash;
    QString m_keyId; ///< Of the decision at hand.
};

} // namespace

Finding checkGates(const Bundle &bundle)
{
    if (!bundle.contents.has(layout::journal) || !bundle.plan)
        return notRun(u"the journal or the plan is missing or cannot be read"_s);
    const JournalFacts &journal = bundle.journal();
    QSet<QString> opened;
    Finding worst = passed();
    for (const GateFacts &gate : journal.gates) {
        if (gate.approved == 0)
            continue;
        const auto found = bundle.plan->find(gate.path);
        const ApprovalSpec *rules = found ? bundle.plan->plan().approval(found->step->gate) : nullptr;
        if (!rules || found->step->kind != StepKind::Approval)
            return broken(u"the plan has no approval at \"%1\""_s.arg(gate.path));
        const Finding finding = OpenedGate(bundle, gate, *rules).check();
        if (finding.headline < worst.headline)
            worst = finding;
        opened += gate.path;
    }
    for (auto step = journal.steps.begin(); step != journal.steps.end(); ++step) {
        const auto found = bundle.plan->find(step.key());
        const bool isOpen = step->state == toString(StepState::Succeeded);
        if (isOpen && found && found->step->kind == StepKind::Approval && !opened.contains(step.key()))
            return broken(u"\"%1\" was passed without an approval"_s.arg(step.key()));
    }
    return worst.result == CheckResult::Passed ? passed(u"%1 gates"_s.arg(opened.size())) : worst;
}

} // namespace engine
