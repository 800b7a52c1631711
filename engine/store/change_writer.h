#pragma once

#include "engine/record/run_change.h"
#include "engine/store/connection.h"

namespace engine {

/// Writes the parts of a change as rows of one run, inside a transaction of the caller's.
///
/// After the first failure nothing more is written; result() tells it.
class ChangeWriter
{
public:
    ChangeWriter(Connection &connection, qint64 runKey)
        : m_connection(connection)
        , m_runKey(runKey)
    {
    }

    void writeStatus(const RunChange::Status &status, Timestamp at);
    void writeOutputs(const QJsonObject &outputs, Timestamp at);
    void writeStep(const StepRecord &step);
    void writeAttempt(const AttemptRecord &attempt);
    void writeArtifact(const Artifact &artifact);
    void writeGate(const GateRequest &gate);
    void writeDecision(const Decision &decision);
    void writeWithdrawal(const Decision &decision); ///< Which is stored already.
    void writePolicyDecision(const PolicyDecision &decision);
    void writeAnchor(const AnchorRecord &anchor, const AnchorProof &proof);
    void writeAnchors(const QList<AnchorRecord> &anchors); ///< In place of all that the run has.
    void writeEvent(const RunEvent &event, const QByteArray &canonicalData);

    const Result<> &result() const { return m_result; }

private:
    void run(const QString &sql, const QVariantList &values);
    QVariant json(const QJsonValue &value);

    Connection &m_connection;
    const qint64 m_runKey;
    Result<> m_result;
};

/// The canonical JSON of a value as text, for a column. Fails with InvalidInput.
Result<QString> jsonText(const QJsonValue &value);

} // namespace engine
