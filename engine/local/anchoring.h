#pragma once

#include "engine/anchor/anchor_queue.h"
#include "engine/local/evidence_export.h"
#include "engine/local/key_ring.h"

namespace engine {

struct LocalOptions;

/// Who is to witness the evidence of runs, by the options or the environment. Fails with InvalidInput.
Result<AnchorSettings> anchorSettingsFor(const LocalOptions &options);

/// The bundles in a data directory.
///
/// Thread: any; the work is done on pool, where evidence is written, one thing at a time.
class LocalAnchorBundles final : public AnchorBundles
{
public:
    /// All outlive it.
    /// @param engineKey  asked on pool when a bundle has yet to be written
    LocalAnchorBundles(const DataDir &dir, const KeyRing &keys, EngineKeySource engineKey, const Clock &clock,
                       QThreadPool &pool)
        : m_dir(dir)
        , m_keys(keys)
        , m_engineKey(std::move(engineKey))
        , m_clock(clock)
        , m_pool(pool)
    {
    }

    QFuture<Result<Subject>> subject(const RunId &run) override;
    QFuture<Result<AnchorVerdict>> add(const RunId &run, const AnchorSubject &subject, AnchorKind kind,
                                       const QString &service, const QByteArray &proof) override;

private:
    const DataDir &m_dir;
    const KeyRing &m_keys;
    const EngineKeySource m_engineKey;
    const Clock &m_clock;
    QThreadPool &m_pool;
};

} // namespace engine
