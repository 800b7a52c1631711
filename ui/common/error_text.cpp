#include "ui/common/error_text.h"

#include "ui/common/safe_text.h"

#include <QCoreApplication>

namespace ui {

namespace {

struct ErrorWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::Error)

public:
    static QString of(engine::ErrorCode code)
    {
        using engine::ErrorCode;
        switch (code) {
        case ErrorCode::InvalidInput: return tr("Something in it is not valid.");
        case ErrorCode::NotFound: return tr("It does not exist.");
        case ErrorCode::Conflict: return tr("It is not in a state that allows this.");
        case ErrorCode::Unsupported: return tr("This version or this system cannot do it.");
        case ErrorCode::InUse: return tr("Another program uses the data directory.");
        case ErrorCode::Io: return tr("A file could not be read or written.");
        case ErrorCode::Database: return tr("The store could not be read or written; nothing was changed.");
        case ErrorCode::Crypto: return tr("A key could not be made, read or used.");
        case ErrorCode::PassphraseNeeded: return tr("The passphrase of a key is needed.");
        case ErrorCode::WrongPassphrase: return tr("That was not the passphrase.");
        case ErrorCode::Cancelled: return tr("It was cancelled.");
        case ErrorCode::Internal: return tr("The program made a mistake.");
        case ErrorCode::Disconnected: return tr("The engine ended or does not answer.");
        case ErrorCode::OutcomeUnknown:
            return tr("The engine ended before it answered; look what became of it.");
        case ErrorCode::PlanHashMismatch: return tr("The plan is not the one that was shown.");
        case ErrorCode::GateExpired: return tr("The time to decide is over.");
        case ErrorCode::SelfApproval: return tr("Who asked for the run may not approve it.");
        case ErrorCode::AlreadyDecided: return tr("You have decided here already.");
        case ErrorCode::NotAnApprover: return tr("You are not among the approvers.");
        case ErrorCode::GateClosed: return tr("The gate is closed.");
        case ErrorCode::GateRevisionMismatch: return tr("The gate has changed since it was shown.");
        case ErrorCode::ReasonRequired: return tr("A reason is needed.");
        case ErrorCode::UntrustedKey: return tr("The key is not trusted.");
        case ErrorCode::NotOwnDecision: return tr("You have no approval here to take back.");
        case ErrorCode::AlreadyWithdrawn: return tr("The approval was taken back already.");
        case ErrorCode::RevokedKey: return tr("The key was revoked.");
        case ErrorCode::RequestUnknown: return tr("This engine has not asked for that response.");
        case ErrorCode::RequestMismatch: return tr("The response is not for what was asked.");
        case ErrorCode::RequestUsed: return tr("The request was answered already.");
        case ErrorCode::ResponseReplayed: return tr("This response was imported before.");
        case ErrorCode::ResponseExpired: return tr("The response is too old.");
        case ErrorCode::WrongEngine: return tr("The response is for another engine.");
        case ErrorCode::StaleJournal: return tr("The run's history is not the one that was asked about.");
        }
        return {};
    }
};

} // namespace

QString errorHeadline(engine::ErrorCode code)
{
    return ErrorWords::of(code);
}

QString errorDetail(const engine::Error &error)
{
    return safeLines(error.toString());
}

} // namespace ui
