#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/evidence/bundle_layout.h"
#include "tests/support/sample_run.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::ErrorCode;
using engine::SigningKey;
using test::Member;
using test::SampleRun;

namespace {

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QJsonObject jsonOf(QList<Member> &members, const QString &path)
{
    const auto json = engine::parseJsonObject(test::bytesOf(members, path));
    if (!json)
        qFatal("%s", qPrintable(json.error().toString()));
    return *json;
}

QJsonObject attestationOf(QList<Member> &members)
{
    const auto envelope =
        engine::DsseEnvelope::parse(test::bytesOf(members, u"attestations/pack-run.dsse.json"_s));
    return *engine::parseJsonObject(envelope->payload);
}

} // namespace

class TestBundleWriter : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void layout();
    void listsEveryFile();
    void attests();
    void attestsAWithdrawal();
    void attestsFailure();
    void provenanceSaysTheSame_data();
    void provenanceSaysTheSame();
    void redactsShortValues();
    void sameBytes();
    void signaturesAloneDiffer();
    void refuses_data();
    void refuses();
    void writesADamagedPlanAsItIs();
    void instructionsWork_data();
    void instructionsWork();
    void safeNames_data();
    void safeNames();
    void allocatesDistinctPaths();
};

void TestBundleWriter::layout()
{
    SampleRun run;
    const auto members = test::readMembers(run.write());

    QStringList paths;
    for (const Member &member : members)
        paths += member.path;
    QStringList keys{u"keys/%1.pem"_s.arg(run.engineKey.publicKey().keyId()),
                     u"keys/%1.pem"_s.arg(run.anna.publicKey().keyId()),
                     u"keys/%1.pem"_s.arg(run.bob.publicKey().keyId())};
    keys.sort();
    const QString restart0 = u"hosts_0_restart-"_s + engine::sha256Hex("hosts[0]::restart").left(8);
    const QString restart1 = u"hosts_1_restart-"_s + engine::sha256Hex("hosts[1]::restart").left(8);
    const QString file = u"gro_e_Datei.bin-"_s + engine::sha256Hex(u"große Datei.bin"_s.toUtf8()).left(8);
    QStringList expected{u"SHA256SUMS"_s,
                         u"SHA256SUMS.sig"_s,
                         u"VERIFY.txt"_s,
                         u"approvals/001.decision-1.dsse.json"_s,
                         u"approvals/001.decision-2.dsse.json"_s,
                         u"approvals/001.request.json"_s,
                         u"attestations/pack-run.dsse.json"_s,
                         u"attestations/provenance.intoto.dsse.json"_s,
                         u"attestations/provenance.sigstore.json"_s,
                         u"inputs/inputs.json"_s,
                         u"journal.jsonl"_s};
    expected += keys;
    expected += {u"manifest.json"_s,
                 u"outputs/artifacts/prepare/Report.json-2"_s,
                 u"outputs/artifacts/prepare/"_s + file,
                 u"outputs/artifacts/prepare/report.json"_s,
                 u"outputs/outputs.json"_s,
                 u"plan.json"_s,
                 u"policies/001.json"_s,
                 u"transcripts/001-prepare.log"_s,
                 u"transcripts/002-%1.log"_s.arg(restart0),
                 u"transcripts/003-%1.log"_s.arg(restart1),
                 u"transcripts/004-promote.log"_s};
    QCOMPARE(paths, expected);
    QCOMPARE(QDir(run.folder.path()).entryList(QDir::Files | QDir::Hidden),
             QStringList{u"run.evidence.tar"_s});
}

void TestBundleWriter::listsEveryFile()
{
    SampleRun run;
    auto members = test::readMembers(run.write());

    const QJsonObject manifest = jsonOf(members, u"manifest.json"_s);
    QCOMPARE(manifest[u"schema"_s].toString(), u"stellaops.evidence-manifest/v1"_s);
    QHash<QString, QJsonObject> listed;
    for (const QJsonValue file : manifest[u"files"_s].toArray())
        listed.insert(file[u"path"_s].toString(), file.toObject());
    const QByteArray sums = test::bytesOf(members, u"SHA256SUMS"_s);
    qsizetype count = 0;
    for (const Member &member : members) {
        if (member.path.startsWith(u"SHA256SUMS"_s))
            continue;
        const QString sha256 = engine::sha256Hex(member.bytes);
        QVERIFY2(sums.contains((sha256 + u"  "_s + member.path + u'\n').toLatin1()), qPrintable(member.path));
        ++count;
        if (engine::layout::isAboveManifest(member.path))
            continue;
        QCOMPARE(listed.value(member.path)[u"sha256"_s].toString(), sha256);
        QCOMPARE(listed.value(member.path)[u"size"_s].toInteger(), member.bytes.size());
        QCOMPARE(listed.value(member.path)[u"redacted"_s], QJsonValue(false));
    }
    QCOMPARE(sums.count('\n'), count);
    QCOMPARE(listed.size(), count - 3); // Without itself and the provenance, which names it.
    QCOMPARE(listed.value(u"outputs/artifacts/prepare/Report.json-2"_s)[u"name"_s].toString(),
             u"Report.json"_s);
    QCOMPARE(listed.value(u"transcripts/001-prepare.log"_s)[u"step"_s].toString(), u"prepare"_s);
    QVERIFY(run.engineKey.publicKey().verify(sums, test::bytesOf(members, u"SHA256SUMS.sig"_s)));
}

void TestBundleWriter::attests()
{
    SampleRun run;
    auto members = test::readMembers(run.write());
    const QByteArray json = test::bytesOf(members, u"attestations/pack-run.dsse.json"_s);
    const auto opened = engine::openDsse(json, {run.engineKey.publicKey()}, {engine::packRunPayloadType});
    QVERIFY(opened);
    const QJsonObject payload = attestationOf(members);
    QCOMPARE(engine::canonicalJsonOf(payload), opened->payload);

    QStringList names{u"schema"_s,   u"runId"_s,     u"packName"_s,    u"packVersion"_s, u"packDigest"_s,
                      u"planHash"_s, u"tenantId"_s,  u"requestedBy"_s, u"startedAt"_s,   u"completedAt"_s,
                      u"outcome"_s,  u"partial"_s,   u"inputs"_s,      u"outputs"_s,     u"artifacts"_s,
                      u"steps"_s,    u"approvals"_s, u"policies"_s,    u"sandbox"_s,     u"journal"_s,
                      u"engine"_s};
    names.sort();
    QCOMPARE(payload.keys(), names);
    QCOMPARE(payload[u"runId"_s].toString(), run.input.run.id.value);
    QCOMPARE(payload[u"planHash"_s].toString(),
             u"sha256:"_s + engine::sha256Hex(test::bytesOf(members, u"plan.json"_s)));
    QCOMPARE(payload[u"startedAt"_s].toString(), u"2026-01-31T09:05:01.000Z"_s);
    QCOMPARE(payload[u"outcome"_s].toString(), u"succeeded"_s);
    QCOMPARE(payload[u"journal"_s][u"events"_s].toInteger(), run.input.events.size());
    QCOMPARE(payload[u"journal"_s][u"lastHash"_s].toString(), run.input.events.last().hash);

    const QJsonValue prepare = payload[u"steps"_s][0];
    QCOMPARE(prepare[u"path"_s].toString(), u"prepare"_s);
    QCOMPARE(prepare[u"kind"_s].toString(), u"run"_s);
    QCOMPARE(prepare[u"status"_s].toString(), u"succeeded"_s);
    QCOMPARE(prepare[u"transcript"_s].toString(), engine::sha256Hex("output of prepare\n"));
    QCOMPARE(prepare[u"attempts"_s][0][u"exitCode"_s].toInteger(-1), 0);
    QCOMPARE(prepare[u"attempts"_s][0][u"argv"_s].toArray(), (QJsonArray{u"/bin/true"_s, u"prepare"_s}));
    QCOMPARE(payload[u"steps"_s][2][u"path"_s].toString(), u"hosts[0]::restart"_s);
    QCOMPARE(payload[u"steps"_s][2][u"kind"_s].toString(), u"run"_s); // Found through the map's template.

    const QJsonValue approval = payload[u"approvals"_s][0];
    QCOMPARE(approval[u"gate"_s].toString(), u"review"_s);
    QCOMPARE(approval[u"decisions"_s].toArray().size(), 2);
    QCOMPARE(approval[u"decisions"_s][0][u"approver"_s].toString(), u"anna"_s);
    QCOMPARE(approval[u"decisions"_s][0][u"keyId"_s].toString(), run.anna.publicKey().keyId());
    QCOMPARE(approval[u"decisions"_s][0][u"sha256"_s].toString(),
             engine::sha256Hex(test::bytesOf(members, u"approvals/001.decision-1.dsse.json"_s)));
    QCOMPARE(payload[u"policies"_s][0][u"allow"_s], QJsonValue(true));
}

void TestBundleWriter::attestsAWithdrawal()
{
    SampleRun run;
    run.changeAnnasMind();
    auto members = test::readMembers(run.write());

    const engine::Withdrawal &withdrawal = *run.input.decisions.first().withdrawal;
    QCOMPARE(test::bytesOf(members, u"approvals/001.decision-1.withdrawal.dsse.json"_s), withdrawal.envelope);
    const QJsonArray decisions = attestationOf(members)[u"approvals"_s][0][u"decisions"_s].toArray();
    QCOMPARE(decisions.size(), 3);
    QCOMPARE(decisions[0][u"withdrawal"_s].toObject(),
             (QJsonObject{{u"keyId"_s, run.anna.publicKey().keyId()},
                          {u"withdrawnAt"_s, engine::toIso(withdrawal.statement.withdrawnAt)},
                          {u"sha256"_s, engine::sha256Hex(withdrawal.envelope)}}));
    QVERIFY(decisions[1][u"withdrawal"_s].isUndefined());
    QVERIFY(decisions[2][u"withdrawal"_s].isUndefined());
}

void TestBundleWriter::attestsFailure()
{
    SampleRun run;
    run.input.run.state = engine::RunState::Failed;
    run.input.run.reason = u"step \"promote\" failed"_s;
    run.input.attempts.last().exitCode.reset();
    run.input.attempts.last().signal = 9;
    engine::Artifact refused;
    refused.name = u"huge.bin"_s;
    refused.stepPath = u"promote"_s;
    refused.status = u"refused"_s;
    refused.notes = u"larger than 4 GiB"_s;
    run.input.artifacts += refused;

    auto members = test::readMembers(run.write());
    const QJsonObject payload = attestationOf(members);

    QCOMPARE(payload[u"outcome"_s].toString(), u"failed"_s);
    QCOMPARE(payload[u"reason"_s].toString(), u"step \"promote\" failed"_s);
    QCOMPARE(payload[u"steps"_s].toArray().last()[u"attempts"_s][0][u"signal"_s].toInteger(), 9);
    QCOMPARE(payload[u"artifacts"_s].toArray().last().toObject(),
             (QJsonObject{{u"name"_s, u"huge.bin"_s},
                          {u"step"_s, u"promote"_s},
                          {u"status"_s, u"refused"_s},
                          {u"notes"_s, u"larger than 4 GiB"_s}}));
}

void TestBundleWriter::provenanceSaysTheSame_data()
{
    QTest::addColumn<engine::RunState>("outcome");
    for (const auto outcome :
         {engine::RunState::Succeeded, engine::RunState::Failed, engine::RunState::Cancelled})
        QTest::newRow(qPrintable(toString(outcome))) << outcome;
}

/// Field by field, against the attestation and the files.
void TestBundleWriter::provenanceSaysTheSame()
{
    QFETCH(engine::RunState, outcome);
    SampleRun run;
    run.input.run.state = outcome;
    auto members = test::readMembers(run.write());
    const auto opened =
        engine::openDsse(test::bytesOf(members, u"attestations/provenance.intoto.dsse.json"_s),
                         {run.engineKey.publicKey()}, {u"application/vnd.in-toto+json"_s});
    QVERIFY(opened);
    const QJsonObject statement = *engine::parseJsonObject(opened->payload);
    QCOMPARE(engine::canonicalJsonOf(statement), opened->payload);
    QCOMPARE(statement[u"_type"_s].toString(), u"https://in-toto.io/Statement/v1"_s);
    QCOMPARE(statement[u"predicateType"_s].toString(), u"https://slsa.dev/provenance/v1"_s);

    const auto digestOf = [&members](const QString &path) {
        return QJsonObject{{u"sha256"_s, engine::sha256Hex(test::bytesOf(members, path))}};
    };
    QJsonArray subjects{
        QJsonObject{{u"name"_s, u"manifest.json"_s}, {u"digest"_s, digestOf(u"manifest.json"_s)}}};
    for (const Member &member : members) {
        if (member.path.startsWith(u"outputs/artifacts/"_s))
            subjects += QJsonObject{{u"name"_s, member.path}, {u"digest"_s, digestOf(member.path)}};
    }
    QCOMPARE(subjects.size(), 4);
    QCOMPARE(statement[u"subject"_s].toArray(), subjects);

    const QJsonObject claims = attestationOf(members);
    const QJsonValue definition = statement[u"predicate"_s][u"buildDefinition"_s];
    QCOMPARE(definition[u"buildType"_s].toString(), u"https://stellaops.io/task-pack-run/v1"_s);
    QCOMPARE(definition[u"externalParameters"_s].toObject(),
             (QJsonObject{{u"pack"_s, QJsonObject{{u"name"_s, u"demo"_s}, {u"version"_s, u"1.2.3"_s}}},
                          {u"inputs"_s, claims[u"inputs"_s]}}));
    QCOMPARE(definition[u"internalParameters"_s].toObject(),
             (QJsonObject{{u"tenantId"_s, claims[u"tenantId"_s]},
                          {u"requestedBy"_s, u"carol"_s},
                          {u"sandbox"_s, claims[u"sandbox"_s]},
                          {u"platform"_s, run.input.engine.platform}}));
    const auto dependency = [](const QString &name, const QString &sha256) {
        return QJsonObject{{u"name"_s, name}, {u"digest"_s, QJsonObject{{u"sha256"_s, sha256}}}};
    };
    QCOMPARE(definition[u"resolvedDependencies"_s].toArray(),
             (QJsonArray{dependency(u"pack"_s, run.input.run.packDigest.mid(7)),
                         dependency(u"plan.json"_s, run.input.run.planHash.mid(7)),
                         dependency(u"engine"_s, run.input.engine.binarySha256)}));

    const QJsonValue details = statement[u"predicate"_s][u"runDetails"_s];
    QCOMPARE(details[u"builder"_s][u"version"_s][u"taskrunner"_s].toString(), run.input.engine.version);
    QCOMPARE(details[u"metadata"_s].toObject(), (QJsonObject{{u"invocationId"_s, run.input.run.id.value},
                                                             {u"startedOn"_s, claims[u"startedAt"_s]},
                                                             {u"finishedOn"_s, claims[u"completedAt"_s]}}));
    QCOMPARE(details[u"byproducts"_s].toArray(),
             (QJsonArray{
                 QJsonObject{{u"name"_s, u"attestations/pack-run.dsse.json"_s},
                             {u"digest"_s, digestOf(u"attestations/pack-run.dsse.json"_s)},
                             {u"annotations"_s,
                              QJsonObject{{u"outcome"_s, toString(outcome)}, {u"partial"_s, false}}}},
                 QJsonObject{{u"name"_s, u"journal.jsonl"_s}, {u"digest"_s, digestOf(u"journal.jsonl"_s)}}}));

    const QJsonObject sigstore = jsonOf(members, u"attestations/provenance.sigstore.json"_s);
    QCOMPARE(sigstore[u"mediaType"_s].toString(), u"application/vnd.dev.sigstore.bundle.v0.3+json"_s);
    QCOMPARE(sigstore[u"verificationMaterial"_s].toObject(),
             (QJsonObject{{u"publicKey"_s, QJsonObject{{u"hint"_s, run.engineKey.publicKey().keyId()}}}}));
    QCOMPARE(sigstore[u"dsseEnvelope"_s].toObject(),
             jsonOf(members, u"attestations/provenance.intoto.dsse.json"_s));
}

void TestBundleWriter::redactsShortValues()
{
    SampleRun run;
    run.input.inputs[u"file"_s] = QJsonObject{{u"name"_s, u"a"_s},
                                              {u"path"_s, u"inputs/file/a"_s},
                                              {u"sha256"_s, engine::sha256Hex("a")},
                                              {u"size"_s, 1}};
    auto members = test::readMembers(run.write());
    const QJsonObject payload = attestationOf(members);

    QCOMPARE(payload[u"inputs"_s].toObject(),
             (QJsonObject{{u"target"_s, QJsonObject{{u"sha256"_s, u"redacted"_s}}},
                          {u"file"_s, QJsonObject{{u"sha256"_s, engine::sha256Hex("a")}, {u"size"_s, 1}}}}));
    QCOMPARE(
        payload[u"outputs"_s].toArray(),
        (QJsonArray{
            QJsonObject{{u"name"_s, u"count"_s}, {u"sha256"_s, u"redacted"_s}},
            QJsonObject{{u"name"_s, u"report"_s}, {u"sha256"_s, engine::sha256Hex("{}")}, {u"size"_s, 2}}}));
    // The digest of a value that one could guess stands nowhere.
    const QByteArray envelope = engine::canonicalJsonOf(payload);
    QVERIFY(!envelope.contains(engine::sha256Hex("\"staging\"").toLatin1()));
    QVERIFY(!envelope.contains(engine::sha256Hex("staging").toLatin1()));
}

void TestBundleWriter::sameBytes()
{
    SampleRun run;
    const QByteArray first = contentOf(run.write(u"a.tar"_s));
    const QByteArray second = contentOf(run.write(u"b.tar"_s));

    QVERIFY(first.size() > 200'000);
    QCOMPARE(first.size() % 512, 0);
    QVERIFY(first == second);
}

void TestBundleWriter::signaturesAloneDiffer()
{
    SampleRun run(SigningKey::Algorithm::EcdsaP256);
    auto first = test::readMembers(run.write(u"a.tar"_s));
    auto second = test::readMembers(run.write(u"b.tar"_s));

    QCOMPARE(first.size(), second.size());
    QStringList different;
    for (qsizetype i = 0; i < first.size(); ++i) {
        if (first.at(i) != second.at(i))
            different += first.at(i).path;
    }
    // The signatures, and the digests of what is signed.
    QCOMPARE(different,
             (QStringList{u"SHA256SUMS"_s, u"SHA256SUMS.sig"_s, u"attestations/pack-run.dsse.json"_s,
                          u"attestations/provenance.intoto.dsse.json"_s,
                          u"attestations/provenance.sigstore.json"_s, u"manifest.json"_s}));
    QCOMPARE(attestationOf(first), attestationOf(second));
}

void TestBundleWriter::refuses_data()
{
    QTest::addColumn<QString>("what");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("error");

    QTest::newRow("running") << u"running"_s << ErrorCode::Conflict
                             << u"run %1 is running; evidence is written when it is over"_s;
    QTest::newRow("artifact changed")
        << u"changed"_s << ErrorCode::Conflict
        << u"\"%2\" is not what was recorded: its SHA-256 is "_s + engine::sha256Hex("{ ") + u", not "_s
               + engine::sha256Hex("{}");
    QTest::newRow("artifact gone") << u"gone"_s << ErrorCode::NotFound << u"there is no file \"%2\""_s;
    QTest::newRow("no log") << u"log"_s << ErrorCode::Database << u"the log is damaged"_s;
    QTest::newRow("no folder") << u"folder"_s << ErrorCode::Io << QString();
}

void TestBundleWriter::refuses()
{
    QFETCH(QString, what);
    QFETCH(ErrorCode, code);
    QFETCH(QString, error);
    SampleRun run;
    run.seal();
    const QString artifact = run.folder.path() + u'/' + run.input.artifacts.first().storedPath;
    QString target = run.folder.filePath(u"run.evidence.tar"_s);
    if (what == u"running"_s)
        run.input.run.state = engine::RunState::Running;
    if (what == u"gone"_s)
        QVERIFY(QFile::remove(artifact));
    if (what == u"changed"_s) {
        QFile file(artifact);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("{ ") == 2);
    }
    if (what == u"log"_s)
        run.input.transcript = [](const QString &, QIODevice &) -> engine::Result<> {
            return engine::Error{ErrorCode::Database, u"the log is damaged"_s, {}, {}};
        };
    if (what == u"folder"_s)
        target = run.folder.filePath(u"missing/run.evidence.tar"_s);

    const auto written = run.tryWrite(target);

    QVERIFY(!written);
    QCOMPARE(toString(written.error().code), toString(code));
    if (!error.isEmpty())
        QCOMPARE(written.error().message,
                 QString(error).replace(u"%1"_s, run.input.run.id.value).replace(u"%2"_s, artifact));
    QCOMPARE(QDir(run.folder.path()).entryList(QDir::Files | QDir::Hidden), QStringList());
}

void TestBundleWriter::writesADamagedPlanAsItIs()
{
    SampleRun run;
    run.input.plan.replace("promote", "prom0te");
    const QString path = run.write();

    QCOMPARE(toString(run.verify(path).headline), u"tampered"_s);
}

void TestBundleWriter::instructionsWork_data()
{
    QTest::addColumn<SigningKey::Algorithm>("algorithm");
    QTest::addColumn<QString>("damage");
    QTest::addColumn<int>("failing"); // Number of the command that must fail; 0: none.
    const auto row = [](const char *name, SigningKey::Algorithm algorithm, const char *damage, int failing) {
        QTest::newRow(name) << algorithm << QString::fromLatin1(damage) << failing;
    };
    row("P-256", SigningKey::Algorithm::EcdsaP256, "", 0);
    row("Ed25519", SigningKey::Algorithm::Ed25519, "", 0);
    row("P-256, list changed", SigningKey::Algorithm::EcdsaP256, "SHA256SUMS", 2);
    row("Ed25519, list changed", SigningKey::Algorithm::Ed25519, "SHA256SUMS", 2);
    row("plan changed", SigningKey::Algorithm::EcdsaP256, "plan.json", 3);
    row("file added", SigningKey::Algorithm::EcdsaP256, "extra", 4);
}

void TestBundleWriter::instructionsWork()
{
    QFETCH(SigningKey::Algorithm, algorithm);
    QFETCH(QString, damage);
    QFETCH(int, failing);
    for (const QString &tool : {u"openssl"_s, u"sha256sum"_s, u"sh"_s, u"tar"_s}) {
        if (QStandardPaths::findExecutable(tool).isEmpty())
            QSKIP(qPrintable(tool + u" is not on this machine"_s));
    }
    SampleRun run(algorithm);
    const QString bundle = run.write();
    const QTemporaryDir extracted;
    QCOMPARE(QProcess::execute(u"tar"_s, {u"-xf"_s, bundle, u"-C"_s, extracted.path()}), 0);
    if (!damage.isEmpty()) {
        QFile file(extracted.filePath(damage));
        QVERIFY(file.open(QIODevice::Append) && file.write(" ") == 1);
    }

    QStringList commands;
    for (const QString &line :
         QString::fromUtf8(contentOf(extracted.filePath(u"VERIFY.txt"_s))).split(u'\n')) {
        if (line.startsWith(u"    "_s) && !line.startsWith(u"     "_s))
            commands += line.trimmed();
    }
    QCOMPARE(commands.size(), 5);
    for (int i = 1; i <= commands.size(); ++i) {
        QProcess shell;
        shell.setWorkingDirectory(extracted.path());
        shell.start(u"sh"_s, {u"-c"_s, commands.at(i - 1)});
        QVERIFY(shell.waitForFinished());
        QCOMPARE(QStringList({commands.at(i - 1), shell.exitCode() == 0 ? u"good"_s : u"bad"_s}),
                 QStringList({commands.at(i - 1), i == failing ? u"bad"_s : u"good"_s}));
        if (i == failing)
            break;
    }
}

void TestBundleWriter::safeNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("safe");
    const auto digest = [](const QString &name) { return u'-' + engine::sha256Hex(name.toUtf8()).left(8); };

    for (const QString &same : {u"report.json"_s, u"A-b_c.9"_s, u".hidden"_s, u"..."_s})
        QTest::newRow(qPrintable(same)) << same << same;
    for (const auto &[name, safe] : {std::pair(u"a b"_s, u"a_b"_s),
                                     {u"hosts[3]::restart"_s, u"hosts_3_restart"_s},
                                     {u"."_s, u"."_s},
                                     {u".."_s, u".."_s},
                                     {QString(), QString()},
                                     {u"ü"_s, u"_"_s},
                                     {u"a\nb"_s, u"a_b"_s},
                                     {QString(300, u'x'), QString(80, u'x')}})
        QTest::newRow(qPrintable(u"<"_s + name.left(20) + u">"_s)) << name << safe + digest(name);
}

void TestBundleWriter::safeNames()
{
    QFETCH(QString, name);
    QFETCH(QString, safe);
    QCOMPARE(engine::layout::safeName(name), safe);
    QVERIFY(engine::layout::isSafePath(u"x/"_s + safe));
}

void TestBundleWriter::allocatesDistinctPaths()
{
    engine::layout::PathAllocator paths;

    QCOMPARE(paths.allocate(u"o/"_s, u"step/a"_s), u"o/step/a"_s);
    QCOMPARE(paths.allocate(u"o/"_s, u"step/a"_s), u"o/step/a-2"_s);
    QCOMPARE(paths.allocate(u"o/"_s, u"step/A"_s), u"o/step/A-3"_s); // Differs from the first only in case.
    QCOMPARE(paths.allocate(u"o/"_s, u"step/a/b"_s),
             u"o/"_s + engine::sha256Hex("step/a/b"));           // "o/step/a" is a file.
    QCOMPARE(paths.allocate(u"o/"_s, u"STEP"_s), u"o/STEP-2"_s); // "o/step" is a folder.
    const QString deep = QString(u"long-name/"_s).repeated(30) + u"x"_s;
    QCOMPARE(paths.allocate(u"o/"_s, deep, u".log"_s),
             u"o/"_s + engine::sha256Hex(deep.toUtf8()) + u".log"_s);
}

QTEST_GUILESS_MAIN(TestBundleWriter)
#include "tst_bundle_writer.moc"
