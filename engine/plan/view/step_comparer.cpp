#include "engine/plan/view/plan_comparer.h"
#include "engine/plan/view/sequence_match.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

bool isMap(const QJsonObject &step)
{
    return step.value(u"kind"_s) == toString(StepKind::Map);
}

/// Whether there is one step for each item.
bool isExpandedMap(const QJsonObject &step)
{
    const QJsonValue items = step.value(u"items"_s);
    const QJsonValue steps = step.value(u"steps"_s);
    return isMap(step) && items.isArray() && steps.isArray()
           && items.toArray().size() == steps.toArray().size();
}

QString idOf(const QJsonValue &step)
{
    return step[u"id"_s].toString();
}

} // namespace

// NOLINTBEGIN(misc-no-recursion): over steps as deep as the parser of plans allows

void PlanComparer::compareSteps(const Place &parent, const QJsonValue &before, const QJsonValue &after)
{
    const auto lists = keyedBy(u"id"_s, before, after);
    if (!lists) {
        const Subject subject = parent.path.isEmpty() ? Subject::Whole : parent.subject;
        compareValues({subject, parent.path, parent.field}, before, after);
        return;
    }
    const auto pathOf = [&parent](const QString &id) { return childPath(parent.path, id); };
    const SequenceMatch match = matchByKey(lists->keysBefore, lists->keysAfter);
    for (const qsizetype i : match.removed)
        add(PlanChange::Removed, {parent.subject, pathOf(lists->keysBefore.at(i)), {}}, lists->before.at(i),
            QJsonValue::Undefined);
    for (qsizetype i = 0; i < match.beforeOf.size(); ++i) {
        const Place place{parent.subject, pathOf(lists->keysAfter.at(i)), {}};
        const QString predecessor = i > 0 ? pathOf(lists->keysAfter.at(i - 1)) : QString();
        if (match.beforeOf.at(i) < 0) {
            add(PlanChange::Added, place, QJsonValue::Undefined, lists->after.at(i), predecessor);
            continue;
        }
        if (match.isMoved.at(i))
            add(PlanChange::Moved, place, QJsonValue::Undefined, QJsonValue::Undefined, predecessor);
        compareStep(place, lists->before.at(match.beforeOf.at(i)).toObject(), lists->after.at(i).toObject());
    }
}

void PlanComparer::compareStep(const Place &step, const QJsonObject &before, const QJsonObject &after)
{
    if (before == after)
        return;
    for (const QString &name : namesOf(before, after))
        compareStepMember(step, name, before, after);
}

void PlanComparer::compareStepMember(const Place &step, const QString &name, const QJsonObject &before,
                                     const QJsonObject &after)
{
    const bool areExpanded = isExpandedMap(before) && isExpandedMap(after);
    if (areExpanded && name == u"steps"_s)
        return; // Compared with the items.
    const QJsonValue from = before.value(name);
    const QJsonValue to = after.value(name);
    if (areExpanded && name == u"items"_s)
        compareItems(step, before, after);
    else if (name == u"steps"_s && !isMap(before) && !isMap(after))
        compareSteps(step.below(name), from, to);
    else if (name == u"step"_s)
        compareTemplates(step, from, to);
    else if (name == u"module"_s)
        compareModules(step, from, to);
    else
        compareValues(step.below(name), from, to);
}

void PlanComparer::compareTemplates(const Place &map, const QJsonValue &before, const QJsonValue &after)
{
    const QString from = idOf(before);
    const QString to = idOf(after);
    if (from.isEmpty() || to.isEmpty()) {
        compareValues(map.below(u"step"_s), before, after);
    } else if (from == to) {
        compareStep({map.subject, mapTemplatePath(map.path, to), {}}, before.toObject(), after.toObject());
    } else {
        add(PlanChange::Removed, {map.subject, mapTemplatePath(map.path, from), {}}, before,
            QJsonValue::Undefined);
        add(PlanChange::Added, {map.subject, mapTemplatePath(map.path, to), {}}, QJsonValue::Undefined,
            after);
    }
}

void PlanComparer::compareItems(const Place &map, const QJsonObject &before, const QJsonObject &after)
{
    const QJsonArray from = before.value(u"items"_s).toArray();
    const QJsonArray to = after.value(u"items"_s).toArray();
    const QJsonArray stepsBefore = before.value(u"steps"_s).toArray();
    const QJsonArray stepsAfter = after.value(u"steps"_s).toArray();
    const bool isOutermost = m_map.isEmpty();
    if (isOutermost)
        m_map = map.path;
    const Place items = map.below(u"items"_s);
    const SequenceMatch match = matchItems(from, to);
    MapChange counts{map.path, 0, match.removed.size(), 0, 0};
    for (const qsizetype i : match.removed) {
        add(PlanChange::Removed, items.below(QString::number(i)), from.at(i), QJsonValue::Undefined);
        compareItemSteps(map, i, stepsBefore.at(i), QJsonValue::Undefined);
    }
    for (qsizetype i = 0; i < to.size(); ++i) {
        const qsizetype other = match.beforeOf.at(i);
        const Place item = items.below(QString::number(i));
        const qsizetype known = m_changes.size();
        if (other < 0)
            add(PlanChange::Added, item, QJsonValue::Undefined, to.at(i));
        else
            compareValues(item, from.at(other), to.at(i));
        compareItemSteps(map, i, other < 0 ? QJsonValue(QJsonValue::Undefined) : stepsBefore.at(other),
                         stepsAfter.at(i));
        counts.added += other < 0 ? 1 : 0;
        counts.changed += other >= 0 && m_changes.size() > known ? 1 : 0;
        counts.moved += match.isMoved.at(i) ? 1 : 0;
        if (match.isMoved.at(i))
            add(PlanChange::Moved, item, from.at(other), to.at(i));
    }
    if (!isOutermost)
        return;
    m_map.clear();
    if (counts.added + counts.removed + counts.changed + counts.moved > 0)
        m_maps += counts;
}

/// The steps made for an item; Undefined where there is none.
void PlanComparer::compareItemSteps(const Place &map, qsizetype index, const QJsonValue &before,
                                    const QJsonValue &after)
{
    const auto place = [&](const QJsonValue &step) {
        return Place{map.subject, mapChildPath(map.path, int(index), idOf(step)), {}};
    };
    const bool isKnown = !before.isUndefined() && !after.isUndefined();
    if (isKnown && before.isObject() && after.isObject() && idOf(before) == idOf(after)) {
        compareStep(place(after), before.toObject(), after.toObject());
        return;
    }
    if (isKnown && (idOf(before).isEmpty() || idOf(after).isEmpty())) {
        compareValues(map.below(u"steps"_s).below(QString::number(index)), before, after);
        return;
    }
    if (!before.isUndefined())
        add(PlanChange::Removed, place(before), before, QJsonValue::Undefined);
    if (!after.isUndefined())
        add(PlanChange::Added, place(after), QJsonValue::Undefined, after);
}

/// Other files of a module are said once, not at each step that uses it.
void PlanComparer::compareModules(const Place &step, const QJsonValue &before, const QJsonValue &after)
{
    const QString name = after[u"name"_s].toString();
    const QJsonValue from = before[u"digest"_s];
    const QJsonValue to = after[u"digest"_s];
    if (name.isEmpty() || before[u"name"_s].toString() != name || !from.isString() || !to.isString()) {
        compareValues(step.below(u"module"_s), before, after);
        return;
    }
    QJsonObject restBefore = before.toObject();
    QJsonObject restAfter = after.toObject();
    restBefore.remove(u"digest"_s);
    restAfter.remove(u"digest"_s);
    compareValues(step.below(u"module"_s), restBefore, restAfter);
    const QString key = name + u'\n' + from.toString() + u'\n' + to.toString();
    if (from == to || m_seenModules.contains(key))
        return;
    m_seenModules.insert(key);
    m_modules += PlanChange{
        PlanChange::Changed, Subject::Module, u"./modules/"_s + name, u"digest"_s, from, to, {}, {}};
}

// NOLINTEND(misc-no-recursion)

} // namespace engine
