#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"
#include "engine/evidence/log/proof_check.h"

#include <QHash>
#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

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
    void add(const QString &path, const ProofJudgement &judgement)
    {
        if (!judgement.by) {
            m_doubted += u"%1: %2"_s.arg(path, judgement.text);
            return;
        }
        m_proven += judgement.text;
        m_keys += judgement.by->key.keyId();
    }

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
        const auto judged = judgeLogEntry(*entry, *m_bundle.envelope, m_signer, m_bundle.trust, m_bundle.now);
        if (!judged)
            return failedAt(path, judged.error());
        if (judged->by && hasForked(*entry, *judged->by))
            return failed(Headline::Tampered,
                          u"%1: \"%2\" has signed two trees of %3 leaves"_s.arg(path, judged->by->name)
                              .arg(entry->tree.size));
        m_tally.add(path, *judged);
        return {};
    }

    Finding finding() const { return m_tally.finding(); }

private:
    /// Whether the log shows two people different trees of one size.
    bool hasForked(const LogEntry &entry, const TrustedKey &log)
    {
        const auto tree = std::pair(log.key.keyId(), entry.tree.size);
        const QByteArray known = m_roots.value(tree, entry.tree.root);
        m_roots.insert(tree, entry.tree.root);
        return known != entry.tree.root;
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
    const QString digest = bundle.contents.files().at(layout::sumsSignature).sha256;
    const auto judged = judgeTimestamp(*token, QByteArray::fromHex(digest.toLatin1()), layout::sumsSignature,
                                       bundle.trust, bundle.now);
    if (!judged)
        return failedAt(path, judged.error());
    tally.add(path, *judged);
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
