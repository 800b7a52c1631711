#include "engine/evidence/provenance.h"

#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString buildType = u"https://stellaops.io/task-pack-run/v1"_s;
const QString builderId = u"https://stellaops.io/task-runner"_s;

QJsonObject digestSet(const QString &sha256)
{
    return {{u"sha256"_s, sha256}};
}

/// Of "sha256:HEX".
QJsonObject digestSetOf(const QJsonValue &prefixed)
{
    return digestSet(prefixed.toString().section(u':', 1));
}

/// A ResourceDescriptor (in-toto/attestation, spec/v1/resource_descriptor.md).
QJsonObject resource(const QString &name, const QJsonObject &digest, const QJsonObject &annotations = {})
{
    QJsonObject descriptor{{u"name"_s, name}, {u"digest"_s, digest}};
    if (!annotations.isEmpty())
        descriptor[u"annotations"_s] = annotations;
    return descriptor;
}

QJsonArray subjectsOf(const ProvenanceFiles &files)
{
    QJsonArray subjects{resource(layout::manifest, digestSet(files.manifestSha256))};
    for (const auto &[path, sha256] : files.artifacts)
        subjects += resource(path, digestSet(sha256));
    return subjects;
}

QJsonArray dependenciesOf(const QJsonObject &packRun)
{
    QJsonArray dependencies{resource(u"pack"_s, digestSetOf(packRun[u"packDigest"_s])),
                            resource(layout::plan, digestSetOf(packRun[u"planHash"_s]))};
    const QString engine = packRun[u"engine"_s][u"binarySha256"_s].toString();
    if (!engine.isEmpty()) // It could not be read then.
        dependencies += resource(u"engine"_s, digestSet(engine));
    return dependencies;
}

QJsonObject buildDefinition(const QJsonObject &packRun)
{
    return {{u"buildType"_s, buildType},
            {u"externalParameters"_s,
             QJsonObject{{u"pack"_s, QJsonObject{{u"name"_s, packRun[u"packName"_s]},
                                                 {u"version"_s, packRun[u"packVersion"_s]}}},
                         {u"inputs"_s, packRun[u"inputs"_s]}}},
            {u"internalParameters"_s, QJsonObject{{u"tenantId"_s, packRun[u"tenantId"_s]},
                                                  {u"requestedBy"_s, packRun[u"requestedBy"_s]},
                                                  {u"sandbox"_s, packRun[u"sandbox"_s]},
                                                  {u"platform"_s, packRun[u"engine"_s][u"platform"_s]}}},
            {u"resolvedDependencies"_s, dependenciesOf(packRun)}};
}

QJsonObject runDetails(const QJsonObject &packRun, const ProvenanceFiles &files)
{
    QJsonObject metadata{{u"invocationId"_s, packRun[u"runId"_s]}};
    if (packRun.contains(u"startedAt"_s))
        metadata[u"startedOn"_s] = packRun[u"startedAt"_s];
    if (packRun.contains(u"completedAt"_s))
        metadata[u"finishedOn"_s] = packRun[u"completedAt"_s];
    const QJsonObject outcome{{u"outcome"_s, packRun[u"outcome"_s]}, {u"partial"_s, packRun[u"partial"_s]}};
    return {
        {u"builder"_s,
         QJsonObject{{u"id"_s, builderId},
                     {u"version"_s, QJsonObject{{u"taskrunner"_s, packRun[u"engine"_s][u"version"_s]}}}}},
        {u"metadata"_s, metadata},
        {u"byproducts"_s, QJsonArray{resource(layout::attestation, digestSet(files.packRunSha256), outcome),
                                     resource(layout::journal, digestSet(files.journalSha256))}}};
}

} // namespace

QJsonObject provenanceStatement(const QJsonObject &packRun, const ProvenanceFiles &files)
{
    return {{u"_type"_s, u"https://in-toto.io/Statement/v1"_s},
            {u"subject"_s, subjectsOf(files)},
            {u"predicateType"_s, u"https://slsa.dev/provenance/v1"_s},
            {u"predicate"_s, QJsonObject{{u"buildDefinition"_s, buildDefinition(packRun)},
                                         {u"runDetails"_s, runDetails(packRun, files)}}}};
}

QByteArray sigstoreBundle(const DsseEnvelope &envelope)
{
    return canonicalJsonOf(QJsonObject{
        {u"mediaType"_s, u"application/vnd.dev.sigstore.bundle.v0.3+json"_s},
        {u"verificationMaterial"_s,
         QJsonObject{{u"publicKey"_s, QJsonObject{{u"hint"_s, envelope.signatures.first().keyId}}}}},
        {u"dsseEnvelope"_s, QJsonDocument::fromJson(envelope.toJson()).object()}});
}

} // namespace engine
