#include "engine/evidence/log/proof_check.h"

#include "engine/evidence/checks/checks.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

std::optional<Timestamp> provenTime(const LogEntry &entry)
{
    constexpr quint64 farFuture = 253'402'300'799; // The end of the year 9999, the last that ISO 8601 writes.
    if (entry.signedEntryTimestamp.isEmpty() || entry.integratedTimeSeconds > farFuture)
        return {};
    return Timestamp(std::chrono::seconds(qint64(entry.integratedTimeSeconds)));
}

Result<ProofJudgement> judgeLog(const LogEntry &entry, const TrustedKey &trusted, Timestamp now)
{
    const auto time = provenTime(entry);
    const KeyJudgement judgement =
        judgeKey(&trusted, trusted.key.keyId(), transparencyLogRole, time.value_or(now), now);
    if (judgement.headline != Headline::Good)
        return ProofJudgement{nullptr, judgement.problem};
    if (const auto isSigned = checkLogSignatures(entry, {trusted.name, trusted.key}); !isSigned)
        return isSigned.error();
    const QString at = time ? u" at %1"_s.arg(toIso(*time)) : QString();
    return ProofJudgement{&trusted, u"entry %1 of \"%2\"%3"_s.arg(entry.logIndex).arg(trusted.name, at)};
}

} // namespace

Result<ProofJudgement> judgeLogEntry(const LogEntry &entry, const DsseEnvelope &envelope,
                                     const PublicKey &signer, const TrustStore &trust, Timestamp now)
{
    const auto checkpoint = checkInclusion(entry);
    if (!checkpoint)
        return checkpoint.error();
    if (const auto subject = checkSubject(entry, envelope, signer); !subject)
        return subject.error();
    const auto note = SignedNote::parse(entry.checkpoint);
    if (!note)
        return note.error();
    for (const TrustedKey &trusted : trust.keys()) {
        if (namesKey(*note, trusted.name, trusted.key))
            return judgeLog(entry, trusted, now);
    }
    return ProofJudgement{nullptr, u"the log \"%1\" is not in the trust file"_s.arg(checkpoint->origin)};
}

Result<ProofJudgement> judgeTimestamp(const TimestampToken &token, const QByteArray &sha256,
                                      const QString &what, const TrustStore &trust, Timestamp now)
{
    if (token.sha256() != sha256)
        return invalid(u"the timestamp is not of %1"_s.arg(what));
    QString why = u"its authority is not in the trust file"_s;
    for (const PublicKey &key : token.keys()) {
        const TrustedKey *trusted = trust.find(key.keyId());
        if (!trusted)
            continue;
        const KeyJudgement judgement =
            judgeKey(trusted, key.keyId(), timestampAuthorityRole, token.time(), now);
        if (judgement.headline != Headline::Good) {
            why = judgement.problem;
            continue;
        }
        if (const auto isSigned = token.checkSignature(key); !isSigned)
            return isSigned.error();
        return ProofJudgement{trusted, u"%1 by \"%2\""_s.arg(toIso(token.time()), trusted->name)};
    }
    return ProofJudgement{nullptr, why};
}

} // namespace engine
