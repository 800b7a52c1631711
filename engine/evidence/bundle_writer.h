#pragma once

#include "engine/evidence/keys.h"
#include "engine/record/gate_record.h"

#include <QIODevice>

#include <functional>

namespace engine {

struct EngineIdentity
{
    QString version{};
    QString binarySha256{};
    QString platform{}; ///< "linux/x86_64"

    bool operator==(const EngineIdentity &) const = default;
};

/// All that a finished run left, as the bundle tells it.
struct EvidenceInput
{
    RunSummary run{};
    QByteArray plan{}; ///< Canonical; its SHA-256 is run.planHash.
    QJsonObject inputs{};
    QJsonObject outputs{};
    QList<StepRecord> steps{};
    QList<AttemptRecord> attempts{};
    QList<RunEvent> events{};
    QList<GateRequest> gates{};
    QList<Decision> decisions{};
    QList<PolicyDecision> policies{};
    QList<Artifact> artifacts{};
    QList<PublicKey> keys{}; ///< Engine's and approvers', for keys/; informational only.
    EngineIdentity engine{};
    QString dataDir{}; ///< Artifacts are read from here.
    /// Writes the log lines of a step as text, one a line; called once for each step that has attempts.
    std::function<Result<>(const QString &stepPath, QIODevice &out)> transcript{};
};

/// Writes RUNID.evidence.tar: a restricted pax archive (entries sorted, mtime 0, uid and gid 0, mode 0644),
/// the same bytes for the same input except for signatures. Large members stream; nothing is held whole but
/// JSON documents.
///
/// The file appears whole or not at all. Fails with Io, Crypto, or Conflict when an artifact's bytes are no
/// longer those that were recorded.
///
/// Thread: any; works on copies.
Result<> writeBundle(const EvidenceInput &input, const Signer &engineKey, const QString &path);

} // namespace engine
