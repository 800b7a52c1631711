#include "engine/policy/opa_answer.h"
#include "engine/policy/rules.h"
#include "engine/run/run_execution_p.h"

using namespace Qt::StringLiterals;

/// The part of RunExecution that decides policies: at once by rules, or by asking the policy server.
namespace engine {

void RunExecution::decidePolicy(int id)
{
    const RunNode &node = m_tree.node(id);
    const PolicySpec *policy = m_plan.policy(node.step->gate);
    Q_ASSERT(policy); // A plan's gates name policies that exist.
    const auto input = evaluate(id, node.step->input);
    if (!input)
        return policyDecided(
            id, {}, {{u"input"_s, u"the input cannot be evaluated: %1"_s.arg(input.error().message)}});
    if (policy->engine == PolicyEngine::Opa) {
        if (!m_context.policyServer)
            return policyDecided(id, input->toObject(),
                                 {{u"no-server"_s, u"a policy server decides it, and none is configured"_s}});
        m_tree.setState(id, StepState::WaitingPolicy);
        m_policiesDue.insert(id);
        return;
    }
    QJsonArray rules;
    for (const PolicyRule &rule : policy->rules)
        rules.append(rule.deny);
    Scope scope = scopeFor(id, rules);
    scope.input = *input;
    policyDecided(id, input->toObject(), evaluateRules(*policy, scope));
}

/// Asks as many of those that wait as may be asked at once. A question that an engine before this one had
/// asked is asked again: it changes nothing.
void RunExecution::askPolicies()
{
    while (!m_policiesDue.empty() && m_context.questions.anyFree()) {
        const int id = *m_policiesDue.begin();
        m_policiesDue.erase(m_policiesDue.begin());
        askPolicy(id);
    }
}

void RunExecution::askPolicy(int id)
{
    const RunNode &node = m_tree.node(id);
    const PolicySpec *policy = m_plan.policy(node.step->gate);
    const auto input = evaluate(id, node.step->input);
    if (!m_context.policyServer || !input) { // It was to be asked by an engine that knew a server.
        decidePolicy(id);
        return Q_EMIT passWanted();
    }
    const PolicyServer &server = *m_context.policyServer;
    auto query = std::make_unique<OpaQuery>(server, policy->path,
                                            opaQuestion(input->toObject(), m_plan.canonical(), runValue()),
                                            egressOf(m_plan.sandbox()), m_context.clock);
    connect(query.get(), &OpaQuery::delayed, this,
            [this, path = node.path](const QString &message) { note(path, LogLevel::Warn, message); });
    connect(query.get(), &OpaQuery::answered, this,
            [this, id, asked = input->toObject()](const QList<PolicyDenial> &denials) {
                m_questions.at(id).release()->deleteLater(); // It is the sender.
                stopAsking(id);
                policyDecided(id, asked, denials);
                Q_EMIT passWanted();
            });
    note(node.path, LogLevel::Info,
         u"policy %1: asking %2 for %3"_s.arg(policy->id, displayText(server.address), policy->path));
    ++m_context.questions.used;
    query->start();
    m_questions.emplace(id, std::move(query));
}

void RunExecution::stopAsking(int id)
{
    m_policiesDue.erase(id);
    if (m_questions.erase(id) > 0)
        --m_context.questions.used;
}

void RunExecution::policyDecided(int id, const QJsonObject &input, const QList<PolicyDenial> &denials)
{
    constexpr qsizetype mostTold = 10; // All of them are in the journal.
    const RunNode &node = m_tree.node(id);
    const PolicyDecision decision{m_summary.id,      node.path, node.step->gate,      input,
                                  denials.isEmpty(), denials,   m_context.clock.now()};
    wordStepChanges(false);
    m_change.policies += decision;
    QJsonArray list;
    QStringList reasons;
    for (const PolicyDenial &denial : denials) {
        list.append(QJsonObject{{u"id"_s, denial.id}, {u"message"_s, denial.message}});
        reasons += u"%1: %2"_s.arg(denial.id, denial.message);
        note(node.path, LogLevel::Warn,
             u"policy %1 denies: %2: %3"_s.arg(decision.policyId, denial.id, denial.message));
    }
    if (reasons.size() > mostTold)
        reasons = reasons.first(mostTold) + QStringList{u"%1 more"_s.arg(denials.size() - mostTold)};
    addEvent(u"policy-decided"_s, id,
             {{u"policy"_s, decision.policyId}, {u"allow"_s, decision.allow}, {u"denials"_s, list}});
    m_tree.setOutputs(id, {{u"allow"_s, decision.allow}, {u"denials"_s, list}}, {});
    if (decision.allow || node.step->failActionContinue)
        m_tree.finish(id, StepState::Succeeded, decision.allow ? QString() : u"denied, and told to go on"_s);
    else
        m_tree.finish(id, StepState::Failed,
                      u"denied by policy %1: %2"_s.arg(decision.policyId, reasons.join(u"; "_s)));
}

} // namespace engine
