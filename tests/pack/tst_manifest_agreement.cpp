#include "manifest_samples.h"
#include "manifest_schema.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace engine;

/// Changes every value of the good manifests in turn and compares what the reader and the published schema
/// say: the schema never refuses what the reader accepts, and sees what the reader finds wrong in the form.
class TestManifestAgreement : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void agreesOnChanges_data();
    void agreesOnChanges();

private:
    bool isKnown(const QJsonValue &manifest, const QStringList &place);

    QSet<QByteArray> m_known; ///< Changes that were tried; much of a sample stands in others, too.
    const JsonSchema m_schema = parsedSchema(u"taskpack.v1"_s);
};

/// Where every value below another stands, as lists of names and numbers.
// NOLINTNEXTLINE(misc-no-recursion): over files of the project
static QList<QStringList> placesIn(const QJsonValue &value, const QStringList &path)
{
    QList<QStringList> places{path};
    if (value.isArray()) {
        for (qsizetype i = 0; i < value.toArray().size(); ++i)
            places += placesIn(value.toArray().at(i), path + QStringList{QString::number(i)});
    }
    const QJsonObject object = value.toObject();
    for (auto it = object.begin(); it != object.end(); ++it)
        places += placesIn(*it, path + QStringList{it.key()});
    return places;
}

/// value with another one at a place, or without what stands there.
// NOLINTNEXTLINE(misc-no-recursion): over files of the project
static QJsonValue changed(const QJsonValue &value, const QStringList &place, const QJsonValue &to)
{
    if (place.isEmpty())
        return to;
    if (value.isArray()) {
        QJsonArray array = value.toArray();
        const qsizetype i = place.first().toInt();
        const QJsonValue inner = changed(array.at(i), place.sliced(1), to);
        array.removeAt(i);
        if (!inner.isUndefined())
            array.insert(i, inner);
        return array;
    }
    QJsonObject object = value.toObject();
    object[place.first()] =
        changed(object.value(place.first()), place.sliced(1), to); // Undefined removes it.
    return object;
}

/// Whether what encloses a place was judged in the same place of another sample.
bool TestManifestAgreement::isKnown(const QJsonValue &manifest, const QStringList &place)
{
    QJsonValue enclosing = manifest;
    for (const QString &name : place.first(std::max<qsizetype>(place.size() - 1, 0)))
        enclosing =
            enclosing.isArray() ? enclosing.toArray().at(name.toInt()) : enclosing.toObject().value(name);
    const qsizetype before = m_known.size();
    m_known += place.join(u'/').toUtf8() + canonicalJsonOf(enclosing);
    return m_known.size() == before;
}

/// Whether a problem is one of form, so that a schema must see it. What a module of the pack or a schema of
/// the pack's own says of a value is not in the published schema.
static bool isAboutForm(const Error &error, bool isInPack)
{
    static const QRegularExpression form(
        u"\\A(unknown key|key \"[^\"]+\" is missing|the (list|command)[a-z ]* is empty|expected .*, found )"_s);
    static const QRegularExpression own(u"/schema/|/default"_s);
    return form.match(error.message).hasMatch() && !own.match(error.where.path).hasMatch()
           && !(isInPack && (error.where.path + error.message).contains("with"_L1));
}

void TestManifestAgreement::agreesOnChanges_data()
{
    QTest::addColumn<ManifestSample>("sample");
    for (const ManifestSample &sample : manifestSamples(u"good"_s))
        QTest::newRow(qPrintable(sample.name)) << sample;
}

void TestManifestAgreement::agreesOnChanges()
{
    QFETCH(ManifestSample, sample);
    static const QList<QJsonValue> others{QJsonValue::Null,
                                          true,
                                          0,
                                          -1,
                                          1.5,
                                          u""_s,
                                          u"x"_s,
                                          u"{{ run.id }}"_s,
                                          QJsonArray(),
                                          QJsonArray{u"x"_s},
                                          QJsonObject(),
                                          QJsonObject{{u"zz"_s, 1}},
                                          QJsonValue::Undefined};
    const auto document = readYaml(sample.yaml, u"p.yaml"_s);
    QVERIFY(document);
    const QJsonValue good = toJson(*document->root);
    for (const QStringList &place : placesIn(good, {})) {
        for (const QJsonValue &other : others) {
            const QJsonObject bad = changed(good, place, other).toObject();
            if (isKnown(bad, place))
                continue;
            ManifestSample attempt = sample;
            attempt.yaml = QJsonDocument(bad).toJson(QJsonDocument::Compact);
            const auto manifest = readSample(attempt);
            const QList<Error> problems = manifest ? QList<Error>() : partsOf(manifest.error());
            const bool isForm =
                std::any_of(problems.begin(), problems.end(), [&sample](const Error &problem) {
                    return isAboutForm(problem, sample.isInPack);
                });
            if (!manifest && !isForm)
                continue;
            const auto fits = m_schema.validate(bad);
            const QString said =
                manifest ? fits ? QString() : fits.error().toString() : manifest.error().toString();
            QVERIFY2(bool(manifest) == bool(fits), (attempt.yaml + '\n' + said.toUtf8()).constData());
        }
    }
}

QTEST_GUILESS_MAIN(TestManifestAgreement)
#include "tst_manifest_agreement.moc"
