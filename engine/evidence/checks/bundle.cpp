#include "engine/evidence/checks/bundle.h"

#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error missing(const QString &path)
{
    return {ErrorCode::NotFound, u"%1 is missing"_s.arg(path), {}, {}};
}

bool isSha256(const QString &text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](QChar c) {
               return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
           });
}

Result<BundleManifest> readManifest(const Contents &contents)
{
    const auto json = parseDocument(contents, layout::manifest);
    if (!json)
        return json.error();
    if (json->value(u"schema"_s).toString() != layout::manifestSchema)
        return invalid(
            u"%1 has the unknown schema \"%2\""_s.arg(layout::manifest, json->value(u"schema"_s).toString()));
    BundleManifest manifest{json->value(u"run"_s).toObject(), {}};
    for (const QJsonValue value : json->value(u"files"_s).toArray()) {
        const QString path = value[u"path"_s].toString();
        const QString sha256 = value[u"sha256"_s].toString();
        const qint64 size = value[u"size"_s].toInteger(-1);
        if (!layout::isSafePath(path) || !isSha256(sha256) || size < 0)
            return invalid(u"%1 has an entry without a proper path, size and digest"_s.arg(layout::manifest));
        if (!manifest.files.emplace(path, ListedFile{{sha256, size}, value.toObject()}).second)
            return invalid(u"%1 lists \"%2\" twice"_s.arg(layout::manifest, path));
    }
    return manifest;
}

/// Lines as sha256sum writes them for text: 64 digits, two spaces, the path.
Result<std::map<QString, QString>> readSums(const Contents &contents)
{
    if (!contents.has(layout::sums))
        return missing(layout::sums);
    const QByteArray text = contents.document(layout::sums);
    std::map<QString, QString> sums;
    qsizetype start = 0;
    while (start < text.size()) {
        const qsizetype feed = text.indexOf('\n', start);
        const QString line = QString::fromLatin1(text.mid(start, feed - start));
        const QString path = line.mid(66);
        if (feed < 0 || !isSha256(line.left(64)) || line.mid(64, 2) != u"  "_s || !layout::isSafePath(path)
            || !sums.emplace(path, line.left(64)).second)
            return invalid(u"line %1 of %2 is malformed"_s.arg(sums.size() + 1).arg(layout::sums));
        start = feed + 1;
    }
    return sums;
}

Result<DsseEnvelope> readEnvelope(const Contents &contents)
{
    if (!contents.has(layout::attestation))
        return missing(layout::attestation);
    auto envelope = DsseEnvelope::parse(contents.document(layout::attestation), documentLimits);
    if (!envelope)
        return invalid(u"%1: %2"_s.arg(layout::attestation, envelope.error().toString()));
    return envelope;
}

Result<QJsonObject> readAttestation(const Result<DsseEnvelope> &envelope)
{
    if (!envelope)
        return envelope.error();
    if (envelope->payloadType != packRunPayloadType)
        return invalid(u"%1 has the payload type \"%2\""_s.arg(layout::attestation, envelope->payloadType));
    auto payload = parseJsonObject(envelope->payload, {}, documentLimits);
    if (!payload)
        return invalid(u"the payload of %1: %2"_s.arg(layout::attestation, payload.error().toString()));
    if (payload->value(u"schema"_s).toString() != layout::packRunSchema)
        return invalid(u"%1 has the unknown schema \"%2\""_s.arg(layout::attestation,
                                                                 payload->value(u"schema"_s).toString()));
    return payload;
}

Result<PlanIndex> readPlan(const Contents &contents)
{
    if (!contents.has(layout::plan))
        return missing(layout::plan);
    auto plan = Plan::parse(contents.document(layout::plan));
    if (!plan)
        return invalid(u"%1: %2"_s.arg(layout::plan, plan.error().toString()));
    return PlanIndex(std::move(*plan));
}

} // namespace

Result<QJsonObject> parseDocument(const Contents &contents, const QString &path)
{
    if (!contents.has(path))
        return missing(path);
    auto json = parseJsonObject(contents.document(path), {}, documentLimits);
    if (!json)
        return invalid(u"%1: %2"_s.arg(path, json.error().toString()));
    return json;
}

Bundle::Bundle(const ArchiveEnd &readEnd, const Contents &readContents, const TrustStore &trusted,
               Timestamp time)
    : end(readEnd)
    , contents(readContents)
    , trust(trusted)
    , now(time)
    , manifest(readManifest(contents))
    , sums(readSums(contents))
    , envelope(readEnvelope(contents))
    , attestation(readAttestation(envelope))
    , plan(readPlan(contents))
{
}

} // namespace engine
