#include "tests/support/taskrunner_program.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// Packs made, built, looked at and run through the real program.
class TestCliPack : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void makesAPackThatRuns();
    void buildsTheSameBytesEverywhere();
    void everyCommandTakesAnArchive();
    void printsTheDigest();
    void answersInJson();
    void refuses_data();
    void refuses();

private:
    Outcome run(const QStringList &arguments, const QProcessEnvironment &environment) const;
    Outcome run(const QStringList &arguments) const { return run(arguments, m_environment); }
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QByteArray contentOf(const QString &name) const;

    std::unique_ptr<QTemporaryDir> m_dir;
    QProcessEnvironment m_environment;
    const QString m_sample = QStringLiteral(SOURCE_DIR "/resources/packs/inventory-audit");
};

void TestCliPack::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir().mkpath(file(u"temp"_s)));
    m_environment = QProcessEnvironment::systemEnvironment();
    m_environment.insert(u"TMPDIR"_s, file(u"temp"_s));
}

/// No command leaves anything of an archive that it unpacked.
void TestCliPack::cleanup()
{
    QVERIFY(QDir(file(u"temp"_s)).isEmpty());
    m_dir.reset();
}

Outcome TestCliPack::run(const QStringList &arguments, const QProcessEnvironment &environment) const
{
    return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments, m_dir->path(),
                                environment);
}

QByteArray TestCliPack::contentOf(const QString &name) const
{
    QFile content(file(name));
    return content.open(QIODevice::ReadOnly) ? content.readAll() : QByteArray();
}

void TestCliPack::makesAPackThatRuns()
{
    const Outcome made = run({u"pack"_s, u"init"_s, u"hello"_s});
    QCOMPARE(made.errors, QString());
    QCOMPARE(made.exitCode, 0);
    QCOMPARE(made.output, u"Made the pack hello 0.1.0 in hello:\n"
                          "  README.md\n"
                          "  pack.yaml\n"
                          "\n"
                          "Read and change pack.yaml, then:\n"
                          "  taskrunner validate hello\n"
                          "  taskrunner simulate hello\n"
                          "  taskrunner run hello\n"
                          "  taskrunner pack build hello\n"_s);
    QCOMPARE(run({u"validate"_s, u"hello"_s}).exitCode, 0);
    QCOMPARE(run({u"simulate"_s, u"hello"_s}).exitCode, 0);
    QCOMPARE(run({u"run"_s, u"hello"_s, u"-i"_s, u"subject=Anna"_s}).exitCode, 3);
    const Outcome approved = run({u"approve"_s, u"last"_s, u"--reason"_s, u"Fine."_s});
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    QCOMPARE(run({u"artifacts"_s, u"last"_s, u"--save"_s, u"greeting.txt"_s}).exitCode, 0);
    QCOMPARE(contentOf(u"greeting.txt"_s), QByteArray("Hello, Anna!\n"));
    // A name that YAML would take for a number, and a folder with a space.
    QCOMPARE(run({u"pack"_s, u"init"_s, u"0x1f"_s, u"my pack"_s}).exitCode, 0);
    QVERIFY(run({u"validate"_s, u"my pack"_s}).output.startsWith(u"0x1f 0.1.0 is valid: 2 files, "_s));
}

void TestCliPack::buildsTheSameBytesEverywhere()
{
    QCOMPARE(QProcess::execute(u"cp"_s, {u"-r"_s, m_sample, file(u"copy"_s)}), 0);
    QProcessEnvironment abroad = m_environment;
    abroad.insert(u"LC_ALL"_s, u"C"_s);
    abroad.insert(u"TZ"_s, u"Asia/Tokyo"_s);
    for (const auto &name : {u"p.tar"_s, u"p.tar.zst"_s, u"p.zip"_s}) {
        QCOMPARE(run({u"pack"_s, u"build"_s, m_sample, u"-o"_s, u"1-"_s + name}).exitCode, 0);
        QCOMPARE(run({u"pack"_s, u"build"_s, u"copy"_s, u"-o"_s, u"2-"_s + name}, abroad).exitCode, 0);
        QVERIFY(!contentOf(u"1-"_s + name).isEmpty());
        QVERIFY(contentOf(u"1-"_s + name) == contentOf(u"2-"_s + name));
    }
}

void TestCliPack::everyCommandTakesAnArchive()
{
    const Outcome built = run({u"pack"_s, u"build"_s, m_sample});
    const QString archive = u"inventory-audit-1.0.0.tar.zst"_s;
    const QString digest = run({u"pack"_s, u"digest"_s, m_sample}).output;
    QCOMPARE(built.output, u"Wrote %1: inventory-audit 1.0.0, 2 files, %2 bytes\ndigest %3"_s.arg(archive)
                               .arg(QFileInfo(file(archive)).size())
                               .arg(digest));
    for (const auto &command : {u"validate"_s, u"plan"_s, u"simulate"_s}) {
        const Outcome ofArchive = run({command, archive});
        QCOMPARE(ofArchive.errors, QString());
        QCOMPARE(ofArchive.exitCode, 0);
        QCOMPARE(ofArchive.output, run({command, m_sample}).output);
    }
    QCOMPARE(run({u"run"_s, archive}).exitCode, 3);
    QVERIFY(QFile::remove(file(archive))); // What is planned no longer needs it.
    QCOMPARE(run({u"approve"_s, u"last"_s, u"--reason"_s, u"Fine."_s}).exitCode, 0);
}

void TestCliPack::printsTheDigest()
{
    const QString digest = run({u"pack"_s, u"digest"_s, m_sample}).output;
    static const QRegularExpression form(u"\\Asha256:[0-9a-f]{64}\n\\z"_s);
    QVERIFY2(form.match(digest).hasMatch(), qPrintable(digest));
    QCOMPARE(run({u"pack"_s, u"build"_s, m_sample, u"-o"_s, u"p.zip"_s}).exitCode, 0);
    QCOMPARE(run({u"pack"_s, u"digest"_s, u"p.zip"_s}).output, digest);
    QCOMPARE(run({u"pack"_s, u"digest"_s, m_sample + u"/pack.yaml"_s}).output, digest);
}

void TestCliPack::answersInJson()
{
    const QJsonObject made = run({u"pack"_s, u"init"_s, u"hello"_s, u"--json"_s}).json();
    const QJsonObject built = run({u"pack"_s, u"build"_s, u"--json"_s, u"hello"_s}).json();
    const QJsonObject digest = run({u"--json"_s, u"pack"_s, u"digest"_s, u"hello"_s}).json();

    const QJsonArray files = digest.value(u"files"_s).toArray();
    QCOMPARE(files.size(), 2);
    const QByteArray manifest = contentOf(u"hello/pack.yaml"_s);
    const QByteArray sha256 = QCryptographicHash::hash(manifest, QCryptographicHash::Sha256).toHex();
    QCOMPARE(files.last().toObject(), (QJsonObject{{u"path"_s, u"pack.yaml"_s},
                                                   {u"mode"_s, u"644"_s},
                                                   {u"size"_s, manifest.size()},
                                                   {u"sha256"_s, QString::fromLatin1(sha256)}}));
    QJsonObject expected{{u"name"_s, u"hello"_s},
                         {u"version"_s, u"0.1.0"_s},
                         {u"digest"_s, digest.value(u"digest"_s)},
                         {u"files"_s, files}};
    QCOMPARE(digest, expected);
    expected.insert(u"folder"_s, u"hello"_s);
    QCOMPARE(made, expected);
    expected.remove(u"folder"_s);
    expected.remove(u"files"_s);
    expected.insert(u"file"_s, u"hello-0.1.0.tar.zst"_s);
    expected.insert(u"sizeBytes"_s, contentOf(u"hello-0.1.0.tar.zst"_s).size());
    QCOMPARE(built, expected);
    const QJsonObject error = run({u"pack"_s, u"digest"_s, u"none.zip"_s, u"--json"_s}).json();
    QCOMPARE(error.value(u"error"_s).toObject().value(u"code"_s).toString(), u"not-found"_s);
}

void TestCliPack::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("errors");

    QTest::newRow("no command") << QStringList{}
                                << u"A subcommand is required\nRun with --help for more information.\n"_s;
    QTest::newRow("name")
        << QStringList{u"init"_s, u"Hello"_s}
        << u"\"Hello\" is no name of a pack; expected up to 63 of a-z, 0-9 and \"-\", the last not at "
           "either end\n"_s;
    QTest::newRow("folder that is not empty") << QStringList{u"init"_s, u"hello"_s, u"full"_s}
                                              << u"\"full\" is not empty; name a new or empty folder\n"_s;
    QTest::newRow("file") << QStringList{u"init"_s, u"hello"_s, u"bad.zip"_s}
                          << u"\"bad.zip\" is a file; name a new or empty folder\n"_s;
    QTest::newRow("nothing to build")
        << QStringList{u"build"_s, u"none"_s} << u"there is no pack \"none\"\n"_s;
    QTest::newRow("format") << QStringList{u"build"_s, u"full"_s, u"-o"_s, u"x.rar"_s}
                            << u"\"x.rar\" names no format of archives; expected .tar, .tar.zst or .zip\n"_s;
    QTest::newRow("into itself") << QStringList{
        u"build"_s, u"full"_s, u"-o"_s,
        u"full/x.tar"_s} << u"\"full/x.tar\" would lie inside the pack \"full\" and become a part of it\n"_s;
    QTest::newRow("bad archive") << QStringList{u"digest"_s, u"bad.zip"_s}
                                 << u"bad.zip: this is not a zip archive, or its end is missing\n"_s;
}

void TestCliPack::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, errors);
    QCOMPARE(QProcess::execute(u"cp"_s, {u"-r"_s, m_sample, file(u"full"_s)}), 0);
    QFile bad(file(u"bad.zip"_s));
    QVERIFY(bad.open(QIODevice::WriteOnly) && bad.write("bad") == 3);
    bad.close();

    const Outcome outcome = run(QStringList{u"pack"_s} + arguments);

    QCOMPARE(outcome.errors, errors);
    QCOMPARE(outcome.exitCode, 2);
    QCOMPARE(contentOf(u"bad.zip"_s), QByteArray("bad"));
    QVERIFY(!QFile::exists(file(u"hello"_s)) && !QFile::exists(file(u"full/x.tar"_s)));
}

QTEST_GUILESS_MAIN(TestCliPack)
#include "tst_cli_pack.moc"
