#pragma once

#include "engine/anchor/anchor_outcome.h"
#include "engine/evidence/log/timestamp_request.h"

namespace engine {

/// A timestamp authority, and how long it is waited for.
struct TimestampServer
{
    HttpAddress address{}; ///< What requests are sent to, its query included.
    std::chrono::milliseconds timeout = std::chrono::seconds(30);

    bool operator==(const TimestampServer &) const = default;
};

/// Reads the address of an authority. Fails with InvalidInput like parseHttpAddress().
Result<TimestampServer> parseTimestampServer(const QString &address);

/// Asks an authority for a timestamp over HTTP (RFC 3161 section 3.4). Tries once, follows no redirect.
///
/// The proof that comes was granted for this request: it is of its digest and nonce. Who signed it is not
/// looked at, see judgeTimestamp().
///
/// Destroying it ends it at once and without a word.
///
/// Thread: lives on the engine thread.
class TimestampCall : public QObject
{
    Q_OBJECT
public:
    /// @param sha256  what is to be stamped, 32 bytes
    /// clock outlives the call.
    TimestampCall(TimestampServer server, QByteArray sha256, Egress egress, Clock &clock,
                  QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    /// Comes once, never from within start().
    void finished(const engine::AnchorOutcome &outcome);

private:
    void take(const HttpOutcome &outcome);
    void fail(const AnchorFailure &failure) { Q_EMIT finished(failure); }

    const TimestampServer m_server;
    const QByteArray m_sha256;
    const Egress m_egress;
    Clock &m_clock;
    TimestampRequest m_request;
    std::unique_ptr<HttpCall> m_call;
};

} // namespace engine
