#include "engine/base/json.h"
#include "tests/base/es6_sequence.h"

#include <QDir>
#include <QLocale>
#include <QTest>

#include <clocale>
#include <limits>

using namespace Qt::StringLiterals;
using engine::canonicalJson;
using engine::es6Number;

class TestCanonicalJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesNumbers_data();
    void writesNumbers();
    void writesTheEs6Sequence_data();
    void writesTheEs6Sequence();
    void readsItsNumbersBack();
    void ignoresTheLocale();
    void writes_data();
    void writes();
    void refuses_data();
    void refuses();
    void writesForPeople();
    void writesDeepNesting();
    void agreesWithPublishedDocuments_data();
    void agreesWithPublishedDocuments();
    void publishedDocumentsAreComplete();
    void agreesWithAppendixB();
    void agreesWithPublishedChecksums();
    void agreesWithPublishedNumbers();
};

static const QString vectorsDir = QStringLiteral(SOURCE_DIR "/../shared/vectors/jcs");

static const char noVectors[] = "the published vectors of RFC 8785 are not beside the project's folder";

static QByteArray readAll(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestCanonicalJson::writesNumbers_data()
{
    QTest::addColumn<double>("number");
    QTest::addColumn<QByteArray>("text");

    const auto row = [](double number, const char *text) {
        QTest::newRow(text) << number << QByteArray(text);
    };
    QTest::newRow("minus zero") << -0.0 << QByteArray("0");
    row(0.0, "0");
    row(1.0, "1");
    row(-1.5, "-1.5");
    row(0.1, "0.1");
    row(0.1 + 0.2, "0.30000000000000004");
    row(1e-6, "0.000001");
    row(9.999999999999997e-7, "9.999999999999997e-7");
    row(1e-7, "1e-7"); // Not "1e-07", as QJsonDocument writes.
    row(1.5e-10, "1.5e-10");
    row(123456.789, "123456.789");
    row(9007199254740991.0, "9007199254740991");
    row(1e20, "100000000000000000000");
    row(123456789012345680000.0, "123456789012345680000");
    row(999999999999999900000.0, "999999999999999900000");
    row(1e21, "1e+21");
    row(1.25e21, "1.25e+21");
    row(1e100, "1e+100");
    row(std::numeric_limits<double>::max(), "1.7976931348623157e+308");
    row(std::numeric_limits<double>::min(), "2.2250738585072014e-308");
    row(std::numeric_limits<double>::denorm_min(), "5e-324");
    row(-std::numeric_limits<double>::denorm_min(), "-5e-324");
}

void TestCanonicalJson::writesNumbers()
{
    QFETCH(double, number);
    QFETCH(QByteArray, text);

    QCOMPARE(es6Number(number), text);
    QCOMPARE(*canonicalJson(number), text);
}

struct PublishedChecksum
{
    const char *name;
    int lines;
    qint64 bytes;
    const char *sha256;
};

// Of the generated test file that belongs to RFC 8785, by number of lines.
static constexpr PublishedChecksum checksums[] = {
    {"1 000", 1'000, 37'967, "be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687"},
    {"10 000", 10'000, 399'022, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"},
    {"100 000", 100'000, 4'031'728, "22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7"},
    {"1 000 000", 1'000'000, 40'357'417, "49415fee2c56c77864931bd3624faad425c3c577d6d74e89a83bc725506dad16"},
};

void TestCanonicalJson::writesTheEs6Sequence_data()
{
    QTest::addColumn<int>("lines");
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<QByteArray>("sha256");

    for (const PublishedChecksum &checksum : checksums)
        QTest::newRow(checksum.name) << checksum.lines << checksum.bytes << QByteArray(checksum.sha256);
}

void TestCanonicalJson::writesTheEs6Sequence()
{
    QFETCH(int, lines);
    QFETCH(qint64, bytes);
    QFETCH(QByteArray, sha256);

    QCryptographicHash hash(QCryptographicHash::Sha256);
    Es6Sequence sequence;
    qint64 written = 0;
    for (int i = 0; i < lines; ++i) {
        const quint64 bits = sequence.next();
        const QByteArray line =
            QByteArray::number(bits, 16) + ',' + es6Number(Es6Sequence::toDouble(bits)) + '\n';
        hash.addData(line);
        written += line.size();
    }
    QCOMPARE(written, bytes);
    QCOMPARE(hash.result().toHex(), sha256);
}

/// The reader takes each text for the same double, and the writer for the same text.
void TestCanonicalJson::readsItsNumbersBack()
{
    Es6Sequence sequence;
    for (int i = 0; i < 100'000; ++i) {
        const double number = Es6Sequence::toDouble(sequence.next());
        const QByteArray text = es6Number(number);
        const auto read = engine::parseJson(text);
        if (!read || read->toDouble() != number || engine::canonicalJsonOf(*read) != text)
            QFAIL(qPrintable(u"%1 is not read back"_s.arg(QString::fromLatin1(text))));
    }
}

void TestCanonicalJson::ignoresTheLocale()
{
    const QLocale before;
    const QByteArray numeric = std::setlocale(LC_NUMERIC, nullptr);
    QLocale::setDefault(QLocale(QLocale::German));
    const bool comma = std::setlocale(LC_NUMERIC, "de_DE.UTF-8") != nullptr; // Absent on many machines.
    const auto value = engine::parseJson("[1.5,1234567.25]");
    const auto text = value ? canonicalJson(*value) : canonicalJson(QJsonValue());
    std::setlocale(LC_NUMERIC, numeric.constData());
    QLocale::setDefault(before);

    QVERIFY(text);
    QVERIFY2(*text == "[1.5,1234567.25]", comma ? "in a locale of C with a comma" : "in Qt's German locale");
}

void TestCanonicalJson::writes_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QByteArray>("text");

    QTest::newRow("null") << QJsonValue(QJsonValue::Null) << "null"_ba;
    QTest::newRow("undefined") << QJsonValue(QJsonValue::Undefined) << "null"_ba;
    QTest::newRow("bool") << QJsonValue(true) << "true"_ba;
    QTest::newRow("integer") << QJsonValue(Q_INT64_C(-9007199254740991)) << "-9007199254740991"_ba;
    QTest::newRow("escapes") << QJsonValue(u"\"\\/\b\t\n\f\r\u0001\u001f\u007f\u0080"_s)
                             << QByteArray("\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7f\xc2\x80\"");
    QTest::newRow("outside ASCII") << QJsonValue(u"\u00e9\u20ac\U0001f602x"_s)
                                   << QByteArray("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x82x\"");
    QTest::newRow("not normalised") << QJsonValue(u"A\u030a\u00c5"_s) << QByteArray("\"A\xcc\x8a\xc3\x85\"");
    QTest::newRow("empty containers") << QJsonValue(QJsonArray{QJsonObject(), QJsonArray()}) << "[{},[]]"_ba;
    QTest::newRow("nested") << QJsonValue(QJsonObject{
        {u"b"_s, QJsonArray{1, QJsonObject{{u"z"_s, 1}, {u"y"_s, 2}}}}, {u"a"_s, QJsonValue::Null}})
                            << R"({"a":null,"b":[1,{"y":2,"z":1}]})"_ba;
    // By UTF-16 code units a surrogate pair (U+10000 is D800 DC00) sorts before U+E000; by code points it
    // would not.
    QTest::newRow("order of names")
        << QJsonValue(QJsonObject{{u"\ue000"_s, 1},
                                  {u"\U00010000"_s, 2},
                                  {u"a"_s, 3},
                                  {u"B"_s, 4},
                                  {u"aa"_s, 5},
                                  {u""_s, 6},
                                  {u"\u00e4"_s, 7}})
        << QByteArray("{\"\":6,\"B\":4,\"a\":3,\"aa\":5,\"\xc3\xa4\":7,\"\xf0\x90\x80\x80\":"
                      "2,\"\xee\x80\x80\":1}");
}

void TestCanonicalJson::writes()
{
    QFETCH(QJsonValue, value);
    QFETCH(QByteArray, text);

    const auto written = canonicalJson(value);
    QVERIFY(written);
    QCOMPARE(*written, text);

    const auto again = engine::parseJson(*written);
    QVERIFY(again);
    QCOMPARE(engine::canonicalJsonOf(*again), text);
}

void TestCanonicalJson::refuses_data()
{
    QTest::addColumn<QJsonValue>("value");
    QTest::addColumn<QString>("error");

    const QString number = u"a number that is not finite has no JSON form"_s;
    const QString surrogate = u"a string with a lone surrogate has no JSON form"_s;
    const QString high{QChar(0xd83d)};
    const QString low{QChar(0xde02)};
    QTest::newRow("NaN") << QJsonValue(std::numeric_limits<double>::quiet_NaN()) << number;
    QTest::newRow("infinity") << QJsonValue(std::numeric_limits<double>::infinity()) << number;
    QTest::newRow("minus infinity inside")
        << QJsonValue(QJsonArray{-std::numeric_limits<double>::infinity()}) << number;
    QTest::newRow("high surrogate") << QJsonValue(QString(high + u'x')) << surrogate;
    QTest::newRow("high surrogate at the end") << QJsonValue(QString(u'x' + high)) << surrogate;
    QTest::newRow("low surrogate") << QJsonValue(low) << surrogate;
    QTest::newRow("pair the wrong way round") << QJsonValue(QString(low + high)) << surrogate;
    QTest::newRow("in a name") << QJsonValue(QJsonObject{{high, 1}}) << surrogate;
    QTest::newRow("in a value, after good ones")
        << QJsonValue(QJsonObject{{u"a"_s, 1}, {u"b"_s, QJsonArray{1, low}}, {u"c"_s, 1}}) << surrogate;
}

void TestCanonicalJson::refuses()
{
    QFETCH(QJsonValue, value);
    QFETCH(QString, error);

    const auto text = canonicalJson(value);
    QVERIFY(!text);
    QCOMPARE(text.error().toString(), error);
    QCOMPARE(engine::prettyJson(value), QByteArray());
}

void TestCanonicalJson::writesForPeople()
{
    const auto value = engine::parseJson(R"({"b":[1,{"c":[]}],"a":{},"d":1e-7})");
    QVERIFY(value);
    QCOMPARE(engine::prettyJson(*value), R"({
  "a": {},
  "b": [
    1,
    {
      "c": []
    }
  ],
  "d": 1e-7
}
)"_ba);
    QCOMPARE(engine::prettyJson(u"x"_s), "\"x\"\n"_ba);
}

void TestCanonicalJson::writesDeepNesting()
{
    QJsonValue value = 1;
    for (int i = 0; i < 64; ++i)
        value = i % 2 == 0 ? QJsonValue(QJsonArray{value}) : QJsonValue(QJsonObject{{u"a"_s, value}});
    QByteArray expected;
    for (int i = 0; i < 32; ++i)
        expected += "{\"a\":[";
    expected += '1';
    for (int i = 0; i < 32; ++i)
        expected += "]}";
    QCOMPARE(*canonicalJson(value), expected);
}

void TestCanonicalJson::agreesWithPublishedDocuments_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"arrays", "french", "structures", "unicode", "values", "weird"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestCanonicalJson::agreesWithPublishedDocuments()
{
    QFETCH(QString, name);
    if (!QFile::exists(vectorsDir))
        QSKIP(noVectors);

    const QByteArray expected = readAll(vectorsDir + u"/output/%1.json"_s.arg(name));
    const auto value = engine::parseJson(readAll(vectorsDir + u"/input/%1.json"_s.arg(name)), name);
    QVERIFY2(value, value ? "" : qPrintable(value.error().toString()));
    QVERIFY(!expected.isEmpty());
    QCOMPARE(*canonicalJson(*value), expected);
    QCOMPARE(canonicalJson(*value)->toHex(),
             readAll(vectorsDir + u"/outhex/%1.txt"_s.arg(name)).simplified().replace(' ', ""));

    const auto again = engine::parseJson(expected);
    QVERIFY2(again, again ? "" : qPrintable(again.error().toString()));
    QCOMPARE(*canonicalJson(*again), expected);
}

/// That none of the published pairs is left out above.
void TestCanonicalJson::publishedDocumentsAreComplete()
{
    if (!QFile::exists(vectorsDir))
        QSKIP(noVectors);
    for (const QString &folder : {u"/input"_s, u"/output"_s, u"/outhex"_s})
        QCOMPARE(QDir(vectorsDir + folder).entryList(QDir::Files).size(), 6);
}

void TestCanonicalJson::agreesWithAppendixB()
{
    const QByteArray text = readAll(vectorsDir + u"/rfc8785_appendixB_numbers.json"_s);
    if (text.isEmpty())
        QSKIP(noVectors);
    const auto vectors = engine::parseJsonObject(text);
    QVERIFY(vectors);
    const auto numberOf = [](const QJsonValue &row) {
        return Es6Sequence::toDouble(row[u"ieee754"_s].toString().toULongLong(nullptr, 16));
    };
    const QJsonArray good = vectors->value(u"valid"_s).toArray();
    QVERIFY(good.size() >= 20);
    for (const QJsonValue row : good)
        QCOMPARE(QString::fromLatin1(es6Number(numberOf(row))), row[u"json"_s].toString());
    const QJsonArray bad = vectors->value(u"must_error"_s).toArray();
    QVERIFY(!bad.isEmpty());
    for (const QJsonValue row : bad)
        QVERIFY(!canonicalJson(numberOf(row)));
}

/// The checksums above are those of the published table.
void TestCanonicalJson::agreesWithPublishedChecksums()
{
    const QByteArray text = readAll(vectorsDir + u"/README.md"_s);
    if (text.isEmpty())
        QSKIP(noVectors);
    for (const PublishedChecksum &checksum : checksums) {
        const QString row =
            u"| %1 | %2 | %3 |"_s.arg(QLatin1String(checksum.sha256)).arg(checksum.lines).arg(checksum.bytes);
        QVERIFY2(QString::fromUtf8(text).simplified().contains(row), qPrintable(row));
    }
}

void TestCanonicalJson::agreesWithPublishedNumbers()
{
    const QByteArray text = readAll(vectorsDir + u"/es6_numbers_1000.txt"_s);
    if (text.isEmpty())
        QSKIP(noVectors);
    Es6Sequence sequence;
    int count = 0;
    for (const QByteArray &line : text.trimmed().split('\n')) {
        const QByteArray bits = line.left(line.indexOf(','));
        QCOMPARE(QByteArray::number(sequence.next(), 16), bits);
        const double number = Es6Sequence::toDouble(bits.toULongLong(nullptr, 16));
        const QByteArray expected = line.mid(bits.size() + 1);
        QCOMPARE(es6Number(number), expected);
        const auto read = engine::parseJson(expected); // The reader takes it for the same double, but for -0.
        QVERIFY(read);
        QCOMPARE(read->toDouble(), number);
        ++count;
    }
    QCOMPARE(count, 1000);
}

QTEST_GUILESS_MAIN(TestCanonicalJson)
#include "tst_canonical_json.moc"
