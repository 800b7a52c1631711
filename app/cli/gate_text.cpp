#include "app/cli/gate_text.h"

#include "app/cli/terminal.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace cli {

using engine::Decision;
using engine::GateRequest;
using engine::GateView;
using engine::OutlineNode;
using engine::StepKind;

namespace {

/// Indented lines of a longer text.
QString block(const QString &text)
{
    QString result;
    for (const QString &line : printable(text, true).split(u'\n'))
        result += u"      | "_s + line + u'\n';
    return result;
}

QString nextStep(const OutlineNode &node)
{
    QString text =
        u"    %1 (%2)%3\n"_s.arg(node.path, toString(node.kind), node.skip ? u", skipped"_s : QString());
    if (node.kind != StepKind::Run)
        return text;
    const QJsonObject with = node.detail.value(u"with"_s).toObject();
    for (const QJsonValue &argument : with.value(u"command"_s).toArray())
        text += block(argument.toString());
    if (with.contains(u"script"_s))
        text += block(with.value(u"script"_s).toString().trimmed());
    return text;
}

QString whoMay(const GateRequest &gate)
{
    const QString who = gate.approvers.isEmpty() ? u"anyone who may approve"_s : gate.approvers.join(u", "_s);
    return who + (gate.allowSelfApproval ? u""_s : u", not the submitter"_s);
}

} // namespace

QString decisionText(const Decision &decision)
{
    const auto because = [](const QString &reason) {
        return reason.trimmed().isEmpty() ? QString() : u": "_s + printable(reason);
    };
    const engine::DecisionStatement &said = decision.statement;
    const QString text =
        u"%1 by %2%3"_s.arg(toString(said.verdict), printable(said.approver), because(said.reason));
    if (!decision.withdrawal)
        return text;
    const engine::WithdrawalStatement &back = decision.withdrawal->statement;
    return u"%1; withdrawn %2%3"_s.arg(text, engine::toIso(back.withdrawnAt), because(back.reason));
}

QString gateText(const GateView &view, const QList<Decision> &decisions)
{
    const GateRequest &gate = view.gate;
    QString text = u"Gate \"%1\" of %2 waits for approval.\n"_s.arg(gate.path, gate.run.value);
    text += u"  Pack          %1 %2\n"_s.arg(view.packName, view.packVersion);
    if (!gate.title.isEmpty())
        text += u"  Title         %1\n"_s.arg(printable(gate.title));
    if (!gate.message.isEmpty())
        text += u"  The pack says\n"_s + block(gate.message);
    text += u"  Submitted by  %1\n"_s.arg(printable(gate.requestedBy));
    text += u"  Who may       %1\n"_s.arg(printable(whoMay(gate)));
    int approvals = 0;
    for (const Decision &decision : decisions) {
        if (decision.statement.path != gate.path || decision.statement.revision != gate.revision)
            continue;
        approvals += isStandingApproval(decision) ? 1 : 0;
        text += u"  Decided       %1\n"_s.arg(decisionText(decision));
    }
    text += u"  Quorum        %1 of %2\n"_s.arg(approvals).arg(gate.required);
    text += u"  Expires       %1; then the gate fails\n"_s.arg(engine::toIso(gate.expiresAt));
    text += u"  planHash      %1\n"_s.arg(gate.planHash);
    text += view.next.isEmpty() ? u"  On approve    nothing follows\n"_s : u"  On approve\n"_s;
    for (const OutlineNode &node : view.next)
        text += nextStep(node);
    text += u"  On reject     the gate fails, and what follows it does not run"_s;
    return text;
}

} // namespace cli
