#include <QProcess>
#include <QTest>

using namespace Qt::StringLiterals;

/// What the programs load, directly and through libraries: the command line must work on a machine without a
/// desktop, and the helper that starts once for each step must start fast.
class TestLinks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void loads_data();
    void loads();
#ifdef HELPER_IS_STATIC
    void helperLoadsNothing();
#endif
};

void TestLinks::loads_data()
{
    QTest::addColumn<QString>("program");
    QTest::addColumn<QStringList>("needed");
    QTest::addColumn<QStringList>("forbidden");

    QTest::newRow("taskrunner") << QStringLiteral(
        TASKRUNNER) << QStringList{u"libQt6Core."_s, u"libQt6Sql."_s, u"libprometheus-cpp-core."_s}
                                << QStringList{u"libQt6Gui."_s, u"libQt6Widgets."_s, u"libcurl."_s};
#ifdef TASKRUNNER_CONSOLE
    QTest::newRow("taskrunner-console")
        << QStringLiteral(TASKRUNNER_CONSOLE) << QStringList{u"libQt6Gui."_s, u"libQt6Widgets."_s}
        << QStringList{u"not found"_s};
#endif
}

void TestLinks::loads()
{
    QFETCH(QString, program);
    QFETCH(QStringList, needed);
    QFETCH(QStringList, forbidden);

    QProcess ldd;
    ldd.start(u"ldd"_s, {program});
    QVERIFY2(ldd.waitForFinished(), qPrintable(ldd.errorString()));
    const QByteArray error = ldd.readAllStandardError();
    QVERIFY2(ldd.exitCode() == 0, error.constData());
    const QString libraries = QString::fromUtf8(ldd.readAllStandardOutput());

    for (const QString &name : needed)
        QVERIFY2(libraries.contains(name), qPrintable(u"%1 does not load %2"_s.arg(program, name)));
    for (const QString &name : forbidden)
        QVERIFY2(!libraries.contains(name), qPrintable(u"%1 loads %2"_s.arg(program, name)));
}

#ifdef HELPER_IS_STATIC
void TestLinks::helperLoadsNothing()
{
    QProcess ldd;
    ldd.start(u"ldd"_s, {QStringLiteral(TASKRUNNER_EXEC)});
    QVERIFY2(ldd.waitForFinished(), qPrintable(ldd.errorString()));
    QCOMPARE(ldd.readAllStandardError().trimmed(), "not a dynamic executable"_ba);
}
#endif

QTEST_GUILESS_MAIN(TestLinks)
#include "tst_links.moc"
