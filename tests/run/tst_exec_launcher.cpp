#include "engine/run/exec_launcher.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QScopeGuard>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

const QString helper = QStringLiteral(BINARY_DIR "/bin/taskrunner-exec");
const QString searchPath = u"/usr/local/bin:/usr/bin:/bin"_s;

/// A process and everything it has told.
struct Watched
{
    std::unique_ptr<Process> process{};
    QByteArray output{};
    QByteArray errorOutput{};
    QList<ProcessExit> exits{};
    bool spokeAfterItsEnd = false;

    bool ended() const { return !exits.isEmpty(); }
};

/// The process waits for go().
Result<std::unique_ptr<Watched>> prepare(const LaunchSpec &spec)
{
    auto process = ExecLauncher(helper).launch(spec);
    if (!process)
        return process.error();
    auto watched = std::make_unique<Watched>();
    watched->process = *std::move(process);
    Watched *told = watched.get();
    QObject::connect(told->process.get(), &Process::outputRead, told->process.get(),
                     [told](OutputStream stream, const QByteArray &bytes) {
                         (stream == OutputStream::Output ? told->output : told->errorOutput) += bytes;
                         told->spokeAfterItsEnd |= told->ended();
                     });
    QObject::connect(told->process.get(), &Process::finished, told->process.get(),
                     [told](const ProcessExit &exit) { told->exits += exit; });
    return watched;
}

Result<std::unique_ptr<Watched>> start(const LaunchSpec &spec)
{
    auto watched = prepare(spec);
    if (watched)
        (*watched)->process->go();
    return watched;
}

LaunchSpec command(const QStringList &argv)
{
    LaunchSpec spec;
    spec.argv = argv;
    spec.environment = {{u"PATH"_s, searchPath}};
    spec.workingDirectory = QDir::tempPath();
    return spec;
}

LaunchSpec bash(const QString &script)
{
    return command({u"bash"_s, u"--norc"_s, u"-c"_s, script});
}

/// Zombies are not alive: they hold nothing and wait for their parent, which may be any subreaper above us.
bool isAlive(qint64 pid)
{
    QFile stat(u"/proc/%1/stat"_s.arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = stat.readAll();
    return !text.isEmpty() && text.mid(text.lastIndexOf(')') + 2, 1) != "Z";
}

/// The pids that the scripts below write, one a line.
QList<qint64> pidsIn(const QString &path)
{
    QFile file(path);
    QList<qint64> pids;
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (!line.isEmpty())
                pids += line.toLongLong();
        }
    }
    return pids;
}

QList<qint64> alive(QList<qint64> pids)
{
    pids.removeIf([](qint64 pid) { return !isAlive(pid); });
    return pids;
}

/// One that stays, whatever it is asked; $1 is run before it settles.
const QString stay =
    u"stay() { trap '' TERM HUP INT; echo $BASHPID >> \"$PIDS\"; sleep 1000; }\nexport -f stay\n"_s;

struct Tree
{
    const char *name;
    QString script; ///< Makes the processes, without waiting for them.
    int count;      ///< How many pids it writes, its own left out.
};

const QList<Tree> &trees()
{
    static const QList<Tree> all{
        {"child in the background", u"stay &"_s, 1},
        {"grandchild that holds no pipe", u"( stay & stay ) </dev/null >/dev/null 2>&1 &"_s, 2},
        {"double fork", u"( ( stay & ) & )"_s, 1},
        {"session of its own", u"setsid bash -c stay &"_s, 1},
        {"daemon", u"( setsid bash -c '( stay & ) ; ( setsid bash -c \"stay & stay\" & )' & )"_s, 3},
        {"stopped daemon", u"( setsid bash -c 'echo $BASHPID >> \"$PIDS\"; kill -STOP $BASHPID' & )"_s, 1},
    };
    return all;
}

/// A spec that makes the tree, says "ready" when all of it stands, and then goes on with last.
LaunchSpec treeSpec(const Tree &tree, const QString &pids, const QString &last)
{
    LaunchSpec spec = bash(
        stay + u"echo $$ >> \"$PIDS\"\n"_s + tree.script
        + u"\nwhile [ $(wc -l < \"$PIDS\") -lt %1 ]; do sleep 0.01; done\necho ready\n"_s.arg(tree.count + 1)
        + last);
    spec.environment.insert(u"PIDS"_s, pids);
    spec.grace = std::chrono::milliseconds(50);
    return spec;
}

constexpr int longWait = 20'000;

} // namespace

Q_DECLARE_METATYPE(engine::ProcessExit)

class TestExecLauncher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pausedOutputWaits();
    void runs_data();
    void runs();
    void givesExactlyTheEnvironment();
    void runsInTheWorkingDirectory();
    void givesNoOtherDescriptorsSignalsOrSession();
    void runsScriptsWithoutAFirstLine();
    void looksForACommandOnThePath_data();
    void looksForACommandOnThePath();
    void tellsWhyACommandCannotStart_data();
    void tellsWhyACommandCannotStart();
    void failsWithoutItsHelper();
    void goesOnWithoutItsServer();
    void startsItsServerAgain();
    void passesACommandOfAMegabyte();
    void waitsForItsWord();
    void endsBeforeItBegan_data();
    void endsBeforeItBegan();
    void failsWithoutTheWorkingDirectory();
    void passesAMillionLines();
    void passesALargeInput();
    void survivesACommandThatIgnoresItsInput();
    void keepsProcessesApart();
    void terminates();
    void killsAfterTheGrace();
    void killsAtOnce();
    void aKillSkipsTheGrace();
    void wholeGroupHasTheGrace();
    void commandsAfterTheEndDoNothing();
    void leavesNothing_data();
    void leavesNothing();
    void destroyingKillsEverything_data();
    void destroyingKillsEverything();
    void mayBeDeletedWhenFinished();
    void commandDiesWithItsHelper();
    void everythingDiesWithTheEngine_data();
    void everythingDiesWithTheEngine();
    void tellsWhatWasUsed();
    void namesTheProcess();
};

void TestExecLauncher::runs_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("output");
    QTest::addColumn<QByteArray>("errorOutput");
    QTest::addColumn<int>("exitCode"); // -1: ended by the signal.
    QTest::addColumn<int>("signal");

    const auto script = [](const QString &text) {
        return QStringList{u"bash"_s, u"--norc"_s, u"-c"_s, text};
    };
    QTest::newRow("success") << QStringList{u"true"_s} << ""_ba
                             << ""_ba
                             << ""_ba << 0 << 0;
    QTest::newRow("failure") << QStringList{u"false"_s} << ""_ba
                             << ""_ba
                             << ""_ba << 1 << 0;
    QTest::newRow("exit code 255") << script(u"exit 255"_s) << ""_ba
                                   << ""_ba
                                   << ""_ba << 255 << 0;
    // What a shell says for "not found" is an exit code like any other.
    QTest::newRow("exit code 127") << script(u"exit 127"_s) << ""_ba
                                   << ""_ba
                                   << ""_ba << 127 << 0;
    QTest::newRow("signal TERM") << script(u"kill -TERM $$"_s) << ""_ba
                                 << ""_ba
                                 << ""_ba << -1 << SIGTERM;
    QTest::newRow("signal KILL") << script(u"kill -KILL $$"_s) << ""_ba
                                 << ""_ba
                                 << ""_ba << -1 << SIGKILL;
    QTest::newRow("signal SEGV") << script(u"ulimit -c 0; kill -SEGV $$"_s) << ""_ba
                                 << ""_ba
                                 << ""_ba << -1 << SIGSEGV;
    QTest::newRow("both streams") << script(u"echo a; echo b >&2; echo c; echo d >&2"_s) << ""_ba
                                  << "a\nc\n"_ba
                                  << "b\nd\n"_ba << 0 << 0;
    QTest::newRow("no line feed, a NUL and bad UTF-8") << QStringList{u"printf"_s, u"a\\0\\377"_s} << ""_ba
                                                       << "a\0\xFF"_ba
                                                       << ""_ba << 0 << 0;
    QTest::newRow("arguments as they are")
        << QStringList{u"printf"_s, u"[%s]"_s, QString(), u"a b"_s, u"$HOME"_s, u"--"_s, u"é\n"_s} << ""_ba
        << "[][a b][$HOME][--][é\n]"_ba
        << ""_ba << 0 << 0;
    QTest::newRow("input") << QStringList{u"cat"_s} << "in\0put\n"_ba
                           << "in\0put\n"_ba
                           << ""_ba << 0 << 0;
    QTest::newRow("no input is an end of file") << QStringList{u"cat"_s} << ""_ba
                                                << ""_ba
                                                << ""_ba << 0 << 0;
}

void TestExecLauncher::runs()
{
    QFETCH(QStringList, argv);
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, output);
    QFETCH(QByteArray, errorOutput);
    QFETCH(int, exitCode);
    QFETCH(int, signal);

    LaunchSpec spec = command(argv);
    spec.standardInput = input;
    auto run = start(spec);
    QVERIFY2(run, run ? "" : qPrintable(run.error().message));
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);

    QCOMPARE((*run)->output, output);
    QCOMPARE((*run)->errorOutput, errorOutput);
    const ProcessExit &exit = (*run)->exits.first();
    QCOMPARE(exit.startError, QString());
    QCOMPARE(exit.exitCode, exitCode < 0 ? std::optional<int>() : exitCode);
    QCOMPARE(exit.signal, signal == 0 ? std::optional<int>() : signal);
    QCOMPARE(exit.succeeded(), exitCode == 0);
    QVERIFY(exit.usage);
    QTest::qWait(20);
    QCOMPARE((*run)->exits.size(), 1);
    QVERIFY(!(*run)->spokeAfterItsEnd);
}

void TestExecLauncher::givesExactlyTheEnvironment()
{
    qputenv("TST_EXEC_LAUNCHER", "must not be inherited");
    LaunchSpec spec = command({u"/usr/bin/env"_s, u"-0"_s});
    spec.environment = {{u"EMPTY"_s, {}}, {u"A"_s, u"x=y\nz é"_s}};
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "A=x=y\nz é\0EMPTY=\0"_ba);

    spec.environment = {};
    run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().exitCode, 0);
    QCOMPARE((*run)->output, ""_ba);
}

void TestExecLauncher::runsInTheWorkingDirectory()
{
    QTemporaryDir folder;
    const QString inner = folder.filePath(u"with spaces é"_s);
    QVERIFY(QDir().mkpath(inner));
    LaunchSpec spec = command({u"/bin/pwd"_s, u"-P"_s});
    spec.workingDirectory = inner;
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, QFileInfo(inner).canonicalFilePath().toUtf8() + '\n');
}

void TestExecLauncher::givesNoOtherDescriptorsSignalsOrSession()
{
    // An engine with a descriptor left open, a signal ignored and one blocked.
    const int open = ::open("/dev/null", O_RDONLY);
    QVERIFY(open > 2);
    const auto ignored = std::signal(SIGUSR2, SIG_IGN);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    const auto back = qScopeGuard([&] {
        ::close(open);
        std::signal(SIGUSR2, ignored);
        pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
    });

    const LaunchSpec descriptors =
        bash(u"for i in {0..99}; do [ -e /proc/$$/fd/$i ] && echo $i; done; true"_s);
    auto run = start(descriptors);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "0\n1\n2\n"_ba);

    run = start(command({u"grep"_s, u"-E"_s, u"^Sig(Blk|Ign)"_s, u"/proc/self/status"_s}));
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    // Signals 32 and 33 belong to the C library; nobody can set them by its functions.
    QByteArray masks = (*run)->output;
    masks.replace("0000000180000000", "0000000000000000");
    QCOMPARE(masks, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"_ba);

    run = start(command({u"cut"_s, u"-d "_s, u"-f1,5,6,7"_s, u"/proc/self/stat"_s}));
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    const QList<QByteArray> fields = (*run)->output.trimmed().split(' ');
    QCOMPARE(fields.size(), 4);
    QCOMPARE(fields[1], fields[0]); // It leads its process group
    QCOMPARE(fields[2], fields[0]); // and its session,
    QCOMPARE(fields[3], "0"_ba);    // which has no terminal.
}

/// As a shell would have it.
void TestExecLauncher::runsScriptsWithoutAFirstLine()
{
    const QTemporaryDir folder;
    QFile script(folder.filePath(u"no-first-line"_s));
    QVERIFY(script.open(QIODevice::WriteOnly) && script.write("echo \"$0 $1 $2\"\n") > 0);
    script.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
    script.close();
    LaunchSpec byName = command({u"no-first-line"_s, u"one"_s, u"two words"_s});
    byName.environment.insert(u"PATH"_s, searchPath + u':' + folder.path());

    for (const LaunchSpec &spec : {command({script.fileName(), u"one"_s, u"two words"_s}), byName}) {
        const auto run = start(spec);
        QVERIFY(run);
        QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
        QCOMPARE((*run)->output, script.fileName().toUtf8() + " one two words\n");
    }
}

void TestExecLauncher::looksForACommandOnThePath_data()
{
    QTest::addColumn<QString>("path"); // %1 has a file "true" that cannot be run.
    QTest::addColumn<QString>("startError");

    const QString denied = QString::fromLocal8Bit(std::strerror(EACCES));
    const QString missing = QString::fromLocal8Bit(std::strerror(ENOENT));
    QTest::newRow("behind one that cannot be run") << u"%1:/bin"_s << QString();
    QTest::newRow("behind a folder that is missing") << u"/no/such/folder:/bin"_s << QString();
    QTest::newRow("behind a file") << u"/etc/passwd:/bin"_s << QString();
    QTest::newRow("behind a path too long") << u"/bin/../"_s.repeated(600) + u":/bin"_s << QString();
    QTest::newRow("only one that cannot be run") << u"%1:/no/such/folder"_s << denied;
    QTest::newRow("nowhere") << u"/no/such/folder"_s << missing;
    QTest::newRow("no path") << QString() << missing;
    QTest::newRow("an empty path") << u""_s << denied; // Means the working directory.
    QTest::newRow("the working directory") << u":/no/such/folder"_s << denied;
}

void TestExecLauncher::looksForACommandOnThePath()
{
    QFETCH(QString, path);
    QFETCH(QString, startError);
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"true"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    LaunchSpec spec = command({u"true"_s});
    spec.workingDirectory = folder.path();
    spec.environment = {};
    if (!path.isNull())
        spec.environment.insert(u"PATH"_s, QString(path).replace(u"%1"_s, folder.path()));

    const auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().startError, startError);
}

void TestExecLauncher::tellsWhyACommandCannotStart_data()
{
    QTest::addColumn<QStringList>("argv");
    QTest::addColumn<int>("error");

    QTest::newRow("missing") << QStringList{u"no-such-command-anywhere"_s} << ENOENT;
    QTest::newRow("missing with a path") << QStringList{u"/no/such/command"_s} << ENOENT;
    QTest::newRow("a folder") << QStringList{u"/usr"_s} << EACCES;
    QTest::newRow("not executable") << QStringList{u"/etc/passwd"_s} << EACCES;
    QTest::newRow("too long an argument") << QStringList{u"true"_s, QString(300'000, u'x')} << E2BIG;
}

void TestExecLauncher::tellsWhyACommandCannotStart()
{
    QFETCH(QStringList, argv);
    QFETCH(int, error);

    auto run = start(command(argv));
    if (!run) { // What is too long for the command is so for the helper already.
        QCOMPARE(toString(run.error().code), toString(ErrorCode::Io));
        QCOMPARE(run.error().message,
                 u"cannot start \"%1\": %2"_s.arg(helper, QString::fromLocal8Bit(std::strerror(error))));
        return;
    }
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    const ProcessExit &exit = (*run)->exits.first();
    QCOMPARE(exit.startError, QString::fromLocal8Bit(std::strerror(error)));
    QCOMPARE(exit.exitCode, std::nullopt);
    QCOMPARE(exit.signal, std::nullopt);
    QCOMPARE(exit.usage, std::nullopt);
    QVERIFY(!exit.succeeded());
    QCOMPARE((*run)->output, ""_ba);
}

void TestExecLauncher::failsWithoutItsHelper()
{
    const auto run = ExecLauncher(u"/no/such/helper"_s).launch(command({u"true"_s}));
    QVERIFY(!run);
    QCOMPARE(toString(run.error().code), toString(ErrorCode::Io));
    QCOMPARE(run.error().message, u"cannot start \"/no/such/helper\": No such file or directory"_s);
}

/// What is not on disk as started has not begun.
/// The children of this process that run the helper, copies and all.
static QList<qint64> helpers()
{
    QList<qint64> found;
    QFile list(u"/proc/self/task/%1/children"_s.arg(::getpid()));
    if (!list.open(QIODevice::ReadOnly))
        return found;
    for (const QByteArray &pid : list.readAll().simplified().split(' ')) {
        QFile name(u"/proc/%1/cmdline"_s.arg(QString::fromLatin1(pid)));
        if (name.open(QIODevice::ReadOnly) && name.readAll().startsWith(helper.toUtf8() + '\0'))
            found += pid.toLongLong();
    }
    return found;
}

void TestExecLauncher::goesOnWithoutItsServer()
{
    QCOMPARE(helpers(), QList<qint64>());
    auto launcher = std::make_unique<ExecLauncher>(helper);
    auto run = launcher->launch(command({u"cat"_s}));
    QVERIFY(run);
    QCOMPARE(helpers().size(), 2); // The server and its copy, which is our child as well.
    launcher.reset();
    QCOMPARE(helpers(), QList<qint64>{(*run)->pid()});

    QList<ProcessExit> exits;
    connect(run->get(), &Process::finished, this, [&exits](const ProcessExit &exit) { exits += exit; });
    (*run)->go();
    QTRY_COMPARE_WITH_TIMEOUT(exits.size(), 1, longWait);
    QCOMPARE(exits.first().exitCode, 0);
    QCOMPARE(helpers(), QList<qint64>());
}

void TestExecLauncher::startsItsServerAgain()
{
    ExecLauncher launcher(helper);
    for (int round = 0; round < 3; ++round) {
        auto run = launcher.launch(command({u"true"_s}));
        QVERIFY(run);
        const qint64 copy = (*run)->pid();
        QList<ProcessExit> exits;
        connect(run->get(), &Process::finished, this, [&exits](const ProcessExit &exit) { exits += exit; });
        for (const qint64 pid : helpers()) {
            if (pid != copy)
                ::kill(pid_t(pid), SIGKILL);
        }
        (*run)->go();
        QTRY_COMPARE_WITH_TIMEOUT(exits.size(), 1, longWait);
        QCOMPARE(exits.first().exitCode, 0);
    }
    QVERIFY(helpers().size() <= 1); // Those that were killed have been waited for, all but the last.
}

void TestExecLauncher::passesACommandOfAMegabyte()
{
    LaunchSpec spec = bash(u"echo ${#A} ${#1} $#"_s);
    spec.argv += u"name"_s;
    for (int i = 0; i < 8; ++i)
        spec.argv += QString(120'000, u'x');
    spec.environment.insert(u"A"_s, QString(100'000, u'y'));
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "100000 120000 8\n");

    spec.argv += QString(200'000, u'x'); // The kernel takes 128 KiB for one argument.
    auto large = start(spec);
    QVERIFY(large);
    QTRY_VERIFY_WITH_TIMEOUT((*large)->ended(), longWait);
    QCOMPARE((*large)->exits.first().startError, u"Argument list too long"_s);
}

void TestExecLauncher::waitsForItsWord()
{
    const QTemporaryDir dir;
    const QString mark = dir.filePath(u"mark"_s);
    const auto run = prepare(command({u"touch"_s, mark}));
    QVERIFY(run);
    QTest::qWait(200);
    QVERIFY(!QFile::exists(mark));
    QVERIFY(!(*run)->ended());
    (*run)->process->go();
    QTRY_VERIFY((*run)->ended());
    QVERIFY((*run)->exits.first().succeeded());
    QVERIFY(QFile::exists(mark));
}

void TestExecLauncher::endsBeforeItBegan_data()
{
    QTest::addColumn<bool>("isKilled");

    QTest::newRow("asked to end") << false;
    QTest::newRow("killed") << true;
}

void TestExecLauncher::endsBeforeItBegan()
{
    QFETCH(bool, isKilled);

    const QTemporaryDir dir;
    const QString mark = dir.filePath(u"mark"_s);
    const auto run = prepare(command({u"touch"_s, mark}));
    QVERIFY(run);
    isKilled ? (*run)->process->kill() : (*run)->process->terminate();
    QTRY_VERIFY((*run)->ended());
    (*run)->process->go(); // Comes too late, and does no harm.
    QCOMPARE((*run)->exits.first().startError, QString::fromLocal8Bit(std::strerror(ECANCELED)));
    QVERIFY(!QFile::exists(mark));

    const auto dropped = prepare(command({u"touch"_s, mark}));
    QVERIFY(dropped);
    (*dropped)->process.reset(); // As when its engine dies.
    QVERIFY(!QFile::exists(mark));
}

void TestExecLauncher::failsWithoutTheWorkingDirectory()
{
    LaunchSpec spec = command({u"true"_s});
    spec.workingDirectory = u"/no/such/folder"_s;
    const auto run = start(spec);
    QVERIFY(!run);
    QCOMPARE(toString(run.error().code), toString(ErrorCode::Io));
    QCOMPARE(run.error().message,
             u"cannot enter the folder \"/no/such/folder\": No such file or directory"_s);
}

void TestExecLauncher::passesAMillionLines()
{
    auto run = start(bash(u"seq 1 1000000 & seq 1000001 1000010 >&2; wait"_s));
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), 60'000);
    QByteArray expected;
    for (int i = 1; i <= 1'000'000; ++i)
        expected += QByteArray::number(i) + '\n';
    QVERIFY((*run)->output == expected); // Not QCOMPARE: it would print them.
    QCOMPARE((*run)->errorOutput.count('\n'), 10);
    QCOMPARE((*run)->exits.first().exitCode, 0);
}

void TestExecLauncher::passesALargeInput()
{
    LaunchSpec spec = command({u"cat"_s});
    for (int i = 0; i < 400'000; ++i)
        spec.standardInput += QByteArray::number(i) + '\n';
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), 60'000);
    QVERIFY((*run)->output == spec.standardInput);
}

void TestExecLauncher::survivesACommandThatIgnoresItsInput()
{
    for (const QStringList &argv : {QStringList{u"true"_s}, {u"head"_s, u"-c3"_s}}) {
        LaunchSpec spec = command(argv);
        spec.standardInput = QByteArray(4 * 1024 * 1024, 'x');
        auto run = start(spec);
        QVERIFY(run);
        QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
        QCOMPARE((*run)->exits.first().exitCode, 0);
        QCOMPARE((*run)->output, QByteArray(argv.size() == 1 ? 0 : 3, 'x'));
    }
    // Input that is closed long before the end.
    LaunchSpec spec = bash(u"exec <&-; echo closed; sleep 0.2; echo end"_s);
    spec.standardInput = QByteArray(4 * 1024 * 1024, 'x');
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "closed\nend\n"_ba);
}

/// No process holds an end of another's pipes: input ends for each by itself, and none waits for another.
void TestExecLauncher::keepsProcessesApart()
{
    auto slow = start(bash(u"echo ready; sleep 1000"_s));
    QVERIFY(slow);
    std::vector<std::unique_ptr<Watched>> runs;
    for (int i = 0; i < 10; ++i) {
        LaunchSpec spec = command({u"cat"_s});
        spec.standardInput = QByteArray::number(i);
        auto run = start(spec);
        QVERIFY(run);
        runs.push_back(*std::move(run));
    }
    for (int i = 0; i < 10; ++i) {
        QTRY_VERIFY_WITH_TIMEOUT(runs[size_t(i)]->ended(), longWait);
        QCOMPARE(runs[size_t(i)]->output, QByteArray::number(i));
    }
    QVERIFY(!(*slow)->ended());
}

void TestExecLauncher::terminates()
{
    LaunchSpec spec = bash(u"trap 'echo asked; exit 7' TERM; echo ready; while :; do sleep 0.05; done"_s);
    auto run = start(spec);
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    (*run)->process->terminate();
    (*run)->process->terminate();
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "ready\nasked\n"_ba);
    QCOMPARE((*run)->exits.first().exitCode, 7);

    run = start(command({u"sleep"_s, u"1000"_s}));
    QVERIFY(run);
    (*run)->process->terminate(); // Perhaps before the command has started.
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().signal, SIGTERM);
}

void TestExecLauncher::killsAfterTheGrace()
{
    LaunchSpec spec = bash(u"trap '' TERM; echo ready; while :; do sleep 0.05; done"_s);
    spec.grace = std::chrono::milliseconds(400);
    auto run = start(spec);
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    QElapsedTimer timer;
    timer.start();
    (*run)->process->terminate();
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QVERIFY2(timer.elapsed() >= 395, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE((*run)->exits.first().signal, SIGKILL);
    QCOMPARE((*run)->exits.first().exitCode, std::nullopt);
}

void TestExecLauncher::killsAtOnce()
{
    LaunchSpec spec = bash(u"trap 'echo asked' TERM; echo ready; while :; do sleep 0.05; done"_s);
    spec.grace = std::chrono::hours(1);
    auto run = start(spec);
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    (*run)->process->kill();
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().signal, SIGKILL);
    QCOMPARE((*run)->output, "ready\n"_ba);
}

void TestExecLauncher::aKillSkipsTheGrace()
{
    LaunchSpec spec = bash(u"trap '' TERM; echo ready; while :; do sleep 0.05; done"_s);
    spec.grace = std::chrono::hours(1);
    auto run = start(spec);
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    (*run)->process->terminate();
    QTest::qWait(50);
    QVERIFY(!(*run)->ended());
    (*run)->process->kill();
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().signal, SIGKILL);
}

/// A shell dies of TERM at once; the tool that it was waiting for has the grace to clean up all the same.
void TestExecLauncher::wholeGroupHasTheGrace()
{
    const QString tool =
        u"(trap 'sleep 0.3; echo cleaned; exit' TERM; echo ready; while :; do sleep 0.05; done) & wait"_s;
    auto run = start(bash(tool));
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    (*run)->process->terminate();
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->output, "ready\ncleaned\n"_ba);
    QCOMPARE((*run)->exits.first().signal, SIGTERM);

    // Not longer than that, and not when it is killed.
    for (const bool killed : {false, true}) {
        LaunchSpec spec = bash(u"(trap '' TERM; echo ready; while :; do sleep 0.05; done) & wait"_s);
        spec.grace = killed ? std::chrono::milliseconds(3'600'000) : std::chrono::milliseconds(300);
        run = start(spec);
        QVERIFY(run);
        QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
        (*run)->process->terminate();
        QTest::qWait(100);
        QVERIFY(!(*run)->ended());
        if (killed)
            (*run)->process->kill();
        QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
        QCOMPARE((*run)->exits.first().signal, SIGTERM);
    }
}

void TestExecLauncher::commandsAfterTheEndDoNothing()
{
    auto run = start(command({u"true"_s}));
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    (*run)->process->terminate();
    (*run)->process->kill();
    QTest::qWait(20);
    QCOMPARE((*run)->exits.size(), 1);
    QCOMPARE((*run)->exits.first().exitCode, 0);
}

void TestExecLauncher::leavesNothing_data()
{
    QTest::addColumn<int>("tree");
    QTest::addColumn<QString>("way");

    for (int i = 0; i < trees().size(); ++i) {
        for (const char *way : {"exit", "terminate", "kill"})
            QTest::addRow("%s, %s", trees()[i].name, way) << i << QString::fromLatin1(way);
    }
}

void TestExecLauncher::leavesNothing()
{
    QFETCH(int, tree);
    QFETCH(QString, way);

    QTemporaryDir folder;
    const QString file = folder.filePath(u"pids"_s);
    const bool exits = way == u"exit"_s;
    auto run = start(treeSpec(trees()[tree], file, exits ? u"exit 3"_s : u"trap '' TERM; sleep 1000"_s));
    QVERIFY(run);
    if (!exits) {
        QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
        QCOMPARE(alive(pidsIn(file)).size(), trees()[tree].count + 1);
        QTest::qWait(20); // For the trap.
        way == u"kill"_s ? (*run)->process->kill() : (*run)->process->terminate();
    }
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);

    QCOMPARE(pidsIn(file).size(), trees()[tree].count + 1);
    QVERIFY(alive(pidsIn(file)).isEmpty()); // At once, not some time later.
    QVERIFY(!isAlive((*run)->process->pid()));
    QCOMPARE((*run)->exits.first().exitCode, exits ? std::optional<int>(3) : std::nullopt);
    QCOMPARE((*run)->output, "ready\n"_ba);
}

void TestExecLauncher::destroyingKillsEverything_data()
{
    QTest::addColumn<int>("tree");
    for (int i = 0; i < trees().size(); ++i)
        QTest::newRow(trees()[i].name) << i;
}

void TestExecLauncher::destroyingKillsEverything()
{
    QFETCH(int, tree);

    QTemporaryDir folder;
    const QString file = folder.filePath(u"pids"_s);
    auto run = start(treeSpec(trees()[tree], file, u"trap '' TERM; sleep 1000"_s));
    QVERIFY(run);
    QTRY_COMPARE_WITH_TIMEOUT((*run)->output, "ready\n"_ba, longWait);
    const qint64 helperPid = (*run)->process->pid();
    QCOMPARE(alive(pidsIn(file)).size(), trees()[tree].count + 1);

    (*run)->process.reset();
    QVERIFY(alive(pidsIn(file)).isEmpty());
    QVERIFY(!isAlive(helperPid));
    QVERIFY(!(*run)->ended());
}

void TestExecLauncher::mayBeDeletedWhenFinished()
{
    auto run = start(bash(u"echo a; echo b >&2"_s));
    QVERIFY(run);
    bool deleted = false;
    connect((*run)->process.get(), &Process::finished, this, [&run, &deleted] {
        (*run)->process.reset();
        deleted = true;
    });
    QTRY_VERIFY_WITH_TIMEOUT(deleted, longWait);
    QCOMPARE((*run)->output, "a\n"_ba);
    QCOMPARE((*run)->errorOutput, "b\n"_ba);
}

void TestExecLauncher::commandDiesWithItsHelper()
{
    auto run = start(bash(u"trap '' TERM HUP; echo $$; while :; do sleep 0.05; done"_s));
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->output.endsWith('\n'), longWait);
    const qint64 pid = (*run)->output.trimmed().toLongLong();
    QVERIFY(isAlive(pid));
    ::kill(pid_t((*run)->process->pid()), SIGKILL);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().signal, SIGKILL);
    QCOMPARE((*run)->exits.first().usage, std::nullopt);
    QTRY_VERIFY_WITH_TIMEOUT(!isAlive(pid), longWait);
    (*run)->process->terminate(); // Nobody listens; nothing happens.
}

void TestExecLauncher::everythingDiesWithTheEngine_data()
{
    destroyingKillsEverything_data();
}

void TestExecLauncher::everythingDiesWithTheEngine()
{
    QFETCH(int, tree);

    QTemporaryDir folder;
    const QString file = folder.filePath(u"pids"_s);
    QProcess engine;
    engine.start(QCoreApplication::applicationFilePath(), {u"--play-engine"_s, QString::number(tree), file});
    QByteArray told;
    QTRY_VERIFY_WITH_TIMEOUT((told += engine.readAllStandardOutput()).endsWith("ready\n"), longWait);
    const QList<qint64> pids = pidsIn(file) + QList{told.first(told.indexOf('\n')).toLongLong()};
    QCOMPARE(alive(pids), pids);

    engine.kill(); // SIGKILL: nothing can be done in it any more.
    QVERIFY(engine.waitForFinished());
    QTRY_VERIFY_WITH_TIMEOUT(alive(pids).isEmpty(), longWait);
}

void TestExecLauncher::tellsWhatWasUsed()
{
    QTemporaryDir folder;
    QElapsedTimer timer;
    timer.start();
    LaunchSpec spec = bash(u"for ((i = 0; i < 200000; ++i)); do :; done\n"
                           "x=$(head -c 40000000 /dev/zero | tr '\\0' x)\n"
                           "dd if=/dev/zero of=file bs=1M count=8 conv=fsync status=none"_s);
    spec.workingDirectory = folder.path();
    auto run = start(spec);
    QVERIFY(run);
    QTRY_VERIFY_WITH_TIMEOUT((*run)->ended(), longWait);
    QCOMPARE((*run)->exits.first().exitCode, 0);
    const ResourceUsage usage = *(*run)->exits.first().usage;
    const std::chrono::microseconds elapsed(timer.nsecsElapsed() / 1000);
    QVERIFY(usage.userTime > std::chrono::milliseconds(50));
    QVERIFY(usage.systemTime > std::chrono::milliseconds(1));
    QVERIFY(usage.userTime + usage.systemTime < elapsed * 3); // Three processes at most at a time.
    QVERIFY(usage.peakMemoryBytes > 40'000'000 && usage.peakMemoryBytes < 1'000'000'000);
    if (QStorageInfo(folder.path()).fileSystemType() == "tmpfs")
        QCOMPARE(usage.writtenBytes, 0);
    else
        QVERIFY(usage.writtenBytes >= 8 * 1024 * 1024);
}

void TestExecLauncher::namesTheProcess()
{
    auto run = start(command({u"sleep"_s, u"1000"_s}));
    QVERIFY(run);
    const Process &process = *(*run)->process;
    QVERIFY(isAlive(process.pid()));
    QFile stat(u"/proc/%1/stat"_s.arg(process.pid()));
    QVERIFY(stat.open(QIODevice::ReadOnly));
    QCOMPARE(process.startTime(), QString::fromLatin1(stat.readAll().split(' ').value(21)));
    QVERIFY(process.startTime().toLongLong() > 0);
    QCOMPARE(bootId().size(), 36);
    QCOMPARE(bootId(), bootId());
}

/// An engine in a process of its own: starts a tree, says the helper's pid and what the tree says, and waits
/// for its end.
static int playEngine(int tree, const QString &pids)
{
    auto run = start(treeSpec(trees()[tree], pids, u"trap '' TERM; sleep 1000"_s));
    if (!run)
        return 1;
    const auto say = [](const QByteArray &bytes) {
        [[maybe_unused]] const ssize_t count = ::write(1, bytes.constData(), size_t(bytes.size()));
    };
    say(QByteArray::number((*run)->process->pid()) + '\n');
    QObject::connect((*run)->process.get(), &Process::outputRead, (*run)->process.get(),
                     [&say](OutputStream, const QByteArray &bytes) { say(bytes); });
    return QCoreApplication::exec();
}

void TestExecLauncher::pausedOutputWaits()
{
    // More than pipes hold, then a word on the other stream.
    const auto watched = start(bash(u"head -c 3000000 /dev/zero | tr '\\0' x; echo >&2 end"_s));
    QVERIFY(watched);
    Watched &told = **watched;
    // At the first bytes: a moment later all might have come.
    const auto first =
        connect(told.process.get(), &Process::outputRead, this, [&told] { told.process->pauseOutput(true); });
    QTRY_VERIFY(told.output.size() > 0);
    disconnect(first);
    const qsizetype before = told.output.size();
    QVERIFY(before < 3'000'000);
    for (int i = 0; i < 100; ++i)
        QCoreApplication::processEvents();
    QCOMPARE(told.output.size(), before);
    QVERIFY(!told.ended());

    told.process->pauseOutput(false);
    QTRY_VERIFY_WITH_TIMEOUT(told.ended(), 20'000);
    QCOMPARE(told.output, QByteArray(3'000'000, 'x'));
    QCOMPARE(told.errorOutput, "end\n");

    const auto another = start(bash(u"echo last; exec sleep 1000"_s));
    QVERIFY(another);
    (*another)->process->pauseOutput(true);
    (*another)->process->kill(); // Ends, paused or not.
    QTRY_VERIFY_WITH_TIMEOUT((*another)->ended(), 20'000);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 4 && std::strcmp(argv[1], "--play-engine") == 0)
        return playEngine(std::atoi(argv[2]), QString::fromLocal8Bit(argv[3]));
    TestExecLauncher test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}

#include "tst_exec_launcher.moc"
