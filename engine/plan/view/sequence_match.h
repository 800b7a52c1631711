#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QStringList>

#include <optional>

namespace engine {

/// How the elements of two lists belong together.
struct SequenceMatch
{
    QList<qsizetype> beforeOf{}; ///< For each element after: its index before, or -1 when it was added.
    QList<qsizetype> removed{};  ///< Indices before, ascending.
    QList<bool> isMoved{};       ///< For each element after: it stands in another order to the others. As few
                                 ///< as possible are moved.
};

/// Elements with equal keys belong together. Keys are unique within each list.
SequenceMatch matchByKey(const QStringList &before, const QStringList &after);

/// Equal values belong together, the first with the first; of those left over, the ones at the same index.
SequenceMatch matchItems(const QJsonArray &before, const QJsonArray &after);

/// Two lists whose elements are named by a member of theirs.
struct KeyedLists
{
    QJsonArray before{};
    QJsonArray after{};
    QStringList keysBefore{};
    QStringList keysAfter{};
};

/// Nothing when one is no list, or has not uniqueKeys().
std::optional<KeyedLists> keyedBy(const QString &key, const QJsonValue &before, const QJsonValue &after);

/// The names of the members of both, each once, sorted.
QStringList namesOf(const QJsonObject &before, const QJsonObject &after);

/// The texts in member `key` of each element; nothing when an element is no object, has no such text or one
/// that another has.
std::optional<QStringList> uniqueKeys(const QJsonArray &array, const QString &key);

} // namespace engine
