#pragma once

#include "engine/pack/expression/value_type.h"
#include "engine/pack/manifest.h"
#include "engine/pack/yaml/yaml_document.h"

#include <QHash>
#include <QStringList>

namespace engine {

/// The ids of the mappings of one list, in order; empty where one has none.
QStringList idsIn(const YamlNode &list);

/// The steps of one list: their ids as written, and what is known of the values of those that have been read.
class StepList
{
public:
    /// @param read  fills with the steps of the list, in order; it must outlive this
    StepList(const QStringList &ids, const QList<StepSpec> &read);

    const QStringList &ids() const { return m_ids; }
    qsizetype positionOf(const QString &id) const { return m_positions.value(id, -1); } ///< -1: not there.

    /// Of what expressions see of the step at this position; anything when it could not be read.
    expr::ValueType typeAt(qsizetype position) const;

private:
    const QStringList m_ids;
    const QList<StepSpec> &m_read;
    QHash<QString, qsizetype> m_positions;
    mutable QHash<qsizetype, expr::ValueType> m_types; ///< Made when first asked for.
};

} // namespace engine
