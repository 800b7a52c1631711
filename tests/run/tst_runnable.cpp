#include "engine/pack/pack.h"
#include "engine/run/runnable.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// What this engine plans, but cannot run.
class TestRunnable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runs_data();
    void runs();
    void refuses_data();
    void refuses();
    void refusesWhereItIsSealed();
    void needsAPolicyServer_data();
    void needsAPolicyServer();

private:
    static Result<Plan> planOf(const QByteArray &spec, const PlanSettings &settings = {});
};

Result<Plan> TestRunnable::planOf(const QByteArray &spec, const PlanSettings &settings)
{
    const auto manifest = parseManifest("apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
                                        "metadata: { name: p, version: 1.0.0 }\nspec:\n"
                                            + spec,
                                        u"p.yaml"_s);
    if (!manifest)
        return manifest.error();
    Pack pack;
    pack.manifest = *manifest;
    pack.digest = u"sha256:"_s + QString(64, u'0');
    const auto inputs = bindInputs(manifest->inputs, {});
    return inputs ? makePlan(pack, *inputs, settings) : inputs.error();
}

/// A run step, as a line below "steps:" or "finally:".
static QByteArray step(const char *id, const QByteArray &run)
{
    return QByteArray("    - { id: ") + id + ", run: { " + run + " } }\n";
}

static const QByteArray plain = step("plain", "uses: builtin:exec, with: { command: [x] }");
static const QByteArray http = "uses: builtin:http, with: { url: 'https://a.example/' }";
static const QByteArray secretOutput =
    "uses: builtin:exec, with: { command: [x] }, outputs: [{ name: key, secret: true }]";

void TestRunnable::runs_data()
{
    QTest::addColumn<QByteArray>("spec");

    const auto row = [](const char *name, const QByteArray &spec) { QTest::newRow(name) << spec; };
    row("plain", "  steps:\n" + plain);
    row("script", "  steps:\n" + step("a", "uses: builtin:script, with: { shell: sh, script: x }"));
    row("validation", "  steps:\n" + step("a", "uses: builtin:validate, with: { value: 1, schema: {} }"));
    row("ingest",
        "  steps:\n" + step("a", "uses: bundle.ingest, with: { path: a, checksum: '{{ run.id }}' }"));
    row("retries",
        "  steps:\n" + step("a", "uses: builtin:exec, with: { command: [x] }, retries: { maxAttempts: 3 }"));
    row("finally",
        "  steps:\n" + plain + "  finally:\n" + step("z", "uses: builtin:exec, with: { command: [x] }"));
    row("open sandbox",
        "  sandbox: { mode: open, egress: [{ host: a.example, port: 443 }] }\n  steps:\n" + plain);
    row("rules", "  policies: [{ id: w, engine: rules, rules: [{ id: r, deny: '{{ false }}' }] }]\n"
                 "  steps:\n    - { id: a, gate: { policy: w } }\n");
    row("OPA",
        "  policies: [{ id: w, engine: opa, path: x }]\n  steps:\n    - { id: a, gate: { policy: w } }\n");
    row("OPA without a gate", "  policies: [{ id: w, engine: opa, path: x }]\n  steps:\n" + plain);
    row("request", "  steps:\n" + step("a", http));
    row("what is skipped", "  steps:\n    - { id: a, when: '{{ false }}', run: { " + secretOutput + " } }\n");
    row("inside what is skipped",
        "  steps:\n    - { id: p, when: '{{ false }}', parallel: { steps: [{ id: a, run: { " + secretOutput
            + " } }] } }\n");
}

void TestRunnable::runs()
{
    QFETCH(QByteArray, spec);
    const auto plan = planOf(spec);
    QVERIFY2(plan, qPrintable(plan ? QString() : plan.error().toString()));

    const auto runnable = checkRunnable(*plan, true);

    QVERIFY2(runnable, qPrintable(runnable ? QString() : runnable.error().toString()));
}

void TestRunnable::refuses_data()
{
    QTest::addColumn<QByteArray>("spec");
    QTest::addColumn<QString>("missing");

    const auto row = [](const char *name, const QByteArray &spec, const char16_t *missing) {
        QTest::newRow(name) << spec << QString::fromUtf16(missing);
    };
    row("secrets", "  secrets: [{ name: a }]\n  steps:\n" + plain, u"secrets");
    row("optional secrets", "  secrets: [{ name: a, required: false }]\n  steps:\n" + plain, u"secrets");
    row("sealed", "  sandbox: { mode: sealed }\n  steps:\n" + plain, u"sealed mode");
    row("secret output", "  steps:\n" + step("a", secretOutput), u"secret outputs");
    row("secret output in a parallel",
        "  steps:\n    - { id: p, parallel: { steps: [{ id: a, run: { " + secretOutput + " } }] } }\n",
        u"secret outputs");
    row("secret output in an expanded map",
        "  steps:\n    - { id: m, map: { items: [1, 2], step: { id: a, run: { " + secretOutput + " } } } }\n",
        u"secret outputs");
    row("secret output in a map of the run",
        "  steps:\n    - { id: a, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: l, "
        "type: array }] } }\n"
        "    - { id: m, map: { items: '{{ steps.a.outputs.l }}', step: { id: b, run: { "
            + secretOutput + " } } } }\n",
        u"secret outputs");
    row("secret output at last", "  steps:\n" + plain + "  finally:\n" + step("z", secretOutput),
        u"secret outputs");
    row("everything, each once",
        "  secrets: [{ name: a }]\n  sandbox: { mode: sealed }\n  policies: [{ id: w, engine: opa, path: x "
        "}]\n"
        "  steps:\n"
            + step("b", secretOutput) + step("c", secretOutput)
            + "    - { id: d, gate: { policy: w } }\n  finally:\n" + step("z", secretOutput),
        u"sealed mode, secret outputs, secrets");
}

void TestRunnable::refuses()
{
    QFETCH(QByteArray, spec);
    QFETCH(QString, missing);
    const auto plan = planOf(spec);
    QVERIFY2(plan, qPrintable(plan ? QString() : plan.error().toString()));

    const auto runnable = checkRunnable(*plan, true);

    QVERIFY(!runnable);
    QVERIFY(runnable.error().code == ErrorCode::Unsupported);
    QCOMPARE(runnable.error().toString(),
             u"this version plans such a pack, but cannot run it yet; it lacks "_s + missing);
}

void TestRunnable::refusesWhereItIsSealed()
{
    const auto plan = planOf("  sandbox: { mode: open }\n  steps:\n" + plain, {SandboxMode::Sealed});
    QVERIFY(plan);

    const auto runnable = checkRunnable(*plan, true);

    QVERIFY(!runnable);
    QCOMPARE(runnable.error().message,
             u"this version plans such a pack, but cannot run it yet; it lacks sealed mode"_s);
}

void TestRunnable::needsAPolicyServer_data()
{
    QTest::addColumn<QByteArray>("steps");
    QTest::addColumn<bool>("isNeeded");

    const QByteArray gate = "{ id: a, gate: { policy: w } }";
    QTest::newRow("no gate") << plain << false;
    QTest::newRow("rules") << QByteArray("    - { id: a, gate: { policy: r } }\n") << false;
    QTest::newRow("gate") << "    - " + gate + "\n" << true;
    QTest::newRow("in a parallel") << "    - { id: p, parallel: { steps: [" + gate + "] } }\n" << true;
    QTest::newRow("skipped") << QByteArray("    - { id: a, when: '{{ false }}', gate: { policy: w } }\n")
                             << false;
}

void TestRunnable::needsAPolicyServer()
{
    QFETCH(QByteArray, steps);
    QFETCH(bool, isNeeded);
    const auto plan =
        planOf("  policies: [{ id: w, engine: opa, path: x }, { id: r, engine: rules, rules: [{ id: r, "
               "deny: '{{ false }}' }] }]\n  steps:\n"
               + steps);
    QVERIFY2(plan, qPrintable(plan ? QString() : plan.error().toString()));

    QVERIFY(checkRunnable(*plan, true));
    const auto runnable = checkRunnable(*plan, false);

    QCOMPARE(bool(runnable), !isNeeded);
    if (!isNeeded)
        return;
    QVERIFY(runnable.error().code == ErrorCode::Conflict);
    QCOMPARE(
        runnable.error().message,
        u"a policy server decides policy \"w\", and none is configured; name one with --policy-server or in "
        u"TASKRUNNER_POLICY_SERVER"_s);
}

QTEST_GUILESS_MAIN(TestRunnable)
#include "tst_runnable.moc"
