#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qint64 maxOutputBytes = 16 * 1024 * 1024;
constexpr qsizetype maxArtifacts = 10'000;

bool hasType(const QJsonValue &value, const QString &type)
{
    return type == u"json"_s || (type == u"string"_s && value.isString())
           || (type == u"boolean"_s && value.isBool()) || (type == u"number"_s && value.isDouble())
           || (type == u"array"_s && value.isArray()) || (type == u"object"_s && value.isObject())
           || (type == u"integer"_s && value.isDouble() && value.toDouble() == double(value.toInteger()));
}

Result<QByteArray> readSmallFile(const QString &path)
{
    const QFileInfo info(path);
    if (info.isSymLink() || !info.isFile())
        return Error{ErrorCode::NotFound, u"there is no file \"%1\""_s.arg(info.fileName()), {}, {}};
    if (info.size() > maxOutputBytes)
        return invalid(u"file \"%1\" has %2 bytes; at most %3 are read"_s.arg(info.fileName())
                           .arg(info.size())
                           .arg(maxOutputBytes));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{
            ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(info.fileName(), file.errorString()), {}, {}};
    return file.readAll();
}

/// An output that is the content of a file: text as it is without the last line feed, everything else as
/// JSON.
Result<QJsonValue> outputFromFile(const StepOutputSpec &spec, const QString &folder)
{
    auto bytes = readSmallFile(folder + u'/' + spec.path);
    if (!bytes)
        return bytes.error();
    if (spec.type != u"string"_s)
        return parseJson(*bytes, spec.path);
    if (bytes->endsWith('\n'))
        bytes->chop(1);
    QString text = QString::fromUtf8(*bytes);
    if (text.toUtf8() != *bytes)
        return invalid(u"file \"%1\" is not valid UTF-8"_s.arg(spec.path));
    return QJsonValue(text);
}

QString readOutputs(Collected &collected, const AttemptSpec &attempt)
{
    const QString file = attempt.folder + u"/outputs.json"_s;
    if (QFileInfo::exists(file)) {
        const auto bytes = readSmallFile(file);
        if (!bytes)
            return bytes.error().message;
        const auto object = bytes->trimmed().isEmpty() ? Result<QJsonObject>(QJsonObject())
                                                       : parseJsonObject(*bytes, u"$TASKRUNNER_OUTPUTS"_s);
        if (!object)
            return object.error().toString();
        collected.outputs = *object;
    }
    for (const StepOutputSpec &spec : attempt.spec.outputs) {
        if (!spec.path.isEmpty()) {
            const auto value = outputFromFile(spec, attempt.folder + u"/artifacts"_s);
            if (!value)
                return u"output \"%1\": %2"_s.arg(spec.name, value.error().toString());
            collected.outputs.insert(spec.name, *value);
        }
        if (!collected.outputs.contains(spec.name))
            return u"output \"%1\" was not written to $TASKRUNNER_OUTPUTS"_s.arg(spec.name);
        if (!hasType(collected.outputs.value(spec.name), spec.type))
            return u"output \"%1\" is not of type %2"_s.arg(spec.name, spec.type);
    }
    return {};
}

QString captureAll(Collected &collected, const AttemptSpec &attempt, Timestamp now)
{
    const QDir folder(attempt.folder + u"/artifacts"_s);
    QStringList names;
    QDirIterator walk(folder.path(), QDir::Files | QDir::Hidden | QDir::NoDotAndDotDot,
                      QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString name = folder.relativeFilePath(walk.next());
        if (isWantedArtifact(name, attempt.spec.artifacts))
            names += name;
        if (names.size() > maxArtifacts)
            return u"the step left more than %1 artifacts"_s.arg(maxArtifacts);
    }
    names.sort();
    for (const QString &name : std::as_const(names)) {
        if (const QString problem =
                captureArtifact(collected, attempt, folder.filePath(name), name, u"file"_s, now);
            !problem.isEmpty())
            return problem;
    }
    return {};
}

} // namespace

bool isWantedArtifact(const QString &name, const QStringList &globs)
{
    return globs.isEmpty() || std::ranges::any_of(globs, [&name](const QString &glob) {
               return QRegularExpression::fromWildcard(glob).match(name).hasMatch();
           });
}

QString captureArtifact(Collected &collected, const AttemptSpec &attempt, const QString &file,
                        const QString &name, const QString &type, Timestamp now)
{
    return keepArtifact(collected, attempt, ArtifactStore(attempt.dataDir).add(file), name, type, now);
}

QString keepArtifact(Collected &collected, const AttemptSpec &attempt,
                     const Result<ArtifactStore::Stored> &stored, const QString &name, const QString &type,
                     Timestamp now)
{
    Artifact artifact;
    artifact.id = newUlid(now);
    artifact.name = name;
    artifact.stepPath = attempt.stepPath;
    artifact.type = type;
    artifact.capturedAt = now;
    if (!stored && stored.error().code != ErrorCode::InvalidInput)
        return u"artifact \"%1\" could not be kept: %2"_s.arg(name, stored.error().message);
    if (!stored) { // A link, a device, or too large: said beside the others, and not a reason to lose them.
        artifact.status = u"refused"_s;
        artifact.notes = stored.error().message;
        collected.artifacts += artifact;
        return {};
    }
    artifact.sha256 = stored->digest.sha256;
    artifact.sizeBytes = stored->digest.sizeBytes;
    artifact.storedPath = stored->path;
    collected.artifacts += artifact;
    collected.artifactValues.insert(
        name, QJsonObject{{u"name"_s, name},
                          {u"sha256"_s, artifact.sha256},
                          {u"size"_s, artifact.sizeBytes},
                          {u"path"_s, ArtifactStore(attempt.dataDir).absolutePath(stored->path)}});
    return {};
}

bool removeEmptyFolder(const AttemptSpec &attempt)
{
    return QDir().rmdir(attempt.folder + u"/artifacts"_s) && QDir().rmdir(attempt.folder);
}

Collected collectAttempt(const AttemptSpec &attempt, bool succeeded, Timestamp now)
{
    Collected collected;
    collected.problem = captureAll(collected, attempt, now);
    if (succeeded && collected.problem.isEmpty())
        collected.problem = readOutputs(collected, attempt);
    QDir(attempt.folder).removeRecursively();
    return collected;
}

} // namespace engine
