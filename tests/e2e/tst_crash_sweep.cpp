#include "engine/record/run_record.h"
#include "engine/store/store.h"

#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;

/// A run of every kind of step whose engine is killed, by SIGKILL, at each of its transactions in turn, just
/// before and just after it is on disk, and started again: the run comes to the same end, nothing that had an
/// end or must not run twice ran twice, and journal and evidence hold.
class TestCrashSweep : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sweeps_data();
    void sweeps();

private:
    struct Ended
    {
        bool wasKilled = false;
        int exitCode = -1;
        QString output{};
        QString errors{};
    };
    static Ended start(const QString &program, const QStringList &arguments);
    static Ended engine(const QTemporaryDir &dir, const QString &when, int transaction);
    static QString wrongCounts(const QTemporaryDir &dir);
    static QString wrongRecord(const QTemporaryDir &dir);
};

/// What each step writes when it runs, by its path; those that may run again after a crash once more.
static const QMap<QString, std::pair<int, int>> &expectedLines()
{
    static const QMap<QString, std::pair<int, int>> lines{
        {u"first"_s, {1, 1}},           {u"list"_s, {1, 2}},       {u"flaky"_s, {2, 3}},
        {u"both/left"_s, {1, 1}},       {u"both/right"_s, {1, 1}}, {u"hosts[0]::touch"_s, {1, 1}},
        {u"hosts[1]::touch"_s, {1, 1}}, {u"may-fail"_s, {1, 1}},   {u"last"_s, {1, 1}},
        {u"clean"_s, {1, 1}},
    };
    return lines;
}

static QByteArray pack()
{
    const auto script = [](const QByteArray &id, const QByteArray &then = {}, const QByteArray &more = {}) {
        return "{ id: " + id
               + ", run: { uses: builtin:script, with: { shell: sh, script: 'echo \"$TASKRUNNER_STEP\" >> "
                 "\"{{ inputs.effects }}\"; "
               + then + "' }" + more + " } }";
    };
    return "apiVersion: stellaops.io/pack.v1\n"
           "kind: TaskPack\n"
           "metadata: { name: sweep, version: 1.0.0 }\n"
           "spec:\n"
           "  inputs: [{ name: effects, type: string, required: true }]\n"
           "  approvals: [{ id: people, allowSelfApproval: true, expiresAfter: PT1H }]\n"
           "  policies: [{ id: rules, engine: rules, rules: [{ id: none, deny: '{{ input.count > 2 }}', "
           "message: too many "
           "}] }]\n"
           "  steps:\n"
           "    - "
           + script("first") + "\n    - "
           + script("list",
                    "echo \"{\\\"hosts\\\": [1, 2]}\" > \"$TASKRUNNER_OUTPUTS\"; "
                    "echo kept > \"$TASKRUNNER_ARTIFACTS/kept\"",
                    ", idempotent: true, outputs: [{ name: hosts, type: json }]")
           + "\n    - "
           + script("flaky", "test \"$(grep -c flaky \"{{ inputs.effects }}\")\" -ge 2 || exit 75",
                    ", idempotent: true, retries: { maxAttempts: 3, backoff: PT0.05S, onExitCodes: [75] }")
           + "\n    - { id: both, parallel: { steps: [" + script("left") + ", " + script("right") + "] } }"
           + "\n    - { id: checked, run: { uses: builtin:validate, with: { value: '{{ "
             "steps.list.outputs.hosts }}', "
             "schema: { type: array } } } }"
           + "\n    - { id: gate, gate: { approval: people, message: go } }"
           + "\n    - { id: policy, gate: { policy: rules, input: { count: '{{ len(steps.list.outputs.hosts) "
             "}}' } } }"
           + "\n    - { id: hosts, map: { items: '{{ steps.list.outputs.hosts }}', maxParallel: 1, step: "
           + script("touch") + " } }" + "\n    - "
           + QByteArray(script("may-fail", "exit 1"))
                 .replace("{ id: may-fail", "{ id: may-fail, continueOnError: true")
           + "\n    - { id: skipped, when: '{{ steps.may-fail.status == \"succeeded\" }}', run: { uses: "
             "builtin:exec, "
             "with: { command: ['false'] } } }"
           + "\n    - " + script("last") + "\n  finally:\n    - " + script("clean") + "\n";
}

TestCrashSweep::Ended TestCrashSweep::start(const QString &program, const QStringList &arguments)
{
    QProcess process;
    process.start(QStringLiteral(BINARY_DIR "/bin/") + program, arguments);
    if (!process.waitForFinished(60'000)) {
        process.kill();
        process.waitForFinished();
        return {false, -1, {}, u"%1 did not end"_s.arg(program)};
    }
    return {process.exitStatus() == QProcess::CrashExit, process.exitCode(),
            QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

TestCrashSweep::Ended TestCrashSweep::engine(const QTemporaryDir &dir, const QString &when, int transaction)
{
    return start(u"crash_engine"_s, {dir.filePath(u"data"_s), dir.filePath(u"pack"_s),
                                     dir.filePath(u"effects"_s), when, QString::number(transaction)});
}

QString TestCrashSweep::wrongCounts(const QTemporaryDir &dir)
{
    QFile file(dir.filePath(u"effects"_s));
    if (!file.open(QIODevice::ReadOnly))
        return u"no step has run"_s;
    QMap<QString, int> counts;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts))
        ++counts[line];
    QStringList wrong;
    for (auto it = expectedLines().begin(); it != expectedLines().end(); ++it) {
        const int count = counts.take(it.key());
        if (count < it->first || count > it->second)
            wrong += u"%1 ran %2 times"_s.arg(it.key()).arg(count);
    }
    return (wrong + counts.keys()).join(u", "_s);
}

QString TestCrashSweep::wrongRecord(const QTemporaryDir &dir)
{
    const auto store =
        engine::Store::open(dir.filePath(u"data/taskrunner.sqlite"_s), engine::Store::Mode::ReadOnly);
    if (!store)
        return store.error().toString();
    const auto runs = *(*store)->runs({});
    if (runs.size() != 1)
        return u"there are %1 runs"_s.arg(runs.size());
    const engine::RunId run = runs.first().id;
    const auto chain = engine::checkChain(*(*store)->events(run));
    if (!chain)
        return chain.error().toString();
    const QString bundle = dir.filePath(u"bundle.tar"_s);
    const QStringList data{u"--data-dir"_s, dir.filePath(u"data"_s)};
    if (const Ended made =
            start(u"taskrunner"_s, data + QStringList{u"evidence"_s, run.value, u"-o"_s, bundle});
        made.exitCode != 0)
        return made.errors;
    const Ended verified = start(u"taskrunner"_s, data + QStringList{u"verify"_s, bundle});
    return verified.exitCode == 0 ? QString() : verified.output + verified.errors;
}

void TestCrashSweep::sweeps_data()
{
    QTest::addColumn<QString>("when");
    QTest::addColumn<bool>("twice");
    QTest::newRow("before each transaction") << u"before"_s << false;
    QTest::newRow("after each transaction") << u"after"_s << false;
    QTest::newRow("after each transaction, and after the first of the recovery") << u"after"_s << true;
}

void TestCrashSweep::sweeps()
{
    QFETCH(QString, when);
    QFETCH(bool, twice);

    int transaction = 0;
    int killedAgain = 0;
    while (true) {
        const QTemporaryDir dir;
        QVERIFY(QDir(dir.path()).mkdir(u"pack"_s));
        QFile manifest(dir.filePath(u"pack/pack.yaml"_s));
        QVERIFY(manifest.open(QIODevice::WriteOnly) && manifest.write(pack()) > 0);
        manifest.close();
        const Ended first = engine(dir, when, ++transaction);
        const QString place = u"killed %1 transaction %2: "_s.arg(when).arg(transaction);
        if (first.wasKilled && twice) // When nothing is left to recover, it lives.
            killedAgain += engine(dir, when, 1).wasKilled ? 1 : 0;
        const Ended ended = first.wasKilled ? engine(dir, when, 0) : first;
        QVERIFY2(ended.exitCode == 0, qPrintable(place + ended.errors));
        QCOMPARE(place + ended.output.trimmed(), place + u"succeeded in part"_s);
        QCOMPARE(place + wrongCounts(dir), place);
        QCOMPARE(place + wrongRecord(dir), place);
        if (!first.wasKilled)
            break; // That was the run without a crash.
    }
    qInfo("%d transactions", transaction - 1);
    QVERIFY2(transaction > 30, "the run had too few transactions to be the whole of it");
    QVERIFY(!twice || killedAgain > 30);
}

QTEST_GUILESS_MAIN(TestCrashSweep)
#include "tst_crash_sweep.moc"
