#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"
#include "engine/evidence/provenance.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// What the statement must be. By what the manifest lists: that a file is missing or another is for other
/// checks to say.
QJsonObject expectedStatement(const Bundle &bundle)
{
    const auto &listed = bundle.manifest->files;
    const auto sha256Of = [&listed](const QString &path) {
        const auto file = listed.find(path);
        return file == listed.end() ? QString() : file->second.digest.sha256;
    };
    ProvenanceFiles files{{},
                          bundle.contents.files().at(layout::manifest).sha256,
                          sha256Of(layout::attestation),
                          sha256Of(layout::journal)};
    for (const auto &[path, file] : listed) {
        if (path.startsWith(layout::artifacts))
            files.artifacts.emplace(path, file.digest.sha256);
    }
    return provenanceStatement(*bundle.attestation, files);
}

/// The member of an object in which two statements differ first, for people.
QString differingMember(const QJsonObject &one, const QJsonObject &other)
{
    QStringList names = one.keys() + other.keys();
    names.sort();
    for (const QString &name : names) {
        if (one[name] == other[name])
            continue;
        if (!one[name].isObject() || !other[name].isObject())
            return name;
        return name + u'.' + differingMember(one[name].toObject(), other[name].toObject());
    }
    return {};
}

Finding checkStatement(const Bundle &bundle, const DsseEnvelope &envelope)
{
    if (envelope.payloadType != inTotoPayloadType)
        return failed(Headline::NotCheckable,
                      u"%1 has the payload type \"%2\""_s.arg(layout::provenance, envelope.payloadType));
    const auto statement = parseJsonObject(envelope.payload, {}, documentLimits);
    if (!statement)
        return failed(Headline::NotCheckable,
                      u"the payload of %1: %2"_s.arg(layout::provenance, statement.error().toString()));
    const QJsonObject expected = expectedStatement(bundle);
    const auto mappingOf = [](const QJsonObject &made) {
        return made[u"predicate"_s][u"buildDefinition"_s][u"buildType"_s].toString();
    };
    if (mappingOf(*statement) != mappingOf(expected))
        return failed(Headline::NotCheckable, u"%1 has the unknown buildType \"%2\""_s.arg(
                                                  layout::provenance, mappingOf(*statement)));
    if (*statement != expected)
        return tampered(u"%1: \"%2\" is not what the attestation and the files say"_s.arg(
            layout::provenance, differingMember(*statement, expected)));
    return passed();
}

} // namespace

Finding checkProvenance(const Bundle &bundle, const SignatureFinding &signature)
{
    if (isUnsigned(bundle))
        return notRun(u"the bundle has no attestation"_s);
    for (const QString &path : {layout::provenance, layout::sigstoreProvenance}) {
        if (!bundle.contents.has(path))
            return failed(Headline::Incomplete, u"%1 is missing"_s.arg(path));
    }
    if (!bundle.attestation)
        return failed(bundle.attestation.error());
    if (!bundle.manifest)
        return notRun(u"the manifest is missing or cannot be read"_s);
    if (!signature.key)
        return notRun(u"no signature holds"_s);
    const auto envelope = DsseEnvelope::parse(bundle.contents.document(layout::provenance), documentLimits);
    if (!envelope)
        return failed(Headline::NotCheckable,
                      u"%1: %2"_s.arg(layout::provenance, envelope.error().toString()));
    if (envelope->signatures.size() != 1 || verifyDsse(*envelope, {*signature.key}).isEmpty())
        return tampered(
            u"%1 has not the one signature of the key that signed the rest"_s.arg(layout::provenance));
    const Finding statement = checkStatement(bundle, *envelope);
    if (statement.result != CheckResult::Passed)
        return statement;
    if (bundle.contents.document(layout::sigstoreProvenance) != sigstoreBundle(*envelope))
        return tampered(
            u"%1 is not %2 in its other form"_s.arg(layout::sigstoreProvenance, layout::provenance));
    return passed();
}

} // namespace engine
