#include "engine/plan/view/plan_comparer.h"

#include "engine/base/json.h"
#include "engine/plan/view/sequence_match.h"

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Nothing counts as an empty list where the other one is a list with something in it.
QJsonValue orEmpty(const QJsonValue &value, const QJsonValue &other)
{
    if (!value.isUndefined())
        return value;
    if (other.isArray() && !other.toArray().isEmpty())
        return QJsonArray();
    return other.isObject() && !other.toObject().isEmpty() ? QJsonValue(QJsonObject()) : value;
}

} // namespace

PlanComparer::Place PlanComparer::Place::below(const QString &name) const
{
    return {subject, path, field.isEmpty() ? pointerToken(name) : field + u'/' + pointerToken(name)};
}

QList<PlanChange> PlanComparer::takeChanges()
{
    m_changes += m_modules;
    return std::move(m_changes);
}

void PlanComparer::add(PlanChange::Kind kind, const Place &place, const QJsonValue &before,
                       const QJsonValue &after, const QString &predecessor)
{
    m_changes += PlanChange{kind, place.subject, place.path, place.field, before, after, predecessor, m_map};
}

void PlanComparer::compare(const QJsonObject &before, const QJsonObject &after)
{
    static const std::array order{u"pack"_s,     u"inputs"_s,  u"secrets"_s, u"secretRules"_s, u"approvals"_s,
                                  u"policies"_s, u"sandbox"_s, u"steps"_s,   u"finally"_s,     u"outputs"_s};
    for (const QString &name : order)
        compareMember(name, before.value(name), after.value(name));
    for (const QString &name : namesOf(before, after)) {
        if (std::find(order.begin(), order.end(), name) == order.end())
            compareValues({Subject::Whole, {}, pointerToken(name)}, before.value(name), after.value(name));
    }
}

void PlanComparer::compareMember(const QString &name, const QJsonValue &before, const QJsonValue &after)
{
    const QJsonValue from = orEmpty(before, after);
    const QJsonValue to = orEmpty(after, before);
    if (name == u"inputs"_s)
        compareNamed(Subject::Input, from, to);
    else if (name == u"secrets"_s)
        compareSecretNames(from, to);
    else if (name == u"secretRules"_s)
        compareNamed(Subject::Secret, from, to);
    else if (name == u"approvals"_s)
        compareSubjects(Subject::Approval, u"id"_s, from, to);
    else if (name == u"policies"_s)
        compareSubjects(Subject::Policy, u"id"_s, from, to);
    else if (name == u"outputs"_s)
        compareSubjects(Subject::Output, u"name"_s, from, to);
    else if (name == u"steps"_s)
        compareSteps({Subject::Step, {}, name}, from, to);
    else if (name == u"finally"_s)
        compareSteps({Subject::FinallyStep, {}, name}, from, to);
    else
        compareValues({name == u"pack"_s ? Subject::Pack : Subject::Sandbox, {}, {}}, before, after);
}

/// Members of an object by their name: the inputs, or the rules of secrets.
void PlanComparer::compareNamed(Subject subject, const QJsonValue &before, const QJsonValue &after)
{
    const bool isInputs = subject == Subject::Input;
    if (!before.isObject() || !after.isObject()) {
        compareValues({Subject::Whole, {}, isInputs ? u"inputs"_s : u"secretRules"_s}, before, after);
        return;
    }
    for (const QString &name : namesOf(before.toObject(), after.toObject())) {
        const QJsonValue from = before[name];
        const QJsonValue to = after[name];
        const Place place{subject, name, {}};
        if (isInputs && from.isUndefined())
            add(PlanChange::Added, place, from, to);
        else if (isInputs && to.isUndefined())
            add(PlanChange::Removed, place, from, to);
        else
            compareValues(place, isInputs ? from : orEmpty(from, to), isInputs ? to : orEmpty(to, from));
    }
}

void PlanComparer::compareSecretNames(const QJsonValue &before, const QJsonValue &after)
{
    const auto namesIn = [](const QJsonValue &list) {
        QJsonArray named; // As objects, for uniqueKeys().
        const QJsonArray array = list.toArray();
        for (const QJsonValue name : array)
            named.append(QJsonObject{{u"name"_s, name}});
        return list.isArray() ? QJsonValue(named) : list;
    };
    if (keyedBy(u"name"_s, namesIn(before), namesIn(after)))
        compareSubjects(Subject::Secret, u"name"_s, namesIn(before), namesIn(after));
    else
        compareValues({Subject::Whole, {}, u"secrets"_s}, before, after);
}

/// A list whose elements are subjects of their own.
void PlanComparer::compareSubjects(Subject subject, const QString &key, const QJsonValue &before,
                                   const QJsonValue &after)
{
    const auto lists = keyedBy(key, before, after);
    if (!lists) {
        compareValues({Subject::Whole, {}, toString(subject) + u's'}, before, after);
        return;
    }
    const auto valueAt = [&](const QJsonArray &list, qsizetype i) { // A secret is its name.
        return subject == Subject::Secret ? list.at(i)[key] : QJsonValue(list.at(i));
    };
    const SequenceMatch match = matchByKey(lists->keysBefore, lists->keysAfter);
    for (const qsizetype i : match.removed)
        add(PlanChange::Removed, {subject, lists->keysBefore.at(i), {}}, valueAt(lists->before, i),
            QJsonValue::Undefined);
    for (qsizetype i = 0; i < match.beforeOf.size(); ++i) {
        const Place place{subject, lists->keysAfter.at(i), {}};
        const QString predecessor = i > 0 ? lists->keysAfter.at(i - 1) : QString();
        if (match.beforeOf.at(i) < 0) {
            add(PlanChange::Added, place, QJsonValue::Undefined, valueAt(lists->after, i), predecessor);
            continue;
        }
        if (match.isMoved.at(i))
            add(PlanChange::Moved, place, QJsonValue::Undefined, QJsonValue::Undefined, predecessor);
        compareValues(place, lists->before.at(match.beforeOf.at(i)), lists->after.at(i));
    }
}

// NOLINTBEGIN(misc-no-recursion): over values as deep as the parser of plans allows

void PlanComparer::compareValues(const Place &place, const QJsonValue &before, const QJsonValue &after)
{
    if (before == after)
        return;
    if (before.isObject() && after.isObject()) {
        for (const QString &name : namesOf(before.toObject(), after.toObject()))
            compareValues(place.below(name), before[name], after[name]);
        return;
    }
    if (before.isArray() && after.isArray()) {
        if (canonicalJsonOf(before) == canonicalJsonOf(after)
            || compareElements(place, before.toArray(), after.toArray()))
            return;
    }
    add(PlanChange::Changed, place, before, after);
}

/// A list whose elements are named by an id or a name; false when it is another.
bool PlanComparer::compareElements(const Place &place, const QJsonArray &before, const QJsonArray &after)
{
    auto lists = keyedBy(u"id"_s, before, after);
    if (!lists)
        lists = keyedBy(u"name"_s, before, after);
    if (!lists)
        return false;
    const SequenceMatch match = matchByKey(lists->keysBefore, lists->keysAfter);
    for (const qsizetype i : match.removed)
        compareValues(place.below(lists->keysBefore.at(i)), before.at(i), QJsonValue::Undefined);
    for (qsizetype i = 0; i < after.size(); ++i) {
        const qsizetype other = match.beforeOf.at(i);
        const Place element = place.below(lists->keysAfter.at(i));
        compareValues(element, other < 0 ? QJsonValue(QJsonValue::Undefined) : before.at(other), after.at(i));
        if (match.isMoved.at(i))
            add(PlanChange::Moved, element, QJsonValue::Undefined, QJsonValue::Undefined,
                i > 0 ? lists->keysAfter.at(i - 1) : QString());
    }
    return true;
}

// NOLINTEND(misc-no-recursion)

} // namespace engine
