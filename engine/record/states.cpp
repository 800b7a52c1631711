#include "engine/record/gate_record.h"
#include "engine/record/names.h"
#include "engine/record/verification.h"

namespace engine {

static constexpr NamedValue<RunState> runStates[] = {
    {RunState::Queued, u"queued"},       {RunState::Running, u"running"},
    {RunState::Waiting, u"waiting"},     {RunState::Cancelling, u"cancelling"},
    {RunState::Succeeded, u"succeeded"}, {RunState::Failed, u"failed"},
    {RunState::Cancelled, u"cancelled"}, {RunState::Interrupted, u"interrupted"},
};

static constexpr NamedValue<StepState> stepStates[] = {
    {StepState::Pending, u"pending"},
    {StepState::Ready, u"ready"},
    {StepState::Running, u"running"},
    {StepState::WaitingApproval, u"waiting-approval"},
    {StepState::WaitingPolicy, u"waiting-policy"},
    {StepState::BackingOff, u"backing-off"},
    {StepState::Cancelling, u"cancelling"},
    {StepState::Succeeded, u"succeeded"},
    {StepState::Failed, u"failed"},
    {StepState::Cancelled, u"cancelled"},
    {StepState::Skipped, u"skipped"},
    {StepState::Blocked, u"blocked"},
    {StepState::Interrupted, u"interrupted"},
};

static constexpr NamedValue<LogLevel> logLevels[] = {
    {LogLevel::Debug, u"debug"},
    {LogLevel::Info, u"info"},
    {LogLevel::Warn, u"warn"},
    {LogLevel::Error, u"error"},
};

static constexpr NamedValue<GateState> gateStates[] = {
    {GateState::Open, u"open"},           {GateState::Approved, u"approved"},
    {GateState::Rejected, u"rejected"},   {GateState::Expired, u"expired"},
    {GateState::Cancelled, u"cancelled"},
};

static constexpr NamedValue<Verdict> verdicts[] = {{Verdict::Approve, u"approve"},
                                                   {Verdict::Reject, u"reject"}};

static constexpr NamedValue<Headline> headlines[] = {
    {Headline::Tampered, u"tampered"},
    {Headline::Incomplete, u"incomplete"},
    {Headline::NotCheckable, u"not-checkable"},
    {Headline::RevokedKey, u"revoked-key"},
    {Headline::UnknownKey, u"unknown-key"},
    {Headline::UntrustedForPurpose, u"untrusted-for-purpose"},
    {Headline::ExpiredKey, u"expired-key"},
    {Headline::Unsigned, u"unsigned"},
    {Headline::Good, u"good"},
};

static constexpr NamedValue<CheckResult> checkResults[] = {
    {CheckResult::Passed, u"passed"},
    {CheckResult::Failed, u"failed"},
    {CheckResult::NotRun, u"not-run"},
};

static constexpr NamedValue<StepResolution::Outcome> stepOutcomes[] = {
    {StepResolution::Retry, u"retry"},
    {StepResolution::Failed, u"failed"},
    {StepResolution::Succeeded, u"succeeded"},
};

template<class Enum, size_t N>
static QString name(Enum value, const NamedValue<Enum> (&names)[N])
{
    return nameOf<Enum>(value, names);
}

bool isFinal(RunState state)
{
    return state == RunState::Succeeded || state == RunState::Failed || state == RunState::Cancelled;
}

bool isFinal(StepState state)
{
    return state == StepState::Succeeded || state == StepState::Failed || state == StepState::Cancelled
           || state == StepState::Skipped || state == StepState::Blocked;
}

QString toString(RunState state)
{
    return name(state, runStates);
}
QString toString(StepState state)
{
    return name(state, stepStates);
}
QString toString(StepResolution::Outcome outcome)
{
    return name(outcome, stepOutcomes);
}
QString toString(LogLevel level)
{
    return name(level, logLevels);
}
QString toString(GateState state)
{
    return name(state, gateStates);
}
QString toString(Verdict verdict)
{
    return name(verdict, verdicts);
}
QString toString(Headline headline)
{
    return name(headline, headlines);
}
QString toString(CheckResult result)
{
    return name(result, checkResults);
}

Result<RunState> parseRunState(const QString &text)
{
    return valueOf<RunState>(text, runStates, u"run state");
}
Result<StepState> parseStepState(const QString &text)
{
    return valueOf<StepState>(text, stepStates, u"step state");
}
Result<StepResolution::Outcome> parseStepOutcome(const QString &text)
{
    return valueOf<StepResolution::Outcome>(text, stepOutcomes, u"outcome");
}
Result<LogLevel> parseLogLevel(const QString &text)
{
    return valueOf<LogLevel>(text, logLevels, u"log level");
}
Result<GateState> parseGateState(const QString &text)
{
    return valueOf<GateState>(text, gateStates, u"gate state");
}
Result<Verdict> parseVerdict(const QString &text)
{
    return valueOf<Verdict>(text, verdicts, u"verdict");
}

} // namespace engine
