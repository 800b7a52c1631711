#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QStringList>

#include <chrono>
#include <optional>

namespace engine {

enum class InputType { String, Integer, Number, Boolean, Array, Object, File };

/// One declared input of a pack.
struct InputSpec
{
    QString name{};
    InputType type = InputType::String;
    bool required = false;
    std::optional<QJsonValue> defaultValue{};
    QJsonObject schema{}; ///< JSON Schema, inline or read from the pack's file; empty for none.
    QString description{};

    bool operator==(const InputSpec &) const = default;
};

/// A secret that steps may name; its value comes with each run and is never part of a pack, plan or store.
struct SecretSpec
{
    QString name{};
    bool required = true;    ///< A run cannot start without a value.
    bool allowShort = false; ///< A value under 6 bytes is accepted, although it cannot be redacted well.
    QString description{};

    bool operator==(const SecretSpec &) const = default;
};

/// Who must agree at an approval gate.
struct ApprovalSpec
{
    QString id{};
    int required = 1;        ///< How many distinct people, at least 1.
    QStringList approvers{}; ///< "user:NAME" or "role:NAME"; empty: anyone who may approve.
    bool allowSelfApproval = false;
    std::chrono::milliseconds expiresAfter = std::chrono::hours(24);
    bool requireReason = false;
    QString title{};
    QString reasonTemplate{}; ///< A template string.

    bool operator==(const ApprovalSpec &) const = default;
};

struct PolicyRule
{
    QString id{};
    QString deny{}; ///< A template string that yields a boolean; true denies.
    QString message{};

    bool operator==(const PolicyRule &) const = default;
};

enum class PolicyEngine {
    Rules, ///< The pack's own rules: it denies when any of them does.
    Opa,   ///< The OPA Data API of the configured server.
};

struct PolicySpec
{
    QString id{};
    QList<PolicyRule> rules{}; ///< Rules.
    PolicyEngine engine = PolicyEngine::Rules;
    QString path{}; ///< Opa: of the document below /v1/data/, "packs/release/allow".

    bool operator==(const PolicySpec &) const = default;
};

enum class SandboxMode { Open, Sealed };

/// One place that a sealed run may reach.
struct EgressRule
{
    QString host{}; ///< Lower case, no trailing dot: a name, an IP literal, or "*.example.org".
    int port = 443; ///< 1 to 65535.

    bool operator==(const EgressRule &) const = default;
};

/// What the steps of a run may reach.
struct SandboxSpec
{
    std::optional<SandboxMode> mode{}; ///< Nothing: the engine's setting.
    QList<EgressRule> egress{};        ///< Empty: nothing, when sealed. See hasEgressList().
    bool recordViolations = false;     ///< onViolation: record; otherwise a violation fails the step.

    bool operator==(const SandboxSpec &) const = default;
};

/// When a failed attempt is followed by another. The delay before attempt n+1 is
/// min(backoff * factor^(n-1), maxBackoff), counted from the end of attempt n.
struct RetrySpec
{
    static constexpr int MaxAttempts = 1000;

    int maxAttempts = 1; ///< 1 to MaxAttempts.
    std::chrono::milliseconds backoff = std::chrono::seconds(1);
    double factor = 2; ///< 1 to 100.
    std::optional<std::chrono::milliseconds> maxBackoff{};
    std::optional<std::chrono::milliseconds> maxDuration{}; ///< Since the first start.
    /// Empty: any failure. What ends without an exit code (a request, a timeout, a signal) is on no list.
    QList<int> onExitCodes{};

    bool operator==(const RetrySpec &) const = default;
};

/// A value that a run step leaves: a file in its output folder, or a key of its outputs JSON object.
struct StepOutputSpec
{
    QString name{};
    QString type = QStringLiteral("string"); ///< string | integer | number | boolean | array | object | json
    QString path{}; ///< A file under $TASKRUNNER_ARTIFACTS; empty: the member `name` of $TASKRUNNER_OUTPUTS.
    bool secret = false; ///< The value joins the secrets of the run.

    bool operator==(const StepOutputSpec &) const = default;
};

enum class StepKind { Run, Parallel, Map, Approval, Policy };
enum class FailurePolicy { StopScheduling, CancelRunning, Continue };

/// A module of the pack's own: the folder modules/NAME with its module.yaml.
struct ModuleSpec
{
    QString name{};
    QString description{};
    QList<InputSpec> inputs{}; ///< What `with` may and must give; never of type File.
    QList<StepOutputSpec> outputs{};
    QStringList
        command{};    ///< Templates that name `inputs` only. A program "./x" stands in the module's folder.
    QString digest{}; ///< "sha256:" and hex over the module's files, computed like a pack digest.

    bool operator==(const ModuleSpec &) const = default;
};

/// The module of the pack that a run step uses, as it counts for the plan.
struct ModuleUse
{
    QString name{};        ///< "./modules/NAME" without the folder; empty: a built-in.
    QString digest{};      ///< Of the ModuleSpec.
    QStringList command{}; ///< Templates in which `inputs` are the values of `with`.

    bool operator==(const ModuleUse &) const = default;
};

/// What a run step does. All strings are template strings, see Template.
struct RunSpec
{
    QString uses{}; ///< One of moduleNames(), or "./modules/NAME".
    QJsonObject with{};
    QJsonObject env{}; ///< Name to string.
    QList<StepOutputSpec> outputs{};
    QStringList artifacts{}; ///< Globs under $TASKRUNNER_ARTIFACTS; empty: everything.
    std::optional<std::chrono::milliseconds> timeout{};
    std::chrono::milliseconds grace = std::chrono::seconds(10); ///< Between TERM and KILL.
    bool idempotent = false; ///< May be run again when its outcome is unknown.
    std::optional<RetrySpec> retries{};
    bool allowUnixSockets = false; ///< In a sealed run.
    ModuleUse module{};            ///< Of a pack's own module.

    bool operator==(const RunSpec &) const = default;
};

/// One step as written; which fields count depends on kind. Order of children is order of writing.
struct StepSpec
{
    QString id{};
    QString name{};
    StepKind kind = StepKind::Run;
    QString when{}; ///< A template string; empty: always.
    bool continueOnError = false;
    SourcePos where{}; ///< Of the step's mapping.

    RunSpec run{};              ///< Run.
    QList<StepSpec> children{}; ///< Parallel: its steps. Map: exactly one, the template.
    QJsonValue items{};         ///< Map: an array, or a template string that yields one.
    int maxParallel = 0;        ///< Parallel, Map; 0: no limit of its own.
    FailurePolicy failurePolicy = FailurePolicy::StopScheduling; ///< Parallel, Map.
    QString gate{};                  ///< Approval, Policy: id of the approval or policy.
    QString message{};               ///< Approval: a template string.
    QJsonObject input{};             ///< Policy: templates, what the evaluator is given.
    bool failActionContinue = false; ///< Policy: a denial is recorded and the run goes on.

    bool operator==(const StepSpec &) const; // In the source: the type of children is not complete here.
};

/// A value that the whole run leaves.
struct RunOutputSpec
{
    QString name{};
    QString value{}; ///< A template string; empty when file is set.
    QString file{};  ///< A template string that yields an artifact; empty when value is set.

    bool operator==(const RunOutputSpec &) const = default;
};

struct Maintainer
{
    QString name{};
    QString email{};

    bool operator==(const Maintainer &) const = default;
};

/// A checked manifest: ids are unique and well formed, every gate's approval or policy exists, every
/// expression parses and names only what exists before it, the schemas are JSON Schemas.
struct Manifest
{
    QString name{};
    QString version{}; ///< SemVer 2.0.
    QString description{};
    QStringList tags{};
    QList<Maintainer> maintainers{};
    QString license{};
    QList<InputSpec> inputs{};
    QList<SecretSpec> secrets{};
    QList<ApprovalSpec> approvals{};
    QList<PolicySpec> policies{};
    SandboxSpec sandbox{};
    QList<StepSpec> steps{};
    QList<StepSpec>
        finally{}; ///< Run steps only; after success, failure or cancel. Ids differ from those of steps.
    QList<RunOutputSpec> outputs{};
    QList<ModuleSpec> modules{}; ///< The pack's own, sorted by name.

    const ApprovalSpec *approval(const QString &id) const;     ///< nullptr when there is none.
    const PolicySpec *policy(const QString &id) const;         ///< nullptr when there is none.
    const ModuleSpec *module(const QString &moduleName) const; ///< nullptr when there is none.
    bool operator==(const Manifest &) const = default;
};

QString toString(InputType type);       ///< As written in a manifest: "string", ...
QString toString(StepKind kind);        ///< "run", "parallel", "map", "gate.approval", "gate.policy".
QString toString(FailurePolicy policy); ///< As written in a manifest: "stop-scheduling", ...
QString toString(PolicyEngine engine);  ///< "rules", "opa".
QString toString(SandboxMode mode);     ///< "open", "sealed".

} // namespace engine
