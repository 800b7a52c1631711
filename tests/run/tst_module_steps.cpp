#include "engine/run/module_files.h"
#include "tests/run/scheduler_fixture.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;
using engine::RunId;

/// Steps that use modules of their pack: what travels into the run, and what is started.
class TestModuleSteps : public SchedulerFixture
{
    Q_OBJECT
private Q_SLOTS:
    void startsTheCommand();
    void checksValuesOfTheRun();
    void refusesAModuleThatChanged();
    void failsWhenTheStagedModuleChanged();
    void namesModulesOnce();

private:
    engine::Pack packWith(const QByteArray &steps);
    QString path(const QString &name) const { return m_pack->filePath(name); }
    void put(const QString &name, const QByteArray &bytes, bool isProgram = false) const;

    std::unique_ptr<QTemporaryDir> m_pack;
};

void TestModuleSteps::put(const QString &name, const QByteArray &bytes, bool isProgram) const
{
    QVERIFY(QDir().mkpath(QFileInfo(path(name)).path()));
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
    QVERIFY(file.setPermissions(QFile::ReadOwner | QFile::WriteOwner
                                | (isProgram ? QFile::ExeOwner : QFile::Permissions())));
}

engine::Pack TestModuleSteps::packWith(const QByteArray &steps)
{
    m_pack = std::make_unique<QTemporaryDir>();
    put(u"modules/greet/module.yaml"_s,
        "apiVersion: stellaops.io/module.v1\nkind: Module\nmetadata: { name: greet }\nspec:\n"
        "  inputs: [{ name: who, type: string, required: true }, { name: times, type: integer, default: 2 "
        "}]\n"
        "  command: [./bin/greet, '--who={{ inputs.who }}', '{{ inputs.times }}']\n");
    put(u"modules/greet/bin/greet"_s, "#!/bin/sh\n", true);
    put(u"pack.yaml"_s,
        "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: p, version: 1.0.0 }\nspec:\n"
            + steps);
    const auto pack = engine::readPack(m_pack->path());
    if (!pack)
        qFatal("%s", qPrintable(pack.error().toString()));
    return *pack;
}

void TestModuleSteps::startsTheCommand()
{
    const RunId run = startPack(packWith(
        "  steps:\n" + exec("a")
        + "  - { id: greet, run: { uses: ./modules/greet, with: { who: 'step {{ steps.a.status }}' } } }\n"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(m_launcher->running(), QStringList{u"greet"_s});

    const engine::LaunchSpec spec = m_launcher->specs.last();
    const QString folder = engine::RunFolder(m_dir->path(), run).module(u"greet"_s);
    QCOMPARE(spec.argv, (QStringList{folder + u"/bin/greet"_s, u"--who=step succeeded"_s, u"2"_s}));
    QVERIFY(QFileInfo(spec.argv.first()).isExecutable());
    QFile inputs(spec.environment.value(u"TASKRUNNER_INPUTS"_s));
    QVERIFY(inputs.open(QIODevice::ReadOnly));
    QCOMPARE(inputs.readAll(), R"({"times":2,"who":"step succeeded"})");
    m_launcher->finish(u"greet"_s);
    QTRY_COMPARE(stateOf(run), u"succeeded"_s);
}

void TestModuleSteps::checksValuesOfTheRun()
{
    const RunId run = startPack(
        packWith("  steps:\n" + exec("a")
                 + "  - { id: greet, run: { uses: ./modules/greet, with: { who: \"{{ fromJson('[' + "
                   "toString(len(steps.a.status)) + ']') }}\" } } }\n"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason,
             u"step greet: module \"greet\": /who: expected a string, found an array"_s);
}

void TestModuleSteps::refusesAModuleThatChanged()
{
    const engine::Pack pack =
        packWith("  steps:\n  - { id: greet, run: { uses: ./modules/greet, with: { who: x } } }\n");
    const engine::ModuleSpec module = pack.manifest.modules.first();
    const engine::RunFolder folder(m_dir->path(), engine::newRunId(m_clock->now()));
    put(u"modules/greet/bin/greet"_s, "#!/bin/sh\nrm -rf /\n", true);
    const auto staged = engine::stageModule(pack.root, {module.name, module.digest, {}}, folder);
    QVERIFY(!staged);
    QVERIFY(staged.error().code == engine::ErrorCode::Conflict);
    QCOMPARE(staged.error().message, u"module \"greet\" was changed after the run was planned"_s);
}

void TestModuleSteps::failsWhenTheStagedModuleChanged()
{
    const RunId run = startPack(packWith(
        "  steps:\n" + exec("a") + "  - { id: greet, run: { uses: ./modules/greet, with: { who: x } } }\n"));
    QTRY_COMPARE(m_launcher->running(), QStringList{u"a"_s});
    QFile program(engine::RunFolder(m_dir->path(), run).module(u"greet"_s) + u"/bin/greet"_s);
    QVERIFY(program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QVERIFY(program.open(QIODevice::Append));
    program.write("evil\n");
    program.close();
    m_launcher->finish(u"a"_s);
    QTRY_COMPARE(stateOf(run), u"failed"_s);
    QCOMPARE(m_reader->run(run)->reason,
             u"step greet: module \"greet\" is no longer the one that was planned"_s);
    QCOMPARE(m_launcher->calls, QStringList{u"start a"_s});
}

void TestModuleSteps::namesModulesOnce()
{
    const engine::Pack pack =
        packWith("  steps:\n"
                 "  - { id: one, run: { uses: ./modules/greet, with: { who: x } } }\n"
                 "  - { id: off, when: '{{ false }}', run: { uses: ./modules/greet, with: { who: x } } }\n"
                 "  finally:\n  - { id: two, run: { uses: ./modules/greet, with: { who: y } } }\n");
    const auto plan = engine::makePlan(pack, {});
    QVERIFY(plan);
    QCOMPARE(engine::usedModules(*plan),
             (QList<engine::ModuleUse>{{u"greet"_s, pack.manifest.modules.first().digest, {}}}));
}

QTEST_GUILESS_MAIN(TestModuleSteps)
#include "tst_module_steps.moc"
