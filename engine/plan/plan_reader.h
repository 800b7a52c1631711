#pragma once

#include "engine/pack/expression/value.h"
#include "engine/plan/json_members.h"
#include "engine/plan/plan.h"

#include <QSet>

#include <initializer_list>

namespace engine {

/// Reads the parts of a plan from JSON, see Plan::parse(). Keeps the first problem; from then on what it
/// answers has no meaning. Internal to engine/plan.
class PlanReader
{
public:
    std::optional<Error> problem{};
    QList<ApprovalSpec> approvals{}; ///< What gates may refer to.
    QList<PolicySpec> policies{};

    QList<ApprovalSpec> readApprovals(JsonMembers &plan);
    QList<PolicySpec> readPolicies(JsonMembers &plan);
    QList<PlanStep> readSteps(JsonMembers &plan);
    QList<RunOutputSpec> readOutputs(JsonMembers &plan);
    QJsonObject readInputs(JsonMembers &plan);
    QList<SecretSpec> readSecrets(JsonMembers &plan);
    SandboxSpec readSandbox(JsonMembers &plan);
    QList<PlanStep> readFinally(JsonMembers &plan);

private:
    ApprovalSpec readApproval(const QJsonObject &json, const QString &path);
    PolicySpec readPolicy(const QJsonObject &json, const QString &path);
    PolicyRule readRule(const QJsonObject &json, const QString &path);
    RunOutputSpec readOutput(const QJsonObject &json, const QString &path);

    PlanStep readStep(const QJsonObject &json, const QString &path, int nesting);
    EgressRule readEgressRule(const QJsonObject &json, const QString &path);
    void readRun(JsonMembers &members, RunSpec &run);
    void readModule(JsonMembers &members, RunSpec &run);
    std::optional<RetrySpec> readRetries(JsonMembers &members);
    StepOutputSpec readStepOutput(const QJsonObject &json, const QString &path);
    void readSpread(JsonMembers &members, PlanStep &step);
    void readParallel(JsonMembers &members, PlanStep &step, int nesting);
    void readMap(JsonMembers &members, PlanStep &step, int nesting);
    void readApprovalGate(JsonMembers &members, PlanStep &step);
    void readPolicyGate(JsonMembers &members, PlanStep &step);
    bool isTooDeep(JsonMembers &members, int nesting);
    void checkMap(JsonMembers &members, const PlanStep &step);
    void checkSkip(JsonMembers &members, const PlanStep &step);

    QString readId(JsonMembers &members, const QString &name);
    QString readTemplate(JsonMembers &members, const QString &name, JsonMembers::Need need);
    QJsonObject readTemplates(JsonMembers &members, const QString &name);
    void checkTemplates(JsonMembers &members, const QJsonValue &value, const QString &path);

    /// Each object of an array; ids are told apart by unique, where it is given.
    template<class Spec, class Read>
    QList<Spec> readList(JsonMembers &members, const QString &name, JsonMembers::Need need,
                         QString Spec::*unique, const Read &read);

    /// One of the values that toString() writes.
    template<class Choice>
    Choice readChoice(JsonMembers &members, const QString &name, std::initializer_list<Choice> choices);
};

template<class Spec, class Read>
QList<Spec> PlanReader::readList(JsonMembers &members, const QString &name, JsonMembers::Need need,
                                 QString Spec::*unique, const Read &read)
{
    QList<Spec> list;
    QSet<QString> seen;
    const QJsonArray array = members.array(name, need);
    const QString path = members.pathOf(name) + u'/';
    list.reserve(array.size());
    for (const auto value : array) {
        const QString itemPath = path + QString::number(list.size());
        if (!value.isObject())
            members.fail(itemPath, QStringLiteral("expected an object, found %1").arg(expr::describe(value)));
        if (problem)
            break;
        list += read(value.toObject(), itemPath);
        if (!unique)
            continue;
        const QString &id = list.constLast().*unique;
        if (seen.contains(id))
            members.fail(itemPath, QStringLiteral("\"%1\" is defined twice").arg(id));
        seen += id;
    }
    return list;
}

template<class Choice>
Choice PlanReader::readChoice(JsonMembers &members, const QString &name,
                              std::initializer_list<Choice> choices)
{
    const QString text = members.text(name);
    QStringList names;
    for (const Choice choice : choices) {
        names += toString(choice);
        if (names.constLast() == text)
            return choice;
    }
    members.failAt(name,
                   QStringLiteral("\"%1\" is not one of %2").arg(text, names.join(QStringLiteral(", "))));
    return *choices.begin();
}

} // namespace engine
