#include "engine/local/incident_snapshot.h"

#include "engine/api/form/forms.h"
#include "engine/base/json.h"
#include "engine/evidence/tar_writer.h"
#include "engine/store/store.h"

#include <QBuffer>
#include <QDir>
#include <QFileInfo>
#include <QSaveFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr int newestRuns = 20;
constexpr int newestAudit = 1000;

/// Puts members into the archive and remembers them for the manifest, which comes last.
class SnapshotArchive
{
public:
    explicit SnapshotArchive(QIODevice &out)
        : m_tar(out)
    {
    }

    Result<> add(const QString &path, const QByteArray &bytes)
    {
        QBuffer content;
        content.setData(bytes);
        content.open(QIODevice::ReadOnly);
        const auto added = m_tar.add(path, bytes.size(), content);
        if (!added)
            return added.error();
        m_files.append(
            QJsonObject{{u"path"_s, path}, {u"size"_s, added->sizeBytes}, {u"sha256"_s, added->sha256}});
        return {};
    }

    const QJsonArray &files() const { return m_files; }
    Result<> finish() { return m_tar.finish(); }

private:
    TarWriter m_tar;
    QJsonArray m_files;
};

QByteArray lines(const QList<QJsonObject> &objects)
{
    QByteArray text;
    for (const QJsonObject &object : objects)
        text += canonicalJsonOf(object) + '\n';
    return text;
}

/// An event without what a pack or a person put into it.
QJsonObject redactedEvent(const RunEvent &event)
{
    QJsonObject json = toJson(event);
    QJsonObject data = event.data;
    if (const QJsonArray argv = data.value(u"argv"_s).toArray(); argv.size() > 1)
        data.insert(u"argv"_s, QJsonArray{argv.first(), u"redacted"_s});
    if (data.contains(u"items"_s))
        data.insert(u"items"_s, u"redacted"_s);
    json.insert(u"data"_s, data);
    return json;
}

Result<QJsonObject> stateOf(const Store &store, const RunSummary &run)
{
    auto steps = store.steps(run.id);
    const auto attempts = store.attempts(run.id);
    const auto gates = store.gates(run.id);
    for (const Error *error : {steps ? nullptr : &steps.error(), attempts ? nullptr : &attempts.error(),
                               gates ? nullptr : &gates.error()}) {
        if (error)
            return *error;
    }
    for (StepRecord &step : *steps)
        step.outputs = {};
    QJsonObject state = form::write(run).toObject();
    state.insert(u"steps"_s, form::write(*steps));
    state.insert(u"attempts"_s, form::write(*attempts));
    state.insert(u"gates"_s, form::write(*gates));
    return state;
}

Result<> addRun(SnapshotArchive &archive, const Store &store, const RunSummary &run)
{
    const auto state = stateOf(store, run);
    const auto events = store.events(run.id);
    for (const Error *error : {state ? nullptr : &state.error(), events ? nullptr : &events.error()}) {
        if (error)
            return *error;
    }
    QList<QJsonObject> journal;
    for (const RunEvent &event : *events)
        journal += redactedEvent(event);
    const QString folder = u"runs/%1/"_s.arg(run.id.value);
    const auto added = archive.add(folder + u"state.json"_s, prettyJson(*state));
    return added ? archive.add(folder + u"events.jsonl"_s, lines(journal)) : added;
}

/// Those that go on, however old, and the newest.
Result<QList<RunSummary>> runsToTell(const Store &store)
{
    auto runs = store.unfinishedRuns();
    const auto newest = store.runs({{}, {}, newestRuns, {}});
    for (const Error *error : {runs ? nullptr : &runs.error(), newest ? nullptr : &newest.error()}) {
        if (error)
            return *error;
    }
    for (const RunSummary &run : *newest) {
        if (std::ranges::none_of(*runs, [&run](const RunSummary &known) { return known.id == run.id; }))
            *runs += run;
    }
    return runs;
}

Result<> addAll(SnapshotArchive &archive, const Store &store, const SnapshotFacts &facts)
{
    const auto runs = runsToTell(store);
    const auto audit = store.auditLog(newestAudit);
    for (const Error *error : {runs ? nullptr : &runs.error(), audit ? nullptr : &audit.error()}) {
        if (error)
            return *error;
    }
    Result<> done = archive.add(u"settings.json"_s, prettyJson(facts.settings));
    done = done ? archive.add(u"metrics.txt"_s, facts.metrics) : done;
    done = done ? archive.add(u"audit.jsonl"_s, lines(*audit)) : done;
    for (const RunSummary &run : *runs)
        done = done ? addRun(archive, store, run) : done;
    if (!done)
        return done;
    const QJsonObject manifest{{u"schema"_s, u"stellaops.incident-snapshot/v1"_s},
                               {u"since"_s, toIso(facts.incident.since)},
                               {u"by"_s, facts.incident.by},
                               {u"reason"_s, facts.incident.reason},
                               {u"files"_s, archive.files()}};
    done = archive.add(u"manifest.json"_s, prettyJson(manifest));
    return done ? archive.finish() : done;
}

} // namespace

Result<FileDigest> writeIncidentSnapshot(const Store &store, const SnapshotFacts &facts, const QString &path)
{
    const auto failed = [&path](const QString &why) {
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, why), {}, {}};
    };
    if (!QDir().mkpath(QFileInfo(path).path()))
        return failed(u"its folder cannot be made"_s);
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return failed(file.errorString());
    file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
    SnapshotArchive archive(file);
    if (const auto added = addAll(archive, store, facts); !added)
        return added.error();
    if (!file.commit())
        return failed(file.errorString());
    return digestOfFile(path);
}

} // namespace engine
