#include "engine/policy/rules.h"

#include <QJsonArray>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::PolicyDenial;
using engine::PolicyRule;

namespace {

engine::Scope scope()
{
    engine::Scope scope;
    scope.inputs = QJsonObject{{u"target"_s, u"production"_s}, {u"denied"_s, QJsonArray{u"telnetd"_s}}};
    scope.steps = QJsonObject{{u"scan"_s, QJsonObject{{u"outputs"_s, QJsonObject{{u"count"_s, 3}}}}}};
    scope.input = QJsonObject{{u"packages"_s, QJsonArray{u"bash"_s, u"telnetd"_s}}};
    return scope;
}

QString shown(const QList<PolicyDenial> &denials)
{
    QStringList lines;
    for (const PolicyDenial &denial : denials)
        lines += denial.id + u": "_s + denial.message;
    return lines.join(u'\n');
}

} // namespace

class TestRules : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneRule_data();
    void oneRule();
    void everyDenialInOrder();
    void nothingKnown();
};

void TestRules::oneRule_data()
{
    QTest::addColumn<QString>("deny");
    QTest::addColumn<QString>("message");
    QTest::addColumn<QString>("denial"); // Empty: allowed.

    QTest::newRow("allows") << u"{{ inputs.target == 'test' }}"_s << u"m"_s << QString();
    QTest::newRow("denies") << u"{{ inputs.target == 'production' }}"_s
                            << u"Production needs a change ticket."_s
                            << u"r: Production needs a change ticket."_s;
    QTest::newRow("on what the gate gives")
        << u"{{ inputs.denied[0] in input.packages }}"_s << u"Found one"_s << u"r: Found one"_s;
    QTest::newRow("on results of steps")
        << u"{{ steps.scan.outputs.count > 2 }}"_s
        << u"{{ steps.scan.outputs.count }} of {{ inputs.target }}"_s << u"r: 3 of production"_s;
    QTest::newRow("no message") << u"{{ true }}"_s << QString() << u"r: rule \"r\" denies"_s;
    QTest::newRow("message without a value")
        << u"{{ true }}"_s << u"Found {{ input.count }}"_s
        << u"r: Found {{ input.count }} (the message cannot be evaluated: "
           "\"input\" has no member \"count\")"_s;
    QTest::newRow("missing member")
        << u"{{ input.licences == 0 }}"_s << u"m"_s
        << u"r: rule \"r\" cannot be evaluated: \"input\" has no member \"licences\""_s;
    QTest::newRow("wrong types")
        << u"{{ input.packages > 1 }}"_s << u"m"_s
        << u"r: rule \"r\" cannot be evaluated: \">\" compares two numbers, two strings or two "
           "booleans, not an array of 2 items and the integer 1"_s;
    QTest::newRow("syntax")
        << u"{{ true"_s << u"m"_s
        << u"r: rule \"r\" cannot be evaluated: \"{{\" without its \"}}\"; write {{ '{{' }} for the "
           "text itself"_s;
    QTest::newRow("a number") << u"{{ 0 }}"_s << u"m"_s
                              << u"r: rule \"r\" gives the integer 0 instead of a boolean"_s;
    QTest::newRow("null") << u"{{ null }}"_s << u"m"_s << u"r: rule \"r\" gives null instead of a boolean"_s;
    QTest::newRow("text that looks like a boolean")
        << u"false"_s << u"m"_s << u"r: rule \"r\" gives the string \"false\" instead of a boolean"_s;
    QTest::newRow("spaces make it text")
        << u" {{ false }}"_s << u"m"_s << u"r: rule \"r\" gives the string \" false\" instead of a boolean"_s;
}

void TestRules::oneRule()
{
    QFETCH(QString, deny);
    QFETCH(QString, message);
    QFETCH(QString, denial);

    QCOMPARE(shown(engine::evaluateRules({u"p"_s, {{u"r"_s, deny, message}}}, scope())), denial);
}

void TestRules::everyDenialInOrder()
{
    const engine::PolicySpec policy{u"p"_s,
                                    {{u"b"_s, u"{{ true }}"_s, u"first"_s},
                                     {u"x"_s, u"{{ false }}"_s, u"never"_s},
                                     {u"broken"_s, u"{{ 1 / 0 == 1 }}"_s, u"never"_s},
                                     {u"a"_s, u"{{ 1 < 2 }}"_s, u"last"_s}}};
    QCOMPARE(
        shown(engine::evaluateRules(policy, scope())),
        u"b: first\nbroken: rule \"broken\" cannot be evaluated: cannot divide the integer 1 by zero\na: last"_s);
    QCOMPARE(engine::evaluateRules({u"p"_s, {}}, scope()).size(), 0);
}

void TestRules::nothingKnown()
{
    QCOMPARE(shown(engine::evaluateRules({u"p"_s, {{u"r"_s, u"{{ inputs.target == 'x' }}"_s, u"m"_s}}}, {})),
             u"r: rule \"r\" cannot be evaluated: \"inputs\" has no value here"_s);
}

QTEST_APPLESS_MAIN(TestRules)
#include "tst_rules.moc"
