#include "tests/support/taskrunner_program.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

using namespace Qt::StringLiterals;
using tests::Outcome;

/// What shows how the engine and its runs are: timelines, metrics, and the doctor.
class TestCliObserve : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { m_dir.reset(); }

    void timelineOfAFinishedRun();
    void timelineBesideTheOwner();
    void timelineRefuses();
    void metricsOfTheOwner();
    void metricsWithoutAnOwner();
    void metricsOfAnOwnerElsewhere();
    void doctorLooksAtWhatIsThere();
    void doctorFindsWhatIsWrong();

private:
    std::unique_ptr<QProcess> start(const QStringList &arguments) const
    {
        return tests::startTaskrunner(QStringList{u"--data-dir"_s, file(u"data"_s)} + arguments,
                                      m_dir->path());
    }
    Outcome run(const QStringList &arguments) const { return tests::endOf(*start(arguments)); }
    /// A pack whose only step runs a line of bash.
    QString pack(const QString &name, const QByteArray &script) const;
    /// A process that owns the data directory, with a step that runs until it is ended.
    std::unique_ptr<QProcess> startOwner() const;
    QString file(const QString &name) const { return m_dir->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

QString TestCliObserve::pack(const QString &name, const QByteArray &script) const
{
    QDir().mkpath(file(name));
    QFile manifest(file(name + u"/pack.yaml"_s));
    if (!manifest.open(QIODevice::WriteOnly))
        qFatal("cannot write a pack");
    manifest.write(
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: " + name.toUtf8()
        + ", version: 1.0.0 }\nspec:\n  steps:\n  - id: print\n    run:\n      uses: builtin:script\n"
          "      with:\n        shell: bash\n        script: |\n          "
        + script + "\n");
    return file(name);
}

std::unique_ptr<QProcess> TestCliObserve::startOwner() const
{
    auto owner = start({u"run"_s, pack(u"sleeper"_s, "echo begun; exec sleep 600")});
    while (!owner->readAllStandardOutput().contains("begun")) {
        if (!owner->waitForReadyRead())
            qFatal("the owner does not start");
    }
    return owner;
}

void TestCliObserve::timelineOfAFinishedRun()
{
    const QString printer = pack(u"printer"_s, "echo kept > $TASKRUNNER_ARTIFACTS/kept.txt");
    QCOMPARE(run({u"run"_s, printer}).exitCode, 0);
    const Outcome text = run({u"timeline"_s, u"last"_s});
    QCOMPARE(text.exitCode, 0);
    const QStringList lines = text.output.split(u'\n');
    QVERIFY2(lines.value(0).startsWith(u"Run      run_"_s), qPrintable(text.output));
    QCOMPARE(lines.value(1), u"Pack     printer 1.0.0"_s);
    QCOMPARE(lines.value(2), u"State    succeeded"_s);
    QVERIFY2(text.output.contains(u"  print  attempt 1, then succeeded\n"_s), qPrintable(text.output));
    QVERIFY2(text.output.contains(u"  print  artifact-stored: name kept.txt, size 5\n"_s),
             qPrintable(text.output));

    // The bytes that the evidence holds.
    QCOMPARE(run({u"evidence"_s, u"last"_s, u"-o"_s, file(u"e.tar"_s)}).exitCode, 0);
    QProcess tar;
    tar.start(u"tar"_s, {u"-xOf"_s, file(u"e.tar"_s), u"journal.jsonl"_s});
    QVERIFY(tar.waitForFinished());
    const QString journal = QString::fromUtf8(tar.readAllStandardOutput());
    QVERIFY(journal.count(u'\n') > 5);
    QCOMPARE(run({u"timeline"_s, u"last"_s, u"--format"_s, u"jsonl"_s}).output, journal);
    QCOMPARE(run({u"timeline"_s, u"last"_s, u"--json"_s}).output, journal);

    const Outcome written =
        run({u"timeline"_s, u"last"_s, u"--format"_s, u"chrome"_s, u"-o"_s, file(u"t.json"_s)});
    QCOMPARE(written.exitCode, 0);
    QCOMPARE(written.output, QString());
    QFile trace(file(u"t.json"_s));
    QVERIFY(trace.open(QIODevice::ReadOnly));
    const QJsonArray events =
        QJsonDocument::fromJson(trace.readAll()).object().value(u"traceEvents"_s).toArray();
    QVERIFY(std::any_of(events.begin(), events.end(), [](const QJsonValue &event) {
        return event.toObject().value(u"name"_s) == u"print"_s && event.toObject().value(u"ph"_s) == u"X"_s;
    }));
}

void TestCliObserve::timelineBesideTheOwner()
{
    const auto owner = startOwner();
    const Outcome text = run({u"timeline"_s, u"last"_s});
    owner->terminate();
    tests::endOf(*owner);
    QVERIFY2(text.output.contains(u" so far  print  attempt 1\n"_s), qPrintable(text.output));
}

void TestCliObserve::timelineRefuses()
{
    const Outcome both = run({u"timeline"_s, u"last"_s, u"--json"_s, u"--format"_s, u"chrome"_s});
    QCOMPARE(both.exitCode, 2);
    QCOMPARE(both.firstJson().value(u"error"_s).toObject().value(u"message"_s).toString(),
             u"--json and --format chrome exclude each other"_s);
    QCOMPARE(run({u"timeline"_s, u"last"_s, u"--format"_s, u"dot"_s}).exitCode, 2);
    const Outcome none = run({u"timeline"_s, u"last"_s});
    QCOMPARE(none.exitCode, 2);
    QCOMPARE(none.errors, u"there is no run yet\n"_s);
    QCOMPARE(run({u"run"_s, pack(u"printer"_s, "true")}).exitCode, 0);
    const Outcome nowhere = run({u"timeline"_s, u"last"_s, u"-o"_s, u"/nowhere/t"_s});
    QCOMPARE(nowhere.exitCode, 6);
    QVERIFY2(nowhere.errors.startsWith(u"cannot write \"/nowhere/t\": "_s), qPrintable(nowhere.errors));
}

void TestCliObserve::doctorLooksAtWhatIsThere()
{
    const Outcome nothing = run({u"doctor"_s});
    QVERIFY2(nothing.exitCode == 0, qPrintable(nothing.output));
    QVERIFY(!QFile::exists(file(u"data"_s)));

    QCOMPARE(run({u"run"_s, pack(u"printer"_s, "true")}).exitCode, 0);
    const Outcome text = run({u"doctor"_s});
    QVERIFY2(text.exitCode == 0, qPrintable(text.output));
    QVERIFY2(text.output.contains(
                 u"\nok           store-integrity            SQLite's quick check found nothing\n"_s),
             qPrintable(text.output));
    QVERIFY2(text.output.contains(
                 u"\nok           exec-start                 taskrunner-exec started /bin/true"_s),
             qPrintable(text.output));

    const auto owner = startOwner();
    const qint64 pid = owner->processId();
    const QJsonObject json = run({u"doctor"_s, u"--json"_s}).firstJson();
    owner->terminate();
    tests::endOf(*owner);
    QCOMPARE(json.value(u"good"_s), QJsonValue(true));
    QStringList owned;
    for (const QJsonValue &check : json.value(u"checks"_s).toArray()) {
        if (check[u"check"_s] == u"lock"_s || check[u"check"_s] == u"store-integrity"_s)
            owned += check[u"state"_s].toString() + u": "_s + check[u"message"_s].toString();
    }
    QCOMPARE(owned,
             (QStringList{u"ok: the data directory is owned by taskrunner, process %1 on %2"_s.arg(pid).arg(
                              QSysInfo::machineHostName()),
                          u"not checked: a process that is using the store may be writing it"_s}));
}

void TestCliObserve::doctorFindsWhatIsWrong()
{
    QVERIFY(QDir().mkpath(file(u"data/keys"_s)));
    QFile key(file(u"data/keys/engine.pem"_s));
    QVERIFY(key.open(QIODevice::WriteOnly));
    key.close();
    QVERIFY(key.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther));
    const Outcome found = run({u"doctor"_s});
    QCOMPARE(found.exitCode, 1);
    QVERIFY2(found.output.contains(
                 u"failed       key-files                  others may read \"%1\": its mode is 0604\n"_s.arg(
                     key.fileName())),
             qPrintable(found.output));
    QVERIFY2(found.output.contains(
                 u"                                        -> chmod 600 \"%1\"; make a new key"_s.arg(
                     key.fileName())),
             qPrintable(found.output));
}

/// The value of a series, named with its labels; empty when it is not told.
static QString valueOf(const QString &exposition, const QString &series)
{
    const QStringList lines = exposition.split(u'\n');
    for (const QString &line : lines) {
        if (line.section(u' ', 0, -2) == series)
            return line.section(u' ', -1);
    }
    return {};
}

void TestCliObserve::metricsOfTheOwner()
{
    const auto owner = startOwner();
    const Outcome metrics = run({u"metrics"_s});
    const Outcome json = run({u"metrics"_s, u"--json"_s});
    const qint64 pid = owner->processId();
    QFile statm(u"/proc/%1/statm"_s.arg(pid));
    QVERIFY(statm.open(QIODevice::ReadOnly));
    const qint64 pages = statm.readAll().split(' ').value(1).toLongLong();
    owner->terminate();
    tests::endOf(*owner);

    QVERIFY2(metrics.exitCode == 0, qPrintable(metrics.errors));
    QCOMPARE(valueOf(metrics.output, u"taskrunner_active_runs{state=\"running\"}"_s), u"1"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_queue_depth"_s), u"0"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_attempts_total{outcome=\"succeeded\"}"_s), u"0"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_log_lines_total"_s), u"1"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_log_bytes_total"_s), u"5"_s);
    QVERIFY(valueOf(metrics.output, u"taskrunner_store_commit_duration_seconds_count"_s).toInt() > 2);
    // Of the owner, not of the command that prints them.
    const double told = valueOf(metrics.output, u"process_resident_memory_bytes"_s).toDouble();
    const double seen = double(pages) * double(sysconf(_SC_PAGESIZE));
    QVERIFY2(told > seen / 2 && told < seen * 2, qPrintable(u"%1 %2"_s.arg(told).arg(seen)));
    QCOMPARE(json.json().value(u"contentType"_s).toString(), u"text/plain; version=0.0.4"_s);
    QCOMPARE(
        valueOf(json.json().value(u"metrics"_s).toString(), u"taskrunner_active_runs{state=\"running\"}"_s),
        u"1"_s);
}

void TestCliObserve::metricsWithoutAnOwner()
{
    const Outcome fresh = run({u"metrics"_s});
    QVERIFY2(fresh.exitCode == 0, qPrintable(fresh.errors));
    QCOMPARE(valueOf(fresh.output, u"taskrunner_active_runs{state=\"interrupted\"}"_s), u"0"_s);
    const auto owner = startOwner();
    owner->kill();
    tests::endOf(*owner);
    const Outcome metrics = run({u"metrics"_s});
    QCOMPARE(valueOf(metrics.output, u"taskrunner_active_runs{state=\"interrupted\"}"_s), u"1"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_active_runs{state=\"running\"}"_s), u"0"_s);
    QCOMPARE(valueOf(metrics.output, u"taskrunner_log_lines_total"_s), u"0"_s); // This one stored none.
}

void TestCliObserve::metricsOfAnOwnerElsewhere()
{
    QCOMPARE(run({u"runs"_s}).exitCode, 0);
    QFile lock(file(u"data/lock"_s));
    QVERIFY(lock.open(QIODevice::WriteOnly));
    lock.write("4711\ntaskrunner-console\nother-host\nother-id\nother-boot\n");
    lock.close();
    const Outcome refused = run({u"metrics"_s});
    QCOMPARE(refused.exitCode, 5);
    QCOMPARE(refused.errors,
             u"the data directory \"%1\" is used by taskrunner-console, process 4711 on other-host; commands "
             u"for it must be given there, this is %2\n"_s.arg(file(u"data"_s), QSysInfo::machineHostName()));
}

QTEST_GUILESS_MAIN(TestCliObserve)
#include "tst_cli_observe.moc"
