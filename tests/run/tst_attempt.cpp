#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/run/attempt.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

void put(const QString &path, const QByteArray &bytes)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
    QCOMPARE(file.write(bytes), bytes.size());
}

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : "<cannot be opened>"_ba;
}

const QString hello = sha256Hex("hello");

} // namespace

/// What comes before and after the process of an attempt, on real files.
class TestAttempt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void preparesACommand();
    void preparesAScript_data();
    void preparesAScript();
    void preparesTheEnvironment();
    void refusesToPrepare_data();
    void refusesToPrepare();
    void refusesHalfAScript();
    void failsWithoutAFolder();

    void readsOutputs_data();
    void readsOutputs();
    void refusesOutputs_data();
    void refusesOutputs();
    void refusesOutputsThatAreNoFile();
    void capturesArtifacts_data();
    void capturesArtifacts();
    void describesArtifacts();
    void refusesLinks();
    void collectsOfAFailure();
    void removesOnlyItsFolder();

    void ingests_data();
    void ingests();
    void refusesToIngest_data();
    void refusesToIngest();
    void refusesToIngestALink();
    void ingestsAgain();

private:
    QString path(const QString &relative) const { return m_folder->filePath(relative); }
    AttemptSpec attempt() const;
    /// The attempt with its folder made.
    AttemptSpec prepared() const;
    QStringList filesBelow(const QString &relative) const;

    const Timestamp m_now = *parseIso(u"2026-01-31T09:05:00.000Z"_s);
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestAttempt::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    QVERIFY(QDir().mkpath(path(u"workspace"_s)));
}

AttemptSpec TestAttempt::attempt() const
{
    AttemptSpec attempt;
    attempt.run = *parseRunId(u"run_01KG0000000000000000000001"_s);
    attempt.stepPath = u"hosts[2]::check"_s;
    attempt.attempt = 3;
    attempt.spec.uses = u"builtin:exec"_s;
    attempt.with = {{u"command"_s, QJsonArray{u"true"_s}}};
    attempt.workspace = path(u"workspace"_s);
    attempt.inputsFile = path(u"inputs.json"_s);
    attempt.folder = path(u"attempts/7"_s);
    attempt.dataDir = path(u"data"_s);
    return attempt;
}

AttemptSpec TestAttempt::prepared() const
{
    AttemptSpec made = attempt();
    if (!prepareProcess(made))
        qFatal("the attempt cannot be prepared");
    return made;
}

QStringList TestAttempt::filesBelow(const QString &relative) const
{
    QStringList names;
    const QDir folder(path(relative));
    QDirIterator walk(folder.path(), QDir::Files | QDir::System | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext())
        names += folder.relativeFilePath(walk.next());
    names.sort();
    return names;
}

void TestAttempt::preparesACommand()
{
    AttemptSpec spec = attempt();
    spec.spec.grace = std::chrono::milliseconds(1500);
    spec.with = {{u"command"_s, QJsonArray{u"printf"_s, QString(), u"é b"_s, 7, 0.5, -0.0, 1e21}},
                 {u"stdin"_s, u"in\nput é"_s}};
    const auto launch = prepareProcess(spec);
    QVERIFY2(launch, launch ? "" : qPrintable(launch.error().message));
    QCOMPARE(launch->argv, QStringList({u"printf"_s, {}, u"é b"_s, u"7"_s, u"0.5"_s, u"0"_s, u"1e+21"_s}));
    QCOMPARE(launch->standardInput, "in\nput é"_ba);
    QCOMPARE(launch->workingDirectory, path(u"workspace"_s));
    QCOMPARE(launch->grace, std::chrono::milliseconds(1500));
    QVERIFY(QFileInfo(path(u"attempts/7/artifacts"_s)).isDir());
    QCOMPARE(filesBelow(u"attempts"_s), QStringList{});
}

void TestAttempt::preparesAScript_data()
{
    QTest::addColumn<QString>("shell"); // Empty: none given.
    QTest::addColumn<QStringList>("interpreter");
    QTest::addColumn<QString>("file");

    const QStringList bash{u"bash"_s, u"--noprofile"_s, u"--norc"_s, u"-e"_s, u"-o"_s, u"pipefail"_s};
    QTest::newRow("default") << QString() << bash << u"script"_s;
    QTest::newRow("bash") << u"bash"_s << bash << u"script"_s;
    QTest::newRow("sh") << u"sh"_s << QStringList{u"sh"_s, u"-e"_s} << u"script"_s;
    QTest::newRow("python3") << u"python3"_s << QStringList{u"python3"_s} << u"script"_s;
    QTest::newRow("pwsh") << u"pwsh"_s
                          << QStringList{u"pwsh"_s, u"-NoProfile"_s, u"-NonInteractive"_s, u"-File"_s}
                          << u"script.ps1"_s;
}

void TestAttempt::preparesAScript()
{
    QFETCH(QString, shell);
    QFETCH(QStringList, interpreter);
    QFETCH(QString, file);

    AttemptSpec spec = attempt();
    spec.spec.uses = u"builtin:script"_s;
    spec.with = {{u"script"_s, u"echo 'é'\n\nexit 3\n"_s}};
    if (!shell.isEmpty())
        spec.with.insert(u"shell"_s, shell);
    const auto launch = prepareProcess(spec);
    QVERIFY2(launch, launch ? "" : qPrintable(launch.error().message));
    QCOMPARE(launch->argv, interpreter + QStringList{spec.folder + u'/' + file});
    QCOMPARE(contentOf(launch->argv.last()), "echo 'é'\n\nexit 3\n"_ba);
}

void TestAttempt::preparesTheEnvironment()
{
    qputenv("TST_ATTEMPT", "must not be inherited");
    QMap<QString, QString> expected{
        {u"HOME"_s, path(u"workspace"_s)},
        {u"LANG"_s, u"C.UTF-8"_s},
        {u"LC_ALL"_s, u"C.UTF-8"_s},
        {u"PATH"_s, u"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"_s},
        {u"TASKRUNNER_ARTIFACTS"_s, path(u"attempts/7/artifacts"_s)},
        {u"TASKRUNNER_ATTEMPT"_s, u"3"_s},
        {u"TASKRUNNER_INPUTS"_s, path(u"inputs.json"_s)},
        {u"TASKRUNNER_OUTPUTS"_s, path(u"attempts/7/outputs.json"_s)},
        {u"TASKRUNNER_RUN_ID"_s, u"run_01KG0000000000000000000001"_s},
        {u"TASKRUNNER_STEP"_s, u"hosts[2]::check"_s},
        {u"TASKRUNNER_WORKSPACE"_s, path(u"workspace"_s)},
        {u"TZ"_s, u"UTC"_s},
    };
    AttemptSpec spec = attempt();
    auto launch = prepareProcess(spec);
    QVERIFY(launch);
    QCOMPARE(launch->environment, expected);

    // A pack sets what it likes, but for what the engine says.
    spec.env = {{u"PATH"_s, u"/opt/bin"_s},
                {u"EMPTY"_s, QString()},
                {u"N"_s, 2.5},
                {u"YES"_s, true},
                {u"NO"_s, false},
                {u"TEXT"_s, u"a=b\n\"c\" é"_s},
                {u"TASKRUNNER_STEP"_s, u"x"_s}};
    expected.insert({{u"PATH"_s, u"/opt/bin"_s},
                     {u"EMPTY"_s, {}},
                     {u"N"_s, u"2.5"_s},
                     {u"YES"_s, u"true"_s},
                     {u"NO"_s, u"false"_s},
                     {u"TEXT"_s, u"a=b\n\"c\" é"_s}});
    launch = prepareProcess(spec);
    QVERIFY(launch);
    QCOMPARE(launch->environment, expected);
}

void TestAttempt::refusesToPrepare_data()
{
    QTest::addColumn<QString>("uses");
    QTest::addColumn<QJsonObject>("with");
    QTest::addColumn<QJsonObject>("env");
    QTest::addColumn<QString>("message");

    const auto commandRow = [](const char *name, const QJsonValue &command, const QString &message) {
        QTest::newRow(name) << u"builtin:exec"_s << QJsonObject{{u"command"_s, command}} << QJsonObject{}
                            << message;
    };
    const QString nul = u"a"_s + QChar(0);
    commandRow("no command", {}, u"the command is empty"_s);
    commandRow("empty command", QJsonArray{}, u"the command is empty"_s);
    commandRow("empty name", QJsonArray{QString(), u"a"_s}, u"the command is empty"_s);
    commandRow("text for a list", u"ls"_s, u"the command is empty"_s);
    commandRow("list in the list", QJsonArray{u"ls"_s, QJsonArray{u"a"_s}},
               u"argument 1 of the command is not a text"_s);
    commandRow("null", QJsonArray{u"ls"_s, u"a"_s, QJsonValue::Null},
               u"argument 2 of the command is not a text"_s);
    commandRow("truth", QJsonArray{true}, u"argument 0 of the command is not a text"_s);
    commandRow("NUL", QJsonArray{u"ls"_s, nul}, u"argument 1 of the command holds a NUL character"_s);
    QTest::newRow("unknown shell") << u"builtin:script"_s
                                   << QJsonObject{{u"shell"_s, u"fish"_s}, {u"script"_s, u"true"_s}}
                                   << QJsonObject{} << u"unknown shell \"fish\""_s;

    const QJsonObject good{{u"command"_s, QJsonArray{u"true"_s}}};
    QTest::newRow("list in the environment")
        << u"builtin:exec"_s << good << QJsonObject{{u"LIST"_s, QJsonArray{1}}}
        << u"environment variable LIST is not a text; use toJson() for arrays and objects"_s;
    QTest::newRow("null in the environment")
        << u"builtin:exec"_s << good << QJsonObject{{u"NOTHING"_s, QJsonValue::Null}}
        << u"environment variable NOTHING is not a text; use toJson() for arrays and objects"_s;
    QTest::newRow("NUL in the environment") << u"builtin:exec"_s << good << QJsonObject{{u"V"_s, nul}}
                                            << u"environment variable V holds a NUL character"_s;
}

void TestAttempt::refusesToPrepare()
{
    QFETCH(QString, uses);
    QFETCH(QJsonObject, with);
    QFETCH(QJsonObject, env);
    QFETCH(QString, message);

    AttemptSpec spec = attempt();
    spec.spec.uses = uses;
    spec.with = with;
    spec.env = env;
    const auto launch = prepareProcess(spec);
    QVERIFY(!launch);
    QCOMPARE(toString(launch.error().code), toString(ErrorCode::InvalidInput));
    QCOMPARE(launch.error().message, message);
}

/// A disk that is full when the script is written.
void TestAttempt::refusesHalfAScript()
{
    if (!QFileInfo::exists(u"/dev/full"_s))
        QSKIP("this system has no /dev/full");
    AttemptSpec spec = attempt();
    spec.spec.uses = u"builtin:script"_s;
    spec.with = {{u"script"_s, u"echo a\n"_s}};
    QVERIFY(QDir().mkpath(spec.folder));
    QVERIFY(QFile::link(u"/dev/full"_s, spec.folder + u"/script"_s));
    const auto launch = prepareProcess(spec);
    QVERIFY(!launch);
    QCOMPARE(toString(launch.error().code), toString(ErrorCode::Io));
    QCOMPARE(launch.error().message,
             u"cannot write \"%1/script\": No space left on device"_s.arg(spec.folder));
}

void TestAttempt::failsWithoutAFolder()
{
    put(path(u"attempts"_s), "a file in the way");
    const auto launch = prepareProcess(attempt());
    QVERIFY(!launch);
    QCOMPARE(toString(launch.error().code), toString(ErrorCode::Io));
    QCOMPARE(launch.error().message, u"cannot make the folder \"%1\""_s.arg(path(u"attempts/7"_s)));
}

void TestAttempt::readsOutputs_data()
{
    QTest::addColumn<QByteArray>("written");       // To $TASKRUNNER_OUTPUTS.
    QTest::addColumn<QByteArray>("file");          // To $TASKRUNNER_ARTIFACTS/deep/value.
    QTest::addColumn<QList<QStringList>>("specs"); // Name, type, path.
    QTest::addColumn<QJsonObject>("outputs");

    using Specs = QList<QStringList>;
    QTest::newRow("empty file") << ""_ba
                                << ""_ba << Specs{} << QJsonObject{};
    QTest::newRow("white space") << " \n"_ba
                                 << ""_ba << Specs{} << QJsonObject{};
    QTest::newRow("undeclared ones are kept") << R"({"a": 1})"_ba
                                              << ""_ba << Specs{} << QJsonObject{{u"a"_s, 1}};
    QTest::newRow("every type")
        << R"({"s": "", "i": -3, "n": 0.5, "b": false, "l": [], "o": {}, "j": null})"_ba
        << ""_ba << Specs{{u"s"_s, u"string"_s, {}},  {u"i"_s, u"integer"_s, {}}, {u"n"_s, u"number"_s, {}},
                          {u"b"_s, u"boolean"_s, {}}, {u"l"_s, u"array"_s, {}},   {u"o"_s, u"object"_s, {}},
                          {u"j"_s, u"json"_s, {}}}
        << QJsonObject{{u"s"_s, QString()},       {u"i"_s, -3},           {u"n"_s, 0.5},
                       {u"b"_s, false},           {u"l"_s, QJsonArray{}}, {u"o"_s, QJsonObject{}},
                       {u"j"_s, QJsonValue::Null}};
    QTest::newRow("an integer is a number, 2.0 is an integer")
        << R"({"n": 2, "i": 2.0})"_ba
        << ""_ba << Specs{{u"n"_s, u"number"_s, {}}, {u"i"_s, u"integer"_s, {}}}
        << QJsonObject{{u"n"_s, 2}, {u"i"_s, 2.0}};
    const QString value = u"deep/value"_s;
    QTest::newRow("text of a file, less one line feed")
        << ""_ba
        << " 1.2\n\n"_ba << Specs{{u"v"_s, u"string"_s, value}} << QJsonObject{{u"v"_s, u" 1.2\n"_s}};
    QTest::newRow("number of a file")
        << ""_ba
        << "12\n"_ba << Specs{{u"v"_s, u"integer"_s, value}} << QJsonObject{{u"v"_s, 12}};
    QTest::newRow("JSON of a file") << ""_ba
                                    << "[1, \"é\"]"_ba << Specs{{u"v"_s, u"json"_s, value}}
                                    << QJsonObject{{u"v"_s, QJsonArray{1, u"é"_s}}};
    QTest::newRow("the file is the one that counts")
        << R"({"v": "other"})"_ba
        << "file"_ba << Specs{{u"v"_s, u"string"_s, value}} << QJsonObject{{u"v"_s, u"file"_s}};
}

void TestAttempt::readsOutputs()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, file);
    QFETCH(QList<QStringList>, specs);
    QFETCH(QJsonObject, outputs);

    AttemptSpec spec = prepared();
    for (const QStringList &output : specs)
        spec.spec.outputs += StepOutputSpec{output[0], output[1], output[2]};
    put(spec.folder + u"/outputs.json"_s, written);
    put(spec.folder + u"/artifacts/deep/value"_s, file);
    const Collected collected = collectAttempt(spec, true, m_now);
    QCOMPARE(collected.problem, QString());
    QCOMPARE(collected.outputs, outputs);
    QVERIFY(!QFileInfo::exists(spec.folder));
}

void TestAttempt::refusesOutputs_data()
{
    QTest::addColumn<QByteArray>("written");
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QStringList>("output");
    QTest::addColumn<QString>("problem");

    const QStringList text{u"v"_s, u"string"_s, {}};
    const QStringList ofFile{u"v"_s, u"string"_s, u"deep/value"_s};
    QTest::newRow("missing") << "{}"_ba
                             << ""_ba << text << u"output \"v\" was not written to $TASKRUNNER_OUTPUTS"_s;
    QTest::newRow("nothing written") << ""_ba
                                     << ""_ba << text
                                     << u"output \"v\" was not written to $TASKRUNNER_OUTPUTS"_s;
    for (const auto &[type, json] : {std::pair{"string", "1"},
                                     {"integer", "1.5"},
                                     {"integer", "1e300"},
                                     {"integer", "\"1\""},
                                     {"number", "\"1\""},
                                     {"boolean", "0"},
                                     {"array", "{}"},
                                     {"object", "[]"},
                                     {"string", "null"}}) {
        const QString name = QString::fromLatin1(type);
        QTest::addRow("%s for %s", json, type)
            << QByteArray("{\"v\": ") + json + '}' << ""_ba << QStringList{u"v"_s, name, {}}
            << u"output \"v\" is not of type %1"_s.arg(name);
    }
    QTest::newRow("no such file") << ""_ba
                                  << ""_ba << QStringList{u"v"_s, u"string"_s, u"deep/other"_s}
                                  << u"output \"v\": there is no file \"other\""_s;
    QTest::newRow("a folder") << ""_ba
                              << ""_ba << QStringList{u"v"_s, u"string"_s, u"deep"_s}
                              << u"output \"v\": there is no file \"deep\""_s;
    QTest::newRow("bad UTF-8") << ""_ba
                               << "a\xFF"_ba << ofFile
                               << u"output \"v\": file \"deep/value\" is not valid UTF-8"_s;
    QTest::newRow("broken JSON in a file")
        << ""_ba
        << "[1,"_ba << QStringList{u"v"_s, u"array"_s, u"deep/value"_s}
        << u"output \"v\": "_s + parseJson("[1,", u"deep/value"_s).error().toString();
    QTest::newRow("another type in a file") << ""_ba
                                            << "[1]"_ba << QStringList{u"v"_s, u"object"_s, u"deep/value"_s}
                                            << u"output \"v\" is not of type object"_s;
    QTest::newRow("broken JSON") << "{\"v\": "_ba
                                 << ""_ba << text
                                 << parseJsonObject("{\"v\": ", u"$TASKRUNNER_OUTPUTS"_s).error().toString();
    QTest::newRow("not an object") << "[1]"_ba
                                   << ""_ba << text
                                   << parseJsonObject("[1]", u"$TASKRUNNER_OUTPUTS"_s).error().toString();
    QTest::newRow("too large") << QByteArray(16 * 1024 * 1024 + 1, ' ') << ""_ba << text
                               << u"file \"outputs.json\" has 16777217 bytes; at most 16777216 are read"_s;
}

void TestAttempt::refusesOutputs()
{
    QFETCH(QByteArray, written);
    QFETCH(QByteArray, file);
    QFETCH(QStringList, output);
    QFETCH(QString, problem);

    AttemptSpec spec = prepared();
    spec.spec.outputs = {{output[0], output[1], output[2]}};
    put(spec.folder + u"/outputs.json"_s, written);
    put(spec.folder + u"/artifacts/deep/value"_s, file);
    const Collected collected = collectAttempt(spec, true, m_now);
    QCOMPARE(collected.problem, problem);
    QCOMPARE(collected.artifacts.size(), 1); // What the step left is kept all the same.
    QVERIFY(!QFileInfo::exists(spec.folder));
}

void TestAttempt::refusesOutputsThatAreNoFile()
{
    // Neither may it wait for the other end of a pipe, nor read elsewhere.
    AttemptSpec spec = prepared();
    QCOMPARE(::mkfifo(QFile::encodeName(spec.folder + u"/outputs.json"_s).constData(), 0600), 0);
    QCOMPARE(collectAttempt(spec, true, m_now).problem, u"there is no file \"outputs.json\""_s);
    QVERIFY(!QFileInfo::exists(spec.folder));

    put(path(u"elsewhere.json"_s), R"({"v": "stolen"})");
    spec = prepared();
    QVERIFY(QFile::link(path(u"elsewhere.json"_s), spec.folder + u"/outputs.json"_s));
    QCOMPARE(collectAttempt(spec, true, m_now).problem, u"there is no file \"outputs.json\""_s);

    spec = prepared();
    spec.spec.outputs = {{u"v"_s, u"string"_s, u"link"_s}};
    QVERIFY(QFile::link(path(u"elsewhere.json"_s), spec.folder + u"/artifacts/link"_s));
    QCOMPARE(collectAttempt(spec, true, m_now).problem, u"output \"v\": there is no file \"link\""_s);
}

void TestAttempt::capturesArtifacts_data()
{
    QTest::addColumn<QStringList>("globs");
    QTest::addColumn<QStringList>("names");

    const QStringList all{u".hidden"_s, u"a.json"_s, u"b.txt"_s, u"deep/.x/c.json"_s, u"deep/d.json"_s};
    QTest::newRow("everything") << QStringList{} << all;
    QTest::newRow("by ending, not below") << QStringList{u"*.json"_s} << QStringList{u"a.json"_s};
    QTest::newRow("one level below") << QStringList{u"*/*.json"_s} << QStringList{u"deep/d.json"_s};
    QTest::newRow("by name") << QStringList{u"b.txt"_s} << QStringList{u"b.txt"_s};
    QTest::newRow("several, one artifact each")
        << QStringList{u"?.txt"_s, u"b.*"_s, u"[a]*"_s} << QStringList{u"a.json"_s, u"b.txt"_s};
    QTest::newRow("dots are dots") << QStringList{u"a?json"_s, u"b.txt.*"_s} << QStringList{u"a.json"_s};
    QTest::newRow("none") << QStringList{u"*.xml"_s} << QStringList{};
}

void TestAttempt::capturesArtifacts()
{
    QFETCH(QStringList, globs);
    QFETCH(QStringList, names);

    AttemptSpec spec = prepared();
    spec.spec.artifacts = globs;
    for (const char *name : {"deep/d.json", "a.json", "deep/.x/c.json", ".hidden", "b.txt"})
        put(spec.folder + u"/artifacts/"_s + QString::fromLatin1(name), name);
    const Collected collected = collectAttempt(spec, true, m_now);
    QCOMPARE(collected.problem, QString());
    QStringList captured;
    for (const Artifact &artifact : collected.artifacts)
        captured += artifact.name;
    QCOMPARE(captured, names); // Sorted.
    QCOMPARE(collected.artifactValues.keys(), names);
    QCOMPARE(filesBelow(u"data"_s).size(), names.size());
}

void TestAttempt::describesArtifacts()
{
    AttemptSpec spec = prepared();
    put(spec.folder + u"/artifacts/größe.txt"_s, "hello");
    const Collected collected = collectAttempt(spec, true, m_now);
    QCOMPARE(collected.artifacts.size(), 1);
    const QString stored = u"artifacts/sha256/%1/%2"_s.arg(hello.first(2), hello.sliced(2));
    Artifact expected;
    expected.id = collected.artifacts.first().id;
    expected.name = u"größe.txt"_s;
    expected.stepPath = u"hosts[2]::check"_s;
    expected.type = u"file"_s;
    expected.storedPath = stored;
    expected.sha256 = hello;
    expected.sizeBytes = 5;
    expected.capturedAt = m_now;
    QCOMPARE(collected.artifacts.first(), expected);
    QCOMPARE(expected.id.size(), 26);
    QCOMPARE(collected.artifactValues,
             (QJsonObject{{u"größe.txt"_s, QJsonObject{{u"name"_s, u"größe.txt"_s},
                                                       {u"sha256"_s, hello},
                                                       {u"size"_s, 5},
                                                       {u"path"_s, path(u"data/"_s + stored)}}}}));
    QCOMPARE(contentOf(path(u"data/"_s + stored)), "hello"_ba);
}

void TestAttempt::refusesLinks()
{
    put(path(u"secret"_s), "secret");
    put(path(u"folder/secret"_s), "secret");
    AttemptSpec spec = prepared();
    const QString link = spec.folder + u"/artifacts/a-link"_s;
    QVERIFY(QFile::link(path(u"secret"_s), link));
    QVERIFY(QFile::link(path(u"folder"_s), spec.folder + u"/artifacts/folder"_s));
    put(spec.folder + u"/artifacts/good"_s, "hello");
    const Collected collected = collectAttempt(spec, true, m_now);

    QCOMPARE(collected.problem, QString());
    QCOMPARE(collected.artifacts.size(), 2);
    const Artifact &refused = collected.artifacts[0];
    QCOMPARE(refused.name, u"a-link"_s);
    QCOMPARE(refused.status, u"refused"_s);
    QCOMPARE(refused.notes, u"\"%1\" is a link; links are not followed"_s.arg(link));
    QCOMPARE(refused.storedPath, QString());
    QCOMPARE(collected.artifacts[1].name, u"good"_s);
    QCOMPARE(collected.artifacts[1].status, u"stored"_s);
    QCOMPARE(collected.artifactValues.keys(), QStringList{u"good"_s});
    QCOMPARE(filesBelow(u"data"_s).size(), 1);
    QCOMPARE(contentOf(path(u"folder/secret"_s)), "secret"_ba); // Removing the folder went through no link.
    QCOMPARE(contentOf(path(u"secret"_s)), "secret"_ba);
}

/// What a failed step left is worth looking at; what it meant to hand on is not.
void TestAttempt::collectsOfAFailure()
{
    AttemptSpec spec = prepared();
    spec.spec.outputs = {{u"missing"_s, u"string"_s, {}}};
    put(spec.folder + u"/outputs.json"_s, R"({"v": 1})");
    put(spec.folder + u"/artifacts/report"_s, "hello");
    const Collected collected = collectAttempt(spec, false, m_now);
    QCOMPARE(collected.problem, QString());
    QCOMPARE(collected.outputs, QJsonObject{});
    QCOMPARE(collected.artifacts.size(), 1);
    QVERIFY(!QFileInfo::exists(spec.folder));
}

void TestAttempt::removesOnlyItsFolder()
{
    const AttemptSpec spec = prepared();
    put(path(u"attempts/8/outputs.json"_s), "{}");
    put(path(u"workspace/made"_s), "kept");
    QCOMPARE(collectAttempt(spec, true, m_now), Collected{});
    QVERIFY(!QFileInfo::exists(spec.folder));
    QCOMPARE(filesBelow(u"attempts"_s), QStringList{u"8/outputs.json"_s});
    QCOMPARE(filesBelow(u"workspace"_s), QStringList{u"made"_s});
}

void TestAttempt::ingests_data()
{
    QTest::addColumn<QJsonObject>("with");
    QTest::addColumn<QString>("fileName");

    const QString source = u"in/source.tgz"_s;
    QTest::newRow("path and checksum")
        << QJsonObject{{u"path"_s, source}, {u"checksum"_s, hello}} << u"source.tgz"_s;
    QTest::newRow("the other name") << QJsonObject{{u"path"_s, source}, {u"checksumSha256"_s, hello}}
                                    << u"source.tgz"_s;
    QTest::newRow("with its algorithm")
        << QJsonObject{{u"path"_s, source}, {u"checksum"_s, u"sha256:"_s + hello}} << u"source.tgz"_s;
    QTest::newRow("capitals and spaces")
        << QJsonObject{{u"path"_s, source}, {u"checksum"_s, u" SHA256:%1\n"_s.arg(hello.toUpper())}}
        << u"source.tgz"_s;
    QTest::newRow("a name of its own")
        << QJsonObject{{u"path"_s, source}, {u"checksum"_s, hello}, {u"filename"_s, u"größe ..tgz"_s}}
        << u"größe ..tgz"_s;
    QTest::newRow("a file input") << QJsonObject{{u"input"_s, u"bundle"_s},
                                                 {u"inputPath"_s, source},
                                                 {u"checksum"_s, hello}}
                                  << u"source.tgz"_s;
}

void TestAttempt::ingests()
{
    QFETCH(QJsonObject, with);
    QFETCH(QString, fileName);

    put(path(u"workspace/in/source.tgz"_s), "hello");
    AttemptSpec spec = attempt();
    spec.with = with;
    const Collected collected = ingestBundle(spec, m_now);
    QCOMPARE(collected.problem, QString());

    const QString folder = u"artifacts/bundles/"_s + hello;
    QCOMPARE(collected.outputs, (QJsonObject{{u"path"_s, folder + u'/' + fileName},
                                             {u"metadataPath"_s, folder + u"/metadata.json"_s},
                                             {u"filename"_s, fileName},
                                             {u"sha256"_s, hello},
                                             {u"size"_s, 5}}));
    QStringList staged{fileName, u"metadata.json"_s};
    staged.sort();
    QCOMPARE(filesBelow(u"workspace/"_s + folder), staged);
    QCOMPARE(contentOf(path(u"workspace/"_s + folder + u'/' + fileName)), "hello"_ba);
    const QByteArray metadata =
        QStringLiteral("{\"filename\":\"%1\",\"schema\":\"stellaops.bundle-metadata/v1\","
                       "\"sha256\":\"%2\",\"size\":5}")
            .arg(fileName, hello)
            .toUtf8();
    QCOMPARE(contentOf(path(u"workspace/"_s + folder + u"/metadata.json"_s)), metadata);

    QCOMPARE(collected.artifacts.size(), 2);
    QCOMPARE(collected.artifacts[0].name, u"bundles/%1/%2"_s.arg(hello, fileName));
    QCOMPARE(collected.artifacts[0].type, u"bundle"_s);
    QCOMPARE(collected.artifacts[0].sha256, hello);
    QCOMPARE(collected.artifacts[1].name, u"bundles/%1/metadata.json"_s.arg(hello));
    QCOMPARE(collected.artifacts[1].type, u"metadata"_s);
    QCOMPARE(collected.artifacts[1].sha256, sha256Hex(metadata));
    QCOMPARE(collected.artifactValues.size(), 2);
    QCOMPARE(contentOf(path(u"workspace/in/source.tgz"_s)), "hello"_ba);
}

void TestAttempt::refusesToIngest_data()
{
    QTest::addColumn<QJsonObject>("with");
    QTest::addColumn<QString>("problem"); // %1 is the workspace.

    const QString source = u"in/source.tgz"_s;
    const auto row = [&source](const char *name, const QString &checksum, const QString &problem) {
        QTest::newRow(name) << QJsonObject{{u"path"_s, source}, {u"checksum"_s, checksum}} << problem;
    };
    const auto noSha = [](const QString &text) {
        return u"checksum \"%1\" is not a SHA-256; expected 64 hexadecimal digits"_s.arg(text);
    };
    const auto named = [&source](const char *title, const QString &name, const QString &problem) {
        QTest::newRow(title) << QJsonObject{{u"path"_s, source},
                                            {u"checksum"_s, hello},
                                            {u"filename"_s, name}}
                             << problem;
    };
    QTest::newRow("no path") << QJsonObject{{u"checksum"_s, hello}}
                             << u"bundle.ingest needs the path of a file"_s;
    QTest::newRow("no path of the input")
        << QJsonObject{{u"input"_s, u"bundle"_s}, {u"path"_s, source}, {u"checksum"_s, hello}}
        << u"bundle.ingest needs the path of a file"_s;
    QTest::newRow("no checksum") << QJsonObject{{u"path"_s, source}} << u"bundle.ingest needs a checksum"_s;
    row("empty checksum", u" "_s, u"bundle.ingest needs a checksum"_s);
    row("short checksum", hello.chopped(1), noSha(hello.chopped(1)));
    row("long checksum", hello + u'0', noSha(hello + u'0'));
    row("not hexadecimal", u"g"_s + hello.sliced(1), noSha(u"g"_s + hello.sliced(1)));
    row("another algorithm", u"sha512:"_s + hello, noSha(u"sha512:"_s + hello));
    row("a path for a checksum", u"../../"_s + hello.sliced(6), noSha(u"../../"_s + hello.sliced(6)));
    row("wrong checksum", QString(64, u'0'),
        u"checksum mismatch for \"source.tgz\": expected %1, found %2"_s.arg(QString(64, u'0'), hello));
    QTest::newRow("no such file") << QJsonObject{{u"path"_s, u"in/other"_s}, {u"checksum"_s, hello}}
                                  << u"there is no file \"%1/in/other\" to ingest"_s;
    QTest::newRow("a folder") << QJsonObject{{u"path"_s, u"in"_s}, {u"checksum"_s, hello}}
                              << u"there is no file \"%1/in\" to ingest"_s;
    for (const char *name : {"", ".", "..", "../x", "a/b", "/x", "a\nb", "a\x7f"}) {
        const QString text = QString::fromLatin1(name);
        named(qPrintable(u"file name \"%1\""_s.arg(text)), text,
              u"file name \"%1\" cannot be used"_s.arg(text));
    }
    named("too long a name", QString(256, u'x'),
          u"file name \"%1\" cannot be used"_s.arg(QString(256, u'x')));
    named("the name of the metadata", u"metadata.json"_s,
          u"file name \"metadata.json\" is taken by the bundle's own metadata"_s);
}

void TestAttempt::refusesToIngest()
{
    QFETCH(QJsonObject, with);
    QFETCH(QString, problem);

    put(path(u"workspace/in/source.tgz"_s), "hello");
    AttemptSpec spec = attempt();
    spec.with = with;
    Collected expected;
    expected.problem = problem.contains(u"%1"_s) ? problem.arg(spec.workspace) : problem;
    QCOMPARE(ingestBundle(spec, m_now).problem, expected.problem);
    QCOMPARE(ingestBundle(spec, m_now), expected);
    QCOMPARE(filesBelow(u"workspace"_s), QStringList{u"in/source.tgz"_s});
    QVERIFY(QDir(path(u"workspace/artifacts/bundles"_s)).isEmpty());
    QCOMPARE(filesBelow(u"data"_s), QStringList{});
}

void TestAttempt::refusesToIngestALink()
{
    put(path(u"elsewhere"_s), "hello");
    QVERIFY(QFile::link(path(u"elsewhere"_s), path(u"workspace/link"_s)));
    AttemptSpec spec = attempt();
    spec.with = {{u"path"_s, u"link"_s}, {u"checksum"_s, hello}};
    QCOMPARE(ingestBundle(spec, m_now).problem,
             u"there is no file \"%1/link\" to ingest"_s.arg(spec.workspace));
}

/// The same content again, under the same and under another name; and a failure leaves what was there.
void TestAttempt::ingestsAgain()
{
    put(path(u"workspace/source"_s), "hello");
    AttemptSpec spec = attempt();
    spec.with = {{u"path"_s, u"source"_s}, {u"checksum"_s, hello}};
    const QString folder = u"workspace/artifacts/bundles/"_s + hello;
    QCOMPARE(ingestBundle(spec, m_now).problem, QString());
    QCOMPARE(ingestBundle(spec, m_now).problem, QString());
    QCOMPARE(filesBelow(folder), QStringList({u"metadata.json"_s, u"source"_s}));

    put(path(u"workspace/source"_s), "another");
    QCOMPARE(ingestBundle(spec, m_now).problem,
             u"checksum mismatch for \"source\": expected %1, found %2"_s.arg(hello, sha256Hex("another")));
    QCOMPARE(filesBelow(folder), QStringList({u"metadata.json"_s, u"source"_s}));
    QCOMPARE(contentOf(path(folder + u"/source"_s)), "hello"_ba);
}

QTEST_APPLESS_MAIN(TestAttempt)
#include "tst_attempt.moc"
