#include "app/cli/exit_code.h"

namespace cli {

using engine::ErrorCode;

ExitCode exitCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidInput:
    case ErrorCode::NotFound:
    case ErrorCode::Unsupported: return ExitCode::BadInput;
    case ErrorCode::InUse: return ExitCode::InUse;
    case ErrorCode::Io:
    case ErrorCode::Database:
    case ErrorCode::Crypto:
    case ErrorCode::PassphraseNeeded:
    case ErrorCode::WrongPassphrase:
    case ErrorCode::Internal: return ExitCode::EngineTrouble;
    case ErrorCode::Disconnected:
    case ErrorCode::OutcomeUnknown: return ExitCode::OutcomeUnknown;
    case ErrorCode::Cancelled: return ExitCode::NotGood;
    case ErrorCode::Conflict:
    case ErrorCode::PlanHashMismatch:
    case ErrorCode::GateExpired:
    case ErrorCode::SelfApproval:
    case ErrorCode::AlreadyDecided:
    case ErrorCode::NotAnApprover:
    case ErrorCode::GateClosed:
    case ErrorCode::GateRevisionMismatch:
    case ErrorCode::ReasonRequired:
    case ErrorCode::UntrustedKey:
    case ErrorCode::NotOwnDecision:
    case ErrorCode::AlreadyWithdrawn:
    case ErrorCode::RevokedKey:
    case ErrorCode::RequestUnknown:
    case ErrorCode::RequestMismatch:
    case ErrorCode::RequestUsed:
    case ErrorCode::ResponseReplayed:
    case ErrorCode::ResponseExpired:
    case ErrorCode::WrongEngine:
    case ErrorCode::StaleJournal: return ExitCode::Refused;
    }
    Q_UNREACHABLE();
}

} // namespace cli
