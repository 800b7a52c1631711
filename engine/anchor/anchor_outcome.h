#pragma once

#include "engine/net/http_call.h"

#include <variant>

namespace engine {

/// Why a log or an authority gave no proof.
struct AnchorFailure
{
    enum Kind {
        Forbidden, ///< The egress list of the run does not allow it; nothing was sent.
        Offline,   ///< Nobody was reached, or nobody answered; it may pass.
        Busy,      ///< It says that it cannot now (status 429 or 500 and above); it may pass.
        Refused,   ///< It does not take what it was given.
        Wrong,     ///< What it answers is not what it should be.
    };
    Kind kind = Offline;
    QString message{}; ///< One English sentence, no full stop; names who answered.

    bool operator==(const AnchorFailure &) const = default;
};

/// What goes into a bundle: a LogEntry in its canonical JSON, or a TimeStampResp in DER; not yet judged.
using AnchorOutcome = std::variant<QByteArray, AnchorFailure>;

/// A failure to get any answer. who: "the transparency log".
AnchorFailure anchorFailureOf(const QString &who, const HttpFailure &failure);
/// An answer of another status than is wanted. Says what the server says of it, cut to a line.
AnchorFailure anchorFailureOf(const QString &who, const HttpResponse &response);

} // namespace engine
