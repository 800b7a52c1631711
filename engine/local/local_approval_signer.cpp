#include "engine/local/local_approval_signer.h"

#include "engine/base/run_on.h"
#include "engine/evidence/approval/approval_response.h"
#include "engine/local/key_ring.h"

#include <QFile>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error refused(ErrorCode code, const QString &message)
{
    return {code, message, {}, {}};
}

Result<QByteArray> readFile(const QString &path, qsizetype maxBytes)
{
    QFile file(path);
    if (!file.exists())
        return refused(ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(path));
    if (!file.open(QIODevice::ReadOnly))
        return refused(ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(path, file.errorString()));
    return file.read(maxBytes + 1); // The reader refuses one byte too many.
}

/// Why the engine of a key is not trusted here; nothing when it is.
std::optional<Error> distrustOf(const TrustedKey *key, const QString &engineId, Timestamp now)
{
    const auto because = [&engineId](ErrorCode code, const QString &why) {
        return refused(code, u"the request is signed by the engine key %1, which %2"_s.arg(engineId, why));
    };
    if (!key)
        return because(ErrorCode::UntrustedKey, u"is not in the trust file here"_s);
    if (key->revokedAt) {
        const QString why = key->reason.isEmpty() ? QString() : u": "_s + key->reason;
        return because(ErrorCode::RevokedKey, u"was revoked at %1%2"_s.arg(toIso(*key->revokedAt), why));
    }
    if (!key->roles.contains(u"engine"_s))
        return because(ErrorCode::UntrustedKey,
                       u"is trusted here as %1, not as engine"_s.arg(key->roles.join(u", "_s)));
    if (key->notBefore && now < *key->notBefore)
        return because(ErrorCode::UntrustedKey, u"is valid from %1"_s.arg(toIso(*key->notBefore)));
    if (key->notAfter && now >= *key->notAfter)
        return because(ErrorCode::UntrustedKey, u"was valid until %1"_s.arg(toIso(*key->notAfter)));
    return {};
}

Result<OfflineGate> openRequest(const QByteArray &file, const QString &fileName, const TrustStore &trust,
                                Timestamp now)
{
    const auto opened = readApprovalRequest(file, fileName);
    if (!opened)
        return opened.error();
    const ApprovalRequest &request = opened->request;
    OfflineGate gate;
    gate.file = file;
    gate.view = request.view;
    gate.decisions = request.decisions;
    gate.requestId = request.id;
    gate.createdAt = request.createdAt;
    gate.engineId = request.engineKey.keyId();
    const TrustedKey *key = trust.find(gate.engineId);
    gate.distrust = distrustOf(key, gate.engineId, now);
    if (!gate.distrust)
        gate.engineName = key->name;
    return gate;
}

Result<> checkEngine(const QString &engineId, const QString &compared, const TrustStore &trust, Timestamp now)
{
    const auto distrust = distrustOf(trust.find(engineId), engineId, now);
    if (distrust && distrust->code == ErrorCode::RevokedKey)
        return *distrust;
    if (compared.isEmpty())
        return distrust ? Result<>(*distrust) : Result<>();
    if (compared != engineId)
        return refused(ErrorCode::UntrustedKey,
                       u"the request is signed by the engine key %1, not by %2"_s.arg(engineId, compared));
    return {};
}

/// What the engine would refuse anyway, as far as it can be told here: roles are the engine's to know.
Result<> checkDecision(const GateRequest &gate, const OfflineDecision &decision, Timestamp now)
{
    if (now >= gate.expiresAt)
        return refused(ErrorCode::GateExpired,
                       u"gate \"%1\" expired at %2"_s.arg(gate.path, toIso(gate.expiresAt)));
    if (!gate.allowSelfApproval && decision.approver == gate.requestedBy)
        return refused(ErrorCode::SelfApproval,
                       u"\"%1\" submitted the run and may not decide on it"_s.arg(decision.approver));
    const bool mayDecide = gate.approvers.isEmpty() || gate.approvers.contains(u"user:"_s + decision.approver)
                           || std::ranges::any_of(gate.approvers, [](const QString &approver) {
                                  return approver.startsWith(u"role:"_s);
                              });
    if (!mayDecide)
        return refused(ErrorCode::NotAnApprover, u"\"%1\" may not decide here; asked are %2"_s.arg(
                                                     decision.approver, gate.approvers.join(u", "_s)));
    if (gate.requireReason && decision.reason.trimmed().isEmpty())
        return refused(ErrorCode::ReasonRequired, u"this gate asks for a reason"_s);
    return {};
}

Result<QByteArray> signAnswer(const QString &dataDir, const OfflineDecision &decision, Timestamp now,
                              const PassphraseSource &source)
{
    const auto opened = readApprovalRequest(decision.file);
    if (!opened)
        return opened.error();
    const auto dir = DataDir::open(dataDir);
    if (!dir)
        return dir.error();
    const KeyRing keys(*dir);
    const auto trust = keys.trust();
    if (!trust)
        return trust.error();
    const QString engineId = opened->request.engineKey.keyId();
    if (const auto known = checkEngine(engineId, decision.engineId, *trust, now); !known)
        return known.error();
    if (const auto allowed = checkDecision(opened->request.view.gate, decision, now); !allowed)
        return allowed.error();
    const auto key = keys.operatorKey(decision.approver, source);
    if (!key)
        return key.error();
    const auto response = signApprovalResponse(
        answerTo(*opened, decision.verdict, decision.approver, decision.reason, now), **key);
    return response ? Result<QByteArray>(response->toJson() + '\n') : response.error();
}

} // namespace

LocalApprovalSigner::LocalApprovalSigner(QString dataDir, QString operatorName, PassphraseSource passphrase,
                                         QObject *parent)
    : ApprovalSigner(parent)
    , m_dataDir(std::move(dataDir))
    , m_operatorName(std::move(operatorName))
    , m_passphrase(std::move(passphrase))
{
}

QFuture<Result<OfflineGate>> LocalApprovalSigner::open(const QString &path)
{
    return runOn(*QThreadPool::globalInstance(), [path, dataDir = m_dataDir]() -> Result<OfflineGate> {
        const auto file = readFile(path, maxApprovalRequestBytes);
        if (!file)
            return file.error();
        const auto trust = TrustStore::load(DataDir(dataDir).trustFile());
        if (!trust)
            return trust.error();
        return openRequest(*file, path, *trust, SystemClock().now());
    });
}

QFuture<Result<QByteArray>> LocalApprovalSigner::sign(const OfflineDecision &decision)
{
    OfflineDecision own = decision;
    if (own.approver.isEmpty())
        own.approver = m_operatorName;
    return runOn(*QThreadPool::globalInstance(),
                 [own, dataDir = m_dataDir, source = m_passphrase]() -> Result<QByteArray> {
                     return signAnswer(dataDir, own, SystemClock().now(), source);
                 });
}

} // namespace engine
