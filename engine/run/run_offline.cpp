#include "engine/run/approval.h"
#include "engine/run/approval_answer.h"
#include "engine/run/run_execution_p.h"

using namespace Qt::StringLiterals;

/// The part of RunExecution that asks people who cannot reach it, and takes their answers.
namespace engine {

static Result<> checkOpen(const GateRequest &gate)
{
    if (gate.state == GateState::Expired)
        return Error{ErrorCode::GateExpired,
                     u"gate \"%1\" expired at %2"_s.arg(gate.path, toIso(gate.expiresAt)),
                     {},
                     {}};
    if (gate.state != GateState::Open)
        return Error{ErrorCode::GateClosed,
                     u"gate \"%1\" is %2 already"_s.arg(gate.path, toString(gate.state)),
                     {},
                     {}};
    return {};
}

Result<RequestExport> RunExecution::exportRequest(const QString &gatePath, const QString &by,
                                                  const Signer &engineKey)
{
    const QString what = u"request"_s;
    const auto gate = gateToDecide(what, gatePath);
    if (!gate)
        return gate.error();
    if (const auto open = checkOpen(*gate); !open)
        return refuse(what, gatePath, open.error());
    const auto head = m_context.store.journalHead(m_summary.id);
    if (!head)
        return head.error();
    ApprovalRequest request{.plan = m_plan, .engineKey = engineKey.publicKey()};
    request.createdAt = m_context.clock.now();
    request.id = newUlid(request.createdAt);
    request.nonce = newNonce();
    request.view = gateViewOf(*gate, m_summary, m_plan);
    request.attempt = gate->revision;
    request.decisions = decisionsAt(*gate);
    request.head = *head;
    const auto envelope = signApprovalRequest(request, engineKey);
    if (!envelope)
        return envelope.error();
    const ExportedRequest exported{request.id,
                                   gate->run,
                                   gate->path,
                                   gate->revision,
                                   gate->planHash,
                                   nonceDigest(request.nonce),
                                   requestDigest(*envelope),
                                   request.head,
                                   by,
                                   request.createdAt,
                                   gate->expiresAt,
                                   {}};
    if (const auto recorded = recordExport(exported); !recorded)
        return recorded.error();
    return RequestExport{*envelope, exported};
}

/// Before anybody has the file: what is not known here is never accepted.
Result<> RunExecution::recordExport(const ExportedRequest &exported)
{
    RunChange change;
    change.run = m_summary.id;
    change.at = exported.createdAt;
    change.requests = {exported};
    change.events += EventDraft{u"approval-request-exported"_s,
                                exported.path,
                                {{u"requestId"_s, exported.id},
                                 {u"revision"_s, exported.revision},
                                 {u"requestDigest"_s, exported.requestDigest},
                                 {u"by"_s, exported.exportedBy},
                                 {u"expiresAt"_s, toIso(exported.expiresAt)}}};
    if (const auto applied = m_context.store.apply(change); !applied) {
        Q_EMIT trouble(applied.error());
        return applied.error();
    }
    note(exported.path, LogLevel::Info,
         u"request %1 for a decision elsewhere was exported by %2"_s.arg(exported.id, exported.exportedBy));
    Q_EMIT passWanted();
    return {};
}

Result<> RunExecution::answer(const ExportedRequest &request, const SignedResponse &signedResponse,
                              const QByteArray &envelope, const TrustStore &trust)
{
    const QString what = u"decision"_s;
    const auto found = gateToDecide(what, request.path);
    if (!found)
        return found.error();
    const GateRequest &gate = *found;
    const Timestamp now = m_context.clock.now();
    if (const auto open = checkOpen(gate); !open)
        return refuse(what, gate.path, open.error());
    if (const auto fits = checkAnswer(request, signedResponse, now); !fits)
        return refuse(what, gate.path, fits.error());
    const auto since = m_context.store.events(m_summary.id, request.head.sequence - 1);
    if (!since)
        return since.error();
    const QList<Decision> earlier = decisionsAt(gate);
    const auto decision =
        judgeDecision(gate, earlier, envelope, trust, shownDigest(gateViewOf(gate, m_summary, m_plan)), now,
                      AnswersRequest::Yes);
    if (!decision)
        return refuse(what, gate.path, decision.error());
    if (const auto same = checkJournalSince(request, *since); !same)
        return refuse(what, gate.path, same.error());
    return accept(gate, *decision, request.id);
}

} // namespace engine
