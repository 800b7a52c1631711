#pragma once

#include <QList>
#include <QString>

namespace engine {

/// Where in a user's document an error was found.
struct SourcePos
{
    QString file{}; ///< As the user named it; empty when the text came over HTTP.
    int line = 0;   ///< From 1; 0 when not known.
    int column = 0; ///< From 1, in UTF-8 bytes; 0 when not known.
    QString path{}; ///< JSON Pointer (RFC 6901), e.g. "/steps/2/needs/0"; empty for the root.

    bool operator==(const SourcePos &) const = default;
};

/// The kinds of failure some caller branches on; the API and the CLI map each to a status and an exit code.
enum class ErrorCode {
    InvalidInput,     ///< A document, argument or value of the caller is wrong.
    NotFound,         ///< The named thing does not exist.
    Conflict,         ///< The thing is not in a state that allows the call.
    Unsupported,      ///< Well-formed, but this version or platform cannot do it.
    InUse,            ///< Another process owns the data directory.
    Io,               ///< A file or process could not be read, written or started.
    Database,         ///< The store could not be read or written; nothing was changed.
    Crypto,           ///< A key could not be made, read or used.
    PassphraseNeeded, ///< A key is protected with a passphrase or PIN, and nobody can be asked for it.
    WrongPassphrase,  ///< What was given does not open the key; nothing was signed.
    Cancelled,
    Internal,     ///< A promise of our own was broken.
    Disconnected, ///< The engine ended or does not answer; the call changed nothing.
    /// The engine was asked and then ended or stopped answering: whether it did what it was asked is not
    /// known.
    OutcomeUnknown,
    // Refusals of an approval decision or of its withdrawal; each is recorded.
    PlanHashMismatch,
    GateExpired,
    SelfApproval,
    AlreadyDecided,
    NotAnApprover,
    GateClosed,
    GateRevisionMismatch,
    ReasonRequired,
    UntrustedKey,
    NotOwnDecision, ///< Somebody who takes an approval back has none of their own there.
    AlreadyWithdrawn,
    // Refusals of a response to a request that was exported; each is recorded, too.
    RevokedKey,
    RequestUnknown,   ///< No request of this engine has that id.
    RequestMismatch,  ///< The response is not for what the request asked.
    RequestUsed,      ///< Another response answered the request before.
    ResponseReplayed, ///< This very response did.
    ResponseExpired,
    WrongEngine, ///< The response is for another engine.
    StaleJournal,
};

/// The stable name on the wire and in --json output: "invalid-input", "plan-hash-mismatch", ...
QString toString(ErrorCode code);

struct Error
{
    ErrorCode code = ErrorCode::InvalidInput;
    QString message{}; ///< One English sentence, no full stop; names the offending value.
    SourcePos where{};
    /// When several things are wrong: each of them in document order; message then sums up. Otherwise empty.
    QList<Error> causes{};

    /// "plan.json:3:7: /steps/1: step \"a\" is defined twice"; unknown parts are left out; one line per
    /// cause.
    QString toString() const;
    bool operator==(const Error &other) const; // Not defaulted: it holds a list of its own kind.
};

/// The causes of a summary; of any other error itself alone.
QList<Error> partsOf(const Error &error);

/// One error for several: the only one itself, or a summary ("3 errors in pack.yaml") that carries all as
/// causes. Summaries among them are taken apart.
Error combined(QList<Error> errors);

} // namespace engine
