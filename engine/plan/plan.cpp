#include "engine/plan/plan.h"

#include "engine/base/digest.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

bool PlanStep::operator==(const PlanStep &) const = default;

template<class Spec>
static const Spec *findById(const QList<Spec> &specs, const QString &id)
{
    const auto found =
        std::find_if(specs.begin(), specs.end(), [&id](const Spec &spec) { return spec.id == id; });
    return found == specs.end() ? nullptr : &*found;
}

const ApprovalSpec *Plan::approval(const QString &id) const
{
    return findById(m_approvals, id);
}

const PolicySpec *Plan::policy(const QString &id) const
{
    return findById(m_policies, id);
}

void Plan::setHash(QByteArrayView canonical)
{
    m_hash = u"sha256:"_s + sha256Hex(canonical);
}

QString childPath(const QString &parent, const QString &id)
{
    return parent.isEmpty() ? id : parent + u'/' + id;
}

QString mapChildPath(const QString &map, int index, const QString &id)
{
    return u"%1[%2]::%3"_s.arg(map, QString::number(index), id);
}

QString mapTemplatePath(const QString &map, const QString &id)
{
    return u"%1[*]::%2"_s.arg(map, id);
}

QString planChildPath(const QString &path, const PlanStep &step, qsizetype index)
{
    const QString &id = step.children.at(index).id;
    if (step.kind != StepKind::Map)
        return childPath(path, id);
    return step.expanded ? mapChildPath(path, int(index), id) : mapTemplatePath(path, id);
}

} // namespace engine
