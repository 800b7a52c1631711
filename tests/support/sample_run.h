#pragma once

#include "engine/evidence/bundle_verifier.h"
#include "engine/evidence/bundle_writer.h"
#include "engine/evidence/dsse.h"

#include <QTemporaryDir>

namespace test {

/// A finished run with every kind of step, as the engine would have left it: prepare (with artifacts), hosts
/// (a map that the run expanded), window (a policy), review (two of any approvers), promote. Submitted by
/// carol, approved by anna and bob. Tests bend it before they write it.
class SampleRun
{
public:
    explicit SampleRun(engine::SigningKey::Algorithm algorithm = engine::SigningKey::Algorithm::Ed25519);

    /// One event, before it is numbered and chained.
    struct Draft
    {
        QString type{};
        QString stepPath{};
        QJsonObject data{};
        engine::Timestamp at{};
        engine::RunId run{}; ///< Empty: the run itself.
    };

    /// Numbers and chains the drafts, and tells the input of them.
    void seal();
    /// seal() and writeBundle(); the path of the bundle.
    QString write(const QString &name = QStringLiteral("run.evidence.tar"));
    engine::Result<> tryWrite(const QString &path);
    engine::VerificationReport verify(const QString &path) const;

    /// A decision at the gate, signed with key; it stands in the input and in the drafts where it belongs.
    void approve(const engine::DecisionStatement &statement, const engine::SigningKey &key);
    engine::DecisionStatement statementOf(const QString &approver) const;
    /// Takes the last decision back; it stands in the input and in the drafts where it belongs.
    void withdraw(const engine::WithdrawalStatement &statement, const engine::SigningKey &key);
    engine::WithdrawalStatement withdrawalOfLast() const;
    /// Anna approves and takes it back, bob approves, anna approves again.
    void changeAnnasMind();
    void removeDecisions();
    Draft &draft(const QString &type, const QString &stepPath = {}); ///< The first of this type.
    void removeDrafts(const QString &type, const QString &stepPath);
    engine::TrustedKey &trusted(const engine::SigningKey &key);
    void rebuildTrust(); ///< After a change by trusted().

    QTemporaryDir folder{};
    engine::SigningKey engineKey;
    engine::SigningKey anna;
    engine::SigningKey bob;
    engine::EvidenceInput input{};
    QList<Draft> drafts{};
    QList<engine::TrustedKey> trustedKeys{};
    engine::TrustStore trust{};
    engine::Timestamp now{};

private:
    void makePlan();
    void makeSteps();
    void makeDrafts();
    void addDraft(const QString &type, const QString &stepPath, const QJsonObject &data = {});
    void addState(const QString &stepPath, const QString &state);
    void addRunStep(const QString &path);
    void addArtifact(const QString &stepPath, const QString &name, const QByteArray &bytes);

    engine::Timestamp m_time{};
};

struct Member
{
    QString path{};
    QByteArray bytes{};

    bool operator==(const Member &) const = default;
};

/// The files of an archive, and an archive of files in the order given, as the engine's own writer makes it.
QList<Member> readMembers(const QString &archive);
void writeMembers(const QString &archive, const QList<Member> &members);
QByteArray &bytesOf(QList<Member> &members, const QString &path);

/// What somebody with the key can do: bring manifest, provenance, list and signature up to date with the
/// files.
void sign(QList<Member> &members, const engine::SigningKey &key);
/// List and signature alone.
void signSums(QList<Member> &members, const engine::SigningKey &key);

} // namespace test
