#include "engine/pack/expression/template.h"
#include "engine/pack/pack.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

/// A pack with a secret and steps that make some; further steps stand from line 23.
const QByteArray before = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  inputs: [{ name: x, type: boolean }, { name: names, type: array }]
  secrets: [{ name: apiToken }, { name: pin, required: false }]
  approvals:
    - id: r
      reasonTemplate: "REASON"
  policies:
    - id: w
      engine: rules
      rules:
        - { id: d, deny: "DENY", message: "MESSAGE" }
  steps:
    - { id: login, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: session, secret: true }, { name: user }] } }
    - id: both
      parallel:
        steps:
          - { id: inner, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: key, secret: true }, { name: n, type: integer }] } }
          - { id: plain, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: n, type: integer }] } }
    - { id: each, map: { items: [1], step: { id: one, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: key, secret: true }, { name: n, type: integer }] } } } }
)";

/// The pack with the texts put where they belong; what is not given is harmless.
QByteArray pack(const QByteArray &reason, const QByteArray &deny, const QByteArray &message)
{
    QByteArray yaml = before;
    return yaml.replace("REASON", reason).replace("DENY", deny).replace("MESSAGE", message);
}

QByteArray pack(const QByteArray &step, const QByteArray &rest = {})
{
    return pack("x", "{{ false }}", "x") + "    - { id: last, " + step + " }\n" + rest;
}

const QString only = u"; only in \"env\" and \"with\" of a run step"_s;

} // namespace

class TestSecretFlow : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sinks_data();
    void sinks();
    void ways_data();
    void ways();
    void allowed_data();
    void allowed();
    void evaluates_data();
    void evaluates();
    void hidesValues();
    void folds();
};

void TestSecretFlow::sinks_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const QByteArray &yaml, const QString &error) {
        QTest::newRow(name) << yaml << error;
    };
    const QByteArray token = "{{ secrets.apiToken }}";
    const QString secret = u"secret \"apiToken\" may not be used in "_s;
    row("reasonTemplate", pack("a " + token, "{{ false }}", "x"),
        u"p.yaml:9:29: /spec/approvals/0/reasonTemplate: "_s + secret + u"\"reasonTemplate\""_s + only);
    row("deny", pack("x", "{{ secrets.apiToken == 'a' }}", "x"),
        u"p.yaml:14:30: /spec/policies/0/rules/0/deny: "_s + secret + u"\"deny\""_s + only);
    row("message of a rule", pack("x", "{{ false }}", token),
        u"p.yaml:14:54: /spec/policies/0/rules/0/message: "_s + secret + u"\"message\""_s + only);
    row("when", pack("when: \"{{ secrets.apiToken == 'a' }}\", gate: { approval: r }"),
        u"p.yaml:23:29: /spec/steps/3/when: "_s + secret + u"\"when\""_s + only);
    row("items", pack("map: { items: \"{{ [secrets.apiToken] }}\", step: { id: a, gate: { approval: r } } }"),
        u"p.yaml:23:38: /spec/steps/3/map/items: "_s + secret + u"\"items\""_s + only);
    row("one of the items",
        pack("map: { items: [a, \"" + token + "\"], step: { id: a, gate: { approval: r } } }"),
        u"p.yaml:23:41: /spec/steps/3/map/items/1: "_s + secret + u"\"items\""_s + only);
    row("message of a gate", pack("gate: { approval: r, message: \"" + token + "\" }"),
        u"p.yaml:23:53: /spec/steps/3/gate/message: "_s + secret + u"\"message\""_s + only);
    row("input of a policy", pack("gate: { policy: w, input: { a: [\"" + token + "\"] } }"),
        u"p.yaml:23:55: /spec/steps/3/gate/input/a/0: "_s + secret + u"\"input\""_s + only);
    row("value of an output",
        pack("gate: { approval: r }", "  outputs: [{ name: o, value: \"" + token + "\" }]\n"),
        u"p.yaml:24:35: /spec/outputs/0/value: "_s + secret + u"\"value\""_s + only);
    row("file of an output",
        pack("gate: { approval: r }",
             "  outputs: [{ name: o, file: \"{{ steps.login.artifacts[secrets.apiToken] }}\" }]\n"),
        u"p.yaml:24:56: /spec/outputs/0/file: "_s + secret + u"\"file\""_s + only);
    const QString others = u"; only in \"env\" and \"with\" of a step that runs something else"_s;
    row("path to ingest",
        pack("run: { uses: bundle.ingest, with: { path: \"" + token + "\", checksum: \"{{ run.id }}\" } }"),
        u"p.yaml:23:65: /spec/steps/3/run/with/path: "_s + secret + u"\"path\" of bundle.ingest"_s + others);
    row("checksum to ingest",
        pack("run: { uses: bundle.ingest, with: { path: a, checksum: \"" + token + "\" } }"),
        u"p.yaml:23:78: /spec/steps/3/run/with/checksum: "_s + secret + u"\"checksum\" of bundle.ingest"_s
            + others);
    row("when of a step of finally",
        pack("gate: { approval: r }", "  finally: [{ id: z, when: \"{{ secrets.pin == 'a' }}\", run: { uses: "
                                      "builtin:exec, with: { command: [x] } } }]\n"),
        u"p.yaml:24:32: /spec/finally/0/when: secret \"pin\" may not be used in \"when\""_s + only);
    row("unknown secret",
        pack("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"{{ secrets.apiTokn }}\" } }"),
        u"p.yaml:23:92: /spec/steps/3/run/env/A: unknown secret \"apiTokn\"; did you mean \"apiToken\"?"_s);
    row("unknown optional secret",
        pack("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"{{ default(secrets.pine, '') "
             "}}\" } }"),
        u"p.yaml:23:100: /spec/steps/3/run/env/A: unknown secret \"pine\"; did you mean \"pin\"?"_s);
    row("secrets as a whole",
        pack("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"{{ toJson(secrets) }}\" } }"),
        u"p.yaml:23:91: /spec/steps/3/run/env/A: \"secrets\" needs the name of a secret: secrets.NAME or "
        "secrets['NAME']"_s);
}

void TestSecretFlow::sinks()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, error);

    const auto manifest = parseManifest(yaml, u"p.yaml"_s);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), error);
}

void TestSecretFlow::ways_data()
{
    QTest::addColumn<QString>("expression"); ///< In a message, where no secret may go.
    QTest::addColumn<int>("column");         ///< In it.
    QTest::addColumn<QString>("secret");

    const auto row = [](const QString &text, int column, const QString &secret) {
        QTest::newRow(qPrintable(text)) << text << column << secret;
    };
    const QString token = u"secret \"apiToken\""_s;
    row(u"secrets.apiToken"_s, 1, token);
    row(u"secrets['apiToken']"_s, 1, token);
    row(u"default(secrets.pin, 'x')"_s, 9, u"secret \"pin\""_s);
    row(u"default(inputs.x, secrets.pin)"_s, 19, u"secret \"pin\""_s);
    row(u"'a' + secrets.apiToken"_s, 7, token);
    row(u"len(secrets.apiToken)"_s, 5, token);
    row(u"sha256(secrets.apiToken)"_s, 8, token);
    row(u"'y' if secrets.apiToken == 'a' else 'n'"_s, 8, token);
    row(u"secrets.apiToken if inputs.x else 'n'"_s, 1, token);
    row(u"'n' if inputs.x else secrets.apiToken"_s, 22, token);
    row(u"inputs.x and secrets.apiToken == 'a'"_s, 14, token);
    row(u"not (secrets.apiToken < 'a')"_s, 6, token);
    row(u"'a' in secrets.apiToken"_s, 8, token);
    row(u"join([inputs.names[0], secrets.apiToken], ',')"_s, 24, token);
    row(u"join(inputs.names, secrets.apiToken)"_s, 20, token);
    row(u"{'a': 1, 'b': secrets.apiToken}.a"_s, 15, token);
    row(u"inputs.names[toNumber(secrets.apiToken)]"_s, 23, token);
    row(u"fromJson(secrets.apiToken).a.b"_s, 10, token);
    row(u"steps.login.outputs.session"_s, 1, u"secret output \"session\" of step \"login\""_s);
    row(u"steps.login.outputs['session']"_s, 1, u"secret output \"session\" of step \"login\""_s);
    row(u"steps.login.outputs[inputs.names[0]]"_s, 1, u"secret output \"session\" of step \"login\""_s);
    row(u"toJson(steps.login.outputs)"_s, 8, u"secret output \"session\" of step \"login\""_s);
    row(u"keys(steps.login)"_s, 6, u"secret output \"session\" of step \"login\""_s);
    row(u"steps.both.outputs.inner.key"_s, 1, u"secret output \"key\" of step \"inner\""_s);
    row(u"toJson(steps.both.outputs.inner)"_s, 8, u"secret output \"key\" of step \"inner\""_s);
    row(u"toJson(steps.both.outputs)"_s, 8, u"secret output \"key\" of step \"inner\""_s);
    row(u"steps.each.results[0].key"_s, 1, u"secret output \"key\" of step \"one\""_s);
    row(u"toJson(steps.each.results)"_s, 8, u"secret output \"key\" of step \"one\""_s);
    row(u"default(first(steps.each.results).key, '')"_s, 15, u"secret output \"key\" of step \"one\""_s);
}

void TestSecretFlow::ways()
{
    QFETCH(QString, expression);
    QFETCH(int, column);
    QFETCH(QString, secret);

    const QByteArray text = "{{ " + expression.toUtf8() + " }}";
    const auto shown = parseManifest(pack("gate: { approval: r, message: \"" + text + "\" }"), u"p.yaml"_s);
    QVERIFY(!shown);
    QCOMPARE(shown.error().toString(), u"p.yaml:23:%1: /spec/steps/3/gate/message: "_s.arg(49 + 3 + column)
                                           + secret + u" may not be used in \"message\""_s + only);

    // The same goes where secrets may be.
    const auto kept =
        parseManifest(pack("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"{{ toJson("
                           + expression.toUtf8() + ") }}\" } }"),
                      u"p.yaml"_s);
    QVERIFY2(kept, kept ? "" : qPrintable(kept.error().toString()));
}

void TestSecretFlow::allowed_data()
{
    QTest::addColumn<QByteArray>("yaml");

    const QByteArray token = "{{ secrets.apiToken }}";
    QTest::newRow("env") << pack("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"" + token
                                 + "\" } }");
    QTest::newRow("command") << pack("run: { uses: builtin:exec, with: { command: [x, \"-p=" + token
                                     + "\"] } }");
    QTest::newRow("script") << pack("run: { uses: builtin:script, with: { shell: sh, script: \"" + token
                                    + "\" } }");
    QTest::newRow("headers") << pack(
        "run: { uses: builtin:http, with: { url: \"https://x.org/\", headers: { Authorization: \"Bearer "
        + token + "\" } } }");
    QTest::newRow("value to validate") << pack("run: { uses: builtin:validate, with: { value: \"" + token
                                               + "\", schema: { minLength: 9 } } }");
    QTest::newRow("inside a map") << pack("map: { items: \"{{ inputs.names }}\", step: { id: a, run: { uses: "
                                          "builtin:exec, with: { command: [x] }, env: { A: \""
                                          + token + "\", B: \"{{ default(secrets.pin, item) }}\" } } } }");
    QTest::newRow("in finally") << pack(
        "gate: { approval: r }",
        "  finally: [{ id: z, run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"" + token
            + "\", B: \"{{ steps.login.outputs.session }}\" } } }]\n");
    QTest::newRow("what is no secret of a step that has one")
        << pack("gate: { approval: r, message: \"{{ steps.login.outputs.user }} {{ steps.login.status }} {{ "
                "steps.both.outputs.plain.n + steps.both.outputs.inner.n }} {{ "
                "toJson(steps.both.outputs.plain) }} {{ "
                "default(steps.each.results[0].n, 0) }} {{ steps.each.outputs.succeeded }} {{ "
                "toJson(steps.login.artifacts) }}\" }");
    QTest::newRow("text that is not evaluated")
        << pack("run: { uses: builtin:validate, with: { value: 1, schema: { const: \"" + token + "\" } } }");
}

void TestSecretFlow::allowed()
{
    QFETCH(QByteArray, yaml);

    const auto manifest = parseManifest(yaml, u"p.yaml"_s);

    QVERIFY2(manifest, manifest ? "" : qPrintable(manifest.error().toString()));
}

void TestSecretFlow::evaluates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QJsonValue>("value");

    QTest::newRow("value") << u"{{ secrets.apiToken }}"_s << QJsonValue(u"s3cr3t"_s);
    QTest::newRow("in a text") << u"Bearer {{ secrets['apiToken'] }}"_s << QJsonValue(u"Bearer s3cr3t"_s);
    QTest::newRow("absent") << u"{{ default(secrets.pin, 'none') }}"_s << QJsonValue(u"none"_s);
}

void TestSecretFlow::evaluates()
{
    QFETCH(QString, text);
    QFETCH(QJsonValue, value);

    Scope scope;
    scope.secrets = QJsonObject{{u"apiToken"_s, u"s3cr3t"_s}};
    const auto result = Template::parse(text)->evaluate(scope);

    QVERIFY2(result, result ? "" : qPrintable(result.error().message));
    QCOMPARE(*result, value);
}

/// An error says nothing of a value that is secret.
void TestSecretFlow::hidesValues()
{
    Scope scope;
    scope.inputs = QJsonObject{{u"n"_s, u"open"_s}};
    scope.steps =
        QJsonObject{{u"login"_s, QJsonObject{{u"outputs"_s, QJsonObject{{u"session"_s, u"s3cr3t"_s}}}}}};
    scope.secrets = QJsonObject{{u"apiToken"_s, u"s3cr3t"_s}};
    const auto errorOf = [&scope](const QString &text) {
        return Template::parse(text)->evaluate(scope).error();
    };
    const QString hidden = u"cannot be evaluated; why is not shown, because a secret is part of it"_s;

    QCOMPARE(errorOf(u"{{ 1 + secrets.apiToken }}"_s).message, hidden);
    QCOMPARE(errorOf(u"a {{ toNumber(secrets.apiToken) }}"_s).message, hidden);
    QVERIFY(errorOf(u"{{ toNumber(inputs.n) }}"_s).message.contains(u"open"_s));
    QVERIFY(errorOf(u"{{ toNumber(steps.login.outputs.session) }}"_s).message.contains(u"s3cr3t"_s));
    scope.hidesValues = true;
    QCOMPARE(errorOf(u"{{ toNumber(steps.login.outputs.session) }}"_s).message, hidden);
}

/// Without secrets in its scope a planner leaves them as written.
void TestSecretFlow::folds()
{
    Scope scope;
    scope.inputs = QJsonObject{{u"x"_s, u"a"_s}};
    const auto folded = foldAll(u"{{ inputs.x }} {{ secrets.apiToken + inputs.x }}"_s, scope);

    QVERIFY(folded);
    QCOMPARE(*folded, QJsonValue(u"a {{ secrets.apiToken + inputs.x }}"_s));
}

QTEST_APPLESS_MAIN(TestSecretFlow)
#include "tst_secret_flow.moc"
