#pragma once

#include <QSet>
#include <QString>

/// What stands where in an evidence bundle, and which names it may use.
namespace engine::layout {

inline const QString manifestSchema = QStringLiteral("stellaops.evidence-manifest/v1");
inline const QString packRunSchema = QStringLiteral("stellaops.pack-run/v1");
inline const QString gateRequestSchema = QStringLiteral("stellaops.approval-gate/v1");
inline const QString policyDecisionSchema = QStringLiteral("stellaops.policy-decision/v1");

// In the archive's order, which is by bytes: the signed list and its signature come first.
inline const QString sums = QStringLiteral("SHA256SUMS");
inline const QString sumsSignature = QStringLiteral("SHA256SUMS.sig");
inline const QString instructions = QStringLiteral("VERIFY.txt");
inline const QString anchors = QStringLiteral("anchors/"); ///< Added later, as timestamps are.
inline const QString approvals = QStringLiteral("approvals/");
inline const QString attestation = QStringLiteral("attestations/pack-run.dsse.json");
inline const QString provenance = QStringLiteral("attestations/provenance.intoto.dsse.json");
inline const QString sigstoreProvenance = QStringLiteral("attestations/provenance.sigstore.json");
inline const QString inputs = QStringLiteral("inputs/inputs.json");
inline const QString journal = QStringLiteral("journal.jsonl");
inline const QString keys = QStringLiteral("keys/");
inline const QString manifest = QStringLiteral("manifest.json");
inline const QString artifacts = QStringLiteral("outputs/artifacts/");
inline const QString outputs = QStringLiteral("outputs/outputs.json");
inline const QString plan = QStringLiteral("plan.json");
inline const QString policies = QStringLiteral("policies/");
inline const QString timestamps = QStringLiteral("timestamps/");
inline const QString transcripts = QStringLiteral("transcripts/");

inline const QString requestSuffix = QStringLiteral(".request.json");
inline const QString decisionSuffix = QStringLiteral(".dsse.json");
inline const QString withdrawalSuffix =
    QStringLiteral(".withdrawal.dsse.json"); ///< Beside the decision; it ends in decisionSuffix, too.

/// In place of the digest of a value that could be guessed; see attestation.h.
inline const QString redacted = QStringLiteral("redacted");

/// Whether a path is relative, made of [A-Za-z0-9._/-] only, without empty, "." or ".." parts, at most 255
/// long.
bool isSafePath(const QString &path);

/// Whether a file of this path and size may come to a finished bundle, where the signed list does not have
/// it: anchors/NAME.json of at most 256 KiB, timestamps/NAME.tsr of at most 64 KiB.
bool isAddition(const QString &path, qint64 sizeBytes);

/// Whether the manifest cannot list this file, because it is made after it.
bool isAboveManifest(const QString &path);

/// One part of a path that stands for name: name itself when it is safe, otherwise its safe characters and
/// the first digits of its digest, so that two names stay two.
QString safeName(const QString &name);

/// Gives out paths that differ from each other even where case does not count, and of which none is inside
/// another.
class PathAllocator
{
public:
    /// folder ends in "/" and is safe; name may be anything, its "/" separate parts.
    QString allocate(const QString &folder, const QString &name, const QString &suffix = {});

private:
    QSet<QString> m_files;   // Lower case.
    QSet<QString> m_folders; // Lower case.
};

} // namespace engine::layout
