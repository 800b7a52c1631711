#include "tests/pack/expression_scope.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Template;

namespace {

void row(const QString &text, int column, const QString &message)
{
    QTest::newRow(text.left(80).toUtf8().constData()) << text << column << message;
}

/// The text as a template at p.yaml:7:COLUMN, where an error can only come from here.
engine::Result<QJsonValue> evaluated(const QString &text, int column = 1)
{
    const auto parsed = Template::parse(text, {u"p.yaml"_s, 7, column, u"/when"_s});
    if (!parsed)
        return parsed.error();
    return parsed->evaluate(fullScope());
}

} // namespace

/// What is wrong and where, exactly. Columns count from the first character of the template, in UTF-8 bytes.
class TestExpressionErrors : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parseRejects_data();
    void parseRejects();
    void evaluateRejects_data();
    void evaluateRejects();
    void positions_data();
    void positions();
    void limits_data();
    void limits();
    void justWithinLimits_data();
    void justWithinLimits();
    void limitsOfAll();
    void pointerInside();
};

void TestExpressionErrors::parseRejects_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("message");

    const QString noEnd = u"\"{{\" without its \"}}\"; write {{ '{{' }} for the text itself"_s;
    row(u"a {{ inputs.x"_s, 3, noEnd);
    row(u"{{"_s, 1, noEnd);
    row(u"{{ 1 }"_s, 6, u"unexpected character \"}\""_s);
    row(u"{{ {'a': 1 }}"_s, 13, u"unexpected character \"}\""_s);
    row(u"{{ '}}"_s, 4, u"string without an end"_s);
    row(u"{{ 'a\\"_s, 4, u"string without an end"_s);
    row(u"{{ 'a\\"_s + u"' }}"_s, 4, u"string without an end"_s);
    row(u"{{ }}"_s, 4, u"empty expression"_s);
    row(u"x {{}}"_s, 5, u"empty expression"_s);
    row(uR"({{ '\x' }})"_s, 5, uR"(unknown escape "\x" in a string)"_s);
    row(uR"({{ 'a\u12g4' }})"_s, 8, uR"(expected four hexadecimal digits after \u)"_s);
    row(uR"({{ '\u12)"_s, 7, uR"(expected four hexadecimal digits after \u)"_s);
    row(uR"({{ '\uD83D' }})"_s, 5, uR"(lone surrogate \uD83D in a string)"_s);
    row(uR"({{ '\uD83D\u0041' }})"_s, 5, uR"(lone surrogate \uD83D in a string)"_s);
    row(uR"({{ '\uDE00' }})"_s, 5, uR"(lone surrogate \uDE00 in a string)"_s);
    row(u"{{ 01 }}"_s, 4, u"number \"01\": expected the end of the text, found \"1\""_s);
    row(u"{{ 1. }}"_s, 4, u"number \"1.\": expected a digit after \".\", found the end of the text"_s);
    row(u"{{ 1e }}"_s, 4, u"number \"1e\": expected a digit in the exponent, found the end of the text"_s);
    row(u"{{ 1e999 }}"_s, 4, u"number \"1e999\": number is beyond the range of a double"_s);
    row(u"{{ 9007199254740992 }}"_s, 4, u"integer 9007199254740992 is beyond 2^53-1"_s);
    row(u"{{ index = 1 }}"_s, 10, u"unexpected \"=\"; write \"==\""_s);
    row(u"{{ index && 1 }}"_s, 10, u"unexpected \"&&\"; write \"and\""_s);
    row(u"{{ index || 1 }}"_s, 10, u"unexpected \"||\"; write \"or\""_s);
    row(u"{{ !index }}"_s, 4, u"unexpected \"!\"; write \"not\""_s);
    row(u"{{ a | b }}"_s, 6, u"unexpected character \"|\""_s);
    row(u"{{ é }}"_s, 4, u"unexpected character \"é\""_s);
    row(u"{{ 😀 }}"_s, 4, u"unexpected character \"😀\""_s);
    row(u"{{ .Names }}"_s, 4, u"expected a value, found \".\""_s);
    row(u"{{ 1 + }}"_s, 8, u"expected a value, found \"}}\""_s);
    row(u"{{ and }}"_s, 4, u"expected a value, found \"and\""_s);
    row(u"{{ 1 2 }}"_s, 6, u"expected an operator or \"}}\", found \"2\""_s);
    row(u"{{ 1 'a' }}"_s, 6, u"expected an operator or \"}}\", found a string"_s);
    row(u"{{ index not in [1] }}"_s, 10, u"expected an operator or \"}}\", found \"not\""_s);
    row(u"{{ (1 }}"_s, 7, u"expected \")\", found \"}}\""_s);
    row(u"{{ [1, 2 }}"_s, 10, u"expected \",\" or \"]\", found \"}}\""_s);
    row(u"{{ [1,] }}"_s, 7, u"expected a value, found \"]\""_s);
    row(u"{{ inputs[1 }}"_s, 13, u"expected \"]\", found \"}}\""_s);
    row(u"{{ inputs. }}"_s, 12, u"expected a name after \".\", found \"}}\""_s);
    row(u"{{ inputs.'a' }}"_s, 11, u"expected a name after \".\", found a string"_s);
    row(u"{{ {a: 1} }}"_s, 5, u"expected a name in quotes, found \"a\""_s);
    row(u"{{ {'a' 1} }}"_s, 9, u"expected \":\", found \"1\""_s);
    row(u"{{ {'a': 1; } }}"_s, 11, u"unexpected character \";\""_s);
    row(u"{{ {'a': 1 'b'} }}"_s, 12, u"expected \",\" or \"}\", found a string"_s);
    row(u"{{ {'a': 1, 'a': 2} }}"_s, 13, u"name \"a\" stands twice in one object"_s);
    row(u"{{ 1 if true }}"_s, 14, u"expected \"else\", found \"}}\""_s);
    row(u"{{ 1 < 2 < 3 }}"_s, 10, u"comparisons cannot be chained; join them with \"and\""_s);
    row(u"{{ inptus.a }}"_s, 4, u"unknown name \"inptus\"; did you mean \"inputs\"?"_s);
    row(u"{{ environment.HOME }}"_s, 4, u"unknown name \"environment\""_s);
    row(u"{{ len }}"_s, 4, u"\"len\" is a function; write len(...)"_s);
    row(u"{{ lenn('a') }}"_s, 4, u"unknown function \"lenn\"; did you mean \"len\"?"_s);
    row(u"{{ now() }}"_s, 4, u"unknown function \"now\""_s);
    row(u"{{ inputs.a() }}"_s, 12, u"expected an operator or \"}}\", found \"(\""_s);
    row(u"{{ len() }}"_s, 4, u"len() takes 1 argument, not 0"_s);
    row(u"{{ split('a') }}"_s, 4, u"split() takes 2 arguments, not 1"_s);
    row(u"{{ range(1, 2, 3) }}"_s, 4, u"range() takes 1 or 2 arguments, not 3"_s);
    row(u"{{ min() }}"_s, 4, u"min() takes at least 1 argument, not 0"_s);
    const QString noStep = u"\"steps\" needs the id of a step: steps.ID or steps['ID']"_s;
    row(u"{{ steps }}"_s, 4, noStep);
    row(u"{{ keys(steps) }}"_s, 9, noStep);
    row(u"{{ steps[inputs.target] }}"_s, 4, noStep);
    row(u"{{ (steps).build }}"_s, 5, noStep);
    row(u"{{ steps[0] }}"_s, 4, noStep);
}

void TestExpressionErrors::parseRejects()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    QFETCH(QString, message);

    const auto parsed = Template::parse(text, {u"p.yaml"_s, 7, 1, u"/when"_s});

    QVERIFY(!parsed);
    QCOMPARE(parsed.error().toString(), u"p.yaml:7:%1: /when: %2"_s.arg(QString::number(column), message));
    QVERIFY(parsed.error().code == engine::ErrorCode::InvalidInput);
}

void TestExpressionErrors::evaluateRejects_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("message");

    // Names
    row(u"{{ inputs.taget }}"_s, 11, u"\"inputs\" has no member \"taget\"; did you mean \"target\"?"_s);
    row(u"{{ steps.buid.status }}"_s, 10, u"\"steps\" has no member \"buid\"; did you mean \"build\"?"_s);
    row(u"{{ inputs.object.a['x'] }}"_s, 20, u"\"inputs.object.a\" has no member \"x\""_s);
    row(u"{{ inputs[ ('x') ] }}"_s, 13, u"\"inputs\" has no member \"x\""_s);
    row(u"{{ (inputs).x }}"_s, 13, u"\"(inputs)\" has no member \"x\""_s);
    row(u"{{ inputs.none.x }}"_s, 16, u"\"inputs.none\" is null and has no members"_s);
    row(u"{{ inputs.target.x }}"_s, 18,
        u"\"inputs.target\" is the string \"production\" and has no members"_s);
    row(u"{{ inputs.target[0] }}"_s, 18,
        u"\"inputs.target\" is the string \"production\" and has no members"_s);
    row(u"{{ inputs.count.x }}"_s, 17, u"\"inputs.count\" is the integer 3 and has no members"_s);
    row(u"{{ inputs.list.x }}"_s, 16,
        u"\"inputs.list\" is an array, whose items are numbered by integers, not by the string \"x\""_s);
    row(u"{{ inputs.list[1.5] }}"_s, 16,
        u"\"inputs.list\" is an array, whose items are numbered by integers, not by the number 1.5"_s);
    row(u"{{ inputs.list[3] }}"_s, 16, u"\"inputs.list\" is an array of 3 items and has no item 3"_s);
    row(u"{{ [1][-1] }}"_s, 8, u"\"[1]\" is an array of 1 item and has no item -1"_s);
    row(u"{{ inputs[0] }}"_s, 11,
        u"\"inputs\" is an object, whose members are named by strings, not by the integer 0"_s);
    row(u"{{ secrets.token }}"_s, 4, u"\"secrets\" has no value here"_s);
    row(u"{{ default(secrets.token, 1) }}"_s, 12, u"\"secrets\" has no value here"_s);
    row(u"{{ default(inputs.x, inputs.y) }}"_s, 29, u"\"inputs\" has no member \"y\""_s);
    row(u"{{ default(1 / 0, 1) }}"_s, 16, u"cannot divide the integer 1 by zero"_s);
    // Operators
    row(u"{{ 'a' + 1 }}"_s, 10,
        u"\"+\" takes two numbers or two strings, not the string \"a\" and the integer 1; toString() makes a string of a value"_s);
    row(u"{{ 'a' + 'b' + null }}"_s, 16,
        u"\"+\" takes two numbers or two strings, not the string \"ab\" and null; toString() makes a string of a value"_s);
    row(u"{{ 1 + true }}"_s, 8,
        u"\"+\" takes two numbers or two strings, not the integer 1 and the boolean true"_s);
    row(u"{{ [1] + [2] }}"_s, 10,
        u"\"+\" takes two numbers or two strings, not an array of 1 item and an array of 1 item"_s);
    row(u"{{ 'a' - 'b' }}"_s, 10, u"\"-\" takes two numbers, not the string \"a\" and the string \"b\""_s);
    row(u"{{ 2 * '3' }}"_s, 8, u"\"*\" takes two numbers, not the integer 2 and the string \"3\""_s);
    row(u"{{ {} / 1 }}"_s, 9, u"\"/\" takes two numbers, not an object of 0 members and the integer 1"_s);
    row(u"{{ 7 % 1.5 }}"_s, 8, u"\"%\" takes two integers, not the integer 7 and the number 1.5"_s);
    row(u"{{ 7 % 0 }}"_s, 8, u"cannot divide the integer 7 by zero"_s);
    row(u"{{ 1.5 / 0 }}"_s, 10, u"cannot divide the number 1.5 by zero"_s);
    row(u"{{ -'a' }}"_s, 4, u"\"-\" takes a number, not the string \"a\""_s);
    row(u"{{ 9007199254740991 + 1 }}"_s, 23, u"9007199254740991 + 1 is beyond 2^53-1, the largest integer"_s);
    row(u"{{ -9007199254740991 - 1 }}"_s, 24,
        u"-9007199254740991 - 1 is beyond 2^53-1, the largest integer"_s);
    row(u"{{ 3037000500 * 3037000500 }}"_s, 17,
        u"3037000500 * 3037000500 is beyond 2^53-1, the largest integer"_s);
    row(u"{{ inputs.huge * inputs.huge }}"_s, 18, u"1e+300 * 1e+300 is beyond the range of numbers"_s);
    row(u"{{ 1 < '2' }}"_s, 8,
        u"\"<\" compares two numbers, two strings or two booleans, not the integer 1 and the string \"2\""_s);
    row(u"{{ null >= null }}"_s, 12,
        u"\">=\" compares two numbers, two strings or two booleans, not null and null"_s);
    row(u"{{ [1] <= [2] }}"_s, 11,
        u"\"<=\" compares two numbers, two strings or two booleans, not an array of 1 item and an array of 1 item"_s);
    row(u"{{ 1 in 'a1' }}"_s, 9, u"only a string can be in the string \"a1\", not the integer 1"_s);
    row(u"{{ 1 in {'a': 1} }}"_s, 9, u"only a string can be in an object of 1 member, not the integer 1"_s);
    row(u"{{ 1 in 12 }}"_s, 9,
        u"\"in\" looks into a string, an array or an object, not into the integer 12"_s);
    row(u"{{ 1 and true }}"_s, 4, u"\"and\" takes a boolean, not the integer 1"_s);
    row(u"{{ false or 'x' }}"_s, 13, u"\"or\" takes a boolean, not the string \"x\""_s);
    row(u"{{ not null }}"_s, 8, u"\"not\" takes a boolean, not null"_s);
    row(u"{{ 1 if 'yes' else 2 }}"_s, 9, u"\"if\" takes a boolean, not the string \"yes\""_s);
    row(u"{{ 1 + (2 - (3 * 'x')) }}"_s, 18,
        u"\"*\" takes two numbers, not the integer 3 and the string \"x\""_s);
    // Functions
    row(u"{{ len(1) }}"_s, 8,
        u"argument 1 of len() is the integer 1; expected a string, an array or an object"_s);
    row(u"{{ upper(null) }}"_s, 10, u"argument 1 of upper() is null; expected a string"_s);
    row(u"{{ startsWith('a', 1) }}"_s, 20,
        u"argument 2 of startsWith() is the integer 1; expected a string"_s);
    row(u"{{ replace('a', 'b', [1]) }}"_s, 22,
        u"argument 3 of replace() is an array of 1 item; expected a string"_s);
    row(u"{{ keys([]) }}"_s, 9, u"argument 1 of keys() is an array of 0 items; expected an object"_s);
    row(u"{{ sort('ba') }}"_s, 9, u"argument 1 of sort() is the string \"ba\"; expected an array"_s);
    row(u"{{ range(1.5) }}"_s, 10, u"argument 1 of range() is the number 1.5; expected an integer"_s);
    row(u"{{ abs('1') }}"_s, 8, u"argument 1 of abs() is the string \"1\"; expected a number"_s);
    row(u"{{ toNumber(true) }}"_s, 13,
        u"argument 1 of toNumber() is the boolean true; expected a number or a string"_s);
    row(u"{{ contains('a', 1) }}"_s, 4, u"only a string can be in the string \"a\", not the integer 1"_s);
    row(u"{{ split('a', '') }}"_s, 4, u"the separator of split() is empty"_s);
    row(u"{{ join(['a', 1], ',') }}"_s, 4, u"join() joins strings, but item 1 is the integer 1"_s);
    row(u"{{ replace('a', '', 'b') }}"_s, 4, u"the text that replace() looks for is empty"_s);
    row(u"{{ sort([1, 'a']) }}"_s, 4,
        u"sort() orders numbers, strings or booleans of one type, not the integer 1 and the string \"a\""_s);
    row(u"{{ sort([[1]]) }}"_s, 4,
        u"sort() orders numbers, strings or booleans of one type, not an array of 1 item and an array of 1 item"_s);
    row(u"{{ range(100001) }}"_s, 4, u"range() would give 100001 items; at most 100000 are given"_s);
    row(u"{{ range(-9007199254740991, 9007199254740991) }}"_s, 4,
        u"range() would give 18014398509481982 items; at most 100000 are given"_s);
    row(u"{{ min(1) }}"_s, 4, u"min() of one argument takes an array, not the integer 1"_s);
    row(u"{{ max(1, 'a') }}"_s, 4,
        u"max() compares numbers, strings or booleans of one type, not the integer 1 and the string \"a\""_s);
    row(u"{{ max([]) }}"_s, 4, u"max() of an empty array"_s);
    row(u"{{ first([]) }}"_s, 4, u"first() of an empty array"_s);
    row(u"{{ last([]) }}"_s, 4, u"last() of an empty array"_s);
    row(u"{{ toNumber('1 ') }}"_s, 4, u"toNumber() cannot read the string \"1 \" as a number"_s);
    row(u"{{ toNumber('0x10') }}"_s, 4, u"toNumber() cannot read the string \"0x10\" as a number"_s);
    row(u"{{ toNumber('true') }}"_s, 4, u"toNumber() cannot read the string \"true\" as a number"_s);
    row(u"{{ toNumber('%1 %2') }}"_s, 4, u"toNumber() cannot read the string \"%1 %2\" as a number"_s);
    row(u"{{ fromJson('{\"a\": %3}') }}"_s, 4,
        u"fromJson() cannot read the string \"{\\\"a\\\": %3}\": expected a value, found \"%\" at line 1, column 7"_s);
    // Long values are cut in messages.
    row(u"{{ upper('0123456789012345678901234567890123456789x') + 1 }}"_s, 57,
        u"\"+\" takes two numbers or two strings, not the string "
        u"\"0123456789012345678901234567890123456789...\" and the "
        "integer 1; toString() makes a string of a value"_s);
}

void TestExpressionErrors::evaluateRejects()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    QFETCH(QString, message);

    const auto value = evaluated(text);

    QVERIFY(!value);
    QCOMPARE(value.error().toString(), u"p.yaml:7:%1: /when: %2"_s.arg(QString::number(column), message));
    QVERIFY(value.error().code == engine::ErrorCode::InvalidInput);
}

void TestExpressionErrors::positions_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("error");

    QTest::newRow("column of the string is added")
        << u"a {{ 1 / 0 }}"_s << 20 << u"p.yaml:7:29: /when: cannot divide the integer 1 by zero"_s;
    QTest::newRow("bytes, not characters")
        << u"é😀 {{ x }}"_s << 1 << u"p.yaml:7:11: /when: unknown name \"x\""_s;
    QTest::newRow("column not known") << u"a {{ x }}"_s << 0 << u"p.yaml:7: /when: unknown name \"x\""_s;
    QTest::newRow("several lines")
        << u"one\ntwo é {{ x }}\n"_s << 20
        << u"p.yaml:7:20: /when: unknown name \"x\" (line 2, column 11 of the text)"_s;
    QTest::newRow("second expression")
        << u"{{ 1 }}{{ 2 }}{{ 'a' - 1 }}"_s << 1
        << u"p.yaml:7:24: /when: \"-\" takes two numbers, not the string \"a\" and the integer 1"_s;
}

void TestExpressionErrors::positions()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    QFETCH(QString, error);

    const auto value = evaluated(text, column);

    QVERIFY(!value);
    QCOMPARE(value.error().toString(), error);
}

void TestExpressionErrors::limits_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");

    const auto add = [](const char *name, const QString &text, const QString &message) {
        QTest::newRow(name) << text << message;
    };
    const QString large = u"gives a value larger than 16 MiB"_s;
    const QString deep = u"expression is nested deeper than 64 levels"_s;
    add("parentheses", u"{{ "_s + u"("_s.repeated(64) + u"1"_s + u")"_s.repeated(64) + u" }}"_s, deep);
    add("arrays", u"{{ "_s + u"["_s.repeated(30'000) + u" }}"_s, deep);
    add("signs", u"{{ "_s + u"-"_s.repeated(64) + u"1 }}"_s, deep);
    add("not", u"{{ "_s + u"not "_s.repeated(64) + u"true }}"_s, deep);
    add("else", u"{{ "_s + u"1 if true else "_s.repeated(64) + u"1 }}"_s, deep);
    add("length", u"{{ "_s + u" "_s.repeated(65'536) + u"1 }}"_s,
        u"expression has more than 65536 characters"_s);
    add("length of a string", u"{{ '"_s + u"a"_s.repeated(65'536) + u"' }}"_s,
        u"expression has more than 65536 characters"_s);
    add("count", u"{{1}}"_s.repeated(100'001), u"more than 100000 expressions in one string"_s);
    add("steps", u"{{ -index }}"_s.repeated(60'000), u"takes more than 100000 evaluation steps"_s);
    add("steps of large values", u"{{ "_s + u"len(range(100000)) + "_s.repeated(40) + u"0 }}"_s,
        u"takes more than 100000 evaluation steps"_s);
    add("replace", u"{{ replace(replace('%1', 'a', '%1'), 'a', '%1') }}"_s.arg(u"a"_s.repeated(600)), large);
    add("join", u"{{ join(split('%1', 'a'), '%2') }}"_s.arg(u"a"_s.repeated(30'000), u"b"_s.repeated(30'000)),
        large);
    add("plus",
        u"{{ join(split('%1', 'a'), '%2') + join(split('%1', 'a'), '%2') }}"_s.arg(u"a"_s.repeated(10'000),
                                                                                   u"b"_s.repeated(1'000)),
        large);
    add("array", u"{{ [%1] }}"_s.arg(QStringList(12, u"range(100000)"_s).join(u',')), large);
    add("object", u"{{ {%1} }}"_s.arg([] {
        QStringList members;
        for (int i = 0; i < 12; ++i)
            members += u"'%1': range(100000)"_s.arg(i);
        return members.join(u',');
    }()),
        large);
    add("split",
        u"{{ split(join(split('%1', 'a'), '%2'), ',') }}"_s.arg(u"a"_s.repeated(2'000),
                                                                u","_s.repeated(1'000)),
        large);
    add("fromJson",
        u"{{ fromJson('[' + join(split('%1', 'a'), '%2') + '0]') }}"_s.arg(u"a"_s.repeated(2'000),
                                                                           u"0,"_s.repeated(600)),
        u"fromJson() cannot read the string \"[%1...\": more than 1000000 values at line 1, column 2000000"_s
            .arg(u"0,"_s.repeated(20).chopped(1)));
    // Built before they are refused these would take 90 GB each.
    const QString nine = u"replace('%1', 'a', '%2')"_s.arg(u"a"_s.repeated(3'000), u"b"_s.repeated(3'000));
    add("huge join", u"{{ join(split('%1', 'a'), %2) }}"_s.arg(u"a"_s.repeated(10'000), nine), large);
    add("huge replace", u"{{ replace('%1', 'a', %2) }}"_s.arg(u"a"_s.repeated(10'000), nine), large);
    add("joined text",
        u"{{ join(split('%1', 'a'), '%2') }}"_s.arg(u"a"_s.repeated(1'000), u"b"_s.repeated(1'000))
            .repeated(17),
        large);
}

void TestExpressionErrors::limits()
{
    QFETCH(QString, text);
    QFETCH(QString, message);

    const auto value = evaluated(text);

    QVERIFY(!value);
    QCOMPARE(value.error().message, message);
}

void TestExpressionErrors::justWithinLimits_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QJsonValue>("result");

    QTest::newRow("parentheses") << u"{{ "_s + u"("_s.repeated(63) + u"1"_s + u")"_s.repeated(63) + u" }}"_s
                                 << QJsonValue(1);
    QTest::newRow("signs") << u"{{ "_s + u"-"_s.repeated(62) + u"1 }}"_s << QJsonValue(1);
    QTest::newRow("a long sum is not deep")
        << u"{{ "_s + u"1+"_s.repeated(30'000) + u"1 }}"_s << QJsonValue(30'001);
    QTest::newRow("length") << u"{{"_s + u" "_s.repeated(65'535) + u"1}}"_s << QJsonValue(1);
    QTest::newRow("text may be long") << u"a"_s.repeated(1'000'000) << QJsonValue(u"a"_s.repeated(1'000'000));
    QTest::newRow("many escapes") << u"{{ '{{' }}"_s.repeated(100'000)
                                  << QJsonValue(u"{{"_s.repeated(100'000));
    QTest::newRow("sort of many") << u"{{ sort(range(100000))[99999] }}"_s << QJsonValue(99'999);
}

void TestExpressionErrors::justWithinLimits()
{
    QFETCH(QString, text);
    QFETCH(QJsonValue, result);

    const auto value = evaluated(text);

    QVERIFY2(value, value ? "" : qPrintable(value.error().message));
    QVERIFY(*value == result); // QCOMPARE would print a million characters.
}

void TestExpressionErrors::limitsOfAll()
{
    const QString large = u"{{ range(100000) }}"_s; // 1.6 MB each
    QJsonArray ten;
    for (int i = 0; i < 10; ++i)
        ten.append(large);
    QVERIFY(engine::evaluateAll(ten, fullScope()));
    ten.append(large);
    const auto value = engine::evaluateAll(ten, fullScope());
    QVERIFY(!value);
    QCOMPARE(value.error().toString(), u"/10: gives a value larger than 16 MiB"_s);

    QJsonValue deep = u"{{ 1 }}"_s;
    for (int i = 0; i < 129; ++i)
        deep = QJsonArray{deep};
    const auto tooDeep = engine::foldAll(deep, fullScope());
    QVERIFY(!tooDeep);
    QCOMPARE(tooDeep.error().message, u"value is nested deeper than 128 levels"_s);
}

void TestExpressionErrors::pointerInside()
{
    const auto value =
        engine::evaluateAll(fromJson(uR"({"a": ["x", {"b/c": "{{ 1 / 0 }}"}]})"_s), fullScope());
    QVERIFY(!value);
    QCOMPARE(value.error().toString(), u"/a/1/b~1c: cannot divide the integer 1 by zero"_s);

    const auto folded = engine::foldAll(fromJson(uR"(["{{ oops }}"])"_s), fullScope());
    QVERIFY(!folded);
    QCOMPARE(folded.error().toString(), u"/0: unknown name \"oops\""_s);
}

QTEST_APPLESS_MAIN(TestExpressionErrors)
#include "tst_expression_errors.moc"
