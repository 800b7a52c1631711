#include "ui/gate/gate_rules.h"

#include "engine/base/duration.h"
#include "ui/common/safe_text.h"

#include <QDateTime>

#include <algorithm>

using engine::Decision;
using engine::GateRequest;
using engine::GateState;
using engine::GateView;

namespace ui {

using namespace Qt::StringLiterals;

QList<Decision> decisionsAt(const GateRequest &gate, const QList<Decision> &decisions)
{
    QList<Decision> here;
    for (const Decision &decision : decisions) {
        const engine::DecisionStatement &said = decision.statement;
        if (said.path == gate.path && said.revision == gate.revision && said.run == gate.run)
            here += decision;
    }
    return here;
}

int approvalsOf(const QList<Decision> &decisions)
{
    return int(std::ranges::count_if(decisions, engine::isStandingApproval));
}

std::optional<Decision> approvalToWithdraw(const GateRequest &gate, const QList<Decision> &decisions,
                                           const QString &person)
{
    if (gate.state != GateState::Open)
        return {};
    for (const Decision &decision : decisionsAt(gate, decisions)) {
        if (decision.statement.approver == person && engine::isStandingApproval(decision))
            return decision;
    }
    return {};
}

Standing standingOf(const GateRequest &gate, const QList<Decision> &decisions, const QString &person)
{
    if (gate.state != GateState::Open)
        return Standing::Closed;
    const QList<Decision> here = decisionsAt(gate, decisions);
    const auto counts = [&person](const Decision &d) {
        return d.statement.approver == person && !d.withdrawal;
    };
    if (std::ranges::any_of(here, counts))
        return Standing::AlreadyDecided;
    if (gate.requestedBy == person && !gate.allowSelfApproval)
        return Standing::Submitter;
    // Who has a role is known to the engine alone.
    const bool onlyPeople =
        std::ranges::all_of(gate.approvers, [](const QString &a) { return a.startsWith("user:"_L1); });
    if (!gate.approvers.isEmpty() && onlyPeople && !gate.approvers.contains(u"user:"_s + person))
        return Standing::NotAnApprover;
    return Standing::MayDecide;
}

QString GateWords::standing(Standing standing, GateState state)
{
    switch (standing) {
    case Standing::MayDecide: return {};
    case Standing::Closed:
        switch (state) {
        case GateState::Open: return {};
        case GateState::Approved: return tr("This gate was approved. Nothing is left to decide.");
        case GateState::Rejected: return tr("This gate was rejected. Nothing is left to decide.");
        case GateState::Expired: return tr("The time to decide is over. The gate counts as not approved.");
        case GateState::Cancelled:
            return tr("The run was cancelled while this gate waited. Nothing is left to decide.");
        }
        return {};
    case Standing::Submitter:
        return tr("You asked for this run, and this gate wants somebody else to decide: you can neither "
                  "approve nor "
                  "reject. To stop the run, cancel it on its page.");
    case Standing::AlreadyDecided:
        return tr(
            "Your approval is recorded, and the gate waits for others. You can take it back until it opens.");
    case Standing::NotAnApprover:
        return tr("Only the people named under “Who decides” can decide here, and you are not among them.");
    }
    return {};
}

QStringList GateWords::differences(const GateView &before, const GateView &after)
{
    QStringList changed;
    const auto note = [&changed](bool differs, const QString &what) {
        if (differs)
            changed += what;
    };
    const GateRequest &was = before.gate;
    const GateRequest &is = after.gate;
    note(was.revision != is.revision, tr("the revision of the gate"));
    note(was.title != is.title || was.message != is.message, tr("what is asked"));
    note(before.next != after.next, tr("what happens when it is approved"));
    note(was.required != is.required || was.approvers != is.approvers
             || was.allowSelfApproval != is.allowSelfApproval || was.requireReason != is.requireReason,
         tr("who decides"));
    note(was.expiresAt != is.expiresAt, tr("when it expires"));
    note(was.planHash != is.planHash, tr("the plan"));
    note(before.packName != after.packName || before.packVersion != after.packVersion
             || before.packDigest != after.packDigest,
         tr("the pack"));
    if (changed.isEmpty() && engine::shownDigest(before) != engine::shownDigest(after))
        changed += tr("a detail of the gate");
    return changed;
}

QString GateWords::fromNow(engine::Timestamp time, engine::Timestamp now)
{
    const auto left = std::chrono::floor<std::chrono::seconds>(time - now);
    return left.count() > 0 ? tr("in %1").arg(engine::toWords(left))
                            : tr("%1 ago").arg(engine::toWords(-left));
}

QString GateWords::approvers(const QStringList &approvers)
{
    if (approvers.isEmpty())
        return tr("anyone who may approve");
    QStringList shown;
    for (const QString &approver : approvers)
        shown += safeText(approver);
    return shown.join(u", "_s);
}

QString GateWords::dateTime(engine::Timestamp time)
{
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(time.time_since_epoch().count());
    const int minutes = local.offsetFromUtc() / 60;
    QString zone = u"UTC"_s;
    if (minutes != 0) {
        const QTime offset = QTime(0, 0).addSecs(std::abs(minutes) * 60);
        zone += (minutes < 0 ? u"-"_s : u"+"_s) + offset.toString(u"HH:mm"_s);
    }
    return local.toString(u"yyyy-MM-dd HH:mm:ss "_s) + zone;
}

} // namespace ui
