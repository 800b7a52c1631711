#include "ui/common/theme.h"

#include <QCoreApplication>

namespace ui {

namespace {

using engine::GateState;
using engine::Headline;
using engine::RunState;
using engine::StepState;

/// The words of all states, in one translation context.
struct Words
{
    Q_DECLARE_TR_FUNCTIONS(ui::State)

public:
    static QString of(RunState state)
    {
        switch (state) {
        case RunState::Queued: return tr("Queued");
        case RunState::Running: return tr("Running");
        case RunState::Waiting: return tr("Waiting for approval");
        case RunState::Cancelling: return tr("Cancelling");
        case RunState::Succeeded: return tr("Succeeded");
        case RunState::Failed: return tr("Failed");
        case RunState::Cancelled: return tr("Cancelled");
        case RunState::Interrupted: return tr("Interrupted");
        }
        return {};
    }

    static QString of(StepState state)
    {
        switch (state) {
        case StepState::Pending: return tr("Pending");
        case StepState::Ready: return tr("Ready");
        case StepState::Running: return tr("Running");
        case StepState::WaitingApproval: return tr("Waiting for approval");
        case StepState::WaitingPolicy: return tr("Checking policy");
        case StepState::BackingOff: return tr("Waiting to retry");
        case StepState::Cancelling: return tr("Cancelling");
        case StepState::Succeeded: return tr("Succeeded");
        case StepState::Failed: return tr("Failed");
        case StepState::Cancelled: return tr("Cancelled");
        case StepState::Skipped: return tr("Skipped");
        case StepState::Blocked: return tr("Blocked");
        case StepState::Interrupted: return tr("Outcome unknown");
        }
        return {};
    }

    static QString of(GateState state)
    {
        switch (state) {
        case GateState::Open: return tr("Waiting for approval");
        case GateState::Approved: return tr("Approved");
        case GateState::Rejected: return tr("Rejected");
        case GateState::Expired: return tr("Expired");
        case GateState::Cancelled: return tr("Cancelled");
        }
        return {};
    }

    static QString of(Headline headline)
    {
        switch (headline) {
        case Headline::Tampered: return tr("Tampered");
        case Headline::Incomplete: return tr("Incomplete");
        case Headline::NotCheckable: return tr("Not checkable");
        case Headline::RevokedKey: return tr("Revoked key");
        case Headline::UnknownKey: return tr("Unknown key");
        case Headline::UntrustedForPurpose: return tr("Key not trusted for this");
        case Headline::ExpiredKey: return tr("Expired key");
        case Headline::Unsigned: return tr("Unsigned");
        case Headline::Good: return tr("Verified");
        }
        return {};
    }

    static QString partial() { return tr("Succeeded in part"); }
};

} // namespace

QString stateWord(const AnyState &state)
{
    return std::visit([](auto s) { return Words::of(s); }, state);
}

QString runStateWord(const engine::RunSummary &run)
{
    return run.state == RunState::Succeeded && run.partial ? Words::partial() : stateWord(run.state);
}

} // namespace ui
