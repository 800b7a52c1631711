#include "tests/run/scheduler_fixture.h"

#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QtTest>

#include <csignal>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::Engine;
using engine::Error;
using engine::ErrorCode;
using engine::RunId;
using engine::Store;
using engine::Verdict;

/// The store cannot be written while runs go on: nothing new begins, everybody is told, nothing is announced
/// that is not on disk, and all that was kept is written when the cause is gone.
class TestTrouble : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { ::signal(SIGXFSZ, SIG_IGN); }

    void noRoom();
    void noRoomOnAFullFileSystem();
    void readOnlyFiles();
    void lockedFile();
    void damagedFile();
    void logsAloneCannotBeWritten();
    void interruptedRunKeepsItsLines();

private:
    void closeEngine()
    {
        m_reader.reset();
        m_engine.reset();
    }
    /// Two runs: one whose first step runs, one that waits at a gate.
    void startRuns();
    /// What everything looks like while the cause is there.
    void checkHoldsStill(const QString &error);
    /// The cause is gone: the runs end as if nothing had been.
    void checkGoesOn();
    QString storeFile() const { return m_dir->filePath(u"store.sqlite"_s); }
    QString failure(const QString &what) const { return u"database \"%1\": %2"_s.arg(storeFile(), what); }
    QString lastTrouble() const { return m_trouble->last().first().value<Error>().message; }
    Error submitted();

    RunId m_works;
    RunId m_waits;
    std::unique_ptr<QSignalSpy> m_trouble;
    std::unique_ptr<QSignalSpy> m_changes;
};

static const QByteArray gatePack = "  approvals:\n  - { id: review, expiresAfter: PT1H }\n"
                                   "  steps:\n  - { id: gate, gate: { approval: review, message: 'Go?' } }\n";

void TestTrouble::startRuns()
{
    m_works = start("  steps:\n" + exec("a") + exec("b"));
    m_waits = start(gatePack);
    QTRY_COMPARE(stateOf(m_waits), u"waiting"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->print(u"a"_s, "before\n");
    m_clock->advance(200ms);
    m_trouble = std::make_unique<QSignalSpy>(m_engine.get(), &Engine::troubleChanged);
    m_changes = std::make_unique<QSignalSpy>(m_engine.get(), &Engine::runChanged);
}

/// The answer to a run that is submitted now.
Error TestTrouble::submitted()
{
    engine::NewRun run;
    run.summary.id = engine::newRunId(m_clock->now());
    const auto plan = engine::Plan::parse(*m_reader->plan(m_works));
    run.plan = plan->canonical();
    run.summary.planHash = plan->hash();
    const auto result = m_engine->submit(run, *plan);
    return result ? Error{ErrorCode::Internal, u"it was taken"_s, {}, {}} : result.error();
}

void TestTrouble::checkHoldsStill(const QString &error)
{
    const qsizetype events = m_reader->events(m_works)->size();
    m_launcher->print(u"a"_s, "during\n");
    m_launcher->finish(u"a"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!m_trouble->isEmpty(), 20'000);
    QCOMPARE(lastTrouble(), error);
    const qsizetype told = m_trouble->size();

    QCOMPARE(submitted(), (Error{ErrorCode::Database, error, {}, {}}));
    QCOMPARE(decide(m_waits, u"ann"_s, Verdict::Approve).error(),
             (Error{ErrorCode::Database, error, {}, {}}));
    QVERIFY(m_engine->cancel(m_waits, u"olga"_s)); // Kept, and written later.
    for (int i = 0; i < 3; ++i) {
        m_clock->advance(1s);
        QCoreApplication::processEvents();
    }

    QCOMPARE(m_launcher->running(), QStringList()); // The second step does not begin.
    QCOMPARE(m_launcher->specs.size(), 1);
    QCOMPARE(m_reader->events(m_works)->size(), events);
    QCOMPARE(stateOf(m_waits), u"waiting"_s);
    QCOMPARE(m_changes->size(), 0);    // Nothing is announced that is not on disk.
    QCOMPARE(m_trouble->size(), told); // The same trouble is told once.
}

void TestTrouble::checkGoesOn()
{
    m_clock->advance(1s);
    QTRY_COMPARE_WITH_TIMEOUT(lastTrouble(), QString(), 20'000);
    QTRY_COMPARE(stateOf(m_waits), u"cancelled"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_launcher->running(), QStringList{u"b"_s}, 20'000);
    m_launcher->finish(u"b"_s);
    QTRY_COMPARE(stateOf(m_works), u"succeeded"_s);
    m_clock->advance(2s);
    for (const RunId &run : {m_works, m_waits})
        QVERIFY(checkChain(*m_reader->events(run)));
    QStringList lines;
    const auto logs = *m_reader->logs({m_works});
    for (const engine::LogLine &line : logs)
        lines += line.message;
    QCOMPARE(lines, (QStringList{u"before"_s, u"during"_s}));
    const qsizetype told = m_trouble->size();
    m_clock->advance(10s);
    QCOMPARE(m_trouble->size(), told);
}

/// As a full disk is for the program: a write fails. Needs no disk of its own.
class FileSizeLimit
{
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { lift(); }
    Q_DISABLE_COPY_MOVE(FileSizeLimit)
    void lift() { ::setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before{};
};

void TestTrouble::noRoom()
{
    startRuns();
    FileSizeLimit limit(4096);
    checkHoldsStill(failure(u"disk I/O error"_s));
    limit.lift();
    checkGoesOn();
}

void TestTrouble::noRoomOnAFullFileSystem()
{
    closeEngine();
    const QByteArray place = QFile::encodeName(m_dir->path());
    if (::mount("tmpfs", place.constData(), "tmpfs", 0, "size=2m") != 0)
        QSKIP("this user may not mount");
    const auto unmount = qScopeGuard([this, place] {
        closeEngine();
        ::umount2(place.constData(), MNT_DETACH);
    });
    openEngine();
    startRuns();
    QFile filler(m_dir->filePath(u"filler"_s));
    QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    while (filler.write(QByteArray(4096, 'x')) == 4096) {
    }
    checkHoldsStill(failure(u"database or disk is full"_s));
    QVERIFY(filler.remove());
    checkGoesOn();
}

/// Sets or clears "nobody may change this", which holds for descriptors that are open, too.
static bool setImmutable(const QString &path, bool isOn)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    int flags = 0;
    bool done = ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
    flags = isOn ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
    done = done && ::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
    ::close(fd);
    return done;
}

void TestTrouble::readOnlyFiles()
{
    startRuns();
    // The log is what is written; its locks are those of another file, so it can be opened beside SQLite.
    const QString log = storeFile() + u"-wal"_s;
    if (!setImmutable(log, true))
        QSKIP("this user or file system cannot make a file immutable");
    const auto change = qScopeGuard([log] { setImmutable(log, false); });
    checkHoldsStill(failure(u"disk I/O error"_s));
    QVERIFY(setImmutable(log, false));
    checkGoesOn();
}

void TestTrouble::lockedFile()
{
    startRuns();
    {
        QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s, u"lock"_s);
        database.setDatabaseName(storeFile());
        QVERIFY(database.open() && QSqlQuery(database).exec(u"BEGIN EXCLUSIVE"_s));
        checkHoldsStill(failure(u"database is locked"_s));
        database.close();
    }
    QSqlDatabase::removeDatabase(u"lock"_s);
    checkGoesOn();
}

/// Bytes of a file, without closing it in this process: that would drop the locks that SQLite holds.
static QByteArray bytesOf(const QString &path)
{
    QProcess cat;
    cat.start(u"cat"_s, {path});
    cat.waitForFinished();
    return cat.readAllStandardOutput();
}

static void overwrite(const QString &path, const QByteArray &bytes)
{
    QProcess dd;
    dd.start(u"dd"_s, {u"of="_s + path, u"conv=notrunc"_s, u"status=none"_s});
    dd.write(bytes);
    dd.closeWriteChannel();
    QVERIFY(dd.waitForFinished());
    QCOMPARE(dd.exitCode(), 0);
}

void TestTrouble::damagedFile()
{
    const RunId first = start("  steps:\n" + exec("a"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(first), u"succeeded"_s);
    closeEngine(); // All is in the file now, and nothing of it in the memory of the next engine.
    const QByteArray whole = bytesOf(storeFile());
    m_launcher = std::make_unique<FakeLauncher>();
    openEngine();
    m_works = first;
    m_trouble = std::make_unique<QSignalSpy>(m_engine.get(), &Engine::troubleChanged);
    const engine::NewRun unharmed{{}, *m_reader->plan(first), {}, {}};
    const auto plan = engine::Plan::parse(unharmed.plan);
    const auto submit = [&] {
        engine::NewRun run = unharmed;
        run.summary.id = engine::newRunId(m_clock->now());
        run.summary.planHash = plan->hash();
        return m_engine->submit(run, *plan);
    };

    const QByteArray damaged = whole.first(4096) + QByteArray(whole.size() - 4096, '\x55');
    overwrite(storeFile(), damaged);
    QCOMPARE(submit().error(),
             (Error{ErrorCode::Database, failure(u"database disk image is malformed"_s), {}, {}}));
    QCOMPARE(lastTrouble(), failure(u"database disk image is malformed"_s));
    const QString refusal = u"database \"%1\" is damaged and nothing is written to it: "
                            "database disk image is malformed"_s.arg(storeFile());
    QCOMPARE(submit().error(), (Error{ErrorCode::Database, refusal, {}, {}}));
    for (int i = 0; i < 3; ++i) {
        m_clock->advance(1s);
        QCoreApplication::processEvents();
    }
    QVERIFY(!lastTrouble().isEmpty());
    QVERIFY(bytesOf(storeFile()) == damaged); // Not a byte was written to it.

    overwrite(storeFile(), whole);
    m_clock->advance(1s);
    QTRY_COMPARE(lastTrouble(), QString());
    QVERIFY(submit());
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
}

void TestTrouble::logsAloneCannotBeWritten()
{
    startRuns();
    FileSizeLimit limit(4096);
    // A step that prints for ever is made to wait, and no line is lost.
    int printed = 0;
    const QByteArray line(1000, 'x');
    while (!m_launcher->calls.contains(u"pause a"_s)) {
        QVERIFY(printed < 100'000);
        m_launcher->print(u"a"_s, line + QByteArray::number(++printed) + '\n');
    }
    QVERIFY(printed < 5'000);
    QTRY_COMPARE(m_trouble->size(), 1);
    for (int i = 0; i < 3; ++i) {
        m_clock->advance(1s);
        QCoreApplication::processEvents();
    }
    QCOMPARE(m_trouble->size(), 1); // It does not come and go.
    QVERIFY(!m_launcher->calls.contains(u"unpause a"_s));

    limit.lift();
    m_clock->advance(1s);
    QTRY_COMPARE(lastTrouble(), QString());
    QVERIFY(m_launcher->calls.contains(u"unpause a"_s));
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"b"_s});
    QCOMPARE(*m_reader->lastLogSequence(m_works), printed + 1);
}

void TestTrouble::interruptedRunKeepsItsLines()
{
    // A run does not end before its lines are stored.
    startRuns();
    FileSizeLimit limit(4096);
    m_launcher->print(u"a"_s, "last words\n");
    m_launcher->finish(u"a"_s, 1);
    QTRY_COMPARE(m_trouble->size(), 1);
    QCOMPARE(stateOf(m_works), u"running"_s);
    limit.lift();
    m_clock->advance(1s);
    QTRY_COMPARE(stateOf(m_works), u"failed"_s);
    QCOMPARE(m_reader->logs({m_works})->at(1).message, u"last words"_s);
}

QTEST_GUILESS_MAIN(TestTrouble)
#include "tst_trouble.moc"
