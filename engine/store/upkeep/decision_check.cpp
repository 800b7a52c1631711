#include "engine/store/upkeep/decision_check.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"

#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// The statement in a DSSE envelope as JSON. Who signed it is for others to say.
Result<QJsonObject> statementIn(const QByteArray &envelope)
{
    const auto json = parseJsonObject(envelope);
    if (!json)
        return json.error();
    const QByteArray text = json->value(u"payload"_s).toString().toLatin1();
    const auto variant =
        text.contains('-') || text.contains('_') ? QByteArray::Base64UrlEncoding : QByteArray::Base64Encoding;
    const auto payload =
        QByteArray::fromBase64Encoding(text, variant | QByteArray::AbortOnBase64DecodingErrors);
    if (!payload)
        return invalid(u"its payload is not in base64"_s);
    return parseJsonObject(*payload);
}

QString textOf(const QJsonValue &value)
{
    return value.isDouble() ? QString::number(value.toInteger()) : value.toString();
}

/// What of the row differs from the event that recorded it; empty when nothing does.
QString differsFromJournal(const QJsonObject &row, const QJsonObject &event)
{
    for (auto member = row.begin(); member != row.end(); ++member) {
        if (event.value(member.key()) != member.value())
            return u"its %1 is \"%2\", the journal says \"%3\""_s.arg(member.key(), textOf(member.value()),
                                                                      textOf(event.value(member.key())));
    }
    return {};
}

/// What of the row differs from the statement that was signed; empty when nothing does.
QString differsFromSigned(const QJsonObject &row, const QByteArray &envelope)
{
    const auto statement = statementIn(envelope);
    if (!statement)
        return u"its envelope cannot be read: %1"_s.arg(statement.error().message);
    for (auto member = row.begin(); member != row.end(); ++member) {
        if (statement->value(member.key()) != member.value())
            return u"its %1 is not the one that was signed"_s.arg(member.key());
    }
    return {};
}

QString problemOf(const Decision &decision, const RunEvent &event)
{
    const DecisionStatement &statement = decision.statement;
    const QString problem = differsFromJournal({{u"verdict"_s, toString(statement.verdict)},
                                                {u"approver"_s, statement.approver},
                                                {u"keyId"_s, decision.keyId},
                                                {u"revision"_s, statement.revision},
                                                {u"envelopeSha256"_s, sha256Hex(decision.envelope)}},
                                               event.data);
    return problem.isEmpty() ? differsFromSigned(toJson(statement), decision.envelope) : problem;
}

QString problemOf(const Withdrawal &withdrawal, const RunEvent &event)
{
    const WithdrawalStatement &statement = withdrawal.statement;
    const QString problem = differsFromJournal({{u"approver"_s, statement.approver},
                                                {u"keyId"_s, withdrawal.keyId},
                                                {u"revision"_s, statement.revision},
                                                {u"decisionDigest"_s, statement.decisionDigest},
                                                {u"envelopeSha256"_s, sha256Hex(withdrawal.envelope)}},
                                               event.data);
    return problem.isEmpty() ? differsFromSigned(toJson(statement), withdrawal.envelope) : problem;
}

std::optional<RunEvent> find(const QHash<QString, RunEvent> &events, const QString &id)
{
    const auto found = events.constFind(id);
    return found == events.constEnd() ? std::nullopt : std::optional(*found);
}

} // namespace

void DecisionCheck::add(const RunEvent &event)
{
    const bool isAccepted = event.type == u"decision-accepted"_s;
    if (!isAccepted && event.type != u"decision-withdrawn"_s)
        return;
    const QString id = event.data.value(u"decisionId"_s).toString();
    if (!m_accepted.contains(id) && !m_withdrawn.contains(id))
        m_order += id;
    (isAccepted ? m_accepted : m_withdrawn).insert(id, event);
}

QStringList DecisionCheck::problemsOf(const QList<Decision> &decisions) const
{
    QStringList problems;
    const auto isAsRecorded = [&problems](const QString &what, const auto &record, const auto &event) {
        const QString problem = event ? problemOf(record, *event) : u"it is not in the journal"_s;
        if (!problem.isEmpty())
            problems += u"%1: %2"_s.arg(what, problem);
        return problem.isEmpty();
    };
    for (const Decision &decision : decisions) {
        const QString what = u"decision %1"_s.arg(decision.id);
        // A withdrawal repeats much of its decision; what is wrong with that is said once.
        if (isAsRecorded(what, decision, find(m_accepted, decision.id)) && decision.withdrawal)
            isAsRecorded(u"the withdrawal of "_s + what, *decision.withdrawal,
                         find(m_withdrawn, decision.id));
    }
    return problems;
}

QStringList DecisionCheck::missingIn(const QList<Decision> &decisions) const
{
    QSet<QString> present;
    QSet<QString> withdrawn;
    for (const Decision &decision : decisions) {
        present += decision.id;
        if (decision.withdrawal)
            withdrawn += decision.id;
    }
    QStringList problems;
    for (const QString &id : m_order) {
        if (!present.contains(id))
            problems += u"decision %1 of its journal is missing"_s.arg(id);
        else if (m_withdrawn.contains(id) && !withdrawn.contains(id))
            problems += u"the withdrawal of decision %1 of its journal is missing"_s.arg(id);
    }
    return problems;
}

} // namespace engine
