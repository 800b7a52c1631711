#include "engine/pack/reader/module_check.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/inputs.h"
#include "engine/pack/reader/mapping_reader.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

const QStringList &moduleNames()
{
    static const QStringList names{u"builtin:exec"_s, u"builtin:script"_s, u"builtin:http"_s,
                                   u"builtin:validate"_s, u"bundle.ingest"_s};
    return names;
}

bool startsProcess(const QString &uses)
{
    return uses == "builtin:exec"_L1 || uses == "builtin:script"_L1 || uses.startsWith("./modules/"_L1);
}

QList<StepOutputSpec> builtinOutputs(const QString &uses)
{
    if (uses == "builtin:http"_L1)
        return {{u"status"_s, u"integer"_s}, {u"headers"_s, u"object"_s}, {u"body"_s, u"string"_s}};
    if (uses == "builtin:validate"_L1)
        return {{u"valid"_s, u"boolean"_s}};
    if (uses == "bundle.ingest"_L1)
        return {{u"path"_s, u"string"_s},
                {u"metadataPath"_s, u"string"_s},
                {u"filename"_s, u"string"_s},
                {u"sha256"_s, u"string"_s},
                {u"size"_s, u"integer"_s}};
    return {};
}

std::optional<QString> literalText(const std::optional<NodeAt> &at)
{
    if (!at || at->node->kind != YamlNode::Kind::String)
        return {};
    const QString text = at->node->value.toString();
    return text.contains("{{"_L1) ? std::nullopt : std::optional(text);
}

static void checkExec(const NodeAt &with, Problems &problems)
{
    const MappingReader reader(with, {u"command"_s, u"stdin"_s}, problems);
    const auto command = reader.require(u"command");
    if (command && command->node->kind == YamlNode::Kind::List && command->node->items.empty())
        problems.add(*command, u"the command is empty; expected a program and its arguments"_s);
    bool isProgram = true;
    reader.forEach(u"command", [&](const NodeAt &argument) {
        isProgram ? nonEmptyTextOf(argument, problems) : textOf(argument, problems);
        isProgram = false;
    });
    reader.text(u"stdin");
}

static void checkScript(const NodeAt &with, Problems &problems)
{
    const MappingReader reader(with, {u"shell"_s, u"script"_s}, problems);
    reader.require(u"shell");
    reader.choice(u"shell", {u"bash"_s, u"sh"_s, u"python3"_s, u"pwsh"_s});
    reader.requiredText(u"script");
}

/// Exactly one of two keys is there; the name of it, otherwise a problem.
static std::optional<QString> oneOf(const MappingReader &reader, const QString &first, const QString &second,
                                    Problems &problems)
{
    if (!reader.isMapping())
        return {};
    if (reader.has(first) != reader.has(second))
        return reader.has(first) ? first : second;
    const QString found = reader.has(first) ? u"found both"_s : u"found none"_s;
    problems.add(reader.at(), u"expected exactly one of \"%1\" and \"%2\", %3"_s.arg(first, second, found));
    return {};
}

static void checkInputName(const NodeAt &at, const PackContext &pack, Problems &problems)
{
    const auto name = nonEmptyTextOf(at, problems);
    if (!name)
        return;
    QStringList files;
    for (const InputSpec &input : pack.inputs) {
        if (input.type == InputType::File)
            files += input.name;
        else if (input.name == *name)
            problems.add(at,
                         u"input \"%1\" is of type %2; expected a file"_s.arg(*name, toString(input.type)));
    }
    const bool isDeclared = std::any_of(pack.inputs.begin(), pack.inputs.end(),
                                        [&name](const InputSpec &input) { return input.name == *name; });
    if (!isDeclared)
        problems.add(at, u"unknown input \"%1\"%2"_s.arg(*name, didYouMean(*name, files)));
}

static void checkIngest(const NodeAt &with, const PackContext &pack, Problems &problems)
{
    static const QRegularExpression sha256(u"\\A[0-9a-fA-F]{64}\\z"_s);
    const MappingReader reader(
        with, {u"path"_s, u"input"_s, u"checksum"_s, u"checksumSha256"_s, u"filename"_s}, problems);
    if (const auto source = oneOf(reader, u"path"_s, u"input"_s, problems)) {
        if (*source == u"path"_s)
            reader.requiredText(u"path");
        else
            checkInputName(*reader.find(u"input"), pack, problems);
    }
    if (const auto name = oneOf(reader, u"checksum"_s, u"checksumSha256"_s, problems)) {
        reader.requiredText(*name);
        const auto literal = literalText(reader.find(*name));
        if (literal && !literal->trimmed().isEmpty() && !sha256.match(*literal).hasMatch())
            problems.add(*reader.find(*name),
                         u"\"%1\" is not a SHA-256 checksum; expected 64 hexadecimal digits"_s.arg(*literal));
    }
    if (!reader.has(u"filename"))
        return;
    reader.requiredText(u"filename");
    const auto file = literalText(reader.find(u"filename"));
    if (file && (file->contains(u'/') || file->contains(u'\\') || *file == "."_L1 || *file == ".."_L1))
        problems.add(*reader.find(u"filename"),
                     u"\"%1\" is not the name of a file; expected one without folders"_s.arg(*file));
}

void checkBuiltin(const QString &uses, const NodeAt &with, const PackContext &pack, Problems &problems)
{
    if (uses == "builtin:exec"_L1)
        checkExec(with, problems);
    else if (uses == "builtin:script"_L1)
        checkScript(with, problems);
    else if (uses == "builtin:http"_L1)
        checkHttp(with, problems);
    else if (uses == "bundle.ingest"_L1)
        checkIngest(with, pack, problems);
}

/// Whether some text inside a node is evaluated, so that its value is not known yet.
// NOLINTBEGIN(misc-no-recursion): the reader bounds the depth
static bool holdsTemplate(const YamlNode &node)
{
    if (node.kind == YamlNode::Kind::String)
        return node.value.toString().contains("{{"_L1);
    return std::any_of(node.items.begin(), node.items.end(),
                       [](const auto &item) { return holdsTemplate(*item); })
           || std::any_of(node.members.begin(), node.members.end(),
                          [](const YamlMember &member) { return holdsTemplate(*member.value); });
}
// NOLINTEND(misc-no-recursion)

static void checkModuleInput(const InputSpec &input, const NodeAt &value, Problems &problems)
{
    if (holdsTemplate(*value.node))
        return;
    const auto bound = bindInputs({input}, {{input.name, toJson(*value.node)}});
    if (bound)
        return;
    const qsizetype own = pointerToken(input.name).size() + 1; // Paths begin with the name of the input.
    for (const Error &part : partsOf(bound.error()))
        problems.add(value.descend(part.where.path.sliced(own)), part.message);
}

void checkModuleInputs(const ModuleSpec &module, const NodeAt &with, Problems &problems)
{
    QStringList names;
    for (const InputSpec &input : module.inputs)
        names += input.name;
    const MappingReader reader(with, names, problems);
    for (const InputSpec &input : module.inputs) {
        if (const auto value = reader.find(input.name))
            checkModuleInput(input, *value, problems);
        else if (input.required)
            reader.require(input.name);
    }
}

} // namespace engine
