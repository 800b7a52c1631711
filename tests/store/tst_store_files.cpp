#include "engine/store/schema.h"
#include "store_samples.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

#include <csignal>
#include <sys/resource.h>

using namespace Qt::StringLiterals;
using namespace engine;
using samples::runId;

static constexpr qsizetype pageSize = 4096; // SQLite's default.

/// What becomes of the file: killed writers, damage, foreign files, several readers, no room, no rights.
class TestStoreFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void makesAFile_data();
    void makesAFile();
    void killedWriterLosesNothingAnnounced();
    void killedWhileMakingTheFile();
    void readersBesideAKilledWriter();
    void readersBesideAWriter();
    void writingThroughAReaderFails();
    void refusedFileIsLeftAsItIs_data();
    void refusedFileIsLeftAsItIs();
    void readerRefusesWhatIsMissing();
    void foreignLogIsNotRecovered();
    void newerVersionInTheLogIsSeen();
    void damageFoundWhileReading();
    void damagedFileIsNeverOverwritten();
    void lockedDatabase();
    void fullDiskAndRecovery();
    void readOnlyFolder();

private:
    QString path() const { return m_folder->filePath(u"store.db"_s); }
    /// Content of every file in the folder, by name.
    QMap<QString, QByteArray> content() const;
    QString asNobody(const QString &mode) const;
    void startWriter(QProcess &writer, int run) const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestStoreFiles::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestStoreFiles::cleanup()
{
    QFile::setPermissions(m_folder->path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

QMap<QString, QByteArray> TestStoreFiles::content() const
{
    QMap<QString, QByteArray> all;
    for (const QString &name : QDir(m_folder->path()).entryList(QDir::Files | QDir::Hidden)) {
        QFile file(m_folder->filePath(name));
        all.insert(name, file.open(QIODevice::ReadOnly) ? file.readAll() : "cannot open"_ba);
    }
    return all;
}

void TestStoreFiles::startWriter(QProcess &writer, int run) const
{
    writer.setProcessChannelMode(QProcess::MergedChannels);
    writer.start(QStringLiteral(STORE_WRITER), {u"write"_s, path(), QString::number(run)});
    QVERIFY(writer.waitForStarted());
}

QString TestStoreFiles::asNobody(const QString &mode) const
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral(STORE_WRITER), {mode, path()});
    process.waitForFinished();
    return QString::fromUtf8(process.readAll()).trimmed();
}

void TestStoreFiles::makesAFile_data()
{
    QTest::addColumn<QByteArrayList>("before");
    QTest::newRow("missing") << QByteArrayList{};
    QTest::newRow("empty") << QByteArrayList{"store.db"};
    QTest::newRow("left by one that was killed") << QByteArrayList{"store.db.new", "store.db.new-journal"};
}

void TestStoreFiles::makesAFile()
{
    QFETCH(QByteArrayList, before);
    for (const QByteArray &name : before) {
        QFile file(m_folder->filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(name.contains(".new") ? "half a file" : ""), name.contains(".new") ? 11 : 0);
    }

    samples::storeWithRun(path());

    QCOMPARE(content().keys(), QStringList{u"store.db"_s});
    QCOMPARE(QFile::permissions(path()) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    QCOMPARE(samples::opened(path(), Store::Mode::ReadOnly)->runs({})->size(), 1);
}

/// The last number that was announced whole with this word; 0 when there is none.
static qint64 announced(const QByteArray &output, const QByteArray &word)
{
    qint64 last = 0;
    for (const QByteArray &line : output.first(output.lastIndexOf('\n') + 1).split('\n')) {
        if (line.startsWith(word + ' '))
            last = line.sliced(word.size() + 1).toLongLong();
    }
    return last;
}

static void checkRun(const Store &store, const RunId &run, const QByteArray &output)
{
    const auto events = store.events(run);
    QVERIFY2(events, events ? "" : qPrintable(events.error().message));
    QVERIFY(checkChain(*events));
    const qint64 changes = (events->size() - 2) / 2;
    QCOMPARE(events->size(), 2 + 2 * changes); // Both events of a change or none.
    QVERIFY2(changes >= announced(output, "change"), output.constData());

    const StepRecord build = store.steps(run)->at(1);
    QCOMPARE(build.attempts, int(changes));
    QCOMPARE(build.outputs.value(u"n"_s).toInt(), int(changes));
    QCOMPARE(store.attempts(run)->size(), changes);

    LogQuery query{run};
    query.limit = -1;
    const auto lines = store.logs(query);
    QVERIFY(lines->size() >= announced(output, "logs"));
    for (qsizetype i = 0; i < lines->size(); ++i)
        QCOMPARE(lines->at(i).sequence, i + 1);
}

void TestStoreFiles::killedWriterLosesNothingAnnounced()
{
    QList<QByteArray> outputs;
    for (int run = 1; run <= 8; ++run) {
        QProcess writer;
        startWriter(writer, run);
        while (announced(outputs.value(run - 1), "logs") == 0) {
            QVERIFY(writer.waitForReadyRead());
            outputs.resize(run);
            outputs[run - 1] += writer.readAll();
        }
        QTest::qWait(QRandomGenerator::global()->bounded(120));
        writer.kill();
        QVERIFY(writer.waitForFinished());
        outputs[run - 1] += writer.readAll();

        const auto store =
            samples::opened(path(), run % 2 == 0 ? Store::Mode::ReadOnly : Store::Mode::ReadWrite);
        for (int earlier = 1; earlier <= run; ++earlier)
            checkRun(*store, runId(earlier), outputs[earlier - 1]);
        if (QTest::currentTestFailed())
            return;
        QCOMPARE(store->unfinishedRuns()->size(), run);
    }
    auto connection = Connection::open(path(), Connection::Access::ReadOnly);
    QCOMPARE(**(*connection)->first(u"PRAGMA integrity_check"_s, {}, [](Row &row) { return row.text(0); }),
             u"ok"_s);
}

void TestStoreFiles::killedWhileMakingTheFile()
{
    for (int i = 0; i < 12; ++i) {
        init();
        QProcess writer;
        startWriter(writer, 1);
        QTest::qWait(QRandomGenerator::global()->bounded(60));
        writer.kill();
        QVERIFY(writer.waitForFinished());

        const auto store = Store::open(path(), Store::Mode::ReadWrite);
        QVERIFY2(store, store ? "" : qPrintable(store.error().message));
        QVERIFY((*store)->createRun(samples::newRun(2), {}, samples::firstEvents()));
        QVERIFY(!QFile::exists(path() + u".new"_s));
    }
}

void TestStoreFiles::readersBesideAKilledWriter()
{
    QProcess writer;
    startWriter(writer, 1);
    QVERIFY(writer.waitForReadyRead());
    writer.kill();
    QVERIFY(writer.waitForFinished());
    auto before = content();

    for (int i = 0; i < 2; ++i) {
        const auto store = samples::opened(path(), Store::Mode::ReadOnly);
        QCOMPARE(store->runs({})->size(), 1);
    }

    // The shared index of the log is only a cache; everything that holds data is as it was.
    auto after = content();
    before.remove(u"store.db-shm"_s);
    after.remove(u"store.db-shm"_s);
    QCOMPARE(after.keys(), before.keys());
    QVERIFY(after == before);
}

void TestStoreFiles::readersBesideAWriter()
{
    const auto writer = samples::storeWithRun(path());
    const auto first = samples::opened(path(), Store::Mode::ReadOnly);
    const auto second = samples::opened(path(), Store::Mode::ReadOnly);
    for (int i = 0; i < 50; ++i) {
        RunChange change;
        change.run = runId(1);
        change.events = {{u"tick"_s, {}, {{u"n"_s, i}}}};
        QVERIFY(writer->apply(change));
        QCOMPARE(*writer->appendLogs(runId(1), samples::logLines(i, 10)), (i + 1) * 10);
        QCOMPARE(*first->lastLogSequence(runId(1)), (i + 1) * 10);
        QCOMPARE(second->events(runId(1))->size(), i + 3);
    }
    QVERIFY(checkChain(*second->events(runId(1))));
}

void TestStoreFiles::writingThroughAReaderFails()
{
    samples::storeWithRun(path());
    const auto reader = samples::opened(path(), Store::Mode::ReadOnly);
    const Error expected{
        ErrorCode::Database, u"database \"%1\": attempt to write a readonly database"_s.arg(path()), {}, {}};
    QCOMPARE(reader->createRun(samples::newRun(2), {}, samples::firstEvents()).error(), expected);
    QCOMPARE(reader->apply(samples::everything(runId(1))).error(), expected);
    QCOMPARE(reader->appendLogs(runId(1), samples::logLines(0, 1)).error(), expected);
    QCOMPARE(reader->audit({}, {}, {}, {}).error(), expected);
    QCOMPARE(reader->runs({})->size(), 1);
}

void TestStoreFiles::refusedFileIsLeftAsItIs_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::addColumn<QString>("error");
    QTest::newRow("text") << "text"_ba << u": file is not a database"_s;
    QTest::newRow("another program's")
        << "foreign"_ba << u" belongs to another program (application id 0x00000000); it was left as it is"_s;
    QTest::newRow("newer version")
        << "newer"_ba
        << u" was written by a newer version of this program (schema 1000; this one knows up to %1)"_s.arg(
               Store::SchemaVersion);
    QTest::newRow("ours without tables")
        << "bare"_ba << u" is damaged: it has no table of runs; it was left as it is"_s;
    QTest::newRow("cut short") << "cut"_ba << u": database disk image is malformed"_s;
    QTest::newRow("page overwritten") << "page"_ba << u" is damaged: "_s;
    QTest::newRow("log without its database") << "lost"_ba << u" is missing although its log "_s;
}

void TestStoreFiles::refusedFileIsLeftAsItIs()
{
    QFETCH(QByteArray, kind);
    QFETCH(QString, error);
    QFile file(path());
    if (kind == "text") {
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("important notes\n"_ba.repeated(1000)) > 0);
    } else if (kind == "lost") {
        file.setFileName(path() + u"-wal"_s);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("all that is left") > 0);
    } else if (kind == "foreign" || kind == "bare") {
        samples::tamper(path(), u"CREATE TABLE notes (text TEXT)"_s);
        if (kind == "bare")
            samples::tamper(path(), u"PRAGMA application_id = %1"_s.arg(applicationId));
    } else {
        const auto store = samples::storeWithRun(path());
        QVERIFY(store->appendLogs(runId(1), samples::logLines(0, 5000)));
    }
    if (kind == "newer")
        samples::tamper(path(), u"PRAGMA user_version = 1000"_s);
    if (kind == "cut")
        QVERIFY(file.resize(file.size() / 2));
    if (kind == "page")
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 3 * pageSize)
                && file.write(QByteArray(pageSize, '\x55')) == pageSize);
    file.close();
    const auto before = content();

    const auto store = Store::open(path(), Store::Mode::ReadWrite);

    QVERIFY(!store);
    QCOMPARE(toString(store.error().code), u"database"_s);
    QVERIFY2(store.error().message.startsWith(u"database \"%1\"%2"_s.arg(path(), error)),
             qPrintable(store.error().message));
    QVERIFY(content() == before);
}

void TestStoreFiles::readerRefusesWhatIsMissing()
{
    const auto message = [this](const QString &what) { return u"database \"%1\" %2"_s.arg(path(), what); };
    QCOMPARE(Store::open(path(), Store::Mode::ReadOnly).error().message, message(u"does not exist"_s));
    QVERIFY(content().isEmpty());

    QFile file(path());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QCOMPARE(Store::open(path(), Store::Mode::ReadOnly).error().message, message(u"is empty"_s));
    QCOMPARE(file.size(), 0);
}

void TestStoreFiles::foreignLogIsNotRecovered()
{
    // Another program's database that was left with its log, as after a kill: opening it would write it back.
    const QString other = m_folder->filePath(u"other.db"_s);
    {
        auto connection = Connection::open(other, Connection::Access::ReadWrite);
        QVERIFY((*connection)->run(u"PRAGMA journal_mode = WAL"_s));
        QVERIFY((*connection)->run(u"CREATE TABLE notes (text TEXT)"_s));
        for (const QString &part : {u""_s, u"-wal"_s})
            QVERIFY(QFile::copy(other + part, path() + part));
    }
    const auto before = content();
    QVERIFY(before.value(u"store.db-wal"_s).size() > 0);

    for (const auto mode : {Store::Mode::ReadWrite, Store::Mode::ReadOnly})
        QVERIFY(Store::open(path(), mode).error().message.contains(u"belongs to another program"_s));

    QVERIFY(content() == before);
}

void TestStoreFiles::newerVersionInTheLogIsSeen()
{
    samples::storeWithRun(path());
    auto newer = Connection::open(path(), Connection::Access::ReadWrite);
    QVERIFY((*newer)->run(u"PRAGMA user_version = %1"_s.arg(Store::SchemaVersion + 1)));
    for (const auto mode : {Store::Mode::ReadWrite, Store::Mode::ReadOnly}) {
        const auto store = Store::open(path(), mode);
        QVERIFY(!store);
        QCOMPARE(store.error().message, u"database \"%1\" was written by a newer version of this program "
                                        "(schema %2; this one knows up to %3)"_s.arg(path())
                                            .arg(Store::SchemaVersion + 1)
                                            .arg(Store::SchemaVersion));
    }
}

void TestStoreFiles::damageFoundWhileReading()
{
    {
        const auto store = samples::storeWithRun(path());
        QVERIFY(store->appendLogs(runId(1), samples::logLines(0, 5000)));
    }
    QFile file(path());
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() - 3 * pageSize));
    QCOMPARE(file.write(QByteArray(pageSize, '\x55')), pageSize);
    file.close();

    const auto store =
        samples::opened(path(), Store::Mode::ReadOnly); // Readers do not look through the file.
    LogQuery query{runId(1)};
    query.limit = -1;
    QCOMPARE(store->logs(query).error(),
             (Error{ErrorCode::Database,
                    u"database \"%1\": database disk image is malformed"_s.arg(path()),
                    {},
                    {}}));
    QCOMPARE(store->runs({})->size(), 1); // What is whole can still be read.
}

void TestStoreFiles::damagedFileIsNeverOverwritten()
{
    samples::storeWithRun(path());
    const QByteArray whole = content().value(u"store.db"_s);
    const QByteArray damaged = whole.first(pageSize) + QByteArray(whole.size() - pageSize, '\x55');
    // By another process: to close the file in this one would drop the locks that SQLite holds.
    const auto overwrite = [this](const QByteArray &bytes) {
        QProcess dd;
        dd.start(u"dd"_s, {u"of="_s + path(), u"conv=notrunc"_s, u"status=none"_s});
        dd.write(bytes);
        dd.closeWriteChannel();
        return dd.waitForFinished() && dd.exitCode() == 0;
    };
    auto store = samples::opened(path(), Store::Mode::ReadWrite);
    QVERIFY(store->audit(samples::at(1), u"alice"_s, u"login"_s, {})); // Stands in the log alone.
    QVERIFY(overwrite(damaged));

    const auto error = [this](const QString &text) {
        return Error{ErrorCode::Database, u"database \"%1\""_s.arg(path()) + text, {}, {}};
    };
    QCOMPARE(store->apply(samples::everything(runId(1))).error(),
             error(u": database disk image is malformed"_s));
    const Error refusal =
        error(u" is damaged and nothing is written to it: database disk image is malformed"_s);
    QCOMPARE(store->audit(samples::at(2), u"alice"_s, u"login"_s, {}).error(), refusal);
    QCOMPARE(store->appendLogs(runId(1), samples::logLines(0, 1)).error(), refusal);
    QVERIFY(!store->probe());
    store.reset(); // What stands in the log is not copied over the damage, nor thrown away.
    QVERIFY(content().value(u"store.db"_s) == damaged);
    QVERIFY(content().value(u"store.db-wal"_s).size() > 0);

    QVERIFY(overwrite(whole));
    store = samples::opened(path(), Store::Mode::ReadWrite);
    QVERIFY(store->checkAuditLog());
    QCOMPARE(store->apply(samples::everything(runId(1)))->first().sequence, 3);
    QVERIFY(store->probe());
    const auto connection = Connection::open(path(), Connection::Access::ReadOnly);
    QCOMPARE(*(*connection)->number(u"SELECT count(*) FROM audit_log"_s), 1);
}

void TestStoreFiles::lockedDatabase()
{
    const auto store = samples::storeWithRun(path());
    auto other = Connection::open(path(), Connection::Access::ReadWrite);
    QVERIFY((*other)->run(u"BEGIN IMMEDIATE"_s));

    const auto failed = store->apply(samples::everything(runId(1)));
    QVERIFY(!failed);
    QCOMPARE(failed.error(),
             (Error{ErrorCode::Database, u"database \"%1\": database is locked"_s.arg(path()), {}, {}}));
    QCOMPARE(store->events(runId(1))->size(), 2);

    QVERIFY((*other)->run(u"ROLLBACK"_s));
    QCOMPARE(store->apply(samples::everything(runId(1)))->first().sequence, 3);
}

void TestStoreFiles::fullDiskAndRecovery()
{
    const auto store = samples::storeWithRun(path());
    QCOMPARE(*store->appendLogs(runId(1), samples::logLines(0, 100)), 100);
    // A limit on file size fails a write like a full disk does, and needs no disk of its own.
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit small{1 << 20, before.rlim_max};
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto logs = store->appendLogs(runId(1), samples::logLines(100, 50'000));
    RunChange change = samples::everything(runId(1));
    change.events[0].data = {{u"large"_s, QString(2 << 20, u'x')}};
    const auto applied = store->apply(change);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);

    QVERIFY(!logs);
    QVERIFY(!applied);
    for (const Error &error : {logs.error(), applied.error()})
        QCOMPARE(error,
                 (Error{ErrorCode::Database, u"database \"%1\": disk I/O error"_s.arg(path()), {}, {}}));
    QCOMPARE(*store->lastLogSequence(runId(1)), 100);
    QCOMPARE(store->events(runId(1))->size(), 2);
    // It works again as soon as there is room, without being opened anew.
    QCOMPARE(*store->appendLogs(runId(1), samples::logLines(100, 50)), 150);
    QCOMPARE(store->apply(change)->first().sequence, 3);
    QVERIFY(checkChain(*store->events(runId(1))));
}

void TestStoreFiles::readOnlyFolder()
{
    samples::storeWithRun(path());
    QVERIFY(QFile::setPermissions(path(), QFile::ReadOwner | QFile::ReadOther));
    QVERIFY(QFile::setPermissions(m_folder->path(),
                                  QFile::ReadOwner | QFile::ExeOwner | QFile::ReadOther | QFile::ExeOther));
    const auto before = content();

    QCOMPARE(asNobody(u"read"_s), u"runs 1"_s);
    const QString error = asNobody(u"open"_s);

    QVERIFY2(error.startsWith(u"database \"%1\": "_s.arg(path())), qPrintable(error));
    QVERIFY(content() == before);
}

QTEST_GUILESS_MAIN(TestStoreFiles)
#include "tst_store_files.moc"
