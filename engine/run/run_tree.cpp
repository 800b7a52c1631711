#include "engine/run/run_tree.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace engine {

static bool isContainer(const RunNode &node)
{
    return !node.step || node.step->kind == StepKind::Parallel || node.step->kind == StepKind::Map;
}

RunTree::RunTree(const Plan &plan)
    : m_plan(plan)
{
    m_nodes.emplace_back();
    m_isChanged.push_back(false);
    for (const PlanStep &step : m_plan.steps())
        add(&step, root, childPath({}, step.id), {}, QJsonValue::Undefined);
    if (!m_plan.finally().isEmpty()) {
        m_finally = count();
        m_nodes.emplace_back();
        m_isChanged.push_back(false);
        for (const PlanStep &step : m_plan.finally())
            add(&step, m_finally, childPath({}, step.id), {}, QJsonValue::Undefined);
    }
    beginContainer(root);
}

/// Adds a step and, where they are known, the steps below it, in pre-order.
int RunTree::add(const PlanStep *step, int parent, const QString &path, std::optional<int> index,
                 const QJsonValue &item)
{
    const int id = count();
    RunNode &node = m_nodes.emplace_back();
    m_isChanged.push_back(false);
    node.path = path;
    node.step = step;
    node.parent = parent;
    node.depth = at(parent).depth + 1;
    node.index = index;
    node.item = item;
    at(parent).children += id;
    m_byPath.insert(path, id);
    touch(id);

    // Nesting of plans is limited to 8.
    if (step->kind == StepKind::Parallel) {
        for (const PlanStep &child : step->children)
            add(&child, id, childPath(path, child.id), index, item); // NOLINT(misc-no-recursion)
    } else if (step->kind == StepKind::Map && step->expanded) {
        const QJsonArray items = step->items.toArray();
        for (int i = 0; i < int(step->children.size()); ++i) {
            const PlanStep &child = step->children[i];
            add(&child, id, mapChildPath(path, i, child.id), i, items.at(i)); // NOLINT(misc-no-recursion)
        }
    }
    return id;
}

Result<> RunTree::expand(int id, const QJsonArray &items)
{
    const PlanStep &mapTemplate = node(id).step->children.first();
    const QString path = node(id).path;
    for (int i = 0; i < int(items.size()); ++i) {
        auto child = expandTemplate(mapTemplate, items.at(i), i);
        if (!child)
            return child.error();
        m_expanded.push_back(*std::move(child));
        add(&m_expanded.back(), id, mapChildPath(path, i, mapTemplate.id), i, items.at(i));
    }
    return {};
}

int RunTree::find(const QString &path) const
{
    return m_byPath.value(path, -1);
}

void RunTree::touch(int id)
{
    if (!isStep(id) || m_isChanged[size_t(id)])
        return;
    m_isChanged[size_t(id)] = true;
    m_changed += id;
}

void RunTree::wake(int container)
{
    m_awake.push_back(container);
}

void RunTree::setState(int id, StepState state, const QString &reason)
{
    RunNode &node = at(id);
    if (node.state == state && node.reason == reason)
        return;
    node.nextAttemptAt.reset();
    node.state = state;
    node.reason = reason;
    touch(id);
}

void RunTree::beginContainer(int id)
{
    setState(id, StepState::Running);
    wake(id);
}

void RunTree::beginAttempt(int id)
{
    ++at(id).attempts;
    setState(id, StepState::Running);
}

void RunTree::takeBackAttempt(int id)
{
    --at(id).attempts;
    setState(id, StepState::Ready);
}

void RunTree::backOff(int id, Timestamp due, const QString &reason)
{
    setState(id, StepState::BackingOff, reason);
    at(id).nextAttemptAt = due;
}

void RunTree::setOutputs(int id, const QJsonObject &outputs, const QJsonObject &artifacts)
{
    at(id).outputs = outputs;
    at(id).artifacts = artifacts;
    touch(id);
}

static int limitOf(const RunNode &node)
{
    if (!node.step)
        return 1; // The run's own steps follow each other.
    return node.step->maxParallel > 0 ? node.step->maxParallel : std::numeric_limits<int>::max();
}

bool RunTree::mayStartChildren(int id) const
{
    const RunNode &container = node(id);
    return container.state == StepState::Running && !container.stopped && (!m_cancelled || id == m_finally);
}

/// Moves on to the next child that was not started.
bool RunTree::hasUnstarted(int id)
{
    RunNode &container = at(id);
    while (container.next < container.children.size()
           && node(container.children[container.next]).state != StepState::Pending)
        ++container.next;
    return container.next < container.children.size();
}

std::optional<int> RunTree::next()
{
    while (!m_awake.empty()) {
        const int id = m_awake.front();
        RunNode &node = at(id);
        if (mayStartChildren(id) && hasUnstarted(id) && node.active < limitOf(node)) {
            ++node.active;
            return node.children[node.next++];
        }
        m_awake.pop_front();
        finishIfDone(id);
    }
    return std::nullopt;
}

void RunTree::finish(int id, StepState state, const QString &reason)
{
    Q_ASSERT(isFinal(state));
    if (isFinal(node(id).state))
        return;
    if (isContainer(node(id)))
        endUnstarted(id, state);
    setState(id, state, reason);
    if (isStep(id))
        childFinished(node(id).parent, id);
    else if (id == root && m_finally > 0 && node(m_finally).state == StepState::Pending)
        beginContainer(m_finally);
}

void RunTree::childFinished(int parent, int child)
{
    RunNode &container = at(parent);
    const RunNode &ended = node(child);
    --container.active;
    if (ended.state == StepState::Cancelled)
        ++container.cancelled;
    if (parent == m_finally) {
        container.failures += ended.state == StepState::Failed ? 1 : 0; // What is left comes nevertheless.
    } else if (ended.state == StepState::Failed && ended.step->continueOnError) {
        ++container.tolerated;
        m_partial = true;
    } else if (ended.state == StepState::Failed) {
        if (++container.failures == 1)
            container.firstFailure =
                ended.path + (ended.reason.isEmpty() ? QString() : u": "_s + ended.reason);
        const FailurePolicy policy =
            container.step ? container.step->failurePolicy : FailurePolicy::StopScheduling;
        container.stopped = container.stopped || policy != FailurePolicy::Continue;
        if (policy == FailurePolicy::CancelRunning) {
            for (const int sibling : std::as_const(container.children)) {
                if (!isFinal(node(sibling).state) && node(sibling).state != StepState::Pending)
                    m_toCancel += sibling;
            }
        }
    }
    wake(parent);
}

/// Ends a container whose children have all ended or will not start.
bool RunTree::finishIfDone(int id)
{
    RunNode &container = at(id);
    if (container.state != StepState::Running || container.active > 0)
        return false;
    if (hasUnstarted(id) && mayStartChildren(id))
        return false;
    endUnstarted(id, m_cancelled ? StepState::Cancelled : StepState::Failed);
    const bool isMap = container.step && container.step->kind == StepKind::Map;
    if (isMap) {
        QJsonArray errors;
        int succeeded = 0;
        for (const int child : std::as_const(container.children)) {
            const RunNode &instance = node(child);
            succeeded += instance.state == StepState::Succeeded ? 1 : 0;
            const bool failed =
                instance.state != StepState::Succeeded && instance.state != StepState::Skipped;
            const QString why = instance.reason.isEmpty() ? toString(instance.state) : instance.reason;
            errors.append(failed ? QJsonValue(why) : QJsonValue(QJsonValue::Null));
        }
        container.outputs = {{u"succeeded"_s, succeeded},
                             {u"failed"_s, container.failures + container.tolerated},
                             {u"errors"_s, errors}};
    }
    if (container.failures > 0) {
        const QString reason = id == root || container.children.size() == 1
                                   ? u"step %1"_s.arg(container.firstFailure)
                                   : u"%1 of %2 failed, first %3"_s.arg(container.failures)
                                         .arg(container.children.size())
                                         .arg(container.firstFailure);
        finish(id, StepState::Failed, reason);
    } else if (m_cancelled || container.cancelled > 0) {
        finish(id, StepState::Cancelled);
    } else {
        finish(id, StepState::Succeeded);
    }
    return true;
}

/// What a container did not start ends with it: skipped and cancelled as it is, blocked when it failed.
void RunTree::endUnstarted(int id, StepState containerState)
{
    RunNode &container = at(id);
    const bool failed = containerState != StepState::Skipped && containerState != StepState::Cancelled;
    const QString culprit =
        container.firstFailure.isEmpty() ? container.path : container.firstFailure.section(u": "_s, 0, 0);
    const QString reason = failed ? u"step %1 failed"_s.arg(culprit) : QString();
    const QList<int> children = container.children;
    while (hasUnstarted(id))
        endSubtree(children[container.next++], failed ? StepState::Blocked : containerState, reason);
}

/// Sets a state on a step that was never started and on everything below it.
void RunTree::endSubtree(int id, StepState state, const QString &reason)
{
    if (isFinal(node(id).state))
        return; // Done before the run was taken up from its failed steps.
    setState(id, state, reason);
    at(id).next = node(id).children.size();
    for (const int child : node(id).children)
        endSubtree(child, state, reason); // NOLINT(misc-no-recursion): nesting of plans is limited to 8
}

void RunTree::cancel()
{
    m_cancelled = true;
    for (int id = count() - 1; id >= 0; --id) { // Inner ones first, so that outer ones find them ended.
        if (isContainer(node(id)) && !isFinal(node(id).state) && node(id).state != StepState::Pending)
            wake(id);
    }
}

void RunTree::abandonFinally()
{
    if (m_finally < 0 || isFinal(node(m_finally).state))
        return;
    at(m_finally).stopped = true;
    if (node(m_finally).state == StepState::Pending)
        finish(m_finally, StepState::Cancelled);
    else
        wake(m_finally);
}

QList<int> RunTree::takeToCancel()
{
    QList<int> all;
    for (const int id : std::exchange(m_toCancel, {})) {
        QList<int> open{id};
        while (!open.isEmpty()) {
            const int current = open.takeLast();
            if (isContainer(node(current))) {
                at(current).stopped = true;
                wake(current);
                open += node(current).children;
            } else if (!isFinal(node(current).state) && node(current).state != StepState::Pending) {
                all += current;
            }
        }
    }
    return all;
}

QList<int> RunTree::takeChanged()
{
    for (const int id : std::as_const(m_changed))
        m_isChanged[size_t(id)] = false;
    return std::exchange(m_changed, {});
}

QJsonObject RunTree::valueOf(int id) const
{
    const RunNode &subject = node(id);
    QJsonObject value{{u"outputs"_s, subject.outputs},
                      {u"artifacts"_s, subject.artifacts},
                      {u"status"_s, toString(subject.state)}};
    if (subject.step->kind == StepKind::Map) {
        QJsonArray results;
        for (const int child : subject.children) {
            const RunNode &instance = node(child);
            const bool succeeded = instance.state == StepState::Succeeded;
            results.append(succeeded
                               ? QJsonValue(valueOf(child).value(u"outputs"_s)) // NOLINT(misc-no-recursion)
                               : QJsonValue(QJsonValue::Null));
        }
        value.insert(u"results"_s, results);
    } else if (subject.step->kind == StepKind::Parallel) {
        QJsonObject outputs;
        for (const int child : subject.children) {
            if (node(child).state == StepState::Succeeded)
                outputs.insert(node(child).step->id,                // Nesting of plans is limited to 8.
                               valueOf(child).value(u"outputs"_s)); // NOLINT(misc-no-recursion)
        }
        value.insert(u"outputs"_s, outputs);
    }
    return value;
}

int RunTree::visibleStep(int from, const QString &id) const
{
    const int found = find(childPath({}, id));
    int top = from;
    while (isStep(top) && isStep(node(top).parent))
        top = node(top).parent;
    if (found < 0 || isStep(node(found).parent))
        return -1;
    // The root sees every step but those of finally; another one those whose place is before its own.
    return from == root ? (isOfFinally(found) ? -1 : found) : (found < top ? found : -1);
}

StepRecord RunTree::record(int id) const
{
    const RunNode &subject = node(id);
    return {subject.path,          subject.state,  subject.reason, subject.attempts, subject.lastTransitionAt,
            subject.nextAttemptAt, subject.outputs};
}

void RunTree::restore(const QList<StepRecord> &records)
{
    for (const StepRecord &record : records) {
        const int id = find(record.path);
        if (id < 0)
            continue;
        RunNode &subject = at(id);
        subject.state = record.state;
        subject.reason = record.reason;
        subject.attempts = record.attempts;
        subject.lastTransitionAt = record.lastTransitionAt;
        subject.nextAttemptAt = record.nextAttemptAt;
        subject.outputs = record.outputs;
    }
    recount();
    takeChanged();
}

/// What containers know of their children, from the states of these.
void RunTree::recount()
{
    m_awake.clear();
    m_partial = false;
    for (int id = count() - 1; id >= 0; --id) {
        RunNode &container = at(id);
        if (!isContainer(container) || (isStep(id) && isFinal(container.state)))
            continue;
        container.next = 0;
        container.active = container.failures = container.tolerated = container.cancelled = 0;
        container.stopped = false;
        container.firstFailure.clear();
        for (const int child : std::as_const(container.children)) {
            const RunNode &started = node(child);
            if (started.state == StepState::Pending)
                continue;
            ++container.active; // childFinished() takes it back.
            if (isFinal(started.state))
                childFinished(id, child);
        }
        wake(id);
    }
}

bool RunTree::isBelowFinally(int id) const
{
    while (isStep(id))
        id = node(id).parent;
    return id != root;
}

std::vector<bool> RunTree::beginningAgain() const
{
    std::vector<bool> again(m_nodes.size());
    for (int id = 1; id < count(); ++id) { // A step comes after the one that holds it.
        if (!isStep(id))
            continue;
        const RunNode &subject = node(id);
        const bool isOpen = !isStep(subject.parent) || again[size_t(subject.parent)];
        const bool ended = subject.state == StepState::Blocked || subject.state == StepState::Cancelled
                           || (subject.state == StepState::Failed && !subject.step->continueOnError);
        again[size_t(id)] = isOpen && (ended || isBelowFinally(id));
    }
    return again;
}

QList<int> RunTree::startAgain()
{
    QList<int> steps;
    const std::vector<bool> again = beginningAgain();
    for (int id = 1; id < count(); ++id) {
        if (again[size_t(id)] && !isBelowFinally(id))
            steps += id;
    }
    if (steps.isEmpty())
        return {};
    for (int id = 1; id < count(); ++id) {
        if (!again[size_t(id)])
            continue;
        setOutputs(id, {}, {});
        setState(id, StepState::Pending);
    }
    recount();
    return steps;
}

} // namespace engine
