#pragma once

#include "engine/api/values.h"

#include <QFuture>
#include <QObject>

namespace engine {

/// A request that was read from an `.approval-request.json`: what a person is shown before deciding, like at
/// a gate of an engine here, and what is known of the engine that asks.
struct OfflineGate
{
    QByteArray file{}; ///< The request as it was read; a decision on it is bound to these bytes.
    GateView view{};
    QList<Decision> decisions{}; ///< Accepted when it was made; without envelopes.
    QString requestId{};
    Timestamp createdAt{};
    QString engineId{};              ///< Key id of the engine that signed it: its key's fingerprint.
    QString engineName{};            ///< As the trust file here calls it; empty when it is not trusted.
    std::optional<Error> distrust{}; ///< Why it is not trusted here; nothing when it is.

    bool operator==(const OfflineGate &) const = default;
};

/// A person's decision on such a request.
struct OfflineDecision
{
    QByteArray file{}; ///< Of the request.
    /// The fingerprint of the engine's key that the person compared by other means, so that the engine need
    /// not be trusted here; empty: it must be.
    QString engineId{};
    Verdict verdict = Verdict::Reject;
    QString reason{};
    QString approver{}; ///< Empty: the operator of this process.

    bool operator==(const OfflineDecision &) const = default;
};

/// Reads requests of engines elsewhere and signs the decisions on them. Needs no engine here.
///
/// Thread: used on the main thread; the work is done on a pool.
class ApprovalSigner : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// Reads a request. Whether the engine is trusted is told, not judged. Fails with NotFound, Io, as
    /// readApprovalRequest() does, or with what is wrong with the trust file.
    virtual QFuture<Result<OfflineGate>> open(const QString &path) = 0;

    /// Signs the decision with the approver's key: the bytes of an `.approval-response.json`.
    ///
    /// Fails with UntrustedKey when the engine is neither trusted here nor the one of decision.engineId, with
    /// RevokedKey when its key was revoked here, whatever that says; and with what the engine would refuse
    /// anyway: GateExpired, SelfApproval, NotAnApprover, ReasonRequired. With PassphraseNeeded,
    /// WrongPassphrase or Cancelled when the key is protected.
    virtual QFuture<Result<QByteArray>> sign(const OfflineDecision &decision) = 0;
};

} // namespace engine
