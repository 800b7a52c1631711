#include "tests/support/taskrunner_program.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;
using tests::Outcome;

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
    void backupCanBeReadAndChecked();
    void backupBesideTheOwner();
    void pruneRemovesOldRuns();
    void pruneRefuses();

private:
    Outcome run(const QStringList &arguments, const QString &dataDir = {}) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString dataDir() const { return file(u"data"_s); }
    QString artifactFile() const;
    std::unique_ptr<QProcess> startOwner() const;

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QTemporaryDir> m_filled; ///< A data directory with two runs; each test has a copy.
};

Outcome TestCliStore::run(const QStringList &arguments, const QString &dataDir) const
{
    const QString folder = dataDir.isEmpty() ? this->dataDir() : dataDir;
    return tests::runTaskrunner(QStringList{u"--data-dir"_s, folder} + arguments, m_dir->path());
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

    const QJsonObject json = run({u"store"_s, u"check"_s, u"--json"_s}).firstJson();
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
    QCOMPARE(text.output.count(u", artifact \"kept.txt\": there is no file \"%1\"\n"_s.arg(
                 QDir(dataDir()).relativeFilePath(path))),
             2);
    QVERIFY(text.output.contains(u"\nNOT GOOD: 2 runs, "_s));

    const Outcome json = run({u"--json"_s, u"store"_s, u"check"_s});
    QCOMPARE(json.exitCode, 1);
    QCOMPARE(json.firstJson().value(u"findings"_s).toArray().size(), 2);
}

/// A process that owns the data directory, with a step that runs until it is ended.
std::unique_ptr<QProcess> TestCliStore::startOwner() const
{
    writePack(file(u"sleeper"_s), "echo begun; exec sleep 600");
    auto owner =
        tests::startTaskrunner({u"--data-dir"_s, dataDir(), u"run"_s, file(u"sleeper"_s)}, m_dir->path());
    while (!owner->readAllStandardOutput().contains("begun")) {
        if (!owner->waitForReadyRead())
            qFatal("the owner does not start");
    }
    return owner;
}

static void end(QProcess &owner)
{
    owner.terminate();
    QVERIFY(owner.waitForFinished());
}

void TestCliStore::checkWorksBesideTheOwner()
{
    const auto owner = startOwner();
    const Outcome text = run({u"store"_s, u"check"_s});
    end(*owner);

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

void TestCliStore::backupCanBeReadAndChecked()
{
    const QString folder = file(u"copies/one"_s);
    const Outcome made = run({u"store"_s, u"backup"_s, folder});
    QVERIFY2(made.exitCode == 0, qPrintable(made.errors));
    QVERIFY2(made.output.startsWith(u"GOOD: 2 runs, "_s), qPrintable(made.output));
    QCOMPARE(run({u"store"_s, u"check"_s}, folder).exitCode, 0);
    QCOMPARE(run({u"runs"_s}, folder).output, run({u"runs"_s}).output);
    QCOMPARE(QDir(folder + u"/evidence"_s).entryList(QDir::Files).size(), 2);

    const Outcome again = run({u"store"_s, u"backup"_s, folder});
    QCOMPARE(again.exitCode, 4);
    QCOMPARE(again.errors, u"\"%1\" exists already\n"_s.arg(folder));
}

void TestCliStore::backupBesideTheOwner()
{
    const auto owner = startOwner();
    const QString folder = file(u"copy"_s);
    const Outcome first = run({u"store"_s, u"backup"_s, folder, u"--json"_s});
    const Outcome second = run({u"store"_s, u"backup"_s, folder, u"--force"_s});
    end(*owner);

    QCOMPARE(first.exitCode, 0);
    const QJsonObject json = first.firstJson();
    QCOMPARE(json.value(u"backup"_s).toString(), folder);
    QCOMPARE(json.value(u"evidenceFiles"_s), QJsonValue(2));
    QCOMPARE(json.value(u"check"_s).toObject().value(u"runs"_s), QJsonValue(3));
    QVERIFY2(second.exitCode == 0, qPrintable(second.errors));
    QCOMPARE(run({u"store"_s, u"check"_s}, folder).exitCode, 0);
}

void TestCliStore::pruneRemovesOldRuns()
{
    const QString oldest = run({u"runs"_s}).output.trimmed().section(u'\n', -1).section(u' ', 0, 0);
    const QStringList rule{u"store"_s, u"prune"_s, u"--keep-runs"_s, u"1"_s};
    const QString what =
        u"1 runs, 2 log lines, 0 artifacts (0 bytes), 1 evidence bundles, 1 folders of runs\n"_s;

    const Outcome dry = run(rule + QStringList{u"--dry-run"_s});
    QCOMPARE(dry.exitCode, 0);
    QCOMPARE(dry.output, u"Would remove run %1\nWould remove %2"_s.arg(oldest, what));
    const Outcome done = run(rule);
    QCOMPARE(done.exitCode, 0);
    QCOMPARE(done.output, u"Removed run %1\nRemoved %2"_s.arg(oldest, what));

    QCOMPARE(run({u"runs"_s, oldest}).exitCode, 2);
    QCOMPARE(run({u"store"_s, u"check"_s, u"--json"_s}).firstJson().value(u"runs"_s), QJsonValue(1));
    const Outcome rest = run({u"store"_s, u"prune"_s, u"--keep-days"_s, u"0"_s, u"--json"_s});
    QCOMPARE(rest.firstJson().value(u"artifacts"_s), QJsonValue(1));
    QCOMPARE(artifactFile(), QString());
    QCOMPARE(run({u"store"_s, u"check"_s}).exitCode, 0);
}

void TestCliStore::pruneRefuses()
{
    const Outcome noRule = run({u"store"_s, u"prune"_s});
    QCOMPARE(noRule.exitCode, 2);
    QCOMPARE(noRule.errors, u"say what to keep: --keep-days, --keep-runs or both\n"_s);
    QCOMPARE(run({u"store"_s, u"prune"_s, u"--keep-runs"_s, u"-1"_s}).exitCode, 2);

    const Outcome nowhere = run({u"store"_s, u"prune"_s, u"--keep-runs"_s, u"1"_s}, file(u"nowhere"_s));
    QCOMPARE(nowhere.exitCode, 6);
    QVERIFY(!QFile::exists(file(u"nowhere"_s)));

    const auto owner = startOwner();
    const Outcome owned = run({u"store"_s, u"prune"_s, u"--keep-runs"_s, u"0"_s});
    end(*owner);
    QCOMPARE(owned.exitCode, 5);
    QVERIFY2(owned.errors.contains(u"is used by taskrunner, process "_s), qPrintable(owned.errors));
    QCOMPARE(run({u"store"_s, u"check"_s, u"--json"_s}).firstJson().value(u"runs"_s), QJsonValue(3));
}

QTEST_GUILESS_MAIN(TestCliStore)
#include "tst_cli_store.moc"
