#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;

namespace {

struct Outcome
{
    int exitCode = -1;
    QString output{};
    QString errors{};
};

} // namespace

/// `taskrunner store` and `taskrunner logs` over a data directory that the program itself has filled.
class TestCliStore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void checkOfASoundStore();
    void checkFindsAChangedArtifact();
    void checkWorksBesideTheOwner();
    void checkOfNothing();

private:
    Outcome run(const QStringList &arguments, const QString &dataDir = {}) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString dataDir() const { return file(u"data"_s); }
    QString artifactFile() const;
    static QJsonObject jsonOf(const Outcome &outcome)
    {
        return QJsonDocument::fromJson(outcome.output.toUtf8().split('\n').first()).object();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QTemporaryDir> m_filled; ///< A data directory with two runs; each test has a copy.
    const QString m_program = QStringLiteral(BINARY_DIR "/bin/taskrunner");
};

Outcome TestCliStore::run(const QStringList &arguments, const QString &dataDir) const
{
    QProcess process;
    process.setWorkingDirectory(m_dir->path());
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(m_program,
                  QStringList{u"--data-dir"_s, dataDir.isEmpty() ? this->dataDir() : dataDir} + arguments);
    if (!process.waitForFinished(60'000))
        process.kill();
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

static void writePack(const QString &folder, const QByteArray &script)
{
    QDir().mkpath(folder);
    QFile manifest(folder + u"/pack.yaml"_s);
    if (!manifest.open(QIODevice::WriteOnly))
        qFatal("cannot write a pack");
    manifest.write(
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: printer, version: 1.0.0 }\n"
        "spec:\n  steps:\n  - id: print\n    run:\n      uses: builtin:script\n      with:\n"
        "        shell: bash\n        script: |\n          "
        + script + "\n");
}

void TestCliStore::initTestCase()
{
    m_filled = std::make_unique<QTemporaryDir>();
    m_dir = std::make_unique<QTemporaryDir>();
    writePack(file(u"pack"_s), "echo one; echo two >&2; echo kept > $TASKRUNNER_ARTIFACTS/kept.txt");
    for (int i = 0; i < 2; ++i) {
        const Outcome outcome = run({u"run"_s, file(u"pack"_s)}, m_filled->path());
        QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.errors));
    }
}

void TestCliStore::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    QCOMPARE(QProcess::execute(u"cp"_s, {u"-a"_s, m_filled->path(), dataDir()}), 0);
}

QString TestCliStore::artifactFile() const
{
    QDirIterator files(dataDir() + u"/artifacts"_s, QDir::Files, QDirIterator::Subdirectories);
    return files.hasNext() ? files.next() : QString();
}

void TestCliStore::checkOfASoundStore()
{
    const Outcome text = run({u"store"_s, u"check"_s});
    QCOMPARE(text.exitCode, 0);
    QVERIFY2(text.output.startsWith(u"GOOD: 2 runs, "_s), qPrintable(text.output));
    QVERIFY2(text.output.endsWith(u" 4 log lines, 1 artifacts (5 bytes) in %1\n"_s.arg(dataDir())),
             qPrintable(text.output));

    const QJsonObject json = jsonOf(run({u"store"_s, u"check"_s, u"--json"_s}));
    QCOMPARE(json.value(u"good"_s), QJsonValue(true));
    QCOMPARE(json.value(u"logLines"_s), QJsonValue(4));
    QCOMPARE(json.value(u"findings"_s), QJsonValue(QJsonArray()));
}

void TestCliStore::checkFindsAChangedArtifact()
{
    const QString path = artifactFile();
    QFile kept(path);
    QVERIFY(kept.remove());

    const Outcome text = run({u"store"_s, u"check"_s});
    QCOMPARE(text.exitCode, 1);
    QCOMPARE(text.output.count(u", artifact \"kept.txt\": there is no file \"%1\"\n"_s.arg(path)), 2);
    QVERIFY(text.output.contains(u"\nNOT GOOD: 2 runs, "_s));

    const Outcome json = run({u"--json"_s, u"store"_s, u"check"_s});
    QCOMPARE(json.exitCode, 1);
    QCOMPARE(jsonOf(json).value(u"findings"_s).toArray().size(), 2);
}

void TestCliStore::checkWorksBesideTheOwner()
{
    writePack(file(u"sleeper"_s), "echo begun; exec sleep 600");
    QProcess owner;
    owner.setStandardInputFile(QProcess::nullDevice());
    owner.start(m_program, {u"--data-dir"_s, dataDir(), u"run"_s, file(u"sleeper"_s)});
    while (!owner.readAllStandardOutput().contains("begun"))
        QVERIFY(owner.waitForReadyRead());

    const Outcome text = run({u"store"_s, u"check"_s});
    owner.terminate();
    QVERIFY(owner.waitForFinished());

    QVERIFY2(text.output.startsWith(u"GOOD: 3 runs, "_s), qPrintable(text.output + text.errors));
    QCOMPARE(text.exitCode, 0);
}

void TestCliStore::checkOfNothing()
{
    const QString nowhere = file(u"nowhere"_s);
    const Outcome outcome = run({u"store"_s, u"check"_s}, nowhere);
    QCOMPARE(outcome.exitCode, 6);
    QCOMPARE(outcome.errors, u"database \"%1/taskrunner.sqlite\" does not exist\n"_s.arg(nowhere));
    QVERIFY(!QFile::exists(nowhere));
}

QTEST_GUILESS_MAIN(TestCliStore)
#include "tst_cli_store.moc"
