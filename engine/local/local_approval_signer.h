#pragma once

#include "engine/api/approval_signer.h"
#include "engine/base/secret_bytes.h"

namespace engine {

/// Trusts the engines of the data directory's trust.json and signs with its operators' keys. Works beside the
/// process that owns the directory.
class LocalApprovalSigner : public ApprovalSigner
{
    Q_OBJECT
public:
    /// @param passphrase  asked, on a thread of a pool, when the approver's key is protected
    LocalApprovalSigner(QString dataDir, QString operatorName, PassphraseSource passphrase = {},
                        QObject *parent = nullptr);

    QFuture<Result<OfflineGate>> open(const QString &path) override;
    QFuture<Result<QByteArray>> sign(const OfflineDecision &decision) override;

private:
    const QString m_dataDir;
    const QString m_operatorName;
    const PassphraseSource m_passphrase;
};

} // namespace engine
