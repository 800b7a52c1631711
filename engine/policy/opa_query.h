#pragma once

#include "engine/net/http_call.h"
#include "engine/record/gate_record.h"

namespace engine {

/// The server that decides policies of the engine opa, and how long it is waited for.
struct PolicyServer
{
    HttpAddress address{}; ///< The Data API is below it: ADDRESS/v1/data/PATH.
    std::chrono::milliseconds timeout = std::chrono::seconds(10); ///< Of one try.
    int tries = 3;
    std::chrono::milliseconds backoff =
        std::chrono::seconds(1); ///< Before the second try; doubles with each.

    bool operator==(const PolicyServer &) const = default;
};

/// Reads the address of a policy server, "http://localhost:8181". Fails with InvalidInput like
/// parseHttpAddress(), and for an address with a query.
Result<PolicyServer> parsePolicyServer(const QString &text);

/// One question to the Data API of OPA. Asks again, up to the limit, when the server cannot be reached, does
/// not answer in time, breaks off, or answers with status 429 or 500 and above; a question changes nothing
/// there.
///
/// Destroying it ends it at once and without a word.
///
/// Thread: lives on the engine thread.
class OpaQuery : public QObject
{
    Q_OBJECT
public:
    /// @param path      of the document below /v1/data/
    /// @param question  see opaQuestion()
    /// clock outlives the query.
    OpaQuery(PolicyServer server, QString path, QByteArray question, Egress egress, Clock &clock,
             QObject *parent = nullptr);

    void start();

Q_SIGNALS:
    /// A try was in vain and another one follows; why and when, for the log.
    void delayed(const QString &message);
    /// Comes once, never from within start(): why it is denied; nothing when it is allowed. Besides what
    /// readOpaAnswer() says: "egress", "unreachable", "no-answer", "timeout".
    void answered(const QList<engine::PolicyDenial> &denials);

private:
    void ask();
    void take(const HttpOutcome &outcome);
    void askAgainOr(const PolicyDenial &denial);

    const PolicyServer m_server;
    const QString m_path;
    const QByteArray m_question;
    const Egress m_egress;
    Clock &m_clock;
    std::unique_ptr<HttpCall> m_call;
    int m_tries = 0;
};

} // namespace engine
