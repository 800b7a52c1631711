#include "engine/pack/reader/manifest_reader.h"

#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/declared_types.h"
#include "engine/pack/reader/module_reader.h"
#include "engine/pack/reader/names.h"
#include "engine/pack/reader/step_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

static void readMetadata(const NodeAt &at, Manifest &manifest, Problems &problems)
{
    const MappingReader reader(
        at, {u"name"_s, u"version"_s, u"description"_s, u"tags"_s, u"maintainers"_s, u"license"_s}, problems);
    if (!reader.isMapping())
        return;
    manifest.name = readId(reader, u"name", problems).value_or(QString());
    manifest.version = reader.requiredText(u"version").value_or(QString());
    if (!manifest.version.isEmpty() && !isSemanticVersion(manifest.version))
        problems.add(*reader.find(u"version"),
                     u"\"%1\" is not a version; expected SemVer 2.0 such as 1.4.0"_s.arg(manifest.version));
    manifest.description = reader.text(u"description").value_or(QString());
    manifest.tags = reader.texts(u"tags");
    manifest.license = reader.text(u"license").value_or(QString());
    reader.forEach(u"maintainers", [&](const NodeAt &item) {
        const MappingReader maintainer(item, {u"name"_s, u"email"_s}, problems);
        manifest.maintainers += Maintainer{maintainer.requiredText(u"name").value_or(QString()),
                                           maintainer.text(u"email").value_or(QString())};
    });
}

static void readDefaults(const MappingReader &spec, PackContext &pack, Problems &problems)
{
    const auto at = spec.find(u"defaults");
    if (!at)
        return;
    const MappingReader defaults(*at, {u"timeout"_s, u"retries"_s}, problems);
    pack.defaultTimeout = defaults.duration(u"timeout");
    if (const auto retries = defaults.find(u"retries"))
        pack.defaultRetries = readRetries(*retries, problems);
}

static expr::Place artifactPlace()
{
    expr::Place place = openPlace(u"file"_s, expr::Object);
    place.expectedName = u"an artifact"_s;
    place.expectedMember = u"sha256"_s;
    return place;
}

static QList<RunOutputSpec> readOutputs(const MappingReader &spec, const TemplateContext &context,
                                        Problems &problems)
{
    QList<RunOutputSpec> outputs;
    UniqueNames names(u"output"_s);
    spec.forEach(u"outputs", [&](const NodeAt &item) {
        const MappingReader reader(item, {u"name"_s, u"value"_s, u"file"_s}, problems);
        RunOutputSpec output;
        output.name = readName(reader, u"name", problems).value_or(QString());
        if (!output.name.isEmpty())
            names.add(output.name, item, problems);
        if (reader.isMapping() && reader.has(u"value") == reader.has(u"file")) {
            const QString found = reader.has(u"value") ? u"both"_s : u"none"_s;
            problems.add(item, u"expected exactly one of \"value\" and \"file\", found "_s + found);
        }
        output.value = reader.has(u"value") ? reader.requiredText(u"value").value_or(QString()) : QString();
        if (!output.value.isEmpty())
            checkTemplate(*reader.find(u"value"), context, openPlace(u"value"_s), problems);
        if (const auto file = reader.find(u"file")) {
            checkExpression(*file, context, artifactPlace(), problems);
            output.file = file->node->value.toString();
        }
        outputs += output;
    });
    return outputs;
}

/// Reads the spec of a pack.
static void readSpec(const NodeAt &at, Manifest &manifest, PackContext &pack, Problems &problems)
{
    const MappingReader spec(at,
                             {u"inputs"_s, u"secrets"_s, u"approvals"_s, u"policies"_s, u"sandbox"_s,
                              u"defaults"_s, u"steps"_s, u"finally"_s, u"outputs"_s},
                             problems);
    manifest.inputs = pack.inputs = readInputs(spec, pack.readFile, problems);
    manifest.secrets = readSecrets(spec, problems);
    manifest.sandbox = readSandbox(spec, problems);
    TemplateContext inside;
    inside.inputs = typeOfInputs(manifest.inputs);
    inside.secrets = typeOfSecrets(manifest.secrets);
    if (const auto approvals = spec.find(u"approvals"))
        pack.approvals = idsIn(*approvals->node);
    if (const auto policies = spec.find(u"policies"))
        pack.policies = idsIn(*policies->node);
    readDefaults(spec, pack, problems);
    const auto steps = spec.require(u"steps");
    TemplateContext outside = inside; // Of what is evaluated beside the steps; it may name each of them.
    if (steps) {
        inside.allSteps = outside.allSteps = allStepIds(*steps->node);
        manifest.steps = readSteps(*steps, inside, pack, false, 0, problems);
        const QStringList ids = idsIn(*steps->node);
        outside.levels += StepLevel{std::make_shared<const StepList>(ids, manifest.steps), ids.size(), false};
    }
    TemplateContext rules = outside;
    rules.inRule = true;
    manifest.approvals = readApprovals(spec, outside, problems);
    manifest.policies = readPolicies(spec, rules, problems);
    if (const auto last = spec.find(u"finally"); last && steps)
        manifest.finally = readFinally(*last, outside, pack, problems);
    manifest.outputs = readOutputs(spec, outside, problems);
}

/// The pack's own modules, and what its steps see of them.
static void takeModules(ModulesReading &&reading, ManifestReading &out, PackContext &pack)
{
    pack.moduleFolders = reading.folders;
    pack.modules = std::move(reading.modules);
    out.meanings = std::move(reading.meanings);
    for (const QString &name : std::as_const(pack.moduleFolders)) {
        if (const auto module = pack.modules.constFind(name); module != pack.modules.cend())
            out.manifest.modules += *module;
    }
}

Result<ManifestReading> readManifest(const QByteArray &yaml, const QString &fileName,
                                     const PackFileReader &readFile, const QList<PackFile> &files)
{
    const auto document = readYaml(yaml, fileName);
    if (!document)
        return document.error();
    Problems problems(fileName);
    problems.addAll(document->problems);
    const MappingReader reader({document->root.get(), {}},
                               {u"apiVersion"_s, u"kind"_s, u"metadata"_s, u"spec"_s}, problems);
    ManifestReading reading;
    if (reader.isMapping()) {
        PackContext pack;
        pack.readFile = readFile;
        takeModules(readModules(readFile, files, problems), reading, pack);
        checkFixedText(reader, u"apiVersion"_s, u"stellaops.io/pack.v1"_s, problems);
        checkFixedText(reader, u"kind"_s, u"TaskPack"_s, problems);
        if (const auto metadata = reader.require(u"metadata"))
            readMetadata(*metadata, reading.manifest, problems);
        if (const auto spec = reader.require(u"spec"))
            readSpec(*spec, reading.manifest, pack, problems);
    }
    if (!problems.isEmpty())
        return problems.take();
    reading.meanings.insert(u"pack.yaml"_s, meaningOf(*document->root));
    return reading;
}

} // namespace engine
