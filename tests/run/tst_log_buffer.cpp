#include "engine/run/log_buffer.h"
#include "tests/support/fake_clock.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using namespace std::chrono_literals;

namespace {

NewRun newRun(const RunId &id, Timestamp at)
{
    RunSummary summary;
    summary.id = id;
    summary.packName = u"pack"_s;
    summary.packVersion = u"1.0.0"_s;
    summary.requestedBy = u"alice"_s;
    summary.requestedAt = summary.createdAt = summary.updatedAt = at;
    return {summary, "{}", {}, {}};
}

LogLine lineOf(int number)
{
    LogLine line;
    line.message = u"line %1"_s.arg(number);
    line.stepPath = u"build"_s;
    line.attempt = 1;
    return line;
}

} // namespace

class TestLogBuffer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();

    void storesAfterAMoment();
    void storesAThousandAtATime();
    void storesWhenAsked();
    void keepsLinesWhileTheStoreFails();
    void doesNotTryForEachLine();
    void storesAMebibyteAtATime();
    void saysWhenItIsFull();
    void dropsTheOldestAndSaysSo();
    void stopsWithItsOwner();
    void capturesBothStreams();
    void readsStructuredLines_data();
    void readsStructuredLines();
    void marksContinuedAndDamagedLines();

private:
    QList<LogLine> stored() const { return *m_store->logs({m_run, 0, -1, {}, LogLevel::Debug, {}}); }
    QStringList messages() const;
    void makeRun()
    {
        QVERIFY(m_store->createRun(newRun(m_run, m_clock->now()), {}, {{u"run-created"_s, {}, {}}}));
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Store> m_store;
    std::unique_ptr<FakeClock> m_clock;
    RunId m_run;
    std::unique_ptr<LogBuffer> m_log;
    QList<qint64> m_appended;
    QList<Error> m_failures;
};

void TestLogBuffer::initTestCase()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    auto store = Store::open(m_folder->filePath(u"store.db"_s), Store::Mode::ReadWrite);
    QVERIFY2(store, store ? "" : qPrintable(store.error().message));
    m_store = *std::move(store);
}

/// A run of its own for each test; it is not in the store before makeRun(), so that the store fails till
/// then.
void TestLogBuffer::init()
{
    m_clock = std::make_unique<FakeClock>();
    m_run = newRunId(m_clock->now());
    m_appended.clear();
    m_failures.clear();
    m_log = std::make_unique<LogBuffer>(*m_store, *m_clock, m_run);
    connect(m_log.get(), &LogBuffer::appended, this, [this](qint64 last) { m_appended += last; });
    connect(m_log.get(), &LogBuffer::failed, this, [this](const Error &error) { m_failures += error; });
}

void TestLogBuffer::cleanup()
{
    m_log.reset();
}

QStringList TestLogBuffer::messages() const
{
    QStringList all;
    for (const LogLine &line : stored())
        all += line.message;
    return all;
}

void TestLogBuffer::storesAfterAMoment()
{
    makeRun();
    m_log->add(lineOf(1));
    m_clock->advance(60ms);
    m_log->add(lineOf(2));
    m_clock->advance(39ms);
    QCOMPARE(stored(), QList<LogLine>{});
    m_clock->advance(1ms); // Counted from the first line, so that a steady trickle is stored too.
    QCOMPARE(messages(), QStringList({u"line 1"_s, u"line 2"_s}));
    QCOMPARE(m_appended, QList<qint64>{2});
    QCOMPARE(m_clock->pending(), 0);

    m_log->add(lineOf(3));
    m_clock->advance(100ms);
    QCOMPARE(m_appended, (QList<qint64>{2, 3}));
    m_clock->advance(1h); // Nothing to store is nothing to tell.
    QCOMPARE(m_appended.size(), 2);
}

void TestLogBuffer::storesAThousandAtATime()
{
    makeRun();
    for (int i = 1; i <= 2500; ++i)
        m_log->add(lineOf(i));
    QCOMPARE(m_appended, (QList<qint64>{1000, 2000}));
    m_clock->advance(100ms);
    QCOMPARE(m_appended, (QList<qint64>{1000, 2000, 2500}));

    const QList<LogLine> lines = stored();
    QCOMPARE(lines.size(), 2500);
    for (int i = 1; i <= 2500; ++i) {
        LogLine expected = lineOf(i);
        expected.sequence = i;
        QCOMPARE(lines[i - 1], expected);
    }
}

void TestLogBuffer::storesWhenAsked()
{
    makeRun();
    (void)m_log->flush();
    QCOMPARE(m_appended, QList<qint64>{});
    m_log->add(lineOf(1));
    (void)m_log->flush();
    QCOMPARE(m_appended, QList<qint64>{1});
    m_clock->advance(100ms); // The call that was due finds nothing left.
    QCOMPARE(m_appended, QList<qint64>{1});
}

void TestLogBuffer::keepsLinesWhileTheStoreFails()
{
    m_log->add(lineOf(1));
    m_clock->advance(100ms);
    QCOMPARE(m_failures.size(), 1);
    QCOMPARE(toString(m_failures.first().code), toString(ErrorCode::NotFound));
    m_log->add(lineOf(2));
    m_clock->advance(999ms);
    QCOMPARE(m_failures.size(), 1);
    m_clock->advance(1ms);
    QCOMPARE(m_failures.size(), 2);
    QCOMPARE(m_appended, QList<qint64>{});

    makeRun(); // The cause is gone: the lines are stored although no other comes.
    m_clock->advance(1s);
    QCOMPARE(m_failures.size(), 2);
    QCOMPARE(m_appended, QList<qint64>{2});
    QCOMPARE(messages(), QStringList({u"line 1"_s, u"line 2"_s}));

    m_log->add(lineOf(3)); // And it goes on as before.
    m_clock->advance(100ms);
    QCOMPARE(m_appended, (QList<qint64>{2, 3}));
}

void TestLogBuffer::doesNotTryForEachLine()
{
    for (int i = 1; i <= 5000; ++i)
        m_log->add(lineOf(i));
    QVERIFY2(m_failures.size() <= 2, qPrintable(QString::number(m_failures.size())));
    makeRun();
    (void)m_log->flush(); // Asked for, it is tried at once.
    QCOMPARE(m_appended, QList<qint64>{5000});
    QCOMPARE(messages().first(), u"line 1"_s);
    QCOMPARE(messages().last(), u"line 5000"_s);
}

void TestLogBuffer::storesAMebibyteAtATime()
{
    makeRun();
    LogLine line = lineOf(1);
    line.message = QString(64 * 1024, u'x'); // Two bytes a character in memory.
    for (int i = 0; i < 20; ++i)
        m_log->add(line);
    QCOMPARE(m_appended, (QList<qint64>{8, 16}));
}

void TestLogBuffer::saysWhenItIsFull()
{
    QList<bool> told;
    connect(m_log.get(), &LogBuffer::fullChanged, this, [&told](bool isFull) { told += isFull; });
    LogLine line = lineOf(1);
    line.message = QString(64 * 1024, u'x');
    int count = 0;
    for (; !m_log->isFull(); ++count) {
        QVERIFY(count < 100);
        m_log->add(line);
    }
    QCOMPARE(count, 32); // Four MiB.
    m_log->add(line);    // Whoever is told may still have something in hand.
    m_clock->advance(1s);
    QCOMPARE(told, QList<bool>{true});

    makeRun();
    m_clock->advance(1s);
    QCOMPARE(told, (QList<bool>{true, false}));
    QCOMPARE(stored().size(), 33); // Nothing was lost.
}

void TestLogBuffer::dropsTheOldestAndSaysSo()
{
    const int count = 30'000;
    for (int i = 1; i <= count; ++i) {
        LogLine line = lineOf(i);
        line.message += QString(1000, u' ');
        line.continues = true;
        m_log->add(line);
    }
    makeRun();
    QVERIFY(m_log->flush());

    const QList<LogLine> lines = stored();
    const qsizetype kept = lines.size() - 1;
    QVERIFY(kept * 2000 < LogBuffer::maxHeldBytes);
    QVERIFY(kept * 3000 > LogBuffer::maxHeldBytes / 2);
    LogLine note;
    note.sequence = 1;
    note.level = LogLevel::Error;
    note.eventType = u"engine"_s;
    note.message = u"%1 log lines were lost while the store could not be written"_s.arg(count - kept);
    QCOMPARE(lines.first(), note);
    QCOMPARE(lines[1].message.trimmed(), u"line %1"_s.arg(count - kept + 1));
    QCOMPARE(lines.last().message.trimmed(), u"line %1"_s.arg(count));

    m_log->add(lineOf(1)); // What was lost is told once.
    QVERIFY(m_log->flush());
    QCOMPARE(stored().size(), lines.size() + 1);
}

void TestLogBuffer::stopsWithItsOwner()
{
    makeRun();
    m_log->add(lineOf(1));
    m_log.reset();
    QCOMPARE(m_clock->pending(), 0);
    m_clock->advance(1s);
    QCOMPARE(stored(), QList<LogLine>{});
}

void TestLogBuffer::capturesBothStreams()
{
    makeRun();
    OutputCapture capture(*m_log, *m_clock, u"hosts[2]::check"_s, 3);
    const Timestamp first = m_clock->now();
    capture.add(OutputStream::Output, "out 1\nout ");
    capture.add(OutputStream::ErrorOutput, "bad 1\r\nbad ");
    m_clock->advance(50ms);
    const Timestamp second = m_clock->now();
    capture.add(OutputStream::Output, "2\nout 3");
    capture.add(OutputStream::ErrorOutput, "2");
    capture.finish();
    capture.finish();
    (void)m_log->flush();

    const auto line = [&](qint64 sequence, Timestamp at, LogLevel level, const QString &message) {
        return LogLine{sequence, at, level, u"output"_s, message, u"hosts[2]::check"_s, 3, false, false};
    };
    QCOMPARE(stored(),
             QList({line(1, first, LogLevel::Info, u"out 1"_s), line(2, first, LogLevel::Warn, u"bad 1"_s),
                    line(3, second, LogLevel::Info, u"out 2"_s), line(4, second, LogLevel::Info, u"out 3"_s),
                    line(5, second, LogLevel::Warn, u"bad 2"_s)}));
}

void TestLogBuffer::readsStructuredLines_data()
{
    QTest::addColumn<QByteArray>("printed");
    QTest::addColumn<int>("level");
    QTest::addColumn<QString>("message");

    const auto row = [](const char *name, const QByteArray &printed, LogLevel level, const QString &message) {
        QTest::newRow(name) << printed << int(level) << message;
    };
    const auto asIs = [&row](const char *name, const QByteArray &printed) {
        row(name, printed, LogLevel::Info, QString::fromUtf8(printed));
    };
    row("debug", R"({"level":"debug","message":"a"})", LogLevel::Debug, u"a"_s);
    row("info", R"({"level":"info","message":"a"})", LogLevel::Info, u"a"_s);
    row("warn", R"({"message":"a","level":"warn","host":"h1"})", LogLevel::Warn, u"a"_s);
    row("error", R"( {"level":"error","message":"b"})"_ba.trimmed(), LogLevel::Error, u"b"_s);
    row("escapes", R"({"level":"info","message":"é \"\u20ac\""})", LogLevel::Info, u"é \"€\""_s);
    row("NUL", R"({"level":"info","message":"a\u0000b"})", LogLevel::Info, u"a\uFFFDb"_s);
    row("empty message", R"({"level":"warn","message":""})", LogLevel::Warn, {});
    asIs("no level", R"({"message":"a"})");
    asIs("unknown level", R"({"level":"loud","message":"a"})");
    asIs("no message", R"({"level":"warn"})");
    asIs("message is no text", R"({"level":"warn","message":1})");
    asIs("broken JSON", R"({"level":"warn","message":"a")");
    asIs("more after it", R"({"level":"warn","message":"a"} b)");
    asIs("array", R"([{"level":"warn","message":"a"}])");
    asIs("brace", "{");
}

void TestLogBuffer::readsStructuredLines()
{
    QFETCH(QByteArray, printed);
    QFETCH(int, level);
    QFETCH(QString, message);

    makeRun();
    OutputCapture capture(*m_log, *m_clock, u"build"_s, 1);
    capture.add(OutputStream::Output, printed + '\n');
    (void)m_log->flush();
    QCOMPARE(stored(), (QList{LogLine{1, m_clock->now(), LogLevel(level), u"output"_s, message, u"build"_s, 1,
                                      false, false}}));
}

void TestLogBuffer::marksContinuedAndDamagedLines()
{
    makeRun();
    OutputCapture capture(*m_log, *m_clock, u"build"_s, 1);
    const QByteArray start = R"({"level":"error","message":")";
    const QByteArray full = start + QByteArray(LineSplitter::maxLineBytes - start.size(), 'x');
    capture.add(OutputStream::Output, full + "\"}\n\xFF\n");
    (void)m_log->flush();
    const auto line = [this](qint64 sequence, const QString &message, bool continues, bool invalidUtf8) {
        return LogLine{sequence, m_clock->now(), LogLevel::Info, u"output"_s, message, u"build"_s,
                       1,        continues,      invalidUtf8};
    };
    QCOMPARE(stored(), QList({line(1, QString::fromLatin1(full), true, false),
                              line(2, u"\"}"_s, false, false), line(3, u"\uFFFD"_s, false, true)}));
}

QTEST_GUILESS_MAIN(TestLogBuffer)
#include "tst_log_buffer.moc"
