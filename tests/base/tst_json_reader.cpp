#include "engine/base/json.h"

#include <QTest>

#include <ctime>

using namespace Qt::StringLiterals;
using engine::canonicalJsonOf;
using engine::JsonLimits;
using engine::parseJson;

class TestJsonReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void accepts_data();
    void accepts();
    void rejects_data();
    void rejects();
    void keepsIntegersExact();
    void appliesLimits_data();
    void appliesLimits();
    void readsDeepNestingWithoutTheStack();
    void readsManyMembersInLinearTime();
    void wantsAnObject();
    void escapesPointerTokens();
};

// Texts that are read, and what they mean in canonical form.
void TestJsonReader::accepts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("canonical");

    const auto row = [](const char *name, const QByteArray &text, const QByteArray &canonical) {
        QTest::newRow(name) << text << canonical;
    };
    row("null", "null", "null");
    row("true", "true", "true");
    row("false", " \t\r\nfalse \t\r\n", "false");
    row("zero", "0", "0");
    row("minus zero", "-0", "0");
    row("minus zero with fraction", "-0.0", "0");
    row("integer", "-17", "-17");
    row("integral fraction", "1.0", "1");
    row("integral exponent", "1E2", "100");
    row("signed exponents", "[1e+2,1e-2]", "[100,0.01]");
    row("largest exact integer", "9007199254740991", "9007199254740991");
    row("integer beyond 2^53", "9007199254740993", "9007199254740992");
    row("integer beyond 64 bits", "123456789012345678901234567890", "1.2345678901234568e+29");
    row("largest double", "1.7976931348623157e308", "1.7976931348623157e+308");
    row("smallest double", "5e-324", "5e-324");
    row("too small is nothing", "1e-400", "0");
    row("too small by its exponent", "-12345.678e-99999999999999999999", "0");
    row("too small by its zeros", "0." + QByteArray(400, '0') + "1e50", "0");
    row("small digits, large exponent", "0." + QByteArray(400, '0') + "1e401", "1");
    row("long fraction", "0.1000000000000000055511151231257827", "0.1");
    row("empty string", "\"\"", "\"\"");
    row("plain text", "\"abc\"", "\"abc\"");
    row("every escape", R"("\"\\\/\b\f\n\r\t\u0041")", R"("\"\\/\b\f\n\r\tA")");
    row("escaped control character", R"("\u0000\u001f\u007f")", "\"\\u0000\\u001f\x7f\"");
    row("upper and lower hex", R"("\u00Ff\u00fF")", "\"\xc3\xbf\xc3\xbf\"");
    row("escaped pair", R"("\ud83d\ude02")", "\"\xf0\x9f\x98\x82\"");
    row("raw pair", "\"\xf0\x9f\x98\x82\"", "\"\xf0\x9f\x98\x82\"");
    row("text around an escape", "\"\xc3\xa9\\n\xe2\x82\xac\"", "\"\xc3\xa9\\n\xe2\x82\xac\"");
    row("byte order mark inside a string", "\"\xef\xbb\xbfx\\n\xef\xbb\xbf\"",
        "\"\xef\xbb\xbfx\\n\xef\xbb\xbf\"");
    row("last code point", "\"\xf4\x8f\xbf\xbf\"", "\"\xf4\x8f\xbf\xbf\"");
    row("non-character", "\"\xef\xbf\xbf\"", "\"\xef\xbf\xbf\"");
    row("empty array", "[ ]", "[]");
    row("array", "[ 1 , \"a\" , null ]", "[1,\"a\",null]");
    row("empty object", "{ }", "{}");
    row("object", R"({ "b" : 1 , "a" : [ { } ] })", R"({"a":[{}],"b":1})");
    row("empty name", R"({"":1})", R"({"":1})");
    row("names that only look alike", R"({"a":1,"A":2,"\u00e1":3,"a\u0301":4})",
        "{\"A\":2,\"a\":1,\"a\xcc\x81\":4,\"\xc3\xa1\":3}");
    row("64 levels", QByteArray(64, '[') + QByteArray(64, ']'), QByteArray(64, '[') + QByteArray(64, ']'));
}

void TestJsonReader::accepts()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, canonical);

    const auto value = parseJson(text);

    QVERIFY2(value, value ? "" : qPrintable(value.error().toString()));
    QCOMPARE(canonicalJsonOf(*value), canonical);
}

void TestJsonReader::rejects_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const QByteArray &text, const QString &error) {
        QTest::newRow(name) << text << u"t.json:"_s + error;
    };
    row("nothing", "", u"1:1: expected a value, found the end of the text"_s);
    row("only space", " \n ", u"2:2: expected a value, found the end of the text"_s);
    row("byte order mark", "\xef\xbb\xbf{}", u"1:1: expected a value, found byte 0xef"_s);
    row("a NUL byte", QByteArray("\0", 1), u"1:1: expected a value, found byte 0x00"_s);
    row("a NUL byte at the end", QByteArray("1\0", 2),
        u"1:2: expected the end of the text, found byte 0x00"_s);
    row("word", "nul", u"1:1: expected a value, found \"n\""_s);
    row("word in capitals", "True", u"1:1: expected a value, found \"T\""_s);
    row("word goes on", "nulls", u"1:5: expected the end of the text, found \"s\""_s);
    row("NaN", "NaN", u"1:1: expected a value, found \"N\""_s);
    row("Infinity", "-Infinity", u"1:2: expected a value, found \"I\""_s);
    row("single quotes", "'a'", u"1:1: expected a value, found \"'\""_s);
    row("comment", "/* */ 1", u"1:1: expected a value, found \"/\""_s);
    row("two values", "{}\n{}", u"2:1: expected the end of the text, found \"{\""_s);
    row("form feed is no space", "\f1", u"1:1: expected a value, found byte 0x0c"_s);

    row("plus sign", "+1", u"1:1: expected a value, found \"+\""_s);
    row("minus alone", "-", u"1:2: expected a value, found the end of the text"_s);
    row("leading zero", "01", u"1:2: expected the end of the text, found \"1\""_s);
    row("leading zero in an array", "[-01]", u"1:4: expected \",\" or \"]\", found \"1\""_s);
    row("leading point", ".5", u"1:1: expected a value, found \".\""_s);
    row("trailing point", "1.", u"1:3: expected a digit after \".\", found the end of the text"_s);
    row("empty exponent", "1e", u"1:3: expected a digit in the exponent, found the end of the text"_s);
    row("empty signed exponent", "[1e+]", u"1:5: expected a digit in the exponent, found \"]\""_s);
    row("hexadecimal", "0x10", u"1:2: expected the end of the text, found \"x\""_s);
    row("too large", "[1, 1e309]", u"1:5: number is beyond the range of a double"_s);
    row("far too large", "-1e99999", u"1:1: number is beyond the range of a double"_s);
    row("too large in digits", QByteArray(310, '9'), u"1:1: number is beyond the range of a double"_s);
    row("too large by its exponent", "1e99999999999999999999",
        u"1:1: number is beyond the range of a double"_s);
    row("too large with zeros in front", "0.001e312", u"1:1: number is beyond the range of a double"_s);
    row("too large although its exponent is not", QByteArray(400, '9') + "e-1",
        u"1:1: number is beyond the range of a double"_s);

    row("open string", "\"abc", u"1:5: string without an end"_s);
    row("string over a line", "\"a\nb\"", u"1:3: control character in a string, found byte 0x0a"_s);
    row("tab in a string", "\"\t\"", u"1:2: control character in a string, found byte 0x09"_s);
    row("NUL in a string", QByteArray("\"\0\"", 3), u"1:2: control character in a string, found byte 0x00"_s);
    row("unknown escape", R"("\x41")", u"1:3: unknown escape, found \"x\""_s);
    row("upper-case u", R"("\U0041")", u"1:3: unknown escape, found \"U\""_s);
    row("escape of nothing", "\"\\", u"1:3: unknown escape, found the end of the text"_s);
    row("escape of NUL", QByteArray("\"\\\0\"", 4), u"1:3: unknown escape, found byte 0x00"_s);
    row("three hex digits", R"("\u004")", u"1:4: expected four hexadecimal digits after \\u"_s);
    row("no hex digits", R"("\u")", u"1:4: expected four hexadecimal digits after \\u"_s);
    row("signed hex digits", R"("\u-041")", u"1:4: expected four hexadecimal digits after \\u"_s);
    row("cut hex digits", R"("\u00)", u"1:4: expected four hexadecimal digits after \\u"_s);
    row("high surrogate alone", R"("a\ud83d")", u"1:3: lone high surrogate"_s);
    row("high surrogate and text", R"("\ud83dx")", u"1:2: lone high surrogate"_s);
    row("two high surrogates", R"("\ud83d\ud83d")", u"1:2: lone high surrogate"_s);
    row("high surrogate at the end", R"("\ud83d\)", u"1:2: lone high surrogate"_s);
    row("low surrogate alone", R"("\ude02")", u"1:2: lone low surrogate"_s);
    row("pair the wrong way round", R"("\ude02\ud83d")", u"1:2: lone low surrogate"_s);

    row("stray continuation byte", "\"a\x80\"", u"1:2: string is not valid UTF-8"_s);
    row("cut sequence", "\"\xe2\x82\"", u"1:2: string is not valid UTF-8"_s);
    row("sequence cut by an escape", "\"\xe2\x82\\n\xac\"", u"1:2: string is not valid UTF-8"_s);
    row("overlong", "\"\xc0\xaf\"", u"1:2: string is not valid UTF-8"_s);
    row("encoded surrogate", "\"\xed\xa0\x80\"", u"1:2: string is not valid UTF-8"_s);
    row("beyond U+10FFFF", "\"\xf4\x90\x80\x80\"", u"1:2: string is not valid UTF-8"_s);
    row("byte that UTF-8 never uses", "\"\xff\"", u"1:2: string is not valid UTF-8"_s);
    row("bad bytes in a name", "{\"\xff\":1}", u"1:3: string is not valid UTF-8"_s);

    row("open array", "[1", u"1:3: expected \",\" or \"]\", found the end of the text"_s);
    row("array without a comma", "[1 2]", u"1:4: expected \",\" or \"]\", found \"2\""_s);
    row("comma before the end", "[1,]", u"1:4: expected a value, found \"]\""_s);
    row("comma alone", "[,]", u"1:2: expected a value, found \",\""_s);
    row("wrong bracket", "[1}", u"1:3: expected \",\" or \"]\", found \"}\""_s);
    row("open object", "{\"a\":1", u"1:7: expected \",\" or \"}\", found the end of the text"_s);
    row("object cut after a brace", "{", u"1:2: expected a name in quotes, found the end of the text"_s);
    row("name without quotes", "{a:1}", u"1:2: expected a name in quotes, found \"a\""_s);
    row("number as a name", "{1:1}", u"1:2: expected a name in quotes, found \"1\""_s);
    row("no colon", R"({"a" 1})", u"1:6: expected \":\" after a name, found \"1\""_s);
    row("no value", R"({"a":})", u"1:6: expected a value, found \"}\""_s);
    row("comma before the brace", R"({"a":1,})", u"1:8: expected a name in quotes, found \"}\""_s);
    row("value that is too deep", QByteArray(65, '['), u"1:65: nested deeper than 64 levels"_s);

    row("name twice", "{\"a\":1,\n \"a\":2}", u"2:2: name \"a\" stands twice in one object"_s);
    row("name twice, once escaped", R"({"a":1,"b":2,"\u0061":3})",
        u"1:14: name \"a\" stands twice in one object"_s);
    row("name twice, inside", R"([{"x":{"b":1,"a":2,"b":3}}])",
        u"1:20: name \"b\" stands twice in one object"_s);
    row("the first of two names that stand twice", R"({"b":1,"b":2,"a":3,"a":4})",
        u"1:8: name \"b\" stands twice in one object"_s);
    row("name three times", R"({"a":1,"a":2,"a":3})", u"1:8: name \"a\" stands twice in one object"_s);
    row("empty name twice", R"({"":1,"":1})", u"1:7: name \"\" stands twice in one object"_s);
    row("lone surrogate in a name", R"({"a\ud83d":1})", u"1:4: lone high surrogate"_s);
    row("lone low surrogate in a name", R"({"\udc00":1})", u"1:3: lone low surrogate"_s);
    row("bad bytes beside the values", "[1,\xff]", u"1:4: expected a value, found byte 0xff"_s);
    row("column in bytes", "[\"\xe2\x82\xac\", x]", u"1:9: expected a value, found \"x\""_s);
    row("line after CR LF", "[\r\n1,\r\nx]", u"3:1: expected a value, found \"x\""_s);
}

void TestJsonReader::rejects()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, error);

    const auto value = parseJson(text, u"t.json"_s);

    QVERIFY(!value);
    QCOMPARE(value.error().toString(), error);
    QVERIFY(value.error().code == engine::ErrorCode::InvalidInput);
}

void TestJsonReader::keepsIntegersExact()
{
    const auto value = parseJson("[9007199254740991, -9007199254740991, 1, 1.5]");
    QVERIFY(value);
    QCOMPARE(value->toArray().at(0).toInteger(), Q_INT64_C(9007199254740991));
    QCOMPARE(value->toArray().at(1).toInteger(), Q_INT64_C(-9007199254740991));
    QCOMPARE(value->toArray().at(2), QJsonValue(1));
    QCOMPARE(value->toArray().at(3).toDouble(), 1.5);
}

void TestJsonReader::appliesLimits_data()
{
    QTest::addColumn<JsonLimits>("limits");
    QTest::addColumn<QByteArray>("within");
    QTest::addColumn<QByteArray>("beyond");
    QTest::addColumn<QString>("error");

    QTest::newRow("bytes") << JsonLimits{.maxBytes = 4} << QByteArray("1234") << QByteArray("12345")
                           << u"1:1: text has 5 bytes; at most 4 are read"_s;
    QTest::newRow("depth") << JsonLimits{.maxDepth = 2} << QByteArray(R"({"a":[1]})")
                           << QByteArray(R"({"a":[{}]})") << u"1:7: nested deeper than 2 levels"_s;
    QTest::newRow("depth 0") << JsonLimits{.maxDepth = 0} << QByteArray("1") << QByteArray("[]")
                             << u"1:1: nested deeper than 0 levels"_s;
    QTest::newRow("values") << JsonLimits{.maxNodes = 3} << QByteArray("[1,2]") << QByteArray("[1,2,3]")
                            << u"1:6: more than 3 values"_s;
    QTest::newRow("16 MiB") << JsonLimits() << '1' + QByteArray(16 * 1024 * 1024 - 1, ' ')
                            << '1' + QByteArray(16 * 1024 * 1024, ' ')
                            << u"1:1: text has 16777217 bytes; at most 16777216 are read"_s;
    QTest::newRow("64 levels") << JsonLimits() << QByteArray(64, '[') + QByteArray(64, ']')
                               << QByteArray(65, '[') + QByteArray(65, ']')
                               << u"1:65: nested deeper than 64 levels"_s;
    QTest::newRow("a million values")
        << JsonLimits() << "[" + QByteArray("1,").repeated(999'998) + "1]"
        << "[" + QByteArray("1,").repeated(999'999) + "1]" << u"1:2000000: more than 1000000 values"_s;
}

void TestJsonReader::appliesLimits()
{
    QFETCH(JsonLimits, limits);
    QFETCH(QByteArray, within);
    QFETCH(QByteArray, beyond);
    QFETCH(QString, error);

    QVERIFY(parseJson(within, {}, limits));
    const auto value = parseJson(beyond, {}, limits);
    QVERIFY(!value);
    QCOMPARE(value.error().toString(), error);
}

void TestJsonReader::readsDeepNestingWithoutTheStack()
{
    const JsonLimits limits{.maxDepth = 100'000'000, .maxNodes = 100'000'000};
    // Broken only at its end, so that everything before was read; the value itself would be freed recursively
    // by Qt.
    const auto value = parseJson(QByteArray(5'000'000, '['), {}, limits);
    QVERIFY(!value);
    QCOMPARE(value.error().toString(), u"1:5000001: expected a value, found the end of the text"_s);
}

// Inserting in the order of writing would cost time quadratic in the number of members.
void TestJsonReader::readsManyMembersInLinearTime()
{
    QByteArray text = "{";
    for (int i = 0; i < 200'000; ++i)
        text += (i == 0 ? "\"k" : ",\"k") + QByteArray::number((i * 7919) % 200'000)
                + "\":" + QByteArray::number(i);
    text += '}';

    const std::clock_t start = std::clock();
    const auto value = engine::parseJsonObject(text);
    QVERIFY(value);
    QCOMPARE(value->size(), 200'000);
    QCOMPARE(value->value(u"k7919"_s), QJsonValue(1));
    const QByteArray canonical = canonicalJsonOf(*value);
    QCOMPARE(canonical.size(), text.size());
    const double seconds = double(std::clock() - start) / CLOCKS_PER_SEC; // Of this process alone.
    QVERIFY2(seconds < 10, "took " + QByteArray::number(seconds) + " s");
}

void TestJsonReader::wantsAnObject()
{
    QVERIFY(engine::parseJsonObject("{}"));
    const auto array = engine::parseJsonObject("[]", u"t.json"_s);
    QVERIFY(!array);
    QCOMPARE(array.error().toString(), u"t.json:1:1: expected a JSON object"_s);
    const auto broken = engine::parseJsonObject("{", u"t.json"_s);
    QVERIFY(!broken);
    QCOMPARE(broken.error().toString(),
             u"t.json:1:2: expected a name in quotes, found the end of the text"_s);
}

void TestJsonReader::escapesPointerTokens()
{
    QCOMPARE(engine::pointerToken(u"plain"_s), u"plain"_s);
    QCOMPARE(engine::pointerToken(u"a/b~c~1"_s), u"a~1b~0c~01"_s);
}

QTEST_GUILESS_MAIN(TestJsonReader)
#include "tst_json_reader.moc"
