#include "engine/base/run_on.h"
#include "engine/evidence/bundle_verifier.h"
#include "engine/local/key_ring.h"
#include "engine/local/local_run_service.h"

#include <QFileInfo>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace engine {

LocalEvidenceVerifier::LocalEvidenceVerifier(QString dataDir, QObject *parent)
    : EvidenceVerifier(parent)
    , m_dataDir(std::move(dataDir))
{
}

QFuture<Result<VerificationReport>>
LocalEvidenceVerifier::verify(const QString &bundlePath, const QString &trustFile, const QString &policyFile)
{
    return runOn(*QThreadPool::globalInstance(), [bundlePath, trustFile, policyFile, dataDir = m_dataDir] {
        if (!trustFile.isEmpty() && !QFileInfo::exists(trustFile))
            return Result<VerificationReport>(
                Error{ErrorCode::NotFound, u"there is no trust file \"%1\""_s.arg(trustFile), {}, {}});
        const QString file = trustFile.isEmpty() ? dataDir + u"/trust.json"_s : trustFile;
        const auto trust = TrustStore::load(file);
        if (!trust)
            return Result<VerificationReport>(trust.error());
        VerifyOptions options;
        if (!policyFile.isEmpty()) {
            const auto policy = VerificationPolicy::load(policyFile);
            if (!policy)
                return Result<VerificationReport>(policy.error());
            options.policy = *policy;
        }
        return verifyBundle(bundlePath, *trust, SystemClock().now(), options);
    });
}

} // namespace engine
