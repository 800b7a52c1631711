#include "engine/base/digest.h"
#include "engine/evidence/bundle_additions.h"
#include "tests/support/sample_run.h"
#include "tests/support/test_log.h"
#include "tests/support/test_timestamper.h"

#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::CheckResult;
using engine::LogEntry;
using engine::SigningKey;
using test::Member;
using test::SampleRun;
using test::TestLog;
using test::TestTimestamper;

namespace {

/// A written bundle, a log of either generation and an authority, which are trusted.
struct Scene
{
    SampleRun run{SigningKey::Algorithm::EcdsaP256};
    QString path = run.write();
    TestLog first{u"first.example"_s, *SigningKey::generate(), TestLog::First};
    TestLog second{u"second.example"_s, *SigningKey::generate(SigningKey::Algorithm::Ed25519),
                   TestLog::Second};
    TestTimestamper stamper{};
    engine::Timestamp time = run.now - 1h;
    QHash<QString, QByteArray> added{};

    Scene()
    {
        for (const TestLog *log : {&first, &second})
            run.trustedKeys +=
                engine::TrustedKey{log->key.publicKey(), log->name, {u"transparency-log"_s}, {}, {}, {}, {}};
        run.trustedKeys +=
            engine::TrustedKey{stamper.publicKey(), u"stamper"_s, {u"timestamp-authority"_s}, {}, {}, {}, {}};
        for (TestLog *log : {&first, &second}) {
            for (const char *leaf : {"a", "b", "c"})
                log->append(leaf);
        }
    }

    QByteArray bytes(const QString &file) const
    {
        auto members = test::readMembers(path);
        return test::bytesOf(members, file);
    }

    engine::DsseEnvelope envelope() const
    {
        return *engine::DsseEnvelope::parse(bytes(u"attestations/pack-run.dsse.json"_s));
    }

    LogEntry entryOf(TestLog &log) const { return log.add(envelope(), run.engineKey.publicKey()); }

    QByteArray stampOf(const QByteArray &data)
    {
        return stamper.stamp(QByteArray::fromHex(engine::sha256Hex(data).toLatin1()), time);
    }

    void add(const QString &file, const QByteArray &content) { added.insert(file, content); }

    /// Whatever it is, also what addToBundle() would refuse.
    engine::VerificationReport verify()
    {
        QList<Member> members = test::readMembers(path);
        for (auto one = added.begin(); one != added.end(); ++one)
            members += Member{one.key(), one.value()};
        std::sort(members.begin(), members.end(),
                  [](const Member &a, const Member &b) { return a.path < b.path; });
        const QString changed = run.folder.filePath(u"changed.tar"_s);
        test::writeMembers(changed, members);
        run.rebuildTrust();
        return run.verify(changed);
    }
};

QString resultOf(const engine::VerificationReport &report, const QString &id)
{
    for (const engine::Check &check : report.checks) {
        if (check.id == id)
            return toString(check.result) + u": "_s + check.detail;
    }
    return {};
}

/// "tampered: listing" and the like.
QString summary(const engine::VerificationReport &report)
{
    QStringList failed;
    for (const engine::Check &check : report.checks) {
        if (check.result == CheckResult::Failed)
            failed += check.id;
    }
    return toString(report.headline) + (failed.isEmpty() ? QString() : u": "_s + failed.join(u", "_s));
}

using Prepare = std::function<void(Scene &)>;

} // namespace

Q_DECLARE_METATYPE(Prepare)

class TestBundleAdditions : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void judges_data();
    void judges();
    void addsToBundle();
    void addRefuses_data();
    void addRefuses();
    void leavesABrokenBundleAlone();
    void nothingPassesWithoutSignature();
};

void TestBundleAdditions::judges_data()
{
    QTest::addColumn<Prepare>("prepare");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("id");
    QTest::addColumn<QString>("result");
    const auto row = [](const char *name, const Prepare &prepare, const QString &headline, const QString &id,
                        const QString &result) {
        QTest::newRow(name) << prepare << headline << id << result;
    };
    const QString log = u"transparency-log"_s;
    const QString stamps = u"timestamps"_s;
    const QString bad = u"tampered: transparency-log"_s;
    const QString file = u"anchors/first.json"_s;
    const auto changed = [file](const std::function<void(LogEntry &)> &change) {
        return [=](Scene &scene) {
            LogEntry entry = scene.entryOf(scene.first);
            change(entry);
            scene.add(file, entry.toJson());
        };
    };

    row(
        "nothing", [](Scene &) {}, u"good"_s, log, u"not-run: the bundle has no entries of a log"_s);
    row(
        "no timestamp", [](Scene &) {}, u"good"_s, stamps, u"not-run: the bundle has no timestamps"_s);
    row("first generation", changed([](LogEntry &) {}), u"good"_s, log,
        u"passed: entry 4163434 of \"first.example\" at 2026-02-01T09:00:00.000Z"_s);
    row(
        "second generation",
        [](Scene &scene) { scene.add(u"anchors/b.json"_s, scene.entryOf(scene.second).toJson()); }, u"good"_s,
        log, u"passed: entry 3 of \"second.example\""_s);
    row(
        "both, and one of a stranger",
        [](Scene &scene) {
            TestLog stranger(u"stranger.example"_s, *SigningKey::generate(), TestLog::Second);
            scene.add(u"anchors/1.json"_s, scene.entryOf(stranger).toJson());
            scene.add(u"anchors/2.json"_s, scene.entryOf(scene.first).toJson());
            scene.add(u"anchors/3.json"_s, scene.entryOf(scene.second).toJson());
        },
        u"good"_s, log,
        u"passed: entry 4163434 of \"first.example\" at 2026-02-01T09:00:00.000Z; "
        "entry 3 of \"second.example\"; "
        "anchors/1.json: the log \"stranger.example\" is not in the trust file"_s);
    row(
        "only a stranger",
        [](Scene &scene) {
            TestLog stranger(u"stranger.example"_s, *SigningKey::generate(), TestLog::Second);
            scene.add(u"anchors/1.json"_s, scene.entryOf(stranger).toJson());
        },
        u"good"_s, log, u"not-run: anchors/1.json: the log \"stranger.example\" is not in the trust file"_s);
    row(
        "log that is trusted for something else",
        [file](Scene &scene) {
            scene.run.trusted(scene.first.key).roles = {u"approver"_s};
            scene.add(file, scene.entryOf(scene.first).toJson());
        },
        u"good"_s, log,
        u"not-run: anchors/first.json: the key KEY (first.example) is trusted as approver, not as transparency-log"_s);
    row(
        "log that was revoked",
        [file](Scene &scene) {
            scene.run.trusted(scene.first.key).revokedAt = scene.run.now;
            scene.add(file, scene.entryOf(scene.first).toJson());
        },
        u"good"_s, log,
        u"not-run: anchors/first.json: the key KEY (first.example) was revoked at 2026-02-01T09:05:00.000Z"_s);
    row(
        "malformed", [file](Scene &scene) { scene.add(file, "{}"); }, bad, log,
        u"failed: anchors/first.json: /canonicalizedBody: this must be bytes in strict base64"_s);
    row("wrong proof", changed([](LogEntry &entry) { entry.hashes[0] = QByteArray(32, 'x'); }), bad, log,
        u"failed: anchors/first.json: the entry is not in the log: the proof leads to another root"_s);
    row(
        "checkpoint by another key of that name",
        [file](Scene &scene) {
            LogEntry entry = scene.entryOf(scene.first);
            auto note = *engine::SignedNote::parse(entry.checkpoint);
            note.signatures[0].signature = *SigningKey::generate()->sign(note.text);
            entry.checkpoint = note.toBytes();
            scene.add(file, entry.toJson());
        },
        bad, log,
        u"failed: anchors/first.json: the checkpoint is not signed by the key of \"first.example\""_s);
    row("wrong timestamp of the entry", changed([](LogEntry &entry) { ++entry.integratedTimeSeconds; }), bad,
        log,
        u"failed: anchors/first.json: the entry's timestamp is not signed by the key of \"first.example\""_s);
    row(
        "entry of another bundle",
        [file](Scene &scene) {
            SampleRun other(SigningKey::Algorithm::EcdsaP256);
            auto members = test::readMembers(other.write());
            const auto envelope =
                *engine::DsseEnvelope::parse(test::bytesOf(members, u"attestations/pack-run.dsse.json"_s));
            scene.add(file, scene.first.add(envelope, other.engineKey.publicKey()).toJson());
        },
        bad, log,
        u"failed: anchors/first.json: the entry is about another payload than that of this bundle"_s);
    row(
        "another signature of the same",
        [file](Scene &scene) {
            const auto envelope = scene.envelope();
            const auto again = engine::signDsse(envelope.payloadType, envelope.payload, scene.run.engineKey);
            scene.add(file, scene.first.add(*again, scene.run.engineKey.publicKey()).toJson());
        },
        bad, log,
        u"failed: anchors/first.json: the entry is about another signature than that of this bundle"_s);
    row(
        "log that has forked",
        [](Scene &scene) {
            TestLog fork(scene.first.name, scene.first.key, TestLog::First);
            for (const char *leaf : {"a", "b", "d"})
                fork.append(leaf);
            scene.add(u"anchors/1.json"_s, scene.entryOf(scene.first).toJson());
            scene.add(u"anchors/2.json"_s, scene.entryOf(fork).toJson());
        },
        bad, log, u"failed: anchors/2.json: \"first.example\" has signed two trees of 4 leaves"_s);
    row(
        "kind of a newer log",
        [file](Scene &scene) {
            LogEntry entry = scene.first.prove(scene.first.append(R"({"apiVersion":"0.0.3","kind":"dsse"})"));
            entry.version = u"0.0.3"_s;
            scene.add(file, entry.toJson());
        },
        u"not-checkable: transparency-log"_s, log,
        u"failed: anchors/first.json: entries of kind \"dsse\" 0.0.3 cannot be checked here"_s);

    const QString stamp = u"timestamps/1.tsr"_s;
    row(
        "timestamp",
        [stamp](Scene &scene) { scene.add(stamp, scene.stampOf(scene.bytes(u"SHA256SUMS.sig"_s))); },
        u"good"_s, stamps, u"passed: 2026-02-01T08:05:00.000Z by \"stamper\""_s);
    row(
        "timestamp of a stranger",
        [stamp](Scene &scene) {
            TestTimestamper stranger;
            const QByteArray digest =
                QByteArray::fromHex(engine::sha256Hex(scene.bytes(u"SHA256SUMS.sig"_s)).toLatin1());
            scene.add(stamp, stranger.stamp(digest, scene.time));
        },
        u"good"_s, stamps, u"not-run: timestamps/1.tsr: its authority is not in the trust file"_s);
    row(
        "timestamp without a certificate",
        [stamp](Scene &scene) {
            const QByteArray digest =
                QByteArray::fromHex(engine::sha256Hex(scene.bytes(u"SHA256SUMS.sig"_s)).toLatin1());
            scene.add(stamp, scene.stamper.stamp(digest, scene.time, "SHA256", false));
        },
        u"good"_s, stamps, u"not-run: timestamps/1.tsr: its authority is not in the trust file"_s);
    row(
        "authority that is trusted for something else",
        [stamp](Scene &scene) {
            scene.run.trustedKeys.last().roles = {u"engine"_s};
            scene.add(stamp, scene.stampOf(scene.bytes(u"SHA256SUMS.sig"_s)));
        },
        u"good"_s, stamps,
        u"not-run: timestamps/1.tsr: the key KEY (stamper) is trusted as engine, not as timestamp-authority"_s);
    row(
        "timestamp of something else", [stamp](Scene &scene) { scene.add(stamp, scene.stampOf("tea")); },
        u"tampered: timestamps"_s, stamps,
        u"failed: timestamps/1.tsr: the timestamp is not of SHA256SUMS.sig"_s);
    row(
        "no timestamp at all", [stamp](Scene &scene) { scene.add(stamp, "tea"); }, u"tampered: timestamps"_s,
        stamps, u"failed: timestamps/1.tsr: this is not the answer of a timestamp authority (RFC 3161)"_s);
    row(
        "timestamp with another signature",
        [stamp](Scene &scene) {
            QByteArray response = scene.stampOf(scene.bytes(u"SHA256SUMS.sig"_s));
            response.back() = char(response.back() ^ 1);
            scene.add(stamp, response);
        },
        u"tampered: timestamps"_s, stamps,
        u"failed: timestamps/1.tsr: the timestamp is not signed under the key KEY: signature failure"_s);

    for (const char *path : {"anchors/a.txt", "anchors/a/b.json", "anchors/.json", "timestamps/a.json",
                             "timestamps/.tsr", "tea/a.json", "anchors.json"})
        row(
            path,
            [=](Scene &scene) { scene.add(QString::fromLatin1(path), scene.entryOf(scene.first).toJson()); },
            u"tampered: listing"_s, u"listing"_s,
            u"failed: \"%1\" is not listed in the manifest"_s.arg(QLatin1StringView(path)));
    row(
        "other name for it, still an entry",
        [](Scene &scene) { scene.add(u"anchors/a.b-c_D.json"_s, scene.entryOf(scene.second).toJson()); },
        u"good"_s, u"listing"_s, u"passed: "_s);
}

void TestBundleAdditions::judges()
{
    QFETCH(Prepare, prepare);
    QFETCH(QString, headline);
    QFETCH(QString, id);
    QFETCH(QString, result);
    Scene scene;
    prepare(scene);

    const auto report = scene.verify();

    QString found = resultOf(report, id);
    for (const QString &keyId : {scene.first.key.publicKey().keyId(), scene.stamper.publicKey().keyId()})
        found.replace(keyId, u"KEY"_s);
    QCOMPARE(found, result);
    if (summary(report) != headline && headline == u"tampered: listing"_s)
        QVERIFY(summary(report).startsWith(headline)); // A wrong name in a known folder may fail there, too.
    else
        QCOMPARE(summary(report), headline);
}

void TestBundleAdditions::addsToBundle()
{
    Scene scene;
    const auto before = test::readMembers(scene.path);
    const QByteArray entry = scene.entryOf(scene.first).toJson();
    const QByteArray stamp = scene.stampOf(scene.bytes(u"SHA256SUMS.sig"_s));

    const auto added =
        engine::addToBundle(scene.path, {{u"timestamps/1.tsr"_s, stamp}, {u"anchors/1.json"_s, "old"}});
    QVERIFY2(added, added ? "" : qPrintable(added.error().toString()));
    const auto replaced = engine::addToBundle(scene.path, {{u"anchors/1.json"_s, entry}});
    QVERIFY2(replaced, replaced ? "" : qPrintable(replaced.error().toString()));

    QList<Member> expected = before;
    expected += {Member{u"anchors/1.json"_s, entry}, Member{u"timestamps/1.tsr"_s, stamp}};
    std::sort(expected.begin(), expected.end(),
              [](const Member &a, const Member &b) { return a.path < b.path; });
    QCOMPARE(test::readMembers(scene.path), expected);
    scene.run.rebuildTrust();
    const auto report = scene.run.verify(scene.path);
    QVERIFY2(report.isGood(), qPrintable(report.toText()));
    for (const engine::Check &check : report.checks)
        QCOMPARE(toString(check.result), u"passed"_s);
}

void TestBundleAdditions::addRefuses_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<int>("size");
    QTest::newRow("listed folder") << u"approvals/1.json"_s << 1;
    QTest::newRow("parent") << u"anchors/../1.json"_s << 1;
    QTest::newRow("entry too large") << u"anchors/1.json"_s << 256 * 1024 + 1;
    QTest::newRow("timestamp too large") << u"timestamps/1.tsr"_s << 64 * 1024 + 1;
}

void TestBundleAdditions::addRefuses()
{
    QFETCH(QString, path);
    QFETCH(int, size);
    SampleRun run;
    const QString bundle = run.write();
    const auto digest = engine::digestOfFile(bundle);

    const auto added = engine::addToBundle(bundle, {{path, QByteArray(size, 'x')}});

    QVERIFY(!added);
    QCOMPARE(added.error().message,
             u"\"%1\" with %2 bytes cannot be added to a bundle"_s.arg(path).arg(size));
    QCOMPARE(*engine::digestOfFile(bundle), *digest);
}

void TestBundleAdditions::leavesABrokenBundleAlone()
{
    SampleRun run;
    const QString bundle = run.write();
    QVERIFY(QFile::resize(bundle, 20'000));
    const auto digest = engine::digestOfFile(bundle);

    const auto added = engine::addToBundle(bundle, {{u"anchors/1.json"_s, "{}"}});

    QVERIFY(!added);
    QVERIFY2(added.error().message.startsWith(
                 u"\"%1\" is not a bundle: the archive ends in the middle"_s.arg(bundle)),
             qPrintable(added.error().message));
    QCOMPARE(*engine::digestOfFile(bundle), *digest);
    QCOMPARE(engine::addToBundle(run.folder.filePath(u"none.tar"_s), {}).error().message,
             u"there is no file \"%1\""_s.arg(run.folder.filePath(u"none.tar"_s)));
    QVERIFY(!QFile::exists(run.folder.filePath(u"none.tar"_s)));
}

void TestBundleAdditions::nothingPassesWithoutSignature()
{
    Scene scene;
    scene.add(u"anchors/1.json"_s, scene.entryOf(scene.first).toJson());
    scene.add(u"timestamps/1.tsr"_s, scene.stampOf(scene.bytes(u"SHA256SUMS.sig"_s)));
    auto members = test::readMembers(scene.path);
    test::bytesOf(members, u"SHA256SUMS.sig"_s).front() ^= 1;
    test::writeMembers(scene.path, members);

    const auto report = scene.verify();

    QCOMPARE(summary(report), u"tampered: signature"_s);
    QCOMPARE(resultOf(report, u"transparency-log"_s), u"not-run: no signature holds"_s);
    QCOMPARE(resultOf(report, u"timestamps"_s), u"not-run: no signature holds"_s);
}

QTEST_GUILESS_MAIN(TestBundleAdditions)
#include "tst_bundle_additions.moc"
