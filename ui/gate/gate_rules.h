#pragma once

#include "engine/api/values.h"

#include <QCoreApplication>

namespace ui {

/// Whether this person can decide at a gate, as far as it can be known here; the engine has the last word.
enum class Standing {
    MayDecide,
    Closed,
    Submitter,      ///< Asked for the run, and the gate does not let them decide.
    AlreadyDecided, ///< Their decision for this revision counts already.
    NotAnApprover,  ///< The gate names people, and this is none of them.
};

Standing standingOf(const engine::GateRequest &gate, const QList<engine::Decision> &decisions,
                    const QString &person);

/// The decisions made at this gate and this revision, in the order they came.
QList<engine::Decision> decisionsAt(const engine::GateRequest &gate,
                                    const QList<engine::Decision> &decisions);

int approvalsOf(const QList<engine::Decision> &decisions); ///< That stand.

/// The approval that this person can still take back.
std::optional<engine::Decision> approvalToWithdraw(const engine::GateRequest &gate,
                                                   const QList<engine::Decision> &decisions,
                                                   const QString &person);

/// The words of gates that more than one place shows.
struct GateWords
{
    Q_DECLARE_TR_FUNCTIONS(ui::GateWords)

public:
    /// Why this person cannot decide, and what they can do instead; empty when they may.
    static QString standing(Standing standing, engine::GateState state);

    /// What differs between two views of a gate, by the names of the sections; empty when nothing that is
    /// shown does.
    static QStringList differences(const engine::GateView &before, const engine::GateView &after);

    /// "in 3 h 59 min", "in 40 s", "42 s ago".
    static QString fromNow(engine::Timestamp time, engine::Timestamp now);

    static QString approvers(const QStringList &approvers); ///< "anyone who may approve", or the names.

    static QString dateTime(engine::Timestamp time); ///< Local: "2026-03-01 11:05:00 UTC+01:00".
};

} // namespace ui
