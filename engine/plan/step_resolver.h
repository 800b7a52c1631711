#pragma once

#include "engine/pack/expression/template.h"
#include "engine/plan/plan.h"

#include <QHash>

namespace engine {

/// Resolves the templates of steps as far as a scope decides them. Internal to engine/plan.
class StepResolver
{
public:
    /// @param modules  of the pack, whose declarations say what `with` must be; without them the values of
    ///                 such steps are left to the run
    explicit StepResolver(const QList<ModuleSpec> &modules = {});

    /// A step as it was written, nothing resolved. nesting: how many containers it stands in.
    PlanStep asWritten(const StepSpec &spec, int nesting = 0);

    /// Resolves one step and those inside it.
    ///
    /// @param spec  where the step comes from, for positions; nullptr when it comes from no manifest
    PlanStep resolve(PlanStep step, const StepSpec *spec, const Scope &scope);

    /// A string that stays one: folded; as text when it is decided and no string.
    QString resolveText(const QString &text, const Scope &scope, const SourcePos &where);

    /// What went wrong so far; the steps returned have no meaning then.
    QList<Error> takeErrors() { return std::move(m_errors); }
    qsizetype errorCount() const { return m_errors.size(); }

    /// Adds a child and its size; fails when the plan has become too large.
    bool addChild(QList<PlanStep> &children, PlanStep child, qsizetype &size, const SourcePos &where);

private:
    void decideWhen(PlanStep &step, const StepSpec *spec, const Scope &scope);
    void skip(PlanStep &step, const StepSpec *spec);
    enum class Numbers { AsText, Exact };
    QJsonObject fold(const QJsonObject &templates, const Scope &scope, const SourcePos &where,
                     Numbers numbers = Numbers::AsText);
    QJsonObject textsOf(const QJsonObject &env, const SourcePos &where);
    void resolveRun(RunSpec &run, const StepSpec *spec, const Scope &scope);
    void resolveModule(RunSpec &run, const SourcePos &where);
    std::optional<QJsonValue> moduleInput(const InputSpec &input, const QJsonValue &value,
                                          const SourcePos &where);
    void resolveChildren(PlanStep &step, const StepSpec *spec, const Scope &scope);
    void resolveMap(PlanStep &step, const StepSpec *spec, const Scope &scope);
    /// The items as values when the scope decides them; otherwise step.items stays a template.
    std::optional<QJsonArray> resolveItems(PlanStep &step, const Scope &scope, const SourcePos &where);
    void expand(PlanStep &step, const QJsonArray &items, const StepSpec *spec, const Scope &scope);

    void fail(const SourcePos &where, const QString &message);
    void fail(SourcePos where, const Error &inside);

    QHash<QString, ModuleSpec> m_modules;
    QList<Error> m_errors;
};

} // namespace engine
