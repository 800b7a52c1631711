#include "engine/store/upkeep/request_check.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

void RequestCheck::add(const RunEvent &event)
{
    const QString id = event.data.value(u"requestId"_s).toString();
    if (event.type == u"approval-request-exported"_s) {
        if (!m_exported.contains(id))
            m_order += id;
        m_exported.insert(id, event);
    } else if (event.type == u"decision-accepted"_s && !id.isEmpty()) {
        m_answers.insert(id, event.data.value(u"decisionId"_s).toString());
    }
}

QString RequestCheck::problemOf(const ExportedRequest &request) const
{
    const auto event = m_exported.constFind(request.id);
    if (event == m_exported.constEnd())
        return u"it is not in the journal"_s;
    const QJsonObject row{{u"requestId"_s, request.id},
                          {u"revision"_s, request.revision},
                          {u"requestDigest"_s, request.requestDigest},
                          {u"by"_s, request.exportedBy},
                          {u"expiresAt"_s, toIso(request.expiresAt)}};
    for (auto member = row.begin(); member != row.end(); ++member) {
        if (event->data.value(member.key()) != member.value())
            return u"its %1 is not the one in the journal"_s.arg(member.key());
    }
    // It is recorded as the very next event.
    if (event->sequence != request.head.sequence + 1 || event->previousHash != request.head.hash)
        return u"the journal did not end where it says when it was exported"_s;
    const QString answer = m_answers.value(request.id);
    if (!request.decisionId.isEmpty() && request.decisionId != answer)
        return u"the journal does not say that decision %1 answers it"_s.arg(request.decisionId);
    return {};
}

QStringList RequestCheck::problemsOf(const QList<ExportedRequest> &requests) const
{
    QStringList problems;
    for (const ExportedRequest &request : requests) {
        if (const QString problem = problemOf(request); !problem.isEmpty())
            problems += u"request %1: %2"_s.arg(request.id, problem);
    }
    return problems;
}

QStringList RequestCheck::missingIn(const QList<ExportedRequest> &requests) const
{
    QStringList problems;
    for (const QString &id : m_order) {
        const auto found = std::ranges::find(requests, id, &ExportedRequest::id);
        if (found == requests.end())
            problems += u"request %1 of its journal is missing"_s.arg(id);
        else if (found->decisionId.isEmpty() && m_answers.contains(id))
            problems +=
                u"request %1: it is open, though decision %2 answered it"_s.arg(id, m_answers.value(id));
    }
    return problems;
}

} // namespace engine
