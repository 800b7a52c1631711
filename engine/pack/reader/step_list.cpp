#include "engine/pack/reader/step_list.h"

#include "engine/pack/reader/declared_types.h"

using namespace Qt::StringLiterals;

namespace engine {

QStringList idsIn(const YamlNode &list)
{
    QStringList ids;
    for (const auto &item : list.items) {
        const YamlMember *id = item->find(u"id");
        ids += id ? id->value->value.toString() : QString();
    }
    return ids;
}

StepList::StepList(const QStringList &ids, const QList<StepSpec> &read)
    : m_ids(ids)
    , m_read(read)
{
    for (qsizetype i = 0; i < ids.size(); ++i) {
        if (!ids[i].isEmpty() && !m_positions.contains(ids[i]))
            m_positions.insert(ids[i], i);
    }
}

expr::ValueType StepList::typeAt(qsizetype position) const
{
    if (position >= m_read.size())
        return {};
    const auto known = m_types.constFind(position);
    if (known != m_types.cend())
        return *known;
    return *m_types.insert(position, typeOfStep(m_read[position]));
}

} // namespace engine
