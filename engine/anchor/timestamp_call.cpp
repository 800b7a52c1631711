#include "engine/anchor/timestamp_call.h"

using namespace Qt::StringLiterals;

namespace engine {

static const QString authorityName = u"the timestamp authority"_s;

Result<TimestampServer> parseTimestampServer(const QString &text)
{
    auto address = parseHttpAddress(text);
    if (!address)
        return address.error();
    TimestampServer server;
    server.address = *std::move(address);
    return server;
}

TimestampCall::TimestampCall(TimestampServer server, QByteArray sha256, Egress egress, Clock &clock,
                             QObject *parent)
    : QObject(parent)
    , m_server(std::move(server))
    , m_sha256(std::move(sha256))
    , m_egress(std::move(egress))
    , m_clock(clock)
{
}

void TimestampCall::start()
{
    const auto made = TimestampRequest::make(m_sha256);
    if (!made) {
        QMetaObject::invokeMethod(
            this,
            [this, why = made.error().message] {
                fail({AnchorFailure::Refused, why});
            },
            Qt::QueuedConnection);
        return;
    }
    m_request = *made;
    HttpRequest request;
    request.method = "POST";
    request.address = m_server.address;
    request.fields = {{"Content-Type", "application/timestamp-query"},
                      {"Accept", "application/timestamp-reply"}};
    request.body = m_request.der;
    HttpOptions options;
    options.egress = m_egress;
    options.timeout = m_server.timeout;
    options.limits.bodyBytes = TimestampToken::maxBytes;
    m_call = std::make_unique<HttpCall>(request, options, m_clock);
    connect(m_call.get(), &HttpCall::finished, this, &TimestampCall::take);
    m_call->start();
}

void TimestampCall::take(const HttpOutcome &outcome)
{
    constexpr int good = 200;
    constexpr int created = 201;
    m_call.release()->deleteLater(); // It is the sender.
    if (const auto *failure = std::get_if<HttpFailure>(&outcome))
        return fail(anchorFailureOf(authorityName, *failure));
    const auto &response = std::get<HttpResponse>(outcome);
    if (response.status != good && response.status != created) // Sigstore's authority says created.
        return fail(anchorFailureOf(authorityName, response));
    const auto token = TimestampToken::parse(response.body);
    if (!token)
        return fail(
            {AnchorFailure::Wrong, u"the answer of %1: %2"_s.arg(authorityName, token.error().toString())});
    if (const auto fits = m_request.checkAnswer(*token); !fits)
        return fail(
            {AnchorFailure::Wrong, u"the answer of %1: %2"_s.arg(authorityName, fits.error().toString())});
    Q_EMIT finished(response.body);
}

} // namespace engine
