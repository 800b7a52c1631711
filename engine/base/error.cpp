#include "engine/base/error.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString toString(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput: return u"invalid-input"_s;
    case ErrorCode::NotFound: return u"not-found"_s;
    case ErrorCode::Conflict: return u"conflict"_s;
    case ErrorCode::Unsupported: return u"unsupported"_s;
    case ErrorCode::InUse: return u"in-use"_s;
    case ErrorCode::Io: return u"io"_s;
    case ErrorCode::Database: return u"database"_s;
    case ErrorCode::Crypto: return u"crypto"_s;
    case ErrorCode::PassphraseNeeded: return u"passphrase-needed"_s;
    case ErrorCode::WrongPassphrase: return u"wrong-passphrase"_s;
    case ErrorCode::Cancelled: return u"cancelled"_s;
    case ErrorCode::Internal: return u"internal"_s;
    case ErrorCode::Disconnected: return u"disconnected"_s;
    case ErrorCode::PlanHashMismatch: return u"plan-hash-mismatch"_s;
    case ErrorCode::GateExpired: return u"gate-expired"_s;
    case ErrorCode::SelfApproval: return u"self-approval"_s;
    case ErrorCode::AlreadyDecided: return u"already-decided"_s;
    case ErrorCode::NotAnApprover: return u"not-an-approver"_s;
    case ErrorCode::GateClosed: return u"gate-closed"_s;
    case ErrorCode::GateRevisionMismatch: return u"gate-revision-mismatch"_s;
    case ErrorCode::ReasonRequired: return u"reason-required"_s;
    case ErrorCode::UntrustedKey: return u"untrusted-key"_s;
    case ErrorCode::NotOwnDecision: return u"not-own-decision"_s;
    case ErrorCode::AlreadyWithdrawn: return u"already-withdrawn"_s;
    case ErrorCode::RevokedKey: return u"revoked-key"_s;
    case ErrorCode::RequestUnknown: return u"request-unknown"_s;
    case ErrorCode::RequestMismatch: return u"request-mismatch"_s;
    case ErrorCode::RequestUsed: return u"request-used"_s;
    case ErrorCode::ResponseReplayed: return u"response-replayed"_s;
    case ErrorCode::ResponseExpired: return u"response-expired"_s;
    case ErrorCode::WrongEngine: return u"wrong-engine"_s;
    case ErrorCode::StaleJournal: return u"stale-journal"_s;
    case ErrorCode::OutcomeUnknown: return u"outcome-unknown"_s;
    }
    Q_UNREACHABLE();
}

static QString lineOf(const Error &error)
{
    QString place = error.where.file;
    if (error.where.line > 0) {
        place += (place.isEmpty() ? u""_s : u":"_s) + QString::number(error.where.line);
        if (error.where.column > 0)
            place += u':' + QString::number(error.where.column);
    }
    QStringList parts;
    for (const QString &part : {place, error.where.path, error.message}) {
        if (!part.isEmpty())
            parts += part;
    }
    return parts.join(u": "_s);
}

QString Error::toString() const
{
    QString text = lineOf(*this);
    for (const Error &cause : causes) // Which have no causes of their own.
        text += u'\n' + lineOf(cause);
    return text;
}

bool Error::operator==(const Error &other) const
{
    const auto isSame = [](const Error &a, const Error &b) {
        return a.code == b.code && a.message == b.message && a.where == b.where;
    };
    return isSame(*this, other)
           && std::equal(causes.begin(), causes.end(), other.causes.begin(), other.causes.end(), isSame);
}

QList<Error> partsOf(const Error &error)
{
    return error.causes.isEmpty() ? QList<Error>{error} : error.causes;
}

Error combined(QList<Error> errors)
{
    Q_ASSERT(!errors.isEmpty());
    if (errors.size() == 1)
        return errors.takeFirst();
    QList<Error> causes;
    for (const Error &error : errors) {
        if (error.causes.isEmpty())
            causes += error;
        else
            causes += error.causes;
    }
    Error all{causes.first().code, u"%1 errors"_s.arg(causes.size()), {}, {}};
    if (const QString &file = causes.first().where.file; !file.isEmpty())
        all.message += u" in "_s + file;
    all.causes = std::move(causes);
    return all;
}

} // namespace engine
