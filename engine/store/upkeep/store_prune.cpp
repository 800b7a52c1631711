#include "engine/store/upkeep/store_prune.h"

#include "engine/store/upkeep/evidence_files.h"

#include <QDir>
#include <QDirIterator>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// In one transaction: at most 128 MiB of text, and readers never wait.
constexpr int linesAtOnce = 2000;

/// Those that no rule keeps, oldest first.
Result<QList<RunSummary>> expiredRuns(const Store &store, const Retention &retention, Timestamp now)
{
    const auto ended = store.runs({{RunState::Succeeded, RunState::Failed, RunState::Cancelled}, {}, -1, {}});
    if (!ended)
        return ended;
    QList<RunSummary> expired;
    for (qsizetype i = 0; i < ended->size(); ++i) {
        const RunSummary &run = ended->at(i); // Newest first.
        const bool isKept =
            (retention.keepRuns && i < *retention.keepRuns)
            || (retention.keepFor && now - run.completedAt.value_or(now) < *retention.keepFor);
        if (!isKept)
            expired.prepend(run);
    }
    return expired;
}

/// Removes the files that nothing in the store names.
class FileSweep
{
public:
    FileSweep(const QString &dataDir, bool isDry, PruneReport &report)
        : m_dataDir(dataDir)
        , m_isDry(isDry)
        , m_report(report)
    {
    }

    void sweepArtifacts(const QSet<QString> &kept);
    void sweepEvidence(const QSet<RunId> &kept);
    void sweepFolders(const QSet<RunId> &kept);

private:
    QString folder(const QString &name);
    bool remove(const QFileInfo &entry);

    const QDir m_dataDir;
    const bool m_isDry;
    PruneReport &m_report;
};

/// A folder that cannot be listed would look empty.
QString FileSweep::folder(const QString &name)
{
    const QFileInfo info(m_dataDir.filePath(name));
    if (info.exists() && !info.isReadable())
        m_report.problems += u"\"%1\" cannot be read"_s.arg(info.filePath());
    return info.filePath();
}

/// Links are removed and never followed.
bool FileSweep::remove(const QFileInfo &entry)
{
    const QString path = entry.filePath();
    const bool isFolder = entry.isDir() && !entry.isSymLink();
    const bool isGone = m_isDry || (isFolder ? QDir(path).removeRecursively() : QFile::remove(path));
    if (!isGone)
        m_report.problems += u"\"%1\" cannot be removed"_s.arg(path);
    return isGone;
}

void FileSweep::sweepArtifacts(const QSet<QString> &kept)
{
    static const QRegularExpression ours(
        u"\\Aartifacts/sha256/([0-9a-f]{2}/[0-9a-f]{62}|incoming-[A-Za-z]{6})\\z"_s);
    QDirIterator entries(folder(u"artifacts/sha256"_s), QDir::Files | QDir::Hidden | QDir::System,
                         QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        entries.next();
        const QFileInfo entry = entries.fileInfo();
        const QString name = m_dataDir.relativeFilePath(entry.filePath());
        if (kept.contains(name) || !ours.match(name).hasMatch())
            continue;
        const qint64 size = entry.isSymLink() ? 0 : entry.size();
        if (!remove(entry))
            continue;
        ++m_report.artifacts;
        m_report.artifactBytes += size;
    }
}

void FileSweep::sweepEvidence(const QSet<RunId> &kept)
{
    const QFileInfoList entries =
        QDir(folder(u"evidence"_s)).entryInfoList(QDir::Files | QDir::Hidden | QDir::System);
    for (const QFileInfo &entry : entries) {
        const auto file = evidenceFileOf(entry.fileName());
        if (!file || kept.contains(file->run))
            continue;
        m_report.evidenceFiles += remove(entry) ? 1 : 0;
    }
}

void FileSweep::sweepFolders(const QSet<RunId> &kept)
{
    const QDir folder(m_dataDir.filePath(u"runs"_s));
    const QFileInfoList entries =
        folder.entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    for (const QFileInfo &entry : entries) {
        const auto run = parseRunId(entry.fileName());
        if (run && !kept.contains(*run))
            m_report.runFolders += remove(entry) ? 1 : 0;
    }
}

Result<> removeRows(Store &store, const QList<RunSummary> &expired, Timestamp now, const QString &actor,
                    PruneReport &report)
{
    for (const RunSummary &run : expired) {
        if (auto removed = store.removeRun(run.id, now, actor); !removed)
            return removed;
        report.runs += run.id;
    }
    while (true) {
        const auto removed = store.removeLeftLogs(linesAtOnce);
        if (!removed)
            return removed.error();
        if (*removed == 0)
            return {};
        report.logLines += *removed;
    }
}

Result<> countRows(const Store &store, const QList<RunSummary> &expired, PruneReport &report)
{
    for (const RunSummary &run : expired) {
        const auto last = store.lastLogSequence(run.id);
        if (!last)
            return last.error();
        report.runs += run.id;
        report.logLines += *last;
    }
    return {};
}

} // namespace

QJsonObject toJson(const PruneReport &report)
{
    QJsonArray runs;
    for (const RunId &run : report.runs)
        runs.append(run.value);
    return {{u"runs"_s, runs},
            {u"logLines"_s, report.logLines},
            {u"artifacts"_s, report.artifacts},
            {u"artifactBytes"_s, report.artifactBytes},
            {u"evidenceFiles"_s, report.evidenceFiles},
            {u"runFolders"_s, report.runFolders},
            {u"problems"_s, QJsonArray::fromStringList(report.problems)}};
}

Result<PruneReport> pruneStore(Store &store, const QString &dataDir, const Retention &retention,
                               Timestamp now, const QString &actor, bool isDry)
{
    if (!retention.keepFor && !retention.keepRuns)
        return invalid(u"nothing says which runs to keep"_s);
    const auto expired = expiredRuns(store, retention, now);
    if (!expired)
        return expired.error();
    PruneReport report;
    const auto rows =
        isDry ? countRows(store, *expired, report) : removeRows(store, *expired, now, actor, report);
    if (!rows)
        return rows.error();
    const QSet<RunId> gone(report.runs.begin(), report.runs.end());
    const auto left = store.runs({{}, {}, -1, {}});
    if (!left)
        return left.error();
    QSet<RunId> kept;
    for (const RunSummary &run : *left) {
        if (!gone.contains(run.id))
            kept.insert(run.id);
    }
    const auto paths = store.artifactPaths(gone);
    if (!paths)
        return paths.error();
    FileSweep sweep(dataDir, isDry, report);
    sweep.sweepArtifacts(*paths);
    sweep.sweepEvidence(kept);
    sweep.sweepFolders(kept);
    return report;
}

} // namespace engine
