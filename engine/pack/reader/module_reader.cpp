#include "engine/pack/reader/module_reader.h"

#include "engine/base/json.h"
#include "engine/pack/files/pack_files.h"
#include "engine/pack/reader/declaration_reader.h"
#include "engine/pack/reader/declared_types.h"
#include "engine/pack/reader/names.h"
#include "engine/pack/reader/run_reader.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxBytes = 1024 * 1024;

/// Reads one module.yaml.
class ModuleReader
{
public:
    ModuleReader(const QString &name, const QList<PackFile> &files, const PackFileReader &readFile,
                 Problems &problems)
        : m_files(files)
        , m_readFile(readFile)
        , m_problems(problems)
    {
        m_module.name = name;
    }

    ModuleSpec read(const NodeAt &root);

private:
    void readMetadata(const NodeAt &at);
    void readSpec(const NodeAt &at);
    void refuseFileInputs(const MappingReader &spec);
    void readCommand(const MappingReader &spec);
    void checkProgram(const NodeAt &at, const QString &program);

    const QList<PackFile> &m_files; ///< Of the module, named from its folder.
    const PackFileReader &m_readFile;
    Problems &m_problems;
    ModuleSpec m_module;
};

ModuleSpec ModuleReader::read(const NodeAt &root)
{
    const MappingReader reader(root, {u"apiVersion"_s, u"kind"_s, u"metadata"_s, u"spec"_s}, m_problems);
    checkFixedText(reader, u"apiVersion"_s, u"stellaops.io/module.v1"_s, m_problems);
    checkFixedText(reader, u"kind"_s, u"Module"_s, m_problems);
    if (const auto metadata = reader.require(u"metadata"))
        readMetadata(*metadata);
    if (const auto spec = reader.require(u"spec"))
        readSpec(*spec);
    return m_module;
}

void ModuleReader::readMetadata(const NodeAt &at)
{
    const MappingReader reader(at, {u"name"_s, u"description"_s}, m_problems);
    const auto name = reader.requiredText(u"name");
    if (name && *name != m_module.name)
        m_problems.add(*reader.find(u"name"),
                       u"the module is called \"%1\", but its folder \"%2\"; expected one name"_s.arg(
                           *name, m_module.name));
    m_module.description = reader.text(u"description").value_or(QString());
}

void ModuleReader::refuseFileInputs(const MappingReader &spec)
{
    for (qsizetype i = 0; i < m_module.inputs.size(); ++i) {
        if (m_module.inputs[i].type == InputType::File)
            m_problems.add(
                spec.find(u"inputs")->item(size_t(i)),
                u"a module has no input of type file; expected another type, such as string for the path"_s);
    }
}

/// A program in the module's folder must be there and may be executed.
void ModuleReader::checkProgram(const NodeAt &at, const QString &program)
{
    if (!program.startsWith("./"_L1))
        return;
    const QString path = program.sliced(2);
    const auto found = std::find_if(m_files.begin(), m_files.end(),
                                    [&path](const PackFile &file) { return file.path == path; });
    if (found == m_files.end())
        m_problems.add(at, u"there is no file \"%1\" in the module's folder"_s.arg(path));
    else if (!found->executable)
        m_problems.add(at, u"file \"%1\" is not executable; expected a program"_s.arg(path));
}

void ModuleReader::readCommand(const MappingReader &spec)
{
    TemplateContext context;
    context.inputs = typeOfInputs(m_module.inputs);
    context.inModule = true;
    const auto command = spec.require(u"command");
    if (command && command->node->kind == YamlNode::Kind::List && command->node->items.empty())
        m_problems.add(*command, u"the command is empty; expected a program and its arguments"_s);
    spec.forEach(u"command", [&](const NodeAt &item) {
        const bool isProgram = m_module.command.isEmpty();
        const auto text = isProgram ? nonEmptyTextOf(item, m_problems) : textOf(item, m_problems);
        m_module.command += text.value_or(QString());
        if (!text)
            return;
        checkTemplate(item, context, openPlace(u"command"_s), m_problems);
        if (isProgram)
            checkProgram(item, *text);
    });
}

void ModuleReader::readSpec(const NodeAt &at)
{
    const MappingReader spec(at, {u"inputs"_s, u"outputs"_s, u"command"_s}, m_problems);
    // A module travels by itself, so its schemas stand in its own folder.
    const auto readOwnFile = [this](const QString &path) {
        return m_readFile(u"modules/%1/%2"_s.arg(m_module.name, path));
    };
    m_module.inputs = readInputs(spec, readOwnFile, m_problems);
    refuseFileInputs(spec);
    m_module.outputs = readStepOutputs(spec, m_problems);
    readCommand(spec);
}

/// The files of each module, named from its folder.
QMap<QString, QList<PackFile>> filesOfModules(const QList<PackFile> &files)
{
    QMap<QString, QList<PackFile>> modules;
    for (const PackFile &file : files) {
        const QStringList parts = file.path.split(u'/');
        if (parts.size() < 3 || parts.first() != "modules"_L1)
            continue;
        PackFile inside = file;
        inside.path = file.path.sliced(parts[0].size() + parts[1].size() + 2);
        modules[parts[1]] += inside;
    }
    return modules;
}

bool isModuleName(const QString &name)
{
    static const QRegularExpression form(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
    return form.match(name).hasMatch();
}

} // namespace

static void readModule(const QString &name, const QList<PackFile> &files, const PackFileReader &readFile,
                       ModulesReading &reading, Problems &all)
{
    const QString path = u"modules/%1/module.yaml"_s.arg(name);
    const QString file = all.fileBeside(path);
    const auto fail = [&](const QString &message, ErrorCode code) {
        all.addAll({Error{code, message, {file, 0, 0, {}}, {}}});
    };
    if (!isModuleName(name))
        return fail(
            u"\"%1\" is not the name of a module; expected at most 63 of a-z, 0-9 and \"-\", no \"-\" at either end"_s
                .arg(name),
            ErrorCode::InvalidInput);
    const auto bytes = readFile(path);
    if (!bytes)
        return fail(bytes.error().message, bytes.error().code);
    const auto document = readYaml(*bytes, file, {.maxBytes = maxBytes});
    if (!document)
        return all.addAll({document.error()});
    Problems problems(file);
    problems.addAll(document->problems);
    ModuleSpec module = ModuleReader(name, files, readFile, problems).read(NodeAt{document->root.get(), {}});
    if (!problems.isEmpty())
        return all.addAll(partsOf(problems.take()));
    const FileDigest meaning = meaningOf(*document->root);
    reading.meanings.insert(path, meaning);
    module.digest = packDigest(files, {{u"module.yaml"_s, meaning}});
    reading.modules.insert(name, module);
}

ModulesReading readModules(const PackFileReader &readFile, const QList<PackFile> &files, Problems &problems)
{
    ModulesReading reading;
    const QMap<QString, QList<PackFile>> folders = filesOfModules(files);
    for (auto folder = folders.begin(); folder != folders.end(); ++folder) {
        const bool isModule = std::any_of(folder->begin(), folder->end(),
                                          [](const PackFile &file) { return file.path == "module.yaml"_L1; });
        if (!isModule)
            continue;
        reading.folders += folder.key();
        readModule(folder.key(), *folder, readFile, reading, problems);
    }
    return reading;
}

} // namespace engine
