#include "engine/evidence/keys.h"
#include "engine/local/doctor/doctor.h"
#include "engine/local/local_run_service.h"
#include "engine/store/store.h"

#include <QDir>
#include <QJsonArray>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::DoctorFinding;
using engine::DoctorReport;

namespace {

/// Everything in a folder: names, modes, times, content. By another process: this one may have the store
/// open, and would drop its locks on closing a file of it.
QStringList treeOf(const QString &folder)
{
    QProcess look;
    look.start(
        u"sh"_s,
        {u"-c"_s,
         u"cd \"$1\" && find . -printf '%p %m %y %s %T@\\n' | sort && find . -type f -print0 | sort -z "
         "| xargs -0 -r sha256sum"_s,
         u"sh"_s, folder});
    if (!look.waitForFinished() || look.exitCode() != 0)
        qFatal("cannot look at %s", qPrintable(folder));
    return QString::fromUtf8(look.readAllStandardOutput()).split(u'\n');
}

} // namespace

/// `taskrunner doctor`: what it says of each thing that can be wrong, and that it never changes one.
class TestDoctor : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_dir.reset(); }

    void findsNothingWrong();
    void looksAtNothingYet();
    void findsAFileInsteadOfAFolder();
    void findsOpenFolders();
    void findsKeysThatOthersCanRead();
    void findsBrokenKeysAndTrust();
    void findsALockThatWasLeft();
    void findsAnOwnerElsewhere();
    void findsASocketThatWasLeft();
    void findsStoresThatCannotBeUsed_data();
    void findsStoresThatCannotBeUsed();
    void findsDamageInsideTheStore();
    void leavesALogAlone();
    void looksBesideAnOwner();
    void findsAClockThatWentBack();
    void findsAnIncident();
    void findsTheHelperMissing();
    void findsAnotherHelper();
    void checksThePolicyServer();
    void saysItInJson();

private:
    /// The findings, and that looking changed nothing.
    DoctorReport examine(engine::Timestamp now = engine::SystemClock().now());
    DoctorFinding find(const QString &check) { return find(examine(), check); }
    static DoctorFinding find(const DoctorReport &report, const QString &check);
    void fill(); ///< The folder of an engine that was here.
    void sql(const QString &statement) const;
    QString file(const QString &name) const { return m_dir->filePath(name); }
    QString dataDir() const { return file(u"data"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_helper;
    QString m_policyServer;
};

void TestDoctor::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_helper = QStringLiteral(BINARY_DIR "/bin/taskrunner-exec");
    m_policyServer.clear();
    qunsetenv("TASKRUNNER_POLICY_SERVER");
}

void TestDoctor::fill()
{
    engine::LocalOptions options;
    options.dataDir = dataDir();
    options.execHelper = m_helper;
    const auto service = engine::LocalRunService::open(options);
    QVERIFY2(service, service ? "" : qPrintable(service.error().message));
}

DoctorReport TestDoctor::examine(engine::Timestamp now)
{
    const QStringList before = treeOf(m_dir->path());
    DoctorReport report = engine::examine({dataDir(), m_helper, m_policyServer}, now);
    const QStringList after = treeOf(m_dir->path());
    if (after != before)
        qFatal("looking changed the folder:\n%s\nit was\n%s", qPrintable(after.join(u'\n')),
               qPrintable(before.join(u'\n')));
    return report;
}

DoctorFinding TestDoctor::find(const DoctorReport &report, const QString &check)
{
    for (const DoctorFinding &finding : report.findings) {
        if (finding.check == check)
            return finding;
    }
    qFatal("nothing is said of %s", qPrintable(check));
}

void TestDoctor::sql(const QString &statement) const
{
    QCOMPARE(QProcess::execute(u"sqlite3"_s, {dataDir() + u"/taskrunner.sqlite"_s, statement}), 0);
}

static void compare(const DoctorFinding &found, DoctorFinding::State state, const QString &message,
                    const QString &advice = {})
{
    QCOMPARE(found.message, message);
    QCOMPARE(toString(found.state), toString(state));
    QCOMPARE(found.advice, advice);
}

using enum DoctorFinding::State;

void TestDoctor::findsNothingWrong()
{
    fill();
    const DoctorReport report = examine();
    QVERIFY(report.isGood());
    QStringList checks;
    for (const DoctorFinding &finding : report.findings)
        checks += finding.check;
    QCOMPARE(checks, (QStringList{u"data-directory"_s,
                                  u"free-space"_s,
                                  u"lock"_s,
                                  u"link"_s,
                                  u"store"_s,
                                  u"store-log"_s,
                                  u"store-integrity"_s,
                                  u"clock"_s,
                                  u"incident"_s,
                                  u"key-files"_s,
                                  u"engine-key"_s,
                                  u"trust"_s,
                                  u"exec-helper"_s,
                                  u"exec-start"_s,
                                  u"sandbox-user-namespace"_s,
                                  u"sandbox-mount-namespace"_s,
                                  u"sandbox-network-namespace"_s,
                                  u"sandbox-process-namespace"_s,
                                  u"sandbox-ipc-namespace"_s,
                                  u"sandbox-seccomp"_s,
                                  u"policy-server"_s,
                                  u"versions"_s}));
    compare(find(report, u"data-directory"_s), Ok,
            u"\"%1\" is for its owner only, and can be written to"_s.arg(dataDir()));
    compare(find(report, u"lock"_s), Ok, u"nobody owns the data directory"_s);
    compare(find(report, u"link"_s), Ok,
            u"nobody listens for commands of others, as nobody owns the data directory"_s);
    compare(find(report, u"store"_s), Ok, u"the store has schema %1"_s.arg(engine::Store::SchemaVersion));
    compare(find(report, u"store-log"_s), Ok, u"there is no write-ahead log to be taken in"_s);
    compare(find(report, u"store-integrity"_s), Ok, u"SQLite's quick check found nothing"_s);
    compare(find(report, u"clock"_s), NotChecked, u"there is no stored event to hold the clock against"_s);
    compare(find(report, u"key-files"_s), Ok, u"the only key can be read by its owner only"_s);
    const auto key = engine::SigningKey::load(dataDir() + u"/keys/engine.pem"_s);
    compare(find(report, u"engine-key"_s), Ok,
            u"the engine signs with the key %1"_s.arg(key->publicKey().keyId()));
    compare(find(report, u"trust"_s), Ok, u"\"%1/trust.json\" can be read"_s.arg(dataDir()));
    compare(find(report, u"exec-start"_s), Ok, u"taskrunner-exec started /bin/true and saw its end"_s);
    QVERIFY(find(report, u"versions"_s)
                .message.contains(u", Qt %1, SQLite 3."_s.arg(QLatin1StringView(qVersion()))));
    QVERIFY(find(report, u"versions"_s).message.contains(u", OpenSSL 3."_s));
}

void TestDoctor::looksAtNothingYet()
{
    const DoctorReport report = examine();
    QVERIFY(report.isGood());
    compare(report.findings.first(), NotChecked,
            u"\"%1\" does not exist yet; the first command that runs something makes it"_s.arg(dataDir()));
    QVERIFY(!QFileInfo::exists(dataDir()));
    QVERIFY(QDir().mkdir(dataDir()));
    compare(find(u"store"_s), NotChecked, u"there is no store yet; the first run makes one"_s);
    compare(find(u"engine-key"_s), NotChecked, u"the engine has no key yet; its first start makes one"_s);
    compare(find(u"key-files"_s), NotChecked, u"there is no key yet"_s);
    compare(find(u"trust"_s), NotChecked, u"no key is trusted yet"_s);
}

void TestDoctor::findsAFileInsteadOfAFolder()
{
    QFile wrong(dataDir());
    QVERIFY(wrong.open(QIODevice::WriteOnly));
    const DoctorReport report = examine();
    QVERIFY(!report.isGood());
    compare(report.findings.first(), Failed, u"\"%1\" is not a folder"_s.arg(dataDir()),
            u"move it away, or choose another place with --data-dir"_s);
}

void TestDoctor::findsOpenFolders()
{
    fill();
    QCOMPARE(::chmod(qPrintable(dataDir()), 0755), 0);
    compare(find(u"data-directory"_s), Warning,
            u"others may look into \"%1\": its mode is 0755"_s.arg(dataDir()),
            u"chmod 700 \"%1\""_s.arg(dataDir()));
}

void TestDoctor::findsKeysThatOthersCanRead()
{
    fill();
    const QString key = dataDir() + u"/keys/engine.pem"_s;
    QCOMPARE(::chmod(qPrintable(key), 0640), 0);
    const DoctorReport report = examine();
    QVERIFY(!report.isGood());
    compare(find(report, u"key-files"_s), Failed, u"others may read \"%1\": its mode is 0640"_s.arg(key),
            u"chmod 600 \"%1\"; make a new key if others can have read it"_s.arg(key));
    QVERIFY(find(report, u"engine-key"_s).state == Failed);
}

void TestDoctor::findsBrokenKeysAndTrust()
{
    fill();
    for (const QString &name : {u"keys/engine.pem"_s, u"trust.json"_s}) {
        QFile broken(dataDir() + u'/' + name);
        QVERIFY(broken.open(QIODevice::WriteOnly | QIODevice::Truncate));
        broken.write("nothing of ours");
    }
    const DoctorReport report = examine();
    QVERIFY(find(report, u"engine-key"_s).state == Failed);
    QCOMPARE(find(report, u"engine-key"_s).advice,
             u"put the right key back; without it no engine starts here"_s);
    QVERIFY(find(report, u"trust"_s).state == Failed);
    QVERIFY(find(report, u"trust"_s).message.startsWith(dataDir() + u"/trust.json:1:"_s));
}

void TestDoctor::findsALockThatWasLeft()
{
    fill();
    QProcess ended;
    ended.start(u"true"_s, {});
    QVERIFY(ended.waitForStarted());
    const qint64 pid = ended.processId();
    QVERIFY(ended.waitForFinished());
    QFile lock(dataDir() + u"/lock"_s);
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write(u"%1\ntaskrunner\n%2\n\n\n"_s.arg(pid).arg(QSysInfo::machineHostName()).toUtf8());
    lock.close();
    compare(find(u"lock"_s), Warning,
            u"the lock was left by taskrunner, process %1 on %2, which has ended"_s.arg(pid).arg(
                QSysInfo::machineHostName()),
            u"nothing: the next command that runs something replaces it"_s);
}

void TestDoctor::findsAnOwnerElsewhere()
{
    fill();
    QFile lock(dataDir() + u"/lock"_s);
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write("4711\ntaskrunner-console\nother-host\nother-id\nother-boot\n");
    lock.close();
    const DoctorReport report = examine();
    compare(find(report, u"lock"_s), Warning,
            u"the data directory is owned by taskrunner-console, process 4711 on other-host"_s,
            u"give commands for it there; this is another machine"_s);
    compare(find(report, u"link"_s), NotChecked, u"the owner runs on another machine"_s);
    compare(find(report, u"store-integrity"_s), NotChecked,
            u"a process that is using the store may be writing it"_s);
}

void TestDoctor::findsASocketThatWasLeft()
{
    fill();
    const QByteArray path = QFile::encodeName(dataDir() + u"/link"_s);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    QVERIFY(size_t(path.size()) < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.constData(), size_t(path.size()));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    QCOMPARE(::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address), 0);
    ::close(fd);
    compare(find(u"link"_s), Warning,
            u"the socket \"%1/link\" was left by a process that has ended"_s.arg(dataDir()),
            u"nothing: the next command that runs something replaces it"_s);
}

void TestDoctor::findsStoresThatCannotBeUsed_data()
{
    QTest::addColumn<QString>("statement");
    QTest::addColumn<QString>("message");

    QTest::newRow("newer") << u"PRAGMA user_version = 99"_s
                           << u"the store has schema 99; this program knows up to %1"_s.arg(
                                  engine::Store::SchemaVersion);
    QTest::newRow("another program's") << u"PRAGMA application_id = 7"_s
                                       << u"database \"%1/taskrunner.sqlite\" belongs to another program"_s;
}

void TestDoctor::findsStoresThatCannotBeUsed()
{
    QFETCH(QString, statement);
    QFETCH(QString, message);

    fill();
    sql(statement + u"; PRAGMA wal_checkpoint(TRUNCATE);"_s);
    const DoctorFinding found = find(u"store"_s);
    QCOMPARE(found.message, message.contains(u"%1"_s) ? message.arg(dataDir()) : message);
    QVERIFY(found.state == Failed);
}

void TestDoctor::findsDamageInsideTheStore()
{
    fill();
    QFile store(dataDir() + u"/taskrunner.sqlite"_s);
    QVERIFY(store.open(QIODevice::ReadWrite));
    const qint64 pages = store.size() / 4096;
    QVERIFY(pages > 5);
    for (qint64 page = 2; page < pages; ++page) { // The first holds the header and the schema.
        store.seek(page * 4096);
        store.write(QByteArray(4096, '\x5a'));
    }
    store.close();
    const DoctorReport report = examine();
    QVERIFY(!report.isGood());
    QVERIFY(find(report, u"store-integrity"_s).state == Failed);
    QVERIFY2(find(report, u"store-integrity"_s).message.startsWith(u"the store is damaged: "_s),
             qPrintable(find(report, u"store-integrity"_s).message));
}

/// What an owner that was killed leaves.
void TestDoctor::leavesALogAlone()
{
    fill();
    const QString source = dataDir() + u"/taskrunner.sqlite"_s;
    const auto store = engine::Store::open(source, engine::Store::Mode::ReadWrite);
    QVERIFY(store);
    QVERIFY((*store)->audit(engine::SystemClock().now(), u"anna"_s, u"test"_s, {}));
    const QString kept = file(u"kept"_s);
    QCOMPARE(QProcess::execute(u"cp"_s, {u"-a"_s, dataDir(), kept}), 0);
    const qint64 bytes = QFileInfo(kept + u"/taskrunner.sqlite-wal"_s).size();
    QVERIFY(bytes > 0);
    QVERIFY(QFile::remove(kept + u"/taskrunner.sqlite-shm"_s)); // As after a restart of the machine.
    const QStringList before = treeOf(kept);
    const DoctorReport report = engine::examine({kept, m_helper, {}}, engine::SystemClock().now());
    QCOMPARE(treeOf(kept), before);
    compare(find(report, u"store-log"_s), Warning,
            u"a process that has ended left %1 bytes in the write-ahead log"_s.arg(bytes),
            u"nothing: the next command that reads or runs something takes them in"_s);
    compare(find(report, u"store-integrity"_s), NotChecked,
            u"the file is only whole together with its write-ahead log"_s);
}

void TestDoctor::looksBesideAnOwner()
{
    engine::LocalOptions options;
    options.dataDir = dataDir();
    options.execHelper = m_helper;
    const auto service = engine::LocalRunService::open(options);
    QVERIFY(service);
    const DoctorReport report = examine();
    QVERIFY(report.isGood());
    compare(find(report, u"lock"_s), Ok,
            u"the data directory is owned by tst_doctor, process %1 on %2"_s
                .arg(QCoreApplication::applicationPid())
                .arg(QSysInfo::machineHostName()));
    compare(find(report, u"link"_s), Ok,
            u"process %1 listens for commands of others"_s.arg(QCoreApplication::applicationPid()));
    compare(find(report, u"store-integrity"_s), NotChecked,
            u"a process that is using the store may be writing it"_s);
    compare(find(report, u"clock"_s), NotChecked, u"a process that is using the store may be writing it"_s);
}

void TestDoctor::findsAClockThatWentBack()
{
    fill();
    const engine::Timestamp now = engine::SystemClock().now();
    {
        const auto store =
            engine::Store::open(dataDir() + u"/taskrunner.sqlite"_s, engine::Store::Mode::ReadWrite);
        QVERIFY(store);
        for (const auto age : {0h, 2h}) { // The newest event is not that of the newest run.
            engine::NewRun run;
            run.summary.id = engine::newRunId(now - age);
            run.summary.createdAt = run.summary.requestedAt = run.summary.updatedAt = now - age;
            run.plan = "{}";
            QVERIFY((*store)->createRun(run, {}, {{u"run-created"_s, {}, {}}}));
        }
    }
    compare(find(examine(now), u"clock"_s), Ok,
            u"the clock is after the newest stored event, of %1"_s.arg(engine::toIso(now)));
    compare(find(examine(now - 90min), u"clock"_s), Warning,
            u"the clock says %1, which is 1 h 30 min before the newest stored event"_s.arg(
                engine::toIso(now - 90min)),
            u"set the clock; until then gates expire late and times in journals stand still"_s);
}

void TestDoctor::findsAnIncident()
{
    fill();
    compare(find(u"incident"_s), Ok, u"incident mode is off"_s);
    const engine::Timestamp now = engine::SystemClock().now();
    {
        const auto store =
            engine::Store::open(dataDir() + u"/taskrunner.sqlite"_s, engine::Store::Mode::ReadWrite);
        QVERIFY(store);
        QVERIFY((*store)->audit(now, u"anna"_s, u"incident-began"_s,
                                QJsonObject{{u"reason"_s, u"odd answers"_s}}));
    }
    compare(
        find(u"incident"_s), Warning,
        u"incident mode is on since %1 by anna, so no step is started: odd answers"_s.arg(engine::toIso(now)),
        u"when it is over: taskrunner incident off"_s);
}

void TestDoctor::findsTheHelperMissing()
{
    m_helper = file(u"taskrunner-exec"_s);
    const DoctorReport report = examine();
    QVERIFY(!report.isGood());
    compare(find(report, u"exec-helper"_s), Failed,
            u"there is no program \"%1\" to start steps with"_s.arg(m_helper),
            u"install taskrunner-exec beside taskrunner"_s);
    compare(find(report, u"sandbox-seccomp"_s), NotChecked, u"taskrunner-exec would try it"_s);
}

/// A program of another version, or something else: it starts, and does not do what it should.
void TestDoctor::findsAnotherHelper()
{
    m_helper = u"/bin/false"_s;
    const DoctorReport report = examine();
    QVERIFY(!report.isGood());
    compare(find(report, u"exec-start"_s), Failed, u"\"/bin/false\" ended instead of starting a process"_s,
            u"install taskrunner-exec of this version beside taskrunner"_s);
    compare(find(report, u"sandbox-user-namespace"_s), NotChecked,
            u"taskrunner-exec does not say; sealed runs need it"_s);
}

void TestDoctor::checksThePolicyServer()
{
    compare(find(u"policy-server"_s), NotChecked, u"none is configured; policies of the engine opa deny"_s);
    m_policyServer = u"http://localhost:8181"_s;
    compare(find(u"policy-server"_s), Ok,
            u"policies of the engine opa are decided by http://localhost:8181, which was not asked"_s);
    m_policyServer = u"gopher://x"_s;
    QVERIFY(find(u"policy-server"_s).state == Failed);
}

void TestDoctor::saysItInJson()
{
    const DoctorReport report{
        {{u"lock"_s, Ok, u"nobody"_s, {}}, {u"link"_s, Failed, u"broken"_s, u"mend it"_s}}};
    QCOMPARE(toJson(report),
             (QJsonObject{{u"good"_s, false},
                          {u"checks"_s, QJsonArray{QJsonObject{{u"check"_s, u"lock"_s},
                                                               {u"state"_s, u"ok"_s},
                                                               {u"message"_s, u"nobody"_s}},
                                                   QJsonObject{{u"check"_s, u"link"_s},
                                                               {u"state"_s, u"failed"_s},
                                                               {u"message"_s, u"broken"_s},
                                                               {u"advice"_s, u"mend it"_s}}}}}));
    QCOMPARE(toString(Warning), u"warning"_s);
    QCOMPARE(toString(NotChecked), u"not checked"_s);
}

QTEST_GUILESS_MAIN(TestDoctor)
#include "tst_doctor.moc"
