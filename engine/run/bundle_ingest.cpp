#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// What to ingest, checked.
struct Request
{
    QString source{};   ///< Absolute.
    QString checksum{}; ///< Lower-case hex.
    QString fileName{};
};

Result<Request> requestOf(const AttemptSpec &attempt)
{
    const QJsonObject &with = attempt.with;
    QString path = with.value(u"path"_s).toString();
    if (with.contains(u"input"_s)) // Staged before the run; see BoundInputs.
        path = with.value(u"inputPath"_s).toString();
    if (path.isEmpty())
        return invalid(u"bundle.ingest needs the path of a file"_s);
    const QJsonValue given =
        with.contains(u"checksumSha256"_s) ? with.value(u"checksumSha256"_s) : with.value(u"checksum"_s);
    QString checksum = given.toString().trimmed().toLower();
    if (checksum.isEmpty())
        return invalid(u"bundle.ingest needs a checksum"_s);
    if (checksum.startsWith(u"sha256:"_s))
        checksum.remove(0, 7);
    static const QRegularExpression hex(u"\\A[0-9a-f]{64}\\z"_s);
    if (!hex.match(checksum).hasMatch())
        return invalid(
            u"checksum \"%1\" is not a SHA-256; expected 64 hexadecimal digits"_s.arg(given.toString()));
    const QString source = QDir::isAbsolutePath(path) ? path : attempt.workspace + u'/' + path;
    const QString fileName =
        with.contains(u"filename"_s) ? with.value(u"filename"_s).toString() : QFileInfo(source).fileName();
    static const QRegularExpression plain(u"\\A[^/\\x00-\\x1f\\x7f]{1,255}\\z"_s);
    if (!plain.match(fileName).hasMatch() || fileName == u"."_s || fileName == u".."_s)
        return invalid(u"file name \"%1\" cannot be used"_s.arg(fileName));
    if (fileName == u"metadata.json"_s)
        return invalid(u"file name \"metadata.json\" is taken by the bundle's own metadata"_s);
    return Request{source, checksum, fileName};
}

QString writeMetadata(const QString &path, const Request &request, qint64 size)
{
    const QJsonObject metadata{{u"schema"_s, u"stellaops.bundle-metadata/v1"_s},
                               {u"filename"_s, request.fileName},
                               {u"sha256"_s, request.checksum},
                               {u"size"_s, size}};
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(canonicalJsonOf(metadata)) < 0 || !file.commit())
        return u"cannot write \"%1\": %2"_s.arg(path, file.errorString());
    return {};
}

QString stageAndCapture(Collected &collected, const AttemptSpec &attempt, const Request &request,
                        Timestamp now)
{
    const QString relative = u"artifacts/bundles/"_s + request.checksum;
    const QDir folder(attempt.workspace + u'/' + relative);
    const QString staged = folder.filePath(request.fileName);
    // Copied first and checked after: what was checked is then what is staged, whoever changes the source
    // meanwhile.
    const QString arriving = folder.filePath(u".arriving"_s);
    QFile::remove(arriving);
    QFile source(request.source);
    if (!source.copy(arriving))
        return u"cannot copy \"%1\": %2"_s.arg(request.source, source.errorString());
    const auto digest = digestOfFile(arriving);
    if (!digest)
        return digest.error().message;
    if (digest->sha256 != request.checksum)
        return u"checksum mismatch for \"%1\": expected %2, found %3"_s.arg(request.fileName,
                                                                            request.checksum, digest->sha256);
    QFile::remove(staged);
    if (!QFile::rename(arriving, staged))
        return u"cannot rename \"%1\" to \"%2\""_s.arg(arriving, staged);
    const QString metadata = folder.filePath(u"metadata.json"_s);
    if (const QString problem = writeMetadata(metadata, request, digest->sizeBytes); !problem.isEmpty())
        return problem;

    const QString name = u"bundles/%1/"_s.arg(request.checksum);
    for (const auto &[file, artifactName, type] : {std::tuple{staged, name + request.fileName, u"bundle"_s},
                                                   {metadata, name + u"metadata.json"_s, u"metadata"_s}}) {
        if (const QString problem = captureArtifact(collected, attempt, file, artifactName, type, now);
            !problem.isEmpty())
            return problem;
    }
    collected.outputs = {{u"path"_s, relative + u'/' + request.fileName},
                         {u"metadataPath"_s, relative + u"/metadata.json"_s},
                         {u"filename"_s, request.fileName},
                         {u"sha256"_s, request.checksum},
                         {u"size"_s, digest->sizeBytes}};
    return {};
}

} // namespace

Collected ingestBundle(const AttemptSpec &attempt, Timestamp now)
{
    Collected collected;
    const auto request = requestOf(attempt);
    if (!request) {
        collected.problem = request.error().message;
        return collected;
    }
    const QFileInfo info(request->source);
    if (info.isSymLink() || !info.isFile()) {
        collected.problem = u"there is no file \"%1\" to ingest"_s.arg(request->source);
        return collected;
    }
    QDir folder(attempt.workspace + u"/artifacts/bundles/"_s + request->checksum);
    const bool wasThere = folder.exists();
    if (!folder.mkpath(u"."_s))
        collected.problem = u"cannot make the folder \"%1\""_s.arg(folder.path());
    else
        collected.problem = stageAndCapture(collected, attempt, *request, now);
    if (!collected.problem.isEmpty()) {
        if (!wasThere)
            folder.removeRecursively();
        else
            folder.remove(u".arriving"_s);
        collected.artifacts.clear();
        collected.artifactValues = {};
    }
    return collected;
}

} // namespace engine
