#include "engine/evidence/plan_index.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

PlanIndex::PlanIndex(Plan plan)
    : m_plan(std::move(plan))
{
    struct Pending
    {
        QString path;
        Place place;
    };
    QList<Pending> pending;
    const QList<PlanStep> &tops = m_plan.steps();
    for (qsizetype i = 0; i < tops.size(); ++i)
        pending += Pending{childPath({}, tops.at(i).id), {&tops.at(i), i}};
    const QList<PlanStep> &last = m_plan.finally();
    for (qsizetype i = 0; i < last.size(); ++i)
        pending += Pending{childPath({}, last.at(i).id), {&last.at(i), tops.size() + i}};

    while (!pending.isEmpty()) {
        const Pending next = pending.takeLast();
        m_places.insert(next.path, next.place);
        const PlanStep &step = *next.place.step;
        for (qsizetype i = 0; i < step.children.size(); ++i) {
            const PlanStep &child = step.children.at(i);
            const QString path = step.kind != StepKind::Map ? childPath(next.path, child.id)
                                 : step.expanded            ? mapChildPath(next.path, int(i), child.id)
                                                            : mapTemplatePath(next.path, child.id);
            pending += Pending{path, {&child, next.place.top}};
        }
    }
}

std::optional<PlanIndex::Found> PlanIndex::find(const QString &path) const
{
    // "hosts[3]::restart": the item, then the id of the step below it.
    static const QRegularExpression itemInPath(u"\\[(0|[1-9][0-9]{0,8})\\]::([a-z0-9-]+)"_s);
    if (path.contains(u'*'))
        return {};

    Found found;
    QString known; // The path so far as the plan has it: items that only the run made are "[*]".
    qsizetype read = 0;
    for (auto matches = itemInPath.globalMatch(path); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        known += QStringView(path).mid(read, match.capturedStart() - read);
        const qint64 index = match.captured(1).toLongLong();
        const QString planned = mapChildPath(known, int(index), match.captured(2));
        if (m_places.contains(planned)) {
            known = planned;
        } else {
            found.items += Item{path.left(match.capturedStart()), index};
            known = mapTemplatePath(known, match.captured(2));
        }
        read = match.capturedEnd();
    }
    known += QStringView(path).mid(read);

    const auto place = m_places.constFind(known);
    if (place == m_places.constEnd())
        return {};
    found.step = place->step;
    found.top = place->top;
    return found;
}

} // namespace engine
