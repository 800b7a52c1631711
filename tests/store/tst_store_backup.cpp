#include "engine/store/upkeep/store_backup.h"
#include "store_samples.h"

#include <QDir>
#include <QDirIterator>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <csignal>
#include <sys/resource.h>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::at;
using samples::runId;

class TestStoreBackup : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void holdsAllThatIsKept();
    void keysAndWorkspacesStay();
    void isOfOneMomentWhileRunsGoOn();
    void whatIsDamagedIsSaid();
    void damagedDatabaseIsNotCopied();
    void refusesATarget_data();
    void refusesATarget();
    void replacesAnEarlierBackup();
    void fullDiskLeavesNothing();

private:
    QString dataDir() const { return m_folder->filePath(u"data"_s); }
    QString target() const { return m_folder->filePath(u"copies/monday"_s); }
    /// Relative paths of all files below a folder.
    static QStringList filesIn(const QString &folder);

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
};

void TestStoreBackup::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_file = samples::soundDataDir(dataDir());
    samples::writeFile(dataDir() + u"/trust.json"_s, "[]");
    samples::writeFile(dataDir() + u"/keys/engine.pem"_s, "secret");
}

QStringList TestStoreBackup::filesIn(const QString &folder)
{
    QStringList names;
    QDirIterator files(folder, QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        if (const QString path = files.next(); !files.fileInfo().isDir())
            names += QDir(folder).relativeFilePath(path);
    }
    names.sort();
    return names;
}

void TestStoreBackup::holdsAllThatIsKept()
{
    const QString earlier = u"evidence/%1.1.evidence.tar"_s.arg(runId(1).value);
    samples::writeFile(dataDir() + u'/' + earlier, "of its first end");
    for (const QString &name :
         {runId(1).value + u".evidence.tar.AbCdEf"_s, runId(9).value + u".evidence.tar"_s})
        samples::writeFile(dataDir() + u"/evidence/"_s + name, "of no run, or not whole");
    const auto report = backupStore(dataDir(), target(), false, at(20));
    QVERIFY2(report, report ? "" : qPrintable(report.error().toString()));
    QVERIFY(report->check.isGood());
    QCOMPARE(report->check.runs, 2);
    QCOMPARE(report->evidenceFiles, 2);

    QStringList expected{u"backup.json"_s, earlier, u"evidence/%1.evidence.tar"_s.arg(runId(1).value),
                         u"taskrunner.sqlite"_s, u"trust.json"_s};
    for (const QString &name : filesIn(dataDir())) {
        if (name.startsWith(u"artifacts/"_s))
            expected += name;
    }
    expected.sort();
    QCOMPARE(filesIn(target()), expected);
    QCOMPARE(QDir(m_folder->filePath(u"copies"_s))
                 .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{u"monday"_s});
    QCOMPARE(samples::readFile(target() + u"/backup.json"_s),
             R"({"createdAt":"2026-01-31T09:05:20.250Z","dataDir":")" + dataDir().toUtf8()
                 + "\",\"kind\":\"taskrunner-backup\"}\n");
    QCOMPARE(QFile::permissions(target()) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());

    // It is a data directory: it can be read, checked and written.
    const auto copy = samples::opened(target() + u"/taskrunner.sqlite"_s, Store::Mode::ReadWrite);
    const auto original = samples::opened(m_file, Store::Mode::ReadOnly);
    QCOMPARE(*copy->runs({}), *original->runs({}));
    QCOMPARE(*copy->events(runId(1)), *original->events(runId(1)));
    QCOMPARE(*copy->logs({runId(2)}), *original->logs({runId(2)}));
    QCOMPARE(*copy->artifacts(runId(1)), *original->artifacts(runId(1)));
    QVERIFY(copy->checkAuditLog());
    QVERIFY(copy->appendLogs(runId(2), samples::logLines(0, 5)));
    QVERIFY(checkStore(target() + u"/taskrunner.sqlite"_s, target())->isGood());
}

void TestStoreBackup::keysAndWorkspacesStay()
{
    QVERIFY(backupStore(dataDir(), target(), false, at(20)));
    for (const QString &name : filesIn(target()))
        QVERIFY2(!name.startsWith(u"keys"_s) && !name.startsWith(u"runs"_s), qPrintable(name));
}

/// The last number of "change N" in what a writer said.
static qint64 lastChange(const QByteArray &output)
{
    const QByteArray whole = output.first(output.lastIndexOf('\n') + 1);
    const qsizetype start = whole.lastIndexOf("change ");
    return start < 0 ? 0 : whole.mid(start + 7).split('\n').first().toLongLong();
}

void TestStoreBackup::isOfOneMomentWhileRunsGoOn()
{
    QProcess writer;
    writer.start(QStringLiteral(STORE_WRITER), {u"write"_s, m_file, u"3"_s});
    QByteArray output;
    qint64 before = 0;
    for (int i = 0; i < 3; ++i) {
        do {
            QVERIFY(writer.waitForReadyRead());
            output += writer.readAll();
        } while (lastChange(output) <= before);
        before = lastChange(output);

        const auto report = backupStore(dataDir(), target(), i > 0, at(20));

        QVERIFY2(report, report ? "" : qPrintable(report.error().toString()));
        QVERIFY2(report->check.isGood(), qPrintable(report->check.findings.value(0).problem));
        const auto copy = samples::opened(target() + u"/taskrunner.sqlite"_s, Store::Mode::ReadOnly);
        QVERIFY(copy->attempts(runId(3))->size() >= before); // What was announced is in it.
        QCOMPARE(copy->events(runId(3))->size(), 2 + 2 * copy->attempts(runId(3))->size());
    }
    writer.kill();
    QVERIFY(writer.waitForFinished());
}

void TestStoreBackup::whatIsDamagedIsSaid()
{
    const QList<Artifact> artifacts = *samples::opened(m_file, Store::Mode::ReadOnly)->artifacts(runId(1));
    QVERIFY(QFile::remove(dataDir() + u'/' + artifacts[0].storedPath));
    QVERIFY(QFile::remove(dataDir() + u'/' + artifacts[1].storedPath));
    samples::writeFile(dataDir() + u'/' + artifacts[1].storedPath, "something else");

    const auto report = backupStore(dataDir(), target(), false, at(20));

    QVERIFY(report);
    QStringList problems;
    for (const StoreFinding &finding : report->check.findings)
        problems += finding.problem;
    const QString gone = u"there is no file \"%1\""_s;
    QCOMPARE(problems, (QStringList{gone.arg(artifacts[0].storedPath), gone.arg(artifacts[1].storedPath),
                                    gone.arg(artifacts[1].storedPath)}));
    QCOMPARE(filesIn(target() + u"/artifacts"_s).size(), 1);
}

void TestStoreBackup::damagedDatabaseIsNotCopied()
{
    QVERIFY(
        samples::opened(m_file, Store::Mode::ReadWrite)->appendLogs(runId(2), samples::logLines(0, 5000)));
    QFile file(m_file);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 3 * 4096)
            && file.write(QByteArray(4096, '\x55')) == 4096);
    file.close();

    QCOMPARE(backupStore(dataDir(), target(), false, at(20)).error(),
             (Error{ErrorCode::Database,
                    u"database \"%1\": database disk image is malformed"_s.arg(m_file),
                    {},
                    {}}));
    QCOMPARE(filesIn(m_folder->filePath(u"copies"_s)), QStringList());
}

void TestStoreBackup::refusesATarget_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<bool>("replace");
    QTest::addColumn<QString>("error");
    const QString inside = u"\"%1\" lies within the data directory \"%2\""_s;
    const QString exists = u"\"%1\" exists already"_s;
    const QString other = u"\"%1\" is not a backup; it was left as it is"_s;
    QTest::newRow("the data directory") << u"data"_s << true << inside;
    QTest::newRow("within it") << u"data/artifacts/copy"_s << false << inside;
    QTest::newRow("within it by a link") << u"link/copy"_s << false << inside;
    QTest::newRow("around it") << u"."_s << true << other;
    QTest::newRow("a file") << u"file"_s << false << exists;
    QTest::newRow("a file, forced") << u"file"_s << true << other;
    QTest::newRow("a folder") << u"folder"_s << false << exists;
    QTest::newRow("a folder, forced") << u"folder"_s << true << other;
    QTest::newRow("a backup and more, forced") << u"more"_s << true << other;
    QTest::newRow("a dangling link, forced") << u"dangling"_s << true << other;
}

void TestStoreBackup::refusesATarget()
{
    QFETCH(QString, folder);
    QFETCH(bool, replace);
    QFETCH(QString, error);
    samples::writeFile(m_folder->filePath(u"file"_s), "mine");
    samples::writeFile(m_folder->filePath(u"folder/letter"_s), "mine");
    samples::writeFile(m_folder->filePath(u"more/backup.json"_s), "{}");
    samples::writeFile(m_folder->filePath(u"more/letter"_s), "mine");
    QVERIFY(QFile::link(dataDir(), m_folder->filePath(u"link"_s)));
    QVERIFY(QFile::link(m_folder->filePath(u"nothing"_s), m_folder->filePath(u"dangling"_s)));
    const QStringList before = filesIn(m_folder->path());
    const QString path = QDir::cleanPath(m_folder->filePath(folder));

    const auto report = backupStore(dataDir(), path, replace, at(20));

    QVERIFY(!report);
    QCOMPARE(report.error().message, error.replace(u"%1"_s, path).replace(u"%2"_s, dataDir()));
    QCOMPARE(filesIn(m_folder->path()), before);
}

void TestStoreBackup::replacesAnEarlierBackup()
{
    QVERIFY(backupStore(dataDir(), target(), false, at(20)));
    QCOMPARE(backupStore(dataDir(), target(), false, at(21)).error(),
             (Error{ErrorCode::Conflict, u"\"%1\" exists already"_s.arg(target()), {}, {}}));
    QVERIFY(samples::opened(m_file, Store::Mode::ReadWrite)->appendLogs(runId(2), samples::logLines(0, 5)));

    QCOMPARE(backupStore(dataDir(), target(), true, at(22))->check.logLines, 25);

    QVERIFY(samples::readFile(target() + u"/backup.json"_s).contains("09:05:22"));
    QCOMPARE(QDir(m_folder->filePath(u"copies"_s))
                 .entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{u"monday"_s});
}

void TestStoreBackup::fullDiskLeavesNothing()
{
    QVERIFY(backupStore(dataDir(), target(), false, at(20)));
    const QStringList before = filesIn(m_folder->path());
    ::signal(SIGXFSZ, SIG_IGN); // A limit on file size fails a write like a full disk does.
    rlimit whole{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &whole), 0);
    const rlimit small{16 * 1024, whole.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto report = backupStore(dataDir(), target(), true, at(21));
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &whole), 0);

    QVERIFY(!report);
    QCOMPARE(report.error().message, u"database \"%1\": disk I/O error"_s.arg(m_file));
    QCOMPARE(filesIn(m_folder->path()), before);
    QVERIFY(samples::readFile(target() + u"/backup.json"_s).contains("09:05:20")); // The earlier one stays.
}

QTEST_GUILESS_MAIN(TestStoreBackup)
#include "tst_store_backup.moc"
