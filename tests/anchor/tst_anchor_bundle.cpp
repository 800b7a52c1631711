#include "engine/anchor/anchor_bundle.h"
#include "engine/base/digest.h"
#include "engine/evidence/bundle_layout.h"
#include "tests/support/sample_run.h"
#include "tests/support/test_timestamper.h"

#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;
using test::Member;

using Change = std::function<void(QList<Member> &)>;
Q_DECLARE_METATYPE(Change)

/// A bundle, and what others say of it.
class TestAnchorBundle : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_run.rebuildTrust(); }

    void readsWhatIsWitnessed();
    void refuses_data();
    void refuses();
    void needsAKnownSigner();
    void isOfOneBundleOnly();
    void standsWhereABundleHasIt_data();
    void standsWhereABundleHasIt();

private:
    test::SampleRun m_run{SigningKey::Algorithm::EcdsaP256};
    test::TestTimestamper m_stamper;
};

void TestAnchorBundle::readsWhatIsWitnessed()
{
    const QString path = m_run.write();
    QList<Member> members = test::readMembers(path);
    const auto subject = readAnchorSubject(path, m_run.trust);
    QVERIFY2(subject, subject ? "" : qPrintable(subject.error().toString()));
    QCOMPARE(subject->digest(), sha256Hex(test::bytesOf(members, layout::sumsSignature)));
    QCOMPARE(subject->bundle.envelope, *DsseEnvelope::parse(test::bytesOf(members, layout::attestation)));
    QCOMPARE(subject->signer.keyId(), m_run.engineKey.publicKey().keyId());
}

void TestAnchorBundle::refuses_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("error"); // %1 is the bundle.

    const auto without = [](const QString &path) -> Change {
        return [path](QList<Member> &members) {
            members.removeIf([&path](const Member &member) { return member.path == path; });
        };
    };
    const auto with = [](const QString &path, const QByteArray &bytes) -> Change {
        return [path, bytes](QList<Member> &members) { test::bytesOf(members, path) = bytes; };
    };
    QTest::newRow("no attestation") << without(
        layout::attestation) << u"\"%1\" is not a bundle: attestations/pack-run.dsse.json is missing"_s;
    QTest::newRow("no signature") << without(layout::sumsSignature) << u"\"%1\" is not signed"_s;
    QTest::newRow("attestation that is none")
        << with(layout::attestation, "x")
        << u"\"%1\": attestations/pack-run.dsse.json: 1:1: expected a value, found \"x\""_s;
    QTest::newRow("attestation too large")
        << with(layout::attestation, QByteArray(16 * 1024 * 1024 + 1, ' '))
        << u"\"%1\" is not a bundle: attestations/pack-run.dsse.json has 16777217 bytes, at most 16777216 are read"_s;
}

void TestAnchorBundle::refuses()
{
    QFETCH(Change, change);
    QFETCH(QString, error);
    QList<Member> members = test::readMembers(m_run.write());
    change(members);
    const QString path = m_run.folder.filePath(u"changed.tar"_s);
    test::writeMembers(path, members);
    const auto subject = readBundleSubject(path);
    QVERIFY(!subject);
    QCOMPARE(subject.error().toString(), error.arg(path));
}

void TestAnchorBundle::needsAKnownSigner()
{
    const QString path = m_run.write();
    const QString signer = m_run.engineKey.publicKey().keyId();
    const auto unknown = readAnchorSubject(path, {});
    QCOMPARE(unknown.error().message,
             u"the key %1 that signed \"%2\" is not in the trust file"_s.arg(signer, path));
    QList<Member> members = test::readMembers(path);
    auto envelope = *DsseEnvelope::parse(test::bytesOf(members, layout::attestation));
    envelope.payload += ' ';
    test::bytesOf(members, layout::attestation) = envelope.toJson();
    test::writeMembers(path, members);
    const auto forged = readAnchorSubject(path, m_run.trust);
    QCOMPARE(forged.error().message,
             u"the attestation of \"%1\" is not signed by the key %2"_s.arg(path, signer));
}

void TestAnchorBundle::isOfOneBundleOnly()
{
    const QString path = m_run.write();
    const auto subject = readAnchorSubject(path, m_run.trust);
    QVERIFY(subject);
    const QByteArray stamp = m_stamper.stamp(subject->bundle.signatureSha256, m_run.now);
    const auto add = [&](const QByteArray &proof) {
        return addAnchor(path, AnchorKind::Authority, u"tsa.example:443"_s, proof, *subject, m_run.trust,
                         m_run.now);
    };
    QCOMPARE(*add(stamp), (AnchorVerdict{false, u"its authority is not in the trust file"_s}));
    const auto wrong = add(m_stamper.stamp(QByteArray(32, 'x'), m_run.now));
    QCOMPARE(wrong.error().message, u"the timestamp is not of SHA256SUMS.sig"_s);

    QVERIFY(QFile::remove(path));
    m_run.write(); // As after another end: signed anew.
    const auto other = add(stamp);
    QVERIFY(!other);
    QCOMPARE(toString(other.error().code), u"conflict"_s);
    QCOMPARE(other.error().message, u"\"%1\" is another bundle by now"_s.arg(path));
}

void TestAnchorBundle::standsWhereABundleHasIt_data()
{
    QTest::addColumn<QString>("service");
    QTest::newRow("name") << u"rekor.example"_s;
    QTest::newRow("name and port") << u"rekor.example:443"_s;
    QTest::newRow("address") << u"[::1]:80"_s;
    QTest::newRow("long") << QString(300, u'a');
}

void TestAnchorBundle::standsWhereABundleHasIt()
{
    QFETCH(QString, service);
    for (const AnchorKind kind : {AnchorKind::Log, AnchorKind::Authority})
        QVERIFY(layout::isAddition(anchorPath(kind, service), 1));
    QVERIFY(anchorPath(AnchorKind::Log, service) != anchorPath(AnchorKind::Log, service + u'1'));
}

QTEST_GUILESS_MAIN(TestAnchorBundle)
#include "tst_anchor_bundle.moc"
