#include "tests/support/taskrunner_program.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QtTest>

using namespace Qt::StringLiterals;

/// Runs that are done again, whole or from where they failed, through the real program.
class TestCliAgain : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_dir.reset(); }

    void resumesFromFailedSteps();
    void provesAGateThatWasAskedAgain();
    void reruns();
    void refusesToRerunWithAnotherFile();

private:
    int taskrunner(const QStringList &arguments, const QString &operatorName = u"olga"_s);
    QString file(const QString &name) const { return m_dir->filePath(name); }
    void write(const QString &name, const QByteArray &text, bool isProgram = false) const;
    QString workspaceOf(const QString &run) const { return file(u"data/runs/%1/workspace"_s.arg(run)); }
    QList<QJsonObject> runs();

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_output;
    QString m_errors;
};

void TestCliAgain::write(const QString &name, const QByteArray &text, bool isProgram) const
{
    QVERIFY(QDir().mkpath(QFileInfo(file(name)).path()));
    QFile target(file(name));
    QVERIFY(target.open(QIODevice::WriteOnly));
    target.write(text);
    if (isProgram)
        target.setPermissions(target.permissions() | QFile::ExeOwner);
}

void TestCliAgain::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    write(u"pack/pack.yaml"_s,
          "apiVersion: stellaops.io/pack.v1\n"
          "kind: TaskPack\n"
          "metadata: { name: again, version: 1.0.0 }\n"
          "spec:\n"
          "  inputs: [{ name: list, type: file, required: true }]\n"
          "  steps:\n"
          "    - { id: count, run: { uses: builtin:script, with: { shell: sh, script: 'echo x >> counted' } "
          "} }\n"
          "    - { id: greet, run: { uses: ./modules/greet, with: { name: '{{ inputs.list.name }}' } } }\n"
          "    - { id: check, run: { uses: builtin:script, with: { shell: sh, script: 'test -e fixed' } } }\n"
          "    - { id: last, run: { uses: builtin:exec, with: { command: ['true'] } } }\n");
    write(u"pack/modules/greet/module.yaml"_s, "apiVersion: stellaops.io/module.v1\n"
                                               "kind: Module\n"
                                               "metadata: { name: greet }\n"
                                               "spec:\n"
                                               "  inputs: [{ name: name, type: string, required: true }]\n"
                                               "  command: [./greet.sh, '{{ inputs.name }}']\n");
    write(u"pack/modules/greet/greet.sh"_s, "#!/bin/sh\necho \"hello $1\"\n", true);
    write(u"hosts.txt"_s, "one\ntwo\n");
}

int TestCliAgain::taskrunner(const QStringList &arguments, const QString &operatorName)
{
    const tests::Outcome outcome = tests::runTaskrunner(
        QStringList{u"--data-dir"_s, file(u"data"_s), u"--as"_s, operatorName} + arguments, m_dir->path());
    m_output = outcome.output;
    m_errors = outcome.errors;
    return outcome.exitCode;
}

QList<QJsonObject> TestCliAgain::runs()
{
    QList<QJsonObject> all;
    taskrunner({u"runs"_s, u"--json"_s});
    for (const QString &line : m_output.split(u'\n', Qt::SkipEmptyParts))
        all += QJsonDocument::fromJson(line.toUtf8()).object();
    return all;
}

void TestCliAgain::resumesFromFailedSteps()
{
    QCOMPARE(taskrunner({u"run"_s, file(u"pack"_s), u"-i"_s, u"list="_s + file(u"hosts.txt"_s)}), 1);
    const QString run = runs().first().value(u"runId"_s).toString();
    write(u"data/runs/%1/workspace/fixed"_s.arg(run), {});

    QCOMPARE(taskrunner({u"resume"_s, run, u"--from-failed"_s}), 0);
    QCOMPARE(runs().size(), 1);
    QCOMPARE(runs().first().value(u"state"_s), u"succeeded"_s);
    QFile counted(workspaceOf(run) + u"/counted"_s);
    QVERIFY(counted.open(QIODevice::ReadOnly));
    QCOMPARE(counted.readAll(), "x\n"); // What had succeeded did not run again.

    // The evidence of both ends verifies.
    QCOMPARE(taskrunner({u"verify"_s, file(u"data/evidence/%1.1.evidence.tar"_s.arg(run))}), 0);
    QVERIFY2(m_output.contains(u"failed"_s), qPrintable(m_output));
    QCOMPARE(taskrunner({u"evidence"_s, run, u"-o"_s, file(u"bundle.tar"_s)}), 0);
    QCOMPARE(taskrunner({u"verify"_s, file(u"bundle.tar"_s)}), 0);
    QVERIFY2(m_output.contains(u"succeeded"_s), qPrintable(m_output));

    QCOMPARE(taskrunner({u"resume"_s, run, u"--from-failed"_s}), 4);
    QVERIFY2(m_errors.contains(
                 u"run %1 is succeeded; only one that failed can go on from its failed steps"_s.arg(run)),
             qPrintable(m_errors));
    QCOMPARE(taskrunner({u"verify"_s, file(u"data/evidence/%1.evidence.tar"_s.arg(run))}), 0);
}

/// What was decided before a gate was asked again is part of the record and of the evidence.
void TestCliAgain::provesAGateThatWasAskedAgain()
{
    write(u"gated/pack.yaml"_s, "apiVersion: stellaops.io/pack.v1\n"
                                "kind: TaskPack\n"
                                "metadata: { name: gated, version: 1.0.0 }\n"
                                "spec:\n"
                                "  approvals: [{ id: people, required: 2 }]\n"
                                "  steps: [{ id: ask, gate: { approval: people } }]\n");
    QCOMPARE(taskrunner({u"run"_s, u"gated"_s}), 3);
    QCOMPARE(taskrunner({u"approve"_s, u"last"_s, u"--reason"_s, u"Fine."_s}, u"anna"_s), 3);
    QCOMPARE(taskrunner({u"reject"_s, u"last"_s, u"--reason"_s, u"Not yet."_s}, u"ben"_s), 1);
    QCOMPARE(taskrunner({u"resume"_s, u"last"_s, u"--from-failed"_s}), 3);
    QCOMPARE(taskrunner({u"approve"_s, u"last"_s, u"--reason"_s, u"Still fine."_s}, u"anna"_s), 3);
    QCOMPARE(taskrunner({u"approve"_s, u"last"_s, u"--reason"_s, u"Now."_s}, u"ben"_s), 0);

    QCOMPARE(taskrunner({u"evidence"_s, u"last"_s, u"-o"_s, u"bundle.tar"_s}), 0);
    const int code = taskrunner({u"verify"_s, u"bundle.tar"_s});
    QVERIFY2(code == 0, qPrintable(m_output));
    QProcess tar;
    tar.start(u"tar"_s, {u"-tf"_s, file(u"bundle.tar"_s)});
    QVERIFY(tar.waitForFinished());
    const QByteArray names = tar.readAllStandardOutput();
    QCOMPARE(names.count(".decision-"), 4);
}

void TestCliAgain::reruns()
{
    QCOMPARE(taskrunner({u"run"_s, u"pack"_s, u"-i"_s, u"list=hosts.txt"_s}), 1);
    const QJsonObject first = runs().first();
    // Neither the pack nor the file that was given is needed any more.
    QVERIFY(QDir(file(u"pack"_s)).removeRecursively());
    QVERIFY(QFile::remove(file(u"hosts.txt"_s)));

    QCOMPARE(taskrunner({u"rerun"_s, u"last"_s}), 1);
    const QList<QJsonObject> both = runs();
    QCOMPARE(both.size(), 2);
    QCOMPARE(both.first().value(u"planHash"_s), first.value(u"planHash"_s));
    QVERIFY(both.first().value(u"runId"_s) != first.value(u"runId"_s));
    QFile list(workspaceOf(both.first().value(u"runId"_s).toString()) + u"/inputs/list/hosts.txt"_s);
    QVERIFY(list.open(QIODevice::ReadOnly));
    QCOMPARE(list.readAll(), "one\ntwo\n");
    QCOMPARE(taskrunner({u"logs"_s, u"last"_s, u"--step"_s, u"greet"_s}), 0);
    QVERIFY2(m_output.contains(u"hello hosts.txt"_s), qPrintable(m_output));
    QCOMPARE(taskrunner({u"rerun"_s, u"run_01HZZZZZZZZZZZZZZZZZZZZZZZ"_s}), 2);
}

void TestCliAgain::refusesToRerunWithAnotherFile()
{
    QCOMPARE(taskrunner({u"run"_s, file(u"pack"_s), u"-i"_s, u"list="_s + file(u"hosts.txt"_s)}), 1);
    const QString path =
        workspaceOf(runs().first().value(u"runId"_s).toString()) + u"/inputs/list/hosts.txt"_s;
    QFile list(path);
    QVERIFY(list.open(QIODevice::WriteOnly));
    list.write("three\n");
    list.close();
    QCOMPARE(taskrunner({u"rerun"_s, u"last"_s}), 4);
    QVERIFY2(m_errors.contains(u"file \"%1\" was changed after the run was planned"_s.arg(path)),
             qPrintable(m_errors));
    QCOMPARE(runs().size(), 1);
}

QTEST_GUILESS_MAIN(TestCliAgain)
#include "tst_cli_again.moc"
