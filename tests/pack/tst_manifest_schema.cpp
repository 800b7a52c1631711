#include "engine/pack/pack.h"
#include "manifest_samples.h"
#include "manifest_schema.h"

#include <QDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// The published JSON Schemas and the reader say the same of every sample, as far as a schema can: what is
/// refused for its structure is refused by both, and what the reader accepts is never refused.
class TestManifestSchema : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isASchema_data();
    void isASchema();
    void describesEveryField_data();
    void describesEveryField();
    void sharedDefinitionsAreEqual();
    void thereAreEnoughSamples();
    void judgesBadManifests_data();
    void judgesBadManifests();
    void acceptsGoodManifests_data();
    void acceptsGoodManifests();
    void acceptsPacks_data();
    void acceptsPacks();
    void boundsLists_data();
    void boundsLists();

private:
    const JsonSchema m_schema = parsedSchema(u"taskpack.v1"_s);
};

static void schemaRows()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"taskpack.v1", "module.v1"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestManifestSchema::isASchema_data()
{
    schemaRows();
}

void TestManifestSchema::isASchema()
{
    QFETCH(QString, name);
    const QJsonObject schema = publishedSchema(name);

    QCOMPARE(schema.value(u"$schema"_s).toString(), u"http://json-schema.org/draft-07/schema#"_s);
    QCOMPARE(schema.value(u"$id"_s).toString(), u"https://stellaops.io/schema/%1.schema.json"_s.arg(name));
    const auto checked = checkSchema(schema);
    QVERIFY2(checked, qPrintable(checked ? QString() : checked.error().toString()));
}

/// The fields below a schema that an editor could say nothing of.
// NOLINTNEXTLINE(misc-no-recursion): over a file of the project
static QStringList silentFields(const QJsonValue &schema, const QString &path, const QJsonObject &definitions)
{
    QStringList silent;
    if (schema.isArray()) {
        for (const QJsonValue &item : schema.toArray())
            silent += silentFields(item, path, definitions);
        return silent;
    }
    const QJsonObject object = schema.toObject();
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString below = path + u'/' + it.key();
        // What stands in a condition or narrows a field that is described elsewhere needs no words.
        const bool isNarrowing =
            QStringList{u"if"_s, u"then"_s, u"else"_s, u"allOf"_s, u"oneOf"_s}.contains(it.key());
        if (isNarrowing || it.key() == "default"_L1 || it.key() == "examples"_L1)
            continue;
        silent += silentFields(it.value(), below, definitions);
        if (it.key() != "properties"_L1)
            continue;
        const QJsonObject fields = it->toObject();
        for (auto field = fields.begin(); field != fields.end(); ++field) {
            const QString reference = field->toObject().value(u"$ref"_s).toString();
            const QJsonObject owner = reference.isEmpty()
                                          ? field->toObject()
                                          : definitions.value(reference.section(u'/', -1)).toObject();
            if (owner.value(u"title"_s).toString().isEmpty()
                || owner.value(u"description"_s).toString().isEmpty())
                silent += below + u'/' + field.key();
        }
    }
    return silent;
}

void TestManifestSchema::describesEveryField_data()
{
    schemaRows();
}

void TestManifestSchema::describesEveryField()
{
    QFETCH(QString, name);
    const QJsonObject schema = publishedSchema(name);

    QCOMPARE(silentFields(schema, {}, schema.value(u"definitions"_s).toObject()), QStringList());
}

/// A schema cannot refer to another file here, so some definitions stand in both.
void TestManifestSchema::sharedDefinitionsAreEqual()
{
    const QJsonObject pack = publishedSchema(u"taskpack.v1"_s).value(u"definitions"_s).toObject();
    const QJsonObject module = publishedSchema(u"module.v1"_s).value(u"definitions"_s).toObject();
    for (const QString &name : {u"name"_s, u"text"_s, u"path"_s, u"schema"_s, u"stepOutput"_s}) {
        QVERIFY(pack.contains(name));
        QVERIFY2(pack.value(name) == module.value(name), qPrintable(name));
    }
    QCOMPARE(module.size(), 6); // Those and the input, which is never a file.
}

void TestManifestSchema::thereAreEnoughSamples()
{
    const QList<ManifestSample> bad = manifestSamples(u"bad"_s);
    const QList<ManifestSample> good = manifestSamples(u"good"_s);
    QVERIFY(bad.size() >= 400);
    QVERIFY(good.size() >= 60);
    QSet<QString> names;
    for (const ManifestSample &sample : bad + good)
        names += sample.name;
    QCOMPARE(names.size(), bad.size() + good.size());
}

void TestManifestSchema::judgesBadManifests_data()
{
    QTest::addColumn<ManifestSample>("sample");
    for (const ManifestSample &sample : manifestSamples(u"bad"_s))
        QTest::newRow(qPrintable(sample.name)) << sample;
}

void TestManifestSchema::judgesBadManifests()
{
    QFETCH(ManifestSample, sample);

    QVERIFY(!readSample(sample)); // With which words is for tst_manifest_errors to see.
    const QString problem = schemaProblem(m_schema, sample.yaml);
    QVERIFY2(problem.isEmpty() != sample.isSeenBySchema, qPrintable(problem));
}

void TestManifestSchema::acceptsGoodManifests_data()
{
    QTest::addColumn<ManifestSample>("sample");
    for (const ManifestSample &sample : manifestSamples(u"good"_s))
        QTest::newRow(qPrintable(sample.name)) << sample;
}

void TestManifestSchema::acceptsGoodManifests()
{
    QFETCH(ManifestSample, sample);

    const auto manifest = readSample(sample);

    QVERIFY2(manifest, qPrintable(manifest ? QString() : manifest.error().toString()));
    QCOMPARE(schemaProblem(m_schema, sample.yaml), QString());
}

void TestManifestSchema::acceptsPacks_data()
{
    QTest::addColumn<QString>("root");
    for (const QString &folder : {u"/resources/packs"_s, u"/tests/plan/packs"_s}) {
        const QDir packs(QStringLiteral(SOURCE_DIR) + folder);
        for (const QString &name : packs.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name))
            QTest::newRow(qPrintable(name)) << packs.filePath(name);
    }
}

void TestManifestSchema::acceptsPacks()
{
    QFETCH(QString, root);
    const auto pack = readPack(root);
    QVERIFY2(pack, qPrintable(pack ? QString() : pack.error().toString()));

    QFile manifest(root + u"/pack.yaml"_s);
    QVERIFY(manifest.open(QIODevice::ReadOnly));
    QCOMPARE(schemaProblem(m_schema, manifest.readAll()), QString());
    for (const ModuleSpec &module : pack->manifest.modules) {
        QFile file(root + u"/modules/%1/module.yaml"_s.arg(module.name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(schemaProblem(parsedSchema(u"module.v1"_s), file.readAll()), QString());
    }
}

void TestManifestSchema::boundsLists_data()
{
    QTest::addColumn<QByteArray>("before"); // Of the list or mapping, behind "spec:" or "metadata:".
    QTest::addColumn<QByteArray>("entry");  // # is a number of its own.
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QString>("where");

    const QByteArray step = "steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]";
    const QByteArray run = "steps: [{ id: a, run: { uses: builtin:exec, with: { command: [";
    const QByteArray http = "steps: [{ id: a, run: { uses: builtin:http, with: { url: 'http://a.example', ";
    const auto row = [](const char *name, const QByteArray &before, const QByteArray &entry,
                        const QByteArray &after, const char16_t *where) {
        QTest::newRow(name) << before << entry << after << QString::fromUtf16(where);
    };
    row("inputs", step + ", inputs: [", "{ name: a#, type: string }", "]", u"/spec/inputs");
    row("secrets", step + ", secrets: [", "{ name: a# }", "]", u"/spec/secrets");
    row("approvals", step + ", approvals: [", "{ id: a# }", "]", u"/spec/approvals");
    row("approvers", step + ", approvals: [{ id: a, approvers: [", "'user:a#'", "] }]",
        u"/spec/approvals/0/approvers");
    row("policies", step + ", policies: [", "{ id: a#, engine: opa, path: x }", "]", u"/spec/policies");
    row("rules", step + ", policies: [{ id: a, engine: rules, rules: [", "{ id: a#, deny: '{{ true }}' }",
        "] }]", u"/spec/policies/0/rules");
    row("egress", step + ", sandbox: { egress: [", "{ host: a, port: # }", "] }", u"/spec/sandbox/egress");
    row("outputs", step + ", outputs: [", "{ name: a#, value: x }", "]", u"/spec/outputs");
    row("command", run, "x", "] } } }]", u"/spec/steps/0/run/with/command");
    row("env", run + "x] }, env: {", "A#: x", "} } }]", u"/spec/steps/0/run/env");
    row("artifacts", run + "x] }, artifacts: [", "x", "] } }]", u"/spec/steps/0/run/artifacts");
    row("step outputs", run + "x] }, outputs: [", "{ name: a# }", "] } }]", u"/spec/steps/0/run/outputs");
    row("headers", http + "headers: {", "X-#: x", "} } } }]", u"/spec/steps/0/run/with/headers");
    row("statuses", http + "expectStatus: [", "200", "] } } }]", u"/spec/steps/0/run/with/expectStatus");
}

void TestManifestSchema::boundsLists()
{
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, entry);
    QFETCH(QByteArray, after);
    QFETCH(QString, where);
    QByteArray list = QByteArray(entry).replace('#', "1");
    for (int i = 2; i <= 1000; ++i)
        list += ", " + QByteArray(entry).replace('#', QByteArray::number(i));
    const auto around = [&](const QByteArray &entries) {
        return "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: p, version: 1.0.0 "
               "}\nspec: { "
               + before + entries + after + " }\n";
    };
    const QByteArray full = around(list);
    const QByteArray over = around(list + ", " + QByteArray(entry).replace('#', "1001"));

    const auto accepted = parseManifest(full, u"p.yaml"_s);
    QVERIFY2(accepted, qPrintable(accepted ? QString() : accepted.error().toString()));
    QCOMPARE(schemaProblem(m_schema, full), QString());

    const auto refused = parseManifest(over, u"p.yaml"_s);
    QVERIFY(!refused);
    QCOMPARE(refused.error().toString().section(u": "_s, 1),
             where + u": 1001 entries are too many; at most 1000 are allowed"_s);
    QVERIFY(!schemaProblem(m_schema, over).isEmpty());
}

QTEST_GUILESS_MAIN(TestManifestSchema)
#include "tst_manifest_schema.moc"
