#include "engine/local/local_run_service.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/base/run_on.h"
#include "engine/base/when_done.h"
#include "engine/evidence/dsse.h"
#include "engine/evidence/key_file.h"
#include "engine/evidence/packed_bundle.h"
#include "engine/link/link_server.h"
#include "engine/local/anchoring.h"
#include "engine/local/decision_signing.h"
#include "engine/local/evidence_export.h"
#include "engine/local/incident_snapshot.h"
#include "engine/local/key_ring.h"
#include "engine/local/new_run.h"
#include "engine/local/reading.h"
#include "engine/run/engine.h"
#include "engine/run/exec_launcher.h"

#include <QCoreApplication>
#include <QDir>
#include <QSaveFile>
#include <QSysInfo>
#include <QThread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace engine {

namespace {

/// Reads the store on a thread of its own, beside the engine that writes it.
class Reader : public QObject
{
public:
    Result<> open(const QString &path)
    {
        auto store = Store::open(path, Store::Mode::ReadOnly);
        if (!store)
            return store.error();
        m_store = *std::move(store);
        return {};
    }
    void close() { m_store.reset(); }
    const Store &store() const { return *m_store; }

private:
    std::unique_ptr<Store> m_store;
};

/// Calls fn on target's thread and waits; for opening and closing only.
template<class Fn>
void callAndWait(QObject *target, Fn fn)
{
    QMetaObject::invokeMethod(target, fn, Qt::BlockingQueuedConnection);
}

/// A pack and inputs, planned.
struct Planned
{
    Pack pack{};
    BoundInputs inputs{};
    std::optional<Plan> plan{};
};

/// A path as the request means it.
QString placeOf(const QString &path, const PlanRequest &request)
{
    return path.isEmpty() || request.folder.isEmpty() ? path : QDir(request.folder).absoluteFilePath(path);
}

/// The inputs with the paths of files as the request means them.
QJsonObject inputsOf(const PlanRequest &request, const QList<InputSpec> &specs)
{
    QJsonObject inputs = request.inputs;
    for (const InputSpec &spec : specs) {
        const QJsonValue given = inputs.contains(spec.name)
                                     ? inputs.value(spec.name)
                                     : spec.defaultValue.value_or(QJsonValue::Undefined);
        if (spec.type == InputType::File && given.isString())
            inputs.insert(spec.name, placeOf(given.toString(), request));
    }
    return inputs;
}

Result<Planned> planFrom(const PlanRequest &request)
{
    Planned planned;
    auto pack = readPack(placeOf(request.packPath, request));
    if (!pack)
        return pack.error();
    planned.pack = *std::move(pack);
    auto inputs = bindInputs(planned.pack.manifest.inputs, inputsOf(request, planned.pack.manifest.inputs));
    if (!inputs)
        return inputs.error();
    planned.inputs = *std::move(inputs);
    auto plan = makePlan(planned.pack, planned.inputs);
    if (!plan)
        return plan.error();
    planned.plan = *std::move(plan);
    return planned;
}

/// Copies a file so that the destination appears whole or not at all. A device or a pipe is written to as it
/// is: a file that takes its place would take it from everybody.
Result<> copyFile(const QString &from, const QString &to)
{
    const auto failed = [&to](const QString &why) {
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(to, why), {}, {}};
    };
    QFile source(from);
    if (!source.open(QIODevice::ReadOnly))
        return Error{ErrorCode::Io, u"cannot open \"%1\": %2"_s.arg(from, source.errorString()), {}, {}};
    const QFileInfo place(to);
    const bool isStream = place.exists() && !place.isFile();
    QSaveFile whole(to);
    QFile stream(to);
    QFileDevice &target = isStream ? static_cast<QFileDevice &>(stream) : whole;
    if (!target.open(QIODevice::WriteOnly))
        return failed(target.errorString());
    while (!source.atEnd()) {
        const QByteArray block = source.read(1 << 20);
        if (block.isEmpty() && source.error() != QFile::NoError)
            return Error{ErrorCode::Io, u"cannot read \"%1\": %2"_s.arg(from, source.errorString()), {}, {}};
        if (target.write(block) != block.size())
            return failed(target.errorString());
    }
    const bool isDone = isStream ? stream.flush() : whole.commit();
    return isDone ? Result<>() : failed(target.errorString());
}

/// Each may wait for a person at the same time.
constexpr int maxSigners = 16;

Error readOnlyError()
{
    return {ErrorCode::Conflict, u"the data directory was opened for reading only"_s, {}, {}};
}

} // namespace

struct LocalRunService::Impl
{
    explicit Impl(DataDir directory)
        : dir(std::move(directory))
        , keys(dir)
    {
    }
    ~Impl();

    Result<> startReader();
    /// Not on the engine thread.
    Result<RunId> submit(const Result<PreparedRun> &prepared, const QString &requestedBy);
    Result<> startEngine(const LocalOptions &options);
    Result<> readEngineKey(bool onlyReads);
    void stopEngine();

    /// The engine's key. One with a passphrase is opened once and kept; so is what it signs with until
    /// another takes its place. Not on the engine thread.
    Result<std::shared_ptr<const Signer>> engineSigner();
    Result<> writeEvidenceOf(const RunId &run)
    {
        return writeEvidence(dir, run, [this] { return engineSigner(); });
    }
    /// Whom to ask for the passphrase of a key that signs for a request: a guest's person is not here.
    PassphraseSource sourceFor(bool isOfGuest) const { return isOfGuest ? PassphraseSource() : passphrase; }

    /// Not on the engine thread. Takes the snapshot of an incident that began, and tells the engine of it.
    Incident takeSnapshot(Incident incident);
    QJsonObject settings() const; ///< Of the engine, for a snapshot.

    RunHome home() const { return {dir.path(), hasPolicyServer}; }

    /// Runs fn(store) on the reader thread.
    template<class Fn>
    auto read(Fn fn)
    {
        return runOn(&reader, [this, fn = std::move(fn)] { return fn(reader.store()); });
    }

    DataDir dir;
    KeyRing keys;
    QString operatorName;
    QString engineKeyId;
    PassphraseSource passphrase{};
    QMutex signerMutex;
    std::shared_ptr<const Signer> openSigner{}; ///< Guarded by signerMutex; only of a key with a passphrase.
    bool hasPolicyServer = false;
    EngineSettings engineSettings;
    QString trouble;   ///< As told last.
    Incident incident; ///< Likewise.
    SystemClock clock;
    std::unique_ptr<ExecLauncher> launcher;
    std::unique_ptr<Engine> engine; ///< nullptr when only reading.
    AnchorSettings anchorSettings;
    std::unique_ptr<LocalAnchorBundles> anchorBundles;
    std::unique_ptr<AnchorQueue> anchors; ///< Lives on the engine thread; nullptr when only reading.
    std::optional<Error> ownedBy{};       ///< Only reading, beside a process that owns the directory: which.
    QThread engineThread;
    Reader reader;
    QThread readerThread;
    QThreadPool packPool;             ///< Reads packs and plans.
    QThreadPool signingPool;          ///< Signs for people, and waits for their passphrases.
    QThreadPool evidencePool;         ///< One at a time, so that a bundle is not written twice at once.
    std::unique_ptr<LinkServer> link; ///< nullptr when only reading.
};

LocalRunService::Impl::~Impl()
{
    packPool.waitForDone(); // These may wait for the engine, so they go first.
    signingPool.waitForDone();
    evidencePool.waitForDone();
    // Before the engine: only a connection that may write takes the write-ahead log into the file, and only
    // when it is the last to close.
    if (readerThread.isRunning()) {
        callAndWait(&reader, [this] {
            reader.close();
            reader.moveToThread(nullptr);
        });
        readerThread.quit();
        readerThread.wait();
    }
    stopEngine();
}

/// A run whose plan is no longer the one that was looked at, or that this version cannot run, is refused;
/// that its pack or inputs are wrong shows before and is not.
Result<RunId> LocalRunService::Impl::submit(const Result<PreparedRun> &prepared, const QString &requestedBy)
{
    if (!prepared) {
        QMetaObject::invokeMethod(engine.get(), [this, requestedBy, refusal = prepared.error()] {
            engine->auditRefusal(requestedBy, u"submit-refused"_s, {}, refusal);
        });
        return prepared.error();
    }
    const RunId id = prepared->run.summary.id;
    const auto started = runOn(engine.get(), [this, prepared] {
                             return engine->submit(prepared->run, prepared->plan);
                         }).result();
    if (started)
        return id;
    RunFolder(dir.path(), id).remove();
    return started.error();
}

Result<std::shared_ptr<const Signer>> LocalRunService::Impl::engineSigner()
{
    const QMutexLocker guard(&signerMutex);
    if (QFileInfo::exists(keys.engineFile())) {
        const auto facts = readKeyFacts(keys.engineFile());
        if (!facts)
            return facts.error();
        const QString keyId = facts->publicKey ? facts->publicKey->keyId() : QString();
        if (facts->isEncrypted && openSigner && openSigner->publicKey().keyId() == keyId)
            return openSigner;
        if (facts->isEncrypted) {
            const auto opened = keys.engineKey(passphrase);
            if (opened)
                openSigner = *opened;
            return opened;
        }
    }
    return keys.engineKey();
}

void LocalRunService::Impl::stopEngine()
{
    if (!engineThread.isRunning())
        return;
    callAndWait(engine.get(), [this] {
        anchors.reset();
        engine->shutdown();
        engine->moveToThread(nullptr);
    });
    engineThread.quit();
    engineThread.wait();
    engine.reset();
}

Result<> LocalRunService::Impl::startReader()
{
    readerThread.setObjectName(u"reader"_s);
    readerThread.start();
    reader.moveToThread(&readerThread);
    Result<> opened;
    callAndWait(&reader, [this, &opened] { opened = reader.open(dir.storeFile()); });
    return opened;
}

/// Somebody who only looks is not asked for a passphrase.
Result<> LocalRunService::Impl::readEngineKey(bool onlyReads)
{
    const auto facts = onlyReads ? readKeyFacts(keys.engineFile()) : Result<KeyFileFacts>(KeyFileFacts());
    if (facts && facts->isEncrypted) {
        engineKeyId = facts->publicKey ? facts->publicKey->keyId() : QString();
        return {};
    }
    const auto key = engineSigner();
    if (!key)
        return key.error();
    engineKeyId = (*key)->publicKey().keyId();
    return {};
}

Result<> LocalRunService::Impl::startEngine(const LocalOptions &options)
{
    const QString helper = options.execHelper.isEmpty()
                               ? QCoreApplication::applicationDirPath() + u"/taskrunner-exec"_s
                               : options.execHelper;
    if (!QFileInfo(helper).isExecutable())
        return Error{
            ErrorCode::NotFound, u"there is no program \"%1\" to start steps with"_s.arg(helper), {}, {}};
    if (const auto known = readEngineKey(options.readOnly); !known)
        return known;
    launcher = std::make_unique<ExecLauncher>(helper);
    const int processes = options.maxProcesses > 0 ? options.maxProcesses : QThread::idealThreadCount();
    EngineSettings settings{dir.path(), dir.storeFile(), processes, options.readOnly || options.holdsStill};
    if (const QString server = policyServerFor(options.policyServer);
        !server.isEmpty() && !options.readOnly) {
        const auto parsed = parsePolicyServer(server);
        if (!parsed)
            return invalid(u"the policy server: %1"_s.arg(parsed.error().message));
        settings.policyServer = *parsed;
        hasPolicyServer = true;
    }
    auto witnesses = anchorSettingsFor(options);
    if (!witnesses && !options.readOnly)
        return witnesses.error();
    anchorSettings = witnesses ? *std::move(witnesses) : AnchorSettings();
    settings.anchors = anchorSettings.kinds();
    engineSettings = settings;
    engine = std::make_unique<Engine>(settings, *launcher, clock);
    engineThread.setObjectName(u"engine"_s);
    engineThread.start();
    engine->moveToThread(&engineThread);
    Result<> opened;
    callAndWait(engine.get(), [this, &opened] {
        opened = engine->open();
        incident = engine->incident();
    });
    return opened;
}

Incident LocalRunService::Impl::takeSnapshot(Incident taken)
{
    const QString name =
        u"incidents/%1.tar"_s.arg(toIso(taken.since).remove(u'-').remove(u':').replace(u'.', u'-'));
    const auto metrics = runOn(engine.get(), [this] { return engine->metrics(); }).result();
    const auto store = Store::open(dir.storeFile(), Store::Mode::ReadOnly);
    const auto written =
        store ? writeIncidentSnapshot(**store, {taken, settings(), metrics}, dir.path() + u'/' + name)
              : Result<FileDigest>(store.error());
    if (written) {
        taken.snapshot = name;
        taken.snapshotSha256 = written->sha256;
    } else {
        taken.snapshotError = written.error().message;
    }
    runOn(engine.get(), [this, taken] { engine->recordSnapshot(taken); }).waitForFinished();
    return taken;
}

QJsonObject LocalRunService::Impl::settings() const
{
    const auto &server = engineSettings.policyServer;
    return {{u"version"_s, QStringLiteral(TASKRUNNER_VERSION)},
            {u"qt"_s, QString::fromLatin1(qVersion())},
            {u"platform"_s, QSysInfo::prettyProductName()},
            {u"kernel"_s, QSysInfo::kernelType() + u' ' + QSysInfo::kernelVersion()},
            {u"processors"_s, QThread::idealThreadCount()},
            {u"dataDir"_s, dir.path()},
            {u"maxProcesses"_s, engineSettings.maxProcesses},
            {u"maxRequests"_s, engineSettings.maxRequests},
            {u"policyServer"_s, server ? displayText(server->address) : QString()},
            {u"engineKeyId"_s, engineKeyId}};
}

LocalRunService::LocalRunService(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
}

LocalRunService::~LocalRunService()
{
    m_impl->link.reset(); // Nobody asks from here on.
}

Result<std::unique_ptr<LocalRunService>> LocalRunService::open(const LocalOptions &options)
{
    auto dir = DataDir::open(dataDirFor(options.dataDir));
    if (!dir)
        return dir.error();
    auto impl = std::make_unique<Impl>(*std::move(dir));
    impl->operatorName = operatorFor(options.operatorName);
    impl->passphrase = options.passphrase;
    impl->signingPool.setMaxThreadCount(maxSigners);
    impl->evidencePool.setMaxThreadCount(1);
    // Somebody who only reads takes the directory, too, when nobody owns it: what a dead engine left as
    // running is then marked interrupted and not shown as if it still ran.
    const auto locked = impl->dir.lock(options.readOnly ? 0ms : options.patience);
    const bool readBeside = options.readOnly && !locked && locked.error().code == ErrorCode::InUse;
    if (!locked && !readBeside)
        return locked.error();
    if (readBeside)
        impl->ownedBy = locked.error();
    if (locked) {
        if (const auto started = impl->startEngine(options); !started)
            return started.error();
    }
    if (options.readOnly) {
        impl->stopEngine();
        impl->dir.unlock();
    }
    if (const auto started = impl->startReader(); !started)
        return started.error();

    auto service = std::unique_ptr<LocalRunService>(new LocalRunService(std::move(impl)));
    if (service->m_impl->engine) {
        service->connectEngine();
        service->connectAnchors();
        service->listen();
    }
    return service;
}

void LocalRunService::connectEngine()
{
    Engine *const engine = m_impl->engine.get();
    connect(engine, &Engine::runChanged, this, &LocalRunService::onRunChanged);
    connect(engine, &Engine::stepsChanged, this, &RunService::stepsChanged);
    connect(engine, &Engine::outlineChanged, this, &RunService::outlineChanged);
    connect(engine, &Engine::gateChanged, this, &RunService::gateChanged);
    connect(engine, &Engine::artifactsChanged, this, &RunService::artifactsChanged);
    connect(engine, &Engine::logsAppended, this, &RunService::logsAppended);
    connect(engine, &Engine::troubleChanged, this, [this](const Error &trouble) {
        m_impl->trouble = trouble.message;
        Q_EMIT troubleChanged(trouble);
    });
    connect(engine, &Engine::incidentChanged, this, [this](const Incident &incident) {
        m_impl->incident = incident;
        Q_EMIT incidentChanged(incident);
    });
}

/// What witnesses evidence works behind the runs, on their thread; it hears of an end when it is on disk.
void LocalRunService::connectAnchors()
{
    Impl &impl = *m_impl;
    impl.anchorBundles = std::make_unique<LocalAnchorBundles>(
        impl.dir, impl.keys, [&impl] { return impl.engineSigner(); }, impl.clock, impl.evidencePool);
    callAndWait(impl.engine.get(), [this, &impl] {
        impl.anchors = std::make_unique<AnchorQueue>(impl.anchorSettings, impl.engine->store(),
                                                     *impl.anchorBundles, impl.clock);
        AnchorQueue *const anchors = impl.anchors.get();
        connect(anchors, &AnchorQueue::anchorsChanged, this, &RunService::anchorsChanged);
        connect(impl.engine.get(), &Engine::runChanged, anchors, [anchors](const RunSummary &run) {
            if (isFinal(run.state))
                anchors->runEnded(run.id);
        });
        if (const auto opened = anchors->open(); !opened)
            qWarning("What waits to be anchored is not taken up: %s", qUtf8Printable(opened.error().message));
    });
}

/// Without the link this process works as well, but alone: a file system may have no sockets.
void LocalRunService::listen()
{
    auto link = LinkServer::listen(*this, {m_impl->dir.path(), QStringLiteral(TASKRUNNER_VERSION)});
    if (!link) {
        qWarning("Other commands cannot reach this process: %s", qUtf8Printable(link.error().message));
        return;
    }
    m_impl->link = *std::move(link);
    connect(m_impl->link.get(), &LinkServer::connectionsChanged, this, &LocalRunService::guestsChanged);
    connect(m_impl->link.get(), &LinkServer::strangerRefused, this, [this](qint64 user, qint64 process) {
        Engine *const engine = m_impl->engine.get();
        QMetaObject::invokeMethod(engine, [engine, user, process] {
            engine->audit({}, u"link-refused"_s, {{u"userId"_s, user}, {u"processId"_s, process}});
        });
    });
}

bool LocalRunService::isBesideOwner() const
{
    return m_impl->ownedBy.has_value();
}

int LocalRunService::guests() const
{
    return m_impl->link ? m_impl->link->connections() : 0;
}

void LocalRunService::onRunChanged(const RunSummary &run)
{
    Q_EMIT runChanged(run);
    if (!isFinal(run.state))
        return;
    // Every run that ends leaves its evidence; a failure shows when somebody asks for it.
    m_impl->evidencePool.start([this, id = run.id] {
        const auto written = m_impl->writeEvidenceOf(id);
        if (!written)
            qWarning("No evidence for %s: %s", qUtf8Printable(id.value),
                     qUtf8Printable(written.error().message));
    });
}

void LocalRunService::setOperatorName(const QString &name)
{
    m_impl->operatorName = name;
}

QFuture<Result<ServiceInfo>> LocalRunService::info()
{
    ServiceInfo info;
    info.source = u"local"_s;
    info.operatorName = m_impl->operatorName;
    info.engineKeyId = m_impl->engineKeyId;
    info.dataDir = m_impl->dir.path();
    info.version = QStringLiteral(TASKRUNNER_VERSION);
    info.trouble = m_impl->trouble;
    info.incident = m_impl->incident;
    if (m_impl->engine)
        return finishedFuture(Result<ServiceInfo>(info));
    return m_impl->read([info](const Store &store) -> Result<ServiceInfo> {
        const auto incident = store.incident(); // The owner may have moved the switch meanwhile.
        if (!incident)
            return incident.error();
        ServiceInfo whole = info;
        whole.incident = *incident;
        return whole;
    });
}

QFuture<Result<Incident>> LocalRunService::switchIncident(const IncidentSwitch &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<Incident>(readOnlyError()));
    const QString by = request.by.isEmpty() ? m_impl->operatorName : request.by;
    return runOn(m_impl->evidencePool, [impl = m_impl.get(), request, by]() -> Result<Incident> {
        const auto moved = runOn(impl->engine.get(), [impl, request, by] {
                               return impl->engine->switchIncident(request.on, by, request.reason);
                           }).result();
        return moved && moved->isOn ? impl->takeSnapshot(*moved) : moved;
    });
}

QFuture<Result<QByteArray>> LocalRunService::metrics()
{
    if (Engine *const engine = m_impl->engine.get())
        return runOn(engine, [engine]() -> Result<QByteArray> { return engine->metrics(); });
    if (m_impl->ownedBy)
        return finishedFuture(Result<QByteArray>(*m_impl->ownedBy));
    return m_impl->read([now = m_impl->clock.now()](const Store &store) -> Result<QByteArray> {
        const auto levels = readLevels(store);
        return levels ? Result<QByteArray>(Metrics().text(*levels, now)) : levels.error();
    });
}

QFuture<Result<PackDescription>> LocalRunService::describePack(const QString &packPath)
{
    return runOn(m_impl->packPool, [packPath]() -> Result<PackDescription> {
        const auto pack = readPack(packPath);
        if (!pack)
            return pack.error();
        const Manifest &manifest = pack->manifest;
        return PackDescription{pack->root,           manifest.name,   manifest.version,  pack->digest,
                               manifest.description, manifest.inputs, manifest.approvals};
    });
}

QFuture<Result<PlanPreview>> LocalRunService::plan(const PlanRequest &request)
{
    return runOn(m_impl->packPool, [request]() -> Result<PlanPreview> {
        const auto planned = planFrom(request);
        if (!planned)
            return planned.error();
        const Plan &plan = *planned->plan;
        return PlanPreview{plan.packName(),  plan.packVersion(), plan.hash(),
                           plan.canonical(), outlineOf(plan),    simulate(plan)};
    });
}

QFuture<Result<RunId>> LocalRunService::submit(const RunRequest &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<RunId>(readOnlyError()));
    const QString requestedBy = request.requestedBy.isEmpty() ? m_impl->operatorName : request.requestedBy;
    return runOn(m_impl->packPool, [impl = m_impl.get(), request, requestedBy]() -> Result<RunId> {
        const auto planned = planFrom(request.plan);
        if (!planned)
            return planned.error();
        const auto prepared = prepareRun(impl->home(), planned->pack, planned->inputs, *planned->plan,
                                         request.expectedPlanHash, requestedBy, impl->clock.now());
        return impl->submit(prepared, requestedBy);
    });
}

QFuture<Result<RunId>> LocalRunService::rerun(const RunId &id, const QString &requestedBy)
{
    if (!m_impl->engine)
        return finishedFuture(Result<RunId>(readOnlyError()));
    const QString name = requestedBy.isEmpty() ? m_impl->operatorName : requestedBy;
    return runOn(m_impl->packPool, [impl = m_impl.get(), id, name]() -> Result<RunId> {
        const auto store = Store::open(impl->dir.storeFile(), Store::Mode::ReadOnly);
        if (!store)
            return store.error();
        const auto prepared = prepareRerun(impl->home(), **store, id, name, impl->clock.now());
        return impl->submit(prepared, name);
    });
}

QFuture<Result<>> LocalRunService::resumeFromFailed(const RunId &id, const QString &by)
{
    if (!m_impl->engine)
        return finishedFuture(Result<>(readOnlyError()));
    const QString name = by.isEmpty() ? m_impl->operatorName : by;
    // Where evidence is written, so that the run's next end finds the place free.
    return runOn(m_impl->evidencePool, [impl = m_impl.get(), id, name]() -> Result<> {
        const auto aside = setEvidenceAside(impl->dir, id, [impl] { return impl->engineSigner(); });
        if (!aside)
            return aside.error();
        auto resumed = runOn(impl->engine.get(), [impl, id, name] {
                           return impl->engine->resumeFromFailed(id, name);
                       }).result();
        if (!resumed && !aside->isEmpty())
            QFile::rename(*aside, impl->dir.evidenceFile(id.value));
        return resumed;
    });
}

QFuture<Result<QList<RunSummary>>> LocalRunService::runs(const RunFilter &filter)
{
    return m_impl->read([filter](const Store &store) { return store.runs(filter); });
}

QFuture<Result<RunView>> LocalRunService::run(const RunId &id)
{
    return m_impl->read([id](const Store &store) { return readRunView(store, id); });
}

QFuture<Result<QByteArray>> LocalRunService::canonicalPlan(const RunId &id)
{
    return m_impl->read([id](const Store &store) { return store.plan(id); });
}

QFuture<Result<QList<RunEvent>>> LocalRunService::events(const RunId &id, qint64 after)
{
    return m_impl->read([id, after](const Store &store) { return store.events(id, after); });
}

QFuture<Result<QList<LogLine>>> LocalRunService::logs(const LogQuery &query)
{
    return m_impl->read([query](const Store &store) { return store.logs(query); });
}

QFuture<Result<>> LocalRunService::resolveStep(const RunId &id, const QString &path,
                                               const StepResolution &resolution)
{
    if (!m_impl->engine)
        return finishedFuture(Result<>(readOnlyError()));
    StepResolution word = resolution;
    if (word.by.isEmpty())
        word.by = m_impl->operatorName;
    Engine *engine = m_impl->engine.get();
    return runOn(engine, [engine, id, path, word] { return engine->resolve(id, path, word); });
}

QFuture<Result<>> LocalRunService::cancel(const RunId &id, const QString &by)
{
    if (!m_impl->engine)
        return finishedFuture(Result<>(readOnlyError()));
    Engine *engine = m_impl->engine.get();
    const QString who = by.isEmpty() ? m_impl->operatorName : by;
    return runOn(engine, [engine, id, who] { return engine->cancel(id, who); });
}

QFuture<Result<QList<GateRequest>>> LocalRunService::openGates()
{
    return m_impl->read([](const Store &store) { return readOpenGates(store); });
}

QFuture<Result<GateView>> LocalRunService::gate(const RunId &id, const QString &path)
{
    return m_impl->read([id, path](const Store &store) { return readGateView(store, id, path); });
}

QFuture<Result<>> LocalRunService::decide(const DecisionRequest &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<>(readOnlyError()));
    DecisionRequest own = request;
    if (own.approver.isEmpty())
        own.approver = m_impl->operatorName;
    return runOn(m_impl->signingPool, [impl = m_impl.get(), own]() -> Result<> {
        const auto envelope = own.envelope.isEmpty()
                                  ? signDecision(impl->keys, own, impl->clock, impl->sourceFor(own.isOfGuest))
                                  : Result<QByteArray>(own.envelope);
        if (!envelope)
            return envelope.error();
        return runOn(impl->engine.get(),
                     [impl, own, envelope] {
                         const auto trust = impl->keys.trust();
                         return trust ? impl->engine->decide(own.run, own.path, *envelope, *trust)
                                      : Result<>(trust.error());
                     })
            .result();
    });
}

QFuture<Result<>> LocalRunService::withdraw(const WithdrawalRequest &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<>(readOnlyError()));
    WithdrawalRequest own = request;
    if (own.approver.isEmpty())
        own.approver = m_impl->operatorName;
    return runOn(m_impl->signingPool, [impl = m_impl.get(), own]() -> Result<> {
        const auto envelope = own.envelope.isEmpty() ? signWithdrawal(impl->keys, own, impl->clock,
                                                                      impl->sourceFor(own.isOfGuest))
                                                     : Result<QByteArray>(own.envelope);
        if (!envelope)
            return envelope.error();
        return runOn(impl->engine.get(),
                     [impl, own, envelope] {
                         const auto trust = impl->keys.trust();
                         return trust ? impl->engine->withdraw(own.run, own.path, *envelope, *trust)
                                      : Result<>(trust.error());
                     })
            .result();
    });
}

QFuture<Result<ExportedApproval>> LocalRunService::exportApproval(const ApprovalExport &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<ExportedApproval>(readOnlyError()));
    const QString by = request.by.isEmpty() ? m_impl->operatorName : request.by;
    return runOn(m_impl->engine.get(), [impl = m_impl.get(), request, by]() -> Result<ExportedApproval> {
        const auto key = impl->keys.engineKey();
        if (!key)
            return key.error();
        const auto exported = impl->engine->exportRequest(request.run, request.path, by, **key);
        if (!exported)
            return exported.error();
        return ExportedApproval{exported->envelope.toJson(), exported->record.id, (*key)->publicKey().keyId(),
                                exported->record.expiresAt};
    });
}

QFuture<Result<ImportedResponse>> LocalRunService::importApproval(const ApprovalImport &request)
{
    if (!m_impl->engine)
        return finishedFuture(Result<ImportedResponse>(readOnlyError()));
    const QString by = request.by.isEmpty() ? m_impl->operatorName : request.by;
    return runOn(m_impl->engine.get(), [impl = m_impl.get(), request, by]() -> Result<ImportedResponse> {
        const auto trust = impl->keys.trust();
        if (!trust)
            return trust.error();
        return impl->engine->importResponse(request.file, by, impl->engineKeyId, *trust);
    });
}

QFuture<Result<>> LocalRunService::saveArtifact(const RunId &id, const QString &artifactId,
                                                const QString &destination)
{
    return m_impl->read(
        [id, artifactId, destination, dataDir = m_impl->dir.path()](const Store &store) -> Result<> {
            const auto artifacts = store.artifacts(id);
            if (!artifacts)
                return artifacts.error();
            for (const Artifact &artifact : *artifacts) {
                if (artifact.id != artifactId || artifact.status != u"stored"_s)
                    continue;
                const QString kept = ArtifactStore(dataDir).absolutePath(artifact.storedPath);
                const auto digest = digestOfFile(kept);
                if (!digest)
                    return digest.error();
                if (digest->sha256 != artifact.sha256)
                    return Error{ErrorCode::Conflict,
                                 u"artifact \"%1\" was changed since it was captured"_s.arg(artifact.name),
                                 {},
                                 {}};
                return copyFile(kept, destination);
            }
            return Error{
                ErrorCode::NotFound, u"run %1 has no artifact \"%2\""_s.arg(id.value, artifactId), {}, {}};
        });
}

QFuture<Result<>> LocalRunService::exportEvidence(const RunId &id, const QString &destination)
{
    return runOn(m_impl->evidencePool, [impl = m_impl.get(), id, destination]() -> Result<> {
        if (const auto written = impl->writeEvidenceOf(id); !written)
            return written.error();
        const QString bundle = impl->dir.evidenceFile(id.value);
        return destination.endsWith(u".zst"_s) ? packBundle(bundle, destination)
                                               : copyFile(bundle, destination);
    });
}

QFuture<Result<QList<AnchorRecord>>> LocalRunService::anchorEvidence(const RunId &id, const QString &by)
{
    using Records = Result<QList<AnchorRecord>>;
    if (!m_impl->engine)
        return finishedFuture(Records(readOnlyError()));
    auto promise = std::make_shared<QPromise<Records>>();
    promise->start();
    auto future = promise->future();
    AnchorQueue *const anchors = m_impl->anchors.get();
    Engine *const engine = m_impl->engine.get();
    const QString who = by.isEmpty() ? m_impl->operatorName : by;
    QMetaObject::invokeMethod(anchors, [anchors, engine, id, who, promise] {
        engine->audit(who, u"anchor-requested"_s, {{u"runId"_s, id.value}});
        whenDone(anchors->anchorNow(id), anchors, [engine, id, who, promise](const Records &records) {
            if (!records)
                engine->auditRefusal(who, u"anchor-refused"_s, {{u"runId"_s, id.value}}, records.error());
            promise->addResult(records);
            promise->finish();
        });
    });
    return future;
}

} // namespace engine
