#include "engine/store/upkeep/store_check.h"

#include "engine/base/digest.h"
#include "engine/store/artifact_store.h"
#include "engine/store/database_file.h"
#include "engine/store/log_table.h"
#include "engine/store/store.h"
#include "engine/store/upkeep/decision_check.h"
#include "engine/store/upkeep/request_check.h"

#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QVariant>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// One check, from its first connection to its report.
class StoreChecker
{
public:
    StoreChecker(std::unique_ptr<Connection> connection, std::unique_ptr<Store> store, const QString &dataDir)
        : m_connection(std::move(connection))
        , m_store(std::move(store))
        , m_artifactStore(dataDir)
    {
    }

    StoreReport check();

private:
    struct Run
    {
        qint64 key = 0;
        RunId id{};
        QString planHash{};
    };

    void add(const QString &place, const QString &problem);
    bool isFull() const { return m_report.findings.size() >= StoreReport::maxFindings; }
    void checkPages();
    void checkReferences();
    void checkRuns();
    void checkRun(const Run &run);
    void checkJournal(const RunId &run);
    template<class Check, class Rows>
    void hold(const RunId &run, const Check &check, const Result<Rows> &before, const Result<Rows> &after);
    bool readJournal(const RunId &run, DecisionCheck &decisions, RequestCheck &requests);
    void checkPlan(const Run &run);
    void checkLogs(const Run &run);
    void nameGaps(const Run &run, qint64 last);
    void checkArtifacts(const RunId &run);
    QString problemOf(const Artifact &artifact);
    Result<FileDigest> digestOfKept(const QString &storedPath);

    const std::unique_ptr<Connection> m_connection;
    const std::unique_ptr<Store> m_store;
    const ArtifactStore m_artifactStore;
    QHash<QString, Result<FileDigest>> m_digests; ///< By stored path, since many rows may name one file.
    StoreReport m_report;
};

QString placeOf(const RunId &run)
{
    return u"run "_s + run.value;
}

void StoreChecker::add(const QString &place, const QString &problem)
{
    if (isFull())
        m_report.hasMore = true;
    else
        m_report.findings += {place, problem};
}

void StoreChecker::checkPages()
{
    const auto lines = m_connection->list(u"PRAGMA integrity_check(1000)"_s, {},
                                          [](Row &row) { return row.text(0).simplified(); });
    if (!lines)
        return add(u"database"_s, lines.error().message);
    for (const QString &line : *lines) {
        if (line != u"ok"_s)
            add(u"database"_s, line);
    }
}

void StoreChecker::checkReferences()
{
    const auto broken = m_connection->list(
        u"SELECT \"table\", count(*), parent FROM pragma_foreign_key_check GROUP BY 1, 3"_s, {},
        [](Row &row) {
            return u"%1 rows of table %2 refer to rows of table %3 that are not there"_s.arg(row.number(1))
                .arg(row.text(0), row.text(2));
        });
    if (!broken)
        return add(u"database"_s, broken.error().message);
    for (const QString &problem : *broken)
        add(u"database"_s, problem);
}

void StoreChecker::checkRuns()
{
    qint64 key = 0;
    while (!isFull()) {
        const auto runs = m_connection->list(
            u"SELECT key, id, planHash FROM pack_runs WHERE key > ? ORDER BY key LIMIT 100"_s, {key},
            [](Row &row) {
                return Run{row.number(0), {row.text(1)}, row.text(2)};
            });
        if (!runs)
            return add(u"table of runs"_s, runs.error().message);
        if (runs->isEmpty())
            return;
        for (const Run &run : *runs)
            checkRun(run);
        key = runs->last().key;
    }
}

void StoreChecker::checkRun(const Run &run)
{
    const StoreReport before = m_report;
    checkJournal(run.id);
    checkPlan(run);
    checkLogs(run);
    checkArtifacts(run.id);
    ++m_report.runs;
    if (m_report.findings.size() == before.findings.size())
        return;
    // What was found may come from its being removed right now.
    const auto left = m_connection->number(u"SELECT count(*) FROM pack_runs WHERE key = ? AND id = ?"_s,
                                           {run.key, run.id.value});
    if (left && *left == 0)
        m_report = before;
}

/// Tells what is wrong with rows that were read before and after the journal. That they could not be read
/// before it was told already.
template<class Check, class Rows>
void StoreChecker::hold(const RunId &run, const Check &check, const Result<Rows> &before,
                        const Result<Rows> &after)
{
    if (!before)
        return;
    if (!after)
        return add(placeOf(run), after.error().message);
    const QStringList problems = check.problemsOf(*before) + check.missingIn(*after);
    for (const QString &problem : problems)
        add(placeOf(run), problem);
}

void StoreChecker::checkJournal(const RunId &run)
{
    const auto before = m_store->decisions(run);
    const auto requestsBefore = m_store->approvalRequests(run);
    if (!before)
        add(placeOf(run), before.error().message);
    if (!requestsBefore)
        add(placeOf(run), requestsBefore.error().message);
    DecisionCheck decisions;
    RequestCheck requests;
    if (!readJournal(run, decisions, requests))
        return; // Nothing can be held against a journal that is not whole.
    const auto after = m_store->decisions(run);
    const auto requestsAfter = m_store->approvalRequests(run);
    hold(run, decisions, before, after);
    hold(run, requests, requestsBefore, requestsAfter);
}

/// False when the journal is not whole, which is then among the findings.
bool StoreChecker::readJournal(const RunId &run, DecisionCheck &decisions, RequestCheck &requests)
{
    constexpr int pageSize = 1000;
    ChainCheck chain;
    const auto broken = [this, &run](const QString &problem) {
        add(placeOf(run), problem);
        return false;
    };
    while (true) {
        const auto events = m_store->events(run, chain.count(), pageSize);
        if (!events)
            return broken(events.error().message);
        for (const RunEvent &event : *events) {
            if (const auto right = chain.add(event); !right)
                return broken(right.error().message);
            decisions.add(event);
            requests.add(event);
            ++m_report.events;
        }
        if (events->size() < pageSize)
            break;
    }
    return chain.count() > 0 || broken(u"its journal is empty"_s);
}

void StoreChecker::checkPlan(const Run &run)
{
    const auto plan = m_store->plan(run.id);
    if (!plan)
        return add(placeOf(run.id), plan.error().message);
    const QString found = u"sha256:"_s + sha256Hex(*plan);
    if (found != run.planHash)
        add(placeOf(run.id), u"its plan has the hash %1 and not its planHash %2"_s.arg(found, run.planHash));
}

void StoreChecker::checkLogs(const Run &run)
{
    const auto lines = LogTable(*m_connection).extent(run.key);
    if (!lines)
        return add(placeOf(run.id), lines.error().message);
    m_report.logLines += lines->count;
    if (lines->last != lines->count)
        nameGaps(run, lines->last);
}

void StoreChecker::nameGaps(const Run &run, qint64 last)
{
    const auto gaps = LogTable(*m_connection).gaps(run.key, last, 100);
    if (!gaps)
        return add(placeOf(run.id), gaps.error().message);
    for (const LogTable::Gap &gap : *gaps)
        add(placeOf(run.id), gap.first == gap.last
                                 ? u"log line %1 is missing"_s.arg(gap.first)
                                 : u"log lines %1 to %2 are missing"_s.arg(gap.first).arg(gap.last));
}

void StoreChecker::checkArtifacts(const RunId &run)
{
    const auto artifacts = m_store->artifacts(run);
    if (!artifacts)
        return add(placeOf(run), artifacts.error().message);
    for (const Artifact &artifact : *artifacts) {
        if (artifact.status != u"stored"_s)
            continue;
        if (const QString problem = problemOf(artifact); !problem.isEmpty())
            add(u"%1, artifact \"%2\""_s.arg(placeOf(run), artifact.name), problem);
    }
}

Result<FileDigest> StoreChecker::digestOfKept(const QString &storedPath)
{
    if (const auto known = m_digests.constFind(storedPath); known != m_digests.cend())
        return *known;
    const QString path = m_artifactStore.absolutePath(storedPath);
    const bool isLink = QFileInfo(path).isSymLink();
    auto digest = isLink ? Result<FileDigest>(invalid(u"\"%1\" is a link"_s.arg(path))) : digestOfFile(path);
    if (!digest) {
        Error error = digest.error();
        error.message.replace(path, storedPath); // The place is that of the whole directory.
        digest = error;
    }
    if (digest) {
        ++m_report.artifacts;
        m_report.artifactBytes += digest->sizeBytes;
    }
    m_digests.insert(storedPath, digest);
    return digest;
}

QString StoreChecker::problemOf(const Artifact &artifact)
{
    // Nothing is opened outside of the folder of artifacts, whatever a row says.
    if (artifact.storedPath != ArtifactStore::pathOf(artifact.sha256))
        return u"its path \"%1\" is not that of its SHA-256 \"%2\""_s.arg(artifact.storedPath,
                                                                          artifact.sha256);
    const auto digest = digestOfKept(artifact.storedPath);
    if (!digest)
        return digest.error().message;
    if (digest->sizeBytes != artifact.sizeBytes)
        return u"\"%1\" has %2 bytes instead of %3"_s.arg(artifact.storedPath)
            .arg(digest->sizeBytes)
            .arg(artifact.sizeBytes);
    if (digest->sha256 != artifact.sha256)
        return u"\"%1\" has the SHA-256 %2"_s.arg(artifact.storedPath, digest->sha256);
    return {};
}

StoreReport StoreChecker::check()
{
    checkPages();
    checkReferences();
    if (const auto audit = m_store->checkAuditLog(); !audit)
        add(u"audit log"_s, audit.error().message);
    checkRuns();
    return std::move(m_report);
}

} // namespace

QJsonObject toJson(const StoreReport &report)
{
    QJsonArray findings;
    for (const StoreFinding &finding : report.findings)
        findings.append(QJsonObject{{u"place"_s, finding.place}, {u"problem"_s, finding.problem}});
    return {{u"good"_s, report.isGood()},       {u"runs"_s, report.runs},
            {u"events"_s, report.events},       {u"logLines"_s, report.logLines},
            {u"artifacts"_s, report.artifacts}, {u"artifactBytes"_s, report.artifactBytes},
            {u"findings"_s, findings},          {u"hasMore"_s, report.hasMore}};
}

Result<StoreReport> checkStore(const QString &databaseFile, const QString &dataDir)
{
    auto store = Store::open(databaseFile, Store::Mode::ReadOnly);
    if (!store)
        return store.error();
    auto connection =
        openDatabaseFile(QFileInfo(databaseFile).absoluteFilePath(), Connection::Access::ReadOnly);
    if (!connection)
        return connection.error();
    return StoreChecker(*std::move(connection), *std::move(store), dataDir).check();
}

} // namespace engine
