#pragma once

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
    Headline headline = Headline::NotCheckable;
    QList<Check> checks{}; ///< Always every check, in a fixed order.
    // What the bundle says of itself; shown as claims unless the headline is good. Empty when it could not be
    // read.
    QString runId{};
    QString packName{};
    QString packVersion{};
    QString planHash{};
    QString outcome{};
    QString signerKeyId{};

    bool isGood() const { return headline == Headline::Good; }
    QJsonObject toJson() const;
    QString toText() const; ///< Several lines, for a terminal.
    bool operator==(const VerificationReport &) const = default;
};

} // namespace engine
