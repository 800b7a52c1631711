#include "tests/support/sample_values.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;
using namespace engine;

namespace sample {

namespace {

const QString planHash = u"sha256:"_s + u"5fa1c0de"_s.repeated(8);
const QString packDigest = u"sha256:"_s + u"0123abcd"_s.repeated(8);

InputSpec input(const QString &name, InputType type, const QString &description,
                std::optional<QJsonValue> defaultValue = {}, const QJsonObject &schema = {})
{
    InputSpec spec;
    spec.name = name;
    spec.type = type;
    spec.description = description;
    spec.defaultValue = std::move(defaultValue);
    spec.schema = schema;
    return spec;
}

OutlineNode node(const QString &path, const QString &name, StepKind kind, int parent = -1)
{
    OutlineNode made;
    made.path = path;
    made.id = path.section(u'/', -1);
    made.name = name;
    made.kind = kind;
    made.parent = parent;
    made.depth = parent < 0 ? 0 : 1;
    return made;
}

StepRecord step(const QString &path, StepState state)
{
    StepRecord made;
    made.path = path;
    made.state = state;
    made.attempts = state == StepState::Succeeded ? 1 : 0;
    made.lastTransitionAt = start() + std::chrono::seconds(20);
    return made;
}

} // namespace

Timestamp start()
{
    return Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::hours(10));
}

PackDescription pack()
{
    PackDescription made;
    made.path = u"/packs/inventory-audit"_s;
    made.name = u"inventory-audit"_s;
    made.version = u"1.0.0"_s;
    made.digest = packDigest;
    made.description =
        u"List the installed packages, check them against a deny list, have the result reviewed."_s;
    made.inputs = {
        input(u"target"_s, InputType::String, u"Name of the machine in the report."_s),
        input(u"mode"_s, InputType::String, u"How deep to look."_s, QJsonValue(u"quick"_s),
              {{u"enum"_s, QJsonArray{u"quick"_s, u"full"_s}}}),
        input(u"retries"_s, InputType::Integer, u"How often to try again."_s, QJsonValue(2),
              {{u"minimum"_s, 0}, {u"maximum"_s, 9}}),
        input(u"threshold"_s, InputType::Number, u"Share of packages that may be outdated."_s,
              QJsonValue(0.25)),
        input(u"strict"_s, InputType::Boolean, u"Fail on the first finding."_s, QJsonValue(true)),
        input(u"denied"_s, InputType::Array, u"Names of packages that must not be installed."_s,
              QJsonValue(QJsonArray{u"telnetd"_s, u"rsh-server"_s})),
        input(u"labels"_s, InputType::Object, u"Labels to put on the report."_s),
        input(u"baseline"_s, InputType::File, u"An earlier list to compare with."_s),
    };
    made.inputs[0].required = true;
    ApprovalSpec review;
    review.id = u"reviewer"_s;
    review.title = u"Review of the package inventory"_s;
    made.approvals = {review};
    return made;
}

PlanPreview preview()
{
    PlanPreview made;
    made.packName = u"inventory-audit"_s;
    made.packVersion = u"1.0.0"_s;
    made.planHash = planHash;
    made.canonical = R"({"pack":{"name":"inventory-audit"},"steps":[{"id":"collect"}]})"_ba;
    made.outline = {
        node(u"collect"_s, u"List the installed packages"_s, StepKind::Run),
        node(u"checks"_s, u"Checks"_s, StepKind::Parallel),
        node(u"checks/lint"_s, {}, StepKind::Run, 1),
        node(u"review"_s, u"A reviewer accepts the inventory"_s, StepKind::Approval),
        node(u"report"_s, u"Write the report"_s, StepKind::Run),
    };
    made.simulation.planHash = planHash;
    made.simulation.waves = 3;
    made.simulation.approvals = 1;
    using enum SimulatedOutcome;
    made.simulation.steps = {
        {u"collect"_s, StepKind::Run, WouldRun, {}, 1},
        {u"checks"_s, StepKind::Parallel, WouldRun, {}, 2},
        {u"checks/lint"_s, StepKind::Run, WouldSkip, u"its condition is false"_s, 0},
        {u"review"_s, StepKind::Approval, WaitsForApproval, u"1 of anyone, within 24 h"_s, 3},
        {u"report"_s, StepKind::Run, DecidedAtRunTime, u"depends on steps.collect"_s, 3},
    };
    return made;
}

RunSummary run(int number, RunState state)
{
    RunSummary made;
    made.id = {u"run_01HZZZZZZZZZZZZZZZZZZZZZZ%1"_s.arg(number)};
    made.packName = u"inventory-audit"_s;
    made.packVersion = u"1.0.0"_s;
    made.packDigest = packDigest;
    made.planHash = planHash;
    made.state = state;
    made.requestedBy = u"anna"_s;
    made.requestedAt = start() + std::chrono::minutes(number);
    made.createdAt = made.requestedAt;
    made.updatedAt = made.createdAt + std::chrono::seconds(90);
    if (isFinal(state))
        made.completedAt = made.updatedAt;
    if (state == RunState::Failed)
        made.reason = u"step \"collect\" failed with exit code 3"_s;
    return made;
}

GateRequest gate(const RunSummary &run)
{
    GateRequest made;
    made.run = run.id;
    made.path = u"review"_s;
    made.approvalId = u"reviewer"_s;
    made.title = u"Review of the package inventory"_s;
    made.message = u"412 packages are installed, none of the 3 denied ones."_s;
    made.planHash = run.planHash;
    made.reasonSuggestion = u"Reviewed the inventory of this machine."_s;
    made.requestedBy = run.requestedBy;
    made.requestedAt = run.createdAt + std::chrono::seconds(30);
    made.expiresAt = start() + std::chrono::hours(4);
    return made;
}

RunView runView(const RunSummary &run)
{
    RunView made;
    made.summary = run;
    made.outline = preview().outline;
    made.steps = {step(u"collect"_s, StepState::Succeeded), step(u"checks"_s, StepState::Succeeded),
                  step(u"checks/lint"_s, StepState::Skipped), step(u"review"_s, StepState::WaitingApproval),
                  step(u"report"_s, StepState::Pending)};
    made.gates = {gate(run)};
    return made;
}

VerificationReport report(Headline headline)
{
    VerificationReport made;
    made.bundlePath = u"/bundles/run.evidence.tar"_s;
    made.bundleSha256 = u"89ab"_s.repeated(16);
    made.headline = headline;
    const bool good = headline == Headline::Good;
    const bool tampered = headline == Headline::Tampered;
    made.checks = {
        {u"container"_s, u"The container is a plain archive"_s, CheckResult::Passed, u"14 files"_s},
        {u"digests"_s, u"Every file has the digest that the manifest lists"_s,
         tampered ? CheckResult::Failed : CheckResult::Passed,
         tampered ? u"plan.json has another digest"_s : QString()},
        {u"key-trust"_s, u"The signing key is trusted"_s,
         good       ? CheckResult::Passed
         : tampered ? CheckResult::NotRun
                    : CheckResult::Failed,
         good ? QString() : u"see the headline"_s},
    };
    made.runId = run(1, RunState::Succeeded).id.value;
    made.packName = u"inventory-audit"_s;
    made.packVersion = u"1.0.0"_s;
    made.planHash = planHash;
    made.outcome = u"succeeded"_s;
    made.signerKeyId = u"cafe"_s.repeated(16);
    return made;
}

} // namespace sample
