#pragma once

#include "engine/record/gate_record.h"

#include <QHash>

namespace engine {

/// What the journal says happened to one step. Numbers are of events; 0: never. When the run was taken up
/// from its failed steps and this is one of them, they are of what came after.
struct StepFacts
{
    qint64 firstStarted = 0; ///< It ran, waited at its gate or was expanded.
    qint64 firstPassed = 0;  ///< Succeeded or skipped.
    qint64 firstEnded = 0;   ///< Any final state.
    QString state{};         ///< The last one; empty when there was no event about it.
    bool hadAttempt = false;
    bool wasAsked = false;  ///< A gate was requested.
    bool wasJudged = false; ///< A policy was decided.
    bool wasExpanded = false;
    QHash<int, QJsonObject> attemptEnds{}; ///< Data of "attempt-finished" by attempt.
};

/// A decision that was accepted, the withdrawal of one, or a request for one that was exported.
struct AcceptedDecision
{
    qint64 sequence = 0;
    Timestamp acceptedAt{};
    QJsonObject data{};
};

/// One revision of one gate.
struct GateFacts
{
    QString path{};
    int revision = 0;
    QJsonObject request{}; ///< Data of "gate-requested".
    QList<AcceptedDecision> decisions{};
    QList<AcceptedDecision> withdrawals{};
    qint64 approved = 0;               ///< Number of "gate-approved".
    qint64 closed = 0;                 ///< Of that or of what closed it otherwise.
    QList<AcceptedDecision> exports{}; ///< Requests for decisions elsewhere.
};

/// An event whose data is compared as a whole.
struct StepData
{
    QString path{};
    QJsonObject data{};
};

/// A journal, read once and reduced to what the checks ask. Grows with the number of steps, not of events.
struct JournalFacts
{
    QString problem{}; ///< Of the first event that breaks the chain; empty when it holds.
    qint64 count = 0;
    QString lastHash{};
    QString runId{};
    QJsonObject created{};   ///< Data of "run-created".
    QJsonObject lastState{}; ///< Data of the last "run-state".
    bool wasResumed = false; ///< From its failed steps.
    std::optional<Timestamp> startedAt{};
    QHash<QString, StepFacts> steps{};
    QHash<QString, qint64> mapCounts{}; ///< Of maps that the run expanded.
    QList<GateFacts> gates{};
    QList<StepData> artifacts{};
    QList<StepData> policies{};
};

/// Builds the facts from the bytes of journal.jsonl as they arrive. Events of types that it does not know,
/// from a newer engine, count for the chain alone.
class JournalReader
{
public:
    explicit JournalReader(qint64 maxLineBytes)
        : m_maxLineBytes(maxLineBytes)
    {
    }

    void data(QByteArrayView bytes);
    void end();
    const JournalFacts &facts() const { return m_facts; }

private:
    void readLine(const QByteArray &line);
    void follow(const RunEvent &event);
    void take(const RunEvent &event);
    void takeStepState(const RunEvent &event);
    void takeGate(const RunEvent &event);
    StepFacts &start(const RunEvent &event);

    const qint64 m_maxLineBytes;
    QByteArray m_line;
    JournalFacts m_facts;
    QHash<QPair<QString, int>, qsizetype> m_gateIndex;
    QHash<QString, int> m_lastRevision; ///< Of gates by path.
};

} // namespace engine
