// How many log lines the store takes in a second, next to the same rows inserted with nothing but the C
// interface of SQLite: one prepared statement, the same size of transaction, the same journal and sync mode.

#include "engine/store/store.h"
#include "tests/bench/figures.h"

#include <QCoreApplication>
#include <QTemporaryDir>

#include <sqlite3.h>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr int lineCount = 200'000;
constexpr int batchSize = 1'000;
constexpr int rounds = 5;

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

double secondsOfStore(const QString &path, const QList<QList<LogLine>> &batches)
{
    const auto store = Store::open(path, Store::Mode::ReadWrite);
    require(bool(store), u"cannot open the store"_s);
    NewRun run;
    run.summary.id = newRunId(start);
    run.plan = "{}";
    require(bool((*store)->createRun(run, {}, {{u"run-created"_s, {}, {}}})), u"cannot make a run"_s);

    const double seconds = bench::secondsOf([&] {
        for (const QList<LogLine> &batch : batches)
            require(bool((*store)->appendLogs(run.summary.id, batch)), u"cannot append lines"_s);
    });
    const auto last = (*store)->lastLogSequence(run.summary.id);
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

} // namespace

int main(int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
    const QList<QList<LogLine>> batches = batchesOfLines();
    const QList<BareRow> rows = bareRows(batches);

    bench::Series store{"Store::appendLogs"};
    bench::Series bare{"sqlite3, one prepared insert"};
    for (int round = 0; round < rounds; ++round) {
        // Beside the program, since a folder for temporary files may be in memory.
        const QTemporaryDir folder(QCoreApplication::applicationDirPath() + u"/bench-XXXXXX"_s);
        store.seconds.push_back(secondsOfStore(folder.filePath(u"store.db"_s), batches));
        bare.seconds.push_back(secondsOfBareSqlite(folder.filePath(u"bare.db"_s), rows));
    }
    std::printf("Storing %d log lines in transactions of %d, WAL, full sync, median of %d rounds:\n",
                lineCount, batchSize, rounds);
    bench::printRates("lines", lineCount, {store, bare});
    return 0;
}
