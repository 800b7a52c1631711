#pragma once

#include "engine/base/error.h"

#include <QMap>
#include <QSet>
#include <QStringList>

namespace engine::schema {

/// Which schemas of a document check the same value as which others. Schemas are named by JSON Pointer.
class ReferenceGraph
{
public:
    void addSchema(const QString &path) { m_schemas.insert(path); }
    void addInPlace(const QString &owner, const QString &child) { m_edges[owner] += child; }
    void addReference(const QString &owner, const QString &target);

    /// References to what is no schema, circles that never go into the value (a check would not end), and
    /// schemas combined so often that a check would take too long.
    QList<Error> problems() const;

private:
    QList<Error> circles() const;

    QSet<QString> m_schemas;
    QMap<QString, QStringList> m_edges;
    QMap<QString, QString> m_references; ///< Owner to target.
};

} // namespace engine::schema
