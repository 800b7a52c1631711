#include "manifest_rows.h"

using namespace Qt::StringLiterals;
using namespace engine;

class TestManifest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEverything();
    void readsDefaults();
    void readsEachVersion_data();
    void readsEachVersion();
    void resolvesAliases();
    void endsLongLists();
    void findsByName();
};

void TestManifest::readsEverything()
{
    const QByteArray yaml = R"(# A comment
apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata:
  name: sbom-remediation
  version: 1.4.0-rc.1+build.5
  description: Audit drift.
  tags: [sbom, audit]
  maintainers: [{ name: Security, email: security@example.org }, { name: Anna }]
  license: Apache-2.0
spec:
  inputs:
    - { name: target, type: string, required: true, description: Where., schema: { enum: [a, b] } }
    - { name: hosts, type: array, default: [x, "y"] }
    - { name: limit, type: integer, default: 5.0 }
    - { name: bundle, type: file }
  approvals:
    - id: security-review
      required: 2
      approvers: ["role:security", "user:anna"]
      allowSelfApproval: true
      expiresAfter: PT4H
      requireReason: true
      title: Security review
      reasonTemplate: "Approve {{ inputs.target }}"
  policies:
    - id: release-window
      engine: rules
      rules:
        - { id: quiet, deny: "{{ input.count > inputs.limit }}", message: "{{ input.count }} are too many." }
    - { id: opa-gate, engine: opa, path: packs/release/allow }
  secrets:
    - { name: apiToken, description: For the API. }
    - { name: pin, required: false, allowShort: true }
  sandbox:
    mode: sealed
    egress: [{ host: API.Example.org., port: 443 }, { host: "*.example.net", port: 8443 }]
    onViolation: record
  defaults: { timeout: PT10M, retries: { maxAttempts: 2, backoff: PT2S } }
  steps:
    - id: build
      name: Build it
      when: "{{ inputs.target == 'a' }}"
      continueOnError: true
      run:
        uses: builtin:exec
        with: { command: [make, "{{ inputs.target }}"], stdin: x }
        env: { TARGET: "{{ inputs.target }}" }
        outputs: [{ name: report, type: json, path: out/report.json }, { name: count, type: integer }, { name: key, secret: true }]
        artifacts: ["*.json"]
        timeout: PT5M
        grace: PT0S
        retries: { maxAttempts: 3, backoff: PT1S, factor: 1.5, maxBackoff: PT1M, maxDuration: PT30M, onExitCodes: [75, 76] }
        idempotent: true
        allowUnixSockets: true
    - id: window
      gate: { policy: release-window, input: { count: "{{ steps.build.outputs.count }}" }, failAction: continue }
    - id: review
      gate: { approval: security-review, message: "{{ steps.build.outputs.count }} found." }
    - id: hosts
      map:
        items: "{{ inputs.hosts }}"
        maxParallel: 8
        failurePolicy: continue
        step: { id: restart, run: { uses: builtin:script, with: { shell: sh, script: "echo {{ item }} {{ index }}" } } }
    - id: notify
      run:
        uses: builtin:http
        with: { method: POST, url: "https://api.example.org/done", headers: { X-Token: "{{ secrets.apiToken }}" }, body: { n: 1 }, expectStatus: [200, 204] }
    - id: check
      run: { uses: builtin:validate, with: { value: "{{ inputs.limit }}", schema: { type: integer } } }
  finally:
    - { id: clean, run: { uses: builtin:exec, with: { command: [rm, -rf, x] }, retries: { maxAttempts: 1 } } }
  outputs:
    - { name: count, value: "{{ steps.build.outputs.count }}" }
    - { name: report, file: "{{ steps.build.artifacts['out/report.json'] }}" }
)";
    using std::chrono::hours;
    using std::chrono::milliseconds;
    using std::chrono::minutes;
    const auto at = [](int line, const QString &path, int column = 7) {
        return SourcePos{u"p.yaml"_s, line, column, path};
    };

    Manifest expected;
    expected.name = u"sbom-remediation"_s;
    expected.version = u"1.4.0-rc.1+build.5"_s;
    expected.description = u"Audit drift."_s;
    expected.tags = {u"sbom"_s, u"audit"_s};
    expected.maintainers = {{u"Security"_s, u"security@example.org"_s}, {u"Anna"_s, {}}};
    expected.license = u"Apache-2.0"_s;
    const QJsonObject schema{{u"enum"_s, QJsonArray{u"a"_s, u"b"_s}}};
    expected.inputs = {{u"target"_s, InputType::String, true, {}, schema, u"Where."_s},
                       {u"hosts"_s, InputType::Array, false, QJsonArray{u"x"_s, u"y"_s}, {}, {}},
                       {u"limit"_s, InputType::Integer, false, QJsonValue(5), {}, {}},
                       {u"bundle"_s, InputType::File, false, {}, {}, {}}};
    expected.approvals = {{u"security-review"_s,
                           2,
                           {u"role:security"_s, u"user:anna"_s},
                           true,
                           hours(4),
                           true,
                           u"Security review"_s,
                           u"Approve {{ inputs.target }}"_s}};
    expected.policies = {
        {u"release-window"_s,
         {{u"quiet"_s, u"{{ input.count > inputs.limit }}"_s, u"{{ input.count }} are too many."_s}}}};

    expected.policies += PolicySpec{u"opa-gate"_s, {}, PolicyEngine::Opa, u"packs/release/allow"_s};
    expected.secrets = {{u"apiToken"_s, true, false, u"For the API."_s}, {u"pin"_s, false, true, {}}};
    expected.sandbox = {SandboxMode::Sealed, {{u"api.example.org"_s, 443}, {u"*.example.net"_s, 8443}}, true};
    RetrySpec retries;
    retries.maxAttempts = 2;
    retries.backoff = std::chrono::seconds(2);

    StepSpec build;
    build.id = u"build"_s;
    build.name = u"Build it"_s;
    build.when = u"{{ inputs.target == 'a' }}"_s;
    build.continueOnError = true;
    build.where = at(41, u"/spec/steps/0"_s);
    build.run = {u"builtin:exec"_s,
                 {{u"command"_s, QJsonArray{u"make"_s, u"{{ inputs.target }}"_s}}, {u"stdin"_s, u"x"_s}},
                 {{u"TARGET"_s, u"{{ inputs.target }}"_s}},
                 {{u"report"_s, u"json"_s, u"out/report.json"_s},
                  {u"count"_s, u"integer"_s, {}},
                  {u"key"_s, u"string"_s, {}, true}},
                 {u"*.json"_s},
                 minutes(5),
                 milliseconds(0),
                 true,
                 RetrySpec{3, std::chrono::seconds(1), 1.5, minutes(1), minutes(30), {75, 76}},
                 true};
    StepSpec window;
    window.id = u"window"_s;
    window.kind = StepKind::Policy;
    window.where = at(56, u"/spec/steps/1"_s);
    window.gate = u"release-window"_s;
    window.input = {{u"count"_s, u"{{ steps.build.outputs.count }}"_s}};
    window.failActionContinue = true;
    StepSpec review;
    review.id = u"review"_s;
    review.kind = StepKind::Approval;
    review.where = at(58, u"/spec/steps/2"_s);
    review.gate = u"security-review"_s;
    review.message = u"{{ steps.build.outputs.count }} found."_s;
    StepSpec restart;
    restart.id = u"restart"_s;
    restart.where = at(65, u"/spec/steps/3/map/step"_s, 15);
    restart.run.uses = u"builtin:script"_s;
    restart.run.with = {{u"shell"_s, u"sh"_s}, {u"script"_s, u"echo {{ item }} {{ index }}"_s}};
    restart.run.timeout = minutes(10); // From the defaults.
    restart.run.retries = retries;
    StepSpec hosts;
    hosts.id = u"hosts"_s;
    hosts.kind = StepKind::Map;
    hosts.where = at(60, u"/spec/steps/3"_s);
    hosts.children = {restart};
    hosts.items = u"{{ inputs.hosts }}"_s;
    hosts.maxParallel = 8;
    hosts.failurePolicy = FailurePolicy::Continue;
    StepSpec notify;
    notify.id = u"notify"_s;
    notify.where = at(66, u"/spec/steps/4"_s);
    notify.run.uses = u"builtin:http"_s;
    notify.run.with = {{u"method"_s, u"POST"_s},
                       {u"url"_s, u"https://api.example.org/done"_s},
                       {u"headers"_s, QJsonObject{{u"X-Token"_s, u"{{ secrets.apiToken }}"_s}}},
                       {u"body"_s, QJsonObject{{u"n"_s, 1}}},
                       {u"expectStatus"_s, QJsonArray{200, 204}}};
    notify.run.timeout = minutes(10);
    notify.run.retries = retries;
    StepSpec check;
    check.id = u"check"_s;
    check.where = at(70, u"/spec/steps/5"_s);
    check.run.uses = u"builtin:validate"_s;
    check.run.with = {{u"value"_s, u"{{ inputs.limit }}"_s}, {u"schema"_s, uR"({"type":"integer"})"_s}};
    check.run.timeout = minutes(10);
    check.run.retries = retries;
    StepSpec clean;
    clean.id = u"clean"_s;
    clean.where = at(73, u"/spec/finally/0"_s);
    clean.run.uses = u"builtin:exec"_s;
    clean.run.with = {{u"command"_s, QJsonArray{u"rm"_s, u"-rf"_s, u"x"_s}}};
    clean.run.timeout = minutes(10);
    clean.run.retries = RetrySpec();
    expected.steps = {build, window, review, hosts, notify, check};
    expected.finally = {clean};
    expected.outputs = {{u"count"_s, u"{{ steps.build.outputs.count }}"_s, {}},
                        {u"report"_s, {}, u"{{ steps.build.artifacts['out/report.json'] }}"_s}};

    const auto manifest = parseManifest(yaml, u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(manifest->inputs, expected.inputs);
    QCOMPARE(manifest->approvals, expected.approvals);
    QCOMPARE(manifest->policies, expected.policies);
    for (qsizetype i = 0; i < expected.steps.size(); ++i)
        QVERIFY2(manifest->steps.value(i) == expected.steps[i], qPrintable(expected.steps[i].id));
    QCOMPARE(manifest->outputs, expected.outputs);
    QVERIFY(*manifest == expected);
}

void TestManifest::readsDefaults()
{
    const auto manifest = parseManifest(rows::top
                                            + "metadata: { name: p, version: 0.0.0 }\nspec:\n"
                                              "  approvals: [{ id: r }]\n"
                                            + rows::steps,
                                        u"p.yaml"_s);

    QVERIFY(manifest);
    const ApprovalSpec approval = manifest->approvals.value(0);
    QCOMPARE(approval.required, 1);
    QVERIFY(approval.approvers.isEmpty());
    QVERIFY(!approval.allowSelfApproval);
    QVERIFY(approval.expiresAfter == std::chrono::hours(24));
    const StepSpec step = manifest->steps.value(0);
    QVERIFY(!step.run.timeout);
    QVERIFY(step.run.grace == std::chrono::seconds(10));
    QVERIFY(step.run.artifacts.isEmpty());
    QVERIFY(!step.continueOnError);
}

void TestManifest::readsEachVersion_data()
{
    QTest::addColumn<QByteArray>("version");
    for (const char *version :
         {"0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0A.is.legal", "1.0.0+build.1",
          "1.0.0-rc.1+build.1", "1.0.0--1", "99999999999999999999.0.0"})
        QTest::newRow(version) << QByteArray(version);
}

void TestManifest::readsEachVersion()
{
    QFETCH(QByteArray, version);

    const auto manifest = parseManifest(
        rows::top + "metadata: { name: p, version: " + version + " }\nspec:\n" + rows::steps, u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(manifest->version, QString::fromLatin1(version));
}

void TestManifest::resolvesAliases()
{
    const auto manifest = parseManifest(rows::top + R"(metadata: { name: p, version: 1.0.0 }
spec:
  steps:
    - id: a
      run: &run { uses: builtin:exec, with: { command: [x] } }
    - id: b
      run: *run
)",
                                        u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(manifest->steps.size(), 2);
    QVERIFY(manifest->steps[0].run == manifest->steps[1].run);
}

void TestManifest::endsLongLists()
{
    QByteArray many = "  x0: 1\n";
    for (int i = 1; i < 250; ++i)
        many += "  x" + QByteArray::number(i) + ": 1\n";
    const auto manifest = parseManifest(
        rows::top + "metadata: { name: p, version: 1.0.0 }\nspec:\n" + many + rows::steps, u"p.yaml"_s);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().message, u"101 errors in p.yaml"_s);
    QCOMPARE(manifest.error().causes.last().toString(),
             u"p.yaml:104:3: /spec/x99: 150 more errors are not shown"_s);
}

void TestManifest::findsByName()
{
    Manifest manifest;
    manifest.approvals = {{u"a"_s, 1, {}, false, {}, false, {}, {}},
                          {u"b"_s, 2, {}, false, {}, false, {}, {}}};
    manifest.policies = {{u"c"_s, {}}};

    QCOMPARE(manifest.approval(u"b"_s), &manifest.approvals[1]);
    QCOMPARE(manifest.approval(u"c"_s), nullptr);
    QCOMPARE(manifest.policy(u"c"_s), &manifest.policies[0]);
    QCOMPARE(toString(StepKind::Policy), u"gate.policy"_s);
    QCOMPARE(toString(FailurePolicy::CancelRunning), u"cancel-running"_s);
    QCOMPARE(toString(InputType::Object), u"object"_s);
}

QTEST_GUILESS_MAIN(TestManifest)
#include "tst_manifest.moc"
