#pragma once

#include "engine/base/clock.h"
#include "engine/base/ids.h"

#include <optional>

namespace engine {

/// Who outside may bear witness to a run's evidence.
enum class AnchorKind { Log, Authority };

enum class AnchorState {
    Pending,  ///< Not yet asked, or asked in vain and asked again.
    Anchored, ///< The proof is in the bundle; nobody whom the trust file has says so.
    Verified, ///< The proof is in the bundle and is signed by a trusted key.
    Deferred, ///< Not asked before somebody wants it: the run is sealed, or nobody was reached for long.
    Failed,   ///< Refused, or the answer was wrong; not asked again before somebody wants it.
};

// Names on the wire and in the store: "transparency-log" and "timestamp-authority", "pending", ...
QString toString(AnchorKind kind);
QString toString(AnchorState state);
Result<AnchorKind> parseAnchorKind(const QString &text);
Result<AnchorState> parseAnchorState(const QString &text);

/// Where the witness of one kind to a run's evidence stands. A run that was to have none has no record.
struct AnchorRecord
{
    AnchorKind kind = AnchorKind::Log;
    AnchorState state = AnchorState::Pending;
    QString reason{};  ///< What is proven, or why it is not; empty when nothing was tried.
    QString service{}; ///< Whom: "rekor.example:443"; empty when nothing was tried.
    int tries = 0;     ///< In vain, since it was wanted last.
    Timestamp changedAt{};
    std::optional<Timestamp> nextTryAt{}; ///< When pending.

    bool operator==(const AnchorRecord &) const = default;
};

/// What was answered, in the form in which it goes into a bundle.
struct AnchorProof
{
    QString subject{};  ///< Hex SHA-256 of the SHA256SUMS.sig of the bundle that it is about.
    QByteArray bytes{}; ///< Empty: nothing yet.

    bool operator==(const AnchorProof &) const = default;
};

/// One that is to be asked for.
struct PendingAnchor
{
    RunId run{};
    AnchorRecord record{};

    bool operator==(const PendingAnchor &) const = default;
};

} // namespace engine
