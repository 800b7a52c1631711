#include "engine/base/digest.h"
#include "engine/run/approval_answer.h"
#include "engine/run/engine.h"

#include <QThread>

#include <algorithm>

using namespace Qt::StringLiterals;

/// The part of Engine that exports requests for decisions elsewhere and imports the responses.
namespace engine {

Result<RequestExport> Engine::exportRequest(const RunId &id, const QString &gatePath, const QString &by,
                                            const Signer &engineKey)
{
    Q_ASSERT(QThread::currentThread() == thread());
    const auto run = find(id);
    auto exported = run ? (*run)->exportRequest(gatePath, by, engineKey) : Result<RequestExport>(run.error());
    QJsonObject about{{u"runId"_s, id.value}, {u"gate"_s, gatePath}};
    if (!exported) {
        auditRefusal(by, u"approval-export-refused"_s, about, exported.error());
        return exported;
    }
    about.insert(u"requestId"_s, exported->record.id);
    about.insert(u"requestDigest"_s, exported->record.requestDigest);
    audit(by, u"approval-exported"_s, about);
    return exported;
}

Result<ImportedResponse> Engine::importResponse(const QByteArray &file, const QString &by,
                                                const QString &engineId, const TrustStore &trust)
{
    Q_ASSERT(QThread::currentThread() == thread());
    QJsonObject about{{u"responseSha256"_s, sha256Hex(file)}};
    auto imported = importSigned(file, engineId, trust, about);
    if (!imported)
        auditRefusal(by, u"approval-import-refused"_s, about, imported.error());
    else
        audit(by, u"approval-imported"_s, about);
    return imported;
}

/// @param about  gets what is known of the response, for the audit log
Result<ImportedResponse> Engine::importSigned(const QByteArray &file, const QString &engineId,
                                              const TrustStore &trust, QJsonObject &about)
{
    const auto opened = openResponse(file, trust, m_clock.now());
    if (!opened)
        return opened.error();
    const ApprovalResponse &response = opened->response;
    const DecisionStatement &said = response.statement;
    about.insert(u"requestId"_s, response.requestId);
    about.insert(u"runId"_s, said.run.value);
    about.insert(u"gate"_s, said.path);
    about.insert(u"approver"_s, said.approver);
    about.insert(u"decision"_s, toString(said.verdict));
    about.insert(u"keyId"_s, opened->signer.key.keyId());
    if (response.audience != engineId)
        return Error{ErrorCode::WrongEngine,
                     u"the response is for the engine %1, this is %2"_s.arg(response.audience, engineId),
                     {},
                     {}};
    const auto request = openRequest(response.requestId, file);
    if (!request)
        return request.error();
    const auto run = find(request->run);
    if (!run)
        return run.error();
    if (const auto answered = (*run)->answer(*request, *opened, file, trust); !answered)
        return answered.error();
    return ImportedResponse{request->run, request->path, said.verdict, said.approver, request->id};
}

/// The request that a response names, when nothing has answered it yet.
Result<ExportedRequest> Engine::openRequest(const QString &requestId, const QByteArray &file)
{
    const auto request = m_store->approvalRequest(requestId);
    if (!request)
        return request.error();
    if (!*request)
        return Error{
            ErrorCode::RequestUnknown, u"this engine has no request \"%1\""_s.arg(requestId), {}, {}};
    if ((*request)->decisionId.isEmpty())
        return **request;
    const auto decisions = m_store->decisions((*request)->run);
    if (!decisions)
        return decisions.error();
    const bool isSame = std::ranges::any_of(
        *decisions, [&file](const Decision &decision) { return decision.envelope == file; });
    return Error{isSame ? ErrorCode::ResponseReplayed : ErrorCode::RequestUsed,
                 isSame ? u"this response to request %1 was imported before"_s.arg(requestId)
                        : u"request %1 was answered already"_s.arg(requestId),
                 {},
                 {}};
}

} // namespace engine
