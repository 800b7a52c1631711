#include "engine/observe/metrics.h"
#include "engine/observe/process_usage.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using namespace engine;

namespace {

const Timestamp now{std::chrono::milliseconds(1'769'850'300'000)};

/// The exposition without what the process takes, which no test can foresee.
QByteArray withoutProcess(const QByteArray &text)
{
    QByteArray kept;
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray &line : lines) {
        if (!line.isEmpty() && !line.contains("process_"))
            kept += line + '\n';
    }
    return kept;
}

QByteArray valueOf(const QByteArray &text, const QByteArray &series)
{
    const QList<QByteArray> lines = text.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith(series + ' '))
            return line.mid(series.size() + 1);
    }
    return {};
}

} // namespace

class TestMetrics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsAll();
    void followsTheFormat();
    void countsInBuckets();
    void waitOfTheOldestGate();
    void tellsWhatTheProcessTakes();
};

void TestMetrics::tellsAll()
{
    Metrics metrics;
    metrics.attemptEnded(AttemptOutcome::Succeeded);
    metrics.attemptEnded(AttemptOutcome::Failed);
    metrics.attemptEnded(AttemptOutcome::Failed);
    metrics.attemptEnded(AttemptOutcome::TimedOut);
    metrics.attemptEnded(AttemptOutcome::Cancelled);
    metrics.attemptEnded(AttemptOutcome::Interrupted);
    metrics.retryScheduled();
    metrics.logLinesStored(3, 120);
    metrics.logLinesStored(1, 5);
    const Levels levels{{{RunState::Queued, 1}, {RunState::Waiting, 2}}, 7, {now - 90s, now - 1500ms}, true};
    QFile expected(QStringLiteral(SOURCE_DIR "/tests/observe/exposition.txt"));
    QVERIFY(expected.open(QIODevice::ReadOnly));
    QCOMPARE(withoutProcess(metrics.text(levels, now)), expected.readAll());
}

/// Every line is a comment or a sample; every family has one HELP and one TYPE before its samples; no label
/// takes values that grow with what is run.
void TestMetrics::followsTheFormat()
{
    const QByteArray text = Metrics().text({}, now);
    static const QRegularExpression comment(u"^# (HELP|TYPE) ([a-z_]+) (.+)$"_s);
    static const QRegularExpression sample(u"^([a-z_]+)(\\{[^}]*\\})? ([0-9.e+-]+)$"_s);
    static const QRegularExpression labels(u"^\\{([a-z]+=\"[a-zA-Z0-9.+-]+\",?)+\\}$"_s);
    static const QRegularExpression suffix(u"_(bucket|sum|count)$"_s);
    QHash<QString, QStringList> saidOf;
    QSet<QString> series;
    QVERIFY(text.endsWith('\n'));
    const QStringList lines = QString::fromUtf8(text.chopped(1)).split(u'\n');
    for (const QString &line : lines) {
        if (const auto said = comment.match(line); said.hasMatch()) {
            saidOf[said.captured(2)] += said.captured(1);
            continue;
        }
        const auto told = sample.match(line);
        QVERIFY2(told.hasMatch(), qPrintable(line));
        QString family = told.captured(1);
        if (!saidOf.contains(family))
            family.remove(suffix);
        QCOMPARE(saidOf.value(family), (QStringList{u"HELP"_s, u"TYPE"_s}));
        QVERIFY2(told.captured(2).isEmpty() || labels.match(told.captured(2)).hasMatch(), qPrintable(line));
        QVERIFY2(!series.contains(told.captured(1) + told.captured(2)), qPrintable(line));
        series += told.captured(1) + told.captured(2);
    }
    QCOMPARE(saidOf.size(), 15);
    QVERIFY2(series.size() < 100, qPrintable(QString::number(series.size())));
}

void TestMetrics::countsInBuckets()
{
    Metrics metrics;
    metrics.stepEnded(StepState::Succeeded, 100ms); // A bound belongs to its bucket.
    metrics.stepEnded(StepState::Succeeded, 101ms);
    metrics.stepEnded(StepState::Succeeded, 20h);
    metrics.stepEnded(StepState::Failed, -5s); // The clock was set back meanwhile.
    metrics.committed(150us);
    metrics.committed(2s);
    const QByteArray text = metrics.text({}, now);
    const QByteArray step = "taskrunner_step_duration_seconds";
    QCOMPARE(valueOf(text, step + R"(_bucket{result="succeeded",le="0.1"})"), "1"_ba);
    QCOMPARE(valueOf(text, step + R"(_bucket{result="succeeded",le="0.5"})"), "2"_ba);
    QCOMPARE(valueOf(text, step + R"(_bucket{result="succeeded",le="43200"})"), "2"_ba);
    QCOMPARE(valueOf(text, step + R"(_bucket{result="succeeded",le="+Inf"})"), "3"_ba);
    QCOMPARE(valueOf(text, step + R"(_count{result="succeeded"})"), "3"_ba);
    QCOMPARE(valueOf(text, step + R"(_sum{result="succeeded"})"), "72000.201"_ba);
    QCOMPARE(valueOf(text, step + R"(_sum{result="failed"})"), "0"_ba);
    QCOMPARE(valueOf(text, step + R"(_count{result="failed"})"), "1"_ba);
    const QByteArray commit = "taskrunner_store_commit_duration_seconds";
    QCOMPARE(valueOf(text, commit + R"(_bucket{le="0.0001"})"), "0"_ba);
    QCOMPARE(valueOf(text, commit + R"(_bucket{le="0.00025"})"), "1"_ba);
    QCOMPARE(valueOf(text, commit + R"(_bucket{le="1"})"), "1"_ba);
    QCOMPARE(valueOf(text, commit + "_count"), "2"_ba);
    QCOMPARE(valueOf(text, commit + "_sum"), "2.00015"_ba);
}

void TestMetrics::waitOfTheOldestGate()
{
    const QByteArray series = "taskrunner_oldest_gate_wait_seconds";
    QCOMPARE(valueOf(Metrics().text({}, now), series), "0"_ba);
    QCOMPARE(valueOf(Metrics().text({{}, 0, {now - 1250ms, now - 1h, now - 2s}}, now), series), "3600"_ba);
    QCOMPARE(valueOf(Metrics().text({{}, 0, {now + 5s}}, now), series), "0"_ba); // The clock was set back.
}

void TestMetrics::tellsWhatTheProcessTakes()
{
    const ProcessUsage before = processUsage();
    const QByteArray block(64 * 1024 * 1024, 'x');
    QFile file(QCoreApplication::applicationFilePath());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const ProcessUsage after = processUsage();
    QVERIFY(*after.residentBytes >= *before.residentBytes + block.size() * 9 / 10);
    QCOMPARE(*after.openDescriptors, *before.openDescriptors + 1);
    QVERIFY(*after.cpuSeconds > 0 && *after.cpuSeconds < 600);
    const double today = double(QDateTime::currentMSecsSinceEpoch()) / 1000;
    QVERIFY2(*after.startSeconds <= today + 1 && *after.startSeconds > today - 600,
             qPrintable(QString::number(*after.startSeconds, 'f')));
    const QByteArray text = Metrics().text({}, now);
    QVERIFY(valueOf(text, "process_start_time_seconds").toDouble() > 1.7e9);
    QVERIFY(valueOf(text, "process_resident_memory_bytes").toDouble() > 64e6);
    QVERIFY(valueOf(text, "process_cpu_seconds_total").toDouble() > 0);
    QVERIFY(valueOf(text, "process_open_fds").toInt() > 2);
}

QTEST_GUILESS_MAIN(TestMetrics)
#include "tst_metrics.moc"
