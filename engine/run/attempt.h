#pragma once

#include "engine/net/http_message.h"
#include "engine/run/process.h"
#include "engine/run/run_folder.h"
#include "engine/store/artifact_store.h"

#include <QJsonObject>

namespace engine {

/// One attempt of a run step: everything evaluated, nothing started.
struct AttemptSpec
{
    RunId run{};
    QString stepPath{};
    int attempt = 1;
    RunSpec spec{};     ///< As planned, for outputs, artifacts, grace.
    QJsonObject with{}; ///< Evaluated.
    QJsonObject env{};  ///< Evaluated.
    QString workspace{};
    QString inputsFile{};
    QString folder{}; ///< Of this attempt alone; made by prepare(), removed by collect().
    QString dataDir{};
    QString moduleFolder{}; ///< Of a module of the pack's own; empty for built-ins.
    QStringList command{};  ///< Of such a module, evaluated.
};

/// Makes the attempt's folder and says what to start for builtin:exec, builtin:script and modules of the
/// pack. Those find the values of `with` in $TASKRUNNER_INPUTS. Scripts of bash run with -e and pipefail,
/// those of sh with -e: a failed command fails the step. Fails with Io, or InvalidInput when an evaluated
/// value does not fit.
Result<LaunchSpec> prepareProcess(const AttemptSpec &attempt);

/// What an attempt left.
struct Collected
{
    QJsonObject outputs{};
    QJsonObject artifactValues{}; ///< What expressions see: name to {"name", "sha256", "size", "path"}.
    QList<Artifact> artifacts{};
    QString problem{}; ///< Not empty: the step fails because of it.

    bool operator==(const Collected &) const = default;
};

/// Removes the attempt's folder when nothing stands in it, which takes no time worth a thread. Returns
/// whether it did; collectAttempt() can be called all the same.
bool removeEmptyFolder(const AttemptSpec &attempt);

/// Reads outputs and captures artifacts of a process that succeeded (outputs count) or not (artifacts only),
/// then removes the attempt's folder. Reads and copies files: call it on a pool thread.
Collected collectAttempt(const AttemptSpec &attempt, bool succeeded, Timestamp now);

/// bundle.ingest: checks a file against its SHA-256 and stages it and its metadata.json to
/// artifacts/bundles/CHECKSUM/ in the workspace; both are captured as artifacts. A problem leaves nothing
/// staged. Call it on a pool thread.
Collected ingestBundle(const AttemptSpec &attempt, Timestamp now);

/// builtin:validate: checks a value against a JSON Schema, which the plan holds as text. Call it on a pool
/// thread.
Collected validateValue(const AttemptSpec &attempt);

/// What builtin:http sends. Text goes as UTF-8, any other body as canonical JSON, each with its Content-Type
/// when the headers name none. Fails with InvalidInput when an evaluated value does not fit.
Result<HttpRequest> prepareRequest(const AttemptSpec &attempt);

/// What builtin:http makes of an answer: the outputs "status", "headers" (names in lower case, repeated ones
/// joined by
/// ", ", cookies by line feeds) and "body", which is empty when the body is not UTF-8 text; and the body as
/// the artifact "response". A status that is not expected is a problem. Call it on a pool thread.
Collected collectResponse(const AttemptSpec &attempt, const HttpResponse &response, Timestamp now);

/// Adds a file to the artifact store and to collected under name. Returns the problem, empty when it went
/// well.
QString captureArtifact(Collected &collected, const AttemptSpec &attempt, const QString &file,
                        const QString &name, const QString &type, Timestamp now);

/// Adds what the artifact store was given. Likewise.
QString keepArtifact(Collected &collected, const AttemptSpec &attempt,
                     const Result<ArtifactStore::Stored> &stored, const QString &name, const QString &type,
                     Timestamp now);

/// Whether an artifact of this name is kept: one of the globs matches, or there are none.
bool isWantedArtifact(const QString &name, const QStringList &globs);

} // namespace engine
