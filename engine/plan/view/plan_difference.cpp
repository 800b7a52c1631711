#include "engine/plan/view/plan_difference.h"

#include <QHash>
#include <QSet>

#include <algorithm>
#include <vector>

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

namespace {

QStringList namesIn(const QJsonObject &before, const QJsonObject &after)
{
    QStringList names = before.keys() + after.keys();
    names.removeDuplicates();
    names.sort();
    return names;
}

/// The positions in a sequence that do not belong to its longest increasing part: what was moved in a list.
QSet<qsizetype> notIncreasing(const QList<qsizetype> &values)
{
    std::vector<qsizetype> tails; // Position of the smallest end of an increasing part of each length.
    QList<qsizetype> previous(values.size(), -1);
    for (qsizetype i = 0; i < values.size(); ++i) {
        const auto end = std::lower_bound(tails.begin(), tails.end(), values[i],
                                          [&](qsizetype at, qsizetype value) { return values[at] < value; });
        previous[i] = end == tails.begin() ? -1 : *(end - 1);
        if (end == tails.end())
            tails.push_back(i);
        else
            *end = i;
    }
    QSet<qsizetype> moved;
    for (qsizetype i = 0; i < values.size(); ++i)
        moved.insert(i);
    for (qsizetype i = tails.empty() ? -1 : tails.back(); i >= 0; i = previous[i])
        moved.remove(i);
    return moved;
}

class Comparer
{
public:
    PlanDifference compare(const QJsonObject &before, const QJsonObject &after);

private:
    void add(const PlanChange &change);
    void compareFields(const QString &subject, const QString &name, const QString &prefix,
                       const QJsonObject &before, const QJsonObject &after);
    void compareNamed(const QString &subject, const QJsonObject &before, const QJsonObject &after);
    /// Objects that have a key of their own. inside tells of two that are the same one.
    template<class Inside>
    void compareList(const QString &subject, const QJsonArray &before, const QJsonArray &after,
                     const QString &key, const QString &parent, const Inside &inside);
    void compareSteps(const QString &subject, const QString &parent, const QJsonArray &before,
                      const QJsonArray &after);
    void compareStep(const QString &subject, const QString &path, QJsonObject before, QJsonObject after);
    void compareItems(const QString &subject, const QString &path, const QJsonArray &before,
                      const QJsonArray &after);

    PlanDifference m_difference;
};

void Comparer::add(const PlanChange &change)
{
    if (m_difference.changes.size() < PlanDifference::MaxChanges)
        m_difference.changes += change;
    else
        ++m_difference.moreChanges;
}

// NOLINTBEGIN(misc-no-recursion): over values and steps of plans, whose depth is limited

void Comparer::compareFields(const QString &subject, const QString &name, const QString &prefix,
                             const QJsonObject &before, const QJsonObject &after)
{
    for (const QString &member : namesIn(before, after)) {
        const QJsonValue old = before.value(member);
        const QJsonValue now = after.value(member);
        const QString field = prefix.isEmpty() ? member : prefix + u'.' + member;
        if (old == now)
            continue;
        if (old.isObject() && now.isObject())
            compareFields(subject, name, field, old.toObject(), now.toObject());
        else
            add({PlanChange::Changed, subject, name, field, old, now});
    }
}

void Comparer::compareNamed(const QString &subject, const QJsonObject &before, const QJsonObject &after)
{
    for (const QString &name : namesIn(before, after)) {
        const QJsonValue old = before.value(name);
        const QJsonValue now = after.value(name);
        const PlanChange::Kind kind = old.isUndefined()   ? PlanChange::Added
                                      : now.isUndefined() ? PlanChange::Removed
                                                          : PlanChange::Changed;
        if (old != now)
            add({kind, subject, name, {}, old, now});
    }
}

template<class Inside>
void Comparer::compareList(const QString &subject, const QJsonArray &before, const QJsonArray &after,
                           const QString &key, const QString &parent, const Inside &inside)
{
    const auto nameOf = [&](const QJsonValue &item) { return childPath(parent, item[key].toString()); };
    QHash<QString, qsizetype> placeBefore;
    for (qsizetype i = 0; i < before.size(); ++i)
        placeBefore.insert(nameOf(before[i]), i);
    QList<qsizetype> order;
    QSet<QString> namesAfter;
    for (const QJsonValue item : after) {
        namesAfter.insert(nameOf(item));
        if (const auto place = placeBefore.constFind(nameOf(item)); place != placeBefore.cend())
            order += *place;
    }
    for (const QJsonValue item : before) {
        if (!namesAfter.contains(nameOf(item)))
            add({PlanChange::Removed, subject, nameOf(item), {}, item, QJsonValue::Undefined});
    }
    const QSet<qsizetype> moved = notIncreasing(order);
    qsizetype common = 0;
    QJsonValue previous = QJsonValue::Null;
    for (const QJsonValue item : after) {
        const QString name = nameOf(item);
        const auto place = placeBefore.constFind(name);
        if (place == placeBefore.cend()) {
            add({PlanChange::Added, subject, name, {}, QJsonValue::Undefined, item});
        } else {
            if (moved.contains(common++))
                add({PlanChange::Moved, subject, name, {}, QJsonValue::Undefined, previous});
            inside(name, before[*place].toObject(), item.toObject());
        }
        previous = name;
    }
}

void Comparer::compareSteps(const QString &subject, const QString &parent, const QJsonArray &before,
                            const QJsonArray &after)
{
    compareList(subject, before, after, u"id"_s, parent,
                [&](const QString &path, const QJsonObject &old, const QJsonObject &now) {
                    compareStep(subject, path, old, now);
                });
}

/// The steps of an expanded map belong to its items by their position.
void Comparer::compareItems(const QString &subject, const QString &path, const QJsonArray &before,
                            const QJsonArray &after)
{
    for (qsizetype i = 0; i < std::max(before.size(), after.size()); ++i) {
        const QJsonObject old = before.at(i).toObject();
        const QJsonObject now = after.at(i).toObject();
        const QString id = (now.isEmpty() ? old : now).value(u"id"_s).toString();
        const QString child = mapChildPath(path, int(i), id);
        if (i >= before.size())
            add({PlanChange::Added, subject, child, {}, QJsonValue::Undefined, now});
        else if (i >= after.size())
            add({PlanChange::Removed, subject, child, {}, old, QJsonValue::Undefined});
        else
            compareStep(subject, child, old, now);
    }
}

void Comparer::compareStep(const QString &subject, const QString &path, QJsonObject before, QJsonObject after)
{
    if (before == after)
        return;
    const bool isMap = before.value(u"kind"_s) == u"map"_s && after.value(u"kind"_s) == u"map"_s;
    const bool hasLists = before.value(u"steps"_s).isArray() && after.value(u"steps"_s).isArray();
    const bool hasTemplates = before.value(u"step"_s).isObject() && after.value(u"step"_s).isObject();
    const QJsonArray oldSteps = hasLists ? before.take(u"steps"_s).toArray() : QJsonArray();
    const QJsonArray newSteps = hasLists ? after.take(u"steps"_s).toArray() : QJsonArray();
    const QJsonObject oldTemplate = hasTemplates ? before.take(u"step"_s).toObject() : QJsonObject();
    const QJsonObject newTemplate = hasTemplates ? after.take(u"step"_s).toObject() : QJsonObject();
    compareFields(subject, path, {}, before, after);
    if (hasTemplates)
        compareStep(subject, mapTemplatePath(path, newTemplate.value(u"id"_s).toString()), oldTemplate,
                    newTemplate);
    if (isMap)
        compareItems(subject, path, oldSteps, newSteps);
    else
        compareSteps(subject, path, oldSteps, newSteps);
}

// NOLINTEND(misc-no-recursion)

/// Secrets with their rules, by name; the order of names says nothing to a reader, yet it is part of the
/// plan.
QJsonObject secretsOf(const QJsonObject &plan)
{
    QJsonObject secrets;
    const QJsonArray names = plan.value(u"secrets"_s).toArray();
    for (qsizetype i = 0; i < names.size(); ++i) {
        QJsonObject secret = plan.value(u"secretRules"_s)[names[i].toString()].toObject();
        secret.insert(u"place"_s, i);
        secrets.insert(names[i].toString(), secret);
    }
    return secrets;
}

PlanDifference Comparer::compare(const QJsonObject &before, const QJsonObject &after)
{
    const auto fields = [&](const QString &subject) {
        compareFields(subject, {}, {}, before.value(subject).toObject(), after.value(subject).toObject());
    };
    const auto list = [&](const QString &subject, const QString &member, const QString &key) {
        compareList(subject, before.value(member).toArray(), after.value(member).toArray(), key, {},
                    [&](const QString &name, const QJsonObject &old, const QJsonObject &now) {
                        compareFields(subject, name, {}, old, now);
                    });
    };
    fields(u"pack"_s);
    compareNamed(u"input"_s, before.value(u"inputs"_s).toObject(), after.value(u"inputs"_s).toObject());
    compareNamed(u"secret"_s, secretsOf(before), secretsOf(after));
    list(u"approval"_s, u"approvals"_s, u"id"_s);
    list(u"policy"_s, u"policies"_s, u"id"_s);
    fields(u"sandbox"_s);
    compareSteps(u"step"_s, {}, before.value(u"steps"_s).toArray(), after.value(u"steps"_s).toArray());
    compareSteps(u"finally step"_s, {}, before.value(u"finally"_s).toArray(),
                 after.value(u"finally"_s).toArray());
    list(u"output"_s, u"outputs"_s, u"name"_s);
    return std::move(m_difference);
}

} // namespace

PlanDifference differenceOf(const Plan &before, const Plan &after)
{
    PlanDifference difference = Comparer().compare(before.toJson(), after.toJson());
    difference.hashBefore = before.hash();
    difference.hashAfter = after.hash();
    return difference;
}

} // namespace engine
