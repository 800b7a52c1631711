#pragma once

#include "engine/evidence/bundle_writer.h"

#include <QHash>

namespace engine {

/// The claims about a run that the engine signs: the payload of application/vnd.stellaops.pack-run+json.
///
/// An attestation may travel without its bundle, so nothing in it may let a guesser confirm a short value:
/// the digest of an input or output appears only where it is a file's; every other value has the marker
/// "redacted". Inputs are bound nevertheless, by the planHash, and all values by the signed list of the
/// bundle's files.
///
/// @param transcripts  step path to the hex SHA-256 of its transcript
QJsonObject packRunPayload(const EvidenceInput &input, const QHash<QString, QString> &transcripts);

/// What an attestation says of an input or output: its file's digest and size, or the marker.
QJsonObject describeValue(const QJsonValue &value);

/// When the run left its queue, by its journal; nothing when it never did.
std::optional<Timestamp> startedAt(const QList<RunEvent> &events);

} // namespace engine
