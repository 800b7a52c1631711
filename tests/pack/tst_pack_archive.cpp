#include "engine/pack/files/pack_archive.h"
#include "engine/pack/pack.h"
#include "tests/pack/archive_maker.h"

#include <QDir>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtEndian>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

static const QByteArray manifestText = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)";

static const MadeEntry manifest{"pack.yaml", manifestText};

/// Archives of packs, good and bad. Temporary folders are made below one of this test, which is empty again
/// after each.
class TestPackArchive : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { m_dir = std::make_unique<QTemporaryDir>(m_work.path() + u"/XXXXXX"_s); }
    void cleanup();

    void readsEachForm_data();
    void readsEachForm();
    void readsWhatOtherToolsWrite_data();
    void readsWhatOtherToolsWrite();
    void keepsTheFolderWhileAPackLives();
    void modesAreTwo();
    void placesErrorsInTheArchive();
    void refusesEntries_data();
    void refusesEntries();
    void goesOnAfterABadEntry();
    void stopsAfterAHundredProblems();
    void refusesLimits_data();
    void refusesLimits();
    void refusesDamage_data();
    void refusesDamage();
    void refusesCuts_data();
    void refusesCuts();
    void changedBytesAreNoticedOrHarmless_data();
    void changedBytesAreNoticedOrHarmless();
    void refusesZipsWithTwoMeanings_data();
    void refusesZipsWithTwoMeanings();

private:
    QString put(const QString &name, const QByteArray &bytes) const
    {
        writeFile(m_dir->filePath(name), bytes);
        return m_dir->filePath(name);
    }
    QString messageOf(const Result<Pack> &pack) const
    {
        return pack ? u"no error"_s : pack.error().toString().replace(m_dir->path(), u"ROOT"_s);
    }
    QString unpackingError(const QString &path, const ArchiveLimits &limits) const
    {
        const auto unpacked = unpackArchive(path, *archiveFormatOf(path), limits);
        return unpacked ? u"no error"_s : unpacked.error().toString().replace(m_dir->path(), u"ROOT"_s);
    }
    QStringList leftovers() const
    {
        return QDir(m_temp.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
    }

    QTemporaryDir m_temp; ///< Where packs are unpacked.
    QTemporaryDir m_work;
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestPackArchive::initTestCase()
{
    qputenv("TMPDIR", m_temp.path().toUtf8());
}

void TestPackArchive::cleanup()
{
    m_dir.reset();
    QCOMPARE(leftovers(), QStringList());
}

static void formats()
{
    QTest::addColumn<QByteArray>("format");
    for (const char *format : {"tar", "tar.zst", "zip"})
        QTest::newRow(format) << QByteArray(format);
}

static QList<MadeEntry> sample()
{
    return {manifest,
            {"scripts/run.sh", "echo\n", 0755},
            {"scripts.txt", ""},
            {"Zoo/\xc3\xbc", QByteArray(200'000, 'x')}};
}

static void writeSample(const QString &folder)
{
    for (const MadeEntry &entry : sample()) {
        const QString path = folder + u'/' + QString::fromUtf8(entry.name);
        QVERIFY(QDir().mkpath(QFileInfo(path).path()));
        writeFile(path, entry.content);
        QVERIFY(::chmod(path.toUtf8().constData(), entry.mode) == 0);
    }
}

void TestPackArchive::readsEachForm_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<bool>("hasFolders");

    QTest::newRow("tar") << u"p.tar"_s << QByteArray("tar") << QByteArray() << false;
    QTest::newRow("pax") << u"p.tar"_s << QByteArray("pax") << QByteArray() << false;
    QTest::newRow("tar.zst") << u"p.tar.zst"_s << QByteArray("tar.zst") << QByteArray() << false;
    QTest::newRow("zip") << u"p.zip"_s << QByteArray("zip") << QByteArray() << false;
    QTest::newRow("capitals") << u"P.TAR.ZST"_s << QByteArray("tar.zst") << QByteArray() << false;
    QTest::newRow("one folder, tar") << u"p.tar"_s << QByteArray("tar") << QByteArray("my pack/") << true;
    QTest::newRow("one folder, zip") << u"p.zip"_s << QByteArray("zip") << QByteArray("\xc3\xbc/") << true;
    QTest::newRow("folder without entry") << u"p.zip"_s << QByteArray("zip") << QByteArray("p/") << false;
    QTest::newRow("dot and slash") << u"p.tar"_s << QByteArray("tar") << QByteArray("./") << true;
    QTest::newRow("dot and slash, zip") << u"p.zip"_s << QByteArray("zip") << QByteArray("./") << false;
}

void TestPackArchive::readsEachForm()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, format);
    QFETCH(QByteArray, before);
    QFETCH(bool, hasFolders);
    const QString folder = m_dir->filePath(u"folder"_s);
    writeSample(folder);
    QList<MadeEntry> entries;
    if (hasFolders)
        entries = {{before, {}, 0750, AE_IFDIR}, {before + "Zoo/", {}, 0700, AE_IFDIR}};
    for (MadeEntry entry : sample()) {
        entry.name.prepend(before);
        entries += entry;
    }
    const QString path = put(name, makeArchive(format, entries));

    const auto fromFolder = readPack(folder);
    const auto fromArchive = readPack(path);

    QVERIFY2(fromFolder && fromArchive, qPrintable(messageOf(fromArchive)));
    QCOMPARE(fromArchive->root, path);
    QCOMPARE(fromArchive->files, fromFolder->files);
    QCOMPARE(fromArchive->digest, fromFolder->digest);
    QCOMPARE(fromArchive->manifest.name, u"p"_s);
    QCOMPARE(fromFolder->folder(), folder);
    QVERIFY(fromArchive->folder() != path);
    QFile content(fromArchive->folder() + u"/Zoo/\u00fc"_s);
    QVERIFY(content.open(QIODevice::ReadOnly));
    QCOMPARE(content.readAll(), QByteArray(200'000, 'x'));
}

void TestPackArchive::readsWhatOtherToolsWrite_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("command");

    QTest::newRow("GNU tar") << u"p.tar"_s << u"tar cf \"$1\" folder"_s;
    QTest::newRow("GNU tar, of what is inside") << u"p.tar"_s << u"tar -C folder -cf \"$1\" ."_s;
    QTest::newRow("GNU tar, pax") << u"p.tar"_s << u"tar --format=pax -cf \"$1\" folder"_s;
    QTest::newRow("GNU tar, ustar") << u"p.tar"_s << u"tar --format=ustar -cf \"$1\" folder"_s;
    QTest::newRow("zstd") << u"p.tar.zst"_s << u"tar cf - folder | zstd -q > \"$1\""_s;
    QTest::newRow("zstd, two frames")
        << u"p.tar.zst"_s
        << u"tar cf p.tar folder; (head -c 5000 p.tar | zstd; tail -c +5001 p.tar | zstd) > \"$1\"; rm p.tar"_s;
    QTest::newRow("Python, zip") << u"p.zip"_s << u"python3 -m zipfile -c \"$1\" folder"_s;
    QTest::newRow("Python, zip as a stream")
        << u"p.zip"_s
        << u"python3 -c 'import os, sys, zipfile\n"
           "with zipfile.ZipFile(sys.stdout.buffer, \"w\", zipfile.ZIP_DEFLATED) as z:\n"
           "  for place, _, names in os.walk(\"folder\"):\n"
           "    for name in names: z.write(os.path.join(place, name))' | cat > \"$1\""_s;
    QTest::newRow("git")
        << u"p.zip"_s
        << u"git -C folder init -q; git -C folder add .; git -C folder -c user.name=a -c "
           "user.email=a@b commit -q -m x; git -C folder archive --format=zip HEAD > \"$1\""_s;
    QTest::newRow("Info-ZIP") << u"p.zip"_s << u"zip -qr \"$1\" folder"_s;
    QTest::newRow("Info-ZIP as a stream") << u"p.zip"_s << u"zip -qr - folder | cat > \"$1\""_s;
}

void TestPackArchive::readsWhatOtherToolsWrite()
{
    QFETCH(QString, name);
    QFETCH(QString, command);
    writeSample(m_dir->filePath(u"folder"_s));
    const QString path = m_dir->filePath(name);
    for (const auto &tool : {u"zstd"_s, u"python3"_s, u"git"_s, u"zip"_s}) {
        if (command.contains(tool + u' ') && QStandardPaths::findExecutable(tool).isEmpty())
            QSKIP(qPrintable(u"there is no %1"_s.arg(tool)));
    }
    QProcess shell;
    shell.setWorkingDirectory(m_dir->path());
    shell.start(u"sh"_s, {u"-ec"_s, command, u"sh"_s, path});
    QVERIFY(shell.waitForFinished());
    QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError().constData());

    const auto fromFolder = readPack(m_dir->filePath(u"folder"_s));
    const auto fromArchive = readPack(path);

    QVERIFY2(fromArchive, qPrintable(messageOf(fromArchive)));
    QCOMPARE(fromArchive->files, fromFolder->files);
    QCOMPARE(fromArchive->digest, fromFolder->digest);
}

void TestPackArchive::keepsTheFolderWhileAPackLives()
{
    const QString path = put(u"p.zip"_s, makeArchive("zip", sample()));
    QString folder;
    Pack kept;
    {
        const auto pack = readPack(path);
        QVERIFY(pack);
        folder = pack->folder();
        kept = *pack;
    }
    QVERIFY(QFile::exists(folder + u"/pack.yaml"_s));
    QCOMPARE(QFileInfo(folder).permissions() & 0x0fff, QFile::ReadUser | QFile::WriteUser | QFile::ExeUser);
    QCOMPARE(leftovers().size(), 1);
    QVERIFY(kept == *readPack(path)); // Wherever it stands.

    kept = {};

    QVERIFY(!QFile::exists(folder));
}

void TestPackArchive::modesAreTwo()
{
    const QString path = put(u"p.tar"_s, makeArchive("tar", {manifest,
                                                             {"a", "a", 0},
                                                             {"b", "b", 0700},
                                                             {"c", "c", 06666},
                                                             {"d", "d", 04111},
                                                             {"e", "e", 0677}}));
    const mode_t before = ::umask(077);
    const auto pack = readPack(path);
    ::umask(before);

    QVERIFY2(pack, qPrintable(messageOf(pack)));
    QStringList modes;
    for (const auto &name : {u"a"_s, u"b"_s, u"c"_s, u"d"_s, u"e"_s}) {
        struct stat status
        {
        };
        QVERIFY(::stat((pack->folder() + u'/' + name).toUtf8().constData(), &status) == 0);
        modes += QString::number(status.st_mode & 07777, 8);
    }
    QCOMPARE(modes, (QStringList{u"644"_s, u"755"_s, u"644"_s, u"755"_s, u"644"_s}));
}

void TestPackArchive::placesErrorsInTheArchive()
{
    const MadeEntry wrong{"d/pack.yaml", QByteArray(manifestText).replace("TaskPack", "TaskPaket")};
    const auto inFolder = readPack(put(u"p.tar"_s, makeArchive("tar", {wrong})));
    const auto atRoot = readPack(put(u"q.zip"_s, makeArchive("zip", {{"pack.yaml", wrong.content}})));

    QCOMPARE(messageOf(inFolder), u"ROOT/p.tar/d/pack.yaml:2:7: /kind: unknown kind \"TaskPaket\"; expected "
                                  "\"TaskPack\""_s);
    QCOMPARE(messageOf(atRoot), u"ROOT/q.zip/pack.yaml:2:7: /kind: unknown kind \"TaskPaket\"; expected "
                                "\"TaskPack\""_s);
}

void TestPackArchive::refusesEntries_data()
{
    QTest::addColumn<QByteArray>("formats");
    QTest::addColumn<QList<MadeEntry>>("entries");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const QList<MadeEntry> &entries, const QString &error,
                        const char *formats = "tar tar.zst zip") {
        QTest::newRow(name) << QByteArray(formats) << entries << error;
    };
    row("absolute path", {{"/etc/x", "x"}}, u"ROOT/FILE//etc/x: the path is absolute"_s);
    row("path up", {{"../x", "x"}}, u"ROOT/FILE/../x: the path has a part \"..\""_s);
    row("path up in the middle", {{"a/../../x", "x"}}, u"ROOT/FILE/a/../../x: the path has a part \"..\""_s);
    row("path up at the end", {{"a/..", {}, 0755, AE_IFDIR}},
        u"ROOT/FILE/a/..: the path has a part \"..\""_s);
    row("dot in the middle", {{"a/./x", "x"}}, u"ROOT/FILE/a/./x: the path has a part \".\""_s);
    row("dot and slash twice", {{"././x", "x"}}, u"ROOT/FILE/./x: the path has a part \".\""_s);
    row("empty part", {{"a//x", "x"}}, u"ROOT/FILE/a//x: the path has an empty part"_s);
    row("folder with two slashes", {{"a//", {}, 0755, AE_IFDIR}},
        u"ROOT/FILE/a/: the path has an empty part"_s, "zip");
    row("backslash", {{"a\\x", "x"}}, u"ROOT/FILE/a\\x: the name holds a backslash"_s);
    row("not UTF-8", {{"a\xff", "x"}}, u"ROOT/FILE/a\ufffd: the name is not valid UTF-8"_s);
    row("UTF-8 of a surrogate", {{"a\xed\xa0\x80", "x"}},
        u"ROOT/FILE/a\ufffd\ufffd\ufffd: the name is not valid UTF-8"_s);
    row("not NFC", {{"u\xcc\x88", "x"}}, u"ROOT/FILE/u\u0308: the name is not in Unicode normal form NFC"_s,
        "tar tar.zst zip pax");
    row("folder not NFC", {{"u\xcc\x88/a", "x"}},
        u"ROOT/FILE/u\u0308/a: the name is not in Unicode normal form NFC"_s);
    row("long path", {{QByteArray("a/").repeated(2048) + "b", "x"}},
        u"ROOT/FILE/"_s + u"a/"_s.repeated(100) + u"\u2026: the path is longer than 4096 bytes"_s);
    row("deep path", {{QByteArray("a/").repeated(100) + "b", "x"}},
        u"ROOT/FILE/"_s + u"a/"_s.repeated(100) + u"\u2026: the path is more than 100 parts deep"_s);
    row("long part", {{"d/" + QByteArray(256, 'x'), "x"}},
        u"ROOT/FILE/d/"_s + QString(198, u'x') + u"\u2026: a part of the path is longer than 255 bytes"_s);
    row("symbolic link", {{"a", {}, 0777, AE_IFLNK, "/etc/passwd"}},
        u"ROOT/FILE/a: is a link; a pack holds regular files only"_s);
    row("file through a link", {{"a", {}, 0777, AE_IFLNK, "/tmp"}, {"a/b", "x"}},
        u"ROOT/FILE/a: is a link; a pack holds regular files only"_s);
    row("hard link", {{"a", {}, 0644, AE_IFREG, "pack.yaml"}},
        u"ROOT/FILE/a: is a link; a pack holds regular files only"_s, "tar tar.zst pax");
    row("pipe", {{"a", {}, 0644, AE_IFIFO}},
        u"ROOT/FILE/a: is not a regular file; a pack holds regular files only"_s, "tar tar.zst");
    row("device", {{"a", {}, 0644, AE_IFCHR}},
        u"ROOT/FILE/a: is not a regular file; a pack holds regular files only"_s, "tar tar.zst");
    row("block device", {{"a", {}, 0644, AE_IFBLK}},
        u"ROOT/FILE/a: is not a regular file; a pack holds regular files only"_s, "tar tar.zst");
    row("same name twice", {{"a", "x"}, {"a", "y"}}, u"ROOT/FILE/a: the name stands there twice"_s);
    row("same name after ./", {{"a", "x"}, {"./a", "y"}}, u"ROOT/FILE/a: the name stands there twice"_s);
    row("same folder twice", {{"a/", {}, 0755, AE_IFDIR}, {"a/", {}, 0755, AE_IFDIR}},
        u"ROOT/FILE/a: the name stands there twice"_s);
    row("case", {{"a", "x"}, {"A", "y"}}, u"ROOT/FILE/a: the name differs from \"A\" only in case"_s);
    row("case of a folder", {{"b/a", "x"}, {"B/c", "y"}, {"B/d", "y"}},
        u"ROOT/FILE/b: the name differs from \"B\" only in case"_s);
    row("case of other letters", {{"\xc3\xa4", "x"}, {"\xc3\x84", "y"}},
        u"ROOT/FILE/\u00e4: the name differs from \"\u00c4\" only in case"_s);
    row("file as a folder", {{"a", "x"}, {"a/b", "y"}},
        u"ROOT/FILE/a: stands there as a file and as a folder"_s);
    row("folder as a file", {{"a/b", "x"}, {"a", "y"}},
        u"ROOT/FILE/a: stands there as a file and as a folder"_s);
    row("empty folder as a file", {{"a", {}, 0755, AE_IFDIR}, {"a", "y"}},
        u"ROOT/FILE/a: stands there as a file and as a folder"_s);
}

void TestPackArchive::refusesEntries()
{
    QFETCH(QByteArray, formats);
    QFETCH(QList<MadeEntry>, entries);
    QFETCH(QString, error);
    for (const QByteArray &format : formats.split(' ')) {
        const QString name = u"p."_s + QString::fromLatin1(format == "pax" ? "tar" : format);
        const QString path = put(name, makeArchive(format, QList{manifest} + entries));

        const auto pack = readPack(path);

        QVERIFY2(!pack, format.constData());
        QCOMPARE(int(pack.error().code), int(ErrorCode::InvalidInput));
        QCOMPARE(messageOf(pack), QString(error).replace(u"FILE"_s, name));
        QCOMPARE(QDir(m_dir->path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList{name});
        QCOMPARE(leftovers(), QStringList());
        QFile::remove(path);
    }
}

void TestPackArchive::goesOnAfterABadEntry()
{
    const QString path =
        put(u"p.tar"_s, makeArchive("tar", {{"/a", "x"}, manifest, {"../b", "x"}, {"c\\", "x"}}));

    QCOMPARE(messageOf(readPack(path)), u"3 errors in ROOT/p.tar//a\n"
                                        "ROOT/p.tar//a: the path is absolute\n"
                                        "ROOT/p.tar/../b: the path has a part \"..\"\n"
                                        "ROOT/p.tar/c\\: the name holds a backslash"_s);
}

void TestPackArchive::stopsAfterAHundredProblems()
{
    QList<MadeEntry> entries{manifest};
    for (int i = 0; i < 300; ++i)
        entries += MadeEntry{"/" + QByteArray::number(i), "x"};
    for (const char *format : {"tar", "tar.zst", "zip"}) {
        const auto pack = readPack(put(u"p."_s + QString::fromLatin1(format), makeArchive(format, entries)));
        QVERIFY(!pack);
        QCOMPARE(pack.error().causes.size(), 100);
    }
}

void TestPackArchive::refusesLimits_data()
{
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QString>("limit");
    QTest::addColumn<QString>("error");

    for (const char *format : {"tar", "tar.zst", "zip"}) {
        const auto row = [format](const char16_t *limit, const char16_t *error) {
            const QString name = QString::fromUtf16(limit) + u", "_s + QString::fromLatin1(format);
            QTest::newRow(qPrintable(name))
                << QByteArray(format) << QString::fromUtf16(limit)
                << u"ROOT/p.%1: "_s.arg(QString::fromLatin1(format)) + QString::fromUtf16(error);
        };
        row(u"entries", u"the archive holds more than 5 files and folders");
        row(u"names", u"the names in the archive are too long: more than 29 characters together");
        row(u"bytes", u"the archive unpacks to more than 1 MiB");
        if (QByteArray(format) != "tar")
            row(u"ratio", u"the archive unpacks to more than 20 times its size");
    }
}

void TestPackArchive::refusesLimits()
{
    QFETCH(QByteArray, format);
    QFETCH(QString, limit);
    QFETCH(QString, error);
    const auto archive = [&](const QList<MadeEntry> &entries) {
        return put(u"p."_s + QString::fromLatin1(format), makeArchive(format, entries));
    };
    const ArchiveLimits limits{.maxEntries = limit == u"entries" ? 5 : 100,
                               .maxBytes = 1 << 20,
                               .maxNameCharacters = 29,
                               .maxRatio = limit == u"ratio" ? 20 : 1'000'000,
                               .freeBytes = 300'000};
    // The greatest that is allowed, and one more.
    QList<MadeEntry> good{manifest, {"d/a", "x"}, {"d/b", "x"}, {"c", "x"}};
    QList<MadeEntry> bad = good;
    if (limit == u"entries")
        bad += MadeEntry{"e", "x"};
    else if (limit == u"names")
        good += {{"d/1234567890", "x"}}, bad += {{"d/12345678901", "x"}};
    else if (limit == u"bytes")
        good += {{"e", QByteArray((1 << 20) - 3 - manifestText.size(), 'x')}},
            bad += {{"e", QByteArray((1 << 20) - 2 - manifestText.size(), 'x')}};
    else
        good += {{"e", QByteArray(200'000, 'x')}}, bad += {{"e", QByteArray(400'000, 'x')}};

    QCOMPARE(unpackingError(archive(good), limits), u"no error"_s);
    QCOMPARE(unpackingError(archive(bad), limits), error);
}

/// Puts another archive in place of a good one.
using Change = std::function<QByteArray(QByteArray)>;

static QByteArray withoutEndMark(QByteArray tar)
{
    return tar.chopped(1024);
}

void TestPackArchive::refusesDamage_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *title, const char16_t *name, const Change &change,
                        const char16_t *error) {
        QTest::newRow(title) << QString::fromUtf16(name) << change << QString::fromUtf16(error);
    };
    const auto empty = [](const QByteArray &) { return QByteArray(); };
    row("empty tar", u"p.tar", empty, u"ROOT/p.tar: this is not a tar archive");
    row("empty zst", u"p.tar.zst", empty, u"ROOT/p.tar.zst: this is not Zstandard data");
    row("empty zip", u"p.zip", empty, u"ROOT/p.zip: this is not a zip archive, or its end is missing");
    row(
        "only zeros", u"p.tar", [](const QByteArray &) { return QByteArray(10240, 0); },
        u"there is no pack.yaml at the root of \"ROOT/p.tar\"");
    row(
        "zip named tar", u"p.tar", [](const QByteArray &) { return makeArchive("zip", sample()); },
        u"ROOT/p.tar: this is not a tar archive");
    row(
        "tar named zst", u"p.tar.zst", [](const QByteArray &) { return makeArchive("tar", sample()); },
        u"ROOT/p.tar.zst: this is not Zstandard data");
    row(
        "zst named tar", u"p.tar", [](const QByteArray &) { return makeArchive("tar.zst", sample()); },
        u"ROOT/p.tar: this is not a tar archive");
    row("no end mark", u"p.tar", withoutEndMark, u"ROOT/p.tar: the archive is cut off after its entry 4");
    row(
        "half an end mark", u"p.tar", [](const QByteArray &tar) { return tar.chopped(512); },
        u"ROOT/p.tar: the archive is cut off after its entry 4");
    row(
        "cut off in a file", u"p.tar", [](const QByteArray &tar) { return tar.left(tar.size() - 2000); },
        u"ROOT/p.tar: the archive is cut off within \"Zoo/\u00fc\"");
    row(
        "header changed", u"p.tar",
        [](QByteArray tar) { return tar.replace("scripts/run.sh", "scripts/ruN.sh"); },
        u"ROOT/p.tar: the archive is damaged after its entry 1");
    row(
        "data behind tar", u"p.tar", [](const QByteArray &tar) { return tar + "x"; },
        u"ROOT/p.tar: data follows the end of the archive");
    row(
        "data behind padding", u"p.tar",
        [](const QByteArray &tar) { return tar + QByteArray(100'000, 0) + "x"; },
        u"ROOT/p.tar: data follows the end of the archive");
    row(
        "two tars", u"p.tar", [](const QByteArray &tar) { return tar + tar; },
        u"ROOT/p.tar: data follows the end of the archive");
    row(
        "data behind zst", u"p.tar.zst", [](const QByteArray &zst) { return zst + "xxxx"; },
        u"ROOT/p.tar.zst: the Zstandard data is damaged");
    row(
        "zst cut off", u"p.tar.zst", [](const QByteArray &zst) { return zst.chopped(1); },
        u"ROOT/p.tar.zst: the Zstandard data is cut off");
    row(
        "zip with data behind", u"p.zip", [](const QByteArray &zip) { return zip + "x"; },
        u"ROOT/p.zip: data follows the end of the archive");
    row(
        "zip with data before", u"p.zip", [](const QByteArray &zip) { return "x" + zip; },
        u"ROOT/p.zip: the zip archive is damaged: its directory does not stand at its end");
    row(
        "zip cut off", u"p.zip", [](const QByteArray &zip) { return zip.chopped(1); },
        u"ROOT/p.zip: this is not a zip archive, or its end is missing");
    row(
        "no manifest", u"p.zip",
        [](const QByteArray &) {
            return makeArchive("zip", {{"a", "x"}});
        },
        u"there is no pack.yaml at the root of \"ROOT/p.zip\"");
    row(
        "manifest two folders down", u"p.tar",
        [](const QByteArray &) {
            return makeArchive("tar", {{"a/b/pack.yaml", manifestText}});
        },
        u"there is no pack.yaml at the root of \"ROOT/p.tar\"");
    row(
        "folder and something else", u"p.tar",
        [](const QByteArray &) {
            return makeArchive("tar", {{"a/pack.yaml", manifestText}, {"b", "x"}});
        },
        u"there is no pack.yaml at the root of \"ROOT/p.tar\"");
    row(
        "holes", u"p.tar",
        [](const QByteArray &) {
            archive_entry *entry = archive_entry_new();
            QByteArray bytes;
            archive *writer = archive_write_new();
            archive_write_set_format_pax(writer);
            archive_write_open(writer, &bytes, nullptr, appendTo, nullptr);
            archive_entry_set_pathname(entry, "big");
            archive_entry_set_filetype(entry, AE_IFREG);
            archive_entry_set_perm(entry, 0644);
            archive_entry_set_size(entry, 1LL << 40);
            archive_entry_sparse_add_entry(entry, 0, 5);
            archive_write_header(writer, entry);
            archive_write_data(writer, "12345", 5);
            archive_entry_free(entry);
            archive_write_close(writer);
            archive_write_free(writer);
            return bytes;
        },
        u"ROOT/p.tar/big: is stored with holes (sparse), which no pack holds");
}

void TestPackArchive::refusesDamage()
{
    QFETCH(QString, name);
    QFETCH(Change, change);
    QFETCH(QString, error);
    const QByteArray good = makeArchive(name.mid(2).toLatin1(), sample());
    QVERIFY(readPack(put(name, good)));

    QCOMPARE(messageOf(readPack(put(name, change(good)))), error);
}

void TestPackArchive::refusesCuts_data()
{
    formats();
}

void TestPackArchive::refusesCuts()
{
    QFETCH(QByteArray, format);
    const QByteArray whole = makeArchive(format, {manifest, {"a", "text"}, {"d/b", "text"}});
    const QString name = u"p."_s + QString::fromLatin1(format);
    QVERIFY(readPack(put(name, whole)));
    for (qsizetype size = 0; size < whole.size(); size += format == "tar" ? 101 : 3) {
        const auto pack = readPack(put(name, whole.left(size)));
        QVERIFY2(!pack, qPrintable(QString::number(size)));
        QVERIFY(!pack.error().message.isEmpty());
    }
}

void TestPackArchive::changedBytesAreNoticedOrHarmless_data()
{
    formats();
}

/// An archive with one byte changed is refused or is a pack that holds itself to the rules, never a crash.
void TestPackArchive::changedBytesAreNoticedOrHarmless()
{
    QFETCH(QByteArray, format);
    const QByteArray whole = makeArchive(format, {manifest, {"a", "text"}, {"d/b", "text", 0755}});
    const QString name = u"p."_s + QString::fromLatin1(format);
    int refused = 0;
    for (qsizetype at = 0; at < whole.size(); at += 5) {
        QByteArray changed = whole;
        changed[at] = char(changed[at] ^ 0xff);
        const auto unpacked = unpackArchive(put(name, changed), *archiveFormatOf(name));
        if (!unpacked)
            ++refused;
        else
            QVERIFY(QFile::exists(unpacked->packFolder() + u"/pack.yaml"_s));
    }
    QVERIFY2(refused > whole.size() / 50, qPrintable(QString::number(refused)));
}

void TestPackArchive::refusesZipsWithTwoMeanings_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *title, const Change &change, const QString &error) {
        QTest::newRow(title) << change << u"ROOT/p.zip"_s + error;
    };
    const auto set16 = [](QByteArray &zip, qsizetype at, quint16 value) {
        qToLittleEndian(value, zip.data() + at);
    };
    row(
        "other name in the directory",
        [](QByteArray zip) { return zip.replace(zip.lastIndexOf("scripts.txt"), 1, "S"); },
        u": the zip archive is damaged: its directory and its entries do not agree"_s);
    row(
        "NUL in a name",
        [](QByteArray zip) { return zip.replace("scripts.txt", QByteArray("script\0.txt", 11)); },
        u"/script\0.txt: the name holds a NUL character"_s);
    row(
        "encrypted",
        [set16](QByteArray zip) {
            set16(zip, zip.indexOf("PK\x03\x04") + 6, 9);
            set16(zip, zip.indexOf("PK\x01\x02") + 8, 9);
            return zip;
        },
        u"/pack.yaml: is encrypted"_s);
    row(
        "encrypted in one place",
        [set16](QByteArray zip) {
            set16(zip, zip.indexOf("PK\x03\x04") + 6, 9);
            return zip;
        },
        u": the zip archive is damaged: its directory and its entries do not agree"_s);
    row(
        "other method",
        [set16](QByteArray zip) {
            set16(zip, zip.indexOf("PK\x03\x04") + 8, 12);
            set16(zip, zip.indexOf("PK\x01\x02") + 10, 12);
            return zip;
        },
        u"/pack.yaml: is packed by method 12; expected stored (0) or deflated (8)"_s);
    row(
        "one entry fewer in the directory",
        [set16](QByteArray zip) {
            set16(zip, zip.indexOf("PK\x05\x06") + 8, 3);
            set16(zip, zip.indexOf("PK\x05\x06") + 10, 3);
            return zip;
        },
        u": the zip archive is damaged: its directory is not what it should be"_s);
    row(
        "two entries of the same data",
        [](QByteArray zip) {
            const qsizetype first = zip.indexOf("PK\x01\x02");
            const qsizetype second = zip.indexOf("PK\x01\x02", first + 4);
            return zip.replace(second + 42, 4, zip.mid(first + 42, 4));
        },
        u": the zip archive is damaged: its parts overlap or leave gaps"_s);
    row(
        "several disks",
        [set16](QByteArray zip) {
            set16(zip, zip.indexOf("PK\x05\x06") + 4, 1);
            return zip;
        },
        u": the archive is one part of several"_s);
    row(
        "wrong checksum",
        [](QByteArray zip) {
            const qsizetype entry = zip.indexOf("PK\x01\x02");
            const QByteArray checksum = zip.mid(entry + 16, 4);
            return zip.replace(checksum, QByteArray("abcd"));
        },
        u": the archive is damaged within \"pack.yaml\""_s);
    row(
        "comment with another end",
        [set16](QByteArray zip) {
            const QByteArray end = zip.mid(zip.indexOf("PK\x05\x06"));
            set16(zip, zip.indexOf("PK\x05\x06") + 20, quint16(end.size()));
            return zip + end;
        },
        u": the zip archive is damaged: its directory does not stand at its end"_s);
}

void TestPackArchive::refusesZipsWithTwoMeanings()
{
    QFETCH(Change, change);
    QFETCH(QString, error);
    const QByteArray good = makeArchive("zip", sample());

    QCOMPARE(messageOf(readPack(put(u"p.zip"_s, change(good)))), error);
}

QTEST_GUILESS_MAIN(TestPackArchive)
#include "tst_pack_archive.moc"
