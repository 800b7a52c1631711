#include "engine/base/json.h"
#include "engine/evidence/attestation.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/checks.h"

#include <QJsonArray>
#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Compares the attestation with everything else, part by part. Each part says what is wrong, or nothing.
class Comparison
{
public:
    Comparison(const Bundle &bundle, const QJsonObject &inputs, const QJsonObject &outputs)
        : m_bundle(bundle)
        , m_inputs(inputs)
        , m_outputs(outputs)
        , m_attested(*bundle.attestation)
        , m_journal(bundle.journal())
    {
    }

    QString firstDifference() const
    {
        for (const auto &part :
             {&Comparison::run, &Comparison::values, &Comparison::steps, &Comparison::transcripts,
              &Comparison::artifacts, &Comparison::approvals, &Comparison::policies}) {
            if (const QString wrong = (this->*part)(); !wrong.isEmpty())
                return wrong;
        }
        return {};
    }

private:
    static QString differs(const QString &member, const QString &from)
    {
        return u"\"%1\" differs from the %2"_s.arg(member, from);
    }

    QString run() const
    {
        const QJsonObject &manifest = m_bundle.manifest->run;
        for (const QString &member : {u"packName"_s, u"packVersion"_s, u"packDigest"_s, u"planHash"_s,
                                      u"tenantId"_s, u"requestedBy"_s, u"completedAt"_s, u"outcome"_s}) {
            if (m_attested[member] != manifest[member])
                return differs(member, u"manifest"_s);
        }
        for (const QString &member :
             {u"packName"_s, u"packVersion"_s, u"packDigest"_s, u"planHash"_s, u"requestedBy"_s}) {
            if (m_attested[member] != m_journal.created[member])
                return differs(member, u"journal"_s);
        }
        if (m_attested[u"runId"_s] != manifest[u"id"_s])
            return differs(u"runId"_s, u"manifest"_s);
        if (m_attested[u"runId"_s].toString() != m_journal.runId)
            return differs(u"runId"_s, u"journal"_s);
        if (m_attested[u"tenantId"_s] != m_journal.created[u"tenant"_s])
            return differs(u"tenantId"_s, u"journal"_s);
        if (m_attested[u"outcome"_s] != m_journal.lastState[u"state"_s])
            return differs(u"outcome"_s, u"journal"_s);
        if (m_attested[u"partial"_s].toBool() != m_journal.lastState[u"partial"_s].toBool())
            return differs(u"partial"_s, u"journal"_s);
        const QString startedAt = m_journal.startedAt ? toIso(*m_journal.startedAt) : QString();
        if (m_attested[u"startedAt"_s].toString() != startedAt)
            return differs(u"startedAt"_s, u"journal"_s);
        return {};
    }

    QString values() const
    {
        QJsonObject describedInputs;
        for (auto value = m_inputs.begin(); value != m_inputs.end(); ++value)
            describedInputs[value.key()] = describeValue(value.value());
        if (m_attested[u"inputs"_s].toObject() != describedInputs)
            return differs(u"inputs"_s, layout::inputs);
        if (m_bundle.plan && !arePlanned(m_inputs, m_bundle.plan->plan().inputs()))
            return u"the inputs are not those of the plan"_s;
        QJsonArray describedOutputs;
        for (auto value = m_outputs.begin(); value != m_outputs.end(); ++value) {
            QJsonObject entry = describeValue(value.value());
            entry[u"name"_s] = value.key();
            describedOutputs += entry;
        }
        if (m_attested[u"outputs"_s].toArray() != describedOutputs)
            return differs(u"outputs"_s, layout::outputs);
        return {};
    }

    /// Whether inputs as the run had them are those of the plan, which has files and fractions in another
    /// form.
    static bool arePlanned(const QJsonObject &inputs, const QJsonObject &planned)
    {
        if (inputs.keys() != planned.keys())
            return false;
        const auto isPlanned = [&](const QString &name) {
            const auto planForm = [&](InputType type) {
                return planInputs({{name, type, false, {}, {}, {}}}, inputs);
            };
            return planForm(InputType::Object)[name] == planned[name]
                   || planForm(InputType::File)[name] == planned[name];
        };
        const QStringList names = inputs.keys();
        return std::all_of(names.begin(), names.end(), isPlanned);
    }

    /// A step that never changed its state has no event; it is then as the run began with it.
    QString steps() const
    {
        static const QStringList initial{toString(StepState::Pending), toString(StepState::Skipped)};
        QSet<QString> seen;
        for (const QJsonValue step : m_attested[u"steps"_s].toArray()) {
            const QString path = step[u"path"_s].toString();
            const StepFacts facts = m_journal.steps.value(path);
            const QString status = step[u"status"_s].toString();
            if (seen.contains(path)
                || (facts.state.isEmpty() ? !initial.contains(status) : status != facts.state))
                return u"step \"%1\" is \"%2\"; the journal says \"%3\""_s.arg(path, status, facts.state);
            if (m_bundle.plan && !m_bundle.plan->find(path))
                return u"step \"%1\" is not in the plan"_s.arg(path);
            if (const QString wrong = attempts(step[u"attempts"_s].toArray(), facts); !wrong.isEmpty())
                return u"step \"%1\": %2"_s.arg(path, wrong);
            seen += path;
        }
        for (auto step = m_journal.steps.begin(); step != m_journal.steps.end(); ++step) {
            if (!seen.contains(step.key()))
                return u"step \"%1\" of the journal is missing"_s.arg(step.key());
        }
        return {};
    }

    static QString attempts(const QJsonArray &attested, const StepFacts &facts)
    {
        qsizetype finished = 0;
        for (const QJsonValue attempt : attested) {
            const int number = int(attempt[u"attempt"_s].toInteger());
            const QJsonObject end = facts.attemptEnds.value(number);
            if (attempt[u"exitCode"_s] != end[u"exitCode"_s] || attempt[u"signal"_s] != end[u"signal"_s])
                return u"attempt %1 ended otherwise than the journal says"_s.arg(number);
            finished += facts.attemptEnds.contains(number) ? 1 : 0;
        }
        return finished == facts.attemptEnds.size() ? QString() : u"an attempt of the journal is missing"_s;
    }

    QString transcripts() const
    {
        QStringList attested;
        for (const QJsonValue step : m_attested[u"steps"_s].toArray()) {
            if (step[u"transcript"_s].isString())
                attested += step[u"transcript"_s].toString() + u' ' + step[u"path"_s].toString();
        }
        QStringList present;
        for (const auto &[path, file] : m_bundle.manifest->files) {
            if (path.startsWith(layout::transcripts))
                present += digestOf(path) + u' ' + file.about[u"step"_s].toString();
        }
        return sameSets(attested, present) ? QString() : u"the transcripts are not those of the manifest"_s;
    }

    QString artifacts() const
    {
        QStringList attested;
        for (const QJsonValue artifact : m_attested[u"artifacts"_s].toArray()) {
            if (artifact[u"status"_s].toString() == u"stored"_s)
                attested += artifactLine(artifact[u"step"_s].toString(), artifact.toObject());
        }
        QStringList recorded;
        for (const StepData &artifact : m_journal.artifacts)
            recorded += artifactLine(artifact.path, artifact.data);
        QStringList present;
        for (const auto &[path, file] : m_bundle.manifest->files) {
            if (path.startsWith(layout::artifacts))
                present +=
                    artifactLine(file.about[u"step"_s].toString(), {{u"name"_s, file.about[u"name"_s]},
                                                                    {u"sha256"_s, digestOf(path)},
                                                                    {u"size"_s, file.digest.sizeBytes}});
        }
        if (!sameSets(attested, recorded))
            return u"the artifacts are not those of the journal"_s;
        return sameSets(attested, present) ? QString() : u"the artifacts are not those of the manifest"_s;
    }

    QString approvals() const
    {
        QStringList attested;
        for (const QJsonValue approval : m_attested[u"approvals"_s].toArray()) {
            for (const QJsonValue decision : approval[u"decisions"_s].toArray())
                attested += QStringList{approval[u"gate"_s].toString(),
                                        QString::number(decision[u"revision"_s].toInteger()),
                                        decision[u"approver"_s].toString(),
                                        decision[u"decision"_s].toString(),
                                        decision[u"keyId"_s].toString(),
                                        decision[u"sha256"_s].toString(),
                                        decision[u"withdrawal"_s][u"keyId"_s].toString(),
                                        decision[u"withdrawal"_s][u"sha256"_s].toString()}
                                .join(u'\n');
        }
        QStringList recorded;
        for (const GateFacts &gate : m_journal.gates) {
            QHash<QString, QJsonObject> withdrawals;
            for (const AcceptedDecision &withdrawal : gate.withdrawals)
                withdrawals.insert(withdrawal.data[u"decisionId"_s].toString(), withdrawal.data);
            for (const AcceptedDecision &decision : gate.decisions) {
                const QJsonObject withdrawal = withdrawals.value(decision.data[u"decisionId"_s].toString());
                recorded += QStringList{gate.path,
                                        QString::number(gate.revision),
                                        decision.data[u"approver"_s].toString(),
                                        decision.data[u"verdict"_s].toString(),
                                        decision.data[u"keyId"_s].toString(),
                                        decision.data[u"envelopeSha256"_s].toString(),
                                        withdrawal[u"keyId"_s].toString(),
                                        withdrawal[u"envelopeSha256"_s].toString()}
                                .join(u'\n');
            }
        }
        return sameSets(attested, recorded) ? QString() : u"the decisions are not those of the journal"_s;
    }

    QString policies() const
    {
        QStringList attested;
        for (const QJsonValue policy : m_attested[u"policies"_s].toArray())
            attested += policyLine(policy[u"gate"_s].toString(), policy.toObject());
        QStringList recorded;
        for (const StepData &policy : m_journal.policies)
            recorded += policyLine(policy.path, policy.data);
        return sameSets(attested, recorded) ? QString()
                                            : u"the policies' verdicts are not those of the journal"_s;
    }

    /// Of the file that is really there. That one is missing is for the listing to say.
    QString digestOf(const QString &path) const
    {
        const auto file = m_bundle.contents.files().find(path);
        return file == m_bundle.contents.files().end() ? m_bundle.manifest->files.at(path).digest.sha256
                                                       : file->second.sha256;
    }

    static QString artifactLine(const QString &step, const QJsonObject &artifact)
    {
        return QStringList{step, artifact[u"name"_s].toString(), artifact[u"sha256"_s].toString(),
                           QString::number(artifact[u"size"_s].toInteger(-1))}
            .join(u'\n');
    }

    static QString policyLine(const QString &gate, const QJsonObject &policy)
    {
        return gate + u'\n'
               + QString::fromUtf8(canonicalJsonOf(
                   QJsonArray{policy[u"policy"_s], policy[u"allow"_s], policy[u"denials"_s]}));
    }

    static bool sameSets(QStringList a, QStringList b)
    {
        a.sort();
        b.sort();
        return a == b;
    }

    const Bundle &m_bundle;
    const QJsonObject &m_inputs;
    const QJsonObject &m_outputs;
    const QJsonObject &m_attested;
    const JournalFacts &m_journal;
};

} // namespace

Finding checkAttestation(const Bundle &bundle)
{
    if (isUnsigned(bundle))
        return notRun(u"the bundle has no attestation"_s);
    if (!bundle.attestation)
        return failed(bundle.attestation.error());
    if (!bundle.manifest || !bundle.contents.has(layout::journal))
        return notRun(u"the manifest or the journal is missing or cannot be read"_s);
    const auto inputs = parseDocument(bundle.contents, layout::inputs);
    const auto outputs = parseDocument(bundle.contents, layout::outputs);
    if (!inputs || !outputs)
        return failed(inputs ? outputs.error() : inputs.error());
    const QString wrong = Comparison(bundle, *inputs, *outputs).firstDifference();
    return wrong.isEmpty() ? passed() : failed(Headline::Tampered, wrong);
}

} // namespace engine
