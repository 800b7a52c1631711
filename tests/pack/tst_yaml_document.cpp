#include "engine/base/json.h"
#include "engine/pack/yaml/source_text.h"
#include "engine/pack/yaml/yaml_document.h"

#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

class TestYamlDocument : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsValues_data();
    void readsValues();
    void refuses_data();
    void refuses();
    void knowsPositions();
    void knowsWhereTextStands_data();
    void knowsWhereTextStands();
    void sharesAliases();
    void limitsHold_data();
    void limitsHold();
    void goesOnAfterProblems();
    void stopsAtManyProblems();
};

void TestYamlDocument::readsValues_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QByteArray>("json");

    const auto row = [](const char *name, const char *yaml, const char *json) {
        QTest::newRow(name) << QByteArray(yaml) << QByteArray(json);
    };
    row("nulls", "[~, null, Null, NULL, ]", "[null,null,null,null]");
    row("empty value", "a:\nb: 1\n", R"({"a":null,"b":1})");
    row("booleans", "[true, True, TRUE, false, False, FALSE]", "[true,true,true,false,false,false]");
    row("text, not booleans", "[yes, no, on, off, y, tRue]", R"(["yes","no","on","off","y","tRue"])");
    row("integers", "[0, 12, -7, +3, 007, 0o17, 0xfF]", "[0,12,-7,3,7,15,255]");
    row("largest integers", "[9007199254740991, -9007199254740991]", "[9007199254740991,-9007199254740991]");
    row("numbers", "[1.5, .5, 1., 1e3, -2.5E-1, 1.0]", "[1.5,0.5,1,1000,-0.25,1]");
    row("text, not numbers", "[1.2.3, 0o8, 0xg, 1_000, 12a, '12', \"1.5\", -, ., 0b1]",
        R"(["1.2.3","0o8","0xg","1_000","12a","12","1.5","-",".","0b1"])");
    row("non-specific tag makes text", "! 5", R"("5")");
    row("quotes", R"(['it''s', "a\tb\u00e9\n", ""])", "[\"it's\",\"a\\tb\xc3\xa9\\n\",\"\"]");
    row("no byte order marks", "[\"\\ufeffa\", b\xef\xbb\xbf, '\xef\xbb\xbf']",
        "[\"\xef\xbb\xbf"
        "a\",\"b\xef\xbb\xbf\",\"\xef\xbb\xbf\"]");
    row("quotes over lines", "a: \"b\n  c\"\nd: 'e\n\n  f'\n", R"({"a":"b c","d":"e\nf"})");
    row("escaped quotes at the end", R"(["\"", '''', "\\"])", R"(["\"","'","\\"])");
    row("block scalars", "a: |\n  x\n   y\nb: >-\n  c\n  d\n", R"({"a":"x\n y\n","b":"c d"})");
    row("plain over lines", "a: b\n  c\n", R"({"a":"b c"})");
    row("flow", "{a: [1, {b: c}], \"d\":e}", R"({"a":[1,{"b":"c"}],"d":"e"})");
    row("CR LF", "a: b\r\nc:\r\n  - d\r\n", R"({"a":"b","c":["d"]})");
    row("aliases", "a: &x [1, &y z]\nb: *x\nc: *y\n", R"({"a":[1,"z"],"b":[1,"z"],"c":"z"})");
    row("anchor of nothing", "a: &x\nb: *x\n", R"({"a":null,"b":null})");
    row("directive of 1.2", "%YAML 1.2\n---\na: b\n", R"({"a":"b"})");
    row("comments and document marks", "# %x\n---\na: b # c\n...\n", R"({"a":"b"})");
    row("quoted merge key is text", "\"<<\": 1", R"({"<<":1})");
    row("quoted number as key", "'1': 2", R"({"1":2})");
    row("names are sorted in JSON only", "b: 1\na: 2\n", R"({"a":2,"b":1})");
}

void TestYamlDocument::readsValues()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QByteArray, json);

    const auto document = readYaml(yaml, u"a.yaml"_s);

    QVERIFY2(document, qPrintable(document ? QString() : document.error().toString()));
    QVERIFY2(document->problems.isEmpty(), qPrintable(document->problems.value(0).toString()));
    QCOMPARE(canonicalJsonOf(toJson(*document->root)), json);
}

static QByteArray manyKeys(int count)
{
    QByteArray yaml;
    for (int i = 0; i < count; ++i)
        yaml += "  k" + QByteArray::number(i) + ": 1\n";
    return yaml;
}

void TestYamlDocument::refuses_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const QByteArray &yaml, const char16_t *error) {
        QTest::newRow(name) << yaml << QString::fromUtf16(error);
    };
    // The text
    row("byte order mark",
        "\xef\xbb\xbf"
        "a: b",
        u"a.yaml:1:1: the text begins with a byte order mark; expected UTF-8 without one");
    row("not UTF-8", "a: b\nc: \xc3\x28", u"a.yaml:2:4: byte 0xc3 is not valid UTF-8");
    row("overlong", "\xc0\xaf", u"a.yaml:1:1: byte 0xc0 is not valid UTF-8");
    row("surrogate", "\xed\xa0\x80", u"a.yaml:1:1: byte 0xed is not valid UTF-8");
    row("cut off", "a: \xe2\x82", u"a.yaml:1:4: byte 0xe2 is not valid UTF-8");
    row("NUL", QByteArray("a\0b", 3), u"a.yaml:1:2: control character U+0000 is not allowed");
    row("escape character", "a: \x1b[1m", u"a.yaml:1:4: control character U+001B is not allowed");
    row("delete", "a: \x7f", u"a.yaml:1:4: control character U+007F is not allowed");
    row("C1", "\xc3\xa9: \xc2\x9b", u"a.yaml:1:5: control character U+009B is not allowed");
    row("noncharacter", "\xef\xbf\xbf", u"a.yaml:1:1: control character U+FFFF is not allowed");
    row("lone CR", "a: b\rc: d", u"a.yaml:1:5: carriage return without a line feed");
    // The document
    row("empty", "", u"a.yaml:1:1: the text holds no document");
    row("comment only", "# a\n", u"a.yaml:1:1: the text holds no document");
    row("two documents", "a: 1\n---\nb: 2\n", u"a.yaml:2:1: a second document begins here; expected one");
    row("text after the end", "a: 1\n...\nb\n", u"a.yaml:3:1: a second document begins here; expected one");
    row("older version", "%YAML 1.1\n---\na: 1\n",
        u"a.yaml:1:1: directive \"%YAML 1.1\" is not accepted; expected YAML 1.2");
    row("tag directive", "# x\n%TAG ! tag:x,2000:\n---\na: 1\n",
        u"a.yaml:2:1: directive \"%TAG ! tag:x,2000:\" is not accepted; expected YAML 1.2");
    row("syntax", "a: b: c\n", u"a.yaml:1:5: not valid YAML: illegal map value");
    row("syntax after umlauts", "\"\xc3\xbc\xc3\xbc\": b: c\n",
        u"a.yaml:1:10: not valid YAML: illegal map value");
    row("tab", "a:\n\tb: c\n", u"a.yaml:2:3: not valid YAML: illegal map value");
    row("unclosed list", "a: [1, 2\n", u"a.yaml:2:1: not valid YAML: end of sequence flow not found");
    row("unclosed double quote", "a: \"b\n", u"a.yaml:1:4: /a: quoted text has no closing quote");
    row("unclosed single quote", "- 'b''\n", u"a.yaml:1:3: /0: quoted text has no closing quote");
    row("escaped closing quote", "a: &x \"b\\\"\n", u"a.yaml:1:4: /a: quoted text has no closing quote");
    row("unknown alias", "a: *b\n", u"a.yaml:1:4: not valid YAML: the referenced anchor is not defined");
    row("alias in itself", "a: &b [1, *b]\n", u"a.yaml:1:11: /a/1: an alias stands inside its own anchor");
    // What the structure survives
    row("duplicate key", "a: 1\nb: {c: 1, d: 2, c: 3}\n",
        u"a.yaml:2:17: /b: key \"c\" stands twice in one mapping");
    row("duplicate among many", "a:\n" + manyKeys(40) + "  k7: 2\n  k39: 2\n",
        u"2 errors in a.yaml\n"
        "a.yaml:42:3: /a: key \"k7\" stands twice in one mapping\n"
        "a.yaml:43:3: /a: key \"k39\" stands twice in one mapping");
    row("inside lists", "- [1, 2]\n- [3, [4, 5, {a: [6, !x 7]}]]\n",
        u"a.yaml:2:22: /1/1/2/a/1: tag \"!x\" is not accepted");
    row("duplicate by quotes", "a: 1\n'a': 2\n", u"a.yaml:2:1: key \"a\" stands twice in one mapping");
    row("merge key", "a: &x {b: 1}\nc: {<<: *x}\n", u"a.yaml:2:5: /c: merge keys \"<<\" are not accepted");
    row("tag", "a: !!str 1\n", u"a.yaml:1:4: /a: tag \"tag:yaml.org,2002:str\" is not accepted");
    row("own tag on a list", "- !x [1]\n", u"a.yaml:1:3: /0: tag \"!x\" is not accepted");
    row("number as key", "a: {1: b}\n", u"a.yaml:1:5: /a: expected a key that is text, found the number 1");
    row("boolean as key", "true: b\n", u"a.yaml:1:1: expected a key that is text, found the boolean true");
    row("empty key", ": b\n", u"a.yaml:1:1: expected a key that is text, found null");
    row("list as key", "? [a]\n: b\n", u"a.yaml:1:3: expected a key that is text, found a list");
    row("infinity", "a: -.inf\n", u"a.yaml:1:4: /a: number -.inf is not accepted; expected a finite number");
    row("not a number", "a: [.nan]\n",
        u"a.yaml:1:5: /a/0: number .nan is not accepted; expected a finite number");
    row("large integer", "a: 9007199254740992\n",
        u"a.yaml:1:4: /a: integer 9007199254740992 is beyond 2^53-1; put it in quotes");
    row("huge hexadecimal", "0: 1\na: 0xfffffffffffffffffffff\n",
        u"2 errors in a.yaml\n"
        "a.yaml:1:1: expected a key that is text, found the number 0\n"
        "a.yaml:2:4: /a: integer 0xfffffffffffffffffffff is beyond 2^53-1; put it in quotes");
    row("large number", "a: 1e999\n", u"a.yaml:1:4: /a: number 1e999 is beyond the range of a double");
    row("pointer is escaped", "a/b~c: !x 1\n", u"a.yaml:1:8: /a~1b~0c: tag \"!x\" is not accepted");
}

void TestYamlDocument::refuses()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, error);

    const auto document = readYaml(yaml, u"a.yaml"_s);

    if (document)
        QVERIFY(!document->problems.isEmpty());
    QCOMPARE(document ? combined(document->problems).toString() : document.error().toString(), error);
}

void TestYamlDocument::knowsPositions()
{
    const auto document = readYaml("a: \xc3\xa9\n\xc3\xbc: [b,\n  {c: d}]\n", u"a.yaml"_s);

    QVERIFY(document);
    const YamlNode &root = *document->root;
    QCOMPARE(root.mark, (YamlMark{1, 1}));
    QCOMPARE(root.members.at(0).mark, (YamlMark{1, 1}));
    QCOMPARE(root.members.at(0).value->mark, (YamlMark{1, 4}));
    QCOMPARE(root.members.at(1).mark, (YamlMark{2, 1}));
    const YamlNode &list = *root.find(u"\u00fc")->value;
    QCOMPARE(list.mark, (YamlMark{2, 5})); // In bytes: u with two dots takes two.
    QCOMPARE(list.items.at(0)->mark, (YamlMark{2, 6}));
    QCOMPARE(list.items.at(1)->mark, (YamlMark{3, 3}));
    QCOMPARE(list.items.at(1)->find(u"c")->value->mark, (YamlMark{3, 7}));
    QVERIFY(!root.find(u"c"));
    QCOMPARE(root.height, 3);
    QCOMPARE(root.nodeCount, 6); // The keys are no nodes of their own.
}

void TestYamlDocument::knowsWhereTextStands_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<int>("column");

    QTest::newRow("plain") << QByteArray("a: bc\n") << 4;
    QTest::newRow("double quotes") << QByteArray("a: \"bc\"\n") << 5;
    QTest::newRow("single quotes") << QByteArray("\xc3\xbc: 'bc'\n") << 6;
    QTest::newRow("behind an anchor") << QByteArray("a: &x  'bc'\n") << 9;
    QTest::newRow("behind an anchor on another line") << QByteArray("a: &x\n  'bc'\n") << 0;
    QTest::newRow("with an escape") << QByteArray("a: \"b\\tc\"\n") << 0;
    QTest::newRow("with a doubled quote") << QByteArray("a: 'b''c'\n") << 0;
    QTest::newRow("over two lines") << QByteArray("a: b\n  c\n") << 0;
    QTest::newRow("block") << QByteArray("a: |\n  bc\n") << 0;
}

void TestYamlDocument::knowsWhereTextStands()
{
    QFETCH(QByteArray, yaml);
    QFETCH(int, column);

    const auto document = readYaml(yaml, u"a.yaml"_s);

    QVERIFY(document);
    QCOMPARE(document->root->members.at(0).value->textColumn, column);
}

void TestYamlDocument::sharesAliases()
{
    const auto document = readYaml("a: &x [1, 2]\nb: *x\n", u"a.yaml"_s);

    QVERIFY(document);
    const YamlNode &root = *document->root;
    QCOMPARE(root.find(u"a")->value.get(), root.find(u"b")->value.get());
    QCOMPARE(root.nodeCount, 1 + 3 + 3); // The mapping, the list twice.
}

static QByteArray nested(int depth)
{
    return QByteArray(depth, '[') + QByteArray(depth, ']');
}

/// Aliases of aliases: each line is ten times the one before.
static QByteArray laughs(int lines)
{
    QByteArray yaml = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < lines; ++i) {
        const QByteArray name = "a" + QByteArray::number(i);
        const QByteArray before = "*a" + QByteArray::number(i - 1);
        yaml += name + ": &" + name + " [" + QByteArrayList(10, before).join(',') + "]\n";
    }
    return yaml;
}

/// 999 001 values, of which 1 000 are a mapping with its members, the others aliases of it; keys are none.
static QByteArray thousandTimesThousand(const QByteArray &more)
{
    QByteArray yaml = "- &a {";
    for (int i = 0; i < 999; ++i)
        yaml += 'k' + QByteArray::number(i) + ": x, ";
    return yaml + "}\n" + QByteArray("- *a\n").repeated(998) + more;
}

/// A list of one text of 1 MiB and so many aliases of it.
static QByteArray sharedText(int aliases)
{
    return "- &a " + QByteArray(1024 * 1024, 'x') + '\n' + QByteArray("- *a\n").repeated(aliases);
}

void TestYamlDocument::limitsHold_data()
{
    QTest::addColumn<QByteArray>("yaml");
    QTest::addColumn<QString>("error");

    QTest::newRow("64 levels") << nested(64) << QString();
    QTest::newRow("65 levels") << nested(
        65) << u"a.yaml:1:65: %1: nested deeper than 64 levels"_s.arg(u"/0"_s.repeated(64));
    QTest::newRow("a million brackets")
        << QByteArray(1'000'000, '[')
        << u"a.yaml:1:33: %1: nested deeper than 64 levels"_s.arg(u"/0"_s.repeated(32));
    QTest::newRow("deep by alias")
        << QByteArray("- &a " + nested(40) + "\n- " + QByteArray(30, '[') + "*a" + QByteArray(30, ']'))
        << u"a.yaml:2:33: /1%1: nested deeper than 64 levels"_s.arg(u"/0"_s.repeated(30));
    QTest::newRow("aliases in bounds") << laughs(5) << QString();
    QTest::newRow("billion laughs") << laughs(9) << u"a.yaml:6:38: /a5/7: more than 1000000 values"_s;
    QTest::newRow("text in bounds") << sharedText(15) << QString();
    QTest::newRow("much text by alias")
        << sharedText(16) << u"a.yaml:17:3: /16: more than 16777216 bytes of text after aliases"_s;
    QTest::newRow("a million values")
        << thousandTimesThousand(QByteArray("- x\n").repeated(999)) << QString();
    QTest::newRow("a million and one") << thousandTimesThousand(QByteArray("- x\n").repeated(1000))
                                       << u"a.yaml:1999:3: /1998: more than 1000000 values"_s;
    QTest::newRow("a million and one by alias")
        << thousandTimesThousand("- x\n- *a\n") << u"a.yaml:1001:3: /1000: more than 1000000 values"_s;
    const QByteArray largest = "a: b\n#" + QByteArray(16 * 1024 * 1024 - 6, '-');
    QTest::newRow("16 MiB") << largest << QString();
    QTest::newRow("too large") << largest + '-'
                               << u"a.yaml:1:1: the text has 16777217 bytes; at most 16777216 are read"_s;
}

void TestYamlDocument::limitsHold()
{
    QFETCH(QByteArray, yaml);
    QFETCH(QString, error);

    const auto document = readYaml(yaml, u"a.yaml"_s);

    QCOMPARE(document ? QString() : document.error().toString(), error);
}

void TestYamlDocument::goesOnAfterProblems()
{
    const auto document = readYaml("a: 1\na: {b: 2}\n1: [c]\nd: !x 3\n", u"a.yaml"_s);

    QVERIFY(document);
    QCOMPARE(document->problems.size(), 3);
    QCOMPARE(canonicalJsonOf(toJson(*document->root)), QByteArray(R"({"a":1,"d":"3"})"));
}

void TestYamlDocument::stopsAtManyProblems()
{
    const auto document = readYaml(QByteArray("- .nan\n").repeated(1000), u"a.yaml"_s);

    QVERIFY(!document);
    QCOMPARE(document.error().toString(), u"a.yaml:101:3: /100: too many errors; reading ends here"_s);
}

QTEST_GUILESS_MAIN(TestYamlDocument)
#include "tst_yaml_document.moc"
