#pragma once

#include "engine/pack/inputs.h"
#include "engine/pack/pack.h"

namespace engine {

/// One step of a plan. Like StepSpec, but everything that inputs decide is resolved: skip is decided, maps
/// over known items are expanded, strings hold values or templates that only a run can evaluate.
struct PlanStep
{
    QString id{};
    QString name{};
    StepKind kind = StepKind::Run;
    bool skip = false; ///< Its `when` is false already.
    QString when{};    ///< A template still to be decided; empty: always.
    bool continueOnError = false;

    RunSpec run{};
    QList<PlanStep>
        children{}; ///< Parallel: its steps. Map: one for each item when expanded, else the template alone.
    bool expanded = false; ///< Map: items is an array of values and children[i] belongs to items[i].
    QJsonValue items{};
    int maxParallel = 0;
    FailurePolicy failurePolicy = FailurePolicy::StopScheduling;
    QString gate{};
    QString message{};
    QJsonObject input{};
    bool failActionContinue = false;

    bool operator==(const PlanStep &) const; // Defaulted in the source: in here it would depend on itself.
};

/// What the engine that plans adds to a pack and its inputs.
struct PlanSettings
{
    SandboxMode sandbox = SandboxMode::Open; ///< Of packs that name none; Sealed holds for every pack.

    bool operator==(const PlanSettings &) const = default;
};

/// What will be run, exactly: a plain value with one canonical form and one hash.
///
/// The only ways to get one are makePlan() and parse(), so holding a Plan proves that it is well formed.
///
/// Its JSON form: "schema", "pack", "inputs", "sandbox" and "steps" are always there, and so is what people
/// decide by: "required", "allowSelfApproval", "expiresAfter" and "requireReason" of an approval,
/// "failAction" of a policy gate, "failurePolicy" and "grace" of a step, "maxAttempts", "backoff" and
/// "factor" of its retries. Everything else is absent when it is empty, false or no limit. "secrets" are
/// names; "secretRules" says which of them are optional or may be short, and is absent when none is.
/// Durations are ISO 8601 in their shortest form. A map has "steps", one for each item, when it is expanded;
/// else "step", its template.
class Plan
{
public:
    /// The longest canonical form that makePlan() makes and parse() reads.
    static constexpr qsizetype MaxBytes = 128 * 1024 * 1024;
    /// How many parallel and map steps may stand inside each other.
    static constexpr int MaxNesting = 8;
    /// How many items a map may have.
    static constexpr qsizetype MaxItems = 100'000;

    /// Reads a canonical plan ("stellaops.plan/v1") back: the result's canonical() is the text.
    /// Fails with InvalidInput at the JSON Pointer of the first problem: unknown members, wrong types,
    /// templates that do not parse, a text that is not in canonical form.
    static Result<Plan> parse(QByteArrayView canonical);

    const QString &packName() const { return m_packName; }
    const QString &packVersion() const { return m_packVersion; }
    const QString &packDigest() const { return m_packDigest; }
    /// Name to value in plan form: fractional numbers are strings, files are {"file": {"name", "sha256",
    /// "size"}}.
    const QJsonObject &inputs() const { return m_inputs; }
    const QList<SecretSpec> &secrets() const { return m_secrets; } ///< Without descriptions.
    const QList<ApprovalSpec> &approvals() const { return m_approvals; }
    const QList<PolicySpec> &policies() const { return m_policies; }
    const SandboxSpec &sandbox() const { return m_sandbox; } ///< Its mode is always set.
    const QList<PlanStep> &steps() const { return m_steps; }
    const QList<PlanStep> &finally() const { return m_finally; }
    const QList<RunOutputSpec> &outputs() const { return m_outputs; }

    const ApprovalSpec *approval(const QString &id) const; ///< nullptr when there is none.
    const PolicySpec *policy(const QString &id) const;     ///< nullptr when there is none.

    QJsonObject toJson() const;   ///< The plan as its JSON value; absent optional fields are absent.
    QByteArray canonical() const; ///< RFC 8785 form of toJson(), built anew at each call.
    const QString &hash() const
    {
        return m_hash;
    } ///< The planHash: "sha256:" and hex SHA-256 of canonical().

    bool operator==(const Plan &) const = default;

private:
    friend Result<Plan> makePlan(const Pack &pack, const BoundInputs &inputs, const PlanSettings &settings);
    Plan() = default;

    QJsonObject headJson() const;
    Result<QByteArray> checkedCanonical() const; ///< Fails as canonicalJson() does.
    void setHash(QByteArrayView canonical);

    QString m_hash;
    QString m_packName;
    QString m_packVersion;
    QString m_packDigest;
    QJsonObject m_inputs;
    QList<SecretSpec> m_secrets;
    QList<ApprovalSpec> m_approvals;
    QList<PolicySpec> m_policies;
    SandboxSpec m_sandbox;
    QList<PlanStep> m_steps;
    QList<PlanStep> m_finally;
    QList<RunOutputSpec> m_outputs;
};

/// Plans a pack with bound inputs. Pure: no file, clock, locale or host takes part.
///
/// Templates are resolved as far as inputs and, in a map over known items, item and index decide them. In a
/// step that is skipped, and in policy rules, they stay as written.
///
/// Fails with InvalidInput that carries every problem as a cause, at the position of its step and the JSON
/// Pointer of the value: an expression that cannot be evaluated, a `when` that is no boolean, items that are
/// no array or over MaxItems, a plan over MaxBytes.
Result<Plan> makePlan(const Pack &pack, const BoundInputs &inputs, const PlanSettings &settings = {});

/// One step's canonical JSON without its children: what a person is shown to be asked about.
QJsonObject stepDetail(const PlanStep &step);

/// The inputs in plan form (see Plan::inputs()). values is nested at most 128 levels deep.
QJsonObject planInputs(const QList<InputSpec> &specs, const QJsonObject &values);

/// The child of an unexpanded map for one item: template and item alone decide it. Fails like makePlan(); the
/// JSON Pointers are relative to the step.
///
/// @param mapTemplate  the one child of the map's step
Result<PlanStep> expandTemplate(const PlanStep &mapTemplate, const QJsonValue &item, int index);

// Paths: parents joined by "/"; a map child is "hosts[3]::restart"; the template of a map that is expanded
// only in the run is "hosts[*]::restart".
QString childPath(const QString &parent, const QString &id);
QString mapChildPath(const QString &map, int index, const QString &id);
QString mapTemplatePath(const QString &map, const QString &id);
/// Of step.children[index], where step stands at path.
QString planChildPath(const QString &path, const PlanStep &step, qsizetype index);

} // namespace engine
