#include "tests/support/taskrunner_program.h"

#include <QCryptographicHash>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <csignal>
#include <sys/stat.h>

using namespace Qt::StringLiterals;
using tests::Outcome;

namespace {

/// Pids that the sleeper wrote down; empty until both are there.
QStringList sleepers(const QString &dataDir)
{
    QDirIterator walk(dataDir, {u"pids"_s}, QDir::Files, QDirIterator::Subdirectories);
    if (!walk.hasNext())
        return {};
    QFile pids(walk.next());
    if (!pids.open(QIODevice::ReadOnly))
        return {};
    const QStringList lines = QString::fromLatin1(pids.readAll()).split(u'\n', Qt::SkipEmptyParts);
    return lines.size() == 2 ? lines : QStringList();
}

bool anyAlive(const QStringList &pids)
{
    return std::any_of(pids.begin(), pids.end(),
                       [](const QString &pid) { return ::kill(pid.toInt(), 0) == 0; });
}

} // namespace

/// The whole chain through the real program: plan, simulate, run, approve, evidence, verify.
class TestCli : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void carriesTheSampleFromPlanToEvidence();
    void asksTwoPeople();
    void givesTheSameHashEverywhere();
    void namesThePlaceOfAnError();
    void showsAKilledRunAsInterrupted();
    void leavesNoProcessBehind();

private:
    Outcome run(const QStringList &arguments,
                const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment()) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString lastState() const
    {
        return run({u"runs"_s, u"--json"_s}).firstJson().value(u"state"_s).toString();
    }
    std::unique_ptr<QProcess> startSleeper() const;

    std::unique_ptr<QTemporaryDir> m_dir;
    const QString m_program = QStringLiteral(BINARY_DIR "/bin/taskrunner");
    const QString m_packs = QStringLiteral(SOURCE_DIR "/resources/packs");
};

Outcome TestCli::run(const QStringList &arguments, const QProcessEnvironment &environment) const
{
    return tests::runTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments, m_dir->path(),
                                environment);
}

void TestCli::carriesTheSampleFromPlanToEvidence()
{
    const QString pack = m_packs + u"/inventory-audit"_s;
    QCOMPARE(run({u"validate"_s, pack}).exitCode, 0);
    const QString hash = run({u"plan"_s, pack, u"--json"_s}).firstJson().value(u"planHash"_s).toString();
    const QByteArray canonical = run({u"plan"_s, pack, u"--canonical"_s}).output.toUtf8();
    const QByteArray digest = QCryptographicHash::hash(canonical, QCryptographicHash::Sha256).toHex();
    QCOMPARE(hash, u"sha256:"_s + QString::fromLatin1(digest));
    QVERIFY(run({u"simulate"_s, pack}).output.contains(u"waits for approval"_s));

    const Outcome started = run({u"run"_s, pack, u"--plan-hash"_s, hash});
    QCOMPARE(started.exitCode, 3);
    QVERIFY2(started.output.contains(u"planHash "_s + hash), qPrintable(started.output));
    QVERIFY2(started.output.contains(u"taskrunner approve run_"_s), qPrintable(started.output));
    QCOMPARE(lastState(), u"waiting"_s);
    QCOMPARE(run({u"evidence"_s, u"last"_s}).exitCode, 4); // Not before the end.

    const Outcome approved = run({u"approve"_s, u"last"_s, u"--reason"_s, u"Read it."_s});
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    QCOMPARE(lastState(), u"succeeded"_s);
    QVERIFY(run({u"logs"_s, u"last"_s}).output.contains(u"packages of debian"_s));
    QCOMPARE(run({u"artifacts"_s, u"last"_s, u"--save"_s, u"report.md"_s}).exitCode, 0);
    QVERIFY(QFile::exists(file(u"report.md"_s)));

    const QString bundle = file(u"e.tar"_s);
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, bundle}).exitCode, 0);
    const Outcome verified = run({u"verify"_s, bundle});
    QVERIFY2(verified.exitCode == 0, qPrintable(verified.output));
    QVERIFY(verified.output.startsWith(u"GOOD"_s));

    const QString pipe = file(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    QProcess reader; // Into a file: nobody reads here while the program writes.
    reader.setStandardOutputFile(file(u"read.tar"_s));
    reader.start(u"cat"_s, {pipe});
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, pipe}).exitCode, 0);
    QCOMPARE(tests::endOf(reader).exitCode, 0);
    QVERIFY(!QFileInfo(pipe).isFile()); // It was not replaced.
    QCOMPARE(run({u"verify"_s, file(u"read.tar"_s)}).exitCode, 0);

    QFile tar(bundle); // One byte of the plan inside is changed.
    QVERIFY(tar.open(QIODevice::ReadWrite));
    const qsizetype place = tar.readAll().indexOf("\"collect\"");
    QVERIFY(place > 0);
    tar.seek(place + 1);
    tar.write("C");
    tar.close();
    const Outcome tampered = run({u"verify"_s, bundle});
    QCOMPARE(tampered.exitCode, 1);
    QVERIFY2(tampered.output.startsWith(u"TAMPERED"_s), qPrintable(tampered.output));

    QFile trust(file(u"trust.json"_s)); // A stranger trusts no key of ours.
    QVERIFY(trust.open(QIODevice::WriteOnly) && trust.write("[]") == 2);
    trust.close();
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, bundle}).exitCode, 0);
    QVERIFY(run({u"verify"_s, bundle, u"--trust"_s, trust.fileName()}).output.startsWith(u"UNKNOWN-KEY"_s));
    QCOMPARE(run({u"verify"_s, file(u"none.tar"_s)}).exitCode, 2);
}

void TestCli::asksTwoPeople()
{
    const QString pack = m_packs + u"/release-promotion"_s;
    const QString package = pack + u"/files/greet-1.2.0.sh"_s;
    QFile content(package);
    QVERIFY(content.open(QIODevice::ReadOnly));
    const QByteArray sum = QCryptographicHash::hash(content.readAll(), QCryptographicHash::Sha256).toHex();
    const QStringList inputs{u"-i"_s, u"package="_s + package, u"-i"_s,
                             u"checksum="_s + QString::fromLatin1(sum)};
    QCOMPARE(run(QStringList{u"--as"_s, u"sue"_s, u"run"_s, pack} + inputs).exitCode, 3);
    const auto approve = [this](const QString &who) {
        return run({u"--as"_s, who, u"approve"_s, u"last"_s, u"--reason"_s, u"Fine."_s});
    };
    QCOMPARE(approve(u"sue"_s).errors, u"\"sue\" submitted the run and may not decide on it\n"_s);
    QCOMPARE(approve(u"anna"_s).exitCode, 3);
    QCOMPARE(approve(u"anna"_s).errors, u"\"anna\" has decided at this gate before\n"_s);
    QCOMPARE(approve(u"ben"_s).exitCode, 0);

    const QStringList wrong{u"-i"_s, u"checksum="_s + QString(64, u'0')};
    QCOMPARE(run(QStringList{u"run"_s, pack} + inputs + wrong).exitCode, 1);
    QVERIFY(run({u"runs"_s, u"last"_s}).output.contains(u"checksum mismatch"_s));
}

void TestCli::givesTheSameHashEverywhere()
{
    const QString original = m_packs + u"/inventory-audit"_s;
    const QString copy = file(u"elsewhere/copy"_s);
    QVERIFY(QDir().mkpath(copy));
    QCOMPARE(QProcess::execute(u"cp"_s, {u"-a"_s, original + u"/."_s, copy}), 0);
    QProcessEnvironment abroad = QProcessEnvironment::systemEnvironment();
    const auto hash = [this](const QString &pack, const QProcessEnvironment &environment) {
        return run({u"plan"_s, pack, u"--json"_s}, environment).firstJson().value(u"planHash"_s).toString();
    };
    const QString expected = hash(original, abroad);
    QVERIFY(expected.startsWith(u"sha256:"_s));
    for (const auto &[name, value] : {std::pair{u"LC_ALL"_s, u"de_DE.UTF-8"_s},
                                      {u"LANG"_s, u"tr_TR.UTF-8"_s},
                                      {u"TZ"_s, u"Asia/Tokyo"_s},
                                      {u"HOSTNAME"_s, u"other"_s},
                                      {u"USER"_s, u"other"_s}})
        abroad.insert(name, value);
    QCOMPARE(hash(copy, abroad), expected);

    QFile readme(copy + u"/README.md"_s); // Read by no step, but part of the pack.
    QVERIFY(readme.open(QIODevice::ReadWrite) && readme.write("X") == 1);
    readme.close();
    QVERIFY(hash(copy, abroad) != expected);
}

void TestCli::namesThePlaceOfAnError()
{
    QVERIFY(QDir().mkpath(file(u"bad"_s)));
    QFile manifest(file(u"bad/pack.yaml"_s));
    QVERIFY(manifest.open(QIODevice::WriteOnly));
    manifest.write(
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: bad, version: 1.0.0 }\n"
        "spec:\n  steps:\n  - id: a\n    run: { uses: 'builtin:exce', with: { command: [ls] } }\n");
    manifest.close();
    const Outcome outcome = run({u"validate"_s, u"bad"_s});
    QCOMPARE(outcome.exitCode, 2);
    const QString first = outcome.errors.section(u'\n', 0, 0);
    QVERIFY2(first.startsWith(u"bad/pack.yaml:7:"_s), qPrintable(first));
    QVERIFY2(first.contains(u": /spec/steps/0/run/uses: "_s), qPrintable(first));
    QVERIFY2(first.contains(u"did you mean \"builtin:exec\"?"_s), qPrintable(first));
    QCOMPARE(run({u"fly"_s}).exitCode, 2);
    QCOMPARE(run({u"--help"_s}).exitCode, 0);
}

/// A run whose step sleeps, with a child in a session of its own. Both pids stand in the workspace.
std::unique_ptr<QProcess> TestCli::startSleeper() const
{
    const QString folder = file(u"sleeper"_s);
    QDir().mkpath(folder);
    QFile manifest(folder + u"/pack.yaml"_s);
    if (manifest.open(QIODevice::WriteOnly))
        manifest.write(
            "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: sleeper, version: 1.0.0 }\n"
            "spec:\n  steps:\n  - id: nap\n    run:\n      uses: builtin:script\n      with:\n"
            "        shell: bash\n        script: |\n          setsid sleep 600 &\n"
            "          echo $! >> pids\n          echo $$ >> pids\n          sleep 600\n");
    manifest.close();
    auto process = std::make_unique<QProcess>();
    process->setStandardInputFile(QProcess::nullDevice());
    process->start(m_program, {u"--data-dir"_s, file(u"data"_s), u"run"_s, folder});
    return process;
}

void TestCli::showsAKilledRunAsInterrupted()
{
    const auto process = startSleeper();
    QTRY_VERIFY_WITH_TIMEOUT(!sleepers(file(u"data"_s)).isEmpty(), 20'000);
    const QStringList pids = sleepers(file(u"data"_s));
    QVERIFY(anyAlive(pids));
    QCOMPARE(lastState(), u"running"_s); // Reading works beside the owner.

    ::kill(pid_t(process->processId()), SIGKILL);
    QVERIFY(process->waitForFinished());
    QTRY_VERIFY(!anyAlive(pids)); // The helper saw its engine die.
    QCOMPARE(lastState(), u"interrupted"_s);
    const Outcome shown = run({u"runs"_s, u"last"_s});
    QVERIFY2(shown.output.contains(u"the engine stopped while it ran"_s), qPrintable(shown.output));
}

void TestCli::leavesNoProcessBehind()
{
    const auto process = startSleeper();
    QTRY_VERIFY_WITH_TIMEOUT(!sleepers(file(u"data"_s)).isEmpty(), 20'000);
    const QStringList pids = sleepers(file(u"data"_s));
    ::kill(pid_t(process->processId()), SIGINT);
    QVERIFY(process->waitForFinished(30'000));
    QCOMPARE(process->exitCode(), 1);
    QVERIFY(!anyAlive(pids));
    QCOMPARE(lastState(), u"cancelled"_s);
}

QTEST_GUILESS_MAIN(TestCli)
#include "tst_cli.moc"
