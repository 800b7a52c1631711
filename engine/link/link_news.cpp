#include "engine/link/link_news.h"

#include "engine/link/link_arguments.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using Publish = std::function<void(const QString &name, LinkNewsMaker maker)>;
using Emission = std::function<void(RunService &service)>;

template<class Signal>
struct Signature;

template<class... Params>
struct Signature<void (RunService::*)(Params...)>
{
    using Arguments = std::tuple<std::decay_t<Params>...>;

    template<class Fn>
    static auto taking(Fn fn)
    {
        return [fn](const std::decay_t<Params> &...values) { fn(values...); };
    }
};

struct News
{
    const char16_t *name;
    void (*connect)(RunService &service, QObject *context, const QString &name, const Publish &publish);
    Result<Emission> (*read)(const QJsonObject &args);
};

template<auto signal, const LinkNames &names>
constexpr News row(const char16_t *name)
{
    using Signature = Signature<decltype(signal)>;
    return {name,
            [](RunService &service, QObject *context, const QString &called, const Publish &publish) {
                QObject::connect(&service, signal, context,
                                 Signature::taking([called, publish](const auto &...values) {
                                     publish(called, [=] { return writeArguments(names, values...); });
                                 }));
            },
            [](const QJsonObject &args) -> Result<Emission> {
                typename Signature::Arguments values;
                if (const auto read = readArguments(args, names, values); !read)
                    return read.error();
                return Emission([values](RunService &service) {
                    std::apply([&service](const auto &...each) { Q_EMIT(service.*signal)(each...); }, values);
                });
            }};
}

constexpr LinkNames run{u"run"};
constexpr LinkNames ofRun{u"runId"};
constexpr LinkNames steps{u"runId", u"steps"};
constexpr LinkNames gate{u"gate"};
constexpr LinkNames logs{u"runId", u"lastSequence"};
constexpr LinkNames trouble{u"trouble"};
constexpr LinkNames incident{u"incident"};

constexpr News allNews[] = {
    row<&RunService::runChanged, run>(u"runChanged"),
    row<&RunService::stepsChanged, steps>(u"stepsChanged"),
    row<&RunService::outlineChanged, ofRun>(u"outlineChanged"),
    row<&RunService::gateChanged, gate>(u"gateChanged"),
    row<&RunService::artifactsChanged, ofRun>(u"artifactsChanged"),
    row<&RunService::anchorsChanged, ofRun>(u"anchorsChanged"),
    row<&RunService::logsAppended, logs>(u"logsAppended"),
    row<&RunService::troubleChanged, trouble>(u"troubleChanged"),
    row<&RunService::incidentChanged, incident>(u"incidentChanged"),
};

} // namespace

void connectNews(RunService &service, QObject *context, const Publish &publish)
{
    for (const News &news : allNews)
        news.connect(service, context, QString::fromUtf16(news.name), publish);
}

Result<Emission> readNews(const QString &name, const QJsonObject &args)
{
    for (const News &news : allNews) {
        if (name == QStringView(news.name))
            return news.read(args);
    }
    return invalid(u"unknown signal \"%1\""_s.arg(name));
}

} // namespace engine
