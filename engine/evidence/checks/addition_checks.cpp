#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"
#include "engine/evidence/log/log_entry.h"
#include "engine/evidence/log/timestamp_token.h"

#include <QHash>
#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString logRole = u"transparency-log"_s;
const QString authorityRole = u"timestamp-authority"_s;

QStringList pathsUnder(const Bundle &bundle, const QString &folder)
{
    QStringList paths;
    for (const auto &[path, digest] : bundle.contents.files()) {
        if (path.startsWith(folder))
            paths += path;
    }
    return paths;
}

/// What the files of one folder come to: one that is wrong makes all fail; what nobody here trusts proves
/// nothing and takes nothing away.
class Tally
{
public:
    void prove(const QString &what, const QString &keyId)
    {
        m_proven += what;
        m_keys += keyId;
    }
    void doubt(const QString &path, const QString &why) { m_doubted += u"%1: %2"_s.arg(path, why); }

    Finding finding() const
    {
        if (m_proven.isEmpty())
            return notRun(m_doubted.join(u"; "_s));
        Finding finding = passed((m_proven + m_doubted).join(u"; "_s));
        finding.proofs = int(m_keys.size());
        return finding;
    }

private:
    QStringList m_proven;
    QStringList m_doubted;
    QSet<QString> m_keys;
};

Finding failedAt(const QString &path, const Error &error)
{
    const bool isNewer = error.code == ErrorCode::Unsupported;
    return failed(isNewer ? Headline::NotCheckable : Headline::Tampered,
                  u"%1: %2"_s.arg(path, error.toString()));
}

std::optional<Timestamp> provenTime(const LogEntry &entry)
{
    constexpr quint64 farFuture = 253'402'300'799; // The end of the year 9999, the last that ISO 8601 writes.
    if (entry.signedEntryTimestamp.isEmpty() || entry.integratedTimeSeconds > farFuture)
        return {};
    return Timestamp(std::chrono::seconds(qint64(entry.integratedTimeSeconds)));
}

/// Goes through the entries of logs, one after the other.
class LogCheck
{
public:
    LogCheck(const Bundle &bundle, const PublicKey &signer)
        : m_bundle(bundle)
        , m_signer(signer)
    {
    }

    /// Nothing unless the entry is wrong.
    std::optional<Finding> check(const QString &path)
    {
        const auto entry = LogEntry::parse(m_bundle.contents.document(path));
        if (!entry)
            return failedAt(path, entry.error());
        const auto checkpoint = checkInclusion(*entry);
        if (!checkpoint)
            return failedAt(path, checkpoint.error());
        if (const auto subject = checkSubject(*entry, *m_bundle.envelope, m_signer); !subject)
            return failedAt(path, subject.error());
        const auto note = SignedNote::parse(entry->checkpoint);
        if (!note)
            return failedAt(path, note.error());
        for (const TrustedKey &trusted : m_bundle.trust.keys()) {
            if (namesKey(*note, trusted.name, trusted.key))
                return checkWith(path, *entry, trusted);
        }
        m_tally.doubt(path, u"the log \"%1\" is not in the trust file"_s.arg(checkpoint->origin));
        return {};
    }

    Finding finding() const { return m_tally.finding(); }

private:
    std::optional<Finding> checkWith(const QString &path, const LogEntry &entry, const TrustedKey &trusted)
    {
        const auto time = provenTime(entry);
        const KeyJudgement judgement =
            judgeKey(&trusted, trusted.key.keyId(), logRole, time.value_or(m_bundle.now), m_bundle.now);
        if (judgement.headline != Headline::Good) {
            m_tally.doubt(path, judgement.problem);
            return {};
        }
        if (const auto isSigned = checkLogSignatures(entry, {trusted.name, trusted.key}); !isSigned)
            return failedAt(path, isSigned.error());
        // A log that shows two people different trees of one size has forked.
        const auto tree = std::pair(trusted.key.keyId(), entry.tree.size);
        const QByteArray known = m_roots.value(tree, entry.tree.root);
        if (known != entry.tree.root)
            return failed(Headline::Tampered,
                          u"%1: \"%2\" has signed two trees of %3 leaves"_s.arg(path, trusted.name)
                              .arg(entry.tree.size));
        m_roots.insert(tree, entry.tree.root);
        const QString at = time ? u" at %1"_s.arg(toIso(*time)) : QString();
        m_tally.prove(u"entry %1 of \"%2\"%3"_s.arg(entry.logIndex).arg(trusted.name, at),
                      trusted.key.keyId());
        return {};
    }

    const Bundle &m_bundle;
    const PublicKey &m_signer;
    QHash<std::pair<QString, quint64>, QByteArray> m_roots;
    Tally m_tally;
};

/// Nothing unless the timestamp is wrong.
std::optional<Finding> checkTimestamp(const Bundle &bundle, const QString &path, Tally &tally)
{
    const auto token = TimestampToken::parse(bundle.contents.document(path));
    if (!token)
        return failedAt(path, token.error());
    if (QString::fromLatin1(token->sha256().toHex())
        != bundle.contents.files().at(layout::sumsSignature).sha256)
        return failedAt(path, invalid(u"the timestamp is not of %1"_s.arg(layout::sumsSignature)));
    QString why = u"its authority is not in the trust file"_s;
    for (const PublicKey &key : token->keys()) {
        const TrustedKey *trusted = bundle.trust.find(key.keyId());
        if (!trusted)
            continue;
        const KeyJudgement judgement =
            judgeKey(trusted, key.keyId(), authorityRole, token->time(), bundle.now);
        if (judgement.headline != Headline::Good) {
            why = judgement.problem;
            continue;
        }
        if (const auto isSigned = token->checkSignature(key); !isSigned)
            return failedAt(path, isSigned.error());
        tally.prove(u"%1 by \"%2\""_s.arg(toIso(token->time()), trusted->name), key.keyId());
        return {};
    }
    tally.doubt(path, why);
    return {};
}

} // namespace

Finding checkLogEntries(const Bundle &bundle, const SignatureFinding &signature)
{
    const QStringList paths = pathsUnder(bundle, layout::anchors);
    if (paths.isEmpty())
        return notRun(u"the bundle has no entries of a log"_s);
    if (!signature.key)
        return notRun(u"no signature holds"_s);
    LogCheck check(bundle, *signature.key);
    for (const QString &path : paths) {
        if (const auto wrong = check.check(path))
            return *wrong;
    }
    return check.finding();
}

Finding checkTimestamps(const Bundle &bundle, const SignatureFinding &signature)
{
    const QStringList paths = pathsUnder(bundle, layout::timestamps);
    if (paths.isEmpty())
        return notRun(u"the bundle has no timestamps"_s);
    if (!signature.key)
        return notRun(u"no signature holds"_s);
    Tally tally;
    for (const QString &path : paths) {
        if (const auto wrong = checkTimestamp(bundle, path, tally))
            return *wrong;
    }
    return tally.finding();
}

} // namespace engine
