#include "engine/anchor/anchor_outcome.h"

#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

static AnchorFailure::Kind kindOf(HttpFailure::Kind kind)
{
    switch (kind) {
    case HttpFailure::Forbidden: return AnchorFailure::Forbidden;
    case HttpFailure::Unreachable:
    case HttpFailure::Broken:
    case HttpFailure::TimedOut: return AnchorFailure::Offline;
    case HttpFailure::Malformed:
    case HttpFailure::TooLarge: return AnchorFailure::Wrong;
    }
    Q_UNREACHABLE();
}

AnchorFailure anchorFailureOf(const QString &who, const HttpFailure &failure)
{
    return {kindOf(failure.kind), u"%1 cannot be asked: %2"_s.arg(who, failure.message)};
}

AnchorFailure anchorFailureOf(const QString &who, const HttpResponse &response)
{
    constexpr qsizetype most = 200;
    constexpr int tooMany = 429; // RFC 6585 section 4.
    constexpr int firstServerError = 500;
    const bool mayPass = response.status == tooMany || response.status >= firstServerError;
    QString message = u"%1 answers with status %2"_s.arg(
        who, u"%1 %2"_s.arg(QString::number(response.status), response.reason.left(most)).trimmed());
    const auto body = parseJsonObject(response.body); // Both generations of Rekor: {"code", "message"}.
    if (const QString more = body ? body->value(u"message"_s).toString() : QString(); !more.isEmpty())
        message += u": "_s + more.simplified().left(most);
    else if (response.status >= 300 && response.status <= 399)
        message += u", which leads elsewhere and is not followed"_s;
    return {mayPass ? AnchorFailure::Busy : AnchorFailure::Refused, message};
}

} // namespace engine
