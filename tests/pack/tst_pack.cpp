#include "engine/base/digest.h"
#include "engine/pack/pack.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

class TestPack : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsSamples_data();
    void readsSamples();
    void digestIsAsDesigned();
    void sameFilesGiveSameDigest();
    void anyChangeGivesAnotherDigest_data();
    void anyChangeGivesAnotherDigest();
    void versionControlIsNoPart();
    void rootCanBeNamedByManifest();
    void readsSchemaFiles();
    void reportsSchemaFiles_data();
    void reportsSchemaFiles();
    void refusesFiles_data();
    void refusesFiles();
    void refusesPaths_data();
    void refusesPaths();
    void showsExcerpts_data();
    void showsExcerpts();
};

static const QByteArray manifestText = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)";

static const QByteArray manifestCanonical =
    R"({"apiVersion":"stellaops.io/pack.v1","kind":"TaskPack","metadata":{"name":"p","version":"1.0.0"},)"
    R"("spec":{"steps":[{"id":"a","run":{"uses":"builtin:exec","with":{"command":["x"]}}}]}})";

static void write(const QString &path, const QByteArray &bytes, bool executable = false)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    file.close();
    QVERIFY(::chmod(QFile::encodeName(path).constData(), executable ? 0755 : 0644) == 0);
}

static void writePack(const QString &root)
{
    write(root + u"/pack.yaml"_s, manifestText);
    write(root + u"/scripts/run.sh"_s, "echo\n", true);
    write(root + u"/scripts.txt"_s, "");
    write(root + u"/Zoo/\u00fc"_s, "x");
}

static QString messageOf(const Result<Pack> &pack, const QString &root)
{
    return pack ? u"no error"_s : pack.error().toString().replace(root, u"ROOT"_s);
}

void TestPack::readsSamples_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"fleet-restart", "inventory-audit", "release-promotion"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestPack::readsSamples()
{
    QFETCH(QString, name);

    const auto pack = readPack(QStringLiteral(SOURCE_DIR "/resources/packs/") + name);

    QVERIFY2(pack, qPrintable(pack ? QString() : pack.error().toString()));
    QCOMPARE(pack->manifest.name, name);
    QVERIFY(!pack->manifest.steps.isEmpty());
}

void TestPack::digestIsAsDesigned()
{
    const QTemporaryDir folder;
    writePack(folder.path());

    const auto pack = readPack(folder.path());

    QVERIFY2(pack, qPrintable(messageOf(pack, folder.path())));
    QCOMPARE(pack->root, folder.path());
    const QString empty = sha256Hex("");
    const QList<PackFile> files{{u"Zoo/\u00fc"_s, false, 1, sha256Hex("x")},
                                {u"pack.yaml"_s, false, manifestText.size(), sha256Hex(manifestText)},
                                {u"scripts.txt"_s, false, 0, empty},
                                {u"scripts/run.sh"_s, true, 5, sha256Hex("echo\n")}};
    QCOMPARE(pack->files, files);
    // The list, written out: names in canonical order, one object for each file. The manifest counts by what
    // it says, not by its bytes.
    QByteArray list;
    for (PackFile file : files) {
        if (file.path == u"pack.yaml"_s) {
            file.sha256 = sha256Hex(manifestCanonical);
            file.sizeBytes = manifestCanonical.size();
        }
        list += R"(,{"mode":")" + QByteArray(file.executable ? "755" : "644") + R"(","path":")"
                + file.path.toUtf8() + R"(","sha256":")" + file.sha256.toLatin1() + R"(","size":)"
                + QByteArray::number(file.sizeBytes) + "}";
    }
    QCOMPARE(pack->digest, u"sha256:"_s + sha256Hex("[" + list.mid(1) + "]"));
}

void TestPack::sameFilesGiveSameDigest()
{
    const QTemporaryDir one;
    const QTemporaryDir other;
    writePack(one.path());
    write(other.path() + u"/Zoo/\u00fc"_s,
          "x"); // In another order, with an empty folder and other modes besides.
    writePack(other.path());
    QVERIFY(QDir(other.path()).mkpath(u"empty/folder"_s));
    QVERIFY(::chmod(QFile::encodeName(other.path() + u"/pack.yaml"_s).constData(), 0600) == 0);

    const auto a = readPack(one.path());
    const auto b = readPack(other.path() + u'/');

    QVERIFY(a && b);
    QCOMPARE(a->digest, b->digest);
    QCOMPARE(b->root, other.path());
}

void TestPack::anyChangeGivesAnotherDigest_data()
{
    QTest::addColumn<QString>("change");
    for (const char *change : {"byte", "mode", "name", "folder", "new file", "removed file"})
        QTest::newRow(change) << QString::fromLatin1(change);
}

void TestPack::anyChangeGivesAnotherDigest()
{
    QFETCH(QString, change);
    const QTemporaryDir folder;
    const QString root = folder.path();
    writePack(root);
    const auto before = readPack(root);

    if (change == u"byte"_s)
        write(root + u"/scripts/run.sh"_s, "echO\n", true);
    else if (change == u"mode"_s)
        write(root + u"/scripts/run.sh"_s, "echo\n", false);
    else if (change == u"name"_s)
        QVERIFY(QFile::rename(root + u"/scripts/run.sh"_s, root + u"/scripts/ran.sh"_s));
    else if (change == u"folder"_s)
        QVERIFY(QFile::rename(root + u"/scripts"_s, root + u"/script"_s));
    else if (change == u"new file"_s)
        write(root + u"/new"_s, "");
    else
        QVERIFY(QFile::remove(root + u"/scripts.txt"_s));
    const auto after = readPack(root);

    QVERIFY(before && after);
    QVERIFY(before->digest != after->digest);
}

void TestPack::versionControlIsNoPart()
{
    const QTemporaryDir folder;
    writePack(folder.path());
    const auto before = readPack(folder.path());
    write(folder.path() + u"/.git/HEAD"_s, "x");
    write(folder.path() + u"/.hg"_s, "x");

    const auto after = readPack(folder.path());

    QVERIFY(before && after);
    QCOMPARE(after->digest, before->digest);
    write(folder.path() + u"/sub/.git/HEAD"_s, "x"); // Only at the root.
    QVERIFY(readPack(folder.path())->digest != before->digest);
}

void TestPack::rootCanBeNamedByManifest()
{
    const QTemporaryDir folder;
    writePack(folder.path());

    const auto byFolder = readPack(folder.path());
    const auto byFile = readPack(folder.path() + u"/pack.yaml"_s);

    QVERIFY(byFolder && byFile);
    QVERIFY(*byFile == *byFolder);
}

static QByteArray withSchema(const QByteArray &path)
{
    return QByteArray(manifestText)
        .replace("spec:\n", "spec:\n  inputs: [{ name: a, type: string, schema: " + path + " }]\n");
}

void TestPack::readsSchemaFiles()
{
    const QTemporaryDir folder;
    write(folder.path() + u"/pack.yaml"_s, withSchema("schemas/a.json"));
    write(folder.path() + u"/schemas/a.json"_s, R"({"minLength": 3})");

    const auto pack = readPack(folder.path());

    QVERIFY2(pack, qPrintable(messageOf(pack, folder.path())));
    QCOMPARE(pack->manifest.inputs.value(0).schema, (QJsonObject{{u"minLength"_s, 3}}));
    // The manifest alone, with the folder given.
    const auto manifest = parseManifest(withSchema("schemas/a.json"), u"x.yaml"_s, folder.path());
    QVERIFY(manifest);
    QCOMPARE(manifest->inputs, pack->manifest.inputs);
}

void TestPack::reportsSchemaFiles_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *path, const char *text, const char16_t *error) {
        QTest::newRow(name) << QByteArray(path) << QByteArray(text) << QString::fromUtf16(error);
    };
    row("missing", "b.json", "{}",
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: there is no file \"b.json\" in the pack");
    row("outside", "../a.json", "{}",
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: path \"../a.json\" leaves the pack; expected a "
        u"relative path "
        u"without \"..\"");
    row("absolute", "/etc/hostname", "{}",
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: path \"/etc/hostname\" leaves the pack; expected a "
        u"relative "
        u"path without \"..\"");
    row("folder", "sub", "{}", u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: \"sub\" is not a regular file");
    row("duplicate name", "a.json", "{\"a\": 1,\n \"a\": 2}",
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: a.json:2:2: name \"a\" stands twice in one object");
    row("no object", "a.json", "[]",
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: a.json:1:1: expected a JSON object");
    row("two slips", "a.json", R"({"minlength": 1, "items": {"typ": "x"}})",
        u"2 errors in ROOT/pack.yaml\n"
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: a.json: /items/typ: unknown keyword \"typ\"; did you "
        u"mean "
        u"\"type\"?\n"
        u"ROOT/pack.yaml:5:45: /spec/inputs/0/schema: a.json: /minlength: unknown keyword \"minlength\"; did "
        u"you mean "
        u"\"minLength\"?");
}

void TestPack::reportsSchemaFiles()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, text);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    write(folder.path() + u"/pack.yaml"_s, withSchema(path));
    write(folder.path() + u"/a.json"_s, text);
    write(folder.path() + u"/sub/x"_s, text);

    QCOMPARE(messageOf(readPack(folder.path()), folder.path()), error);
}

void TestPack::refusesFiles_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *kind, const char *file, const char16_t *error) {
        QTest::newRow(name) << QByteArray(kind) << QByteArray(file) << QString::fromUtf16(error);
    };
    row("link to a file", "link", "a", u"a: is a link; a pack holds regular files only");
    row("link to a folder", "folder link", "a", u"a: is a link; a pack holds regular files only");
    row("dangling link", "dangling link", "sub/a", u"sub/a: is a link; a pack holds regular files only");
    row("pipe", "pipe", "a", u"a: is not a regular file; a pack holds regular files only");
    row("name in NFD", "file", "u\xcc\x88", u"u\u0308: the name is not in Unicode normal form NFC");
    row("folder in NFD", "file", "u\xcc\x88/a", u"u\u0308: the name is not in Unicode normal form NFC");
    row("name that is not UTF-8", "file", "a\xff", u"a\ufffd: the name is not valid UTF-8");
    row("backslash", "file", "sub/a\\b", u"sub/a\\b: the name holds a backslash");
    row("case", "file", "Scripts.TXT", u"scripts.txt: the name differs from \"Scripts.TXT\" only in case");
    row("case of a folder", "file", "ZOO/a", u"Zoo: the name differs from \"ZOO\" only in case");
}

void TestPack::refusesFiles()
{
    QFETCH(QByteArray, kind);
    QFETCH(QByteArray, name);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    writePack(folder.path());
    QVERIFY(QDir(folder.path()).mkpath(u"sub"_s));
    // With the calls of the system: QFile would not make names that are not UTF-8.
    const QByteArray path = folder.path().toUtf8() + '/' + name;
    if (const qsizetype slash = name.indexOf('/'); slash > 0)
        ::mkdir((folder.path().toUtf8() + '/' + name.left(slash)).constData(), 0755);
    if (kind == "link")
        QVERIFY(::symlink("pack.yaml", path.constData()) == 0);
    else if (kind == "folder link")
        QVERIFY(::symlink("scripts", path.constData()) == 0);
    else if (kind == "dangling link")
        QVERIFY(::symlink("nowhere", path.constData()) == 0);
    else if (kind == "pipe")
        QVERIFY(::mkfifo(path.constData(), 0644) == 0);
    else
        QVERIFY(::mknod(path.constData(), S_IFREG | 0644, 0) == 0);

    const auto pack = readPack(folder.path());
    ::unlink(path.constData()); // Nor would QTemporaryDir remove them.

    QVERIFY(!pack);
    QVERIFY(pack.error().code == ErrorCode::InvalidInput);
    QCOMPARE(pack.error().toString(), error);
}

void TestPack::refusesPaths_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char16_t *path, ErrorCode code, const char16_t *error) {
        QTest::newRow(name) << QString::fromUtf16(path) << int(code) << QString::fromUtf16(error);
    };
    row("nothing there", u"/none", ErrorCode::NotFound, u"there is no pack \"ROOT/none\"");
    row("folder without manifest", u"/empty", ErrorCode::NotFound,
        u"there is no pack.yaml in \"ROOT/empty\"");
    row("other file", u"/other.yaml", ErrorCode::InvalidInput,
        u"\"ROOT/other.yaml\" is neither a folder nor a file named pack.yaml, nor a .tar, .tar.zst or .zip");
    row("no archive there", u"/none.tar", ErrorCode::NotFound, u"there is no pack \"ROOT/none.tar\"");
    row("folder named like an archive", u"/empty.zip", ErrorCode::NotFound,
        u"there is no pack.yaml in \"ROOT/empty.zip\"");
    row("tar", u"/p.tar", ErrorCode::InvalidInput, u"ROOT/p.tar: this is not a tar archive");
    row("zstd", u"/p.tar.zst", ErrorCode::InvalidInput, u"ROOT/p.tar.zst: this is not Zstandard data");
    row("zip", u"/P.ZIP", ErrorCode::InvalidInput,
        u"ROOT/P.ZIP: this is not a zip archive, or its end is missing");
    row("manifest is a link", u"/linked", ErrorCode::InvalidInput,
        u"2 errors in pack.yaml\n"
        u"pack.yaml: is a link; a pack holds regular files only\n"
        u"\"pack.yaml\" is a link; a pack holds regular files only");
}

void TestPack::refusesPaths()
{
    QFETCH(QString, path);
    QFETCH(int, code);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    const QString root = folder.path();
    QVERIFY(QDir(root).mkpath(u"empty"_s) && QDir(root).mkpath(u"linked"_s)
            && QDir(root).mkpath(u"empty.zip"_s));
    for (const auto &name : {u"other.yaml"_s, u"p.tar"_s, u"p.tar.zst"_s, u"P.ZIP"_s})
        write(root + u'/' + name, manifestText);
    QVERIFY(QFile::link(root + u"/other.yaml"_s, root + u"/linked/pack.yaml"_s));

    const auto pack = readPack(root + path);

    QVERIFY(!pack);
    QCOMPARE(int(pack.error().code), code);
    QCOMPARE(messageOf(pack, root), error);
}

void TestPack::showsExcerpts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("excerpt");

    const auto row = [](const char *name, const QByteArray &text, int line, int column,
                        const char16_t *excerpt) {
        QTest::newRow(name) << text << line << column << QString::fromUtf16(excerpt);
    };
    row("first line", "abc\ndef\n", 1, 1, u"abc\n^");
    row("last line without end", "abc\ndef", 2, 3, u"def\n  ^");
    row("CR LF", "abc\r\ndef\r\n", 1, 4, u"abc\n   ^");
    row("columns are bytes", "\xc3\xa9: \xf0\x9f\x98\x80 x", 1, 10, u"\u00e9: \U0001F600 x\n     ^");
    row("tab", "\ta: b", 1, 2, u" a: b\n ^");
    row("control characters", "a\x1b[31m", 1, 3, u"a?[31m\n  ^");
    row("bidirectional override",
        "a\xe2\x80\xae"
        "b",
        1, 5, u"a?b\n  ^");
    row("column behind the end", "ab\n", 1, 9, u"ab\n  ^");
    row("no column", "ab\n", 1, 0, u"ab\n^");
    row("no line", "ab\n", 0, 0, u"");
    row("line behind the end", "ab\n", 2, 1, u"");
    row("far behind the end", "ab\n", 9, 1, u"");
}

void TestPack::showsExcerpts()
{
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(int, column);
    QFETCH(QString, excerpt);

    QCOMPARE(sourceExcerpt(text, {{}, line, column, {}}), excerpt);
}

QTEST_GUILESS_MAIN(TestPack)
#include "tst_pack.moc"
