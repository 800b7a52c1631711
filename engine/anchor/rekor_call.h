#pragma once

#include "engine/anchor/anchor_outcome.h"
#include "engine/anchor/rekor_format.h"
#include "engine/anchor/tiled_log.h"

namespace engine {

/// A transparency log, and how long it is waited for.
struct RekorServer
{
    HttpAddress address{}; ///< The API is below it: ADDRESS/api/v1/log/entries.
    rekor::Generation generation = rekor::Generation::First;
    /// Of one request. A log of the second generation answers when it has published the entry, and its makers
    /// ask for 20 seconds or more.
    std::chrono::milliseconds timeout = std::chrono::seconds(30);

    bool operator==(const RekorServer &) const = default;
};

/// Reads the address of a log, "https://rekor.example", and its generation, "1" or "2". Fails with
/// InvalidInput like parseHttpAddress(), for an address with a query, and for another generation.
Result<RekorServer> parseRekorServer(const QString &address, const QString &generation);

/// Puts one entry for the envelope's signature into a log, or gets the entry that the log has of it already.
/// Tries once. Follows no redirect and goes to no other place.
///
/// The proof that comes is well-formed; whether it holds is not looked at, see judgeLogEntry().
///
/// Destroying it ends it at once and without a word.
///
/// Thread: lives on the engine thread.
class RekorCall : public QObject
{
    Q_OBJECT
public:
    static constexpr qsizetype maxRequestBytes = 16 * 1024 * 1024;

    /// @param envelope  with one signature
    /// @param signer    whose signature it is
    /// clock outlives the call.
    RekorCall(RekorServer server, DsseEnvelope envelope, PublicKey signer, Egress egress, Clock &clock,
              QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    /// Comes once, never from within start().
    void finished(const engine::AnchorOutcome &outcome);

private:
    using Take = void (RekorCall::*)(const HttpResponse &response);

    void send(const QByteArray &method, const QByteArray &path, const QByteArray &body, qint64 maxAnswerBytes,
              Take take);
    void takeCreated(const HttpResponse &response);
    void takeConflict(const HttpResponse &response);
    void takeExisting(const HttpResponse &response);
    void askForTile();
    void takeTile(const HttpResponse &response);
    void finish(const Result<LogEntry> &entry);
    void fail(const AnchorFailure &failure) { Q_EMIT finished(failure); }

    const RekorServer m_server;
    const DsseEnvelope m_envelope;
    const PublicKey m_signer;
    const Egress m_egress;
    Clock &m_clock;
    std::unique_ptr<HttpCall> m_call;
    std::optional<TiledLog> m_tiles;
};

} // namespace engine
