#include "engine/evidence/bundle_writer.h"

#include "engine/base/json.h"
#include "engine/evidence/attestation.h"
#include "engine/evidence/bundle_members.h"
#include "engine/evidence/dsse.h"
#include "engine/evidence/instructions.h"
#include "engine/evidence/provenance.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QSaveFile>
#include <QSet>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

const QString jsonType = u"application/json"_s;

QJsonObject toRequestJson(const GateRequest &gate)
{
    return {{u"schema"_s, layout::gateRequestSchema},
            {u"runId"_s, gate.run.value},
            {u"gate"_s, gate.path},
            {u"revision"_s, gate.revision},
            {u"approval"_s, gate.approvalId},
            {u"title"_s, gate.title},
            {u"message"_s, gate.message},
            {u"planHash"_s, gate.planHash},
            {u"required"_s, gate.required},
            {u"approvers"_s, QJsonArray::fromStringList(gate.approvers)},
            {u"allowSelfApproval"_s, gate.allowSelfApproval},
            {u"requireReason"_s, gate.requireReason},
            {u"requestedBy"_s, gate.requestedBy},
            {u"requestedAt"_s, toIso(gate.requestedAt)},
            {u"expiresAt"_s, toIso(gate.expiresAt)},
            {u"state"_s, toString(gate.state)}};
}

QJsonObject toPolicyJson(const PolicyDecision &policy)
{
    QJsonArray denials;
    for (const PolicyDenial &denial : policy.denials)
        denials += QJsonObject{{u"id"_s, denial.id}, {u"message"_s, denial.message}};
    return {{u"schema"_s, layout::policyDecisionSchema},
            {u"runId"_s, policy.run.value},
            {u"gate"_s, policy.path},
            {u"policy"_s, policy.policyId},
            {u"input"_s, policy.input},
            {u"allow"_s, policy.allow},
            {u"denials"_s, denials},
            {u"decidedAt"_s, toIso(policy.decidedAt)}};
}

/// Puts the parts of a run's record into a bundle, one kind after the other.
class Assembly
{
public:
    Assembly(const EvidenceInput &input, const Signer &signer, const QString &folder)
        : m_input(input)
        , m_signer(signer)
        , m_members(folder)
    {
    }

    Result<> writeTo(QIODevice &out)
    {
        for (const auto &part : {&Assembly::addArtifacts, &Assembly::addTranscripts, &Assembly::addJournal}) {
            if (const auto added = (this->*part)(); !added)
                return added;
        }
        addDocuments();
        addGates();
        addKeys();
        if (const auto added = addAttestation(); !added)
            return added;
        addInstructions();
        addManifest();
        for (const auto &part : {&Assembly::addProvenance, &Assembly::addSums}) {
            if (const auto added = (this->*part)(); !added)
                return added;
        }
        return m_members.writeTo(out);
    }

private:
    Result<> addArtifacts()
    {
        for (const Artifact &artifact : m_input.artifacts) {
            if (artifact.status != u"stored"_s)
                continue;
            const QString path =
                m_paths.allocate(layout::artifacts, artifact.stepPath + u'/' + artifact.name);
            const auto added = m_members.addFile(
                path, m_input.dataDir + u'/' + artifact.storedPath, {artifact.sha256, artifact.sizeBytes},
                {{u"step"_s, artifact.stepPath}, {u"name"_s, artifact.name}});
            if (!added)
                return added;
        }
        return {};
    }

    Result<> addTranscripts()
    {
        QStringList paths;
        QSet<QString> seen;
        for (const AttemptRecord &attempt : m_input.attempts) {
            if (!seen.contains(attempt.path))
                paths += attempt.path;
            seen += attempt.path;
        }
        for (qsizetype i = 0; i < paths.size(); ++i) {
            const QString &step = paths.at(i);
            const QString path =
                numbered(layout::transcripts, i, paths.size()) + u'-' + layout::safeName(step) + u".log"_s;
            const auto added = m_members.addSpooled(
                path, u"text/plain; charset=utf-8"_s,
                [&](QIODevice &out) { return m_input.transcript(step, out); }, {{u"step"_s, step}});
            if (!added)
                return added;
            m_transcripts.insert(step, m_members.all().at(path).digest.sha256);
        }
        return {};
    }

    Result<> addJournal()
    {
        return m_members.addSpooled(
            layout::journal, u"application/x-ndjson"_s, [this](QIODevice &out) -> Result<> {
                for (const RunEvent &event : m_input.events) {
                    const QByteArray line = canonicalJsonOf(toJson(event)) + '\n';
                    if (out.write(line) != line.size())
                        return Error{
                            ErrorCode::Io, u"cannot write the journal: %1"_s.arg(out.errorString()), {}, {}};
                }
                return {};
            });
    }

    void addDocuments()
    {
        m_members.addBytes(layout::plan, m_input.plan, jsonType);
        m_members.addJson(layout::inputs, m_input.inputs);
        m_members.addJson(layout::outputs, m_input.outputs);
    }

    void addGates()
    {
        for (qsizetype i = 0; i < m_input.gates.size(); ++i) {
            const GateRequest &gate = m_input.gates.at(i);
            const QString stem = numbered(layout::approvals, i, m_input.gates.size());
            m_members.addJson(stem + layout::requestSuffix, toRequestJson(gate));
            int number = 0;
            for (const Decision &decision : m_input.decisions) {
                if (decision.statement.path != gate.path)
                    continue;
                const QString name = stem + u".decision-%1"_s.arg(++number);
                m_members.addBytes(name + layout::decisionSuffix, decision.envelope, jsonType);
                if (decision.withdrawal)
                    m_members.addBytes(name + layout::withdrawalSuffix, decision.withdrawal->envelope,
                                       jsonType);
            }
        }
        for (qsizetype i = 0; i < m_input.policies.size(); ++i)
            m_members.addJson(numbered(layout::policies, i, m_input.policies.size()) + u".json"_s,
                              toPolicyJson(m_input.policies.at(i)));
    }

    void addKeys()
    {
        QList<PublicKey> keys = m_input.keys;
        keys += m_signer.publicKey();
        for (const PublicKey &key : keys)
            m_members.addBytes(layout::keys + key.keyId() + u".pem"_s, key.pem(),
                               u"application/x-pem-file"_s);
    }

    Result<> addAttestation()
    {
        m_claims = packRunPayload(m_input, m_transcripts);
        const auto envelope = signDsse(packRunPayloadType, canonicalJsonOf(m_claims), m_signer);
        if (!envelope)
            return envelope.error();
        m_members.addBytes(layout::attestation, envelope->toJson(), jsonType);
        return {};
    }

    void addInstructions()
    {
        // Beside what is there already: the instructions, the manifest, the provenance twice, the list and
        // its signature.
        const qsizetype count = qsizetype(m_members.all().size()) + 6;
        m_members.addBytes(
            layout::instructions,
            verifyInstructions(m_input.run.id.value, m_input.run.planHash, m_signer.publicKey(), count),
            u"text/plain; charset=utf-8"_s);
    }

    void addManifest()
    {
        QJsonArray files;
        for (const auto &[path, member] : m_members.all()) {
            QJsonObject entry = member.about;
            entry[u"path"_s] = path;
            entry[u"size"_s] = member.digest.sizeBytes;
            entry[u"sha256"_s] = member.digest.sha256;
            entry[u"mediaType"_s] = member.mediaType;
            entry[u"redacted"_s] = false;
            files += entry;
        }
        const RunSummary &run = m_input.run;
        m_members.addJson(layout::manifest,
                          {{u"schema"_s, layout::manifestSchema},
                           {u"run"_s, QJsonObject{{u"id"_s, run.id.value},
                                                  {u"packName"_s, run.packName},
                                                  {u"packVersion"_s, run.packVersion},
                                                  {u"packDigest"_s, run.packDigest},
                                                  {u"planHash"_s, run.planHash},
                                                  {u"tenantId"_s, run.tenant},
                                                  {u"requestedBy"_s, run.requestedBy},
                                                  {u"requestedAt"_s, toIso(run.requestedAt)},
                                                  {u"completedAt"_s, toIso(*run.completedAt)},
                                                  {u"outcome"_s, toString(run.state)}}},
                           {u"files"_s, files}});
    }

    Result<> addProvenance()
    {
        const auto sha256Of = [this](const QString &path) { return m_members.all().at(path).digest.sha256; };
        ProvenanceFiles files{
            {}, sha256Of(layout::manifest), sha256Of(layout::attestation), sha256Of(layout::journal)};
        for (const auto &[path, member] : m_members.all()) {
            if (path.startsWith(layout::artifacts))
                files.artifacts.emplace(path, member.digest.sha256);
        }
        const auto envelope =
            signDsse(inTotoPayloadType, canonicalJsonOf(provenanceStatement(m_claims, files)), m_signer);
        if (!envelope)
            return envelope.error();
        m_members.addBytes(layout::provenance, envelope->toJson(), jsonType);
        m_members.addBytes(layout::sigstoreProvenance, sigstoreBundle(*envelope), jsonType);
        return {};
    }

    Result<> addSums()
    {
        QByteArray sums;
        for (const auto &[path, member] : m_members.all())
            sums += member.digest.sha256.toLatin1() + "  " + path.toLatin1() + '\n';
        const auto signature = m_signer.sign(sums);
        if (!signature)
            return signature.error();
        m_members.addBytes(layout::sums, sums, u"text/plain"_s);
        m_members.addBytes(layout::sumsSignature, *signature, u"application/octet-stream"_s);
        return {};
    }

    /// "approvals/007": as many digits as the last one needs, at least three.
    static QString numbered(const QString &folder, qsizetype index, qsizetype count)
    {
        const int width = std::max(3, int(QString::number(count).size()));
        return folder + QString::number(index + 1).rightJustified(width, u'0');
    }

    const EvidenceInput &m_input;
    const Signer &m_signer;
    BundleMembers m_members;
    layout::PathAllocator m_paths;
    QHash<QString, QString> m_transcripts;
    QJsonObject m_claims;
};

} // namespace

Result<> writeBundle(const EvidenceInput &input, const Signer &engineKey, const QString &path)
{
    if (!isFinal(input.run.state) || !input.run.completedAt)
        return Error{ErrorCode::Conflict,
                     u"run %1 is %2; evidence is written when it is over"_s.arg(input.run.id.value,
                                                                                toString(input.run.state)),
                     {},
                     {}};
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    if (const auto written = Assembly(input, engineKey, QFileInfo(path).absolutePath()).writeTo(file);
        !written)
        return written; // The file goes with its temporary name.
    if (!file.commit())
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(path, file.errorString()), {}, {}};
    return {};
}

} // namespace engine
