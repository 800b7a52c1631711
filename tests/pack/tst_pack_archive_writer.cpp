#include "engine/base/digest.h"
#include "engine/pack/files/pack_archive.h"
#include "tests/pack/archive_maker.h"

#include <QBuffer>
#include <QDir>
#include <QTemporaryDir>

#include <clocale>
#include <sys/stat.h>
#include <utime.h>

using namespace Qt::StringLiterals;
using namespace engine;

static const QByteArray manifestText = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.2.0-rc.1 }
spec:
  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]
)";

/// Packs written as archives: the same bytes whoever writes them, and nothing but packs.
class TestPackArchiveWriter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void givesTheSameBytes_data();
    void givesTheSameBytes();
    void entriesArePlain_data();
    void entriesArePlain();
    void archiveOfAnArchiveIsTheSame();
    void takesTheNameOfThePack();
    void leavesOutVersionControl();
    void refuses_data();
    void refuses();
    void keepsWhatWasThereWhenItFails();
    void noticesChangedFiles_data();
    void noticesChangedFiles();

private:
    QString path(const QString &name) const { return m_dir->filePath(name); }
    QString message(const Error &error) const { return error.toString().replace(m_dir->path(), u"ROOT"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

static QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot be read");
}

static QList<MadeEntry> sample()
{
    return {{"pack.yaml", manifestText},
            {"scripts/run.sh", QByteArray("echo\n").repeated(5000), 0755},
            {"scripts.txt", ""},
            {"Zoo/\xc3\xbc", "x"},
            {QByteArray("long/").repeated(40) + QByteArray(150, 'n'), "y"}};
}

static void writeEntries(const QString &folder, const QList<MadeEntry> &entries)
{
    for (const MadeEntry &entry : entries) {
        const QString file = folder + u'/' + QString::fromUtf8(entry.name);
        QVERIFY(QDir().mkpath(QFileInfo(file).path()));
        writeFile(file, entry.content);
        QVERIFY(::chmod(file.toUtf8().constData(), entry.mode) == 0);
    }
}

static void formats()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"p.tar", "p.tar.zst", "p.zip"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestPackArchiveWriter::givesTheSameBytes_data()
{
    formats();
}

void TestPackArchiveWriter::givesTheSameBytes()
{
    QFETCH(QString, name);
    QList<MadeEntry> entries = sample();
    writeEntries(path(u"one"_s), entries);
    std::reverse(entries.begin(), entries.end());
    for (MadeEntry &entry : entries)
        entry.mode = entry.mode == 0755 ? 0700 : 0600;
    writeEntries(path(u"other"_s), entries);
    const utimbuf longAgo{86'400, 86'400};
    QVERIFY(::utime(path(u"other/scripts.txt"_s).toUtf8().constData(), &longAgo) == 0);
    QVERIFY(QDir().mkpath(path(u"other/empty"_s)));

    QVERIFY(writePackArchive(path(u"one"_s), path(u"1-"_s + name)));
    const QByteArray locale = std::setlocale(LC_ALL, nullptr);
    const QByteArray zone = qgetenv("TZ");
    const mode_t mask = ::umask(077);
    qputenv("TZ", "Asia/Tokyo");
    std::setlocale(LC_ALL, "C");
    const auto written = writePackArchive(path(u"other/pack.yaml"_s), path(u"2-"_s + name));
    std::setlocale(LC_ALL, locale.constData());
    qputenv("TZ", zone);
    ::umask(mask);

    QVERIFY2(written, qPrintable(written ? QString() : written.error().toString()));
    const QByteArray bytes = contentOf(path(u"2-"_s + name));
    QVERIFY(contentOf(path(u"1-"_s + name)) == bytes);
    QCOMPARE(written->path, path(u"2-"_s + name));
    QCOMPARE(written->sizeBytes, bytes.size());
    const auto again = readPack(path(u"2-"_s + name));
    QVERIFY2(again, qPrintable(again ? QString() : again.error().toString()));
    QCOMPARE(again->files, readPack(path(u"one"_s))->files);
    QCOMPARE(again->digest, readPack(path(u"one"_s))->digest);
}

void TestPackArchiveWriter::entriesArePlain_data()
{
    formats();
}

/// What libarchive finds in the archive, entry by entry.
void TestPackArchiveWriter::entriesArePlain()
{
    QFETCH(QString, name);
    writeEntries(path(u"pack"_s), sample());
    QVERIFY(writePackArchive(path(u"pack"_s), path(name)));
    archive *reader = archive_read_new();
    archive_read_support_filter_zstd(reader);
    archive_read_support_format_tar(reader);
    archive_read_support_format_zip_seekable(reader);
    QCOMPARE(archive_read_open_filename(reader, path(name).toUtf8().constData(), 4096), ARCHIVE_OK);

    QStringList names;
    archive_entry *entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
        names += QString::fromUtf8(archive_entry_pathname(entry));
        QCOMPARE(archive_entry_filetype(entry), unsigned(AE_IFREG));
        QCOMPARE(archive_entry_perm(entry), names.last().endsWith(u".sh"_s) ? 0755U : 0644U);
        QCOMPARE(archive_entry_uid(entry), 0);
        QCOMPARE(archive_entry_gid(entry), 0);
        QCOMPARE(QByteArray(archive_entry_uname(entry)), QByteArray());
        QCOMPARE(QByteArray(archive_entry_gname(entry)), QByteArray());
        if (name.endsWith(u".zip"_s)) // A local time, the first that there is.
            QCOMPARE(QDateTime::fromSecsSinceEpoch(archive_entry_mtime(entry)).date(), QDate(1980, 1, 1));
        else
            QCOMPARE(archive_entry_mtime(entry), 0);
    }
    archive_read_free(reader);

    QCOMPARE(names, (QStringList{u"Zoo/\u00fc"_s, u"long/"_s.repeated(40) + QString(150, u'n'),
                                 u"pack.yaml"_s, u"scripts.txt"_s, u"scripts/run.sh"_s}));
}

void TestPackArchiveWriter::archiveOfAnArchiveIsTheSame()
{
    writeEntries(path(u"pack"_s), sample());
    QVERIFY(writePackArchive(path(u"pack"_s), path(u"a.tar.zst"_s)));
    QVERIFY(writePackArchive(path(u"a.tar.zst"_s), path(u"b.zip"_s)));
    QVERIFY(writePackArchive(path(u"b.zip"_s), path(u"c.TAR.ZST"_s)));

    QVERIFY(contentOf(path(u"a.tar.zst"_s)) == contentOf(path(u"c.TAR.ZST"_s)));
    QVERIFY(readPack(path(u"b.zip"_s))->digest == readPack(path(u"pack"_s))->digest);
}

void TestPackArchiveWriter::takesTheNameOfThePack()
{
    writeEntries(path(u"pack"_s), sample());
    const QString before = QDir::currentPath();
    QVERIFY(QDir::setCurrent(m_dir->path()));
    const auto written = writePackArchive(u"pack"_s, {});
    const auto inside = QDir::setCurrent(path(u"pack"_s)) ? writePackArchive(u"."_s, {}) : written;
    QVERIFY(QDir::setCurrent(before));

    QVERIFY(written);
    QCOMPARE(written->path, u"p-1.2.0-rc.1.tar.zst"_s);
    QVERIFY(QFile::exists(path(u"p-1.2.0-rc.1.tar.zst"_s)));
    QVERIFY(!inside);
    QCOMPARE(inside.error().toString(),
             u"\"p-1.2.0-rc.1.tar.zst\" would lie inside the pack \".\" and become a part of it"_s);
}

void TestPackArchiveWriter::leavesOutVersionControl()
{
    writeEntries(path(u"pack"_s), sample());
    QVERIFY(writePackArchive(path(u"pack"_s), path(u"a.tar"_s)));
    writeEntries(path(u"pack"_s), {{".git/HEAD", "x"}});
    QVERIFY(writePackArchive(path(u"pack"_s), path(u"b.tar"_s)));

    QVERIFY(contentOf(path(u"a.tar"_s)) == contentOf(path(u"b.tar"_s)));
}

void TestPackArchiveWriter::refuses_data()
{
    QTest::addColumn<QString>("pack");
    QTest::addColumn<QString>("out");
    QTest::addColumn<QString>("error");

    QTest::newRow("other ending")
        << u"pack"_s << u"p.tar.gz"_s
        << u"\"ROOT/p.tar.gz\" names no format of archives; expected .tar, .tar.zst or .zip"_s;
    QTest::newRow("no pack") << u"none"_s << u"p.tar"_s << u"there is no pack \"ROOT/none\""_s;
    QTest::newRow("wrong pack") << u"wrong"_s << u"p.tar"_s
                                << u"ROOT/wrong/pack.yaml:1:1: expected a mapping, found the text \"x\""_s;
    QTest::newRow("inside")
        << u"pack"_s << u"pack/p.tar"_s
        << u"\"ROOT/pack/p.tar\" would lie inside the pack \"ROOT/pack\" and become a part of it"_s;
    QTest::newRow("deep inside, by a link")
        << u"pack"_s << u"link/Zoo/p.zip"_s
        << u"\"ROOT/link/Zoo/p.zip\" would lie inside the pack \"ROOT/pack\" and become a part of it"_s;
    QTest::newRow("no such folder") << u"pack"_s << u"none/p.tar"_s
                                    << u"cannot write \"ROOT/none/p.tar\": No such file or directory"_s;
    QTest::newRow("a folder") << u"pack"_s << u"folder.zip"_s
                              << u"cannot write \"ROOT/folder.zip\": Filename refers to a directory"_s;
}

void TestPackArchiveWriter::refuses()
{
    QFETCH(QString, pack);
    QFETCH(QString, out);
    QFETCH(QString, error);
    writeEntries(path(u"pack"_s), sample());
    writeEntries(path(u"wrong"_s), {{"pack.yaml", "x"}});
    QVERIFY(QFile::link(path(u"pack"_s), path(u"link"_s)) && QDir().mkpath(path(u"folder.zip"_s)));

    const auto written = writePackArchive(path(pack), path(out));

    QVERIFY(!written);
    QCOMPARE(message(written.error()), error);
    QVERIFY(!QFileInfo(path(out)).isFile());
}

void TestPackArchiveWriter::keepsWhatWasThereWhenItFails()
{
    writeEntries(path(u"pack"_s), sample());
    writeFile(path(u"p.tar"_s), "old");
    writeFile(path(u"pack/pack.yaml"_s), "x");
    QVERIFY(!writePackArchive(path(u"pack"_s), path(u"p.tar"_s)));
    QCOMPARE(contentOf(path(u"p.tar"_s)), QByteArray("old"));

    writeFile(path(u"pack/pack.yaml"_s), manifestText);
    QVERIFY(writePackArchive(path(u"pack"_s), path(u"p.tar"_s)));
    QVERIFY(readPack(path(u"p.tar"_s)));
    QCOMPARE(QDir(m_dir->path()).entryList(QDir::Files), QStringList{u"p.tar"_s});
}

void TestPackArchiveWriter::noticesChangedFiles_data()
{
    QTest::addColumn<QByteArray>("now");
    QTest::newRow("longer") << QByteArray("12345");
    QTest::newRow("shorter") << QByteArray("123");
    QTest::newRow("other") << QByteArray("1243");
}

void TestPackArchiveWriter::noticesChangedFiles()
{
    QFETCH(QByteArray, now);
    writeFile(path(u"a"_s), now);
    QBuffer out;
    QVERIFY(out.open(QIODevice::WriteOnly));

    const auto written =
        writeArchive(m_dir->path(), {PackFile{u"a"_s, false, 4, sha256Hex("1234")}}, ArchiveFormat::Tar, out);

    QVERIFY(!written);
    QCOMPARE(written.error().toString(), u"\"a\" changed while the pack was written"_s);
}

QTEST_GUILESS_MAIN(TestPackArchiveWriter)
#include "tst_pack_archive_writer.moc"
