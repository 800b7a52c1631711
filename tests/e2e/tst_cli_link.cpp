#include "tests/support/taskrunner_program.h"

#include <QDirIterator>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

#include <csignal>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// Commands beside a process that owns the data directory: they ask it over its local socket.
class TestCliLink : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void approvesAtTheOwner();
    void submitsTwoAtOnce();
    void cancelsAtTheOwner();
    void followsBesideTheOwner();
    void ownerStaysForItsGuests();
    void saysWhenTheOwnerDies();
    void namesAnOwnerElsewhere();

private:
    std::unique_ptr<QProcess> start(const QStringList &arguments) const;
    Outcome run(const QStringList &arguments) const { return tests::endOf(*start(arguments)); }
    /// A pack whose first step waits until release(name), with a gate after it when asked for.
    QString pack(const QString &name, bool hasGate) const;
    void release(const QString &name) const;
    bool isListening() const { return QFile::exists(file(u"data/link"_s)); }
    QString stateOf(const QString &pack) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestCliLink::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

void TestCliLink::cleanup()
{
    m_dir.reset();
}

std::unique_ptr<QProcess> TestCliLink::start(const QStringList &arguments) const
{
    return tests::startTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments, m_dir->path());
}

QString TestCliLink::pack(const QString &name, bool hasGate) const
{
    QDir().mkpath(file(name));
    QFile manifest(file(name + u"/pack.yaml"_s));
    if (!manifest.open(QIODevice::WriteOnly))
        return {};
    QString text =
        u"apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: %1, version: 1.0.0 }\nspec:\n"_s
            .arg(name);
    if (hasGate)
        text += u"  approvals: [{ id: reviewer, allowSelfApproval: true }]\n"_s;
    text +=
        u"  steps:\n  - id: hold\n    run:\n      uses: builtin:script\n      with:\n        shell: bash\n"
        "        script: |\n          echo holding\n          until [ -e '%1' ]; do sleep 0.05; done\n"
        "          echo released\n"_s.arg(file(name + u".go"_s));
    if (hasGate)
        text += u"  - id: review\n    gate: { approval: reviewer }\n"
                "  - id: after\n    run: { uses: 'builtin:exec', with: { command: [echo, approved] } }\n"_s;
    manifest.write(text.toUtf8());
    return file(name);
}

void TestCliLink::release(const QString &name) const
{
    QFile go(file(name + u".go"_s));
    QVERIFY(go.open(QIODevice::WriteOnly));
}

QString TestCliLink::stateOf(const QString &pack) const
{
    const QStringList lines = run({u"runs"_s, u"--json"_s}).output.split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        const QJsonObject run = QJsonDocument::fromJson(line.toUtf8()).object();
        if (run.value(u"packName"_s).toString() == pack)
            return run.value(u"state"_s).toString();
    }
    return {};
}

void TestCliLink::approvesAtTheOwner()
{
    const auto owner = start({u"run"_s, pack(u"owning"_s, false)});
    QTRY_VERIFY_WITH_TIMEOUT(isListening(), 20'000);
    release(u"gated"_s);
    const Outcome gated = run({u"--as"_s, u"sue"_s, u"run"_s, pack(u"gated"_s, true)});
    QVERIFY2(gated.exitCode == 3, qPrintable(gated.errors));
    const Outcome refused =
        run({u"--as"_s, u"ben"_s, u"approve"_s, u"last"_s, u"--plan-hash"_s, u"sha256:0"_s});
    QCOMPARE(refused.exitCode, 4);
    const Outcome approved = run({u"--as"_s, u"ben"_s, u"approve"_s, u"last"_s, u"--reason"_s, u"Read."_s});
    QVERIFY2(approved.exitCode == 0, qPrintable(approved.errors));
    QVERIFY2(approved.output.contains(u"approved\n"_s), qPrintable(approved.output));
    QCOMPARE(stateOf(u"gated"_s), u"succeeded"_s);
    QCOMPARE(stateOf(u"owning"_s), u"running"_s);
    const QJsonObject view =
        QJsonDocument::fromJson(run({u"runs"_s, u"last"_s, u"--json"_s}).output.toUtf8()).object();
    const QJsonObject decision = view.value(u"decisions"_s).toArray().first().toObject();
    QCOMPARE(decision.value(u"approver"_s).toString(), u"ben"_s); // Not who owns the directory.
    QCOMPARE(view.value(u"requestedBy"_s).toString(), u"sue"_s);
    release(u"owning"_s);
    QCOMPARE(tests::endOf(*owner).exitCode, 0);
    QVERIFY(!isListening());
    QCOMPARE(run({u"evidence"_s, u"last"_s}).exitCode, 0);
}

void TestCliLink::submitsTwoAtOnce()
{
    const QString packs[] = {pack(u"one"_s, false), pack(u"two"_s, false), pack(u"three"_s, false)};
    std::vector<std::unique_ptr<QProcess>> processes; // Whichever is first owns the directory.
    for (const QString &each : packs)
        processes.push_back(start({u"run"_s, each}));
    for (const QString &name : {u"one"_s, u"two"_s, u"three"_s})
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(name), u"running"_s, 20'000);
    for (const QString &name : {u"one"_s, u"two"_s, u"three"_s})
        release(name);
    for (const auto &process : processes) {
        const Outcome outcome = tests::endOf(*process);
        QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.errors));
        QVERIFY2(outcome.output.contains(u"released"_s), qPrintable(outcome.output));
    }
    QCOMPARE(run({u"runs"_s, u"--state"_s, u"succeeded"_s, u"--json"_s}).output.count(u'\n'), 3);
}

void TestCliLink::cancelsAtTheOwner()
{
    const auto owner = start({u"run"_s, pack(u"owning"_s, false)});
    QTRY_VERIFY_WITH_TIMEOUT(isListening(), 20'000);
    const auto guest = start({u"run"_s, pack(u"guest"_s, false)});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(u"guest"_s), u"running"_s, 20'000);
    ::kill(pid_t(guest->processId()), SIGINT); // Ctrl+C at the guest cancels the guest's run.
    QCOMPARE(tests::endOf(*guest).exitCode, 1);
    QCOMPARE(stateOf(u"guest"_s), u"cancelled"_s);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(u"owning"_s), u"running"_s, 20'000);
    const QString id =
        QJsonDocument::fromJson(run({u"runs"_s, u"--state"_s, u"running"_s, u"--json"_s}).output.toUtf8())
            .object()
            .value(u"runId"_s)
            .toString();
    const Outcome cancelled = run({u"cancel"_s, id});
    QVERIFY2(cancelled.exitCode == 0, qPrintable(cancelled.errors));
    QCOMPARE(tests::endOf(*owner).exitCode, 1);
    QCOMPARE(stateOf(u"owning"_s), u"cancelled"_s);
}

void TestCliLink::followsBesideTheOwner()
{
    const auto owner = start({u"run"_s, pack(u"owning"_s, false)});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(u"owning"_s), u"running"_s, 20'000);
    const auto follower = start({u"logs"_s, u"-f"_s, u"last"_s});
    QByteArray seen;
    QTRY_VERIFY_WITH_TIMEOUT(
        (follower->waitForReadyRead(50), seen += follower->readAllStandardOutput(), seen.contains("holding")),
        20'000);
    release(u"owning"_s);
    const Outcome followed = tests::endOf(*follower);
    QCOMPARE(followed.exitCode, 0);
    QVERIFY(followed.output.contains(u"released"_s));
    QCOMPARE(tests::endOf(*owner).exitCode, 0);
}

void TestCliLink::ownerStaysForItsGuests()
{
    const auto owner = start({u"run"_s, pack(u"owning"_s, false)});
    QTRY_VERIFY_WITH_TIMEOUT(isListening(), 20'000);
    const auto guest = start({u"run"_s, pack(u"guest"_s, false)});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(u"guest"_s), u"running"_s, 20'000);
    release(u"owning"_s);
    QByteArray said;
    QTRY_VERIFY_WITH_TIMEOUT(
        (owner->waitForReadyRead(50), said += owner->readAllStandardError(),
         said.contains("Other commands use this process, it stays until they are done.")),
        20'000);
    release(u"guest"_s);
    const Outcome ended = tests::endOf(*guest);
    QVERIFY2(ended.exitCode == 0, qPrintable(ended.errors));
    QCOMPARE(tests::endOf(*owner).exitCode, 0);
}

void TestCliLink::saysWhenTheOwnerDies()
{
    const auto owner = start({u"run"_s, pack(u"owning"_s, false)});
    QTRY_VERIFY_WITH_TIMEOUT(isListening(), 20'000);
    const auto guest = start({u"run"_s, pack(u"guest"_s, true)});
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(u"guest"_s), u"running"_s, 20'000);
    const qint64 pid = owner->processId();
    ::kill(pid_t(pid), SIGKILL);
    QVERIFY(owner->waitForFinished());
    const Outcome left = tests::endOf(*guest);
    QCOMPARE(left.exitCode, 7);
    const QString id = left.output.section(u' ', 1, 1);
    QVERIFY2(left.errors.startsWith(u"taskrunner "_s)
                 && left.errors.endsWith(
                     u", process %1, ended\nLook what became of it: taskrunner runs %2\n"_s.arg(pid).arg(id)),
             qPrintable(left.errors));

    QVERIFY(isListening()); // Nobody does: the next owner takes the stale socket's place.
    QCOMPARE(stateOf(u"guest"_s), u"interrupted"_s);
    release(u"guest"_s);
    const Outcome resumed = run({u"resume"_s, id});
    QVERIFY2(resumed.exitCode == 3,
             qPrintable(QString::number(resumed.exitCode) + resumed.output + resumed.errors));
    QVERIFY(!isListening());
}

void TestCliLink::namesAnOwnerElsewhere()
{
    QVERIFY(QDir().mkpath(file(u"data"_s)));
    QFile lock(file(u"data/lock"_s));
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write("4711\ntaskrunner-console\nother-host\nother-id\nother-boot\n");
    lock.close();
    const Outcome refused = run({u"run"_s, pack(u"any"_s, false)});
    QCOMPARE(refused.exitCode, 5);
    QCOMPARE(refused.errors,
             u"the data directory \"%1\" is used by taskrunner-console, process 4711 on other-host; commands "
             u"for it "
             "must be given there, this is %2\n"_s.arg(file(u"data"_s), QSysInfo::machineHostName()));
}

QTEST_GUILESS_MAIN(TestCliLink)
#include "tst_cli_link.moc"
