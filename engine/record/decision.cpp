#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/record/gate_record.h"

using namespace Qt::StringLiterals;

namespace engine {

static const QString schemaName = u"stellaops.approval-response/v1"_s;
static const QString withdrawalSchemaName = u"stellaops.approval-withdrawal/v1"_s;

QJsonObject toJson(const DecisionStatement &statement)
{
    return {
        {u"schema"_s, schemaName},
        {u"runId"_s, statement.run.value},
        {u"gate"_s, statement.path},
        {u"revision"_s, statement.revision},
        {u"planHash"_s, statement.planHash},
        {u"decision"_s, toString(statement.verdict)},
        {u"approver"_s, statement.approver},
        {u"reason"_s, statement.reason},
        {u"shownDigest"_s, statement.shownDigest},
        {u"decidedAt"_s, toIso(statement.decidedAt)},
    };
}

/// That json has these texts and a revision.
///
/// @param what  "a decision" and the like, for the message
static Result<> checkMembers(const QJsonObject &json, const QStringList &texts, const QString &what)
{
    for (const QString &name : texts) {
        if (!json.value(name).isString())
            return invalid(u"%1 needs a text \"%2\""_s.arg(what, name));
    }
    const qint64 revision = json.value(u"revision"_s).toInteger(0);
    if (revision < 1 || revision > 1'000'000)
        return invalid(u"%1 needs a \"revision\" from 1"_s.arg(what));
    return {};
}

Result<DecisionStatement> decisionStatementFromJson(const QJsonObject &json)
{
    static const QStringList texts{u"schema"_s,   u"runId"_s,  u"gate"_s,        u"planHash"_s, u"decision"_s,
                                   u"approver"_s, u"reason"_s, u"shownDigest"_s, u"decidedAt"_s};
    if (const auto checked = checkMembers(json, texts, u"a decision"_s); !checked)
        return checked.error();
    const auto text = [&json](const QString &name) { return json.value(name).toString(); };
    if (text(u"schema"_s) != schemaName)
        return invalid(u"unknown decision schema \"%1\""_s.arg(text(u"schema"_s)));
    const auto run = parseRunId(text(u"runId"_s));
    const auto verdict = parseVerdict(text(u"decision"_s));
    const auto time = parseIso(text(u"decidedAt"_s));
    for (const Error *error : {run ? nullptr : &run.error(), verdict ? nullptr : &verdict.error(),
                               time ? nullptr : &time.error()}) {
        if (error)
            return *error;
    }
    return DecisionStatement{*run,
                             text(u"gate"_s),
                             json.value(u"revision"_s).toInt(),
                             text(u"planHash"_s),
                             *verdict,
                             text(u"approver"_s),
                             text(u"reason"_s),
                             text(u"shownDigest"_s),
                             *time};
}

QJsonObject toJson(const WithdrawalStatement &statement)
{
    return {
        {u"schema"_s, withdrawalSchemaName},
        {u"runId"_s, statement.run.value},
        {u"gate"_s, statement.path},
        {u"revision"_s, statement.revision},
        {u"planHash"_s, statement.planHash},
        {u"approver"_s, statement.approver},
        {u"decisionDigest"_s, statement.decisionDigest},
        {u"reason"_s, statement.reason},
        {u"withdrawnAt"_s, toIso(statement.withdrawnAt)},
    };
}

Result<WithdrawalStatement> withdrawalStatementFromJson(const QJsonObject &json)
{
    static const QStringList texts{u"schema"_s,   u"runId"_s,          u"gate"_s,   u"planHash"_s,
                                   u"approver"_s, u"decisionDigest"_s, u"reason"_s, u"withdrawnAt"_s};
    if (const auto checked = checkMembers(json, texts, u"a withdrawal"_s); !checked)
        return checked.error();
    for (const QString &name : json.keys()) {
        if (!texts.contains(name) && name != u"revision"_s)
            return invalid(u"a withdrawal has no member \"%1\""_s.arg(name));
    }
    const auto text = [&json](const QString &name) { return json.value(name).toString(); };
    if (text(u"schema"_s) != withdrawalSchemaName)
        return invalid(u"unknown withdrawal schema \"%1\""_s.arg(text(u"schema"_s)));
    const auto run = parseRunId(text(u"runId"_s));
    const auto time = parseIso(text(u"withdrawnAt"_s));
    if (!run || !time)
        return run ? time.error() : run.error();
    return WithdrawalStatement{*run,
                               text(u"gate"_s),
                               json.value(u"revision"_s).toInt(),
                               text(u"planHash"_s),
                               text(u"approver"_s),
                               text(u"decisionDigest"_s),
                               text(u"reason"_s),
                               *time};
}

QString envelopeDigest(const Decision &decision)
{
    return u"sha256:"_s + sha256Hex(decision.envelope);
}

bool isStandingApproval(const Decision &decision)
{
    return decision.statement.verdict == Verdict::Approve && !decision.withdrawal;
}

} // namespace engine
