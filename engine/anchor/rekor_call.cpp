#include "engine/anchor/rekor_call.h"

using namespace Qt::StringLiterals;

namespace engine {

static const QString logName = u"the transparency log"_s;

Result<RekorServer> parseRekorServer(const QString &text, const QString &generation)
{
    auto address = parseHttpAddress(text);
    if (!address)
        return address.error();
    if (address->target.contains('?'))
        return invalid(
            u"the address of a transparency log holds no query, \"%1\" does"_s.arg(displayText(*address)));
    RekorServer server;
    server.address = *std::move(address);
    if (generation != u"1"_s && generation != u"2"_s)
        return invalid(u"there is no version \"%1\" of Rekor; expected 1 or 2"_s.arg(generation));
    server.generation = generation == u"1"_s ? rekor::Generation::First : rekor::Generation::Second;
    return server;
}

RekorCall::RekorCall(RekorServer server, DsseEnvelope envelope, PublicKey signer, Egress egress, Clock &clock,
                     QObject *parent)
    : QObject(parent)
    , m_server(std::move(server))
    , m_envelope(std::move(envelope))
    , m_signer(std::move(signer))
    , m_egress(std::move(egress))
    , m_clock(clock)
{
}

void RekorCall::start()
{
    const bool isFirst = m_server.generation == rekor::Generation::First;
    const auto request = rekor::entryRequest(m_server.generation, m_envelope, m_signer);
    const bool isTooLarge = request && request->size() > maxRequestBytes;
    if (!request || isTooLarge) {
        const QString why =
            isTooLarge ? u"the attestation is too large for %1: %2 bytes, at most %3 are sent"_s.arg(logName)
                             .arg(request->size())
                             .arg(maxRequestBytes)
                       : request.error().message;
        QMetaObject::invokeMethod(
            this,
            [this, why] {
                fail({AnchorFailure::Refused, why});
            },
            Qt::QueuedConnection);
        return;
    }
    send("POST", isFirst ? "api/v1/log/entries" : "api/v2/log/entries", *request, LogEntry::maxBytes,
         &RekorCall::takeCreated);
}

void RekorCall::send(const QByteArray &method, const QByteArray &path, const QByteArray &body,
                     qint64 maxAnswerBytes, Take take)
{
    HttpRequest request;
    request.method = method;
    request.address = m_server.address;
    QByteArray &target = request.address.target;
    target += (target.endsWith('/') ? "" : "/") + path;
    request.fields = {{"Accept", "application/json"}};
    if (!body.isEmpty())
        request.fields.emplaceBack("Content-Type", "application/json");
    request.body = body;
    HttpOptions options;
    options.egress = m_egress;
    options.timeout = m_server.timeout;
    options.limits.bodyBytes = maxAnswerBytes;
    m_call = std::make_unique<HttpCall>(request, options, m_clock);
    connect(m_call.get(), &HttpCall::finished, this, [this, take](const HttpOutcome &outcome) {
        m_call.release()->deleteLater(); // It is the sender.
        if (const auto *failure = std::get_if<HttpFailure>(&outcome))
            return fail(anchorFailureOf(logName, *failure));
        (this->*take)(std::get<HttpResponse>(outcome));
    });
    m_call->start();
}

void RekorCall::takeCreated(const HttpResponse &response)
{
    constexpr int good = 200;
    constexpr int created = 201;
    constexpr int conflict = 409;
    if (response.status == conflict)
        return takeConflict(response);
    if (response.status != created && response.status != good)
        return fail(anchorFailureOf(logName, response));
    finish(m_server.generation == rekor::Generation::First ? rekor::readFirstGeneration(response.body)
                                                           : rekor::readSecondGeneration(response.body));
}

/// The log has the entry: an earlier answer was lost on its way.
void RekorCall::takeConflict(const HttpResponse &response)
{
    if (m_server.generation == rekor::Generation::First) {
        const QString id = rekor::entryIdIn(fieldOf(response.fields, "location"));
        if (id.isEmpty())
            return fail(
                {AnchorFailure::Wrong, u"%1 says that it has the entry, and not where"_s.arg(logName)});
        return send("GET", "api/v1/log/entries/" + id.toLatin1(), {}, LogEntry::maxBytes,
                    &RekorCall::takeExisting);
    }
    bool ok = false;
    const quint64 index = fieldOf(response.fields, "x-log-index").toULongLong(&ok);
    if (!ok)
        return fail({AnchorFailure::Wrong, u"%1 says that it has the entry, and not where"_s.arg(logName)});
    m_tiles.emplace(index);
    askForTile();
}

void RekorCall::takeExisting(const HttpResponse &response)
{
    constexpr int good = 200;
    if (response.status != good)
        return fail(anchorFailureOf(logName, response));
    finish(rekor::readFirstGeneration(response.body));
}

void RekorCall::askForTile()
{
    const QString next = m_tiles->next();
    if (next.isEmpty())
        return finish(m_tiles->entry());
    send("GET", "api/v2/" + next.toLatin1(), {}, TiledLog::maxResourceBytes, &RekorCall::takeTile);
}

void RekorCall::takeTile(const HttpResponse &response)
{
    constexpr int good = 200;
    constexpr int notFound = 404;
    if (response.status == notFound) // A tile that was not whole goes when it is; its checkpoint is old then.
        return fail({AnchorFailure::Busy, u"%1 has no %2 any more"_s.arg(logName, m_tiles->next())});
    if (response.status != good)
        return fail(anchorFailureOf(logName, response));
    if (const auto taken = m_tiles->take(response.body); !taken)
        return finish(taken.error());
    askForTile();
}

void RekorCall::finish(const Result<LogEntry> &entry)
{
    if (!entry)
        return fail({AnchorFailure::Wrong, u"the answer of %1: %2"_s.arg(logName, entry.error().toString())});
    Q_EMIT finished(entry->toJson());
}

} // namespace engine
