#include "engine/pack/expression/template.h"
#include "engine/pack/files/pack_files.h"
#include "engine/pack/pack.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

/// The limits of the language: each holds what it names and not one more. Those of a YAML text alone are in
/// tst_yaml_document.
class TestLimits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void manifests_data();
    void manifests();
    void expressions_data();
    void expressions();
    void folders_data();
    void folders();
    void packs();
    void filesThatAreRead();
};

static const QByteArray head = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n"
                               "metadata: { name: p, version: 1.0.0 }\nspec:\n";
static const QByteArray leaf = "{ id: x, run: { uses: builtin:exec, with: { command: [x] } } }";

static QByteArray packOf(const QByteArray &step)
{
    return head + "  steps: [" + step + "]\n";
}

static QByteArray padded(QByteArray yaml, qsizetype bytes)
{
    yaml += '#';
    return yaml + QByteArray(bytes - yaml.size(), '-');
}

static QByteArray mapOver(int items)
{
    return packOf("{ id: m, map: { items: [" + QByteArray("1,").repeated(items) + "], step: " + leaf
                  + " } }");
}

/// Levels of parallel and map in turn.
static QByteArray nested(int levels)
{
    QByteArray step = leaf;
    for (int i = 0; i < levels; ++i) {
        const QByteArray id = "{ id: s" + QByteArray::number(i);
        step = i % 2 == 0 ? id + ", parallel: { steps: [" + step + "] } }"
                          : id + ", map: { items: [1], step: " + step + " } }";
    }
    return packOf(step);
}

/// A value in lists so deep that the whole manifest has this many levels.
static QByteArray deep(int levels)
{
    const int lists = levels - 5; // Around it: the manifest, spec, steps, the step, run and with, less one.
    const QByteArray value = QByteArray(lists - 1, '[') + QByteArray(lists - 1, ']');
    return packOf("{ id: v, run: { uses: builtin:validate, with: { schema: {}, value: " + value + " } } }");
}

void TestLimits::manifests_data()
{
    QTest::addColumn<QByteArray>("within");
    QTest::addColumn<QByteArray>("beyond");
    QTest::addColumn<QString>("error");

    const qsizetype largest = 16 * 1024 * 1024;
    QTest::newRow("bytes") << padded(packOf(leaf), largest) << padded(packOf(leaf), largest + 1)
                           << u"p.yaml:1:1: the text has 16777217 bytes; at most 16777216 are read"_s;
    QTest::newRow("levels") << deep(64) << deep(65)
                            << u"p.yaml:5:136: /spec/steps/0/run/with/value%1: nested deeper than 64 levels"_s
                                   .arg(u"/0"_s.repeated(58));
    QTest::newRow("items of a map")
        << mapOver(100'000) << mapOver(100'001)
        << u"p.yaml:5:34: /spec/steps/0/map/items: a map over 100001 items; at most 100000 are allowed"_s;
    QTest::newRow("nested steps")
        << nested(8) << nested(9)
        << u"p.yaml:5:300: /spec/steps/0%1/parallel/steps: steps are nested deeper than 8 levels of parallel and map"_s
               .arg(u"/parallel/steps/0/map/step"_s.repeated(4));
}

void TestLimits::manifests()
{
    QFETCH(QByteArray, within);
    QFETCH(QByteArray, beyond);
    QFETCH(QString, error);

    const auto manifest = parseManifest(within, u"p.yaml"_s);
    QVERIFY2(manifest, manifest ? "" : qPrintable(manifest.error().toString()));
    const auto refused = parseManifest(beyond, u"p.yaml"_s);
    QVERIFY(!refused);
    QCOMPARE(refused.error().toString(), error);
}

void TestLimits::expressions_data()
{
    QTest::addColumn<QString>("within");
    QTest::addColumn<QString>("beyond");
    QTest::addColumn<QString>("error");

    // Each expression of one node is a step; "-index" has two.
    QTest::newRow("steps") << u"{{ index }}"_s.repeated(100'000)
                           << u"{{ index }}"_s.repeated(99'999) + u"{{ -index }}"_s
                           << u"takes more than 100000 evaluation steps"_s;
    // A text takes 16 bytes and its own: 16 + 4 092 * 4 100 are 16 MiB.
    const QString joined = u"{{ join(split('%1', 'a'), '%2') }}"_s;
    QTest::newRow("size of a value") << joined.arg(QString(4'092, u'a'), QString(4'100, u'b'))
                                     << joined.arg(QString(4'092, u'a'), QString(4'101, u'b'))
                                     << u"gives a value larger than 16 MiB"_s;
}

void TestLimits::expressions()
{
    QFETCH(QString, within);
    QFETCH(QString, beyond);
    QFETCH(QString, error);
    Scope scope;
    scope.index = 1;

    const auto value = evaluateAll(within, scope);
    QVERIFY2(value, value ? "" : qPrintable(value.error().message));
    const auto refused = evaluateAll(beyond, scope);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, error);
}

static void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

void TestLimits::folders_data()
{
    QTest::addColumn<FolderLimits>("limits");
    QTest::addColumn<QString>("error");

    // Two folders and two files, of 3 and 4 bytes.
    QTest::newRow("within") << FolderLimits{.maxEntries = 4, .maxBytes = 7} << QString();
    QTest::newRow("entries") << FolderLimits{.maxEntries = 3}
                             << u"the pack \"ROOT\" holds more than 3 files and folders"_s;
    QTest::newRow("bytes") << FolderLimits{.maxBytes = 6} << u"the pack \"ROOT\" holds more than 6 bytes"_s;
}

void TestLimits::folders()
{
    QFETCH(FolderLimits, limits);
    QFETCH(QString, error);
    const QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(u"a/b"_s));
    write(folder.filePath(u"x"_s), "123");
    write(folder.filePath(u"a/b/y"_s), "1234");

    const auto listing = listPackFiles(folder.path(), limits);

    QCOMPARE(listing ? QString() : listing.error().toString().replace(folder.path(), u"ROOT"_s), error);
    QCOMPARE(listing ? listing->files.size() : 0, error.isEmpty() ? 2 : 0);
}

/// The limits as they are: filling a pack to them takes minutes.
void TestLimits::packs()
{
    QCOMPARE(FolderLimits().maxEntries, 100'000);
    QCOMPARE(FolderLimits().maxBytes, 1'073'741'824);
    const QTemporaryDir folder;
    write(folder.filePath(u"pack.yaml"_s), packOf(leaf));
    QFile hole(folder.filePath(u"hole"_s));
    QVERIFY(hole.open(QIODevice::WriteOnly));
    QVERIFY(hole.resize(1'073'741'825)); // Takes no room on the disk.
    hole.close();

    const auto pack = readPack(folder.path());

    QVERIFY(!pack);
    QCOMPARE(pack.error().toString(),
             u"the pack \"%1\" holds more than 1073741824 bytes"_s.arg(folder.path()));
}

void TestLimits::filesThatAreRead()
{
    const QTemporaryDir folder;
    write(folder.filePath(u"pack.yaml"_s), padded(packOf(leaf), 16 * 1024 * 1024));
    QVERIFY(readPack(folder.path()));
    write(folder.filePath(u"pack.yaml"_s), padded(packOf(leaf), 16 * 1024 * 1024 + 1));

    const auto pack = readPack(folder.path());

    QVERIFY(!pack);
    QCOMPARE(pack.error().toString(), u"\"pack.yaml\" has more than 16 MiB"_s);
}

QTEST_GUILESS_MAIN(TestLimits)
#include "tst_limits.moc"
