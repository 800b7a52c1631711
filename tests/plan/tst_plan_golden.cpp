#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/plan/view/graph_text.h"
#include "engine/plan/view/plan_text.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

/// The sample packs give exactly the plans and simulations in tests/plan/golden/, from any folder. After a
/// wanted change: UPDATE_GOLDEN=1 tst_plan_golden, then read the difference.
class TestPlanGolden : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void plansSamples_data();
    void plansSamples();
    void changesWithThePack_data();
    void changesWithThePack();
};

static const QString packsDir = QStringLiteral(SOURCE_DIR "/resources/packs/");

static QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

static bool copyFolder(const QString &from, const QString &to)
{
    QDir().mkpath(to);
    const auto entries = QDir(from).entryInfoList(QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot);
    return std::all_of(entries.begin(), entries.end(), [&to](const QFileInfo &entry) {
        const QString target = to + u'/' + entry.fileName();
        // NOLINTNEXTLINE(misc-no-recursion): over our own few folders
        return entry.isDir() ? copyFolder(entry.filePath(), target) : QFile::copy(entry.filePath(), target);
    });
}

static engine::Result<engine::Plan> planOf(const QString &folder, const QJsonObject &inputs)
{
    const auto pack = engine::readPack(folder);
    if (!pack)
        return pack.error();
    const auto bound = engine::bindInputs(pack->manifest.inputs, inputs);
    if (!bound)
        return bound.error();
    return engine::makePlan(*pack, *bound);
}

static void compare(const QString &name, const QByteArray &found)
{
    const QString path = QStringLiteral(SOURCE_DIR "/tests/plan/golden/") + name;
    if (qEnvironmentVariableIsSet("UPDATE_GOLDEN")) {
        QFile file(path);
        QVERIFY(QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(found), found.size());
    }
    QCOMPARE(QString::fromUtf8(found).split(u'\n'), QString::fromUtf8(readAll(path)).split(u'\n'));
}

void TestPlanGolden::plansSamples_data()
{
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QJsonObject>("inputs");

    QTest::newRow("everything") << QStringLiteral(SOURCE_DIR "/tests/plan/packs/everything")
                                << QJsonObject{{u"limit"_s, 7}};
    const QString program = packsDir + u"release-promotion/files/greet-1.2.0.sh"_s;
    QTest::newRow("inventory-audit") << packsDir + u"inventory-audit"_s << QJsonObject();
    QTest::newRow("fleet-restart") << packsDir + u"fleet-restart"_s << QJsonObject();
    QTest::newRow("release-promotion")
        << packsDir + u"release-promotion"_s
        << QJsonObject{{u"package"_s, program}, {u"checksum"_s, engine::sha256Hex(readAll(program))}};
}

void TestPlanGolden::plansSamples()
{
    QFETCH(QString, folder);
    QFETCH(QJsonObject, inputs);

    const QString name = QFileInfo(folder).fileName();
    const auto plan = planOf(folder, inputs);
    QVERIFY2(plan, plan ? "" : qPrintable(plan.error().toString()));
    compare(name + u".plan.json"_s, plan->canonical());
    const engine::Simulation simulation = engine::simulate(*plan);
    compare(name + u".simulation.txt"_s, simulation.toText().toUtf8());
    compare(name + u".plan.txt"_s, engine::planText(*plan).toUtf8());
    compare(name + u".plan.dot"_s, engine::graphOf(*plan, engine::GraphFormat::Dot).toUtf8());
    compare(name + u".simulation.mmd"_s,
            engine::graphOf(*plan, engine::GraphFormat::Mermaid, &simulation).toUtf8());

    const auto read = engine::Plan::parse(plan->canonical());
    QVERIFY2(read, read ? "" : qPrintable(read.error().toString()));
    QCOMPARE(*read, *plan);

    const QTemporaryDir dir;
    const QString elsewhere = dir.filePath(u"another name"_s);
    QVERIFY(copyFolder(folder, elsewhere));
    const auto again = planOf(elsewhere, inputs);
    QVERIFY2(again, again ? "" : qPrintable(again.error().toString()));
    QCOMPARE(again->canonical(), plan->canonical());
    QVERIFY(!plan->canonical().contains(QByteArray(SOURCE_DIR)));
}

void TestPlanGolden::changesWithThePack_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("added");
    QTest::addColumn<bool>("changes");

    QTest::newRow("a byte of a file") << u"README.md"_s << QByteArray("\n") << true;
    QTest::newRow("what the manifest says")
        << u"pack.yaml"_s << QByteArray("    - { name: x, value: y }\n") << true;
    QTest::newRow("a comment in the manifest") << u"pack.yaml"_s << QByteArray("# A comment.\n\n") << false;
}

void TestPlanGolden::changesWithThePack()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, added);
    QFETCH(bool, changes);

    const QTemporaryDir dir;
    const QString folder = dir.filePath(u"pack"_s);
    QVERIFY(copyFolder(packsDir + u"inventory-audit"_s, folder));
    const auto before = planOf(folder, {});
    QFile target(folder + u'/' + file);
    QVERIFY(target.open(QIODevice::Append));
    target.write(added);
    target.close();
    const auto after = planOf(folder, {});
    QVERIFY2(after, after ? "" : qPrintable(after.error().toString()));
    QCOMPARE(after->hash() != before->hash(), changes);
}

QTEST_GUILESS_MAIN(TestPlanGolden)
#include "tst_plan_golden.moc"
