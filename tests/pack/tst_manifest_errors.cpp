#include "manifest_samples.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// The bad manifests of manifests/bad: each is refused with these words and no others.
class TestManifestErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refuses_data();
    void refuses();
};

void TestManifestErrors::refuses_data()
{
    QTest::addColumn<ManifestSample>("sample");
    for (const ManifestSample &sample : manifestSamples(u"bad"_s))
        QTest::newRow(qPrintable(sample.name)) << sample;
}

void TestManifestErrors::refuses()
{
    QFETCH(ManifestSample, sample);

    const auto manifest = readSample(sample);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), sample.error);
}

QTEST_GUILESS_MAIN(TestManifestErrors)
#include "tst_manifest_errors.moc"
