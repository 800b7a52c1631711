#include "engine/base/digest.h"
#include "engine/pack/pack.h"
#include "manifest_schema.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace Qt::StringLiterals;
using namespace engine;

/// The modules of a pack's own, in packs on disk.
class TestModules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEverything();
    void readsTheSmallest();
    void readsNames_data();
    void readsNames();
    void anUnusedModuleIsRead();
    void aFolderAloneIsNoModule();
    void digestIsAsDesigned();
    void digestFollowsTheMeaning_data();
    void digestFollowsTheMeaning();
    void digestFollowsTheFiles_data();
    void digestFollowsTheFiles();
    void refusesDocuments_data();
    void refusesDocuments();
    void refusesNames_data();
    void refusesNames();
    void refusesPrograms_data();
    void refusesPrograms();
    void refusesLargeDocuments();
    void reportsEverythingAtOnce();
};

namespace {

const QByteArray head = "apiVersion: stellaops.io/module.v1\nkind: Module\n";
const QByteArray smallest = head + "metadata: { name: x }\nspec: { command: [tool] }\n";

/// Who can see that a module.yaml is wrong: its published JSON Schema, or the reader alone.
enum Seen { BySchema, ByReader };

/// A pack in a folder of its own, with one step.
class PackFolder
{
public:
    explicit PackFolder(const QByteArray &run = "uses: builtin:exec, with: { command: [x] }")
    {
        write(u"pack.yaml"_s,
              "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
              "metadata: { name: p, version: 1.0.0 }\nspec:\n  steps:\n    - id: a\n      run: { "
                  + run + " }\n");
    }

    void write(const QString &path, const QByteArray &bytes, int mode = 0644) const
    {
        const QString disk = m_folder.filePath(path);
        QVERIFY(QDir().mkpath(QFileInfo(disk).path()));
        QFile file(disk);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
        file.close();
        QVERIFY(::chmod(QFile::encodeName(disk).constData(), mode_t(mode)) == 0);
    }
    Result<Pack> read() const { return readPack(m_folder.path()); }
    /// With the folder's own path left out.
    QString problem() const
    {
        const auto pack = read();
        return pack ? u"no error"_s : pack.error().toString().replace(m_folder.path() + u'/', QString());
    }
    /// Of the module x; empty when the pack is refused.
    QString digest() const
    {
        const auto pack = read();
        const ModuleSpec *module = pack ? pack->manifest.module(u"x"_s) : nullptr;
        return module ? module->digest : QString();
    }

private:
    QTemporaryDir m_folder;
};

} // namespace

void TestModules::readsEverything()
{
    const PackFolder folder("uses: ./modules/x, with: { title: y }, env: { A: b }");
    folder.write(u"modules/x/module.yaml"_s, head + R"(metadata: { name: x, description: Renders. }
spec:
  inputs:
    - { name: title, type: string, required: true, description: Its title. }
    - { name: scale, type: number, default: 1.5 }
    - { name: pages, type: array, default: [1], schema: { items: { type: integer } } }
    - { name: options, type: object, schema: schemas/options.json }
  outputs:
    - { name: path }
    - { name: count, type: integer, path: out/count.json }
    - { name: key, secret: true }
  command: [./bin/render, "--title={{ inputs.title }}", "", "{{ inputs.pages }}"]
)");
    folder.write(u"modules/x/bin/render"_s, "#!/bin/sh\n", 0755);
    folder.write(u"modules/x/schemas/options.json"_s, R"({"maxProperties": 3})");

    const auto pack = folder.read();

    QVERIFY2(pack, qPrintable(folder.problem()));
    QCOMPARE(pack->manifest.modules.size(), 1);
    ModuleSpec expected;
    expected.name = u"x"_s;
    expected.description = u"Renders."_s;
    const QJsonObject items{{u"items"_s, QJsonObject{{u"type"_s, u"integer"_s}}}};
    expected.inputs = {{u"title"_s, InputType::String, true, {}, {}, u"Its title."_s},
                       {u"scale"_s, InputType::Number, false, QJsonValue(1.5), {}, {}},
                       {u"pages"_s, InputType::Array, false, QJsonArray{1}, items, {}},
                       {u"options"_s, InputType::Object, false, {}, {{u"maxProperties"_s, 3}}, {}}};
    expected.outputs = {{u"path"_s, u"string"_s, {}, false},
                        {u"count"_s, u"integer"_s, u"out/count.json"_s, false},
                        {u"key"_s, u"string"_s, {}, true}};
    expected.command = {u"./bin/render"_s, u"--title={{ inputs.title }}"_s, {}, u"{{ inputs.pages }}"_s};
    expected.digest = pack->manifest.modules.first().digest;
    QVERIFY(expected.digest.startsWith(u"sha256:"_s));
    QVERIFY(pack->manifest.modules.first() == expected);
    QFile file(pack->root + u"/modules/x/module.yaml"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(schemaProblem(parsedSchema(u"module.v1"_s), file.readAll()), QString());
    const RunSpec &run = pack->manifest.steps.first().run;
    QVERIFY(run.module == (ModuleUse{expected.name, expected.digest, expected.command}));
    QCOMPARE(run.outputs, expected.outputs);
    QCOMPARE(run.with, (QJsonObject{{u"title"_s, u"y"_s}})); // Its defaults are for the plan.
}

void TestModules::readsTheSmallest()
{
    const PackFolder folder("uses: ./modules/x");
    folder.write(u"modules/x/module.yaml"_s, smallest);

    const auto pack = folder.read();

    QVERIFY2(pack, qPrintable(folder.problem()));
    const ModuleSpec module = pack->manifest.modules.value(0);
    QVERIFY(module.inputs.isEmpty() && module.outputs.isEmpty());
    QCOMPARE(module.command, QStringList{u"tool"_s});
}

void TestModules::readsNames_data()
{
    QTest::addColumn<QString>("name");
    for (const QString &name : {u"x"_s, u"0"_s, u"a-b--c"_s, QString(63, u'a')})
        QTest::newRow(qPrintable(name)) << name;
}

void TestModules::readsNames()
{
    QFETCH(QString, name);
    const PackFolder folder("uses: ./modules/" + name.toLatin1());
    folder.write(u"modules/%1/module.yaml"_s.arg(name),
                 head + "metadata: { name: '" + name.toLatin1() + "' }\nspec: { command: [tool] }\n");

    const auto pack = folder.read();

    QVERIFY2(pack, qPrintable(folder.problem()));
    QCOMPARE(pack->manifest.steps.first().run.module.name, name);
}

void TestModules::anUnusedModuleIsRead()
{
    const PackFolder folder;
    folder.write(u"modules/z/module.yaml"_s, head + "metadata: { name: z }\nspec: { command: [tool] }\n");
    folder.write(u"modules/x/module.yaml"_s, smallest);
    folder.write(u"modules/README.md"_s, "A file beside the modules.\n");

    const auto pack = folder.read();

    QVERIFY2(pack, qPrintable(folder.problem()));
    QCOMPARE(pack->manifest.modules.size(), 2);
    QCOMPARE(pack->manifest.modules[0].name, u"x"_s); // Sorted by name.
    QCOMPARE(pack->manifest.modules[1].name, u"z"_s);
}

void TestModules::aFolderAloneIsNoModule()
{
    const PackFolder folder("uses: ./modules/x");
    folder.write(u"modules/x/run.sh"_s, "echo\n", 0755);
    folder.write(u"modules/x/deeper/module.yaml"_s, smallest);
    folder.write(u"modules/Any Name/notes"_s, "");

    QCOMPARE(folder.problem(),
             u"pack.yaml:7:20: /spec/steps/0/run/uses: unknown module \"./modules/x\"; expected a "
             "folder of the pack with a module.yaml"_s);
}

/// Computed like a pack digest, named from the module's folder.
void TestModules::digestIsAsDesigned()
{
    const PackFolder folder("uses: ./modules/x");
    folder.write(u"modules/x/module.yaml"_s, smallest);
    folder.write(u"modules/x/lib/a"_s, "a", 0755);
    const QByteArray canonical =
        R"({"apiVersion":"stellaops.io/module.v1","kind":"Module","metadata":{"name":"x"},)"
        R"("spec":{"command":["tool"]}})";

    const QByteArray list = R"([{"mode":"755","path":"lib/a","sha256":")" + sha256Hex("a").toLatin1()
                            + R"(","size":1},{"mode":"644","path":"module.yaml","sha256":")"
                            + sha256Hex(canonical).toLatin1() + R"(","size":)"
                            + QByteArray::number(canonical.size()) + "}]";
    QCOMPARE(folder.digest(), u"sha256:"_s + sha256Hex(list));
}

void TestModules::digestFollowsTheMeaning_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<bool>("isSame");

    QTest::newRow("itself") << smallest << true;
    QTest::newRow("comment") << "# A comment\n" + smallest + "# Another\n" << true;
    QTest::newRow("order of keys") << QByteArray("spec: { command: [tool] }\nmetadata: { name: x }\nkind: "
                                                 "Module\napiVersion: stellaops.io/module.v1\n")
                                   << true;
    QTest::newRow("layout") << head + "metadata:\n  name: \"x\"\nspec:\n  command:\n    - 'tool'\n" << true;
    QTest::newRow("description") << head
                                        + "metadata: { name: x, description: y }\nspec: { command: [tool] }\n"
                                 << false;
    QTest::newRow("argument") << head + "metadata: { name: x }\nspec: { command: [tool, ''] }\n" << false;
    QTest::newRow("input") << head + "metadata: { name: x }\nspec: { command: [tool], inputs: [] }\n"
                           << false;
}

void TestModules::digestFollowsTheMeaning()
{
    QFETCH(QByteArray, yaml);
    QFETCH(bool, isSame);
    const PackFolder folder;
    folder.write(u"modules/x/module.yaml"_s, smallest);
    const QString before = folder.digest();
    QVERIFY(!before.isEmpty());

    folder.write(u"modules/x/module.yaml"_s, yaml);

    QVERIFY2(!folder.digest().isEmpty(), qPrintable(folder.problem()));
    QCOMPARE(folder.digest() == before, isSame);
}

void TestModules::digestFollowsTheFiles_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("mode");
    QTest::addColumn<bool>("isSame");

    QTest::newRow("same bytes") << u"modules/x/lib/a"_s << QByteArray("a") << 0644 << true;
    QTest::newRow("other bytes") << u"modules/x/lib/a"_s << QByteArray("b") << 0644 << false;
    QTest::newRow("executable") << u"modules/x/lib/a"_s << QByteArray("a") << 0755 << false;
    QTest::newRow("new file") << u"modules/x/lib/b"_s << QByteArray("") << 0644 << false;
    QTest::newRow("a file of another module") << u"modules/y/a"_s << QByteArray("a") << 0644 << true;
    QTest::newRow("a file of the pack") << u"lib/a"_s << QByteArray("a") << 0644 << true;
}

void TestModules::digestFollowsTheFiles()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, bytes);
    QFETCH(int, mode);
    QFETCH(bool, isSame);
    const PackFolder folder;
    folder.write(u"modules/x/module.yaml"_s, smallest);
    folder.write(u"modules/x/lib/a"_s, "a");
    const QString before = folder.digest();
    QVERIFY(!before.isEmpty());

    folder.write(path, bytes, mode);

    QCOMPARE(folder.digest() == before, isSame);
}

void TestModules::refusesDocuments_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("error"); // M is module.yaml.
    QTest::addColumn<bool>("isSeenBySchema");

    const auto whole = [](const char *name, Seen seen, const QByteArray &yaml, const char16_t *error) {
        QTest::newRow(name) << yaml << QString::fromUtf16(error) << (seen == BySchema);
    };
    const auto spec = [&whole](const char *name, Seen seen, const QByteArray &yaml, const char16_t *error) {
        whole(name, seen, head + "metadata: { name: x }\nspec: " + yaml + "\n", error);
    };
    whole("empty document", ByReader, "", u"M:1:1: the text holds no document");
    whole("not a mapping", BySchema, "- a\n", u"M:1:1: expected a mapping, found a list");
    whole("empty mapping", BySchema, "{}\n",
          u"4 errors in M\n"
          u"M:1:1: key \"apiVersion\" is missing\n"
          u"M:1:1: key \"kind\" is missing\n"
          u"M:1:1: key \"metadata\" is missing\n"
          u"M:1:1: key \"spec\" is missing");
    whole("broken YAML", ByReader, head + "metadata: [\n",
          u"M:4:1: not valid YAML: end of sequence flow not found");
    whole("not UTF-8", ByReader, head + "metadata: { name: \xff }\n",
          u"M:3:19: byte 0xff is not valid UTF-8");
    whole("another kind", BySchema,
          "apiVersion: stellaops.io/module.v1\nkind: TaskPack\nmetadata: { name: x }\nspec: { command: "
          "[tool] }\n",
          u"M:2:7: /kind: unknown kind \"TaskPack\"; expected \"Module\"");
    whole(
        "another version", BySchema,
        "apiVersion: stellaops.io/pack.v1\nkind: Module\nmetadata: { name: x }\nspec: { command: [tool] }\n",
        u"M:1:13: /apiVersion: unknown apiVersion \"stellaops.io/pack.v1\"; expected "
        u"\"stellaops.io/module.v1\"");
    whole("unknown key at the top", BySchema, smallest + "outputs: []\n",
          u"M:5:1: /outputs: unknown key \"outputs\"; expected one of apiVersion, kind, metadata, spec");
    whole("key twice", ByReader, smallest + "kind: Module\n",
          u"M:5:1: key \"kind\" stands twice in one mapping");
    whole("no metadata", BySchema, head + "spec: { command: [tool] }\n",
          u"M:1:1: key \"metadata\" is missing");
    whole("no name", BySchema, head + "metadata: {}\nspec: { command: [tool] }\n",
          u"M:3:11: /metadata: key \"name\" is missing");
    whole("another name", ByReader, head + "metadata: { name: y }\nspec: { command: [tool] }\n",
          u"M:3:19: /metadata/name: the module is called \"y\", but its folder \"x\"; expected one name");
    whole("name is a number", BySchema, head + "metadata: { name: 5 }\nspec: { command: [tool] }\n",
          u"M:3:19: /metadata/name: expected text, found the number 5; put it in quotes");
    whole("unknown metadata", BySchema,
          head + "metadata: { name: x, version: 1.0.0 }\nspec: { command: [tool] }\n",
          u"M:3:22: /metadata/version: unknown key \"version\"; expected one of name, description");
    whole("description is a list", BySchema,
          head + "metadata: { name: x, description: [] }\nspec: { command: [tool] }\n",
          u"M:3:35: /metadata/description: expected text, found a list");
    whole("no spec", BySchema, head + "metadata: { name: x }\n", u"M:1:1: key \"spec\" is missing");
    spec("spec is a list", BySchema, "[tool]", u"M:4:7: /spec: expected a mapping, found a list");
    spec("no command", BySchema, "{}", u"M:4:7: /spec: key \"command\" is missing");
    spec("command is text", BySchema, "{ command: tool }",
         u"M:4:18: /spec/command: expected a list, found the text \"tool\"");
    spec("command is empty", BySchema, "{ command: [] }",
         u"M:4:18: /spec/command: the command is empty; expected a program and its arguments");
    spec("program is empty", BySchema, "{ command: [''] }",
         u"M:4:19: /spec/command/0: expected text, found empty text");
    spec("program is a number", BySchema, "{ command: [5] }",
         u"M:4:19: /spec/command/0: expected text, found the number 5; put it in quotes");
    spec("argument is a number", BySchema, "{ command: [tool, 5] }",
         u"M:4:25: /spec/command/1: expected text, found the number 5; put it in quotes");
    spec("argument is null", BySchema, "{ command: [tool, null] }",
         u"M:4:25: /spec/command/1: expected text, found null");
    spec("unknown key", BySchema, "{ command: [tool], env: { A: b } }",
         u"M:4:26: /spec/env: unknown key \"env\"; expected one of inputs, outputs, command");
    spec("misspelt key", BySchema, "{ command: [tool], input: [] }",
         u"M:4:26: /spec/input: unknown key \"input\"; did you mean \"inputs\"?");
    spec("inputs are a mapping", BySchema, "{ command: [tool], inputs: {} }",
         u"M:4:34: /spec/inputs: expected a list, found a mapping");
    spec("input without type", BySchema, "{ command: [tool], inputs: [{ name: a }] }",
         u"M:4:35: /spec/inputs/0: key \"type\" is missing");
    spec("input of type file", BySchema,
         "{ command: [tool], inputs: [{ name: a, type: string }, { name: b, type: file }] }",
         u"M:4:62: /spec/inputs/1: a module has no input of type file; expected another type, such as string "
         u"for the path");
    spec("input twice", ByReader,
         "{ command: [tool], inputs: [{ name: a, type: string }, { name: a, type: string }] }",
         u"M:4:62: /spec/inputs/1: input \"a\" is used twice; first in line 4");
    spec("default of another type", BySchema,
         "{ command: [tool], inputs: [{ name: a, type: integer, default: x }] }",
         u"M:4:70: /spec/inputs/0/default: expected an integer, found the text \"x\"");
    spec("default beside required", BySchema,
         "{ command: [tool], inputs: [{ name: a, type: string, required: true, default: x }] }",
         u"M:4:85: /spec/inputs/0/default: a required input has no default; expected one of \"required\" and "
         u"\"default\"");
    spec("schema that is none", ByReader,
         "{ command: [tool], inputs: [{ name: a, type: string, schema: { typ: x } }] }",
         u"M:4:75: /spec/inputs/0/schema/typ: unknown keyword \"typ\"; did you mean \"type\"?");
    spec("schema file that is missing", ByReader,
         "{ command: [tool], inputs: [{ name: a, type: string, schema: a.json }] }",
         u"M:4:68: /spec/inputs/0/schema: there is no file \"modules/x/a.json\" in the pack");
    spec("outputs are text", BySchema, "{ command: [tool], outputs: path }",
         u"M:4:35: /spec/outputs: expected a list, found the text \"path\"");
    spec("output twice", ByReader, "{ command: [tool], outputs: [{ name: a }, { name: a, type: json }] }",
         u"M:4:49: /spec/outputs/1: output \"a\" is used twice; first in line 4");
    spec("output of an unknown type", BySchema, "{ command: [tool], outputs: [{ name: a, type: file }] }",
         u"M:4:53: /spec/outputs/0/type: unknown type \"file\"; expected string, integer, number, boolean, "
         u"array, object or json");
    spec("secret output of another type", BySchema,
         "{ command: [tool], outputs: [{ name: a, type: integer, secret: true }] }",
         u"M:4:70: /spec/outputs/0/secret: a secret output is of type string, not integer");
    spec("output outside", BySchema, "{ command: [tool], outputs: [{ name: a, path: ../a }] }",
         u"M:4:53: /spec/outputs/0/path: path \"../a\" leaves its folder; expected a relative path without "
         u"\"..\"");
    spec("unknown input", ByReader,
         "{ command: [tool, '{{ inputs.b }}'], inputs: [{ name: a, type: string }] }",
         u"M:4:36: /spec/command/1: unknown input \"b\"");
    spec("unknown input of none", ByReader, "{ command: [tool, '{{ inputs.b }}'] }",
         u"M:4:36: /spec/command/1: unknown input \"b\"; the module declares no inputs");
    spec("broken expression", ByReader, "{ command: [tool, '{{ inputs. }}'] }",
         u"M:4:37: /spec/command/1: expected a name after \".\", found \"}}\"");
    spec("names secrets.a", ByReader, "{ command: [tool, 'x {{ secrets.a }}'] }",
         u"M:4:31: /spec/command/1: \"secrets\" does not exist in a module; expected \"inputs\"");
    spec("names steps.a.status", ByReader, "{ command: [tool, 'x {{ steps.a.status }}'] }",
         u"M:4:31: /spec/command/1: \"steps\" does not exist in a module; expected \"inputs\"");
    spec("names run.id", ByReader, "{ command: [tool, 'x {{ run.id }}'] }",
         u"M:4:31: /spec/command/1: \"run\" does not exist in a module; expected \"inputs\"");
    spec("names item", ByReader, "{ command: [tool, 'x {{ item }}'] }",
         u"M:4:31: /spec/command/1: \"item\" does not exist in a module; expected \"inputs\"");
    spec("names index", ByReader, "{ command: [tool, 'x {{ index }}'] }",
         u"M:4:31: /spec/command/1: \"index\" does not exist in a module; expected \"inputs\"");
    spec("names input", ByReader, "{ command: [tool, 'x {{ input }}'] }",
         u"M:4:31: /spec/command/1: \"input\" does not exist in a module; expected \"inputs\"");
}

void TestModules::refusesDocuments()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, error);
    QFETCH(bool, isSeenBySchema);
    const PackFolder folder(
        "uses: ./modules/x, with: { any: thing }"); // Nothing follows from a broken module.
    folder.write(u"modules/x/module.yaml"_s, yaml);

    QString problem = folder.problem();
    QCOMPARE(problem.replace(u"modules/x/module.yaml"_s, u"M"_s), error);
    const QString found = schemaProblem(parsedSchema(u"module.v1"_s), yaml);
    QVERIFY2(found.isEmpty() != isSeenBySchema, qPrintable(found));
}

void TestModules::refusesNames_data()
{
    QTest::addColumn<QString>("name");
    for (const QString &name :
         {u"Render"_s, u"a_b"_s, u"-a"_s, u"a-"_s, u"a b"_s, u"b\u00fccher"_s, u"a.b"_s, QString(64, u'a')})
        QTest::newRow(qPrintable(name)) << name;
}

void TestModules::refusesNames()
{
    QFETCH(QString, name);
    const PackFolder folder;
    const QString path = u"modules/%1/module.yaml"_s.arg(name);
    folder.write(path, smallest);

    QCOMPARE(
        folder.problem(),
        u"%1: \"%2\" is not the name of a module; expected at most 63 of a-z, 0-9 and \"-\", no \"-\" at either end"_s
            .arg(path, name));
}

void TestModules::refusesPrograms_data()
{
    QTest::addColumn<QByteArray>("program");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *program, const char16_t *error) {
        QTest::newRow(name) << QByteArray(program) << QString::fromUtf16(error);
    };
    row("missing", "./none.sh",
        u"modules/x/module.yaml:4:19: /spec/command/0: there is no file \"none.sh\" in the module's folder");
    row("in a folder that is missing", "./bin/run.sh",
        u"modules/x/module.yaml:4:19: /spec/command/0: there is no file \"bin/run.sh\" in the module's "
        u"folder");
    row("not executable", "./data.txt",
        u"modules/x/module.yaml:4:19: /spec/command/0: file \"data.txt\" is not executable; expected a "
        u"program");
    row("of the pack", "./../../run.sh",
        u"modules/x/module.yaml:4:19: /spec/command/0: there is no file \"../../run.sh\" in the module's "
        u"folder");
    row("the folder itself", "./",
        u"modules/x/module.yaml:4:19: /spec/command/0: there is no file \"\" in the module's folder");
    row("twice relative", "././run.sh",
        u"modules/x/module.yaml:4:19: /spec/command/0: there is no file \"./run.sh\" in the module's folder");
}

void TestModules::refusesPrograms()
{
    QFETCH(QByteArray, program);
    QFETCH(QString, error);
    const PackFolder folder;
    folder.write(u"modules/x/module.yaml"_s,
                 head + "metadata: { name: x }\nspec: { command: [" + program + "] }\n");
    folder.write(u"modules/x/run.sh"_s, "echo\n", 0755);
    folder.write(u"modules/x/data.txt"_s, "x");
    folder.write(u"run.sh"_s, "echo\n", 0755);

    QCOMPARE(folder.problem(), error);
}

void TestModules::refusesLargeDocuments()
{
    const PackFolder folder;
    QByteArray yaml = smallest + "#";
    yaml += QByteArray(1024 * 1024 - yaml.size() - 1, 'x') + "\n";
    folder.write(u"modules/x/module.yaml"_s, yaml);
    QVERIFY2(folder.read(), qPrintable(folder.problem()));

    folder.write(u"modules/x/module.yaml"_s, yaml + "\n");
    QCOMPARE(folder.problem(),
             u"modules/x/module.yaml:1:1: the text has 1048577 bytes; at most 1048576 are read"_s);
}

/// Those of pack.yaml first, then those of the modules by name.
void TestModules::reportsEverythingAtOnce()
{
    const PackFolder folder("uses: ./modules/x, with: { title: 5 }, timeout: 1");
    folder.write(u"modules/z/module.yaml"_s,
                 head + "metadata: { name: y }\nspec: { command: [tool], input: [] }\n");
    folder.write(
        u"modules/x/module.yaml"_s,
        head
            + "metadata: { name: x }\nspec:\n  command: [tool]\n  inputs: [{ name: title, type: string }]\n");
    folder.write(u"modules/Y/module.yaml"_s, smallest);

    QCOMPARE(
        folder.problem(),
        u"5 errors in pack.yaml\n"
        u"pack.yaml:7:48: /spec/steps/0/run/with/title: expected a string, found the number 5\n"
        u"pack.yaml:7:62: /spec/steps/0/run/timeout: expected text, found the number 1; put it in quotes\n"
        u"modules/Y/module.yaml: \"Y\" is not the name of a module; expected at most 63 of a-z, 0-9 and "
        u"\"-\", no \"-\" at either end\n"
        u"modules/z/module.yaml:3:19: /metadata/name: the module is called \"y\", but its folder \"z\"; "
        u"expected one name\n"
        u"modules/z/module.yaml:4:26: /spec/input: unknown key \"input\"; did you mean \"inputs\"?"_s);
}

QTEST_GUILESS_MAIN(TestModules)
#include "tst_modules.moc"
