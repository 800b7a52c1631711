#include "engine/base/printable.h"

#include <QTest>

using namespace Qt::StringLiterals;

class TestPrintable : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsWhatHides_data();
    void showsWhatHides();
};

void TestPrintable::showsWhatHides_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");

    QTest::newRow("plain") << u"größe 大きさ 😀"_s << u"größe 大きさ 😀"_s;
    QTest::newRow("escape") << u"\u001b[31m"_s << u"<U+001B>[31m"_s;
    QTest::newRow("line feed") << u"a\r\nb\tc"_s << u"a<U+000D><U+000A>b\tc"_s;
    QTest::newRow("direction") << u"a\u202eb\u2066c"_s << u"a<U+202E>b<U+2066>c"_s;
    QTest::newRow("no width") << u"a\u200bb\ufeff"_s << u"a<U+200B>b<U+FEFF>"_s;
    QTest::newRow("line separator") << u"a\u2028b"_s << u"a<U+2028>b"_s;
    QTest::newRow("tag") << u"\U000E0041"_s << u"<U+E0041>"_s;
    QTest::newRow("not assigned") << u"\u0378"_s << u"<U+0378>"_s;
}

void TestPrintable::showsWhatHides()
{
    QFETCH(QString, text);
    QFETCH(QString, shown);

    QCOMPARE(engine::printable(text), shown);
    QCOMPARE(engine::printable(text, true), shown.replace(u"<U+000A>"_s, u"\n"_s));
}

QTEST_GUILESS_MAIN(TestPrintable)
#include "tst_printable.moc"
