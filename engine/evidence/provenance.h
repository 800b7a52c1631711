#pragma once

#include "engine/base/digest.h"
#include "engine/evidence/dsse.h"

#include <QJsonObject>

#include <map>

namespace engine {

inline const QString inTotoPayloadType = QStringLiteral("application/vnd.in-toto+json");

/// The files of a bundle that a provenance statement names.
struct ProvenanceFiles
{
    std::map<QString, QString> artifacts{}; ///< Path in the bundle to hex SHA-256.
    QString manifestSha256{};               ///< Hex, as the others.
    QString packRunSha256{};                ///< Of the envelope with the claims.
    QString journalSha256{};
};

/// The claims of packRunPayload() once more, so that tools which know in-toto and SLSA can read and verify
/// them: an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md) whose predicate is SLSA
/// Provenance v1 (slsa.dev/spec/v1.0/provenance). Its subjects are the artifacts and the bundle's manifest.
///
/// Made of the claims alone, so the two cannot differ: a reader makes it again and compares. buildType names
/// this mapping; another mapping needs another one.
///
/// @param packRun  the payload of application/vnd.stellaops.pack-run+json
QJsonObject provenanceStatement(const QJsonObject &packRun, const ProvenanceFiles &files);

/// The envelope as a Sigstore bundle v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto) that is verified
/// with a public key, whose id is the hint, and has no entries of a log.
///
/// @param envelope  with one signature
QByteArray sigstoreBundle(const DsseEnvelope &envelope);

} // namespace engine
