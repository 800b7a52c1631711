#include "engine/plan/view/change_text.h"
#include "engine/plan/view/value_text.h"

#include <QHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxShown = 500;     ///< Changes, and maps.
constexpr qsizetype maxShownItems = 10; ///< Of one map, and groups of changes in it.

/// Added to the outermost map, removed from it or moved in it.
bool isListedItem(const PlanChange &change)
{
    return isItem(change) && change.path == change.map && change.kind != PlanChange::Changed;
}

/// Changes in many items of a map that concern the same step and field.
struct Group
{
    const PlanChange *first = nullptr;
    qsizetype more = 0;
    bool isAlike = true;
};

/// What the change is about, whichever item it is in.
QString groupKey(const PlanChange &change)
{
    const QString step = change.path.sliced(change.path.indexOf(u']', change.map.size()) + 1);
    const QString field = isItem(change) ? u"items/"_s + change.field.section(u'/', 2) : change.field;
    return toString(change.kind) + u'\n' + step + u'\n' + field;
}

class MapText
{
public:
    explicit MapText(MapChange map)
        : m_map(std::move(map))
    {
    }

    void add(const PlanChange &change);
    QString text() const;

private:
    const MapChange m_map;
    QStringList m_items;
    qsizetype m_moreItems = 0;
    QList<Group> m_groups;
    QHash<QString, qsizetype> m_groupOf;
    const PlanChange *m_last = nullptr;
};

void MapText::add(const PlanChange &change)
{
    const PlanChange *last = std::exchange(m_last, &change);
    if (isListedItem(change)) {
        const QString mark = change.kind == PlanChange::Added     ? u"+ "_s
                             : change.kind == PlanChange::Removed ? u"- "_s
                                                                  : u"moved "_s;
        if (m_items.size() < maxShownItems)
            m_items += mark + valueText(change.kind == PlanChange::Removed ? change.before : change.after);
        else
            ++m_moreItems;
        return;
    }
    const bool isAddedOrRemoved = change.kind == PlanChange::Added || change.kind == PlanChange::Removed;
    if (isAddedOrRemoved && last != nullptr && isListedItem(*last) && last->kind == change.kind)
        return; // The step made for an item that was added or removed.
    const QString key = groupKey(change);
    const auto known = m_groupOf.constFind(key);
    if (known == m_groupOf.cend()) {
        m_groupOf.insert(key, m_groups.size());
        m_groups += Group{&change, 0, true};
        return;
    }
    Group &group = m_groups[*known];
    ++group.more;
    group.isAlike =
        group.isAlike && change.before == group.first->before && change.after == group.first->after;
}

QString MapText::text() const
{
    QStringList counts;
    for (const auto &[count, word] : {std::pair{m_map.added, u" added"_s},
                                      {m_map.removed, u" removed"_s},
                                      {m_map.changed, u" changed"_s},
                                      {m_map.moved, u" moved"_s}}) {
        if (count > 0)
            counts += QString::number(count) + word;
    }
    QString text = u"items of map %1: %2\n"_s.arg(quoted(m_map.path), counts.join(u", "_s));
    for (const QString &item : m_items)
        text += u"    "_s + item + u'\n';
    if (m_moreItems > 0)
        text += u"    … and %1\n"_s.arg(countOf(m_moreItems, u"more item"_s));
    for (const Group &group : m_groups.first(std::min(m_groups.size(), maxShownItems))) {
        text += changeText(*group.first) + u'\n';
        if (group.more > 0)
            text += u"    %1 in %2\n"_s.arg(group.isAlike ? u"alike"_s : u"the same field, otherwise,"_s,
                                            countOf(group.more, u"more place"_s));
    }
    if (m_groups.size() > maxShownItems)
        text += u"… and %1 of these items\n"_s.arg(countOf(m_groups.size() - maxShownItems, u"more field"_s));
    return text;
}

/// Only the pack's files changed, and nothing that a run would do.
bool isOnlyDigest(const QList<PlanChange> &changes)
{
    return changes.size() == 1 && changes.first().subject == PlanChange::Pack
           && changes.first().field == u"digest"_s;
}

} // namespace

QString PlanDifference::toText() const
{
    if (isSame())
        return u"The plans are the same: planHash %1\n"_s.arg(hashAfter);
    QString text = u"The plans differ\nplanHash %1\nbefore   %2\n\n"_s.arg(hashAfter, hashBefore);
    if (isOnlyDigest(changes))
        return text
               + u"the pack's files changed, but no step did: digest %1, before %2\n"_s.arg(
                   shortened(changes.first().after.toString()), shortened(changes.first().before.toString()));
    QHash<QString, MapChange> countsOf;
    for (const MapChange &map : maps)
        countsOf.insert(map.path, map);
    qsizetype shown = 0;
    qsizetype shownMaps = 0;
    for (qsizetype i = 0; i < changes.size();) {
        if (changes.at(i).map.isEmpty()) {
            if (++shown <= maxShown)
                text += changeText(changes.at(i)) + u'\n';
            ++i;
            continue;
        }
        const QString path = changes.at(i).map;
        MapText block(countsOf.value(path));
        for (; i < changes.size() && changes.at(i).map == path; ++i)
            block.add(changes.at(i));
        if (++shownMaps <= maxShown)
            text += block.text();
    }
    if (shown > maxShown)
        text += u"… and %1\n"_s.arg(countOf(shown - maxShown, u"more change"_s));
    if (shownMaps > maxShown)
        text += u"… and the items of %1\n"_s.arg(countOf(shownMaps - maxShown, u"more map"_s));
    return text;
}

} // namespace engine
