#include "engine/evidence/checks/journal_facts.h"

#include "engine/base/json.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

void setFirst(qint64 &first, qint64 sequence)
{
    if (first == 0)
        first = sequence;
}

} // namespace

void JournalReader::data(QByteArrayView bytes)
{
    while (m_facts.problem.isEmpty() && !bytes.isEmpty()) {
        const auto feed = std::find(bytes.begin(), bytes.end(), '\n');
        m_line.append(QByteArrayView(bytes.begin(), feed));
        if (m_line.size() > m_maxLineBytes) {
            m_facts.problem =
                u"event %1 is longer than %2 bytes"_s.arg(m_facts.count + 1).arg(m_maxLineBytes);
            return;
        }
        if (feed == bytes.end())
            return;
        readLine(m_line);
        m_line.clear();
        bytes = QByteArrayView(feed + 1, bytes.end());
    }
}

void JournalReader::end()
{
    if (m_facts.problem.isEmpty() && !m_line.isEmpty())
        m_facts.problem = u"event %1 is cut off"_s.arg(m_facts.count + 1);
}

void JournalReader::readLine(const QByteArray &line)
{
    const auto json = parseJsonObject(line, {}, {qsizetype(m_maxLineBytes), 64, 1'000'000});
    const auto event = json ? eventFromJson(*json) : Result<RunEvent>(json.error());
    if (!event) {
        m_facts.problem =
            u"event %1 cannot be read: %2"_s.arg(m_facts.count + 1).arg(event.error().toString());
        return;
    }
    follow(*event);
    if (m_facts.problem.isEmpty())
        take(*event);
}

/// The same rules as checkChain(), one event at a time.
void JournalReader::follow(const RunEvent &event)
{
    const qint64 expected = m_facts.count + 1;
    const QString previous = m_facts.count == 0 ? noPreviousHash : m_facts.lastHash;
    if (event.sequence != expected)
        m_facts.problem =
            u"event %1 is missing, event %2 stands in its place"_s.arg(expected).arg(event.sequence);
    else if (event.previousHash != previous)
        m_facts.problem = u"event %1 does not follow the event before it"_s.arg(expected);
    else if (event.hash != hashOf(event))
        m_facts.problem = u"event %1 does not match its hash"_s.arg(expected);
    else if (m_facts.count > 0 && event.run.value != m_facts.runId)
        m_facts.problem = u"event %1 belongs to another run"_s.arg(expected);
    else if ((m_facts.count == 0) != (event.type == u"run-created"_s))
        m_facts.problem =
            u"event %1 is \"%2\"; a journal begins with \"run-created\" and has it once"_s.arg(expected).arg(
                event.type);
    m_facts.count = expected;
    m_facts.lastHash = event.hash;
    m_facts.runId = event.run.value;
}

void JournalReader::take(const RunEvent &event)
{
    if (!event.stepPath.isEmpty())
        (void)m_facts.steps[event.stepPath]; // Every step that is named must be in the plan.
    const QString &type = event.type;
    if (type == u"run-created"_s) {
        m_facts.created = event.data;
    } else if (type == u"run-state"_s) {
        m_facts.lastState = event.data;
        if (!m_facts.startedAt && event.data[u"state"_s].toString() == toString(RunState::Running))
            m_facts.startedAt = event.timestamp;
    } else if (type == u"run-resumed"_s) {
        m_facts.wasResumed = true;
    } else if (type == u"step-state"_s) {
        takeStepState(event);
    } else if (type == u"attempt-intent"_s || type == u"attempt-started"_s) {
        start(event).hadAttempt = true;
    } else if (type == u"attempt-finished"_s) {
        m_facts.steps[event.stepPath].attemptEnds.insert(int(event.data[u"attempt"_s].toInteger()),
                                                         event.data);
    } else if (type == u"map-expanded"_s) {
        start(event).wasExpanded = true;
        m_facts.mapCounts[event.stepPath] = event.data[u"count"_s].toInteger();
    } else if (type == u"artifact-stored"_s) {
        m_facts.artifacts += StepData{event.stepPath, event.data};
    } else if (type == u"policy-decided"_s) {
        start(event).wasJudged = true;
        m_facts.policies += StepData{event.stepPath, event.data};
    } else {
        takeGate(event);
    }
}

StepFacts &JournalReader::start(const RunEvent &event)
{
    StepFacts &step = m_facts.steps[event.stepPath];
    setFirst(step.firstStarted, event.sequence);
    return step;
}

void JournalReader::takeStepState(const RunEvent &event)
{
    StepFacts &step = m_facts.steps[event.stepPath];
    step.state = event.data[u"state"_s].toString();
    const auto state = parseStepState(step.state);
    if (!state)
        return; // Compared as text with the attestation nevertheless.
    if (*state == StepState::Pending && m_facts.wasResumed)
        step.firstStarted = step.firstPassed = step.firstEnded = 0;
    if (*state == StepState::Running || *state == StepState::WaitingApproval
        || *state == StepState::WaitingPolicy)
        setFirst(step.firstStarted, event.sequence);
    if (*state == StepState::Succeeded || *state == StepState::Skipped)
        setFirst(step.firstPassed, event.sequence);
    if (isFinal(*state))
        setFirst(step.firstEnded, event.sequence);
}

void JournalReader::takeGate(const RunEvent &event)
{
    static const QStringList ends{u"gate-approved"_s, u"gate-rejected"_s, u"gate-expired"_s,
                                  u"gate-cancelled"_s};
    const bool isRequest = event.type == u"gate-requested"_s;
    const bool isDecision = event.type == u"decision-accepted"_s;
    const bool isWithdrawal = event.type == u"decision-withdrawn"_s;
    const bool isExport = event.type == u"approval-request-exported"_s;
    const bool isEnd = ends.contains(event.type);
    if (!isRequest && !isDecision && !isWithdrawal && !isExport && !isEnd)
        return;
    if (isRequest)
        m_lastRevision.insert(event.stepPath, int(event.data[u"revision"_s].toInteger()));
    // What ends a gate without opening it does not name the revision.
    const int revision = int(event.data[u"revision"_s].toInteger(m_lastRevision.value(event.stepPath)));
    const QPair<QString, int> key{event.stepPath, revision};
    auto index = m_gateIndex.constFind(key);
    if (index == m_gateIndex.constEnd()) {
        m_facts.gates += GateFacts{event.stepPath, revision, {}, {}, {}, 0, 0, {}};
        index = m_gateIndex.insert(key, m_facts.gates.size() - 1);
    }
    GateFacts &gate = m_facts.gates[*index];
    if (isRequest) {
        start(event).wasAsked = true;
        gate.request = event.data;
    } else if (isDecision) {
        gate.decisions += AcceptedDecision{event.sequence, event.timestamp, event.data};
    } else if (isWithdrawal) {
        gate.withdrawals += AcceptedDecision{event.sequence, event.timestamp, event.data};
    } else if (isExport) {
        gate.exports += AcceptedDecision{event.sequence, event.timestamp, event.data};
    } else {
        setFirst(gate.closed, event.sequence);
        if (event.type == u"gate-approved"_s)
            setFirst(gate.approved, event.sequence);
    }
}

} // namespace engine
