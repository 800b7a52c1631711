#include "manifest_rows.h"

using namespace Qt::StringLiterals;
using namespace engine;

/// Steps as they nest; what is refused of them stands in manifests/bad.
class TestManifestSteps : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void seesEarlierSteps();
    void readsNesting();
};

/// Earlier siblings at every level can be named, and the item inside a map, at any depth.
void TestManifestSteps::seesEarlierSteps()
{
    const auto manifest = parseManifest(rows::top + R"(metadata: { name: p, version: 1.0.0 }
spec:
  policies: [{ id: r, engine: rules, rules: [{ id: d, deny: "{{ steps.last.status == 'failed' }}" }] }]
  steps:
    - { id: first, run: { uses: builtin:exec, with: { command: [x] } } }
    - id: hosts
      map:
        items: ["{{ steps.first.status }}", 2]
        step:
          id: both
          parallel:
            steps:
              - id: one
                run: { uses: builtin:exec, with: { command: ["{{ steps.first.status }}", "{{ item }}"] } }
              - id: two
                map:
                  items: "{{ range(0, index) }}"
                  step: { id: in, run: { uses: builtin:exec, with: { command: ["{{ steps['first'].status }}", "{{ item }}"] } } }
    - { id: last, run: { uses: builtin:exec, with: { command: ["{{ len(steps.hosts.results) }}"] } } }
    - { id: gate, gate: { policy: r } }
  outputs: [{ name: o, value: "{{ steps.last.status }}" }]
)",
                                        u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(manifest->steps.size(), 4);
}

void TestManifestSteps::readsNesting()
{
    QByteArray step = "{ id: x, run: { uses: builtin:exec, with: { command: [x] } } }";
    for (int i = 0; i < 8; ++i)
        step = "{ id: s, parallel: { steps: [" + step + "] } }";
    const auto manifest = parseManifest(
        rows::top + "metadata: { name: p, version: 1.0.0 }\nspec:\n  steps: [" + step + "]\n", u"p.yaml"_s);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    const StepSpec *inner = &manifest->steps.first();
    for (int depth = 0; depth < 8; ++depth) {
        QVERIFY(inner->kind == StepKind::Parallel);
        inner = &inner->children.first();
    }
    QCOMPARE(inner->id, u"x"_s);
}

QTEST_GUILESS_MAIN(TestManifestSteps)
#include "tst_manifest_steps.moc"
