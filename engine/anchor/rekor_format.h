#pragma once

#include "engine/evidence/log/log_entry.h"

/// What is said to a Rekor log and what it answers: the formats, without the network.
///
/// First generation: POST /api/v1/log/entries with a proposed entry of kind dsse 0.0.1, as openapi.yaml and
/// dsse_v0_0_1_schema.json of sigstore/rekor have it. Second generation: POST /api/v2/log/entries with a
/// hashedRekordRequestV002, as rekor_service.proto of sigstore/rekor-tiles has it; it answers with a
/// TransparencyLogEntry of sigstore/protobuf-specs.
///
/// Pure and reentrant.
namespace engine::rekor {

enum class Generation { First, Second };

/// The body that asks a log to take the envelope's one signature, which is by signer. A log of the first
/// generation is given the whole envelope, one of the second generation only a digest of it. Fails with
/// Unsupported for a key that a log of this generation does not take.
Result<QByteArray> entryRequest(Generation generation, const DsseEnvelope &envelope, const PublicKey &signer);

/// Reads the answer of a log of the first generation: an object with one member, which is named by the
/// entry's id. Members that are not needed are not looked at. Fails with InvalidInput.
Result<LogEntry> readFirstGeneration(QByteArrayView json);

/// Reads the answer of a log of the second generation. Members that are null or not known are not looked at.
/// Fails with InvalidInput.
Result<LogEntry> readSecondGeneration(QByteArrayView json);

/// The id of an entry at the end of the Location of an answer of the first generation that says that the
/// entry exists; empty when there is none. No more than this is taken from it, so that it leads nowhere else.
QString entryIdIn(const QByteArray &location);

} // namespace engine::rekor
