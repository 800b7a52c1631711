#include "tests/pack/expression_scope.h"

#include <QTest>

using namespace Qt::StringLiterals;
using engine::Template;

namespace {

void row(const QString &expression, const QString &json)
{
    QTest::newRow(expression.toUtf8().constData()) << expression << json;
}

} // namespace

/// What expressions and templates give. Errors: tst_expression_errors, folding: tst_expression_fold.
class TestExpression : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void literals_data();
    void literals() { checkExpression(); }
    void names_data();
    void names() { checkExpression(); }
    void operators_data();
    void operators() { checkExpression(); }
    void precedence_data();
    void precedence() { checkExpression(); }
    void functions_data();
    void functions() { checkExpression(); }
    void templates_data();
    void templates();
    void references_data();
    void references();
    void staysAnInteger();

private:
    static void checkExpression();
};

void TestExpression::checkExpression()
{
    QFETCH(QString, expression);
    QFETCH(QString, json);

    const auto parsed = Template::parse(u"{{ "_s + expression + u" }}"_s);
    QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().message));
    const auto value = parsed->evaluate(fullScope());
    QVERIFY2(value, value ? "" : qPrintable(value.error().message));
    QCOMPARE(QString::fromUtf8(engine::canonicalJsonOf(*value)), json);
}

void TestExpression::literals_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("json");

    row(u"null"_s, u"null"_s);
    row(u"true"_s, u"true"_s);
    row(u"false"_s, u"false"_s);
    row(u"0"_s, u"0"_s);
    row(u"42"_s, u"42"_s);
    row(u"-42"_s, u"-42"_s);
    row(u"9007199254740991"_s, u"9007199254740991"_s);
    row(u"1.50"_s, u"1.5"_s);
    row(u"1e3"_s, u"1000"_s);
    row(u"1E-7"_s, u"1e-7"_s);
    row(u"1e+21"_s, u"1e+21"_s);
    row(u"-0.0"_s, u"0"_s);
    row(u"''"_s, uR"("")"_s);
    row(u"'it'"_s, uR"("it")"_s);
    row(uR"("it's")"_s, uR"("it's")"_s);
    row(uR"('say "x"')"_s, uR"("say \"x\"")"_s);
    row(uR"('a\\b\'c\"d\ne\tf')"_s, uR"("a\\b'c\"d\ne\tf")"_s);
    row(uR"('\u00e9')"_s, u"\"é\""_s);
    row(uR"('\uD83D\uDE00')"_s, u"\"😀\""_s);
    row(u"'}} {{'"_s, uR"("}} {{")"_s);
    row(u"[]"_s, u"[]"_s);
    row(u"[1, 'a', [true], null]"_s, uR"([1,"a",[true],null])"_s);
    row(u"{}"_s, u"{}"_s);
    row(uR"({'b': 1, "a": {'c': [2]}})"_s, uR"({"a":{"c":[2]},"b":1})"_s);
    row(u"(((1)))"_s, u"1"_s);
    row(u"\n 1\t+\r\n2 "_s, u"3"_s);
}

void TestExpression::names_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("json");

    row(u"inputs.target"_s, uR"("production")"_s);
    row(u"inputs['target']"_s, uR"("production")"_s);
    row(u"inputs . target"_s, uR"("production")"_s);
    row(u"(inputs).target"_s, uR"("production")"_s);
    row(u"inputs.object.a.c[1]"_s, u"20"_s);
    row(u"inputs.object['odd name']"_s, u"7"_s);
    row(u"inputs.object.if"_s, uR"("keyword")"_s);
    row(u"inputs.list[inputs.count - 1]"_s, u"2"_s);
    row(u"inputs[inputs.names[0] + 'races']"_s, uR"("a {{ inputs.count }} {")"_s);
    row(u"inputs.none"_s, u"null"_s);
    row(u"[1, 2][0]"_s, u"1"_s);
    row(u"{'a': 1}.a"_s, u"1"_s);
    row(u"split('a,b', ',')[1]"_s, uR"("b")"_s);
    row(u"steps.build.status"_s, uR"("succeeded")"_s);
    row(u"steps.build.artifacts['sbom.json']"_s, uR"("artifacts/sha256/ab")"_s);
    row(u"steps.hosts.results[1].ok"_s, u"false"_s);
    row(u"steps.build-it.status"_s, uR"("failed")"_s);
    row(u"steps['build-it'].status"_s, uR"("failed")"_s);
    row(u"steps.build.outputs.n-1"_s, u"4"_s); // Dashes belong to a name only directly after "steps.".
    row(u"steps.build-it.outputs.n-1"_s, u"6"_s);
    row(u"{'steps': {'a': 3}}.steps.a-1"_s, u"2"_s);
    row(u"item.name"_s, uR"("host1")"_s);
    row(u"item.in"_s, u"4"_s);
    row(u"index"_s, u"2"_s);
    row(u"run.planHash"_s, uR"("sha256:00")"_s);
    row(u"input.components"_s, uR"(["a","b"])"_s);
}

void TestExpression::operators_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("json");

    row(u"1 + 2"_s, u"3"_s);
    row(u"1 + 0.5"_s, u"1.5"_s);
    row(u"'a' + 'b' + 'c'"_s, uR"("abc")"_s);
    row(u"1 - 2 - 3"_s, u"-4"_s);
    row(u"2-1"_s, u"1"_s);
    row(u"2 - -1"_s, u"3"_s);
    row(u"- - 1"_s, u"1"_s);
    row(u"-inputs.count"_s, u"-3"_s);
    row(u"6 * 7"_s, u"42"_s);
    row(u"0 * -1"_s, u"0"_s);
    row(u"6 / 3"_s, u"2"_s);
    row(u"1 / 4"_s, u"0.25"_s);
    row(u"7 % 3"_s, u"1"_s);
    row(u"-7 % 3"_s, u"-1"_s);
    row(u"7 % -3"_s, u"1"_s);
    row(u"9007199254740990 + 1"_s, u"9007199254740991"_s);
    row(u"inputs.huge + 1"_s, u"1e+300"_s);
    row(u"inputs.huge * 10"_s, u"1e+301"_s);
    row(u"1 == 1.0"_s, u"true"_s);
    row(u"1 == '1'"_s, u"false"_s);
    row(u"1 != '1'"_s, u"true"_s);
    row(u"null == null"_s, u"true"_s);
    row(u"null == false"_s, u"false"_s);
    row(u"null != 0"_s, u"true"_s);
    row(u"true == true"_s, u"true"_s);
    row(u"'a' != 'a'"_s, u"false"_s);
    row(u"[1, [2.0]] == [1.0, [2]]"_s, u"true"_s);
    row(u"[1] == [1, 2]"_s, u"false"_s);
    row(u"{'a': 1, 'b': 2} == {'b': 2, 'a': 1}"_s, u"true"_s);
    row(u"{'a': 1} != {'a': 2}"_s, u"true"_s);
    row(u"1 < 2"_s, u"true"_s);
    row(u"2 <= 2"_s, u"true"_s);
    row(u"1 > 1.5"_s, u"false"_s);
    row(u"1.5 >= 1.5"_s, u"true"_s);
    row(u"'a' < 'b'"_s, u"true"_s);
    row(u"'Z' < 'a'"_s, u"true"_s);
    row(uR"('\uD83D\uDE00' < '\uFF01')"_s, u"true"_s); // UTF-16 code units, not code points.
    row(u"false < true"_s, u"true"_s);
    row(u"'rod' in inputs.target"_s, u"true"_s);
    row(u"'' in 'a'"_s, u"true"_s);
    row(u"2 in inputs.list"_s, u"true"_s);
    row(u"'2' in inputs.list"_s, u"false"_s);
    row(u"[1] in inputs.mixed"_s, u"true"_s);
    row(u"{'a': 1.0} in inputs.mixed"_s, u"true"_s);
    row(u"null in [null]"_s, u"true"_s);
    row(u"'a' in inputs.object"_s, u"true"_s);
    row(u"'c' in inputs.object"_s, u"false"_s);
    row(u"not true"_s, u"false"_s);
    row(u"not not true"_s, u"true"_s);
    row(u"true and true and false"_s, u"false"_s);
    row(u"false or false or true"_s, u"true"_s);
    row(u"false and inputs.nothing"_s, u"false"_s);
    row(u"true or 1 / 0 == 1"_s, u"true"_s);
    row(u"1 if true else 1 / 0"_s, u"1"_s);
    row(u"1 / 0 if false else 2"_s, u"2"_s);
    row(u"1 if false else 2 if false else 3"_s, u"3"_s);
    row(u"(1 if true else 2) + 10"_s, u"11"_s);
}

void TestExpression::precedence_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("json");

    row(u"1 + 2 * 3"_s, u"7"_s);
    row(u"(1 + 2) * 3"_s, u"9"_s);
    row(u"8 / 4 * 2"_s, u"4"_s);
    row(u"2 * 7 % 4"_s, u"2"_s);
    row(u"-2 * 3"_s, u"-6"_s);
    row(u"2 * -3"_s, u"-6"_s);
    row(u"-inputs.list[0]"_s, u"-3"_s);
    row(u"1 + 2 == 3"_s, u"true"_s);
    row(u"1 + 1 in [2]"_s, u"true"_s);
    row(u"not 1 == 2"_s, u"true"_s);
    row(u"not false and false"_s, u"false"_s);
    row(u"not 'x' in 'abc'"_s, u"true"_s);
    row(u"true or true and false"_s, u"true"_s);
    row(u"(true or true) and false"_s, u"false"_s);
    row(u"false and true or true"_s, u"true"_s);
    row(u"false and (true or true)"_s, u"false"_s);
    row(u"1 < 2 and 2 < 3"_s, u"true"_s);
    row(u"1 if true or false else 2"_s, u"1"_s);
    row(u"'a' + 'b' if 1 < 2 else 'c'"_s, uR"("ab")"_s);
    row(u"[1 if false else 2, 3]"_s, u"[2,3]"_s);
}

void TestExpression::functions_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("json");

    row(u"len('')"_s, u"0"_s);
    row(u"len(inputs.text)"_s, u"7"_s); // Code points: the last one takes two UTF-16 units.
    row(u"len(inputs.list)"_s, u"3"_s);
    row(u"len({'a': 1})"_s, u"1"_s);
    row(u"lower('AÉ')"_s, u"\"aé\""_s);
    row(u"upper('straße')"_s, uR"("STRASSE")"_s);
    row(u"trim(' \\n a b\\t')"_s, uR"("a b")"_s);
    row(u"contains('abc', 'bc')"_s, u"true"_s);
    row(u"contains(inputs.names, 'c')"_s, u"false"_s);
    row(u"contains({'a': null}, 'a')"_s, u"true"_s);
    row(u"startsWith('abc', 'ab')"_s, u"true"_s);
    row(u"startsWith('abc', 'bc')"_s, u"false"_s);
    row(u"endsWith('abc', 'bc')"_s, u"true"_s);
    row(u"endsWith('abc', 'ab')"_s, u"false"_s);
    row(u"split('a,b,,c', ',')"_s, uR"(["a","b","","c"])"_s);
    row(u"split('', ',')"_s, uR"([""])"_s);
    row(u"split('a--b', '--')"_s, uR"(["a","b"])"_s);
    row(u"join(['a', 'b'], ', ')"_s, uR"("a, b")"_s);
    row(u"join([], ',')"_s, uR"("")"_s);
    row(u"replace('aXbX', 'X', '--')"_s, uR"("a--b--")"_s);
    row(u"replace('aaa', 'aa', 'b')"_s, uR"("ba")"_s);
    row(u"keys(inputs.object)"_s, uR"(["a","b","if","odd name"])"_s);
    row(uR"(keys({'\uFF01': 1, '\uD83D\uDE00': 2, 'a': 3}))"_s, u"[\"a\",\"😀\",\"！\"]"_s);
    row(u"values({'b': 1, 'a': 2})"_s, u"[2,1]"_s);
    row(u"sort(inputs.list)"_s, u"[1,2,3]"_s);
    row(u"sort([2, 10, 1.5])"_s, u"[1.5,2,10]"_s);
    row(u"sort(['b', 'B', 'a'])"_s, uR"(["B","a","b"])"_s);
    row(u"sort([true, false])"_s, u"[false,true]"_s);
    row(u"sort([])"_s, u"[]"_s);
    row(u"unique(inputs.names)"_s, uR"(["b","a"])"_s);
    row(u"unique([1, '1', 1.0, {'a': 1}, {'a': 1}, null, null])"_s, uR"([1,"1",{"a":1},null])"_s);
    row(u"range(3)"_s, u"[0,1,2]"_s);
    row(u"range(2, 5)"_s, u"[2,3,4]"_s);
    row(u"range(-2, 1)"_s, u"[-2,-1,0]"_s);
    row(u"range(5, 2)"_s, u"[]"_s);
    row(u"len(range(100000))"_s, u"100000"_s);
    row(u"min(3, 1, 2)"_s, u"1"_s);
    row(u"min(inputs.list)"_s, u"1"_s);
    row(u"min('b', 'a')"_s, uR"("a")"_s);
    row(u"max(1, 2.5)"_s, u"2.5"_s);
    row(u"max(inputs.names)"_s, uR"("b")"_s);
    row(u"max([false, true])"_s, u"true"_s);
    row(u"abs(-3)"_s, u"3"_s);
    row(u"abs(1.5)"_s, u"1.5"_s);
    row(u"toString(1e21)"_s, uR"("1e+21")"_s);
    row(u"toString('a')"_s, uR"("a")"_s);
    row(u"toString(true)"_s, uR"("true")"_s);
    row(u"toString(null)"_s, uR"("")"_s);
    row(u"toString([1, {'b': 1, 'a': '2'}])"_s, uR"("[1,{\"a\":\"2\",\"b\":1}]")"_s);
    row(u"toNumber('12')"_s, u"12"_s);
    row(u"toNumber('-1.5e1')"_s, u"-15"_s);
    row(u"toNumber(7)"_s, u"7"_s);
    row(u"toJson({'b': 'x', 'a': 1e21})"_s, uR"("{\"a\":1e+21,\"b\":\"x\"}")"_s);
    row(u"toJson('a')"_s, uR"("\"a\"")"_s);
    row(u"toJson(null)"_s, uR"("null")"_s);
    row(u"fromJson('{\"a\": [1, 2.5, null]}')"_s, uR"({"a":[1,2.5,null]})"_s);
    row(u"fromJson(toJson(inputs.object)) == inputs.object"_s, u"true"_s);
    row(u"sha256('abc')"_s,
        uR"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")"_s); // FIPS 180-4
    row(u"sha256('é')"_s, uR"("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c")"_s);
    row(u"base64('')"_s, uR"("")"_s);
    row(u"base64('foob')"_s, uR"("Zm9vYg==")"_s); // RFC 4648 section 10
    row(u"base64('é')"_s, uR"("w6k=")"_s);
    row(u"default(inputs.target, 'x')"_s, uR"("production")"_s);
    row(u"default(inputs.missing, 'x')"_s, uR"("x")"_s);
    row(u"default(inputs.none, 'x')"_s, uR"("x")"_s);
    row(u"default(inputs.none.deeper.still, 'x')"_s, uR"("x")"_s);
    row(u"default(inputs.list[3], 'x')"_s, uR"("x")"_s);
    row(u"default(inputs.list[-1], 'x')"_s, uR"("x")"_s);
    row(u"default(upper(inputs.missing), 'x')"_s, uR"("x")"_s);
    row(u"default(first([]), 'x')"_s, uR"("x")"_s);
    row(u"default(min([]), 'x')"_s, uR"("x")"_s);
    row(u"default(inputs.empty, 'x')"_s, uR"("")"_s);
    row(u"default(false, true)"_s, u"false"_s);
    row(u"default(1, 1 / 0)"_s, u"1"_s);
    row(u"default(null, null)"_s, u"null"_s);
    row(u"default(steps.later.outputs.x, default(inputs.missing, 3))"_s, u"3"_s);
    row(u"first(inputs.list)"_s, u"3"_s);
    row(u"last(inputs.list)"_s, u"2"_s);
}

void TestExpression::templates_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("json");

    row(u""_s, uR"("")"_s);
    row(u"no expression { here }}"_s, uR"("no expression { here }}")"_s);
    row(u"{{inputs.count}}"_s, u"3"_s);
    row(u"{{ inputs.count }} "_s, uR"("3 ")"_s);
    row(u"{{ inputs.count }}{{ inputs.count }}"_s, uR"("33")"_s);
    row(u"a {{ inputs.target }} b {{ index }}."_s, uR"("a production b 2.")"_s);
    row(u"[{{ null }}|{{ true }}|{{ 1e21 }}|{{ -0.0 }}]"_s, uR"("[|true|1e+21|0]")"_s);
    row(u"x={{ inputs.list }} y={{ {'b': 1, 'a': 'q'} }}"_s, uR"("x=[3,1,2] y={\"a\":\"q\",\"b\":1}")"_s);
    row(u"{{ {'a': {'b': 1}} }}"_s, uR"({"a":{"b":1}})"_s);
    row(u"{{{'a': {'b': 1}}}}"_s, uR"({"a":{"b":1}})"_s);
    row(u"{{{}}}"_s, u"{}"_s);
    row(u"{{ '}}' }}}}"_s, uR"("}}}}")"_s);
    row(u"{{ '{{' }} x }}"_s, uR"("{{ x }}")"_s);
    row(u"{{ inputs.braces }}"_s, uR"("a {{ inputs.count }} {")"_s); // A value is never read as a template.
    row(u"$(cat) {x} ${y} {{ 'z' }}"_s, uR"("$(cat) {x} ${y} z")"_s);
}

void TestExpression::templates()
{
    QFETCH(QString, text);
    QFETCH(QString, json);

    const auto value = engine::evaluateAll(QJsonValue(text), fullScope());
    QVERIFY2(value, value ? "" : qPrintable(value.error().message));
    QCOMPARE(QString::fromUtf8(engine::canonicalJsonOf(*value)), json);
}

void TestExpression::references_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("roots");
    QTest::addColumn<QStringList>("stepIds");
    QTest::addColumn<QStringList>("secretNames");

    QTest::newRow("none") << u"a {{ 1 }}"_s << QStringList() << QStringList() << QStringList();
    QTest::newRow("every root") << u"{{ [inputs, secrets.t, steps.a, item, index, run, input] }}"_s
                                << QStringList{u"index"_s, u"input"_s,   u"inputs"_s, u"item"_s,
                                               u"run"_s,   u"secrets"_s, u"steps"_s}
                                << QStringList{u"a"_s} << QStringList{u"t"_s};
    QTest::newRow("order, no repeats")
        << u"{{ steps.b.x + steps['a'].y }} {{ secrets.z }}{{ secrets['a b'] + secrets.z + steps.b }}"_s
        << QStringList{u"secrets"_s, u"steps"_s} << QStringList{u"b"_s, u"a"_s}
        << QStringList{u"z"_s, u"a b"_s};
    QTest::newRow("inside calls and keys")
        << u"{{ default(secrets.a, steps.b-c.outputs[secrets.d]) }}"_s
        << QStringList{u"secrets"_s, u"steps"_s} << QStringList{u"b-c"_s} << QStringList{u"a"_s, u"d"_s};
    QString many = u"{{ [steps.s0"_s;
    QStringList ids{u"s0"_s};
    for (int i = 1; i < 40; ++i) {
        ids += u"s%1"_s.arg(i);
        many += u", steps.s%1, steps.s%2"_s.arg(i).arg(i / 2);
    }
    QTest::newRow("many, no repeats")
        << QString(many + u", steps.s39] }}"_s) << QStringList{u"steps"_s} << ids << QStringList();
}

void TestExpression::references()
{
    QFETCH(QString, text);
    QFETCH(QStringList, roots);
    QFETCH(QStringList, stepIds);
    QFETCH(QStringList, secretNames);

    const auto parsed = Template::parse(text);
    QVERIFY(parsed);
    QStringList found = parsed->roots();
    found.sort();
    QCOMPARE(found, roots);
    QCOMPARE(parsed->stepIds(), stepIds);
    QCOMPARE(parsed->secretNames(), secretNames);
    QVERIFY(!parsed->isLiteral());
    QVERIFY(Template::parse(u"a } {"_s)->isLiteral());
}

void TestExpression::staysAnInteger()
{
    const auto value = engine::evaluateAll(QJsonValue(u"{{ inputs.large - 1 }}"_s), fullScope());
    QVERIFY(value);
    QCOMPARE(value->toInteger(-1), Q_INT64_C(9007199254740990));
}

QTEST_APPLESS_MAIN(TestExpression)
#include "tst_expression.moc"
