#include "engine/pack/reader/run_reader.h"

#include "engine/base/nearest_name.h"
#include "engine/pack/reader/module_check.h"
#include "engine/pack/reader/names.h"

#include <QRegularExpression>

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
        checkTemplate(value, context, problems);
    }
    return toJson(*at->node).toObject();
}

static QList<StepOutputSpec> readOutputs(const MappingReader &run, Problems &problems)
{
    static const QStringList types{u"string"_s, u"integer"_s, u"number"_s, u"boolean"_s,
                                   u"array"_s,  u"object"_s,  u"json"_s};
    QList<StepOutputSpec> outputs;
    UniqueNames names(u"output"_s);
    run.forEach(u"outputs", [&](const NodeAt &item) {
        const MappingReader reader(item, {u"name"_s, u"type"_s, u"path"_s}, problems);
        StepOutputSpec output;
        output.name = readName(reader, u"name", problems).value_or(QString());
        output.type = reader.choice(u"type", types).value_or(output.type);
        output.path = readPathInside(reader, u"path", problems).value_or(QString());
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

static QString readUses(const MappingReader &run, Problems &problems)
{
    static const QStringList planned{u"builtin:http"_s, u"builtin:validate"_s};
    const auto uses = run.requiredText(u"uses");
    if (!uses || moduleNames().contains(*uses))
        return uses.value_or(QString());
    const NodeAt at = *run.find(u"uses");
    if (planned.contains(*uses) || uses->startsWith("./modules/"_L1)) {
        problems.addUnsupported(at, u"module \"%1\""_s.arg(*uses));
        return {};
    }
    const QString nearest = didYouMean(*uses, moduleNames());
    const QString hint = nearest.isEmpty() ? u"; expected one of "_s + moduleNames().join(u", "_s) : nearest;
    problems.add(at, u"unknown module \"%1\"%2"_s.arg(*uses, hint));
    return {};
}

RunSpec readRun(const NodeAt &at, const TemplateContext &context, const PackContext &pack, Problems &problems)
{
    const MappingReader reader(at,
                               {u"uses"_s, u"with"_s, u"env"_s, u"outputs"_s, u"artifacts"_s, u"timeout"_s,
                                u"retries"_s, u"grace"_s, u"idempotent"_s},
                               problems);
    RunSpec run;
    run.uses = readUses(reader, problems);
    if (const auto with = reader.find(u"with")) {
        checkTemplates(*with, context, problems);
        run.with = toJson(*with->node).toObject();
        if (!run.uses.isEmpty())
            checkModule(run.uses, *with, pack, problems);
    } else if (!run.uses.isEmpty()) {
        reader.require(u"with");
    }
    run.env = readEnv(reader, context, problems);
    run.outputs = readOutputs(reader, problems);
    run.artifacts = readArtifacts(reader, problems);
    run.timeout = reader.duration(u"timeout");
    if (!reader.has(u"timeout"))
        run.timeout = pack.defaultTimeout;
    run.grace = reader.duration(u"grace", true).value_or(run.grace);
    run.idempotent = reader.boolean(u"idempotent", false);
    if (const auto retries = reader.find(u"retries"))
        problems.addUnsupported(*retries, u"\"retries\""_s);
    return run;
}

} // namespace engine
