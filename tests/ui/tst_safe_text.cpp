#include "ui/common/safe_text.h"

#include <QTest>

using namespace Qt::StringLiterals;

class TestSafeText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void makesHiddenThingsVisible_data();
    void makesHiddenThingsVisible();
    void keepsLinesInBlocks();
    void doublesAmpersandsInLabels();
    void isolatesValues();
    void boundsTheLength();
    void labelsTakeNoMarkUp();
};

void TestSafeText::makesHiddenThingsVisible_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");

    const auto with = [](char32_t c) { return u"a"_s + QString::fromUcs4(&c, 1) + u"b"_s; };
    QTest::newRow("plain") << u"Überprüfung 検査 ✓"_s << u"Überprüfung 検査 ✓"_s;
    QTest::newRow("emoji") << with(0x1F600) << with(0x1F600);
    QTest::newRow("arabic") << u"مرحبا"_s << u"مرحبا"_s;
    QTest::newRow("right-to-left override") << with(0x202E) << u"a<U+202E>b"_s;
    QTest::newRow("isolate") << with(0x2066) << u"a<U+2066>b"_s;
    QTest::newRow("zero width space") << with(0x200B) << u"a<U+200B>b"_s;
    QTest::newRow("zero width joiners") << u"a"_s + QString(3, QChar(0x200D)) << u"a<U+200D x3>"_s;
    QTest::newRow("byte order mark") << u"a"_s + QChar(0xFEFF) + u"b"_s << u"a<U+FEFF>b"_s;
    QTest::newRow("soft hyphen") << with(0x00AD) << u"a<U+00AD>b"_s;
    QTest::newRow("escape") << with(0x1B) << u"a<U+001B>b"_s;
    QTest::newRow("null") << with(0) << u"a<U+0000>b"_s;
    QTest::newRow("next line") << with(0x85) << u"a<U+0085>b"_s;
    QTest::newRow("line feed") << u"a\nb"_s << u"a<U+000A>b"_s;
    QTest::newRow("tab") << u"a\tb"_s << u"a<U+0009>b"_s;
    QTest::newRow("line separator") << with(0x2028) << u"a<U+2028>b"_s;
    QTest::newRow("hangul filler") << with(0x3164) << u"a<U+3164>b"_s;
    QTest::newRow("variation selector") << with(0xFE0F) << u"a<U+FE0F>b"_s;
    QTest::newRow("tag character") << with(0xE0041) << u"a<U+E0041>b"_s;
    QTest::newRow("private use") << with(0xE000) << u"a<U+E000>b"_s;
    QTest::newRow("noncharacter") << with(0xFFFF) << u"a<U+FFFF>b"_s;
    QTest::newRow("lone high surrogate") << u"a"_s + QChar(0xD800) + u"b"_s << u"a<U+D800>b"_s;
    QTest::newRow("lone low surrogate") << u"a"_s + QChar(0xDC00) << u"a<U+DC00>"_s;
    QTest::newRow("few spaces") << u"a        b"_s << u"a        b"_s;
    QTest::newRow("padding") << u"a"_s + QString(32, u' ') + u"b"_s << u"a<U+0020 x32>b"_s;
    QTest::newRow("padding of other spaces") << QString(9, QChar(0x3000)) << u"<U+3000 x9>"_s;
    QTest::newRow("padding of mixed spaces")
        << u"a"_s + (u" "_s + QChar(0x00A0)).repeated(8) + u"b"_s << u"a<16 spaces>b"_s;
    QTest::newRow("one accent") << u"e\u0301"_s << u"e\u0301"_s;
    QTest::newRow("pile of accents") << u"e"_s + QString(40, QChar(0x0301)) << u"e<U+0301 x40>"_s;
    QTest::newRow("pile of mixed accents")
        << u"e"_s + (QString(QChar(0x0301)) + QChar(0x0302)).repeated(5) << u"e<10 marks>"_s;
}

void TestSafeText::makesHiddenThingsVisible()
{
    QFETCH(QString, text);
    QFETCH(QString, shown);

    QCOMPARE(ui::safeText(text), shown);
}

void TestSafeText::keepsLinesInBlocks()
{
    QCOMPARE(ui::safeLines(u"a\n\tb\rc\u202E"_s), u"a\n    b<U+000D>c<U+202E>"_s);
}

void TestSafeText::doublesAmpersandsInLabels()
{
    QCOMPARE(ui::safeLabel(u"R&D \u200B"_s), u"R&&D <U+200B>"_s);
}

void TestSafeText::isolatesValues()
{
    QCOMPARE(ui::safeValue(u"a\u2069b"_s), u"\u2068a<U+2069>b\u2069"_s);
}

void TestSafeText::boundsTheLength()
{
    const QString shown = ui::safeText(QString(1000000, u'x'));

    QCOMPARE(shown.size(), qsizetype(64 * 1024) + 9);
    QVERIFY(shown.endsWith(u"<+934464>"_s));
}

void TestSafeText::labelsTakeNoMarkUp()
{
    const std::unique_ptr<QLabel> label(ui::plainLabel(u"<b>Approved</b> \u202E"_s));

    QCOMPARE(label->textFormat(), Qt::PlainText);
    QCOMPARE(label->text(), u"<b>Approved</b> <U+202E>"_s);
}

QTEST_MAIN(TestSafeText)
#include "tst_safe_text.moc"
