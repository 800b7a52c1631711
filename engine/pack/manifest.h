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

/// A policy of the engine `rules`: it denies when any rule does.
struct PolicySpec
{
    QString id{};
    QList<PolicyRule> rules{};

    bool operator==(const PolicySpec &) const = default;
};

/// A value that a run step leaves: a file in its output folder, or a key of its outputs JSON object.
struct StepOutputSpec
{
    QString name{};
    QString type = QStringLiteral("string"); ///< string | integer | number | boolean | array | object | json
    QString path{}; ///< A file under $TASKRUNNER_ARTIFACTS; empty: the member `name` of $TASKRUNNER_OUTPUTS.

    bool operator==(const StepOutputSpec &) const = default;
};

enum class StepKind { Run, Parallel, Map, Approval, Policy };
enum class FailurePolicy { StopScheduling, CancelRunning, Continue };

/// What a run step does. All strings are template strings, see Template.
struct RunSpec
{
    QString uses{}; ///< builtin:exec | builtin:script | bundle.ingest
    QJsonObject with{};
    QJsonObject env{}; ///< Name to string.
    QList<StepOutputSpec> outputs{};
    QStringList artifacts{}; ///< Globs under $TASKRUNNER_ARTIFACTS; empty: everything.
    std::optional<std::chrono::milliseconds> timeout{};
    std::chrono::milliseconds grace = std::chrono::seconds(10); ///< Between TERM and KILL.
    bool idempotent = false;

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

/// A checked manifest: ids are unique and well formed, every gate's approval or policy exists, every
/// expression parses and names only what exists before it, the schemas are JSON Schemas.
struct Manifest
{
    QString name{};
    QString version{}; ///< SemVer 2.0.
    QString description{};
    QStringList tags{};
    QString license{};
    QList<InputSpec> inputs{};
    QList<ApprovalSpec> approvals{};
    QList<PolicySpec> policies{};
    QList<StepSpec> steps{};
    QList<RunOutputSpec> outputs{};

    const ApprovalSpec *approval(const QString &id) const; ///< nullptr when there is none.
    const PolicySpec *policy(const QString &id) const;     ///< nullptr when there is none.
    bool operator==(const Manifest &) const = default;
};

QString toString(InputType type);       ///< As written in a manifest: "string", ...
QString toString(StepKind kind);        ///< "run", "parallel", "map", "gate.approval", "gate.policy".
QString toString(FailurePolicy policy); ///< As written in a manifest: "stop-scheduling", ...

} // namespace engine
