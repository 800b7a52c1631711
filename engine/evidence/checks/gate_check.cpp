#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/answer_check.h"
#include "engine/evidence/checks/signed_record.h"

#include <QSet>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// What was taken back at one gate, and whether it could be.
class Withdrawals
{
public:
    Withdrawals(const Bundle &bundle, const GateFacts &gate)
        : m_bundle(bundle)
        , m_gate(gate)
        , m_planHash(bundle.plan->plan().hash())
    {
    }

    Finding check()
    {
        Finding worst = passed();
        for (const AcceptedDecision &withdrawal : m_gate.withdrawals) {
            if (const QString wrong = wrongTime(withdrawal.sequence); !wrong.isEmpty())
                return tampered(wrong);
            const auto taken = std::ranges::find_if(m_gate.decisions, [&](const AcceptedDecision &decision) {
                return isOf(withdrawal.data, decision.data) && decision.sequence < withdrawal.sequence;
            });
            const QString approver = withdrawal.data[u"approver"_s].toString();
            if (taken == m_gate.decisions.end() || m_takenAt.contains(taken->sequence))
                return tampered(
                    u"the withdrawal of %1 at \"%2\" takes no approval back"_s.arg(approver, m_gate.path));
            // Whatever its signature is worth, it shows why somebody could approve again.
            m_takenAt.insert(taken->sequence, withdrawal.sequence);
            const Finding finding = checkWithdrawal(m_bundle, m_gate, withdrawal, m_planHash);
            if (finding.headline < worst.headline)
                worst = finding;
        }
        return worst;
    }

    /// The event that took back what was decided in an event; 0 when nothing did. After check().
    qint64 takenAt(qint64 decided) const { return m_takenAt.value(decided); }

private:
    static bool isOf(const QJsonObject &withdrawal, const QJsonObject &decision)
    {
        return withdrawal[u"decisionId"_s] == decision[u"decisionId"_s]
               && withdrawal[u"approver"_s] == decision[u"approver"_s]
               && withdrawal[u"decisionDigest"_s].toString()
                      == u"sha256:"_s + decision[u"envelopeSha256"_s].toString()
               && decision[u"verdict"_s].toString() == toString(Verdict::Approve);
    }

    QString wrongTime(qint64 sequence) const
    {
        if (m_gate.closed != 0 && sequence > m_gate.closed)
            return u"an approval of \"%1\" was withdrawn after it was closed"_s.arg(m_gate.path);
        const auto standing = std::ranges::count_if(m_gate.decisions, [&](const AcceptedDecision &decision) {
            return decision.sequence < sequence && takenAt(decision.sequence) == 0;
        });
        if (standing >= m_gate.request[u"required"_s].toInteger())
            return u"an approval of \"%1\" was withdrawn when its quorum was complete"_s.arg(m_gate.path);
        return {};
    }

    const Bundle &m_bundle;
    const GateFacts &m_gate;
    const QString m_planHash;
    QHash<qint64, qint64> m_takenAt; ///< By the event of the decision.
};

/// One gate that was opened, and the rules that the plan sets for it.
class OpenedGate
{
public:
    OpenedGate(const Bundle &bundle, const GateFacts &gate, const ApprovalSpec &rules,
               const Withdrawals &withdrawals)
        : m_bundle(bundle)
        , m_gate(gate)
        , m_rules(rules)
        , m_withdrawals(withdrawals)
        , m_planHash(bundle.plan->plan().hash())
    {
    }

    Finding check()
    {
        if (const QString wrong = wrongRequest(); !wrong.isEmpty())
            return tampered(u"the request at \"%1\" %2"_s.arg(m_gate.path, wrong));
        Finding worst = tampered(QString());
        bool isShort = true;
        for (const AcceptedDecision &accepted : m_gate.decisions) {
            if (accepted.sequence > m_gate.approved)
                return tampered(u"\"%1\" was decided after it was opened"_s.arg(m_gate.path));
            const Finding finding = checkDecision(accepted);
            if (finding.result == CheckResult::Failed) {
                if (finding.headline <= Headline::NotCheckable)
                    return finding; // Not only a key that is not trusted: something is wrong with the bundle.
                if (m_withdrawals.takenAt(accepted.sequence) != 0)
                    continue; // It counts for nothing.
                if (isShort || finding.headline < worst.headline)
                    worst = finding;
                isShort = false;
                continue;
            }
            if (const QString wrong = countIn(accepted.sequence); !wrong.isEmpty())
                return tampered(wrong);
        }
        const qsizetype approvals = standing().size();
        if (approvals >= m_rules.required)
            return passed();
        if (isShort)
            return tampered(u"\"%1\" was opened with %2 of %3 approvals"_s.arg(m_gate.path)
                                .arg(approvals)
                                .arg(m_rules.required));
        return worst;
    }

    /// The approvals that count. After check().
    QList<StandingApproval> standing() const
    {
        QList<StandingApproval> approvals;
        for (const Counted &each : m_counted) {
            if (each.takenAt == 0)
                approvals += {each.statement.approver, each.keyId};
        }
        return approvals;
    }

private:
    /// An approval that is as it should be.
    struct Counted
    {
        DecisionStatement statement{};
        QString keyId{};
        qint64 takenAt = 0; ///< The event that took it back; 0: it stands.
    };

    /// Counts the decision at hand. Says what is wrong when it counts a person twice.
    QString countIn(qint64 sequence)
    {
        const QString approver = m_statement.approver;
        for (const Counted &earlier : m_counted) {
            const bool stood = earlier.takenAt == 0 || earlier.takenAt > sequence;
            if (stood && (earlier.statement.approver == approver || earlier.keyId == m_keyId))
                return u"\"%1\" was approved twice by %2"_s.arg(m_gate.path, approver);
            if (!stood && earlier.statement == m_statement)
                return u"\"%1\" counts an approval of %2 again that was withdrawn"_s.arg(m_gate.path,
                                                                                         approver);
        }
        m_counted += {m_statement, m_keyId, m_withdrawals.takenAt(sequence)};
        return {};
    }

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
        const SignedRecord record = openRecord(m_bundle, accepted.data[u"envelopeSha256"_s].toString(),
                                               approvalResponsePayloadType, who);
        if (record.finding.result == CheckResult::Failed)
            return record.finding;
        const auto statement = decisionStatementFromJson(record.statement);
        if (!statement)
            return failed(Headline::NotCheckable, u"%1: %2"_s.arg(who, statement.error().toString()));
        m_keyId = record.keyId;
        m_statement = *statement;
        if (const QString wrong = wrongStatement(*statement, accepted); !wrong.isEmpty())
            return tampered(who + u' ' + wrong);
        if (const QString wrong = wrongAnswer(m_gate, accepted, record.statement); !wrong.isEmpty())
            return tampered(who + u' ' + wrong);
        return checkApprover(*statement, who);
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
        const Finding person = checkPerson(m_bundle, m_keyId, statement.approver, statement.decidedAt, who);
        if (person.result == CheckResult::Failed)
            return person;
        if (m_rules.approvers.isEmpty() || m_rules.approvers.contains(u"user:"_s + statement.approver))
            return passed();
        const QStringList roles = m_bundle.trust.find(m_keyId)->roles;
        const bool hasRole = std::ranges::any_of(
            roles, [this](const QString &role) { return m_rules.approvers.contains(u"role:"_s + role); });
        if (hasRole)
            return passed();
        return failed(Headline::UntrustedForPurpose,
                      u"%1 is not by one of %2"_s.arg(who, m_rules.approvers.join(u", "_s)));
    }

    const Bundle &m_bundle;
    const GateFacts &m_gate;
    const ApprovalSpec &m_rules;
    const Withdrawals &m_withdrawals;
    const QString m_planHash;
    QList<Counted> m_counted;
    QString m_keyId; ///< Of the decision at hand.
    DecisionStatement m_statement;
};

} // namespace

GatesFinding checkGates(const Bundle &bundle)
{
    if (!bundle.contents.has(layout::journal) || !bundle.plan)
        return {notRun(u"the journal or the plan is missing or cannot be read"_s), {}};
    const JournalFacts &journal = bundle.journal();
    QSet<QString> opened;
    QList<StandingApproval> approvals;
    Finding worst = passed();
    for (const GateFacts &gate : journal.gates) {
        Withdrawals withdrawals(bundle, gate);
        if (const Finding finding = withdrawals.check(); finding.headline < worst.headline)
            worst = finding;
        if (gate.approved == 0)
            continue;
        const auto found = bundle.plan->find(gate.path);
        const ApprovalSpec *rules = found ? bundle.plan->plan().approval(found->step->gate) : nullptr;
        if (!rules || found->step->kind != StepKind::Approval)
            return {tampered(u"the plan has no approval at \"%1\""_s.arg(gate.path)), {}};
        OpenedGate openedGate(bundle, gate, *rules, withdrawals);
        const Finding finding = openedGate.check();
        if (finding.result == CheckResult::Passed)
            approvals += openedGate.standing();
        if (finding.headline < worst.headline)
            worst = finding;
        opened += gate.path;
    }
    for (auto step = journal.steps.begin(); step != journal.steps.end(); ++step) {
        const auto found = bundle.plan->find(step.key());
        const bool isOpen = step->state == toString(StepState::Succeeded);
        if (isOpen && found && found->step->kind == StepKind::Approval && !opened.contains(step.key()))
            return {tampered(u"\"%1\" was passed without an approval"_s.arg(step.key())), {}};
    }
    if (worst.result != CheckResult::Passed)
        return {worst, approvals};
    return {passed(u"%1 gates"_s.arg(opened.size())), approvals};
}

} // namespace engine
