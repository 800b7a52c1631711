#include "engine/link/link_calls.h"

#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/base/when_done.h"
#include "engine/link/link_arguments.h"
#include "engine/link/link_page.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// About how many bytes of JSON a page may have.
constexpr qsizetype maxPageBytes = 8 * 1024 * 1024;

qsizetype roughSize(const LogLine &line)
{
    return 200 + 3 * line.message.size();
}

qsizetype roughSize(const RunEvent &event)
{
    return 400 + canonicalJsonOf(event.data).size();
}

/// The first of items, as many as a page may have.
template<class T>
LinkPage<T> pageOf(QList<T> items, bool isCut)
{
    qsizetype bytes = 0;
    for (qsizetype i = 0; i < items.size(); ++i) {
        bytes += roughSize(items[i]);
        if (bytes > maxPageBytes && i > 0)
            return {items.first(i), true};
    }
    return {std::move(items), isCut};
}

/// Turns a future into an answer: make(value) is what is written.
template<class T, class Make>
void answerWith(const QFuture<Result<T>> &future, QObject *context, std::function<void(LinkAnswer)> done,
                Make make)
{
    whenDone(future, context, [done = std::move(done), make](const Result<T> &result) {
        done([result, make]() -> Result<QJsonValue> {
            if (!result)
                return result.error();
            if constexpr (std::is_void_v<T>)
                return make();
            else
                return make(*result);
        });
    });
}

template<class Method>
struct Signature;

template<class T, class... Params>
struct Signature<QFuture<Result<T>> (RunService::*)(Params...)>
{
    using Value = T;
    using Arguments = std::tuple<std::decay_t<Params>...>;
};

/// A call that goes over the link as it is: its arguments by name, its value in its JSON form; true for no
/// value.
template<auto method, const LinkNames &names>
Result<LinkInvocation> plain(const QJsonObject &json)
{
    using Value = typename Signature<decltype(method)>::Value;
    typename Signature<decltype(method)>::Arguments arguments;
    if (const auto read = readArguments(json, names, arguments); !read)
        return read.error();
    return LinkInvocation(
        [arguments](RunService &service, QObject *context, std::function<void(LinkAnswer)> done) {
            const auto future =
                std::apply([&service](const auto &...each) { return (service.*method)(each...); }, arguments);
            if constexpr (std::is_void_v<Value>)
                answerWith<void>(future, context, std::move(done), [] { return QJsonValue(true); });
            else
                answerWith<Value>(future, context, std::move(done),
                                  [](const Value &value) { return form::write(value); });
        });
}

constexpr LinkNames request{u"request"};

/// A call in which a person says something: the request of a guest, whom nobody can ask here.
template<auto method>
Result<LinkInvocation> ofGuest(const QJsonObject &json)
{
    using Request = std::tuple_element_t<0, typename Signature<decltype(method)>::Arguments>;
    std::tuple<Request> arguments;
    if (const auto read = readArguments(json, request, arguments); !read)
        return read.error();
    std::get<0>(arguments).isOfGuest = true;
    return LinkInvocation(
        [arguments](RunService &service, QObject *context, std::function<void(LinkAnswer)> done) {
            answerWith<void>((service.*method)(std::get<0>(arguments)), context, std::move(done),
                             [] { return QJsonValue(true); });
        });
}

Result<LinkInvocation> logs(const QJsonObject &json)
{
    auto query = fromJson<LogQuery>(json);
    if (!query)
        return query.error();
    const bool isCut = query->limit < 0 || query->limit > linkPageLines;
    if (isCut)
        query->limit = linkPageLines;
    return LinkInvocation(
        [query = *query, isCut](RunService &service, QObject *context, std::function<void(LinkAnswer)> done) {
            answerWith<QList<LogLine>>(
                service.logs(query), context, std::move(done), [isCut](const QList<LogLine> &lines) {
                    return form::write(pageOf(lines, isCut && lines.size() == linkPageLines));
                });
        });
}

constexpr LinkNames eventNames{u"runId", u"after"};

Result<LinkInvocation> events(const QJsonObject &json)
{
    std::tuple<RunId, qint64> arguments;
    if (const auto read = readArguments(json, eventNames, arguments); !read)
        return read.error();
    return LinkInvocation(
        [arguments](RunService &service, QObject *context, std::function<void(LinkAnswer)> done) {
            const auto &[run, after] = arguments;
            answerWith<QList<RunEvent>>(
                service.events(run, after), context, std::move(done),
                [](const QList<RunEvent> &list) { return form::write(pageOf(list, false)); });
        });
}

constexpr LinkNames none{};
constexpr LinkNames ofRun{u"runId"};
constexpr LinkNames packPath{u"pack"};
constexpr LinkNames filter{u"filter"};
constexpr LinkNames resolution{u"runId", u"step", u"resolution"};
constexpr LinkNames byWhom{u"runId", u"by"};
constexpr LinkNames gate{u"runId", u"gate"};
constexpr LinkNames artifact{u"runId", u"artifactId", u"destination"};
constexpr LinkNames evidence{u"runId", u"destination"};

constexpr LinkCall calls[] = {
    {u"info", plain<&RunService::info, none>},
    {u"metrics", plain<&RunService::metrics, none>},
    {u"switchIncident", plain<&RunService::switchIncident, request>},
    {u"describePack", plain<&RunService::describePack, packPath>},
    {u"plan", plain<&RunService::plan, request>},
    {u"submit", plain<&RunService::submit, request>},
    {u"runs", plain<&RunService::runs, filter>},
    {u"run", plain<&RunService::run, ofRun>},
    {u"canonicalPlan", plain<&RunService::canonicalPlan, ofRun>},
    {u"events", events},
    {u"logs", logs},
    {u"resolveStep", plain<&RunService::resolveStep, resolution>},
    {u"rerun", plain<&RunService::rerun, byWhom>},
    {u"resumeFromFailed", plain<&RunService::resumeFromFailed, byWhom>},
    {u"cancel", plain<&RunService::cancel, byWhom>},
    {u"openGates", plain<&RunService::openGates, none>},
    {u"gate", plain<&RunService::gate, gate>},
    {u"decide", ofGuest<&RunService::decide>},
    {u"withdraw", ofGuest<&RunService::withdraw>},
    {u"exportApproval", plain<&RunService::exportApproval, request>},
    {u"importApproval", plain<&RunService::importApproval, request>},
    {u"saveArtifact", plain<&RunService::saveArtifact, artifact>},
    {u"exportEvidence", plain<&RunService::exportEvidence, evidence>},
    {u"anchorEvidence", plain<&RunService::anchorEvidence, byWhom>},
};

} // namespace

std::span<const LinkCall> linkCalls()
{
    return calls;
}

Result<LinkInvocation> readLinkCall(const QString &name, const QJsonObject &args)
{
    QStringList names{u"subscribe"_s};
    for (const LinkCall &call : calls) {
        if (name == QStringView(call.name))
            return call.read(args);
        names += QString::fromUtf16(call.name);
    }
    return invalid(u"unknown call \"%1\"%2"_s.arg(name, didYouMean(name, names)));
}

} // namespace engine
