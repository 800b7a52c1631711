#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/evidence/provenance.h"
#include "tests/support/sample_run.h"

#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::CheckResult;
using engine::SigningKey;
using test::Member;
using test::SampleRun;

namespace {

using Bend = std::function<void(SampleRun &)>;
using Change = std::function<void(QList<Member> &, SampleRun &)>;

/// "tampered: digests" and the like: the headline and the checks that failed.
QString summary(const engine::VerificationReport &report)
{
    QStringList failed;
    for (const engine::Check &check : report.checks) {
        if (check.result == CheckResult::Failed)
            failed += check.id;
    }
    return toString(report.headline) + (failed.isEmpty() ? QString() : u": "_s + failed.join(u", "_s));
}

QString detailOf(const engine::VerificationReport &report, const QString &id)
{
    for (const engine::Check &check : report.checks) {
        if (check.id == id)
            return check.detail;
    }
    return {};
}

bool anyPassed(const engine::VerificationReport &report)
{
    return std::any_of(report.checks.begin(), report.checks.end(),
                       [](const engine::Check &check) { return check.result == CheckResult::Passed; });
}

/// A long hexadecimal or run id is another one every time.
QString withoutIds(QString text)
{
    static const QRegularExpression ids(u"[0-9a-f]{64}"_s);
    return text.replace(ids, u"HASH"_s);
}

void row(const char *name, const Bend &bend, const QString &expected, const QString &detail)
{
    QTest::newRow(name) << bend << expected << detail;
}

QByteArray withoutLine(const QByteArray &text, const QByteArray &containing)
{
    QByteArray result;
    bool removed = false;
    for (const QByteArray &line : text.split('\n')) {
        if (!removed && line.contains(containing)) {
            removed = true;
            continue;
        }
        result += line + '\n';
    }
    return result.chopped(1);
}

} // namespace

Q_DECLARE_METATYPE(Bend)
Q_DECLARE_METATYPE(Change)

class TestBundleVerifier : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void good_data();
    void good();
    void flipsAByteOfEachFile();
    void flipsBytesOfTheArchive();
    void removesEachFile();
    void changesFiles_data();
    void changesFiles();
    void truncates();
    void judgesTheKey_data();
    void judgesTheKey();
    void checksTheRecord_data();
    void checksTheRecord();
    void checksWithdrawals_data();
    void checksWithdrawals();
    void checksWithdrawalsInFiles_data();
    void checksWithdrawalsInFiles();
    void showsNothingAsPassedWithoutSignature();
    void failsWithoutAFile();
    void cancels();
    void countsProgress();
};

void TestBundleVerifier::good_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::newRow("P-256") << SigningKey::Algorithm::EcdsaP256;
    QTest::newRow("Ed25519") << SigningKey::Algorithm::Ed25519;
}

void TestBundleVerifier::good()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    SampleRun run(algorithm);
    const QString path = run.write();

    const auto report = run.verify(path);

    QVERIFY2(report.isGood(), qPrintable(report.toText()));
    QStringList ids;
    for (const engine::Check &check : report.checks) {
        ids += check.id;
        const bool isOptional = check.id == u"transparency-log"_s || check.id == u"timestamps"_s;
        QCOMPARE(toString(check.result), isOptional ? u"not-run"_s : u"passed"_s);
    }
    QCOMPARE(ids, (QStringList{u"container"_s, u"listing"_s, u"digests"_s, u"signature"_s, u"key-trust"_s,
                               u"plan-hash"_s, u"journal"_s, u"steps-allowed"_s, u"gates"_s,
                               u"attestation-consistent"_s, u"provenance"_s, u"transparency-log"_s,
                               u"timestamps"_s}));
    QCOMPARE(report.runId, run.input.run.id.value);
    QCOMPARE(report.packName, u"demo"_s);
    QCOMPARE(report.packVersion, u"1.2.3"_s);
    QCOMPARE(report.planHash, run.input.run.planHash);
    QCOMPARE(report.outcome, u"succeeded"_s);
    QCOMPARE(report.signerKeyId, run.engineKey.publicKey().keyId());
    QCOMPARE(report.bundlePath, path);
    const auto digest = engine::digestOfFile(path);
    QVERIFY(digest);
    QCOMPARE(report.bundleSha256, digest->sha256);
}

void TestBundleVerifier::flipsAByteOfEachFile()
{
    SampleRun run;
    const auto members = test::readMembers(run.write());
    const QString changed = run.folder.filePath(u"changed.tar"_s);
    for (qsizetype i = 0; i < members.size(); ++i) {
        for (const qsizetype at :
             {qsizetype(0), members.at(i).bytes.size() / 2, members.at(i).bytes.size() - 1}) {
            auto copy = members;
            copy[i].bytes[at] = char(copy[i].bytes[at] ^ 1);
            test::writeMembers(changed, copy);
            const auto report = run.verify(changed);
            QVERIFY2(report.headline == engine::Headline::Tampered,
                     qPrintable(members.at(i).path + u'\n' + report.toText()));
        }
    }
}

void TestBundleVerifier::flipsBytesOfTheArchive()
{
    SampleRun run;
    run.input.artifacts.removeLast(); // The large one: this test reads the bundle very often.
    run.drafts.removeIf(
        [](const SampleRun::Draft &draft) { return draft.data[u"size"_s].toInteger() == 200'000; });
    QFile file(run.write());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    const QString changed = run.folder.filePath(u"changed.tar"_s);
    for (qsizetype at = 0; at < bytes.size();
         at += 397) { // A prime, so that every kind of field and padding is met.
        QByteArray flipped = bytes;
        flipped[at] = char(flipped[at] ^ 0x20);
        QFile out(changed);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(flipped) == flipped.size());
        out.close();
        const auto report = run.verify(changed);
        const bool isFirstHeader = at < 512; // Then it is not recognised as an archive.
        const auto expected = isFirstHeader ? engine::Headline::NotCheckable : engine::Headline::Tampered;
        QVERIFY2(report.headline <= expected, qPrintable(u"byte %1: "_s.arg(at) + report.toText()));
    }
}

void TestBundleVerifier::removesEachFile()
{
    SampleRun run;
    const auto members = test::readMembers(run.write());
    const QString changed = run.folder.filePath(u"changed.tar"_s);
    for (qsizetype i = 0; i < members.size(); ++i) {
        auto copy = members;
        const QString removed = copy.takeAt(i).path;
        test::writeMembers(changed, copy);
        const auto report = run.verify(changed);
        QVERIFY2(report.headline == engine::Headline::Incomplete,
                 qPrintable(removed + u'\n' + report.toText()));
        QVERIFY2(detailOf(report, u"listing"_s).contains(removed), qPrintable(report.toText()));
    }
}

void TestBundleVerifier::changesFiles_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("detail");
    const auto add = [](const char *name, const Change &change, const QString &expected,
                        const QString &detail) { QTest::newRow(name) << change << expected << detail; };
    const auto swap = [](QList<Member> &members, const QString &a, const QString &b) {
        std::swap(test::bytesOf(members, a), test::bytesOf(members, b));
    };
    const SigningKey other = *SigningKey::generate();

    add(
        "a file is added",
        [](auto &members, auto &) {
            members.append({u"zzz.txt"_s, "x"});
        },
        u"tampered: listing"_s, u"\"zzz.txt\" is not listed in the manifest"_s);
    add(
        "two files are swapped",
        [swap](auto &members, auto &) {
            swap(members, u"transcripts/001-prepare.log"_s, u"transcripts/004-promote.log"_s);
        },
        u"tampered: digests"_s,
        u"\"transcripts/001-prepare.log\" was changed: its SHA-256 is HASH, not HASH"_s);
    add(
        "two decisions are swapped",
        [swap](auto &members, auto &) {
            swap(members, u"approvals/001.decision-1.dsse.json"_s, u"approvals/001.decision-2.dsse.json"_s);
        },
        u"tampered: digests"_s,
        u"\"approvals/001.decision-1.dsse.json\" was changed: its SHA-256 is HASH, not HASH"_s);
    add("the order is another", [](auto &members, auto &) { members.move(4, 8); }, u"tampered: container"_s,
        {});
    add(
        "the list lost a line",
        [](auto &members, auto &) {
            QByteArray &sums = test::bytesOf(members, u"SHA256SUMS"_s);
            sums = withoutLine(sums, "plan.json");
        },
        u"tampered: digests, signature"_s, u"SHA256SUMS and manifest.json do not list the same files"_s);
    add(
        "the list is not one",
        [](auto &members, auto &) { test::bytesOf(members, u"SHA256SUMS"_s) = "nonsense\n"; },
        u"tampered: digests, signature"_s, u"line 1 of SHA256SUMS is malformed"_s);
    add("the manifest is not JSON",
        [](auto &members, auto &) { test::bytesOf(members, u"manifest.json"_s) = "{"; },
        u"tampered: listing, digests"_s, {});
    add("a journal line is removed",
        [](auto &members, auto &) {
            QByteArray &journal = test::bytesOf(members, u"journal.jsonl"_s);
            journal = withoutLine(journal, "decision-accepted");
        },
        u"tampered: digests, journal"_s, {});
    add(
        "signed by another key", [other](auto &members, auto &) { test::sign(members, other); },
        u"tampered: signature"_s,
        u"SHA256SUMS.sig is not a signature of SHA256SUMS by the key HASH (build engine)"_s);
    add(
        "a key that nobody knows signs all anew",
        [other](auto &members, SampleRun &run) {
            const QString attestation = u"attestations/pack-run.dsse.json"_s;
            const auto old = engine::DsseEnvelope::parse(test::bytesOf(members, attestation));
            test::bytesOf(members, attestation) =
                engine::signDsse(old->payloadType, old->payload, other)->toJson();
            test::sign(members, other);
            Q_UNUSED(run)
        },
        u"unknown-key: signature"_s, u"the key HASH that should have signed is not known here"_s);
    add(
        "no signature and none announced",
        [](auto &members, SampleRun &run) {
            members.removeIf(
                [](const Member &member) { return member.path == u"attestations/pack-run.dsse.json"_s; });
            test::sign(members, run.engineKey);
            members.removeIf([](const Member &member) { return member.path == u"SHA256SUMS.sig"_s; });
        },
        u"unsigned: signature"_s, u"the bundle has no signature"_s);
    add(
        "a second signature",
        [other](auto &members, SampleRun &run) {
            QByteArray &json = test::bytesOf(members, u"attestations/pack-run.dsse.json"_s);
            auto envelope = *engine::DsseEnvelope::parse(json);
            envelope.signatures +=
                engine::signDsse(envelope.payloadType, envelope.payload, other)->signatures;
            json = envelope.toJson();
            test::sign(members, run.engineKey);
        },
        u"tampered: signature"_s, u"attestations/pack-run.dsse.json has 2 signatures instead of one"_s);
    add(
        "an attestation by another key, in a signed list",
        [other](auto &members, SampleRun &run) {
            QByteArray &json = test::bytesOf(members, u"attestations/pack-run.dsse.json"_s);
            const auto old = engine::DsseEnvelope::parse(json);
            json = engine::signDsse(old->payloadType, old->payload, other)->toJson();
            test::sign(members, run.engineKey);
        },
        u"tampered: signature"_s,
        u"the signature of attestations/pack-run.dsse.json is not by the key HASH (build engine), which signed SHA256SUMS"_s);
    add(
        "another payload type",
        [](auto &members, SampleRun &run) {
            QByteArray &json = test::bytesOf(members, u"attestations/pack-run.dsse.json"_s);
            const auto old = engine::DsseEnvelope::parse(json);
            json = engine::signDsse(u"application/other"_s, old->payload, run.engineKey)->toJson();
            test::sign(members, run.engineKey);
        },
        u"not-checkable: key-trust, attestation-consistent, provenance"_s,
        u"attestations/pack-run.dsse.json has the payload type \"application/other\""_s);
    const auto changeStatement = [](QList<Member> &members, const SigningKey &key, const auto &change) {
        QByteArray &json = test::bytesOf(members, u"attestations/provenance.intoto.dsse.json"_s);
        const auto old = engine::DsseEnvelope::parse(json);
        QByteArray payload = old->payload;
        change(payload);
        const auto envelope = *engine::signDsse(old->payloadType, payload, key);
        json = envelope.toJson();
        test::bytesOf(members, u"attestations/provenance.sigstore.json"_s) = engine::sigstoreBundle(envelope);
    };
    add(
        "a provenance of another plan, in a signed list",
        [changeStatement](auto &members, SampleRun &run) {
            changeStatement(members, run.engineKey, [&run](QByteArray &json) {
                json.replace(run.input.run.planHash.mid(7).toLatin1(), QByteArray(64, '0'));
            });
            test::signSums(members, run.engineKey);
        },
        u"tampered: provenance"_s,
        u"attestations/provenance.intoto.dsse.json: \"predicate.buildDefinition.resolvedDependencies\" is not what the attestation and the files say"_s);
    add(
        "a provenance of another mapping, in a signed list",
        [changeStatement](auto &members, SampleRun &run) {
            changeStatement(members, run.engineKey,
                            [](QByteArray &json) { json.replace("task-pack-run/v1", "task-pack-run/v9"); });
            test::signSums(members, run.engineKey);
        },
        u"not-checkable: provenance"_s,
        u"attestations/provenance.intoto.dsse.json has the unknown buildType \"https://stellaops.io/task-pack-run/v9\""_s);
    add(
        "a provenance by another key, in a signed list",
        [changeStatement, other](auto &members, SampleRun &run) {
            changeStatement(members, other, [](QByteArray &) {});
            test::signSums(members, run.engineKey);
        },
        u"tampered: provenance"_s,
        u"attestations/provenance.intoto.dsse.json has not the one signature of the key that signed the rest"_s);
    add(
        "another form of the provenance that is not it, in a signed list",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"attestations/provenance.sigstore.json"_s).replace("v0.3", "v0.2");
            test::signSums(members, run.engineKey);
        },
        u"tampered: provenance"_s,
        u"attestations/provenance.sigstore.json is not attestations/provenance.intoto.dsse.json in its other form"_s);
    add(
        "no provenance, in a signed list",
        [](auto &members, SampleRun &run) {
            members.removeIf([](const Member &member) {
                return member.path == u"attestations/provenance.sigstore.json"_s;
            });
            test::signSums(members, run.engineKey);
        },
        u"incomplete: listing, provenance"_s, u"\"attestations/provenance.sigstore.json\" is missing"_s);
    add(
        "a newer manifest",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"manifest.json"_s)
                .replace("evidence-manifest/v1", "evidence-manifest/v9");
            test::sign(members, run.engineKey);
        },
        u"not-checkable: listing, digests"_s,
        u"manifest.json has the unknown schema \"stellaops.evidence-manifest/v9\""_s);
    add(
        "a decision is taken out of the signed bundle",
        [](auto &members, SampleRun &run) {
            members.removeIf(
                [](const Member &member) { return member.path == u"approvals/001.decision-2.dsse.json"_s; });
            test::sign(members, run.engineKey);
        },
        u"incomplete: gates"_s, u"the decision of bob at \"review\" is not in the bundle"_s);
    add(
        "a transcript is replaced in the signed bundle",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"transcripts/001-prepare.log"_s) = "nothing happened\n";
            test::sign(members, run.engineKey);
        },
        u"tampered: attestation-consistent"_s, u"the transcripts are not those of the manifest"_s);
    add(
        "an artifact is replaced in the signed bundle",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"outputs/artifacts/prepare/report.json"_s) = "[]";
            test::sign(members, run.engineKey);
        },
        u"tampered: attestation-consistent"_s, u"the artifacts are not those of the manifest"_s);
    add(
        "an input is replaced in the signed bundle",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"inputs/inputs.json"_s) = R"({"target":"production"})";
            test::sign(members, run.engineKey);
        },
        u"tampered: attestation-consistent"_s, u"the inputs are not those of the plan"_s);
    add(
        "an output is added in the signed bundle",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"outputs/outputs.json"_s) = R"({"count":2,"extra":1})";
            test::sign(members, run.engineKey);
        },
        u"tampered: attestation-consistent"_s, u"\"outputs\" differs from the outputs/outputs.json"_s);
    add(
        "the plan is replaced in the signed bundle",
        [](auto &members, SampleRun &run) {
            test::bytesOf(members, u"plan.json"_s).replace("/bin/true", "/bin/evil");
            test::sign(members, run.engineKey);
        },
        u"tampered: plan-hash, gates"_s,
        u"the hash of plan.json is sha256:HASH; the attestation says sha256:HASH"_s);
    add(
        "the journal is cut in the signed bundle",
        [](auto &members, SampleRun &run) {
            QByteArray &journal = test::bytesOf(members, u"journal.jsonl"_s);
            journal.truncate(journal.lastIndexOf('\n', -2) + 1);
            test::sign(members, run.engineKey);
        },
        u"tampered: journal"_s, u"the journal has 37 events, the attestation says 38"_s);
}

void TestBundleVerifier::changesFiles()
{
    QFETCH(Change, change);
    QFETCH(QString, expected);
    QFETCH(QString, detail);
    SampleRun run;
    auto members = test::readMembers(run.write());
    change(members, run);
    const QString path = run.folder.filePath(u"changed.tar"_s);
    test::writeMembers(path, members);

    const auto report = run.verify(path);

    QVERIFY2(summary(report).startsWith(expected), qPrintable(summary(report) + u'\n' + report.toText()));
    if (detail.isEmpty())
        return;
    QStringList details;
    for (const engine::Check &check : report.checks)
        details += withoutIds(check.detail);
    QVERIFY2(details.contains(detail), qPrintable(details.join(u'\n')));
}

void TestBundleVerifier::truncates()
{
    SampleRun run;
    QFile file(run.write());
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray bytes = file.readAll();
    const QString path = run.folder.filePath(u"cut.tar"_s);
    const auto headlineAt = [&](qsizetype size) {
        QFile out(path);
        if (!out.open(QIODevice::WriteOnly) || out.write(bytes.left(size)) != size)
            qFatal("cannot write");
        out.close();
        return toString(run.verify(path).headline);
    };

    for (const qsizetype size : {qsizetype(0), qsizetype(1), qsizetype(511)})
        QCOMPARE(headlineAt(size), u"not-checkable"_s); // Not even one header.
    for (qsizetype size = 512; size < bytes.size(); size += 4093)
        QCOMPARE(headlineAt(size), u"incomplete"_s);
    for (const qsizetype left : {1, 511, 512, 1023, 1024, 1025})
        QCOMPARE(headlineAt(bytes.size() - left), u"incomplete"_s);
}

void TestBundleVerifier::judgesTheKey_data()
{
    QTest::addColumn<Bend>("bend");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("detail");
    const QString key = u"the key HASH (build engine) "_s;

    row(
        "unknown", [](SampleRun &run) { run.trustedKeys.removeFirst(); }, u"unknown-key: key-trust"_s,
        u"the key HASH is not in the trust file"_s);
    row(
        "revoked",
        [](SampleRun &run) {
            run.trusted(run.engineKey).revokedAt = run.now - 1h;
            run.trusted(run.engineKey).reason = u"lost"_s;
        },
        u"revoked-key: key-trust"_s, key + u"was revoked at 2026-02-01T08:05:00.000Z: lost"_s);
    row(
        "revoked long before", [](SampleRun &run) { run.trusted(run.engineKey).revokedAt = run.now - 48h; },
        u"revoked-key: key-trust"_s, key + u"was revoked at 2026-01-30T09:05:00.000Z"_s);
    row("to be revoked", [](SampleRun &run) { run.trusted(run.engineKey).revokedAt = run.now + 1ms; },
        u"good"_s, {});
    row(
        "only for decisions",
        [](SampleRun &run) {
            run.trusted(run.engineKey).roles = {u"approver"_s, u"security"_s};
        },
        u"untrusted-for-purpose: key-trust"_s, key + u"is trusted as approver, security, not as engine"_s);
    row(
        "ended after the run", [](SampleRun &run) { run.trusted(run.engineKey).notAfter = run.now - 1h; },
        u"good"_s,
        u"trusted as \"build engine\" until 2026-02-01T08:05:00.000Z; by its own word it signed at 2026-01-31T09:05:36.000Z"_s);
    row(
        "ended before the run",
        [](SampleRun &run) { run.trusted(run.engineKey).notAfter = *run.input.run.completedAt - 1ms; },
        u"expired-key: key-trust"_s,
        key + u"was valid until 2026-01-31T09:05:35.999Z, not at 2026-01-31T09:05:36.000Z"_s);
    row(
        "began after the run", [](SampleRun &run) { run.trusted(run.engineKey).notBefore = run.now - 1h; },
        u"expired-key: key-trust"_s,
        key + u"is valid from 2026-02-01T08:05:00.000Z, not at 2026-01-31T09:05:36.000Z"_s);
    row("just valid",
        [](SampleRun &run) {
            run.trusted(run.engineKey).notBefore = *run.input.run.completedAt;
            run.trusted(run.engineKey).notAfter = run.now;
        },
        u"good"_s, {});
    row(
        "the worst counts",
        [](SampleRun &run) {
            run.trusted(run.engineKey).notAfter = run.now - 48h;
            run.trusted(run.engineKey).roles = {u"approver"_s};
            run.trusted(run.engineKey).revokedAt = run.now - 1h;
        },
        u"revoked-key: key-trust"_s, key + u"was revoked at 2026-02-01T08:05:00.000Z"_s);
    row("nobody is trusted", [](SampleRun &run) { run.trustedKeys.clear(); },
        u"unknown-key: key-trust, gates"_s, {});
}

void TestBundleVerifier::judgesTheKey()
{
    QFETCH(Bend, bend);
    QFETCH(QString, expected);
    QFETCH(QString, detail);
    SampleRun run;
    const QString path = run.write();
    bend(run);
    run.rebuildTrust();

    const auto report = run.verify(path);

    QCOMPARE(summary(report), expected);
    if (!detail.isEmpty())
        QCOMPARE(withoutIds(detailOf(report, u"key-trust"_s)), detail);
}

/// What an engine, or whoever has its key, might sign although it is not so.
void TestBundleVerifier::checksTheRecord_data()
{
    QTest::addColumn<Bend>("bend");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("detail");
    const QString gates = u"tampered: gates"_s;
    const QString steps = u"tampered: steps-allowed"_s;
    const QString consistent = u"tampered: attestation-consistent"_s;
    const QString bob = u"the decision of bob at \"review\" "_s;
    const auto bobSays =
        [](const std::function<void(engine::DecisionStatement &, SampleRun &)> &change) -> Bend {
        return [change](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            auto statement = run.statementOf(u"bob"_s);
            change(statement, run);
            run.approve(statement, run.bob);
        };
    };

    // Gates.
    row(
        "quorum one short",
        [](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
        },
        gates, u"\"review\" was opened with 1 of 2 approvals"_s);
    row(
        "no decision at all", [](SampleRun &run) { run.removeDecisions(); }, gates,
        u"\"review\" was opened with 0 of 2 approvals"_s);
    row(
        "one person twice",
        [](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.approve(run.statementOf(u"anna"_s), run.anna);
        },
        gates, u"\"review\" was approved twice by anna"_s);
    row(
        "one person with two names",
        [](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.approve(run.statementOf(u"bob"_s), run.anna);
        },
        u"untrusted-for-purpose: gates"_s, bob + u"is signed with the key of anna"_s);
    row(
        "forged",
        [](SampleRun &run) {
            auto envelope = *engine::DsseEnvelope::parse(run.input.decisions.last().envelope);
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.approve(run.statementOf(u"bob"_s), run.bob);
            envelope.payload.replace("looks good", "looks GOOD");
            run.input.decisions.last().envelope = envelope.toJson();
            auto accepted = std::find_if(run.drafts.rbegin(), run.drafts.rend(), [](const auto &draft) {
                return draft.type == u"decision-accepted"_s;
            });
            accepted->data[u"envelopeSha256"_s] = engine::sha256Hex(envelope.toJson());
        },
        gates, u"the decision of bob at \"review\" is forged: its signature does not hold"_s);
    row(
        "by the one who submitted",
        [](SampleRun &run) {
            run.draft(u"run-created"_s).data[u"requestedBy"_s] = u"bob"_s;
            run.input.run.requestedBy = u"bob"_s;
        },
        gates, bob + u"is by the person who submitted the run"_s);
    row("a rejection", bobSays([](auto &statement, auto &) { statement.verdict = engine::Verdict::Reject; }),
        gates, bob + u"is a rejection"_s);
    row("for another run",
        bobSays([](auto &statement, SampleRun &run) { statement.run = engine::newRunId(run.now); }), gates,
        bob + u"is about another run"_s);
    row("for another plan",
        bobSays([](auto &statement, auto &) { statement.planHash = u"sha256:"_s + QString(64, u'0'); }),
        gates, bob + u"is about another plan"_s);
    row("after it expired", bobSays([](auto &statement, SampleRun &run) {
            statement.decidedAt = run.input.gates.first().expiresAt + 1ms;
        }),
        gates, bob + u"came after the request had expired"_s);
    row(
        "for another gate",
        [](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            auto statement = run.statementOf(u"bob"_s);
            statement.path = u"prepare"_s;
            run.approve(statement, run.bob);
            run.input.decisions.last().statement.path = u"review"_s;
            for (auto &draft : run.drafts) {
                if (draft.type == u"decision-accepted"_s)
                    draft.stepPath = u"review"_s;
            }
        },
        gates, bob + u"is about another gate"_s);
    row(
        "recorded as somebody else's",
        [](SampleRun &run) {
            auto accepted = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"decision-accepted"_s;
            });
            accepted->data[u"approver"_s] = u"dora"_s;
            run.input.decisions.first().statement.approver = u"dora"_s;
        },
        gates, u"the decision of dora at \"review\" is not what the journal says"_s);
    row(
        "decided after it was opened",
        [](SampleRun &run) {
            const auto decision = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"decision-accepted"_s;
            });
            const auto copy = *decision;
            run.drafts.erase(decision);
            const auto approved = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"gate-approved"_s;
            });
            run.drafts.insert(approved + 1, copy);
        },
        gates, u"\"review\" was decided after it was opened"_s);
    row(
        "a smaller quorum than the plan's",
        [](SampleRun &run) {
            run.removeDecisions();
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.draft(u"gate-requested"_s, u"review"_s).data[u"required"_s] = 1;
        },
        gates, u"the request at \"review\" does not have the rules of the plan"_s);
    row(
        "passed without being opened",
        [](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"gate-approved"_s, u"review"_s);
        },
        gates, u"\"review\" was passed without an approval"_s);
    row(
        "a gate that the plan does not have",
        [](SampleRun &run) {
            for (auto &draft : run.drafts) {
                if (draft.type == u"gate-approved"_s)
                    draft.stepPath = u"promote"_s;
            }
        },
        gates, u"the plan has no approval at \"promote\""_s);
    row(
        "approver's key is unknown", [](SampleRun &run) { run.trustedKeys.removeLast(); },
        u"unknown-key: gates"_s,
        u"the decision of bob at \"review\": the key HASH is not in the trust file"_s);
    row(
        "approver's key is an engine's", [](SampleRun &run) { run.trusted(run.bob).roles = {u"engine"_s}; },
        u"untrusted-for-purpose: gates"_s,
        u"the decision of bob at \"review\": the key HASH (bob) is trusted as engine, not as approver"_s);
    row(
        "approver's key is revoked", [](SampleRun &run) { run.trusted(run.bob).revokedAt = run.now; },
        u"revoked-key: gates"_s,
        u"the decision of bob at \"review\": the key HASH (bob) was revoked at 2026-02-01T09:05:00.000Z"_s);
    row("approver's key ended later", [](SampleRun &run) { run.trusted(run.bob).notAfter = run.now - 1h; },
        u"good"_s, {});
    row(
        "approver's key was expired", [](SampleRun &run) { run.trusted(run.bob).notAfter = run.now - 48h; },
        u"expired-key: gates"_s,
        u"the decision of bob at \"review\": the key HASH (bob) was valid until 2026-01-30T09:05:00.000Z, not at 2026-01-31T09:05:27.000Z"_s);

    // Steps.
    row(
        "a step that the plan does not have",
        [](SampleRun &run) { run.draft(u"attempt-intent"_s, u"promote"_s).stepPath = u"mine-bitcoin"_s; },
        steps, u"the plan has no step \"mine-bitcoin\""_s);
    row(
        "an item too many",
        [](SampleRun &run) { run.draft(u"map-expanded"_s, u"hosts"_s).data[u"count"_s] = 1; }, steps,
        u"\"hosts[1]::restart\" is an item that \"hosts\" does not have"_s);
    row(
        "the template itself",
        [](SampleRun &run) {
            run.draft(u"attempt-intent"_s, u"promote"_s).stepPath = u"hosts[*]::restart"_s;
        },
        steps, u"the plan has no step \"hosts[*]::restart\""_s);
    row(
        "a gate that runs a program",
        [](SampleRun &run) { run.draft(u"attempt-intent"_s, u"promote"_s).stepPath = u"review"_s; }, steps,
        u"\"review\" is not a step that runs a program but did"_s);
    row(
        "past the gate before it was opened",
        [](SampleRun &run) {
            const auto promote = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.stepPath == u"promote"_s;
            });
            const auto copy = *promote;
            run.drafts.erase(promote);
            run.drafts.insert(3, copy);
        },
        steps, u"\"promote\" started before the steps that it follows were done"_s);
    row(
        "past a step that failed",
        [](SampleRun &run) {
            run.removeDrafts(u"step-state"_s, u"window"_s);
            run.input.steps.removeIf([](const auto &step) { return step.path == u"window"_s; });
            run.input.steps += {u"window"_s, engine::StepState::Pending, {}, 0, {}, {}, {}};
        },
        steps, u"\"promote\" started before the steps that it follows were done"_s);

    // Journal.
    row(
        "an event of another run", [](SampleRun &run) { run.drafts[3].run = engine::newRunId(run.now); },
        u"tampered: journal"_s, u"event 4 belongs to another run"_s);
    row(
        "does not begin with the run", [](SampleRun &run) { run.drafts.removeFirst(); }, u"tampered: "_s,
        u"event 1 is \"run-state\"; a journal begins with \"run-created\" and has it once"_s);
    row(
        "begins twice", [](SampleRun &run) { run.drafts.insert(1, run.drafts.first()); }, u"tampered: "_s,
        u"event 2 is \"run-created\"; a journal begins with \"run-created\" and has it once"_s);

    // Attestation.
    row(
        "another outcome", [](SampleRun &run) { run.input.run.state = engine::RunState::Failed; }, consistent,
        u"\"outcome\" differs from the journal"_s);
    row(
        "another pack", [](SampleRun &run) { run.input.run.packVersion = u"9.9.9"_s; }, consistent,
        u"\"packVersion\" differs from the journal"_s);
    row(
        "another state of a step",
        [](SampleRun &run) { run.input.steps.last().state = engine::StepState::Failed; }, consistent,
        u"step \"promote\" is \"failed\"; the journal says \"succeeded\""_s);
    row(
        "a step is left out",
        [](SampleRun &run) {
            run.input.steps.removeLast();
            run.input.attempts.removeLast();
        },
        consistent, u"step \"promote\" of the journal is missing"_s);
    row(
        "another exit code", [](SampleRun &run) { run.input.attempts.last().exitCode = 1; }, consistent,
        u"step \"promote\": attempt 1 ended otherwise than the journal says"_s);
    row(
        "an attempt is left out", [](SampleRun &run) { run.input.attempts.removeLast(); }, consistent,
        u"step \"promote\": an attempt of the journal is missing"_s);
    row(
        "an artifact is left out", [](SampleRun &run) { run.input.artifacts.removeLast(); }, consistent,
        u"the artifacts are not those of the journal"_s);
    row("a decision is left out", [](SampleRun &run) { run.input.decisions.removeLast(); },
        u"tampered: gates, attestation-consistent"_s, {});
    row(
        "another revision of a decision",
        [](SampleRun &run) { run.input.decisions.first().statement.revision = 2; }, consistent,
        u"the decisions are not those of the journal"_s);
    row(
        "another verdict of a policy", [](SampleRun &run) { run.input.policies.first().allow = false; },
        consistent, u"the policies' verdicts are not those of the journal"_s);
}

void TestBundleVerifier::checksTheRecord()
{
    QFETCH(Bend, bend);
    QFETCH(QString, expected);
    QFETCH(QString, detail);
    SampleRun run;
    bend(run);
    run.rebuildTrust();

    const auto report = run.verify(run.write());

    QVERIFY2(summary(report).startsWith(expected), qPrintable(summary(report) + u'\n' + report.toText()));
    QStringList details;
    for (const engine::Check &check : report.checks)
        details += withoutIds(check.detail);
    if (!detail.isEmpty())
        QVERIFY2(details.contains(detail), qPrintable(details.join(u'\n')));
}

/// Of a run where anna approved, took it back and approved again, unless a row says otherwise.
void TestBundleVerifier::checksWithdrawals_data()
{
    QTest::addColumn<Bend>("bend");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("detail");
    const QString gates = u"tampered: gates"_s;
    const QString withdrawal = u"the withdrawal of anna at \"review\" "_s;
    const auto draftOf = [](SampleRun &run) -> QJsonObject & {
        return run.draft(u"decision-withdrawn"_s, u"review"_s).data;
    };
    // Anna approves and something is signed as her withdrawal; bob and anna approve then.
    const auto annaSays =
        [](const std::function<void(engine::WithdrawalStatement &, SampleRun &)> &change) -> Bend {
        return [change](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"decision-withdrawn"_s, u"review"_s);
            run.approve(run.statementOf(u"anna"_s), run.anna);
            auto statement = run.withdrawalOfLast();
            change(statement, run);
            run.withdraw(statement, run.anna);
            run.approve(run.statementOf(u"bob"_s), run.bob);
            auto again = run.statementOf(u"anna"_s);
            again.decidedAt += 5s;
            run.approve(again, run.anna);
        };
    };

    row(
        "approved, withdrawn, approved again", [](SampleRun &) {}, u"good"_s, u"1 gates"_s);
    row(
        "opened thanks to what was withdrawn",
        [](SampleRun &run) {
            run.input.decisions.removeLast();
            const auto last = std::find_if(run.drafts.rbegin(), run.drafts.rend(), [](const auto &draft) {
                return draft.type == u"decision-accepted"_s;
            });
            run.drafts.erase(std::next(last).base());
        },
        gates, u"\"review\" was opened with 1 of 2 approvals"_s);
    row(
        "the same statement once more",
        [](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"decision-withdrawn"_s, u"review"_s);
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.withdraw(run.withdrawalOfLast(), run.anna);
            run.approve(run.statementOf(u"bob"_s), run.bob);
            run.approve(run.statementOf(u"anna"_s), run.anna);
        },
        gates, u"\"review\" counts an approval of anna again that was withdrawn"_s);
    row(
        "approved again before it was withdrawn",
        [](SampleRun &run) {
            const auto back = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"decision-withdrawn"_s;
            });
            const auto copy = *back;
            run.drafts.erase(back);
            const auto approved = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"gate-approved"_s;
            });
            run.drafts.insert(approved, copy);
        },
        gates, u"an approval of \"review\" was withdrawn when its quorum was complete"_s);
    row(
        "withdrawn after it was opened",
        [](SampleRun &run) {
            const auto back = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"decision-withdrawn"_s;
            });
            const auto copy = *back;
            run.drafts.erase(back);
            const auto approved = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"gate-approved"_s;
            });
            run.drafts.insert(approved + 1, copy);
        },
        gates, u"an approval of \"review\" was withdrawn after it was closed"_s);
    row(
        "withdrawn twice",
        [](SampleRun &run) {
            const auto back = std::find_if(run.drafts.begin(), run.drafts.end(), [](const auto &draft) {
                return draft.type == u"decision-withdrawn"_s;
            });
            const auto copy = *back;
            run.drafts.insert(back, copy);
        },
        gates, withdrawal + u"takes no approval back"_s);
    row(
        "of an approval that there is not",
        [draftOf](SampleRun &run) { draftOf(run)[u"decisionId"_s] = u"other"_s; },
        u"tampered: gates, attestation-consistent"_s, withdrawal + u"takes no approval back"_s);
    row(
        "recorded as bob's", [draftOf](SampleRun &run) { draftOf(run)[u"approver"_s] = u"bob"_s; }, gates,
        u"the withdrawal of bob at \"review\" takes no approval back"_s);
    row(
        "recorded with another key", [draftOf](SampleRun &run) { draftOf(run)[u"keyId"_s] = u"other"_s; },
        u"tampered: gates, attestation-consistent"_s, withdrawal + u"is not what the journal says"_s);
    row("for another run",
        annaSays([](auto &statement, SampleRun &run) { statement.run = engine::newRunId(run.now); }), gates,
        withdrawal + u"is about another run"_s);
    row("for another gate", annaSays([](auto &statement, auto &) { statement.path = u"promote"_s; }), gates,
        withdrawal + u"is about another gate"_s);
    row("for another plan",
        annaSays([](auto &statement, auto &) { statement.planHash = u"sha256:"_s + QString(64, u'0'); }),
        gates, withdrawal + u"is about another plan"_s);
    row(
        "signed by bob in anna's name",
        [](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"decision-withdrawn"_s, u"review"_s);
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.withdraw(run.withdrawalOfLast(), run.bob);
            run.approve(run.statementOf(u"bob"_s), run.bob);
            auto again = run.statementOf(u"anna"_s);
            again.decidedAt += 5s;
            run.approve(again, run.anna);
        },
        u"untrusted-for-purpose: gates"_s, withdrawal + u"is signed with the key of bob"_s);
    row(
        "signed by a stranger",
        [](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"decision-withdrawn"_s, u"review"_s);
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.withdraw(run.withdrawalOfLast(), *SigningKey::generate());
            run.approve(run.statementOf(u"bob"_s), run.bob);
            auto again = run.statementOf(u"anna"_s);
            again.decidedAt += 5s;
            run.approve(again, run.anna);
        },
        u"unknown-key: gates"_s,
        u"the withdrawal of anna at \"review\": the key HASH is not in the trust file"_s);
    row(
        "a decision in its place",
        [draftOf](SampleRun &run) {
            draftOf(run)[u"envelopeSha256"_s] = engine::sha256Hex(run.input.decisions.first().envelope);
            run.input.decisions.first().withdrawal->envelope = run.input.decisions.first().envelope;
        },
        gates, withdrawal + u"is of the type \"application/vnd.stellaops.approval-response+json\""_s);
    row(
        "left out of the attestation", [](SampleRun &run) { run.input.decisions.first().withdrawal.reset(); },
        u"tampered: gates, attestation-consistent"_s, u"the decisions are not those of the journal"_s);
    row(
        "left out of the journal",
        [](SampleRun &run) { run.removeDrafts(u"decision-withdrawn"_s, u"review"_s); },
        u"tampered: gates, attestation-consistent"_s, u"\"review\" was approved twice by anna"_s);
    row(
        "forged at a gate that never opened",
        [](SampleRun &run) {
            run.removeDecisions();
            run.removeDrafts(u"decision-withdrawn"_s, u"review"_s);
            run.approve(run.statementOf(u"anna"_s), run.anna);
            run.withdraw(run.withdrawalOfLast(), run.bob);
            run.removeDrafts(u"gate-approved"_s, u"review"_s);
            run.removeDrafts(u"step-state"_s, u"review"_s);
            run.input.steps.removeIf([](const auto &step) { return step.path == u"review"_s; });
            run.input.steps += {u"review"_s, engine::StepState::Pending, {}, 0, {}, {}, {}};
        },
        u"tampered: steps-allowed, gates"_s, withdrawal + u"is signed with the key of bob"_s);
}

void TestBundleVerifier::checksWithdrawals()
{
    QFETCH(Bend, bend);
    QFETCH(QString, expected);
    QFETCH(QString, detail);
    SampleRun run;
    run.changeAnnasMind();
    bend(run);

    const auto report = run.verify(run.write());

    QCOMPARE(summary(report), expected);
    QStringList details;
    for (const engine::Check &check : report.checks)
        details += withoutIds(check.detail);
    if (!detail.isEmpty())
        QVERIFY2(details.contains(detail), qPrintable(details.join(u'\n')));
}

/// What becomes of a withdrawal's file, in a bundle that the engine's key signs anew.
void TestBundleVerifier::checksWithdrawalsInFiles_data()
{
    QTest::addColumn<Change>("change");
    QTest::addColumn<QString>("expected");
    QTest::addColumn<QString>("detail");
    const QString file = u"approvals/001.decision-1.withdrawal.dsse.json"_s;
    const QString missing = u"the withdrawal of anna at \"review\" is not in the bundle"_s;
    const Change remove = [file](auto &members, SampleRun &) {
        members.removeIf([&file](const Member &member) { return member.path == file; });
    };
    const Change replace = [file](auto &members, SampleRun &run) {
        auto statement = run.input.decisions.first().withdrawal->statement;
        statement.reason = u"another one"_s;
        test::bytesOf(members, file) = engine::signDsse(engine::approvalWithdrawalPayloadType,
                                                        engine::canonicalJsonOf(toJson(statement)), run.anna)
                                           ->toJson();
    };
    const Change change = [file](auto &members, SampleRun &) {
        QByteArray &json = test::bytesOf(members, file);
        auto envelope = *engine::DsseEnvelope::parse(json);
        envelope.payload.replace("too early", "too late!");
        json = envelope.toJson();
    };
    QTest::newRow("removed") << remove << u"incomplete: gates"_s << missing;
    QTest::newRow("replaced") << replace << u"incomplete: gates"_s << missing;
    QTest::newRow("changed") << change << u"incomplete: gates"_s << missing;
}

void TestBundleVerifier::checksWithdrawalsInFiles()
{
    QFETCH(Change, change);
    QFETCH(QString, expected);
    QFETCH(QString, detail);
    SampleRun run;
    run.changeAnnasMind();
    auto members = test::readMembers(run.write());
    change(members, run);
    test::sign(members, run.engineKey);
    const QString path = run.folder.filePath(u"changed.tar"_s);
    test::writeMembers(path, members);

    const auto report = run.verify(path);

    QCOMPARE(summary(report), expected);
    QCOMPARE(detailOf(report, u"gates"_s), detail);
}

void TestBundleVerifier::showsNothingAsPassedWithoutSignature()
{
    SampleRun run;
    auto members = test::readMembers(run.write());
    QByteArray &signature = test::bytesOf(members, u"SHA256SUMS.sig"_s);
    signature[10] = char(signature[10] ^ 1);
    const QString path = run.folder.filePath(u"changed.tar"_s);
    test::writeMembers(path, members);

    const auto report = run.verify(path);

    QCOMPARE(summary(report), u"tampered: signature"_s);
    QVERIFY(!anyPassed(report));
    QCOMPARE(detailOf(report, u"plan-hash"_s), u"the signature does not hold"_s);
    QVERIFY(report.signerKeyId.isEmpty());
}

void TestBundleVerifier::failsWithoutAFile()
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(u"none.tar"_s);

    const auto missing = engine::verifyBundle(path, {}, {});
    QVERIFY(!missing);
    QCOMPARE(toString(missing.error().code), u"not-found"_s);
    QCOMPARE(missing.error().message, u"there is no file \"%1\""_s.arg(path));
    const auto isFolder = engine::verifyBundle(folder.path(), {}, {});
    QVERIFY(!isFolder);
    QCOMPARE(toString(isFolder.error().code), u"io"_s);
}

void TestBundleVerifier::cancels()
{
    SampleRun run;
    const QString path = run.write();
    engine::VerifyOptions options;
    options.progress = [](qint64 done, qint64) { return done < 100'000; };

    const auto report = engine::verifyBundle(path, run.trust, run.now, options);

    QVERIFY(!report);
    QCOMPARE(toString(report.error().code), u"cancelled"_s);
    QCOMPARE(report.error().message, u"the verification of \"%1\" was cancelled"_s.arg(path));
}

void TestBundleVerifier::countsProgress()
{
    SampleRun run;
    const QString path = run.write();
    qint64 last = 0;
    bool rises = true;
    engine::VerifyOptions options;
    options.progress = [&](qint64 done, qint64 total) {
        rises = rises && done >= last && total == QFile(path).size();
        last = done;
        return true;
    };

    QVERIFY(engine::verifyBundle(path, run.trust, run.now, options)->isGood());
    QVERIFY(rises);
    QCOMPARE(last, QFile(path).size());
}

QTEST_GUILESS_MAIN(TestBundleVerifier)
#include "tst_bundle_verifier.moc"
