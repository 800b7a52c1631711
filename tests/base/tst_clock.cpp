#include "engine/base/clock.h"
#include "tests/support/fake_clock.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::Timestamp;
using std::chrono::milliseconds;

class TestClock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesIso_data();
    void writesIso();
    void rejectsOtherForms_data();
    void rejectsOtherForms();
    void isoSortsAsText();
    void systemClockTellsTheTime();
    void systemClockCallsOnceAndLater();
    void systemClockForgetsDeadContexts();
    void fakeClockCallsInOrderOfDueTime();
    void fakeClockCallsWhatCallsAskFor();
    void fakeClockJumpsWithoutCalling();
    void fakeClockForgetsDeadContexts();
};

void TestClock::writesIso_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("text");

    QTest::newRow("epoch") << Q_INT64_C(0) << u"1970-01-01T00:00:00.000Z"_s;
    QTest::newRow("before the epoch") << Q_INT64_C(-1) << u"1969-12-31T23:59:59.999Z"_s;
    QTest::newRow("milliseconds") << Q_INT64_C(1'769'850'300'007) << u"2026-01-31T09:05:00.007Z"_s;
    QTest::newRow("leap day") << Q_INT64_C(1'709'164'800'000) << u"2024-02-29T00:00:00.000Z"_s;
    QTest::newRow("beyond 32 bits") << Q_INT64_C(4'102'444'800'000) << u"2100-01-01T00:00:00.000Z"_s;
}

void TestClock::writesIso()
{
    QFETCH(qint64, ms);
    QFETCH(QString, text);

    const Timestamp time{milliseconds(ms)};
    QCOMPARE(engine::toIso(time), text);
    const auto read = engine::parseIso(text);
    QVERIFY(read);
    QCOMPARE(*read, time);
}

void TestClock::rejectsOtherForms_data()
{
    QTest::addColumn<QString>("text");

    for (const char *text :
         {"", "now", "2026-01-31", "2026-01-31T09:05:00Z", "2026-01-31T09:05:00.000",
          "2026-01-31T09:05:00.000+01:00", "2026-01-31 09:05:00.000Z", "2026-01-31T09:05:00.0000Z",
          "2026-02-30T09:05:00.000Z", "2026-01-31T24:00:00.000Z", "2026-01-31T09:05:60.000Z",
          " 2026-01-31T09:05:00.000Z", "2026-01-31T09:05:00.000Z ", "2026-01-31t09:05:00.000z"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestClock::rejectsOtherForms()
{
    QFETCH(QString, text);

    const auto time = engine::parseIso(text);
    QVERIFY(!time);
    QCOMPARE(time.error().toString(),
             u"\"%1\" is not a time; expected the form 2026-01-31T09:05:00.000Z"_s.arg(text));
}

void TestClock::isoSortsAsText()
{
    QString previous;
    constexpr qint64 times[] = {-62'135'596'800'000, -1, 0, 999, 1000, 1'769'850'300'000,
                                253'402'300'799'999};
    for (const qint64 ms : times) {
        const QString text = engine::toIso(Timestamp(milliseconds(ms)));
        QCOMPARE(text.size(), 24);
        QVERIFY2(previous < text, qPrintable(previous + u" < "_s + text));
        previous = text;
    }
}

void TestClock::systemClockTellsTheTime()
{
    const qint64 before = QDateTime::currentMSecsSinceEpoch();
    const qint64 now = engine::SystemClock().now().time_since_epoch().count();
    const qint64 after = QDateTime::currentMSecsSinceEpoch();
    QVERIFY(before <= now && now <= after);
}

void TestClock::systemClockCallsOnceAndLater()
{
    engine::SystemClock clock;
    QObject context;
    QStringList calls;
    QElapsedTimer timer;
    timer.start();
    qint64 elapsed = 0;
    clock.callAfter(milliseconds(20), &context, [&] {
        calls += u"later"_s;
        elapsed = timer.elapsed();
    });
    clock.callAfter(milliseconds(-5), &context, [&] { calls += u"at once"_s; });
    clock.callAfter(std::chrono::hours(24 * 60), &context, [&] { calls += u"in two months"_s; });

    QVERIFY(calls.isEmpty()); // Never from within the request.
    QTRY_COMPARE(calls, (QStringList{u"at once"_s, u"later"_s}));
    QVERIFY(elapsed >= 20);
    QTest::qWait(30);
    QCOMPARE(calls.size(), 2);
}

void TestClock::systemClockForgetsDeadContexts()
{
    engine::SystemClock clock;
    int calls = 0;
    auto context = std::make_unique<QObject>();
    clock.callAfter(milliseconds(0), context.get(), [&] { ++calls; });
    clock.callAfter(milliseconds(10), context.get(), [&] { ++calls; });
    context.reset();
    QTest::qWait(40);
    QCOMPARE(calls, 0);
}

void TestClock::fakeClockCallsInOrderOfDueTime()
{
    FakeClock clock;
    QObject context;
    QStringList calls;
    const auto ask = [&](int delay, const QString &name) {
        clock.callAfter(milliseconds(delay), &context, [&calls, &clock, name] {
            calls += name + u'@' + engine::toIso(clock.now()).sliced(17, 6);
        });
    };
    ask(20, u"c"_s);
    ask(10, u"a"_s);
    ask(20, u"d"_s);
    ask(10, u"b"_s);
    ask(-5, u"now"_s);
    QCOMPARE(clock.pending(), 5);
    QCOMPARE(clock.nextDelay(), milliseconds(0));

    clock.advance(milliseconds(0));
    QCOMPARE(calls, QStringList{u"now@00.000"_s});
    clock.advance(milliseconds(15));
    QCOMPARE(calls, (QStringList{u"now@00.000"_s, u"a@00.010"_s, u"b@00.010"_s}));
    QCOMPARE(clock.nextDelay(), milliseconds(5));
    calls.clear();
    clock.advance(milliseconds(100));
    QCOMPARE(calls, (QStringList{u"c@00.020"_s, u"d@00.020"_s}));
    QCOMPARE(engine::toIso(clock.now()), u"2026-01-31T09:05:00.115Z"_s);
    QCOMPARE(clock.nextDelay(), std::nullopt);
}

void TestClock::fakeClockCallsWhatCallsAskFor()
{
    FakeClock clock;
    QObject context;
    int ticks = 0;
    std::function<void()> tick = [&] {
        ++ticks;
        clock.callAfter(milliseconds(10), &context, tick);
    };
    clock.callAfter(milliseconds(10), &context, tick);
    clock.advance(milliseconds(35));
    QCOMPARE(ticks, 3);
    clock.advance(milliseconds(5));
    QCOMPARE(ticks, 4);
}

void TestClock::fakeClockJumpsWithoutCalling()
{
    FakeClock clock;
    QObject context;
    int calls = 0;
    clock.callAfter(milliseconds(10), &context, [&] { ++calls; });
    clock.setNow(Timestamp(milliseconds(0)));
    QCOMPARE(calls, 0);
    clock.advance(milliseconds(9));
    QCOMPARE(calls, 0);
    clock.advance(milliseconds(1));
    QCOMPARE(calls, 1);
    QCOMPARE(clock.now(), Timestamp(milliseconds(10)));
}

void TestClock::fakeClockForgetsDeadContexts()
{
    FakeClock clock;
    int calls = 0;
    auto context = std::make_unique<QObject>();
    clock.callAfter(milliseconds(1), context.get(), [&] { ++calls; });
    context.reset();
    QCOMPARE(clock.pending(), 0);
    QCOMPARE(clock.nextDelay(), std::nullopt);
    clock.advance(milliseconds(5));
    QCOMPARE(calls, 0);
}

QTEST_GUILESS_MAIN(TestClock)
#include "tst_clock.moc"
