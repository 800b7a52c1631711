#include "engine/pack/expression/value.h"
#include "engine/pack/reader/manifest_reader.h"
#include "exact_types.h"
#include "expression_scope.h"
#include "random_expression.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace engine;

namespace {

/// A pack in which each row's text stands as the input of the last gate, on line 35.
const QByteArray before = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  inputs:
    - { name: target, type: string, schema: { enum: [staging, production] } }
    - { name: count, type: integer }
    - { name: ratio, type: number }
    - { name: flag, type: boolean }
    - { name: list, type: array }
    - { name: names, type: array, schema: { items: { type: string } } }
    - { name: hosts, type: array, schema: { items: { properties: { name: { type: string }, port: { type: integer } }, type: object, additionalProperties: false } } }
    - { name: options, type: object, schema: { properties: { level: { type: integer }, mode: { enum: [a, 1] }, none: { const: null } } } }
    - { name: bag, type: object, schema: { additionalProperties: { type: string } } }
    - { name: referring, type: object, schema: { definitions: { n: { type: integer } }, properties: { n: { $ref: "#/definitions/n" } } } }
    - { name: package, type: file }
  approvals: [{ id: r }]
  policies: [{ id: w, engine: rules, rules: [{ id: d, deny: "{{ input.x == 1 }}" }] }]
  steps:
    - { id: build, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: report, type: json }, { name: size, type: integer }, { name: text }, { name: ok, type: boolean }] } }
    - { id: plain, run: { uses: builtin:exec, with: { command: [x] } } }
    - { id: fetch, run: { uses: builtin:http, with: { url: "https://example.org/" } } }
    - { id: check, run: { uses: builtin:validate, with: { value: 1, schema: { type: integer } } } }
    - { id: take, run: { uses: bundle.ingest, with: { path: a, checksum: "{{ run.id }}" } } }
    - id: checks
      parallel:
        steps:
          - { id: unit, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: passed, type: integer }] } }
          - { id: window, gate: { policy: w } }
    - id: fleet
      map: { items: "{{ inputs.hosts }}", step: { id: restart, run: { uses: builtin:exec, with: { command: [x] }, outputs: [{ name: tookMs, type: integer }] } } }
    - { id: review, gate: { approval: r } }
    - { id: window, gate: { policy: w, failAction: continue } }
    - id: last
      gate: { policy: w, input: { x: ")";
const QByteArray behind = "\" } }\n    - { id: later, gate: { approval: r } }\n";
constexpr int line = 35;
constexpr int firstColumn = 39;

/// A text, the column in it that the error names, and the error.
void bad(const QString &text, int column, const QString &message)
{
    QTest::newRow(qPrintable(text)) << text << column << message;
}

void good(const QString &text)
{
    QTest::newRow(qPrintable(text)) << text;
}

QString kindsOf(const QString &text, const expr::TypeScope &scope)
{
    const auto parsed = Template::parse(text);
    if (!parsed)
        return parsed.error().message;
    const expr::Checked checked = parsed->check(scope, {});
    return checked.problems.isEmpty() ? expr::namesOf(checked.type.kinds) : checked.problems.first().message;
}

} // namespace

class TestExpressionTypes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void names_data();
    void names() { refused(); }
    void steps_data();
    void steps() { refused(); }
    void operators_data();
    void operators() { refused(); }
    void functions_data();
    void functions() { refused(); }
    void constants_data();
    void constants() { refused(); }
    void accepted_data();
    void accepted();
    void results_data();
    void results();
    void places_data();
    void places();
    void modules_data();
    void modules();
    void severalAtOnce();
    void positionsInOtherTexts_data();
    void positionsInOtherTexts();
    void agreesWithEvaluation_data();
    void agreesWithEvaluation();
    void largeUnions();
    void manySteps_data();
    void manySteps();

private:
    static void columns();
    static void refused();
};

void TestExpressionTypes::columns()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("column");
    QTest::addColumn<QString>("message");
}

void TestExpressionTypes::refused()
{
    QFETCH(QString, text);
    QFETCH(int, column);
    QFETCH(QString, message);

    const auto manifest = parseManifest(before + text.toUtf8() + behind, u"p.yaml"_s);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), u"p.yaml:%1:%2: /spec/steps/9/gate/input/x: %3"_s.arg(line)
                                              .arg(firstColumn + column - 1)
                                              .arg(message));
}

void TestExpressionTypes::names_data()
{
    columns();

    bad(u"{{ inputs.traget }}"_s, 11, u"unknown input \"traget\"; did you mean \"target\"?"_s);
    bad(u"{{ inputs['traget'] }}"_s, 11, u"unknown input \"traget\"; did you mean \"target\"?"_s);
    bad(u"{{ inputs.zzz }}"_s, 11, u"unknown input \"zzz\""_s);
    bad(u"{{ default(inputs.zzz, 1) }}"_s, 19, u"unknown input \"zzz\""_s);
    bad(u"{{ default(inputs.count, inputs.zzz) }}"_s, 33, u"unknown input \"zzz\""_s);
    bad(u"{{ 1 if inputs.flag else inputs.zzz }}"_s, 33, u"unknown input \"zzz\""_s);
    bad(u"é {{ inputs.zzz }}"_s, 14, u"unknown input \"zzz\""_s); // In bytes.
    bad(u"{{ inputs['co' + 'utn'] }}"_s, 11, u"\"inputs\" has no member \"coutn\""_s);
    bad(u"{{ inputs[1] }}"_s, 11,
        u"\"inputs\" is an object, whose members are named by strings, not by an integer"_s);
    bad(u"{{ secrets.token }}"_s, 12, u"unknown secret \"token\"; the pack declares no secrets"_s);
    bad(u"{{ secrets }}"_s, 4, u"\"secrets\" needs the name of a secret: secrets.NAME or secrets['NAME']"_s);
    bad(u"{{ secrets[inputs.target] }}"_s, 4,
        u"\"secrets\" needs the name of a secret: secrets.NAME or secrets['NAME']"_s);
    bad(u"{{ run.idd }}"_s, 8, u"\"run\" has no member \"idd\"; did you mean \"id\"?"_s);
    bad(u"{{ default(run.plan, 1) }}"_s, 16, u"\"run\" has no member \"plan\""_s);
    bad(u"{{ run.id.x }}"_s, 11, u"\"run.id\" is a string and has no members"_s);
    bad(u"{{ item }}"_s, 4, u"\"item\" exists only inside the step of a map"_s);
    bad(u"{{ [1, index] }}"_s, 8, u"\"index\" exists only inside the step of a map"_s);
    bad(u"{{ input.x }}"_s, 4, u"\"input\" exists only in the rules of a policy; did you mean \"inputs\"?"_s);
    bad(u"{{ inputs.package.nam }}"_s, 19,
        u"\"inputs.package\" has no member \"nam\"; did you mean \"name\"?"_s);
    bad(u"{{ first(inputs.hosts).nmae }}"_s, 24, u"\"first(inputs.hosts)\" has no member \"nmae\""_s);
    bad(u"{{ default(inputs.hosts[0].nmae, 1) }}"_s, 28, u"\"inputs.hosts[0]\" has no member \"nmae\""_s);
    bad(u"{{ inputs.options.level.x }}"_s, 25,
        u"\"inputs.options.level\" is an integer and has no members"_s);
    bad(u"{{ inputs.options.mode[0] }}"_s, 24,
        u"\"inputs.options.mode\" is an integer or a string and has no members"_s);
    bad(u"{{ inputs.options.none.x }}"_s, 24, u"\"inputs.options.none\" is null and has no members"_s);
    bad(u"{{ inputs.bag.any.x }}"_s, 19, u"\"inputs.bag.any\" is a string and has no members"_s);
    bad(u"{{ inputs.list.x }}"_s, 16,
        u"\"inputs.list\" is an array, whose items are numbered by integers, not by a string"_s);
    bad(u"{{ inputs.target[0] }}"_s, 18, u"\"inputs.target\" is a string and has no members"_s);
}

void TestExpressionTypes::steps_data()
{
    columns();

    bad(u"{{ steps.biuld.status }}"_s, 10, u"unknown step \"biuld\""_s);
    bad(u"{{ steps.last.status }}"_s, 10, u"step \"last\" is this step itself"_s);
    bad(u"{{ steps.later.status }}"_s, 10, u"step \"later\" comes later"_s);
    bad(u"{{ steps.unit.status }}"_s, 10,
        u"step \"unit\" stands inside another step and is not visible here"_s);
    bad(u"{{ default(steps.zzz.status, 1) }}"_s, 18, u"unknown step \"zzz\""_s);
    bad(u"{{ steps.build.outputs.reprt }}"_s, 24,
        u"unknown output \"reprt\" of step \"build\"; did you mean \"report\"?"_s);
    bad(u"{{ default(steps.build.outputs.other, 1) }}"_s, 32,
        u"unknown output \"other\" of step \"build\""_s);
    bad(u"{{ steps.build.outputs['other'] }}"_s, 24, u"unknown output \"other\" of step \"build\""_s);
    bad(u"{{ steps.plain.outputs.report }}"_s, 24, u"unknown output \"report\" of step \"plain\""_s);
    bad(u"{{ steps.build.output.report }}"_s, 16,
        u"unknown member \"output\" of step \"build\"; did you mean \"outputs\"?"_s);
    bad(u"{{ steps.build.results }}"_s, 16, u"step \"build\" has no results; only a map has them"_s);
    bad(u"{{ steps.checks.results }}"_s, 17, u"step \"checks\" has no results; only a map has them"_s);
    bad(u"{{ steps.build.status.x }}"_s, 23, u"\"steps.build.status\" is a string and has no members"_s);
    bad(u"{{ steps.build.outputs.text - 1 }}"_s, 31,
        u"\"-\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ steps.build.artifacts['a'].sha }}"_s, 31,
        u"\"steps.build.artifacts['a']\" has no member \"sha\""_s);
    bad(u"{{ 'x' + steps.build.artifacts['a'] }}"_s, 10,
        u"\"+\" takes two numbers or two strings, not a string and an object; toString() makes a string of a "
        "value"_s);
    bad(u"{{ steps.checks.artifacts['a'] }}"_s, 27, u"unknown artifact \"a\" of step \"checks\""_s);
    bad(u"{{ steps.fetch.outputs.code }}"_s, 24, u"unknown output \"code\" of step \"fetch\""_s);
    bad(u"{{ steps.fetch.outputs.status + 'x' }}"_s, 33,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ -steps.check.outputs.valid }}"_s, 4, u"\"-\" takes a number, not a boolean"_s);
    bad(u"{{ steps.take.outputs.sha265 }}"_s, 23,
        u"unknown output \"sha265\" of step \"take\"; did you mean \"sha256\"?"_s);
    bad(u"{{ steps.checks.outputs.unti.passed }}"_s, 25, u"unknown output \"unti\" of step \"checks\""_s);
    bad(u"{{ steps.checks.outputs.unit.pased }}"_s, 30,
        u"unknown output \"pased\" of step \"unit\"; did you mean \"passed\"?"_s);
    bad(u"{{ steps.checks.outputs.window.allow + 1 }}"_s, 40,
        u"\"+\" takes two numbers or two strings, not a boolean and an integer"_s);
    bad(u"{{ steps.fleet.outputs.total }}"_s, 24, u"unknown output \"total\" of step \"fleet\""_s);
    bad(u"{{ steps.fleet.results[0].tookMS }}"_s, 27,
        u"unknown output \"tookMS\" of step \"restart\"; did you mean \"tookMs\"?"_s);
    bad(u"{{ steps.fleet.results.restart }}"_s, 24,
        u"\"steps.fleet.results\" is an array, whose items are numbered by integers, not by a string"_s);
    bad(u"{{ steps.fleet.outputs.errors[0] + 1 }}"_s, 36,
        u"\"+\" takes two numbers or two strings, not null or a string and an integer; toString() makes a "
        "string of a value"_s);
    bad(u"{{ steps.review.outputs.approver }}"_s, 25, u"unknown output \"approver\" of step \"review\""_s);
    bad(u"{{ steps.window.outputs.denials[0].text }}"_s, 36,
        u"\"steps.window.outputs.denials[0]\" has no member \"text\""_s);
}

void TestExpressionTypes::operators_data()
{
    columns();

    bad(u"{{ inputs.count + 'x' }}"_s, 19,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ inputs.count + inputs.flag }}"_s, 19,
        u"\"+\" takes two numbers or two strings, not an integer and a boolean"_s);
    bad(u"{{ 1 + inputs.count + inputs.names }}"_s, 23,
        u"\"+\" takes two numbers or two strings, not an integer and an array"_s);
    bad(u"{{ inputs.target - 1 }}"_s, 20, u"\"-\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ inputs.target * 2 }}"_s, 20, u"\"*\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ inputs.ratio / inputs.list }}"_s, 19, u"\"/\" takes two numbers, not a number and an array"_s);
    bad(u"{{ inputs.count % 1.5 }}"_s, 19, u"\"%\" takes two integers, not an integer and a number"_s);
    bad(u"{{ -inputs.target }}"_s, 4, u"\"-\" takes a number, not a string"_s);
    bad(u"{{ not inputs.count }}"_s, 8, u"\"not\" takes a boolean, not an integer"_s);
    bad(u"{{ inputs.flag and inputs.target }}"_s, 20, u"\"and\" takes a boolean, not a string"_s);
    bad(u"{{ inputs.names or inputs.flag }}"_s, 4, u"\"or\" takes a boolean, not an array"_s);
    bad(u"{{ 1 if inputs.count else 2 }}"_s, 9, u"\"if\" takes a boolean, not an integer"_s);
    bad(u"{{ 1 if inputs.flag else 2 + inputs.target }}"_s, 30,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ (1 if inputs.flag else 2) + 'x' }}"_s, 32,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ inputs.count < 'x' }}"_s, 19,
        u"\"<\" compares two numbers, two strings or two booleans, not an integer and a string"_s);
    bad(u"{{ inputs.list >= inputs.list }}"_s, 19,
        u"\">=\" compares two numbers, two strings or two booleans, not an array and an array"_s);
    bad(u"{{ 1 in inputs.count }}"_s, 9,
        u"\"in\" looks into a string, an array or an object, not into an integer"_s);
    bad(u"{{ 1 in inputs.target }}"_s, 9, u"only a string can be in a string, not an integer"_s);
    bad(u"{{ inputs.flag in inputs.bag }}"_s, 19, u"only a string can be in an object, not a boolean"_s);
    bad(u"{{ {'a': inputs.count}.b }}"_s, 24, u"\"{'a': inputs.count}\" has no member \"b\""_s);
    bad(u"{{ {'a': inputs.count}['a'] + 'x' }}"_s, 31,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ [inputs.count][0] + 'x' }}"_s, 24,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
}

void TestExpressionTypes::functions_data()
{
    columns();

    bad(u"{{ len(inputs.count) }}"_s, 8,
        u"argument 1 of len() is an integer; expected a string, an array or an object"_s);
    bad(u"{{ lower(inputs.flag) }}"_s, 10, u"argument 1 of lower() is a boolean; expected a string"_s);
    bad(u"{{ split(inputs.target, 1) }}"_s, 25, u"argument 2 of split() is an integer; expected a string"_s);
    bad(u"{{ join(inputs.target, ',') }}"_s, 9, u"argument 1 of join() is a string; expected an array"_s);
    bad(u"{{ replace(inputs.target, 'a', inputs.count) }}"_s, 32,
        u"argument 3 of replace() is an integer; expected a string"_s);
    bad(u"{{ keys(inputs.list) }}"_s, 9, u"argument 1 of keys() is an array; expected an object"_s);
    bad(u"{{ range(1.5) }}"_s, 10, u"argument 1 of range() is a number; expected an integer"_s);
    bad(u"{{ range(inputs.target) }}"_s, 10, u"argument 1 of range() is a string; expected an integer"_s);
    bad(u"{{ abs(inputs.target) }}"_s, 8, u"argument 1 of abs() is a string; expected a number"_s);
    bad(u"{{ toNumber(inputs.flag) }}"_s, 13,
        u"argument 1 of toNumber() is a boolean; expected a number or a string"_s);
    bad(u"{{ contains(inputs.target, inputs.count) }}"_s, 4,
        u"only a string can be in a string, not an integer"_s);
    bad(u"{{ min(inputs.count) }}"_s, 4, u"min() of one argument takes an array, not an integer"_s);
    bad(u"{{ max(inputs.count, inputs.target) }}"_s, 4,
        u"max() compares numbers, strings or booleans of one type, not an integer and a string"_s);
    bad(u"{{ first(inputs.names) + 1 }}"_s, 26,
        u"\"+\" takes two numbers or two strings, not a string and an integer; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ len(inputs.names) + 'x' }}"_s, 24,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ split(inputs.target, ',')[0] - 1 }}"_s, 35,
        u"\"-\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ values(inputs.bag)[0] * 2 }}"_s, 28, u"\"*\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ sort(inputs.names)[0] * 2 }}"_s, 28, u"\"*\" takes two numbers, not a string and an integer"_s);
    bad(u"{{ 'a' + max(inputs.count, 1) }}"_s, 10,
        u"\"+\" takes two numbers or two strings, not a string and an integer; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ default(inputs.count, 0) + 'x' }}"_s, 31,
        u"\"+\" takes two numbers or two strings, not an integer and a string; toString() makes a string of "
        u"a "
        "value"_s);
    bad(u"{{ default(lower(inputs.count), 0) }}"_s, 18,
        u"argument 1 of lower() is an integer; expected a string"_s);
}

void TestExpressionTypes::constants_data()
{
    columns();

    bad(u"{{ 1 / 0 }}"_s, 8, u"cannot divide the integer 1 by zero"_s);
    bad(u"{{ inputs.count + 1 / 0 }}"_s, 23, u"cannot divide the integer 1 by zero"_s);
    bad(u"{{ fromJson('{') }}"_s, 4,
        u"fromJson() cannot read the string \"{\": expected a name in quotes, found the end of "
        "the text at line 1, column 2"_s);
    bad(u"{{ [1, 2][5] }}"_s, 11, u"\"[1, 2]\" is an array of 2 items and has no item 5"_s);
    bad(u"{{ toNumber('1x') + inputs.count }}"_s, 4,
        u"toNumber() cannot read the string \"1x\" as a number"_s);
    bad(u"{{ null.x }}"_s, 9, u"\"null\" is null and has no members"_s);
    bad(u"{{ first([]) }}"_s, 4, u"first() of an empty array"_s);
    bad(u"{{ 1 + 'a' }}"_s, 8,
        u"\"+\" takes two numbers or two strings, not the integer 1 and the string \"a\"; toString() makes a "
        "string of a value"_s);
    bad(u"{{ default(1 + 'a', 2) }}"_s, 16,
        u"\"+\" takes two numbers or two strings, not the integer 1 and the string \"a\"; toString() makes a "
        "string of a value"_s);
    bad(u"{{ inputs.names['0'] }}"_s, 17,
        u"\"inputs.names\" is an array, whose items are numbered by integers, not by a string"_s);
}

void TestExpressionTypes::accepted_data()
{
    QTest::addColumn<QString>("text");

    good(u"{{ inputs.target + '!' }}"_s);
    good(u"{{ inputs[inputs.target] }}"_s);
    good(u"{{ keys(inputs) }}"_s);
    good(u"{{ default(inputs.count, 'none') + 1 }}"_s); // An integer where there is one.
    good(u"{{ inputs.list[0] + 1 }}"_s);
    good(u"{{ inputs.list[0].x.y[0] }}"_s);
    good(u"{{ inputs.hosts[inputs.count].port % 2 }}"_s);
    good(u"{{ inputs.options.level + inputs.ratio }}"_s);
    good(u"{{ inputs.options.other.x }}"_s);
    good(u"{{ inputs.options.mode + 1 }}"_s);
    good(u"{{ inputs.options.mode + 'x' }}"_s);
    good(u"{{ default(inputs.options.none.x, 1) }}"_s);
    good(u"{{ inputs.referring.n + 1 }}"_s);
    good(u"{{ inputs.bag.any + 'x' }}"_s);
    good(u"{{ inputs.ratio % 2 }}"_s); // A number may be an integer.
    good(u"{{ inputs.package.size + 1 }}"_s);
    good(u"{{ inputs.target == 1 }}"_s);
    good(u"{{ 1 in inputs.list }}"_s);
    good(u"{{ run.planHash + run.tenant + run.requestedBy + run.id }}"_s);
    good(u"{{ steps.build.outputs.report.any.thing[0] }}"_s);
    good(u"{{ steps.build.outputs[inputs.target] + 1 }}"_s); // Other outputs than the declared ones, too.
    good(u"{{ len(steps.build.outputs) + len(steps.build.artifacts) }}"_s);
    good(u"{{ steps.build.artifacts['a b'].size + 1 }}"_s);
    good(u"{{ steps.build.artifacts.x.path + steps.build.status }}"_s);
    good(u"{{ default(steps.plain.artifacts.x.sha256, '') }}"_s);
    good(u"{{ steps.fetch.outputs.headers.server + steps.fetch.outputs.body }}"_s);
    good(u"{{ not steps.check.outputs.valid }}"_s);
    good(u"{{ steps.take.outputs.path + steps.take.outputs.metadataPath + steps.take.outputs.filename }}"_s);
    good(u"{{ steps.take.outputs.size + steps.checks.outputs.unit.passed }}"_s);
    good(u"{{ steps.checks.outputs.window.denials[0].message + 'x' }}"_s);
    good(u"{{ steps.fleet.outputs.succeeded + steps.fleet.outputs.failed }}"_s);
    good(u"{{ default(steps.fleet.outputs.errors[0], 'fine') + '.' }}"_s);
    good(u"{{ default(steps.fleet.results[0].tookMs, 0) + 1 }}"_s);
    good(u"{{ steps.window.outputs.allow and len(steps.window.outputs.denials) == 0 }}"_s);
    good(u"{{ steps.review.outputs }}"_s);
    good(u"{{ default(first([]), 1) }}"_s);
    good(u"{{ default({'a': 1}.b, 2) }}"_s);
    good(u"{{ default({'a': inputs.count}.b, 2) }}"_s);
    good(u"{{ default(null.x, 2) }}"_s);
    good(u"{{ 'a' if inputs.flag else 1 }}"_s);
    good(u"{{ ('a' if inputs.flag else 1) + 1 }}"_s);
    good(u"{{ ({'a': 1} if inputs.flag else {'b': 2}).b }}"_s);
    good(u"{{ (inputs.options if inputs.flag else inputs.bag).level + 1 }}"_s);
    good(u"{{ default(min([]), 0) }}"_s);
    good(u"{{ max(inputs.list) + 1 }}"_s);
    good(u"{{ min(inputs.count, inputs.ratio) + 0.5 }}"_s);
    good(u"{{ contains(inputs.list, inputs.count) }}"_s);
    good(u"{{ range(inputs.count)[0] % 2 }}"_s);
    good(u"{{ fromJson(inputs.target).x + 1 }}"_s);
    good(u"{{ [1, 'a'][inputs.count] + 'b' }}"_s);
    good(u"{{ toNumber('1') + toNumber(inputs.target) }}"_s);
    good(u"{{ len(range(100000)) }}"_s);
    good(u"{{ inputs.flag or inputs.count > 2 }}"_s);
}

void TestExpressionTypes::accepted()
{
    QFETCH(QString, text);

    const auto manifest = parseManifest(before + text.toUtf8() + behind, u"p.yaml"_s);

    QVERIFY2(manifest, manifest ? "" : qPrintable(manifest.error().toString()));
}

void TestExpressionTypes::results_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("kinds");

    const auto row = [](const QString &text, const QString &kinds) {
        QTest::newRow(qPrintable(text)) << text << kinds;
    };
    row(u"plain"_s, u"a string"_s);
    row(u"{{ 1 }}"_s, u"an integer"_s);
    row(u"a {{ 1 }}"_s, u"a string"_s);
    row(u"{{ inputs.count + 1 }}"_s, u"an integer"_s);
    row(u"{{ inputs.count + 0.5 }}"_s, u"a number"_s);
    row(u"{{ inputs.count / 2 }}"_s, u"a number"_s);
    row(u"{{ inputs.count % 2 }}"_s, u"an integer"_s);
    row(u"{{ inputs.text + 'a' }}"_s, u"a string"_s);
    row(u"{{ inputs.count > 1 }}"_s, u"a boolean"_s);
    row(u"{{ not inputs.flag }}"_s, u"a boolean"_s);
    row(u"{{ inputs.count if inputs.flag else 'a' }}"_s, u"an integer or a string"_s);
    row(u"{{ default(inputs.none, 'a') }}"_s, u"a string"_s);
    row(u"{{ default(inputs.count, 'a') }}"_s, u"an integer or a string"_s);
    row(u"{{ [inputs.count] }}"_s, u"an array"_s);
    row(u"{{ {'a': inputs.count} }}"_s, u"an object"_s);
    row(u"{{ inputs.object.a.c[0] }}"_s, u"an integer"_s);
    row(u"{{ inputs.mixed[inputs.count] }}"_s, u"an integer, a string, an array or an object"_s);
    row(u"{{ keys(inputs.object)[0] }}"_s, u"a string"_s);
    row(u"{{ len(inputs.names) }}"_s, u"an integer"_s);
    row(u"{{ last(inputs.names) }}"_s, u"a string"_s);
    row(u"{{ unique(inputs.list)[0] }}"_s, u"an integer"_s);
    row(u"{{ max(inputs.list) }}"_s, u"an integer"_s);
    row(u"{{ abs(inputs.count) }}"_s, u"a number"_s);
    row(u"{{ fromJson(inputs.text) }}"_s, u"a value"_s);
    row(u"{{ split(inputs.text, ',') }}"_s, u"an array"_s);
}

void TestExpressionTypes::results()
{
    QFETCH(QString, text);
    QFETCH(QString, kinds);

    QCOMPARE(kindsOf(text, ExactTypes(fullScope())), kinds);
}

void TestExpressionTypes::places_data()
{
    QTest::addColumn<QByteArray>("step");
    QTest::addColumn<QByteArray>("rest");
    QTest::addColumn<QString>("error");

    const auto row = [](const char *step, const char *rest, const QString &error) {
        QTest::newRow(*rest ? rest : step) << QByteArray(step) << QByteArray(rest) << error;
    };
    const char *run = "run: { uses: builtin:exec, with: { command: [x] } }";
    row("when: \"{{ inputs.target }}\", run: { uses: builtin:exec, with: { command: [x] } }", "",
        u"p.yaml:35:26: /spec/steps/9/when: \"when\" gives a string; expected a boolean"_s);
    row("when: \"a {{ inputs.flag }}\", run: { uses: builtin:exec, with: { command: [x] } }", "",
        u"p.yaml:35:23: /spec/steps/9/when: \"when\" gives a string; expected a boolean"_s);
    row("map: { items: \"{{ inputs.target }}\", step: { id: b, gate: { approval: r } } }", "",
        u"p.yaml:35:34: /spec/steps/9/map/items: \"items\" gives a string; expected an array"_s);
    row("map: { items: \"{{ inputs.names }}\", step: { id: b, gate: { approval: r, message: \"{{ item.x }}\" "
        "} } }",
        "", u"p.yaml:35:106: /spec/steps/9/map/step/gate/message: \"item\" is a string and has no members"_s);
    row("map: { items: [{ a: 1 }, { b: \"{{ run.id }}\" }], step: { id: b, gate: { approval: r, message: "
        "\"{{ item.c }}\" } } }",
        "", u"p.yaml:35:119: /spec/steps/9/map/step/gate/message: \"item\" has no member \"c\""_s);
    row("map: { items: [1], step: { id: b, gate: { approval: r, message: \"{{ index + 'a' }}\" } } }", "",
        u"p.yaml:35:92: /spec/steps/9/map/step/gate/message: \"+\" takes two numbers or two strings, not an "
        "integer and a string; toString() makes a string of a value"_s);
    row("run: { uses: builtin:exec, with: { command: [x, \"{{ inputs.names }}\"] } }", "",
        u"p.yaml:35:68: /spec/steps/9/run/with/command/1: the argument gives an array; expected a number or "
        u"a "
        "string"_s);
    row("run: { uses: builtin:exec, with: { command: [x], stdin: \"{{ inputs.bag }}\" } }", "",
        u"p.yaml:35:76: /spec/steps/9/run/with/stdin: \"stdin\" gives an object; expected a string"_s);
    row("run: { uses: builtin:script, with: { shell: sh, script: \"{{ inputs.count }}\" } }", "",
        u"p.yaml:35:76: /spec/steps/9/run/with/script: \"script\" gives an integer; expected a string"_s);
    row("run: { uses: builtin:http, with: { url: \"{{ inputs.count }}\" } }", "",
        u"p.yaml:35:60: /spec/steps/9/run/with/url: \"url\" gives an integer; expected a string"_s);
    row("run: { uses: builtin:exec, with: { command: [x] }, env: { A: \"{{ inputs.list }}\" } }", "",
        u"p.yaml:35:81: /spec/steps/9/run/env/A: variable \"A\" gives an array; expected a boolean, a number "
        "or a string"_s);
    row(run, "  outputs: [{ name: o, file: \"{{ steps.build.outputs.text }}\" }]\n",
        u"p.yaml:36:34: /spec/outputs/0/file: \"file\" gives a string; expected an artifact"_s);
    row(run, "  outputs: [{ name: o, file: \"{{ run }}\" }]\n",
        u"p.yaml:36:34: /spec/outputs/0/file: \"file\" gives an object without \"sha256\"; expected an "
        "artifact"_s);
    row(run,
        "  outputs: [{ name: o, file: \"{{ steps.take.artifacts.a }}\" }, { name: p, value: \"{{ steps.b.x "
        "}}\" }]\n",
        u"p.yaml:36:94: /spec/outputs/1/value: unknown member \"x\" of step \"b\""_s);
    row(run,
        "  finally: [{ id: z, run: { uses: builtin:exec, with: { command: [\"{{ steps.b.outputs.c }}\"] } } "
        "}]\n",
        u"p.yaml:36:87: /spec/finally/0/run/with/command/0: unknown output \"c\" of step \"b\""_s);
}

void TestExpressionTypes::places()
{
    QFETCH(QByteArray, step);
    QFETCH(QByteArray, rest);
    QFETCH(QString, error);

    QByteArray yaml = before;
    yaml.truncate(yaml.indexOf("    - id: last"));
    yaml.replace("    - { id: window, gate: { policy: w, failAction: continue } }\n",
                 "    - { id: window, gate: { policy: w, failAction: continue } }\n\n");
    const auto manifest = parseManifest(yaml + "    - { id: b, " + step + " }\n" + rest, u"p.yaml"_s);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), error);
}

void TestExpressionTypes::modules_data()
{
    QTest::addColumn<QByteArray>("command"); ///< Of the module.
    QTest::addColumn<QByteArray>("step");    ///< Behind the one that uses the module.
    QTest::addColumn<QString>("error");

    const auto row = [](const char *name, const char *command, const char *step, const QString &error) {
        QTest::newRow(name) << QByteArray(command) << QByteArray(step) << error;
    };
    const char *none = "gate: { approval: r }";
    row("input of the module", "{{ inputs.scal }}", none,
        u"modules/m/module.yaml:7:27: /spec/command/1: unknown input \"scal\"; did you mean \"scale\"?"_s);
    row("type in the module", "{{ inputs.scale + 'x' }}", none,
        u"modules/m/module.yaml:7:35: /spec/command/1: \"+\" takes two numbers or two strings, not a number "
        u"and a "
        "string; toString() makes a string of a value"_s);
    row("step in the module", "{{ steps.a.status }}", none,
        u"modules/m/module.yaml:7:20: /spec/command/1: \"steps\" does not exist in a module; expected \"inputs\""_s);
    row("secret in the module", "{{ secrets.a }}", none,
        u"modules/m/module.yaml:7:20: /spec/command/1: \"secrets\" does not exist in a module; expected \"inputs\""_s);
    row("item in the module", "{{ item }}", none,
        u"modules/m/module.yaml:7:20: /spec/command/1: \"item\" does not exist in a module; expected \"inputs\""_s);
    row("what is given to the module", "x",
        "run: { uses: ./modules/m, with: { scale: \"{{ inputs.name }}\" } }",
        u"pack.yaml:9:61: /spec/steps/1/run/with/scale: \"scale\" gives a string; expected a number"_s);
    row("output of the module", "x", "gate: { approval: r, message: \"{{ steps.a.outputs.pages }}\" }",
        u"pack.yaml:9:66: /spec/steps/1/gate/message: unknown output \"pages\" of step \"a\"; did you mean "
        "\"page\"?"_s);
    row("output that is one", "x", "gate: { approval: r, message: \"{{ steps.a.outputs.page + 1 }}\" }", {});
}

void TestExpressionTypes::modules()
{
    QFETCH(QByteArray, command);
    QFETCH(QByteArray, step);
    QFETCH(QString, error);

    const QByteArray module = R"(apiVersion: stellaops.io/module.v1
kind: Module
metadata: { name: m }
spec:
  inputs: [{ name: scale, type: number }]
  outputs: [{ name: page, type: integer }]
  command: [m, ")" + command + "\"]\n";
    const QByteArray pack = R"(apiVersion: stellaops.io/pack.v1
kind: TaskPack
metadata: { name: p, version: 1.0.0 }
spec:
  inputs: [{ name: name, type: string }]
  approvals: [{ id: r }]
  steps:
    - { id: a, run: { uses: ./modules/m, with: { scale: 2 } } }
    - { id: b, )" + step + " }\n";
    const auto reading =
        readManifest(pack, u"pack.yaml"_s, [&module](const QString &) { return Result<QByteArray>(module); },
                     {{u"modules/m/module.yaml"_s}});

    if (error.isEmpty())
        QVERIFY2(reading, reading ? "" : qPrintable(reading.error().toString()));
    else
        QVERIFY(!reading);
    if (!reading)
        QCOMPARE(reading.error().toString(), error);
}

void TestExpressionTypes::severalAtOnce()
{
    const QByteArray text = "{{ inputs.a }} {{ inputs.b + steps.c.x }} {{ not 1 }}";
    const auto manifest = parseManifest(before + text + behind, u"p.yaml"_s);

    QVERIFY(!manifest);
    const QString at = u"p.yaml:35:%1: /spec/steps/9/gate/input/x: "_s;
    QCOMPARE(manifest.error().toString(), u"4 errors in p.yaml\n"_s + at.arg(49) + u"unknown input \"a\"\n"_s
                                              + at.arg(64) + u"unknown input \"b\"\n"_s + at.arg(74)
                                              + u"unknown step \"c\"\n"_s + at.arg(88)
                                              + u"\"not\" takes a boolean, not the integer 1"_s);
}

void TestExpressionTypes::positionsInOtherTexts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("error");

    QTest::newRow("escaped") << QByteArray(R"("\t{{ inputs.zzz }}")")
                             << u"p.yaml:35:38: /spec/steps/9/gate/input/x: unknown input \"zzz\""_s;
    QTest::newRow("single quotes") << QByteArray("'{{ inputs.zzz }}'")
                                   << u"p.yaml:35:49: /spec/steps/9/gate/input/x: unknown input \"zzz\""_s;
    QTest::newRow("several lines")
        << QByteArray("\"a\n\n           {{ inputs.zzz }}\"")
        << u"p.yaml:35:38: /spec/steps/9/gate/input/x: unknown input \"zzz\" (line 2, column 11 of the text)"_s;
}

void TestExpressionTypes::positionsInOtherTexts()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, error);

    const auto manifest = parseManifest(before.chopped(1) + text + behind.sliced(1), u"p.yaml"_s);

    QVERIFY(!manifest);
    QCOMPARE(manifest.error().toString(), error);
}

void TestExpressionTypes::agreesWithEvaluation_data()
{
    QTest::addColumn<int>("seed");
    for (const int seed : {1, 2, 3, 4})
        QTest::addRow("seed %d", seed) << seed;
}

/// Evaluating fails wherever a problem is said to be certain, gives what the type says, and where the types
/// are exact and nothing was found, fails for the sake of values only.
void TestExpressionTypes::agreesWithEvaluation()
{
    QFETCH(int, seed);
    constexpr int rounds = 5'000;

    RandomExpression random(static_cast<quint32>(seed));
    const Scope scope = RandomExpression::scope();
    const ExactTypes types(scope);
    int failing = 0;
    int passing = 0;
    int exact = 0;
    for (int i = 0; i < rounds; ++i) {
        const QString text = random.next();
        const auto parsed = Template::parse(u"{{ "_s + text + u" }}"_s);
        QVERIFY2(parsed, parsed ? "" : qPrintable(text + u": "_s + parsed.error().message));
        const expr::Checked checked = parsed->check(types, {});
        const auto value = parsed->evaluate(scope);
        if (checked.alwaysFails)
            QVERIFY2(!value, qPrintable(text + u": "_s + checked.problems.first().message));
        if (value)
            QVERIFY2(checked.type.kinds & expr::typeOf(*value), qPrintable(text));
        if (!value && checked.problems.isEmpty() && isExact(text))
            QVERIFY2(isOfValues(value.error().message), qPrintable(text + u": "_s + value.error().message));
        failing += checked.alwaysFails ? 1 : 0;
        passing += value ? 1 : 0;
        exact += isExact(text) ? 1 : 0;
    }
    QVERIFY(failing > rounds / 20);
    QVERIFY(passing > rounds / 20);
    QVERIFY(exact > rounds / 20);
}

/// The work on types is bounded, however large the objects are that an expression brings together.
void TestExpressionTypes::largeUnions()
{
    QByteArray yaml = before;
    QByteArray properties;
    for (int i = 0; i < 2000; ++i)
        properties += "p" + QByteArray::number(i) + ": { type: integer }, ";
    yaml.replace("{ level: { type: integer }, ", "{ level: { type: integer }, " + properties);
    QByteArray items;
    for (int i = 0; i < 2400; ++i)
        items += "inputs.options,inputs.bag,";
    QElapsedTimer timer;
    timer.start();
    const auto manifest = parseManifest(yaml + "{{ [" + items.chopped(1) + "] }}" + behind, u"p.yaml"_s);
    QVERIFY2(manifest, manifest ? "" : qPrintable(manifest.error().toString()));
    QVERIFY2(timer.elapsed() < 120'000, qPrintable(QString::number(timer.elapsed())));
}

void TestExpressionTypes::manySteps_data()
{
    QTest::addColumn<QByteArray>("named");

    QTest::newRow("the first one") << QByteArray("s0");
    QTest::newRow("the one before") << QByteArray();
    QTest::newRow("a misspelt one") << QByteArray("s0x");
}

/// Reading is linear in the number of steps, whichever step each of them names.
void TestExpressionTypes::manySteps()
{
    QFETCH(QByteArray, named);
    const auto milliseconds = [&named](int count) {
        QByteArray yaml =
            "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\nmetadata: { name: p, version: 1.0.0 }\n"
            "spec:\n  steps:\n    - { id: s0, run: { uses: builtin:exec, with: { command: [x] } } }\n";
        for (int i = 1; i < count; ++i) {
            const QByteArray other = named.isEmpty() ? "s" + QByteArray::number(i - 1) : named;
            yaml += "    - { id: s" + QByteArray::number(i)
                    + ", run: { uses: builtin:exec, with: { command: [\"{{ steps." + other
                    + ".status }}\"] } } }\n";
        }
        QElapsedTimer timer;
        timer.start();
        const auto manifest = parseManifest(yaml, u"p.yaml"_s);
        if (bool(manifest) == (named == "s0x"))
            return qint64(-1);
        return timer.elapsed();
    };
    const qint64 few = milliseconds(500);
    const qint64 many = milliseconds(10'000);
    QVERIFY(few >= 0 && many >= 0);
    // Twenty times the steps; a quadratic reader takes four hundred times as long.
    QVERIFY2(many < 100 * std::max<qint64>(few, 10), qPrintable(u"%1 and %2 ms"_s.arg(few).arg(many)));
}

QTEST_APPLESS_MAIN(TestExpressionTypes)
#include "tst_expression_types.moc"
