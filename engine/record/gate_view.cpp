#include "engine/record/gate_view.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"

using namespace Qt::StringLiterals;

namespace engine {

static QJsonObject toJson(const OutlineNode &node)
{
    QJsonObject json{{u"path"_s, node.path}, {u"kind"_s, toString(node.kind)}, {u"detail"_s, node.detail}};
    if (!node.name.isEmpty())
        json.insert(u"name"_s, node.name);
    if (node.skip)
        json.insert(u"skip"_s, true);
    if (node.isTemplate)
        json.insert(u"template"_s, true);
    return json;
}

QJsonObject toJson(const GateRequest &gate)
{
    QJsonObject json{
        {u"runId"_s, gate.run.value},
        {u"gate"_s, gate.path},
        {u"revision"_s, gate.revision},
        {u"approval"_s, gate.approvalId},
        {u"planHash"_s, gate.planHash},
        {u"required"_s, gate.required},
        {u"approvers"_s, QJsonArray::fromStringList(gate.approvers)},
        {u"allowSelfApproval"_s, gate.allowSelfApproval},
        {u"requireReason"_s, gate.requireReason},
        {u"requestedBy"_s, gate.requestedBy},
        {u"requestedAt"_s, toIso(gate.requestedAt)},
        {u"expiresAt"_s, toIso(gate.expiresAt)},
        {u"state"_s, toString(gate.state)},
    };
    for (const auto &[name, text] : {std::pair{u"title"_s, gate.title},
                                     {u"message"_s, gate.message},
                                     {u"reasonSuggestion"_s, gate.reasonSuggestion}}) {
        if (!text.isEmpty())
            json.insert(name, text);
    }
    return json;
}

QJsonObject toJson(const GateView &view)
{
    QJsonArray next;
    for (const OutlineNode &node : view.next)
        next.append(toJson(node));
    return {
        {u"gate"_s, toJson(view.gate)},
        {u"packName"_s, view.packName},
        {u"packVersion"_s, view.packVersion},
        {u"packDigest"_s, view.packDigest},
        {u"next"_s, next},
    };
}

GateView gateViewOf(const GateRequest &gate, const RunSummary &run, const Plan &plan)
{
    return {gate, run.packName, run.packVersion, run.packDigest, stepsAfter(plan, gate.path)};
}

QString shownDigest(const GateView &view)
{
    QJsonObject json = toJson(view);
    QJsonObject gate = json.value(u"gate"_s).toObject();
    gate.remove(u"state"_s);
    json.insert(u"gate"_s, gate);
    return u"sha256:"_s + sha256Hex(canonicalJsonOf(json));
}

} // namespace engine
