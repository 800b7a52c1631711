// How many log lines go in a second from what a child prints to the store, and from memory to the store, next
// to the same rows inserted with nothing but the C interface of SQLite: one prepared statement, the same size
// of transaction, the same journal and sync mode. Then how long a page of a long log takes, next to the bare
// query.

#include "engine/run/exec_launcher.h"
#include "engine/run/log_buffer.h"
#include "engine/store/connection.h"
#include "engine/store/schema.h"
#include "engine/store/store.h"
#include "tests/bench/figures.h"

#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>
#include <QVariant>

#include <sqlite3.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr int lineCount = 200'000;
constexpr int batchSize = 1'000;
constexpr int rounds = 5;
constexpr qint64 longLog = 10'000'000;
constexpr int pageLines = 200; // What a console shows and a little more.

const Timestamp start{std::chrono::milliseconds(1'767'225'600'000)};

/// What a chatty step prints: 100 lines in a millisecond, every 50th of them on stderr.
QList<QList<LogLine>> batchesOfLines()
{
    QList<QList<LogLine>> batches;
    for (int i = 0; i < lineCount; ++i) {
        if (i % batchSize == 0)
            batches.emplace_back();
        LogLine line;
        line.timestamp = start + std::chrono::milliseconds(i / 100);
        line.level = i % 50 == 49 ? LogLevel::Warn : LogLevel::Info;
        line.message =
            u"[%1/%2] Compiling module number %1 of the service that this step builds"_s.arg(i).arg(
                lineCount);
        line.stepPath = u"checks/build"_s;
        line.attempt = 1;
        batches.last().append(line);
    }
    return batches;
}

void require(bool good, const QString &what)
{
    if (!good)
        qFatal("%s", qPrintable(what));
}

std::unique_ptr<Store> storeWithRun(const QString &path, const RunId &id)
{
    auto store = Store::open(path, Store::Mode::ReadWrite);
    require(bool(store), u"cannot open the store"_s);
    NewRun run;
    run.summary.id = id;
    run.plan = "{}";
    require(bool((*store)->createRun(run, {}, {{u"run-created"_s, {}, {}}})), u"cannot make a run"_s);
    return *std::move(store);
}

/// The way of a step's output: a child prints it into a pipe, and it is split, decoded and stored in batches.
double secondsOfChild(const QString &path, const QString &printed)
{
    const RunId run = newRunId(start);
    const auto store = storeWithRun(path, run);
    SystemClock clock;
    LogBuffer log(*store, clock, run);
    OutputCapture capture(log, clock, u"checks/build"_s, 1);
    ExecLauncher launcher(QCoreApplication::applicationDirPath() + u"/taskrunner-exec"_s);
    LaunchSpec spec;
    spec.argv = {u"/bin/cat"_s, printed};
    spec.workingDirectory = u"/"_s;

    const double seconds = bench::secondsOf([&] {
        auto process = launcher.launch(spec);
        require(bool(process), u"cannot start cat"_s);
        QObject::connect(process->get(), &Process::outputRead, &log,
                         [&](OutputStream stream, const QByteArray &bytes) { capture.add(stream, bytes); });
        QObject::connect(process->get(), &Process::finished, &log, [] { QCoreApplication::exit(); });
        (*process)->go();
        QCoreApplication::exec();
        capture.finish();
        require(bool(log.flush()), u"cannot append lines"_s);
    });
    const auto last = store->lastLogSequence(run);
    require(last && *last == lineCount, u"lines are missing"_s);
    return seconds;
}

double secondsOfStore(const QString &path, const QList<QList<LogLine>> &batches)
{
    const RunId run = newRunId(start);
    const auto store = storeWithRun(path, run);
    const double seconds = bench::secondsOf([&] {
        for (const QList<LogLine> &batch : batches)
            require(bool(store->appendLogs(run, batch)), u"cannot append lines"_s);
    });
    const auto last = store->lastLogSequence(run);
    require(last && *last == lineCount, u"lines are missing"_s);
    return seconds;
}

void execute(sqlite3 *database, const char *sql)
{
    require(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK,
            QString::fromUtf8(sqlite3_errmsg(database)));
}

/// A line as the bare insert takes it, put into bytes before the clock runs.
struct BareRow
{
    QByteArray timestamp{};
    QByteArray level{};
    QByteArray message{};
    QByteArray stepPath{};
};

QList<BareRow> bareRows(const QList<QList<LogLine>> &batches)
{
    QList<BareRow> rows;
    for (const QList<LogLine> &batch : batches) {
        for (const LogLine &line : batch)
            rows.append({toIso(line.timestamp).toUtf8(), toString(line.level).toUtf8(), line.message.toUtf8(),
                         line.stepPath.toUtf8()});
    }
    return rows;
}

void bind(sqlite3_stmt *statement, int position, const QByteArray &text)
{
    sqlite3_bind_text(statement, position, text.constData(), int(text.size()), SQLITE_STATIC);
}

double secondsOfBareSqlite(const QString &path, const QList<BareRow> &rows)
{
    sqlite3 *database = nullptr;
    require(sqlite3_open(path.toUtf8().constData(), &database) == SQLITE_OK, u"cannot open a database"_s);
    execute(database, "PRAGMA journal_mode = WAL");
    execute(database, "PRAGMA synchronous = FULL");
    execute(database,
            "CREATE TABLE logs (key INTEGER PRIMARY KEY, timestamp TEXT NOT NULL, level TEXT NOT NULL, "
            "eventType TEXT NOT NULL, message TEXT NOT NULL, stepId TEXT NOT NULL, "
            "metadata TEXT NOT NULL) STRICT");
    sqlite3_stmt *statement = nullptr;
    sqlite3_prepare_v2(database, "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?)", -1, &statement, nullptr);
    const QByteArray eventType = "output";
    const QByteArray metadata = R"({"attempt":1})";

    const double seconds = bench::secondsOf([&] {
        for (int i = 0; i < rows.size(); ++i) {
            if (i % batchSize == 0)
                execute(database, "BEGIN");
            const BareRow &row = rows.at(i);
            sqlite3_bind_int64(statement, 1, i + 1);
            bind(statement, 2, row.timestamp);
            bind(statement, 3, row.level);
            bind(statement, 4, eventType);
            bind(statement, 5, row.message);
            bind(statement, 6, row.stepPath);
            bind(statement, 7, metadata);
            require(sqlite3_step(statement) == SQLITE_DONE, QString::fromUtf8(sqlite3_errmsg(database)));
            sqlite3_reset(statement);
            if (i % batchSize == batchSize - 1)
                execute(database, "COMMIT");
        }
    });
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return seconds;
}

void writeLines(const QString &path, const QList<QList<LogLine>> &batches)
{
    QFile file(path);
    require(file.open(QIODevice::WriteOnly), u"cannot write the lines"_s);
    for (const QList<LogLine> &batch : batches) {
        for (const LogLine &line : batch)
            file.write(line.message.toUtf8() + '\n');
    }
}

void fillLongLog(const QString &path)
{
    const auto connection = Connection::open(path, Connection::Access::ReadWrite);
    require(bool(connection), u"cannot open the database"_s);
    const auto filled =
        (*connection)
            ->run(uR"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO pack_run_logs (key, timestamp, level, eventType, message, stepId, metadata)
SELECT (1 << ?) + i, '2026-01-01T00:00:00.000Z', CASE i % 50 WHEN 0 THEN 'warn' ELSE 'info' END, 'output',
  '[' || i || '] Compiling a module of the service that this step builds', 'checks/build', '{"attempt":1}' FROM n)"_s,
                  {longLog, logNumberBits});
    require(bool(filled), u"cannot fill the log"_s);
}

/// Where the pages begin: all over the log, the same for both.
qint64 pageStart(int page)
{
    return (page * qint64(7'919'993)) % (longLog - pageLines);
}

std::vector<double> secondsOfPages(const Store &store, const RunId &run, LogLevel least, int pages)
{
    std::vector<double> seconds;
    for (int page = 1; page <= pages; ++page) {
        LogQuery query{run};
        query.after = pageStart(page);
        query.limit = pageLines;
        query.minLevel = least;
        seconds.push_back(bench::secondsOf([&] {
            const auto lines = store.logs(query);
            require(lines && lines->size() == pageLines, u"a page is not whole"_s);
        }));
    }
    return seconds;
}

std::vector<double> secondsOfBarePages(const QString &path, int pages)
{
    sqlite3 *database = nullptr;
    require(sqlite3_open_v2(path.toUtf8().constData(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK,
            u"cannot open a database"_s);
    sqlite3_stmt *statement = nullptr;
    sqlite3_prepare_v2(
        database,
        "SELECT key, timestamp, level, eventType, message, stepId, metadata FROM pack_run_logs "
        "WHERE key > ? ORDER BY key LIMIT ?",
        -1, &statement, nullptr);
    std::vector<double> seconds;
    for (int page = 1; page <= pages; ++page) {
        seconds.push_back(bench::secondsOf([&] {
            sqlite3_bind_int64(statement, 1, (qint64(1) << logNumberBits) + pageStart(page));
            sqlite3_bind_int(statement, 2, pageLines);
            int rows = 0;
            qint64 bytes = 0;
            for (; sqlite3_step(statement) == SQLITE_ROW; ++rows)
                bytes += sqlite3_column_text(statement, 4)[0];
            require(rows == pageLines && bytes > 0, u"a page is not whole"_s);
            sqlite3_reset(statement);
        }));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return seconds;
}

void printPages(const char *name, const std::vector<double> &seconds)
{
    std::printf("  %-32s %10.3f ms a page   slowest %7.3f ms\n", name, bench::median(seconds) * 1000,
                *std::max_element(seconds.begin(), seconds.end()) * 1000);
}

void measurePages(const QString &path)
{
    constexpr int pages = 101;
    const RunId run = newRunId(start);
    storeWithRun(path, run);
    fillLongLog(path);
    const auto store = Store::open(path, Store::Mode::ReadOnly);
    require(bool(store), u"cannot open the store"_s);
    std::printf("Reading pages of %d lines all over a log of %lld:\n", pageLines, longLog);
    printPages("Store::logs", secondsOfPages(**store, run, LogLevel::Debug, pages));
    printPages("Store::logs, warnings only", secondsOfPages(**store, run, LogLevel::Warn, pages));
    printPages("sqlite3, one prepared query", secondsOfBarePages(path, pages));
}

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QList<QList<LogLine>> batches = batchesOfLines();
    const QList<BareRow> rows = bareRows(batches);

    bench::Series child{"child to store"};
    bench::Series store{"Store::appendLogs"};
    bench::Series bare{"sqlite3, one prepared insert"};
    for (int round = 0; round < rounds; ++round) {
        // Beside the program, since a folder for temporary files may be in memory.
        const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
        const QString printed = folder.filePath(u"printed"_s);
        writeLines(printed, batches);
        child.seconds.push_back(secondsOfChild(folder.filePath(u"child.db"_s), printed));
        store.seconds.push_back(secondsOfStore(folder.filePath(u"store.db"_s), batches));
        bare.seconds.push_back(secondsOfBareSqlite(folder.filePath(u"bare.db"_s), rows));
    }
    std::printf("Storing %d log lines in transactions of %d, WAL, full sync, median of %d rounds:\n",
                lineCount, batchSize, rounds);
    bench::printRates("lines", lineCount, {child, store, bare});
    const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
    measurePages(folder.filePath(u"long.db"_s));
    return 0;
}
