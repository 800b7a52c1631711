#pragma once

#include "engine/api/approval_signer.h"
#include "engine/base/clock.h"

namespace engine {

/// Trusts the engines of the data directory's trust.json and signs with its operators' keys. Does not own the
/// directory, but for the moment in which it makes a key that is missing.
class LocalApprovalSigner : public ApprovalSigner
{
    Q_OBJECT
public:
    LocalApprovalSigner(QString dataDir, QString operatorName, QObject *parent = nullptr);

    QFuture<Result<OfflineGate>> open(const QString &path) override;
    QFuture<Result<QByteArray>> sign(const OfflineDecision &decision) override;

private:
    const QString m_dataDir;
    const QString m_operatorName;
};

} // namespace engine
