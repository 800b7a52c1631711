#pragma once

#include "engine/base/clock.h"

#include <QJsonObject>
#include <QList>
#include <QString>

namespace engine {

/// What a verification comes to, from worst to best; the worst that applies is the headline.
enum class Headline {
    Tampered,
    Incomplete,
    NotCheckable,
    RevokedKey,
    UnknownKey,
    UntrustedForPurpose,
    ExpiredKey,
    Unsigned,
    Good,
};

QString toString(Headline headline); ///< "tampered", "not-checkable", ..., "good".

enum class CheckResult { Passed, Failed, NotRun };
QString toString(CheckResult result); ///< "passed" | "failed" | "not-run"

struct Check
{
    QString id{};    ///< Stable: "container", "listing", "digests", "signature", "key-trust", "plan-hash",
                     ///< "journal", ...
    QString title{}; ///< For people, English.
    CheckResult result = CheckResult::NotRun;
    QString detail{}; ///< What was found, or why it did not run.

    bool operator==(const Check &) const = default;
};

/// The outcome of verifying an evidence bundle. Only Headline::Good is good.
struct VerificationReport
{
    QString bundlePath{};
    QString bundleSha256{};
    Timestamp verifiedAt{}; ///< By the reader's clock, which also judged the validity of keys.
    Headline headline = Headline::NotCheckable;
    QList<Check> checks{}; ///< Always every check, in a fixed order; then those of a policy.
    // What the bundle says of itself; shown as claims unless the headline is good. Empty when it could not be
    // read.
    QString runId{};
    QString packName{};
    QString packVersion{};
    QString planHash{};
    QString outcome{};
    QString signerKeyId{};

    bool isGood() const { return headline == Headline::Good; }
    /// As resources/schema/verification.v1.schema.json has it.
    QJsonObject toJson() const;
    QString toText() const; ///< Several lines, for a terminal.
    /// A document of its own in the subset of HTML that Qt's text documents know as well: no scripts, nothing
    /// is loaded, and whatever the bundle holds is text in it.
    QString toHtml() const;
    bool operator==(const VerificationReport &) const = default;
};

} // namespace engine
