#include "tests/run/scheduler_fixture.h"

#include "engine/base/json.h"
#include "engine/evidence/dsse.h"
#include "engine/run/module_files.h"

#include <QDir>
#include <QDirIterator>

using namespace Qt::StringLiterals;
using engine::DecisionStatement;
using engine::Engine;
using engine::RunId;
using engine::SigningKey;
using engine::Store;
using engine::Verdict;

QByteArray exec(const char *id, const char *more)
{
    return QByteArray("  - { id: ") + id + ", " + more
           + "run: { uses: 'builtin:exec', with: { command: ['true'] } } }\n";
}

QByteArray execWith(const char *id, const char *output, const char *type)
{
    return QByteArray("  - { id: ") + id
           + ", run: { uses: 'builtin:exec', with: { command: ['true'] }, outputs: [{ name: " + output
           + ", type: " + type + " }] } }\n";
}

void SchedulerFixture::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_clock = std::make_unique<FakeClock>();
    m_launcher = std::make_unique<FakeLauncher>();
    m_processes = 2;
    m_requests = 32;
    m_policyServer.reset();
    m_anchors.clear();
    m_trust = {};
    prepare();
    openEngine();
}

void SchedulerFixture::cleanup()
{
    m_reader.reset();
    m_engine.reset();
}

void SchedulerFixture::openEngine()
{
    m_reader.reset();
    m_engine.reset();
    const QString file = m_dir->filePath(u"store.sqlite"_s);
    engine::EngineSettings settings{m_dir->path(), file, m_processes};
    settings.maxRequests = m_requests;
    settings.policyServer = m_policyServer;
    settings.anchors = m_anchors;
    m_engine = std::make_unique<Engine>(settings, *m_launcher, *m_clock);
    const auto opened = m_engine->open();
    QVERIFY2(opened, opened ? "" : qPrintable(opened.error().toString()));
    m_reader = *Store::open(file, Store::Mode::ReadOnly);
}

void SchedulerFixture::takeSnapshot()
{
    m_snapshot = std::make_unique<QTemporaryDir>();
    QDirIterator walk(m_dir->path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString file = walk.next();
        const QString target = m_snapshot->filePath(QDir(m_dir->path()).relativeFilePath(file));
        QVERIFY(QDir().mkpath(QFileInfo(target).path()));
        if (!file.endsWith(u"-shm"_s))
            QVERIFY(QFile::copy(file, target));
    }
}

/// Goes on in a copy of the data directory as it was: what the engine does at its end is not in it.
void SchedulerFixture::crashEngine()
{
    if (!m_snapshot)
        takeSnapshot();
    m_reader.reset();
    m_engine.reset();
    m_dir = std::move(m_snapshot);
    m_launcher = std::make_unique<FakeLauncher>();
    openEngine();
}

RunId SchedulerFixture::start(const QByteArray &spec, const QJsonObject &inputs)
{
    const QByteArray yaml = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
                            "metadata: { name: traced, version: 1.0.0 }\nspec:\n"
                            + spec;
    const auto manifest = engine::parseManifest(yaml, u"pack.yaml"_s);
    if (!manifest)
        qFatal("%s", qPrintable(manifest.error().toString()));
    return startPack({{}, *manifest, {}, u"sha256:"_s + QString(64, u'0')}, inputs);
}

RunId SchedulerFixture::startPack(const engine::Pack &pack, const QJsonObject &inputs)
{
    const auto bound = engine::bindInputs(pack.manifest.inputs, inputs);
    const auto plan = engine::makePlan(pack, *bound);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().toString()));
    engine::NewRun run;
    run.summary.id = engine::newRunId(m_clock->now());
    run.summary.packName = plan->packName();
    run.summary.packVersion = plan->packVersion();
    run.summary.packDigest = plan->packDigest();
    run.summary.planHash = plan->hash();
    run.summary.requestedBy = u"sue"_s;
    run.summary.requestedAt = run.summary.createdAt = run.summary.updatedAt = m_clock->now();
    run.plan = plan->canonical();
    run.inputs = bound->values;
    const engine::RunFolder folder(m_dir->path(), run.summary.id);
    auto made = folder.create(*bound);
    for (const engine::ModuleUse &module : engine::usedModules(*plan))
        made = made ? engine::stageModule(pack.folder(), module, folder) : std::move(made);
    const auto submitted = m_engine->submit(run, *plan);
    if (!made || !submitted)
        qFatal("the run could not be started");
    return run.summary.id;
}

/// "step-state a running", "run-state succeeded", "gate-requested gate", ... of these types, from the
/// journal.
QStringList SchedulerFixture::trace(const RunId &run, const QStringList &types) const
{
    QStringList lines;
    const auto events = *m_reader->events(run);
    for (const engine::RunEvent &event : events) {
        if (!types.contains(event.type))
            continue;
        QStringList words;
        if (types.size() > 1 || event.stepPath.isEmpty())
            words += event.type == u"step-state"_s ? QString() : event.type;
        words += event.stepPath;
        words += event.data.value(u"state"_s).toString();
        words.removeAll(QString());
        lines += words.join(u' ');
    }
    return lines;
}

QStringList SchedulerFixture::logOf(const RunId &run) const
{
    engine::LogQuery query;
    query.run = run;
    QStringList lines;
    const auto stored = *m_reader->logs(query);
    for (const engine::LogLine &line : stored) {
        if (line.eventType == u"engine"_s)
            lines += u"%1 %2: %3"_s.arg(toString(line.level), line.stepPath, line.message);
    }
    return lines;
}

engine::Result<> SchedulerFixture::decide(const RunId &run, const QString &name, Verdict verdict,
                                          const QString &planHash)
{
    if (!m_keys.contains(name))
        m_keys.insert(name, std::make_shared<SigningKey>(*SigningKey::generate()));
    const SigningKey &key = *m_keys.value(name);
    if (name != u"stranger"_s)
        m_trust.add({key.publicKey(), name, {u"approver"_s}, {}, {}, {}, {}});
    const engine::GateRequest gate = m_reader->gates(run)->first();
    const auto plan = engine::Plan::parse(*m_reader->plan(run));
    DecisionStatement statement;
    statement.run = run;
    statement.path = gate.path;
    statement.revision = gate.revision;
    statement.planHash = planHash.isEmpty() ? gate.planHash : planHash;
    statement.verdict = verdict;
    statement.approver = name;
    statement.shownDigest = plan ? shownDigest(gateViewOf(gate, *m_reader->run(run), *plan)) : QString();
    statement.decidedAt = m_clock->now();
    const auto envelope = engine::signDsse(engine::approvalResponsePayloadType,
                                           engine::canonicalJsonOf(toJson(statement)), key);
    return m_engine->decide(run, gate.path, envelope->toJson(), m_trust);
}

engine::Result<> SchedulerFixture::withdraw(const RunId &run, const QString &name, const QString &of)
{
    const engine::GateRequest gate = m_reader->gates(run)->first();
    engine::WithdrawalStatement statement{run, gate.path, gate.revision, gate.planHash, name,
                                          {},  {},        m_clock->now()};
    const auto decisions = *m_reader->decisions(run);
    for (const engine::Decision &decision : decisions) {
        if (decision.statement.approver == (of.isEmpty() ? name : of))
            statement.decisionDigest = envelopeDigest(decision);
    }
    const auto envelope = engine::signDsse(engine::approvalWithdrawalPayloadType,
                                           engine::canonicalJsonOf(toJson(statement)), *m_keys.value(name));
    return m_engine->withdraw(run, gate.path, envelope->toJson(), m_trust);
}
