#pragma once

#include "engine/base/result.h"

#include <QStringList>

#include <chrono>
#include <optional>

namespace engine {

/// How many people with one role must have approved, at whichever gates.
struct RequiredApprovals
{
    QString role{}; ///< As the reader's trust file gives it to their keys.
    int people = 1;

    bool operator==(const RequiredApprovals &) const = default;
};

/// What a reader demands of evidence beyond that it is good. The file (resources/schema/
/// verification-policy.v1.schema.json) is a JSON object:
///
///     {"schema": "stellaops.verification-policy/v1",
///      "outcomes": ["succeeded"], "signers": [KEYID, ...], "sealedOnly": true, "maximumAge": "P30D",
///      "approvals": [{"role": "security", "people": 2}],
///      "anchors": {"transparencyLogs": 1, "timestampAuthorities": 1}}
///
/// Every member but the schema may be absent, and then demands nothing.
struct VerificationPolicy
{
    QStringList outcomes{}; ///< The run must have ended so.
    QStringList signers{};  ///< One of these keys must have signed, whatever else the trust file has.
    bool sealedOnly = false;
    std::optional<std::chrono::milliseconds> maximumAge{}; ///< Since the run ended.
    QList<RequiredApprovals> approvals{};
    int transparencyLogs = 0;     ///< So many trusted logs have an entry.
    int timestampAuthorities = 0; ///< So many trusted authorities gave a timestamp.

    /// Strict, as a demand that is misread is one that is not made: unknown members, wrong types and demands
    /// that nothing can meet are errors. At most 1 MiB. Fails with InvalidInput that carries every problem
    /// with its JSON Pointer.
    static Result<VerificationPolicy> parse(const QByteArray &json, const QString &fileName);
    /// Fails also with NotFound and Io.
    static Result<VerificationPolicy> load(const QString &path);

    bool operator==(const VerificationPolicy &) const = default;
};

} // namespace engine
