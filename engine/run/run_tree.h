#pragma once

#include "engine/plan/plan.h"
#include "engine/record/run_record.h"

#include <deque>
#include <optional>
#include <vector>

namespace engine {

/// One step of one run: where it stands, and for a container, how far its children are.
struct RunNode
{
    QString path{};
    const PlanStep *step = nullptr; ///< nullptr for the two lists of the run: its steps, and its last ones.
    int parent = -1;
    int depth = 0;
    std::optional<int> index{}; ///< Position in the enclosing map, nearest first.
    QJsonValue item{QJsonValue::Undefined};

    StepState state = StepState::Pending;
    QString reason{};
    int attempts = 0;
    Timestamp lastTransitionAt{};
    std::optional<Timestamp> nextAttemptAt{}; ///< While it backs off.
    QJsonObject outputs{};
    QJsonObject artifacts{}; ///< Name to {"name", "sha256", "size", "path"}.

    // Containers only: children start in order; those before `next` were started, and of a run that was taken
    // up from its failed steps maybe some behind it.
    QList<int> children{};
    qsizetype next = 0;
    int active = 0;       ///< Started and not final.
    bool stopped = false; ///< Starts nothing more.
    int failures = 0;     ///< Children that failed and were not allowed to.
    int tolerated = 0;    ///< Children that failed under continueOnError.
    int cancelled = 0;
    QString firstFailure{};
};

/// The steps of one run and the rules by which they follow each other. Knows no clock, process, gate or
/// store: the caller activates what next() names, and tells with finish() what came of it.
///
/// The order of next() depends only on the plan and the order of finish().
class RunTree
{
public:
    /// plan must outlive the tree.
    explicit RunTree(const Plan &plan);

    static constexpr int root = 0;
    const RunNode &node(int id) const { return m_nodes[size_t(id)]; }
    int count() const { return int(m_nodes.size()); }
    int find(const QString &path) const; ///< -1 when there is none.

    /// The next step that may begin: its state is still Pending. Finishes containers whose children are all
    /// done on the way. nullopt when nothing can begin until something finishes.
    std::optional<int> next();

    void setState(int id, StepState state, const QString &reason = {}); ///< To a state that is not final.
    void beginContainer(int id);                                        ///< Its children may start.
    void beginAttempt(int id);                                          ///< Running, one attempt more.
    void takeBackAttempt(int id);                                       ///< Ready: the attempt never started.
    void backOff(int id, Timestamp due, const QString &reason);         ///< Waits for another attempt.

    /// Ends a step, not a container that has children running. A failure stops or fails the containers above
    /// as their rules say. Nothing happens when it is final already.
    void finish(int id, StepState state, const QString &reason = {});
    void setTransitionTime(int id, Timestamp time) { at(id).lastTransitionAt = time; }
    void setOutputs(int id, const QJsonObject &outputs, const QJsonObject &artifacts);

    /// Makes the children of a map that was planned without its items. Fails like expandTemplate().
    Result<> expand(int id, const QJsonArray &items);

    /// Everything that was not started becomes Cancelled; containers end when what runs has ended. The steps
    /// of finally come nevertheless.
    void cancel();
    /// The steps of finally that were not started become Cancelled.
    void abandonFinally();
    bool isOfFinally(int id) const { return m_finally > 0 && node(id).parent == m_finally; }
    /// Whether id is a step: neither of the two lists.
    bool isStep(int id) const { return id != root && id != m_finally; }
    bool isCancelled() const { return m_cancelled; }

    /// Steps that run or wait below containers whose failurePolicy is cancel-running, since the last call.
    QList<int> takeToCancel();
    /// Steps whose state or outputs changed since the last call, each once, in order of change.
    QList<int> takeChanged();

    bool isFinished() const
    {
        return isFinal(node(root).state) && (m_finally < 0 || isFinal(node(m_finally).state));
    }
    bool isPartial() const { return m_partial; } ///< Something failed under continueOnError.

    /// What expressions see of a step: {"outputs", "artifacts", "status", "results"}.
    QJsonObject valueOf(int id) const;
    /// The top-level step of this id that node may see: it stands before node's own, those of finally last;
    /// -1 when there is none.
    int visibleStep(int from, const QString &id) const;

    StepRecord record(int id) const;

    /// Takes over what the store knows. Call once, on a new tree, after expand() of the maps that were
    /// expanded.
    void restore(const QList<StepRecord> &records);
    /// Of a run that failed and was restored: what failed, was blocked or cancelled may begin again, and so
    /// may all of finally. What failed under continueOnError stays, since others went on after it. Returns
    /// the steps that begin again, those of finally apart; when there are none nothing is changed.
    QList<int> startAgain();
    bool isBelowFinally(int id) const;

private:
    int add(const PlanStep *step, int parent, const QString &path, std::optional<int> index,
            const QJsonValue &item);
    void touch(int id);
    void wake(int container);
    bool finishIfDone(int container);
    void childFinished(int parent, int child);
    void endUnstarted(int container, StepState containerState);
    bool mayStartChildren(int container) const;
    bool hasUnstarted(int container);
    void recount();
    std::vector<bool> beginningAgain() const;
    void endSubtree(int id, StepState state, const QString &reason);
    RunNode &at(int id) { return m_nodes[size_t(id)]; }

    const Plan &m_plan;
    std::vector<RunNode> m_nodes;
    std::deque<PlanStep> m_expanded; ///< Steps of maps that the run expanded; a deque keeps their addresses.
    QHash<QString, int> m_byPath;
    std::deque<int> m_awake; ///< Containers to look at, in order.
    QList<int> m_changed;
    std::vector<bool> m_isChanged;
    QList<int> m_toCancel;
    int m_finally = -1; ///< The list of finally; -1 when the plan has none.
    bool m_cancelled = false;
    bool m_partial = false;
};

} // namespace engine
