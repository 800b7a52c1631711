#include "engine/pack/inputs.h"
#include "engine/pack/pack.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

/// QVERIFY2 wants its message whether it needs it or not.
template<class T>
QByteArray problemOf(const Result<T> &result)
{
    return result ? QByteArray() : result.error().toString().toUtf8();
}

} // namespace

/// The sample packs: each can be read, has a README, and binds its inputs as its README says.
class TestPacks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAndBinds_data();
    void readsAndBinds();
    void everySampleIsTested();

private:
    const QString m_packs = QStringLiteral(SOURCE_DIR "/resources/packs");
};

void TestPacks::readsAndBinds_data()
{
    QTest::addColumn<QJsonObject>("given");
    QTest::addColumn<QStringList>("names");
    QTest::addColumn<QStringList>("steps");

    const QString package = m_packs + u"/release-promotion/files/greet-1.2.0.sh"_s;
    const QString sum = u"51b772b4000ce83a6b9327a0f196c7f00850027a04cb152614b9c87b0492cecc"_s;
    QTest::newRow("fleet-restart") << QJsonObject{} << QStringList{u"hosts"_s, u"service"_s}
                                   << QStringList{u"hosts"_s, u"summary"_s};
    QTest::newRow("inventory-audit") << QJsonObject{} << QStringList{u"denied"_s, u"subject"_s}
                                     << QStringList{u"collect"_s, u"match"_s, u"policy"_s, u"review"_s,
                                                    u"report"_s};
    QTest::newRow("release-promotion")
        << QJsonObject{{u"package"_s, package}, {u"checksum"_s, sum}}
        << QStringList{u"channel"_s, u"checksum"_s, u"package"_s, u"target"_s, u"version"_s}
        << QStringList{u"ingest"_s, u"checks"_s, u"approve"_s, u"promote"_s};
}

void TestPacks::readsAndBinds()
{
    QFETCH(QJsonObject, given);
    QFETCH(QStringList, names);
    QFETCH(QStringList, steps);
    const QString name = QString::fromUtf8(QTest::currentDataTag());

    const auto pack = readPack(m_packs + u'/' + name);
    QVERIFY2(pack, problemOf(pack).constData());
    QCOMPARE(pack->manifest.name, name);
    QVERIFY2(QFile::exists(pack->root + u"/README.md"_s), "a sample needs a README.md");
    QStringList ids;
    for (const StepSpec &step : pack->manifest.steps)
        ids += step.id;
    QCOMPARE(ids, steps);

    const auto bound = bindInputs(pack->manifest.inputs, given);
    QVERIFY2(bound, problemOf(bound).constData());
    QCOMPARE(bound->values.keys(), names);
    // The digest that stands in this test, and that the README computes, is that of the file.
    QCOMPARE(bound->values.value(u"package"_s).toObject().value(u"sha256"_s), given.value(u"checksum"_s));
}

void TestPacks::everySampleIsTested()
{
    QCOMPARE(QDir(m_packs).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name),
             (QStringList{u"fleet-restart"_s, u"inventory-audit"_s, u"release-promotion"_s}));
}

QTEST_GUILESS_MAIN(TestPacks)
#include "tst_packs.moc"
