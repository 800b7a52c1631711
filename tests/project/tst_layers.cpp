#include "tests/project/layer_table.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace {

LayerTable tableOf(const QString &text)
{
    const auto table = LayerTable::parse(text);
    if (!table)
        qFatal("%s", qPrintable(table.error().message));
    return *table;
}

void writeFile(const QString &path, const QByteArray &content)
{
    QFile file(path);
    if (!QFileInfo(path).dir().mkpath(u"."_s) || !file.open(QIODevice::WriteOnly)
        || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

} // namespace

/// The include graph of the project against the table of its layers, and the check itself against made-up
/// trees.
class TestLayers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parseRejects_data();
    void parseRejects();
    void findsForbiddenIncludes_data();
    void findsForbiddenIncludes();
    void projectKeepsItsLayers();
};

void TestLayers::parseRejects_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("error");

    QTest::newRow("no colon") << u"engine/base\n"_s
                              << u"line 1: \"engine/base\" does not name a folder before a colon"_s;
    QTest::newRow("twice") << u"a:\n\n# a\na:\n"_s << u"line 4: \"a\" has a line already"_s;
    QTest::newRow("upwards") << u"a: b\nb:\n"_s << u"line 1: \"b\" has no line above"_s;
}

void TestLayers::parseRejects()
{
    QFETCH(QString, text);
    QFETCH(QString, error);

    const auto table = LayerTable::parse(text);

    QVERIFY(!table);
    QCOMPARE(table.error().message, error);
}

void TestLayers::findsForbiddenIncludes_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QStringList>("problems");

    QTest::newRow("own header") << u"engine/plan/plan.cpp"_s
                                << QByteArray("#include \"engine/plan/plan.h\"\n#include <QString>\n")
                                << QStringList{};
    QTest::newRow("allowed") << u"engine/plan/plan.h"_s << QByteArray("#include \"engine/base/a.h\"\n")
                             << QStringList{};
    QTest::newRow("everything") << u"app/cli/main.cpp"_s << QByteArray("#include \"ui/a/b.h\"\n")
                                << QStringList{};
    QTest::newRow("moc") << u"ui/a/b.cpp"_s << QByteArray("#include \"b.moc\"\n") << QStringList{};
    QTest::newRow("upwards") << u"engine/base/a.h"_s
                             << QByteArray("#pragma once\n\n  #  include \"engine/plan/plan.h\"\n")
                             << QStringList{u"engine/base/a.h:3: includes \"engine/plan/plan.h\", but "
                                            "engine/base may not include engine/plan"_s};
    QTest::newRow("around the port")
        << u"ui/run/log/view.cpp"_s << QByteArray("#include \"engine/plan/plan.h\"\n")
        << QStringList{
               u"ui/run/log/view.cpp:1: includes \"engine/plan/plan.h\", but ui may not include engine/plan"_s};
    QTest::newRow("tests in the product")
        << u"ui/a.cpp"_s << QByteArray("#include \"tests/support/x.h\"\n")
        << QStringList{
               u"ui/a.cpp:1: includes \"tests/support/x.h\", but our headers are named from the root of the "
               "project"_s};
    QTest::newRow("relative") << u"ui/a.cpp"_s << QByteArray("#include \"a.h\"\n")
                              << QStringList{
                                     u"ui/a.cpp:1: includes \"a.h\", but our headers are named from the root "
                                     "of the project"_s};
    QTest::newRow("unknown folder") << u"engine/magic/a.h"_s << QByteArray()
                                    << QStringList{u"engine/magic/a.h: its folder is not in the table"_s};
}

void TestLayers::findsForbiddenIncludes()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, source);
    QFETCH(QStringList, problems);

    const LayerTable table = tableOf(u"engine/base:\nengine/plan: engine/base\nui: engine/base\napp: *\n"_s);
    const QTemporaryDir folder;
    writeFile(folder.filePath(path), source);

    const LayerReport report = checkLayers(folder.path(), table);

    QCOMPARE(report.files, 1);
    QCOMPARE(report.problems, problems);
}

void TestLayers::projectKeepsItsLayers()
{
    QFile file(QStringLiteral(SOURCE_DIR "/tests/project/layers.txt"));
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.errorString()));
    const LayerTable table = tableOf(QString::fromUtf8(file.readAll()));

    const LayerReport report = checkLayers(QStringLiteral(SOURCE_DIR), table);

    QVERIFY2(report.files > 50, "hardly any source was found");
    QVERIFY2(report.problems.isEmpty(), qPrintable(report.problems.join(u'\n')));
}

QTEST_GUILESS_MAIN(TestLayers)
#include "tst_layers.moc"
