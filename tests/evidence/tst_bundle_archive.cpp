#include "engine/evidence/checks/byte_comparer.h"
#include "tests/support/sample_run.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

#include <archive.h>
#include <archive_entry.h>

using namespace Qt::StringLiterals;
using engine::CheckResult;
using test::SampleRun;

namespace {

/// An entry as somebody else might put it into an archive.
struct Entry
{
    QByteArray path{};
    QByteArray bytes = "x";
    unsigned type = AE_IFREG;
    QByteArray link{};
    bool isHardLink = false;
    int mode = 0644;
    qint64 mtime = 0;
    bool isSparse = false;
};

using Shape = std::function<int(archive *)>;

QByteArray archiveOf(const QList<Entry> &entries,
                     const Shape &format = archive_write_set_format_pax_restricted,
                     const Shape &filter = archive_write_add_filter_none)
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"a.tar"_s);
    archive *writer = archive_write_new();
    if (format(writer) != ARCHIVE_OK || filter(writer) != ARCHIVE_OK
        || archive_write_set_bytes_in_last_block(writer, 1) != ARCHIVE_OK
        || archive_write_open_filename(writer, QFile::encodeName(path).constData()) != ARCHIVE_OK)
        qFatal("cannot write an archive: %s", archive_error_string(writer));
    for (const Entry &entry : entries) {
        archive_entry *header = archive_entry_new();
        archive_entry_set_pathname(header, entry.path.constData());
        archive_entry_set_filetype(header, entry.type);
        archive_entry_set_perm(header, mode_t(entry.mode));
        archive_entry_set_mtime(header, entry.mtime, 0);
        if (entry.isHardLink)
            archive_entry_set_hardlink(header, entry.link.constData());
        else if (!entry.link.isEmpty())
            archive_entry_set_symlink(header, entry.link.constData());
        const bool hasBytes = entry.type == AE_IFREG && !entry.isHardLink;
        archive_entry_set_size(header, hasBytes ? entry.bytes.size() : 0);
        if (entry.isSparse)
            archive_entry_sparse_add_entry(header, entry.bytes.size() - 1, 1);
        if (archive_write_header(writer, header) < ARCHIVE_WARN)
            qFatal("cannot write %s: %s", entry.path.constData(), archive_error_string(writer));
        if (hasBytes)
            archive_write_data(writer, entry.bytes.constData(), size_t(entry.bytes.size()));
        archive_entry_free(header);
    }
    archive_write_close(writer);
    archive_write_free(writer);
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

engine::VerificationReport verify(const QByteArray &bytes, const engine::BundleLimits &limits = {})
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"bundle.tar"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write");
    file.close();
    const auto report = engine::verifyBundle(file.fileName(), {}, {}, {limits, {}});
    if (!report)
        qFatal("%s", qPrintable(report.error().toString()));
    return *report;
}

/// One header of a member that claims a size, without its bytes.
QByteArray headerClaiming(const QByteArray &path, qint64 size)
{
    QByteArray header = archiveOf({{path}}).left(512);
    const QByteArray octal = QByteArray::number(size, 8).rightJustified(11, '0');
    header.replace(124, 11, octal);
    header.replace(148, 8, "        ");
    unsigned sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    header.replace(148, 7, QByteArray::number(sum, 8).rightJustified(6, '0') + '\0');
    return header;
}

QByteArray sampleBundle()
{
    SampleRun run;
    QFile file(run.write());
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestBundleArchive : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void refuses_data();
    void refuses();
    void refusesWhatStandsBehind();
    void refusesPadding();
    void limitsFiles();
    void limitsDocuments();
    void readsBombsQuickly();
    void comparesInAnyBlocks();
};

void TestBundleArchive::refuses_data()
{
    QTest::addColumn<QByteArray>("archive");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("detail");
    const auto row = [](const char *name, const QByteArray &bytes, const char *headline,
                        const QString &detail) {
        QTest::newRow(name) << bytes << QString::fromLatin1(headline) << detail;
    };
    const auto name = [&row](const char *what, const QByteArray &path, const QString &shown) {
        row(what, archiveOf({{path}}), "tampered",
            u"\"%1\" is not a name that a bundle may contain"_s.arg(shown));
    };
    name("absolute", "/etc/passwd", u"/etc/passwd"_s);
    name("parent", "../plan.json", u"../plan.json"_s);
    name("parent inside", "keys/../../plan.json", u"keys/../../plan.json"_s);
    name("parent at the end", "keys/..", u"keys/.."_s);
    name("dot", "./plan.json", u"./plan.json"_s);
    name("empty part", "keys//a.pem", u"keys//a.pem"_s);
    name("backslash", "keys\\a.pem", u"keys\\a.pem"_s);
    name("drive", "C:plan.json", u"C:plan.json"_s);
    name("space", "plan .json", u"plan .json"_s);
    name("terminal's language", "\x1b[31mred", u"?[31mred"_s);
    name("not ASCII", "pl\xc3\xa4n.json", u"pl?n.json"_s);
    name("very long", QByteArray(300, 'a'), QString(200, u'a'));

    const auto kind = [&row](const char *what, const Entry &entry) {
        row(what, archiveOf({entry}), "tampered", u"\"plan.json\" is not a regular file"_s);
    };
    kind("symbolic link", {"plan.json", {}, AE_IFLNK, "/etc/passwd"});
    kind("hard link", {"plan.json", {}, AE_IFREG, "manifest.json", true});
    kind("device", {"plan.json", {}, AE_IFCHR});
    kind("block device", {"plan.json", {}, AE_IFBLK});
    kind("pipe", {"plan.json", {}, AE_IFIFO});
    row("folder", archiveOf({{"keys", {}, AE_IFDIR}}), "tampered",
        u"\"keys/\" is not a name that a bundle may contain"_s);
    row("sparse",
        archiveOf({{"plan.json", QByteArray(1 << 20, 'x'), AE_IFREG, {}, false, 0644, 0, true}},
                  archive_write_set_format_pax),
        "tampered", u"\"plan.json\" is not a regular file"_s);

    row("same name twice", archiveOf({{"plan.json"}, {"plan.json"}}), "tampered",
        u"\"plan.json\" is there twice, or differs from another name only in case"_s);
    row("names differ in case", archiveOf({{"PLAN.json"}, {"plan.json"}}), "tampered",
        u"\"plan.json\" is there twice, or differs from another name only in case"_s);
    row("order", archiveOf({{"plan.json"}, {"manifest.json"}}), "tampered",
        u"\"manifest.json\" is out of order"_s);
    row("mode", archiveOf({{"plan.json", "x", AE_IFREG, {}, false, 04755}}), "tampered",
        u"byte 102 of the archive is not as a bundle of these files has it"_s);
    row("time", archiveOf({{"plan.json", "x", AE_IFREG, {}, false, 0644, 1}}), "tampered",
        u"byte 146 of the archive is not as a bundle of these files has it"_s);
    row("another tar format", archiveOf({{"plan.json"}}, archive_write_set_format_gnutar), "tampered",
        u"byte 103 of the archive is not as a bundle of these files has it"_s);

    const QString notTar = u"this is not a tar archive"_s;
    row("empty file", {}, "not-checkable", notTar);
    row("text", "hello\n", "not-checkable", notTar);
    row("zeros", QByteArray(10240, '\0'), "not-checkable", notTar);
    row("noise", QByteArray(10240, '\x5a'), "not-checkable", notTar);
    row("zip", archiveOf({{"plan.json"}}, archive_write_set_format_zip), "not-checkable", notTar);
    row("cpio", archiveOf({{"plan.json"}}, archive_write_set_format_cpio_newc), "not-checkable", notTar);
    row("compressed",
        archiveOf({{"plan.json"}}, archive_write_set_format_pax_restricted, archive_write_add_filter_gzip),
        "not-checkable", notTar);
    row("claims more than there is",
        archiveOf({{"inputs/inputs.json"}}).left(1024) + headerClaiming("transcripts/a.log", 1LL << 32) + "x",
        "incomplete", u"the archive ends in the middle, after 1 whole files"_s);
}

void TestBundleArchive::refuses()
{
    QFETCH(QByteArray, archive);
    QFETCH(QString, headline);
    QFETCH(QString, detail);

    const auto report = verify(archive);

    QCOMPARE(report.checks.first().id, u"container"_s);
    QCOMPARE(report.checks.first().detail, detail);
    QCOMPARE(toString(report.headline), headline);
    for (const engine::Check &check : report.checks)
        QVERIFY(check.result != CheckResult::Passed);
}

void TestBundleArchive::refusesWhatStandsBehind()
{
    const QByteArray bundle = sampleBundle();

    for (const auto &[behind, size] :
         {std::pair(QByteArray("x"), 1), {QByteArray(512, '\0'), 512}, {bundle, int(bundle.size())}}) {
        const auto report = verify(bundle + behind);
        QCOMPARE(toString(report.headline), u"tampered"_s);
        QCOMPARE(report.checks.first().detail, u"%1 bytes follow the end of the archive"_s.arg(size));
    }
}

void TestBundleArchive::refusesPadding()
{
    QByteArray bundle = archiveOf({{"plan.json", "four"}});
    bundle[700] = 'h'; // Between the file's end and the next block: no reader shows it.

    const auto report = verify(bundle);

    QCOMPARE(toString(report.headline), u"tampered"_s);
    QCOMPARE(report.checks.first().detail,
             u"byte 700 of the archive is not as a bundle of these files has it"_s);
}

void TestBundleArchive::limitsFiles()
{
    QList<Entry> entries;
    for (int i = 0; i < 101; ++i)
        entries += Entry{u"transcripts/%1.log"_s.arg(i, 3, 10, QChar(u'0')).toLatin1()};
    engine::BundleLimits limits;
    limits.maxFiles = 100;

    const auto report = verify(archiveOf(entries), limits);

    QCOMPARE(toString(report.headline), u"not-checkable"_s);
    QCOMPARE(report.checks.first().detail, u"the archive holds more than 100 files"_s);
    entries.removeLast();
    QVERIFY(verify(archiveOf(entries), limits).checks.first().result != CheckResult::Failed);
}

void TestBundleArchive::limitsDocuments()
{
    engine::BundleLimits limits;
    limits.maxDocumentBytes = 1000;
    const QList<Entry> fits{{"inputs/inputs.json", QByteArray(600, 'x')},
                            {"outputs/artifacts/a", QByteArray(5000, 'x')},
                            {"plan.json", QByteArray(400, 'x')}};
    QVERIFY(verify(archiveOf(fits), limits).checks.first().result != CheckResult::Failed);
    QList<Entry> exceeds = fits;
    exceeds.last().bytes += 'x';

    const auto report = verify(archiveOf(exceeds), limits);

    QCOMPARE(toString(report.headline), u"not-checkable"_s);
    QCOMPARE(report.checks.first().detail,
             u"with \"plan.json\" the documents come to more than 1000 bytes"_s);
}

void TestBundleArchive::readsBombsQuickly()
{
    QElapsedTimer timer;
    timer.start();

    // Sizes that nobody has: no memory is taken for what is only claimed.
    const auto claimed = verify(headerClaiming("plan.json", 077777777777) + QByteArray(2048, 'x'));
    QCOMPARE(toString(claimed.headline), u"not-checkable"_s);
    QCOMPARE(claimed.checks.first().detail,
             u"with \"plan.json\" the documents come to more than 268435456 bytes"_s);

    // A journal that is one endless line.
    engine::BundleLimits limits;
    limits.maxLineBytes = 1000;
    const auto line = verify(archiveOf({{"journal.jsonl", QByteArray(1 << 20, ' ')}}), limits);
    QVERIFY(!line.isGood());

    // JSON that nests deeper than any stack.
    const QByteArray deep = QByteArray(1 << 20, '[');
    const auto nested = verify(archiveOf({{"SHA256SUMS", deep},
                                          {"attestations/pack-run.dsse.json", deep},
                                          {"journal.jsonl", deep + "\n"},
                                          {"manifest.json", deep},
                                          {"plan.json", deep}}));
    QVERIFY(!nested.isGood());
    QVERIFY(timer.elapsed() < 5000);
}

void TestBundleArchive::comparesInAnyBlocks()
{
    engine::ByteComparer equal;
    equal.expect("ab");
    equal.write("abcd");
    QCOMPARE(equal.missing(), 2);
    equal.expect("cdef");
    QCOMPARE(equal.left(), 2);
    equal.write("ef");
    QCOMPARE(equal.left() + equal.missing(), 0);
    QCOMPARE(equal.differsAt(), -1);

    engine::ByteComparer ended;
    ended.write("ab");
    ended.endOfWriting();
    ended.expect("abcdef");
    QCOMPARE(ended.differsAt(), -1);
    QCOMPARE(ended.left(), 4);

    engine::ByteComparer different;
    different.expect("abcx");
    different.write("ab");
    different.write("cd");
    QCOMPARE(different.differsAt(), 3);
    different.expect(QByteArray(1000, 'x'));
    QCOMPARE(different.left(), 0); // Nothing is kept any more.
}

QTEST_GUILESS_MAIN(TestBundleArchive)
#include "tst_bundle_archive.moc"
