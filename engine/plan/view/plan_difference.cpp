#include "engine/plan/view/plan_difference.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/plan/view/plan_comparer.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString toString(PlanChange::Kind kind)
{
    switch (kind) {
    case PlanChange::Added: return u"added"_s;
    case PlanChange::Removed: return u"removed"_s;
    case PlanChange::Changed: return u"changed"_s;
    case PlanChange::Moved: return u"moved"_s;
    }
    Q_UNREACHABLE();
}

QString toString(PlanChange::Subject subject)
{
    switch (subject) {
    case PlanChange::Pack: return u"pack"_s;
    case PlanChange::Input: return u"input"_s;
    case PlanChange::Secret: return u"secret"_s;
    case PlanChange::Approval: return u"approval"_s;
    case PlanChange::Policy: return u"policy"_s;
    case PlanChange::Sandbox: return u"sandbox"_s;
    case PlanChange::Step: return u"step"_s;
    case PlanChange::FinallyStep: return u"finally-step"_s;
    case PlanChange::Output: return u"output"_s;
    case PlanChange::Module: return u"module"_s;
    case PlanChange::Whole: return u"plan"_s;
    }
    Q_UNREACHABLE();
}

static QString hashOf(const QJsonObject &plan)
{
    return u"sha256:"_s + sha256Hex(canonicalJsonOf(plan));
}

PlanDifference differenceOf(const QJsonObject &before, const QJsonObject &after)
{
    PlanComparer comparer;
    comparer.compare(before, after);
    return {hashOf(before), hashOf(after), comparer.takeChanges(), comparer.takeMaps()};
}

PlanDifference differenceOf(const Plan &before, const Plan &after)
{
    return differenceOf(before.toJson(), after.toJson());
}

static QJsonObject changeJson(const PlanChange &change)
{
    QJsonObject json{{u"kind"_s, toString(change.kind)}, {u"subject"_s, toString(change.subject)}};
    const std::pair<QString, QString> texts[]{{u"path"_s, change.path},
                                              {u"field"_s, change.field},
                                              {u"predecessor"_s, change.predecessor},
                                              {u"map"_s, change.map}};
    for (const auto &[name, text] : texts) {
        if (!text.isEmpty())
            json.insert(name, text);
    }
    if (!change.before.isUndefined())
        json.insert(u"before"_s, change.before);
    if (!change.after.isUndefined())
        json.insert(u"after"_s, change.after);
    return json;
}

/// The first changes inside of map items, or those outside, and how many more there are.
static void putChanges(QJsonObject &json, const QList<PlanChange> &changes, bool ofItems)
{
    QJsonArray list;
    qsizetype more = 0;
    for (const PlanChange &change : changes) {
        if (change.map.isEmpty() == ofItems)
            continue;
        if (list.size() < PlanDifference::MaxListed)
            list.append(changeJson(change));
        else
            ++more;
    }
    json.insert(ofItems ? u"itemChanges"_s : u"changes"_s, list);
    if (more > 0)
        json.insert(ofItems ? u"moreItemChanges"_s : u"moreChanges"_s, more);
}

QJsonObject PlanDifference::toJson() const
{
    QJsonObject json{
        {u"same"_s, isSame()}, {u"planHashBefore"_s, hashBefore}, {u"planHashAfter"_s, hashAfter}};
    putChanges(json, changes, false);
    putChanges(json, changes, true);
    QJsonArray list;
    for (const MapChange &map : maps.first(std::min(maps.size(), MaxListed)))
        list.append(QJsonObject{{u"path"_s, map.path},
                                {u"added"_s, map.added},
                                {u"removed"_s, map.removed},
                                {u"changed"_s, map.changed},
                                {u"moved"_s, map.moved}});
    json.insert(u"maps"_s, list);
    if (maps.size() > MaxListed)
        json.insert(u"moreMaps"_s, maps.size() - MaxListed);
    return json;
}

} // namespace engine
