#include "engine/pack/reader/run_reader.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/declared_types.h"
#include "engine/pack/reader/module_check.h"
#include "engine/pack/reader/names.h"
#include "engine/pack/reader/schema_reader.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

static QJsonObject readEnv(const MappingReader &run, const TemplateContext &context, Problems &problems)
{
    static const QRegularExpression form(u"\\A[A-Za-z_][A-Za-z0-9_]*\\z"_s);
    const auto at = run.find(u"env");
    if (!at)
        return {};
    if (at->node->kind != YamlNode::Kind::Mapping) {
        expected(*at, u"a mapping"_s, problems);
        return {};
    }
    checkSize(*at, problems);
    for (const YamlMember &member : at->node->members) {
        const NodeAt value = at->member(member);
        if (!form.match(member.name).hasMatch())
            problems.addAt(
                member.mark, value.path,
                u"\"%1\" is not a valid name of a variable; expected letters, digits and \"_\""_s.arg(
                    member.name));
        else if (member.name.startsWith("TASKRUNNER_"_L1))
            problems.addAt(member.mark, value.path,
                           u"variable \"%1\" is set by the engine; expected another name"_s.arg(member.name));
        const expr::Place place =
            secretPlace(u"variable \"%1\""_s.arg(member.name), expr::String | expr::Numeric | expr::Boolean);
        checkTemplate(value, context, place, problems);
    }
    return toJson(*at->node).toObject();
}

QList<StepOutputSpec> readStepOutputs(const MappingReader &owner, Problems &problems)
{
    static const QStringList types{u"string"_s, u"integer"_s, u"number"_s, u"boolean"_s,
                                   u"array"_s,  u"object"_s,  u"json"_s};
    QList<StepOutputSpec> outputs;
    UniqueNames names(u"output"_s);
    owner.forEach(u"outputs", [&](const NodeAt &item) {
        const MappingReader reader(item, {u"name"_s, u"type"_s, u"path"_s, u"secret"_s}, problems);
        StepOutputSpec output;
        output.name = readName(reader, u"name", problems).value_or(QString());
        output.type = reader.choice(u"type", types).value_or(output.type);
        output.path = readPathInside(reader, u"path", problems).value_or(QString());
        output.secret = reader.boolean(u"secret", false);
        if (output.secret && output.type != "string"_L1)
            problems.add(*reader.find(u"secret"),
                         u"a secret output is of type string, not %1"_s.arg(output.type));
        if (!output.name.isEmpty())
            names.add(output.name, item, problems);
        outputs += output;
    });
    return outputs;
}

static QStringList readArtifacts(const MappingReader &run, Problems &problems)
{
    QStringList globs;
    run.forEach(u"artifacts", [&](const NodeAt &item) {
        const auto glob = nonEmptyTextOf(item, problems);
        if (!glob)
            return;
        if (glob->contains("{{"_L1))
            problems.add(item, u"\"artifacts\" is not evaluated; expected a pattern without an expression"_s);
        else if (!isPathInside(*glob))
            problems.add(
                item,
                u"pattern \"%1\" leaves its folder; expected a relative one without \"..\""_s.arg(*glob));
        else
            globs += *glob;
    });
    return globs;
}

static QString readUses(const MappingReader &run, const PackContext &pack, Problems &problems)
{
    static const QString folder = u"./modules/"_s;
    const auto uses = run.requiredText(u"uses");
    if (!uses || moduleNames().contains(*uses))
        return uses.value_or(QString());
    const bool isOwn = uses->startsWith(folder);
    if (isOwn && pack.moduleFolders.contains(uses->sliced(folder.size())))
        return *uses;
    QStringList known = moduleNames();
    for (const QString &name : pack.moduleFolders)
        known += folder + name;
    const QString nearest = didYouMean(*uses, known);
    const QString all = isOwn ? u"; expected a folder of the pack with a module.yaml"_s
                              : u"; expected one of "_s + known.join(u", "_s);
    const QString hint = nearest.isEmpty() ? all : nearest;
    problems.add(*run.find(u"uses"), u"unknown module \"%1\"%2"_s.arg(*uses, hint));
    return {};
}

/// Keys that say something of a process make no sense where none is started.
static void refuseProcessKeys(const MappingReader &run, const QString &uses, Problems &problems)
{
    for (const QString &key : {u"env"_s, u"grace"_s, u"allowUnixSockets"_s}) {
        if (const auto at = run.find(key))
            problems.add(*at, u"module \"%1\" starts no process, so it takes no \"%2\""_s.arg(uses, key));
    }
}

/// The schema stands in the step as canonical JSON text, wherever it was written: exact, and not evaluated.
static void readValidate(const NodeAt &with, RunSpec &run, const TemplateContext &context,
                         const PackContext &pack, Problems &problems)
{
    const MappingReader reader(with, {u"value"_s, u"schema"_s}, problems);
    if (const auto value = reader.require(u"value"))
        checkTemplates(*value, context, secretPlace(u"\"value\""_s), problems);
    if (const auto schema = reader.require(u"schema")) {
        const QJsonObject content = readSchema(*schema, pack.readFile, problems);
        run.with.insert(u"schema"_s, escapeTemplate(QString::fromUtf8(canonicalJsonOf(content))));
    }
}

/// The types that a built-in takes under a key of `with`, where only text makes sense.
static unsigned kindsOfArgument(const QString &uses, const QString &key)
{
    static const QHash<QString, QStringList> texts{
        {u"builtin:exec"_s, {u"stdin"_s}},
        {u"builtin:script"_s, {u"script"_s}},
        {u"builtin:http"_s, {u"url"_s}},
        {u"bundle.ingest"_s, {u"path"_s, u"checksum"_s, u"checksumSha256"_s, u"filename"_s}}};
    return texts.value(uses).contains(key) ? unsigned(expr::String) : unsigned(expr::Any);
}

/// Arguments of a program: numbers have one text, other values do not.
static void checkCommand(const NodeAt &at, const TemplateContext &context, Problems &problems)
{
    const expr::Place argument = secretPlace(u"the argument"_s, expr::String | expr::Numeric);
    for (size_t i = 0; i < at.node->items.size(); ++i)
        checkTemplates(at.item(i), context, argument, problems);
}

/// Checks the templates of `with` against what the module takes; inputs are those of a module of the pack.
static void checkWith(const NodeAt &with, const QString &uses, const QList<InputSpec> &inputs,
                      const TemplateContext &context, Problems &problems)
{
    for (const YamlMember &member : with.node->members) {
        const NodeAt value = with.member(member);
        const auto input = std::find_if(inputs.begin(), inputs.end(), [&member](const InputSpec &candidate) {
            return candidate.name == member.name;
        });
        expr::Place place = secretPlace(u"\"%1\""_s.arg(member.name), kindsOfArgument(uses, member.name));
        if (input != inputs.end())
            place.expected = typeOfInput(*input).kinds;
        if (uses == "bundle.ingest"_L1) { // It shows what it is given: in paths, in metadata, as outputs.
            place.name += u" of bundle.ingest"_s;
            place.secretsOnly = u"\"env\" and \"with\" of a step that runs something else"_s;
        }
        if (uses == "builtin:exec"_L1 && member.name == "command"_L1
            && value.node->kind == YamlNode::Kind::List)
            checkCommand(value, context, problems);
        else
            checkTemplates(value, context, place, problems);
    }
}

/// What belongs to the module: `with`, and the outputs that the module has by itself.
static void readModule(const MappingReader &reader, RunSpec &run, const TemplateContext &context,
                       const PackContext &pack, Problems &problems)
{
    static const QString folder = u"./modules/"_s;
    const bool isOwn = run.uses.startsWith(folder);
    const auto own = isOwn ? pack.modules.constFind(run.uses.sliced(folder.size())) : pack.modules.cend();
    const bool isSound = own != pack.modules.cend();
    const auto with =
        isOwn && (!isSound || own->inputs.isEmpty()) ? reader.find(u"with") : reader.require(u"with");
    if (with) {
        run.with = toJson(*with->node).toObject();
        if (run.uses == "builtin:validate"_L1)
            readValidate(*with, run, context, pack, problems);
        else
            checkWith(*with, run.uses, isSound ? own->inputs : QList<InputSpec>(), context, problems);
        if (isSound)
            checkModuleInputs(*own, *with, problems);
        else if (!isOwn)
            checkBuiltin(run.uses, *with, pack, problems);
    }
    if (isSound) {
        run.module = {own->name, own->digest, own->command};
        run.outputs = own->outputs;
    }
    if (isOwn || !startsProcess(run.uses)) {
        if (const auto outputs = reader.find(u"outputs"))
            problems.add(
                *outputs,
                u"module \"%1\" says itself what its outputs are; expected no \"outputs\""_s.arg(run.uses));
    }
    if (!startsProcess(run.uses))
        refuseProcessKeys(reader, run.uses, problems);
}

RunSpec readRun(const NodeAt &at, const TemplateContext &context, const PackContext &pack, Problems &problems)
{
    const MappingReader reader(at,
                               {u"uses"_s, u"with"_s, u"env"_s, u"outputs"_s, u"artifacts"_s, u"timeout"_s,
                                u"retries"_s, u"grace"_s, u"idempotent"_s, u"allowUnixSockets"_s},
                               problems);
    RunSpec run;
    run.uses = readUses(reader, pack, problems);
    run.outputs = readStepOutputs(reader, problems);
    if (!run.uses.isEmpty())
        readModule(reader, run, context, pack, problems);
    else if (const auto with = reader.find(u"with"))
        checkTemplates(*with, context, secretPlace(u"\"with\""_s), problems);
    run.env = readEnv(reader, context, problems);
    run.artifacts = readArtifacts(reader, problems);
    run.timeout = reader.duration(u"timeout");
    if (!reader.has(u"timeout"))
        run.timeout = pack.defaultTimeout;
    if (const auto retries = reader.find(u"retries"))
        run.retries = readRetries(*retries, problems);
    else
        run.retries = pack.defaultRetries;
    run.grace = reader.duration(u"grace", true).value_or(run.grace);
    run.idempotent = reader.boolean(u"idempotent", false);
    run.allowUnixSockets = reader.boolean(u"allowUnixSockets", false);
    return run;
}

} // namespace engine
