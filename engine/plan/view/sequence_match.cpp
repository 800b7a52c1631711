#include "engine/plan/view/sequence_match.h"

#include "engine/base/json.h"

#include <QHash>
#include <QSet>

#include <algorithm>

namespace engine {

/// Those that are not part of one longest run of ascending indices (patience sorting).
static QList<bool> movedOf(const QList<qsizetype> &beforeOf)
{
    QList<qsizetype> tops; // For each length of a run: where the one with the smallest end ends.
    QList<qsizetype> previous(beforeOf.size(), -1);
    for (qsizetype i = 0; i < beforeOf.size(); ++i) {
        if (beforeOf.at(i) < 0)
            continue;
        const auto place =
            std::lower_bound(tops.begin(), tops.end(), beforeOf.at(i),
                             [&](qsizetype top, qsizetype index) { return beforeOf.at(top) < index; });
        const qsizetype length = place - tops.begin();
        if (length > 0)
            previous[i] = tops.at(length - 1);
        if (length == tops.size())
            tops += i;
        else
            tops[length] = i;
    }
    QList<bool> isMoved(beforeOf.size());
    for (qsizetype i = 0; i < beforeOf.size(); ++i)
        isMoved[i] = beforeOf.at(i) >= 0;
    for (qsizetype i = tops.isEmpty() ? -1 : tops.last(); i >= 0; i = previous.at(i))
        isMoved[i] = false;
    return isMoved;
}

static SequenceMatch finished(QList<qsizetype> beforeOf, qsizetype countBefore)
{
    SequenceMatch match;
    QList<bool> isKept(countBefore, false);
    for (const qsizetype index : std::as_const(beforeOf)) {
        if (index >= 0)
            isKept[index] = true;
    }
    for (qsizetype i = 0; i < countBefore; ++i) {
        if (!isKept.at(i))
            match.removed += i;
    }
    match.isMoved = movedOf(beforeOf);
    match.beforeOf = std::move(beforeOf);
    return match;
}

SequenceMatch matchByKey(const QStringList &before, const QStringList &after)
{
    QHash<QString, qsizetype> indexOf;
    indexOf.reserve(before.size());
    for (qsizetype i = 0; i < before.size(); ++i)
        indexOf.insert(before.at(i), i);
    QList<qsizetype> beforeOf;
    beforeOf.reserve(after.size());
    for (const QString &key : after)
        beforeOf += indexOf.value(key, -1);
    return finished(std::move(beforeOf), before.size());
}

SequenceMatch matchItems(const QJsonArray &before, const QJsonArray &after)
{
    QHash<QByteArray, QList<qsizetype>> indicesOf; // Descending, so that the first is taken from the end.
    indicesOf.reserve(before.size());
    for (qsizetype i = before.size() - 1; i >= 0; --i)
        indicesOf[canonicalJsonOf(before.at(i))] += i;
    QList<qsizetype> beforeOf(after.size(), -1);
    QList<bool> isTaken(before.size(), false);
    for (qsizetype i = 0; i < after.size(); ++i) {
        const auto found = indicesOf.find(canonicalJsonOf(after.at(i)));
        if (found == indicesOf.end() || found->isEmpty())
            continue;
        beforeOf[i] = found->takeLast();
        isTaken[beforeOf.at(i)] = true;
    }
    for (qsizetype i = 0; i < std::min(before.size(), after.size()); ++i) {
        if (beforeOf.at(i) < 0 && !isTaken.at(i))
            beforeOf[i] = i;
    }
    return finished(std::move(beforeOf), before.size());
}

std::optional<QStringList> uniqueKeys(const QJsonArray &array, const QString &key)
{
    QStringList keys;
    QSet<QString> seen;
    keys.reserve(array.size());
    for (const QJsonValue element : array) {
        const QJsonValue text = element[key];
        if (!element.isObject() || !text.isString() || seen.contains(text.toString()))
            return {};
        keys += text.toString();
        seen.insert(keys.last());
    }
    return keys;
}

std::optional<KeyedLists> keyedBy(const QString &key, const QJsonValue &before, const QJsonValue &after)
{
    if (!before.isArray() || !after.isArray())
        return {};
    const auto keysBefore = uniqueKeys(before.toArray(), key);
    const auto keysAfter = uniqueKeys(after.toArray(), key);
    if (!keysBefore || !keysAfter)
        return {};
    return KeyedLists{before.toArray(), after.toArray(), *keysBefore, *keysAfter};
}

QStringList namesOf(const QJsonObject &before, const QJsonObject &after)
{
    QStringList names = before.keys();
    for (auto member = after.begin(); member != after.end(); ++member) {
        if (!before.contains(member.key()))
            names += member.key();
    }
    names.sort();
    return names;
}

} // namespace engine
