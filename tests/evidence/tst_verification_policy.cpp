#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/evidence/bundle_additions.h"
#include "engine/pack/json_schema.h"
#include "tests/support/sample_run.h"
#include "tests/support/test_log.h"

#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using engine::Headline;
using engine::VerificationPolicy;
using test::SampleRun;

/// What a reader demands besides: the file, and what each demand comes to.
class TestVerificationPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsEverything();
    void refusesBadFiles_data();
    void refusesBadFiles();
    void judges_data();
    void judges();
    void countsAnchors();
    void provesNothingWithoutASignature();
    void reportFitsItsSchema();

private:
    static engine::JsonSchema schema(const QString &name);
};

engine::JsonSchema TestVerificationPolicy::schema(const QString &name)
{
    QFile file(QStringLiteral(SOURCE_DIR "/resources/schema/%1.schema.json").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("there is no schema %s", qPrintable(name));
    const auto json = engine::parseJsonObject(file.readAll());
    const auto schema = engine::JsonSchema::parse(*json);
    if (!schema)
        qFatal("%s", qPrintable(schema.error().toString()));
    return *schema;
}

void TestVerificationPolicy::readsEverything()
{
    const QByteArray json = R"({"schema": "stellaops.verification-policy/v1",
  "outcomes": ["succeeded", "failed"], "signers": ["KEY"], "sealedOnly": true, "maximumAge": "P30D",
  "approvals": [{"role": "security", "people": 2}, {"role": "owners"}],
  "anchors": {"transparencyLogs": 1, "timestampAuthorities": 2}})";
    const QString key(64, u'a');
    const auto policy =
        VerificationPolicy::parse(QByteArray(json).replace("KEY", key.toLatin1()), u"p.json"_s);
    QVERIFY2(policy, policy ? "" : qPrintable(policy.error().toString()));
    const VerificationPolicy expected{{u"succeeded"_s, u"failed"_s},          {key}, true, 720h,
                                      {{u"security"_s, 2}, {u"owners"_s, 1}}, 1,     2};
    QCOMPARE(*policy, expected);
    QCOMPARE(*VerificationPolicy::parse(R"({"schema": "stellaops.verification-policy/v1"})", {}),
             VerificationPolicy());
}

void TestVerificationPolicy::refusesBadFiles_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QString>("message");
    QTest::addColumn<bool>("schemaKnows");
    const auto row = [](const char *name, const QByteArray &members, const QString &message,
                        bool schemaKnows = true) {
        QTest::newRow(name) << members << message << schemaKnows;
    };
    row("unknown member", R"("sealedonly": true)",
        u"p.json: /sealedonly: unknown member \"sealedonly\"; did you mean \"sealedOnly\"?"_s);
    row("outcomes are no list", R"("outcomes": "failed")",
        u"p.json: /outcomes: \"outcomes\" must be a list of at least one succeeded, failed or cancelled"_s);
    row("no outcome", R"("outcomes": [])",
        u"p.json: /outcomes: \"outcomes\" must be a list of at least one succeeded, failed or cancelled"_s);
    row("an outcome that there is not", R"("outcomes": ["succeeded", "fine"])",
        u"p.json: /outcomes/1: \"fine\" is not succeeded, failed or cancelled"_s);
    row("an outcome twice", R"("outcomes": ["failed", "failed"])",
        u"p.json: /outcomes/1: \"failed\" is listed twice"_s);
    row("a signer that is no key id", R"("signers": [7])",
        u"p.json: /signers/0: \"7\" is not a key id of 64 hexadecimal digits"_s);
    row("sealed as text", R"("sealedOnly": "yes")",
        u"p.json: /sealedOnly: \"sealedOnly\" must be true or false, not yes"_s);
    row("an age in words", R"("maximumAge": "a month")",
        u"p.json: /maximumAge: \"maximumAge\" must be a duration such as \"P30D\", not \"a month\""_s, false);
    row("an age of nothing", R"("maximumAge": "PT0S")",
        u"p.json: /maximumAge: \"maximumAge\" must be a duration such as \"P30D\", not \"PT0S\""_s, false);
    row("approvals are no list", R"("approvals": {"role": "x"})",
        u"p.json: /approvals: \"approvals\" must be a list of at least one demand"_s);
    row("no role", R"("approvals": [{"people": 1}])",
        u"p.json: /approvals/0: a demand needs the \"role\" of those who must have approved"_s);
    row("nobody", R"("approvals": [{"role": "x", "people": 0}])",
        u"p.json: /approvals/0/people: \"people\" must be a whole number from 1 to 100, not 0"_s);
    row("half a person", R"("approvals": [{"role": "x", "people": 1.5}])",
        u"p.json: /approvals/0/people: \"people\" must be a whole number from 1 to 100, not 1.5"_s);
    row("a slip in a demand", R"("approvals": [{"role": "x", "peoples": 2}])",
        u"p.json: /approvals/0/peoples: unknown member \"peoples\"; did you mean \"people\"?"_s);
    row("anchors are no object", R"("anchors": 1)", u"p.json: /anchors: \"anchors\" must be an object"_s);
    row("too many logs", R"("anchors": {"transparencyLogs": 101})",
        u"p.json: /anchors/transparencyLogs: \"transparencyLogs\" must be a whole number from 0 to 100, not 101"_s);
    row("another schema", R"("schema": "x")", {});
    row("no JSON", "]", {});
}

void TestVerificationPolicy::refusesBadFiles()
{
    QFETCH(QByteArray, members);
    QFETCH(QString, message);
    QFETCH(bool, schemaKnows);
    const QByteArray json = R"({"schema": "stellaops.verification-policy/v1", )" + members + '}';
    const auto policy = VerificationPolicy::parse(json, u"p.json"_s);
    QVERIFY(!policy);
    QCOMPARE(toString(policy.error().code), u"invalid-input"_s);
    if (!message.isEmpty())
        QCOMPARE(policy.error().toString(), message);
    const auto object = engine::parseJsonObject(json);
    QCOMPARE(!object || !schema(u"verification-policy.v1"_s).validate(*object), schemaKnows || !object);
}

void TestVerificationPolicy::judges_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QString>("checks");
    const auto row = [](const char *name, const QByteArray &members, const QString &headline,
                        const QString &checks) { QTest::newRow(name) << members << headline << checks; };
    const QString untrusted = u"untrusted-for-purpose"_s;
    row("nothing", R"("sealedOnly": false)", u"good"_s, {});
    row("the outcome", R"("outcomes": ["succeeded"])", u"good"_s, u"policy-outcome passed: succeeded"_s);
    row("another outcome", R"("outcomes": ["failed", "cancelled"])", untrusted,
        u"policy-outcome failed: the run succeeded; it must have failed or cancelled"_s);
    row("the signer", R"("signers": ["ENGINE"])", u"good"_s, u"policy-signer passed: "_s);
    row("another signer", R"("signers": ["ANNA"])", untrusted,
        u"policy-signer failed: the key ENGINE is not one of them"_s);
    row("sealed", R"("sealedOnly": true)", untrusted, u"policy-sealed failed: the sandbox was \"open\""_s);
    row("young", R"("maximumAge": "P1D")", u"good"_s, u"policy-age passed: the run ended AGE ago"_s);
    row("old", R"("maximumAge": "PT1S")", untrusted,
        u"policy-age failed: the run ended AGE ago; at most 1 s are allowed"_s);
    row("two approvers", R"("approvals": [{"role": "approver", "people": 2}])", u"good"_s,
        u"policy-approvals-approver passed: anna, bob"_s);
    row("one of security", R"("approvals": [{"role": "security"}])", u"good"_s,
        u"policy-approvals-security passed: anna"_s);
    row("two of security", R"("approvals": [{"role": "security", "people": 2}])", untrusted,
        u"policy-approvals-security failed: 1 of 2: anna"_s);
    row("one of a role that nobody has", R"("approvals": [{"role": "owners"}])", untrusted,
        u"policy-approvals-owners failed: 0 of 1: nobody"_s);
    row("a log and an authority", R"("anchors": {"transparencyLogs": 1, "timestampAuthorities": 1})",
        untrusted, u"policy-transparency-logs failed: 0 of 1\npolicy-timestamp-authorities failed: 0 of 1"_s);
}

static QString demandsOf(const engine::VerificationReport &report)
{
    QStringList lines;
    for (const engine::Check &check : report.checks) {
        if (check.id.startsWith(u"policy-"_s))
            lines += u"%1 %2: %3"_s.arg(check.id, toString(check.result), check.detail);
    }
    return lines.join(u'\n');
}

void TestVerificationPolicy::judges()
{
    QFETCH(QByteArray, members);
    QFETCH(QString, headline);
    QFETCH(QString, checks);
    SampleRun run;
    const QString engine = run.engineKey.publicKey().keyId();
    const QByteArray json = R"({"schema": "stellaops.verification-policy/v1", )" + members + '}';
    const auto policy =
        VerificationPolicy::parse(QByteArray(json)
                                      .replace("ENGINE", engine.toLatin1())
                                      .replace("ANNA", run.anna.publicKey().keyId().toLatin1()),
                                  u"p.json"_s);
    QVERIFY2(policy, policy ? "" : qPrintable(policy.error().toString()));

    const auto report = engine::verifyBundle(run.write(), run.trust, run.now, {{}, *policy, {}});

    QVERIFY(report);
    const auto age = engine::toWords(
        std::chrono::duration_cast<std::chrono::milliseconds>(run.now - *run.input.run.completedAt));
    QCOMPARE(demandsOf(*report), checks.replace(u"ENGINE"_s, engine).replace(u"AGE"_s, age));
    QCOMPARE(toString(report->headline), headline);
}

void TestVerificationPolicy::countsAnchors()
{
    SampleRun run(engine::SigningKey::Algorithm::EcdsaP256);
    const QString path = run.write();
    test::TestLog log(u"log.example"_s, *engine::SigningKey::generate(), test::TestLog::First);
    run.trustedKeys +=
        engine::TrustedKey{log.key.publicKey(), log.name, {u"transparency-log"_s}, {}, {}, {}, {}};
    run.rebuildTrust();
    auto members = test::readMembers(path);
    const auto envelope =
        *engine::DsseEnvelope::parse(test::bytesOf(members, u"attestations/pack-run.dsse.json"_s));
    const QByteArray first = log.add(envelope, run.engineKey.publicKey()).toJson();
    const QByteArray again = log.add(envelope, run.engineKey.publicKey()).toJson();
    QVERIFY(engine::addToBundle(path, {{u"anchors/one.json"_s, first}, {u"anchors/two.json"_s, again}}));

    VerificationPolicy policy;
    policy.transparencyLogs = 1;
    const auto met = engine::verifyBundle(path, run.trust, run.now, {{}, policy, {}});
    QCOMPARE(demandsOf(*met), u"policy-transparency-logs passed: 1 of 1"_s);
    QVERIFY2(met->isGood(), qPrintable(met->toText()));
    policy.transparencyLogs = 2; // Two entries of one log are one log.
    const auto missed = engine::verifyBundle(path, run.trust, run.now, {{}, policy, {}});
    QCOMPARE(demandsOf(*missed), u"policy-transparency-logs failed: 1 of 2"_s);
    QVERIFY(missed->headline == Headline::UntrustedForPurpose);
}

void TestVerificationPolicy::provesNothingWithoutASignature()
{
    SampleRun run;
    auto members = test::readMembers(run.write());
    QByteArray &signature = test::bytesOf(members, u"SHA256SUMS.sig"_s);
    signature[0] = char(signature.at(0) ^ 1);
    const QString path = run.folder.filePath(u"changed.tar"_s);
    test::writeMembers(path, members);
    VerificationPolicy policy;
    policy.outcomes = {u"succeeded"_s};
    policy.approvals = {{u"approver"_s, 1}};
    const auto report = engine::verifyBundle(path, run.trust, run.now, {{}, policy, {}});
    QVERIFY(report->headline == Headline::Tampered);
    QCOMPARE(demandsOf(*report), u"policy-outcome not-run: no signature holds\n"
                                 "policy-approvals-approver not-run: no signature holds"_s);
}

void TestVerificationPolicy::reportFitsItsSchema()
{
    SampleRun run;
    VerificationPolicy policy;
    policy.sealedOnly = true;
    const auto published = schema(u"verification.v1"_s);
    const QString path = run.write();
    for (const QString &file : {path, run.folder.filePath(u"empty.tar"_s)}) {
        if (file != path)
            QVERIFY(QFile(file).open(QIODevice::WriteOnly));
        const auto report = engine::verifyBundle(file, run.trust, run.now, {{}, policy, {}});
        QVERIFY(report);
        const auto fits = published.validate(report->toJson());
        QVERIFY2(fits, fits ? "" : qPrintable(fits.error().toString()));
    }
    QJsonObject wrong = engine::verifyBundle(path, run.trust, run.now)->toJson();
    wrong[u"headline"_s] = u"fine"_s;
    QVERIFY(!published.validate(wrong));
}

QTEST_GUILESS_MAIN(TestVerificationPolicy)
#include "tst_verification_policy.moc"
