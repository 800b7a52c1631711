#pragma once

#include "engine/base/result.h"
#include "engine/record/verification.h"

#include <QFuture>
#include <QObject>

namespace engine {

/// Verifies evidence bundles on this machine, whatever engine or server made them.
///
/// Thread: used on the main thread; the work is done on a pool.
class EvidenceVerifier : public QObject
{
    Q_OBJECT
public:
    using QObject::QObject;

    /// @param trustFile   whom to trust; empty: the keys of this user's data directory
    /// @param policyFile  what to demand besides, see engine/evidence/verification_policy.h; empty: nothing
    /// Fails only when a file cannot be read: NotFound, Io, or InvalidInput for the trust file or policy.
    virtual QFuture<Result<VerificationReport>>
    verify(const QString &bundlePath, const QString &trustFile = {}, const QString &policyFile = {}) = 0;
};

} // namespace engine
