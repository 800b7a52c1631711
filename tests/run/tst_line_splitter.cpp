#include "engine/run/line_splitter.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

constexpr qsizetype limit = LineSplitter::maxLineBytes;

/// What the splitter makes of bytes that arrive in reads of at most chunk bytes.
QList<SplitLine> split(const QByteArray &bytes, qsizetype chunk)
{
    LineSplitter splitter;
    QList<SplitLine> lines;
    for (qsizetype at = 0; at < bytes.size(); at += chunk)
        lines += splitter.add(bytes.mid(at, chunk));
    return lines + splitter.finish();
}

SplitLine line(const QString &text)
{
    return {text, false, false};
}

SplitLine piece(const QString &text)
{
    return {text, true, false};
}

SplitLine flagged(const QString &text)
{
    return {text, false, true};
}

} // namespace

class TestLineSplitter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void splits_data();
    void splits();
    void splitsLongLines_data();
    void splitsLongLines();
    void doesNotDependOnTheReads();
    void givesALineAsSoonAsItEnds();
    void startsAfreshAfterFinish();
};

void TestLineSplitter::splits_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<SplitLine>>("lines");

    const QChar bad(QChar::ReplacementCharacter);
    QTest::newRow("nothing") << ""_ba << QList<SplitLine>{};
    QTest::newRow("one line") << "a\n"_ba << QList{line(u"a"_s)};
    QTest::newRow("no line feed at the end") << "a\nb"_ba << QList{line(u"a"_s), line(u"b"_s)};
    QTest::newRow("empty lines") << "\n\na\n\n"_ba << QList{line({}), line({}), line(u"a"_s), line({})};
    QTest::newRow("spaces stay") << " a\t\n"_ba << QList{line(u" a\t"_s)};

    QTest::newRow("CRLF") << "a\r\nb\r\n"_ba << QList{line(u"a"_s), line(u"b"_s)};
    QTest::newRow("CRLF alone") << "\r\n"_ba << QList{line({})};
    QTest::newRow("CR at the very end") << "a\r"_ba << QList{line(u"a"_s)};
    QTest::newRow("progress bar") << "10%\r55%\r100%\n"_ba << QList{line(u"100%"_s)};
    QTest::newRow("progress bar that ends in CRLF") << "10%\r100%\r\n"_ba << QList{line(u"100%"_s)};
    QTest::newRow("progress bar that was cleared") << "10%\r\r\n"_ba << QList{line({})};
    QTest::newRow("progress bar at the end") << "a\n10%\r55%"_ba << QList{line(u"a"_s), line(u"55%"_s)};
    QTest::newRow("LF CR") << "a\n\rb\n"_ba << QList{line(u"a"_s), line(u"b"_s)};

    QTest::newRow("two, three and four bytes") << "é€😀\n"_ba << QList{line(u"é€😀"_s)};
    QTest::newRow("byte order mark") << "\xEF\xBB\xBF"
                                        "a\n"_ba
                                     << QList{line(u"\uFEFFa"_s)};
    QTest::newRow("lone byte") << "a\xFF"
                                  "b\nc\n"_ba
                               << QList{flagged(u"a"_s + bad + u'b'), line(u"c"_s)};
    QTest::newRow("lone continuation") << "\x80\n"_ba << QList{flagged(bad)};
    QTest::newRow("overlong slash") << "\xC0\xAF\n"_ba << QList{flagged(QString(2, bad))};
    QTest::newRow("surrogate") << "\xED\xA0\x80\n"_ba << QList{flagged(QString(3, bad))};
    QTest::newRow("a real U+FFFD is not flagged") << "\xEF\xBF\xBD\n"_ba << QList{line(bad)};
    QTest::newRow("bad bytes before the last CR do not count") << "\xFF\rb\n"_ba << QList{line(u"b"_s)};
    QTest::newRow("NUL") << "a\0b\n"_ba << QList{line(u"a"_s + bad + u'b')};
    QTest::newRow("NUL alone") << "\0\n"_ba << QList{line(bad)};
}

void TestLineSplitter::splits()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QList<SplitLine>, lines);

    for (qsizetype chunk = 1; chunk <= bytes.size() + 1; ++chunk)
        QCOMPARE(split(bytes, chunk), lines);
}

void TestLineSplitter::splitsLongLines_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<SplitLine>>("lines");

    const QString full(limit, u'x');
    const QByteArray fullBytes(limit, 'x');
    QTest::newRow("just fits") << fullBytes + "\n" << QList{line(full)};
    QTest::newRow("just fits, no line feed") << fullBytes << QList{line(full)};
    QTest::newRow("one too many") << fullBytes + "y\n" << QList{piece(full), line(u"y"_s)};
    QTest::newRow("one too many, no line feed") << fullBytes + "y" << QList{piece(full), line(u"y"_s)};
    QTest::newRow("CRLF at the limit") << fullBytes + "\r\n" << QList{piece(full), line({})};
    QTest::newRow("CRLF within the limit") << fullBytes.chopped(1) + "\r\n" << QList{line(full.chopped(1))};
    QTest::newRow("three pieces") << fullBytes + fullBytes + "y\nz\n"
                                  << QList{piece(full), piece(full), line(u"y"_s), line(u"z"_s)};
    QTest::newRow("a CR in the second piece redraws only that one") << fullBytes + "y\rz\n"
                                                                    << QList{piece(full), line(u"z"_s)};
    QTest::newRow("a progress bar longer than a line") << "a\r" + fullBytes + "\n"
                                                       << QList{piece(full.chopped(2)), line(u"xx"_s)};

    for (const QByteArray &character : {"é"_ba, "€"_ba, "😀"_ba}) {
        const QString text = QString::fromUtf8(character);
        for (qsizetype inside = 1; inside < character.size(); ++inside) {
            const qsizetype before = limit - inside;
            QTest::addRow("cut %d bytes into a character of %d", int(inside), int(character.size()))
                << fullBytes.first(before) + character + "\n"
                << QList{piece(full.first(before)), line(text)};
        }
        QTest::addRow("a character of %d bytes ends at the limit", int(character.size()))
            << fullBytes.first(limit - character.size()) + character + "y\n"
            << QList{piece(full.first(limit - character.size()) + text), line(u"y"_s)};
    }
    QTest::newRow("no border to be found")
        << fullBytes.first(limit - 8) + QByteArray(9, '\x80') + "\n"
        << QList{SplitLine{full.first(limit - 8) + QString(8, QChar::ReplacementCharacter), true, true},
                 flagged(QString(1, QChar::ReplacementCharacter))};
}

void TestLineSplitter::splitsLongLines()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QList<SplitLine>, lines);

    for (const qsizetype chunk : {bytes.size(), limit - 1, limit, limit + 1, qsizetype(4096), qsizetype(997)})
        QCOMPARE(split(bytes, chunk), lines);
}

/// Random streams of what is hard, cut at random places: the lines are those of one single read, and no byte
/// of a line without CR is lost.
void TestLineSplitter::doesNotDependOnTheReads()
{
    QRandomGenerator random(20260131);
    const QList<QByteArray> parts{
        "a"_ba,    "bc"_ba, "\n"_ba, "\r"_ba, "\r\n"_ba, "\0"_ba,   "\xFF"_ba,
        "\x80"_ba, "é"_ba,  "€"_ba,  "😀"_ba,  "\xE2"_ba, "\n\n"_ba, QByteArray(30'000, 'x')};
    for (int round = 0; round < 300; ++round) {
        QByteArray bytes;
        for (int i = random.bounded(1, 40); i > 0; --i)
            bytes += parts[random.bounded(parts.size())];
        const QList<SplitLine> expected = split(bytes, bytes.size());

        LineSplitter splitter;
        QList<SplitLine> lines;
        for (qsizetype at = 0; at < bytes.size();) {
            const qsizetype count = random.bounded(2) == 0 ? random.bounded(1, 8) : random.bounded(1, 50'000);
            lines += splitter.add(bytes.mid(at, count));
            at += count;
        }
        lines += splitter.finish();
        QCOMPARE(lines, expected);

        qsizetype ended = 0;
        for (const SplitLine &split : std::as_const(lines)) {
            ended += split.continues ? 0 : 1;
            QVERIFY(!split.text.contains(u'\n') && !split.text.contains(u'\r'));
            QVERIFY(split.text.toUtf8().size() <= limit * 3); // A bad byte becomes three.
        }
        QCOMPARE(ended, bytes.count('\n') + (bytes.endsWith('\n') ? 0 : 1));
    }
}

void TestLineSplitter::givesALineAsSoonAsItEnds()
{
    LineSplitter splitter;
    QCOMPARE(splitter.add("a"), QList<SplitLine>{});
    QCOMPARE(splitter.add("b\nc"), QList{line(u"ab"_s)});
    QCOMPARE(splitter.add("\n"), QList{line(u"c"_s)});
    QCOMPARE(splitter.add(QByteArray(limit, 'x')), QList<SplitLine>{});
    QCOMPARE(splitter.add("y"), QList{piece(QString(limit, u'x'))});
    QCOMPARE(splitter.finish(), QList{line(u"y"_s)});
}

void TestLineSplitter::startsAfreshAfterFinish()
{
    LineSplitter splitter;
    QCOMPARE(splitter.add("a"), QList<SplitLine>{});
    QCOMPARE(splitter.finish(), QList{line(u"a"_s)});
    QCOMPARE(splitter.finish(), QList<SplitLine>{});
    QCOMPARE(splitter.add("b\n"), QList{line(u"b"_s)});
    QCOMPARE(splitter.finish(), QList<SplitLine>{});
}

QTEST_APPLESS_MAIN(TestLineSplitter)
#include "tst_line_splitter.moc"
