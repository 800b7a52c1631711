#include "engine/policy/opa_query.h"

#include "engine/base/duration.h"
#include "engine/policy/opa_answer.h"

using namespace Qt::StringLiterals;

namespace engine {

Result<PolicyServer> parsePolicyServer(const QString &text)
{
    auto address = parseHttpAddress(text);
    if (!address)
        return address.error();
    if (address->target.contains('?'))
        return invalid(
            u"the address of a policy server holds no query, \"%1\" does"_s.arg(displayText(*address)));
    PolicyServer server;
    server.address = *std::move(address);
    return server;
}

OpaQuery::OpaQuery(PolicyServer server, QString path, QByteArray question, Egress egress, Clock &clock,
                   QObject *parent)
    : QObject(parent)
    , m_server(std::move(server))
    , m_path(std::move(path))
    , m_question(std::move(question))
    , m_egress(std::move(egress))
    , m_clock(clock)
{
}

void OpaQuery::start()
{
    ask();
}

void OpaQuery::ask()
{
    constexpr qint64 maxAnswerBytes = 1024 * 1024;
    ++m_tries;
    HttpRequest request;
    request.method = "POST";
    request.address = m_server.address;
    QByteArray &target = request.address.target;
    target += (target.endsWith('/') ? "v1/data/" : "/v1/data/") + m_path.toLatin1();
    request.fields = {{"Content-Type", "application/json"}};
    request.body = m_question;
    HttpOptions options;
    options.egress = m_egress;
    options.timeout = m_server.timeout;
    options.limits.bodyBytes = maxAnswerBytes;
    m_call = std::make_unique<HttpCall>(request, options, m_clock);
    connect(m_call.get(), &HttpCall::finished, this, &OpaQuery::take);
    m_call->start();
}

static QString idOf(HttpFailure::Kind kind)
{
    switch (kind) {
    case HttpFailure::Forbidden: return u"egress"_s;
    case HttpFailure::Unreachable: return u"unreachable"_s;
    case HttpFailure::Broken: return u"no-answer"_s;
    case HttpFailure::TimedOut: return u"timeout"_s;
    case HttpFailure::Malformed:
    case HttpFailure::TooLarge: return u"wrong-answer"_s;
    }
    Q_UNREACHABLE();
}

void OpaQuery::take(const HttpOutcome &outcome)
{
    constexpr int tooMany = 429; // RFC 6585 section 4.
    constexpr int firstServerError = 500;
    m_call.release()->deleteLater(); // It is the sender.
    if (const auto *failure = std::get_if<HttpFailure>(&outcome)) {
        const PolicyDenial denial{idOf(failure->kind),
                                  u"the policy server cannot be asked: %1"_s.arg(failure->message)};
        const bool mayPass = failure->kind == HttpFailure::Unreachable || failure->kind == HttpFailure::Broken
                             || failure->kind == HttpFailure::TimedOut;
        if (mayPass)
            return askAgainOr(denial);
        Q_EMIT answered({denial});
        return;
    }
    const auto &response = std::get<HttpResponse>(outcome);
    const QList<PolicyDenial> denials = readOpaAnswer(m_path, response);
    if (response.status == tooMany || response.status >= firstServerError)
        return askAgainOr(denials.first());
    Q_EMIT answered(denials);
}

void OpaQuery::askAgainOr(const PolicyDenial &denial)
{
    if (m_tries >= m_server.tries) {
        const QString tries = m_tries > 1 ? u", after %1 tries"_s.arg(m_tries) : QString();
        Q_EMIT answered({{denial.id, denial.message + tries}});
        return;
    }
    const auto delay = m_server.backoff * (1 << (m_tries - 1));
    m_clock.callAfter(delay, this, [this] { ask(); });
    Q_EMIT delayed(u"%1; it is asked again in %2"_s.arg(denial.message, toWords(delay)));
}

} // namespace engine
