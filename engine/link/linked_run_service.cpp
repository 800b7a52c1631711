#include "engine/link/linked_run_service.h"

#include "engine/base/run_on.h"
#include "engine/base/when_done.h"
#include "engine/link/endpoint.h"
#include "engine/link/link_client.h"
#include "engine/link/link_page.h"

#include <QDir>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxKnownRuns = 256;

QString absolutePath(const QString &path)
{
    return path.isEmpty() ? path : QDir(path).absolutePath();
}

template<class T>
using Promise = std::shared_ptr<QPromise<Result<T>>>;

template<class T>
Promise<T> startedPromise()
{
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    return promise;
}

template<class T>
void finish(const Promise<T> &promise, Result<T> result)
{
    promise->addResult(std::move(result));
    promise->finish();
}

Error unreadable(const Error &error)
{
    return {ErrorCode::Internal, u"an answer cannot be read: "_s + error.toString(), {}, {}};
}

/// A call whose list comes in pages, on the link's thread.
template<class T>
struct Paging
{
    LinkClient *client = nullptr;
    QString name{};
    QJsonObject args{};
    qsizetype limit = -1; ///< Of all pages; negative: none.
    Promise<QList<T>> promise{};
    QList<T> items{};
};

template<class T>
void askForPage(const std::shared_ptr<Paging<T>> &paging)
{
    paging->client->call(paging->name, paging->args, {}, [paging](const Result<QJsonValue> &answer) {
        if (!answer)
            return finish<QList<T>>(paging->promise, answer.error());
        auto page = fromJson<LinkPage<T>>(*answer);
        if (!page)
            return finish<QList<T>>(paging->promise, unreadable(page.error()));
        paging->items += page->items;
        const qsizetype missing = paging->limit - paging->items.size();
        if (!page->more || page->items.isEmpty() || missing == 0)
            return finish<QList<T>>(paging->promise, std::move(paging->items));
        paging->args.insert(u"after"_s, paging->items.last().sequence);
        if (paging->limit > 0)
            paging->args.insert(u"limit"_s, missing);
        askForPage(paging);
    });
}

template<class T>
QFuture<Result<QList<T>>> inPages(Paging<T> call)
{
    call.promise = startedPromise<QList<T>>();
    auto future = call.promise->future();
    auto paging = std::make_shared<Paging<T>>(std::move(call));
    QMetaObject::invokeMethod(paging->client, [paging] { askForPage(paging); });
    return future;
}

/// Whether the path means something else in another process.
bool isOfThisProcess(const QString &path)
{
    return path.startsWith(u"/proc/"_s) || path.startsWith(u"/dev/fd/"_s) || path == u"/dev/stdout"_s
           || path == u"/dev/stderr"_s || path == u"/dev/stdin"_s || path == u"/dev/tty"_s;
}

Error notToThere(const QString &path)
{
    return {
        ErrorCode::Unsupported,
        u"\"%1\" is written by the process that owns the data directory, where it means something else"_s.arg(
            path),
        {},
        {}};
}

} // namespace

Result<std::unique_ptr<LinkedRunService>> LinkedRunService::connectTo(const Settings &settings)
{
    auto connected = engine::connectTo(settings.folder);
    if (!connected)
        return connected.error();
    const auto peer = peerOf(connected->fd());
    if (!peer)
        return peer.error();
    if (peer->userId != ownUserId())
        return Error{ErrorCode::Io,
                     u"another user (%1) listens in the data directory \"%2\""_s.arg(peer->userId)
                         .arg(settings.folder),
                     {},
                     {}};
    auto client = std::make_unique<LinkClient>(ownHello(settings.version), settings.limits);
    std::unique_ptr<LinkedRunService> service(new LinkedRunService(std::move(client), settings));
    const auto promise = startedPromise<LinkHello>();
    auto socket = std::make_shared<Descriptor>(*std::move(connected));
    QMetaObject::invokeMethod(service->m_client.get(), [client = service->m_client.get(), socket, promise] {
        client->start(std::move(*socket),
                      [promise](const Result<LinkHello> &hello) { finish<LinkHello>(promise, hello); });
    });
    auto greeting = promise->future();
    greeting.waitForFinished();
    const Result<LinkHello> hello = greeting.result();
    if (!hello)
        return hello.error();
    service->m_owner = *hello;
    return service;
}

LinkedRunService::LinkedRunService(std::unique_ptr<LinkClient> client, Settings settings)
    : m_client(std::move(client))
    , m_settings(std::move(settings))
    , m_operatorName(m_settings.operatorName)
{
    connect(m_client.get(), &LinkClient::received, this,
            [this](const LinkClient::Emission &emission) { emission(*this); });
    connect(m_client.get(), &LinkClient::dropped, this, &LinkedRunService::catchUp);
    connect(m_client.get(), &LinkClient::lost, this, &RunService::troubleChanged);
    connect(this, &RunService::runChanged, this, [this](const RunSummary &run) { remember(run.id); });
    m_thread.setObjectName(u"link"_s);
    m_thread.start();
    m_client->moveToThread(&m_thread);
}

LinkedRunService::~LinkedRunService()
{
    m_signers.waitForDone(); // These use the client.
    QMetaObject::invokeMethod(
        m_client.get(),
        [this] {
            m_client->stop();
            m_client->moveToThread(nullptr);
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

template<class T>
QFuture<Result<T>> LinkedRunService::call(const QString &name, const QJsonObject &args, const QString &doubt)
{
    const auto promise = startedPromise<T>();
    const auto done = [promise](const Result<QJsonValue> &answer) {
        if (!answer)
            return finish<T>(promise, answer.error());
        if constexpr (std::is_void_v<T>) {
            finish<T>(promise, {});
        } else {
            auto value = fromJson<T>(*answer);
            finish<T>(promise, value ? std::move(value) : Result<T>(unreadable(value.error())));
        }
    };
    QMetaObject::invokeMethod(m_client.get(), [client = m_client.get(), name, args, doubt, done] {
        client->call(name, args, doubt, done);
    });
    return promise->future();
}

void LinkedRunService::remember(const RunId &run)
{
    m_known.removeOne(run);
    m_known.append(run);
    if (m_known.size() > maxKnownRuns)
        m_known.removeFirst();
}

void LinkedRunService::catchUp()
{
    QMetaObject::invokeMethod(m_client.get(), &LinkClient::subscribe);
    for (const RunId &id : QList<RunId>(m_known)) {
        whenDone(run(id), this, [this](const Result<RunView> &view) {
            if (view)
                retell(*view);
        });
    }
}

void LinkedRunService::retell(const RunView &view)
{
    const RunId &id = view.summary.id;
    Q_EMIT outlineChanged(id);
    Q_EMIT stepsChanged(id, view.steps);
    for (const GateRequest &gate : view.gates)
        Q_EMIT gateChanged(gate);
    Q_EMIT artifactsChanged(id);
    Q_EMIT anchorsChanged(id);
    Q_EMIT logsAppended(id, view.lastLogSequence);
    Q_EMIT runChanged(view.summary);
}

QFuture<Result<ServiceInfo>> LinkedRunService::info()
{
    return call<ServiceInfo>(u"info"_s, {})
        .then(QtFuture::Launch::Sync, [name = m_operatorName](Result<ServiceInfo> info) {
            if (info)
                info->operatorName = name;
            return info;
        });
}

QFuture<Result<QByteArray>> LinkedRunService::metrics()
{
    return call<QByteArray>(u"metrics"_s, {});
}

QFuture<Result<Incident>> LinkedRunService::switchIncident(const IncidentSwitch &request)
{
    IncidentSwitch own = request;
    own.by = ownName(request.by);
    return call<Incident>(u"switchIncident"_s, {{u"request"_s, form::write(own)}},
                          u"it is not known whether incident mode was switched"_s);
}

QFuture<Result<PackDescription>> LinkedRunService::describePack(const QString &packPath)
{
    return call<PackDescription>(u"describePack"_s, {{u"pack"_s, absolutePath(packPath)}});
}

static PlanRequest fromHere(PlanRequest request)
{
    if (request.folder.isEmpty())
        request.folder = QDir::currentPath();
    return request;
}

QFuture<Result<PlanPreview>> LinkedRunService::plan(const PlanRequest &request)
{
    return call<PlanPreview>(u"plan"_s, {{u"request"_s, form::write(fromHere(request))}});
}

QFuture<Result<RunId>> LinkedRunService::submit(const RunRequest &request)
{
    RunRequest own = request;
    own.plan = fromHere(request.plan);
    own.requestedBy = ownName(request.requestedBy);
    return call<RunId>(u"submit"_s, {{u"request"_s, form::write(own)}},
                       u"it is not known whether the run was started"_s);
}

QFuture<Result<QList<RunSummary>>> LinkedRunService::runs(const RunFilter &filter)
{
    return call<QList<RunSummary>>(u"runs"_s, {{u"filter"_s, form::write(filter)}});
}

QFuture<Result<RunView>> LinkedRunService::run(const RunId &id)
{
    remember(id);
    return call<RunView>(u"run"_s, {{u"runId"_s, id.value}});
}

QFuture<Result<QByteArray>> LinkedRunService::canonicalPlan(const RunId &id)
{
    return call<QByteArray>(u"canonicalPlan"_s, {{u"runId"_s, id.value}});
}

QFuture<Result<QList<RunEvent>>> LinkedRunService::events(const RunId &id, qint64 after)
{
    return inPages<RunEvent>(
        {m_client.get(), u"events"_s, {{u"runId"_s, id.value}, {u"after"_s, after}}, -1, {}, {}});
}

QFuture<Result<QList<LogLine>>> LinkedRunService::logs(const LogQuery &query)
{
    remember(query.run);
    return inPages<LogLine>({m_client.get(), u"logs"_s, form::write(query).toObject(), query.limit, {}, {}});
}

QFuture<Result<>> LinkedRunService::resolveStep(const RunId &id, const QString &path,
                                                const StepResolution &resolution)
{
    StepResolution own = resolution;
    own.by = ownName(resolution.by);
    return call<void>(u"resolveStep"_s,
                      {{u"runId"_s, id.value}, {u"step"_s, path}, {u"resolution"_s, form::write(own)}},
                      u"it is not known whether the word on the step was recorded"_s);
}

QFuture<Result<RunId>> LinkedRunService::rerun(const RunId &id, const QString &requestedBy)
{
    return call<RunId>(u"rerun"_s, {{u"runId"_s, id.value}, {u"by"_s, ownName(requestedBy)}},
                       u"it is not known whether the run was started"_s);
}

QFuture<Result<>> LinkedRunService::resumeFromFailed(const RunId &id, const QString &by)
{
    return call<void>(u"resumeFromFailed"_s, {{u"runId"_s, id.value}, {u"by"_s, ownName(by)}},
                      u"it is not known whether the run goes on"_s);
}

QFuture<Result<>> LinkedRunService::cancel(const RunId &id, const QString &by)
{
    return call<void>(u"cancel"_s, {{u"runId"_s, id.value}, {u"by"_s, ownName(by)}},
                      u"it is not known whether the run was asked to end"_s);
}

QFuture<Result<QList<GateRequest>>> LinkedRunService::openGates()
{
    return call<QList<GateRequest>>(u"openGates"_s, {});
}

QFuture<Result<GateView>> LinkedRunService::gate(const RunId &id, const QString &path)
{
    return call<GateView>(u"gate"_s, {{u"runId"_s, id.value}, {u"gate"_s, path}});
}

/// Signs first, where that is for this process to do.
template<class Request>
QFuture<Result<>> LinkedRunService::say(const QString &name, const Request &request,
                                        const std::function<Result<QByteArray>(const Request &)> &sign,
                                        const QString &doubt)
{
    if (!sign || !request.envelope.isEmpty())
        return call<void>(name, {{u"request"_s, form::write(request)}}, doubt);
    const auto promise = startedPromise<void>();
    m_signers.start([client = m_client.get(), name, request, sign, doubt, promise] {
        const auto envelope = sign(request);
        if (!envelope)
            return finish<void>(promise, envelope.error());
        Request own = request;
        own.envelope = *envelope;
        const QJsonObject args{{u"request"_s, form::write(own)}};
        QMetaObject::invokeMethod(client, [client, name, args, doubt, promise] {
            client->call(name, args, doubt, [promise](const Result<QJsonValue> &answer) {
                finish<void>(promise, answer ? Result<>() : Result<>(answer.error()));
            });
        });
    });
    return promise->future();
}

QFuture<Result<>> LinkedRunService::decide(const DecisionRequest &request)
{
    DecisionRequest own = request;
    own.approver = ownName(request.approver);
    return say(u"decide"_s, own, m_settings.signDecision,
               u"it is not known whether the decision was recorded"_s);
}

QFuture<Result<>> LinkedRunService::withdraw(const WithdrawalRequest &request)
{
    WithdrawalRequest own = request;
    own.approver = ownName(request.approver);
    return say(u"withdraw"_s, own, m_settings.signWithdrawal,
               u"it is not known whether the withdrawal was recorded"_s);
}

QFuture<Result<ExportedApproval>> LinkedRunService::exportApproval(const ApprovalExport &request)
{
    ApprovalExport own = request;
    own.by = ownName(request.by);
    return call<ExportedApproval>(u"exportApproval"_s, {{u"request"_s, form::write(own)}},
                                  u"it is not known whether the export was recorded"_s);
}

QFuture<Result<ImportedResponse>> LinkedRunService::importApproval(const ApprovalImport &request)
{
    ApprovalImport own = request;
    own.by = ownName(request.by);
    return call<ImportedResponse>(u"importApproval"_s, {{u"request"_s, form::write(own)}},
                                  u"it is not known whether the decision was recorded"_s);
}

QFuture<Result<>> LinkedRunService::saveArtifact(const RunId &id, const QString &artifactId,
                                                 const QString &destination)
{
    const QString path = absolutePath(destination);
    if (isOfThisProcess(path))
        return finishedFuture(Result<>(notToThere(path)));
    return call<void>(u"saveArtifact"_s,
                      {{u"runId"_s, id.value}, {u"artifactId"_s, artifactId}, {u"destination"_s, path}},
                      u"it is not known whether \"%1\" was written"_s.arg(path));
}

QFuture<Result<>> LinkedRunService::exportEvidence(const RunId &id, const QString &destination)
{
    const QString path = absolutePath(destination);
    if (isOfThisProcess(path))
        return finishedFuture(Result<>(notToThere(path)));
    return call<void>(u"exportEvidence"_s, {{u"runId"_s, id.value}, {u"destination"_s, path}},
                      u"it is not known whether \"%1\" was written"_s.arg(path));
}

QFuture<Result<QList<AnchorRecord>>> LinkedRunService::anchorEvidence(const RunId &id, const QString &by)
{
    return call<QList<AnchorRecord>>(u"anchorEvidence"_s, {{u"runId"_s, id.value}, {u"by"_s, ownName(by)}},
                                     u"it is not known whether the evidence was anchored"_s);
}

} // namespace engine
