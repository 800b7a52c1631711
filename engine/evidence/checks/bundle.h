#pragma once

#include "engine/evidence/checks/contents.h"
#include "engine/evidence/dsse.h"
#include "engine/evidence/plan_index.h"

#include <limits>

namespace engine {

/// Documents are limited as they are read, all together; a run of 100 000 steps has more nodes than usual.
inline constexpr JsonLimits documentLimits{std::numeric_limits<qsizetype>::max(), 64, 20'000'000};

/// A file as the manifest lists it.
struct ListedFile
{
    FileDigest digest{};
    QJsonObject about{}; ///< The whole entry.
};

struct BundleManifest
{
    QJsonObject run{};
    std::map<QString, ListedFile> files{};
};

/// A bundle as it was read: its documents parsed, nothing in it trusted. A document that is not there is
/// NotFound.
struct Bundle
{
    Bundle(const ArchiveEnd &readEnd, const Contents &readContents, const TrustStore &trusted,
           Timestamp time);

    const ArchiveEnd &end;
    const Contents &contents;
    const TrustStore &trust;
    const Timestamp now;
    const Result<BundleManifest> manifest;
    const Result<std::map<QString, QString>> sums; ///< Path to hex SHA-256.
    const Result<DsseEnvelope> envelope;
    const Result<QJsonObject> attestation; ///< The envelope's payload.
    const Result<PlanIndex> plan;

    const JournalFacts &journal() const { return contents.journal(); }
};

/// Like contents.document() parsed. Fails with NotFound or InvalidInput.
Result<QJsonObject> parseDocument(const Contents &contents, const QString &path);

} // namespace engine
