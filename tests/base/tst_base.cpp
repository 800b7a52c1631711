#include "engine/base/digest.h"
#include "engine/base/duration.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/base/nearest_name.h"
#include "engine/base/run_on.h"
#include "engine/base/when_done.h"

#include <QBuffer>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace Qt::StringLiterals;
using engine::Error;
using engine::ErrorCode;
using engine::Result;
using engine::Timestamp;
using std::chrono::milliseconds;

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void errorText_data();
    void errorText();
    void errorCodesHaveDistinctNames();
    void combinesErrors();
    void resultHoldsValueOrError();

    void durations_data();
    void durations();
    void rejectsDurations_data();
    void rejectsDurations();
    void durationWords_data();
    void durationWords();

    void makesRunIds();
    void parsesRunIds_data();
    void parsesRunIds();

    void nearestName_data();
    void nearestName();

    void digests_data();
    void digests();
    void digestsFiles();
    void digestReportsReadErrors();

    void runsOnAnotherThread();
    void runOnIsCancelledWhenTheTargetDies();
    void futuresThatAreFinished();
};

void TestBase::errorText_data()
{
    QTest::addColumn<engine::SourcePos>("where");
    QTest::addColumn<QString>("text");

    using engine::SourcePos;
    QTest::newRow("nowhere") << SourcePos{} << u"it is wrong"_s;
    QTest::newRow("file") << SourcePos{u"a.yaml"_s, 0, 0, {}} << u"a.yaml: it is wrong"_s;
    QTest::newRow("line") << SourcePos{u"a.yaml"_s, 3, 0, {}} << u"a.yaml:3: it is wrong"_s;
    QTest::newRow("column") << SourcePos{u"a.yaml"_s, 3, 7, {}} << u"a.yaml:3:7: it is wrong"_s;
    QTest::newRow("no file") << SourcePos{{}, 3, 7, {}} << u"3:7: it is wrong"_s;
    QTest::newRow("column without line") << SourcePos{u"a.yaml"_s, 0, 7, {}} << u"a.yaml: it is wrong"_s;
    QTest::newRow("path") << SourcePos{{}, 0, 0, u"/spec/0"_s} << u"/spec/0: it is wrong"_s;
    QTest::newRow("all") << SourcePos{u"a.yaml"_s, 3, 7, u"/spec/0"_s}
                         << u"a.yaml:3:7: /spec/0: it is wrong"_s;
}

void TestBase::errorText()
{
    QFETCH(engine::SourcePos, where);
    QFETCH(QString, text);

    QCOMPARE((Error{ErrorCode::InvalidInput, u"it is wrong"_s, where, {}}).toString(), text);
}

void TestBase::errorCodesHaveDistinctNames()
{
    QSet<QString> names;
    int count = 0;
    for (int code = int(ErrorCode::InvalidInput); code <= int(ErrorCode::AlreadyWithdrawn); ++code, ++count) {
        const QString name = toString(ErrorCode(code));
        static const QRegularExpression form(u"\\A[a-z]+(-[a-z]+)*\\z"_s);
        QVERIFY2(form.match(name).hasMatch(), qPrintable(name));
        names += name;
    }
    QCOMPARE(names.size(), count);
    QCOMPARE(toString(ErrorCode::PlanHashMismatch), u"plan-hash-mismatch"_s);
}

void TestBase::combinesErrors()
{
    const Error a{ErrorCode::NotFound, u"a is missing"_s, {u"p.yaml"_s, 2, 1, u"/a"_s}, {}};
    const Error b{ErrorCode::InvalidInput, u"b is wrong"_s, {u"p.yaml"_s, 4, 3, u"/b"_s}, {}};
    const Error c{ErrorCode::InvalidInput, u"c is wrong"_s, {}, {}};

    QCOMPARE(engine::combined({a}), a);

    const Error two = engine::combined({a, b});
    QVERIFY(two.code == ErrorCode::NotFound); // That of the first.
    QCOMPARE(two.message, u"2 errors in p.yaml"_s);
    QCOMPARE(two.causes, (QList<Error>{a, b}));
    QCOMPARE(two.toString(),
             u"2 errors in p.yaml\np.yaml:2:1: /a: a is missing\np.yaml:4:3: /b: b is wrong"_s);

    QCOMPARE(engine::combined({c, c}).message, u"2 errors"_s);
    // Causes have no causes of their own.
    QCOMPARE(engine::combined({two, c}).causes, (QList<Error>{a, b, c}));
    QCOMPARE(engine::combined({two}), two);
}

void TestBase::resultHoldsValueOrError()
{
    const Result<QString> good = u"x"_s;
    QVERIFY(good);
    QCOMPARE(*good, u"x"_s);
    QCOMPARE(good->size(), 1);
    const Result<QString> bad = engine::invalid(u"no"_s);
    QVERIFY(!bad);
    QCOMPARE(bad.error(), (Error{ErrorCode::InvalidInput, u"no"_s, {}, {}}));

    Result<std::unique_ptr<int>> moved = std::make_unique<int>(3);
    const std::unique_ptr<int> taken = *std::move(moved);
    QCOMPARE(*taken, 3);

    QVERIFY(Result<>());
    const Result<> failed = engine::invalid(u"no"_s);
    QVERIFY(!failed);
    QCOMPARE(failed.error().message, u"no"_s);
}

// Text, its value, and the shortest text of that value.
void TestBase::durations_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("shortest");

    const auto row = [](const char *text, qint64 ms, const char *shortest) {
        QTest::newRow(text) << QString::fromLatin1(text) << ms << QString::fromLatin1(shortest);
    };
    row("PT0S", 0, "PT0S");
    row("P0D", 0, "PT0S");
    row("PT30S", 30'000, "PT30S");
    row("PT1.5S", 1'500, "PT1.5S");
    row("PT0.001S", 1, "PT0.001S");
    row("PT0.050S", 50, "PT0.05S");
    row("PT0.1S", 100, "PT0.1S");
    row("PT90S", 90'000, "PT1M30S");
    row("PT60M", 3'600'000, "PT1H");
    row("PT4H", 14'400'000, "PT4H");
    row("PT24H", 86'400'000, "P1D");
    row("PT1H0M1S", 3'601'000, "PT1H1S");
    row("P1DT12H", 129'600'000, "P1DT12H");
    row("P1DT12H30M15.25S", 131'415'250, "P1DT12H30M15.25S");
    row("PT0001M", 60'000, "PT1M");
    row("P10000D", 864'000'000'000, "P10000D");
}

void TestBase::durations()
{
    QFETCH(QString, text);
    QFETCH(qint64, ms);
    QFETCH(QString, shortest);

    const auto duration = engine::parseDuration(text);
    QVERIFY(duration);
    QCOMPARE(duration->count(), ms);
    QCOMPARE(engine::toIsoDuration(*duration), shortest);
    const auto again = engine::parseDuration(shortest);
    QVERIFY(again);
    QCOMPARE(again->count(), ms);
}

void TestBase::rejectsDurations_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    for (const char *text :
         {"",       "P",      "PT",    "P1DT",  "4h",    "PT4h",   "pt4h",     "P1Y",       "P1M",
          "P1W",    "-PT1S",  "PT-1S", "+PT1S", "PT1.S", "PT.5S",  "PT1.5H",   "PT1.2345S", "PT1,5S",
          "PT1M1H", "PT1S1S", "T1S",   " PT1S", "PT1S ", "PT1S\n", "P123456D", "PT1234567H"}) {
        const QString name = QString::fromLatin1(text);
        QTest::newRow(text)
            << name << u"\"%1\" is not a duration; expected ISO 8601 such as PT30S, PT4H or P1D"_s.arg(name);
    }
    QTest::newRow("other digits")
        << u"PT\u0661S"_s
        << u"\"PT\u0661S\" is not a duration; expected ISO 8601 such as PT30S, PT4H or P1D"_s;
    for (const char *text : {"P10001D", "P10000DT0.001S", "PT240001H"}) {
        const QString name = QString::fromLatin1(text);
        QTest::newRow(text) << name << u"duration \"%1\" is longer than 10 000 days"_s.arg(name);
    }
}

void TestBase::rejectsDurations()
{
    QFETCH(QString, text);
    QFETCH(QString, error);

    const auto duration = engine::parseDuration(text);
    QVERIFY(!duration);
    QCOMPARE(duration.error().toString(), error);
}

void TestBase::durationWords_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("words");

    const auto row = [](qint64 ms, const char *words) {
        QTest::newRow(words) << ms << QString::fromLatin1(words);
    };
    row(0, "0 ms");
    row(250, "250 ms");
    row(999, "999 ms");
    row(1'000, "1 s");
    row(1'500, "1.5 s");
    row(1'239, "1.23 s");
    row(12'345, "12.3 s");
    row(59'999, "59.9 s");
    row(60'000, "1 min");
    row(90'000, "1 min 30 s");
    row(60'999, "1 min"); // No fractions beside minutes.
    row(14'400'000, "4 h");
    row(14'460'000, "4 h 1 min");
    row(14'401'000, "4 h");
    row(86'400'000, "1 d");
    row(129'600'000, "1 d 12 h");
    row(131'415'250, "1 d 12 h");
    row(86'700'000, "1 d");
    QTest::newRow("4 h of hours and seconds") << Q_INT64_C(14'430'000) << u"4 h"_s;
}

void TestBase::durationWords()
{
    QFETCH(qint64, ms);
    QFETCH(QString, words);

    QCOMPARE(engine::toWords(milliseconds(ms)), words);
}

void TestBase::makesRunIds()
{
    // The time part of the ULID specification's own example.
    QVERIFY(engine::newUlid(Timestamp(milliseconds(1'469'922'850'259))).startsWith(u"01ARZ3NDEK"_s));
    QCOMPARE(engine::newUlid(Timestamp(milliseconds(0))).first(10), u"0000000000"_s);
    QCOMPARE(engine::newUlid(Timestamp(milliseconds((Q_INT64_C(1) << 48) - 1))).first(10), u"7ZZZZZZZZZ"_s);

    QSet<QString> ids;
    const Timestamp now{milliseconds(1'769'850'300'000)};
    for (int i = 0; i < 1000; ++i) {
        const engine::RunId id = engine::newRunId(now);
        const auto parsed = engine::parseRunId(id.value);
        QVERIFY(parsed);
        QCOMPARE(*parsed, id);
        ids += id.value;
    }
    QCOMPARE(ids.size(), 1000);
    QVERIFY(engine::newRunId(now) < engine::newRunId(now + milliseconds(1)));
    QVERIFY(engine::RunId().isEmpty());
}

void TestBase::parsesRunIds_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("good");

    const auto row = [](const char *text, bool good) {
        QTest::newRow(text) << QString::fromLatin1(text) << good;
    };
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FAV", true);
    row("run_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true);
    row("", false);
    row("01ARZ3NDEKTSV4RRFFQ69G5FAV", false);
    row("run_01arz3ndektsv4rrffq69g5fav", false);
    row("RUN_01ARZ3NDEKTSV4RRFFQ69G5FAV", false);
    row("run_81ARZ3NDEKTSV4RRFFQ69G5FAV", false); // More than 128 bits.
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FA", false);
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FAVX", false);
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FAI", false);
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FAU", false);
    row("run_01ARZ3NDEKTSV4RRFFQ69G5FAV\n", false);
    row("run_../../../../etc/passwd/xx", false);
}

void TestBase::parsesRunIds()
{
    QFETCH(QString, text);
    QFETCH(bool, good);

    const auto id = engine::parseRunId(text);
    QCOMPARE(bool(id), good);
    if (!id)
        QCOMPARE(id.error().toString(),
                 u"\"%1\" is not a run id; expected run_ and 26 letters or digits"_s.arg(text));
}

void TestBase::nearestName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("candidates");
    QTest::addColumn<QString>("nearest");

    const QStringList fields{u"name"_s, u"when"_s, u"continueOnError"_s, u"parallel"_s, u"run"_s};
    QTest::newRow("swap") << u"paralell"_s << fields << u"parallel"_s;
    QTest::newRow("missing letter") << u"continueOnEror"_s << fields << u"continueOnError"_s;
    QTest::newRow("case") << u"CONTINUEONERROR"_s << fields << u"continueOnError"_s;
    QTest::newRow("same") << u"run"_s << fields << u"run"_s;
    QTest::newRow("a third is near") << u"rum"_s << fields << u"run"_s;
    QTest::newRow("more than a third is far") << u"rim"_s << fields << QString();
    QTest::newRow("nothing like it") << u"approval"_s << fields << QString();
    QTest::newRow("first on a tie") << u"cat"_s << QStringList{u"hat"_s, u"bat"_s} << u"hat"_s;
    QTest::newRow("nearer one later")
        << u"hosts"_s << QStringList{u"posts"_s, u"hostz"_s, u"hosts"_s} << u"hosts"_s;
    QTest::newRow("empty name") << QString() << fields << QString();
    QTest::newRow("no candidates") << u"x"_s << QStringList() << QString();
    QTest::newRow("longer than any slip")
        << QString(101, u'a') << QStringList{QString(101, u'a')} << QString();
    QTest::newRow("candidate that is too long")
        << QString(100, u'a') << QStringList{QString(101, u'a')} << QString();
}

void TestBase::nearestName()
{
    QFETCH(QString, name);
    QFETCH(QStringList, candidates);
    QFETCH(QString, nearest);

    QCOMPARE(engine::nearestName(name, candidates), nearest);
    QCOMPARE(engine::didYouMean(name, candidates),
             nearest.isEmpty() ? QString() : u"; did you mean \"%1\"?"_s.arg(nearest));
}

// FIPS 180-4 examples, and sizes around the block and the buffer.
void TestBase::digests_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sha256");

    QTest::newRow("nothing") << ""_ba
                             << u"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"_s;
    QTest::newRow("abc") << "abc"_ba << u"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_s;
    QTest::newRow("two blocks") << "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"_ba
                                << u"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"_s;
    QTest::newRow("a million") << QByteArray(1'000'000, 'a')
                               << u"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"_s;
}

void TestBase::digests()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sha256);

    QCOMPARE(engine::sha256Hex(bytes), sha256);
    QBuffer buffer(&bytes);
    QVERIFY(buffer.open(QIODevice::ReadOnly));
    const auto digest = engine::digestOf(buffer);
    QVERIFY(digest);
    QCOMPARE(*digest, (engine::FileDigest{sha256, bytes.size()}));
}

void TestBase::digestsFiles()
{
    const QTemporaryDir dir;
    QFile file(dir.filePath(u"f"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("abc");
    file.close();

    const auto digest = engine::digestOfFile(file.fileName());
    QVERIFY(digest);
    QCOMPARE(*digest, (engine::FileDigest{engine::sha256Hex("abc"), 3}));

    const QString absent = dir.filePath(u"absent"_s);
    const auto missing = engine::digestOfFile(absent);
    QVERIFY(!missing);
    QVERIFY(missing.error().code == ErrorCode::NotFound);
    QCOMPARE(missing.error().message, u"there is no file \"%1\""_s.arg(absent));

    const auto folder = engine::digestOfFile(dir.path());
    QVERIFY(!folder);
    QVERIFY(folder.error().code == ErrorCode::Io);
    QCOMPARE(folder.error().message, u"\"%1\" is not a regular file"_s.arg(dir.path()));
}

void TestBase::digestReportsReadErrors()
{
    class Broken : public QIODevice
    {
    protected:
        qint64 readData(char *, qint64) override
        {
            setErrorString(u"the disk is on fire"_s);
            return -1;
        }
        qint64 writeData(const char *, qint64) override { return -1; }
    } device;
    QVERIFY(device.open(QIODevice::ReadOnly | QIODevice::Unbuffered));
    const auto digest = engine::digestOf(device);
    QVERIFY(!digest);
    QCOMPARE(digest.error(), (Error{ErrorCode::Io, u"cannot read: the disk is on fire"_s, {}, {}}));
}

void TestBase::runsOnAnotherThread()
{
    QThread thread;
    QObject target;
    target.moveToThread(&thread);
    thread.start();

    QThread *ranOn = nullptr;
    const QFuture<void> nothing = engine::runOn(&target, [&] { ranOn = QThread::currentThread(); });
    QFuture<int> number = engine::runOn(&target, [] { return 42; });
    QCOMPARE(number.result(), 42);
    QVERIFY(nothing.isFinished());
    QCOMPARE(ranOn, &thread);

    // The answer comes back to the thread of the context.
    QThread *answeredOn = nullptr;
    engine::whenDone(engine::runOn(&target, [] { return 1; }), this,
                     [&](int) { answeredOn = QThread::currentThread(); });
    QTRY_COMPARE(answeredOn, QThread::currentThread());

    thread.quit();
    QVERIFY(thread.wait());
}

void TestBase::runOnIsCancelledWhenTheTargetDies()
{
    auto target = std::make_unique<QObject>();
    bool ran = false;
    const auto future = engine::runOn(target.get(), [&ran] {
        ran = true;
        return 1;
    });
    QVERIFY(!future.isFinished()); // Not at once, also on one's own thread.
    target.reset();
    QTRY_VERIFY(future.isFinished());
    QVERIFY(future.isCanceled());
    QVERIFY(!ran);
}

void TestBase::futuresThatAreFinished()
{
    const auto future = engine::finishedFuture(u"x"_s);
    QVERIFY(future.isFinished());
    QCOMPARE(future.result(), u"x"_s);
}

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
