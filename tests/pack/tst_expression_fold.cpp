#include "tests/pack/expression_scope.h"

#include <QRandomGenerator>
#include <QTest>

using namespace Qt::StringLiterals;
using engine::Scope;

namespace {

constexpr unsigned allRoots = 63;

/// The full scope cut down to the roots whose bit is set.
Scope partOf(unsigned roots)
{
    static const Scope full = fullScope();
    Scope scope = full;
    if (!(roots & 1))
        scope.inputs.reset();
    if (!(roots & 2))
        scope.steps.reset();
    if (!(roots & 4))
        scope.item.reset();
    if (!(roots & 8))
        scope.index.reset();
    if (!(roots & 16))
        scope.run.reset();
    if (!(roots & 32))
        scope.input.reset();
    return scope;
}

Scope inputsOnly()
{
    return partOf(1);
}

QString shown(const engine::Result<QJsonValue> &value)
{
    return value ? QString::fromUtf8(engine::canonicalJsonOf(*value)) : u"error: "_s + value.error().message;
}

/// Random values from pieces that are likely to trip over each other at their seams.
class Generator
{
public:
    explicit Generator(quint32 seed)
        : m_random(seed)
    {
    }

    QString text()
    {
        QString out;
        for (int count = below(5); count > 0; --count)
            out += below(2) ? u"{{ "_s + expression() + u" }}"_s : literal();
        return out;
    }

    QJsonValue value()
    {
        switch (below(6)) {
        case 0: return QJsonArray{text(), below(10), text()};
        case 1: return QJsonObject{{u"a"_s, text()}, {u"{{ key }}"_s, QJsonArray{text(), QJsonValue::Null}}};
        default: return text();
        }
    }

private:
    QString literal()
    {
        static const QStringList literals{u"a"_s, u"{"_s,  u"}"_s,   u"}}"_s, u"'"_s,
                                          u" "_s, u"\n"_s, u"{ {"_s, u"é😀"_s};
        return literals[below(literals.size())];
    }

    QString expression()
    {
        static const QStringList expressions{
            u"inputs.target"_s,
            u"inputs.braces"_s,
            u"inputs.open"_s,
            u"inputs.empty"_s,
            u"inputs.none"_s,
            u"inputs.deep"_s,
            u"inputs.count"_s,
            u"inputs.ratio"_s,
            u"steps.build.outputs.n"_s,
            u"steps.build-it.status"_s,
            u"steps.build.outputs.size"_s,
            u"item"_s,
            u"item.name"_s,
            u"index"_s,
            u"run.id"_s,
            u"input.components"_s,
            u"'{{'"_s,
            u"'{'"_s,
            u"''"_s,
            u"'}}'"_s,
            u"{'a': {'b': '{{'}}"_s,
            u"1"_s,
            u"null"_s,
            u"inputs.braces + steps.build.status"_s,
            u"default(inputs.missing, steps.build.status)"_s,
            u"inputs.open if index == 2 else item"_s,
            u"[inputs.open, item.name + inputs.open]"_s,
            u"false and steps.build.outputs.missing"_s,
            u"default(run.missing, inputs.deep)"_s,
            u"inputs.missing"_s,
            u"item.missing"_s,
            u"1 / 0"_s,
        };
        // The last three fail, so they come seldom.
        return expressions[below(expressions.size() - (below(20) ? 3 : 0))];
    }

    int below(qsizetype limit) { return m_random.bounded(int(limit)); }

    QRandomGenerator m_random;
};

} // namespace

/// Folding: what is known early gives the same in the end as what is known late.
class TestExpressionFold : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void folds_data();
    void folds();
    void foldRejects();
    void foldsInside();
    void escapes_data();
    void escapes();
    void roundTrip_data();
    void roundTrip();
};

void TestExpressionFold::folds_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("json"); // With inputs alone known.

    const auto row = [](const QString &text, const QString &json) {
        QTest::newRow(text.toUtf8().constData()) << text << json;
    };
    row(u"no expression { at }} all"_s, uR"("no expression { at }} all")"_s);
    row(u""_s, uR"("")"_s);
    row(u"{{ inputs.count }}"_s, u"3"_s);
    row(u"{{ inputs.list }}"_s, u"[3,1,2]"_s);
    row(u"{{ inputs.none }}"_s, u"null"_s);
    row(u"n={{ inputs.count }}"_s, uR"("n=3")"_s);
    row(u"{{ 1 + 1 }}"_s, u"2"_s);
    row(u"{{ inputs.target }}-{{ steps.b.outputs.c }}"_s, uR"("production-{{ steps.b.outputs.c }}")"_s);
    row(u"{{steps.b}}"_s, uR"("{{steps.b}}")"_s);
    row(u"{{steps.a}}{{ steps.b }}"_s, uR"("{{steps.a}}{{ steps.b }}")"_s);
    // Parts that mix what is known with what is not stay as they are written.
    row(u"{{ inputs.count + steps.b.outputs.n }}"_s, uR"("{{ inputs.count + steps.b.outputs.n }}")"_s);
    row(u"{{ 1 if inputs.flag else steps.b }}"_s, uR"("{{ 1 if inputs.flag else steps.b }}")"_s);
    row(u"{{ true or steps.b }}"_s, uR"("{{ true or steps.b }}")"_s);
    row(u"{{ secrets.token }}"_s, uR"("{{ secrets.token }}")"_s);
    row(u"{{ default(secrets.token, 'x') }}"_s, uR"("{{ default(secrets.token, 'x') }}")"_s);
    row(u"a{{   item }}b{{ index}}c"_s, uR"("a{{   item }}b{{ index}}c")"_s);
    // What values hold is never read as a template.
    row(u"{{ inputs.braces }}"_s, uR"("a {{ '{{' }} inputs.count }} {")"_s);
    row(u"{{ inputs.braces }}{{ item }}"_s, uR"("a {{ '{{' }} inputs.count }} {{ '{' }}{{ item }}")"_s);
    row(u"{{ inputs.deep }}"_s, uR"({"list":["{{ '{{' }} x }}",{"k":"{{ '{{' }}"}]})"_s);
    row(u"{{ inputs.open }}{ x }}"_s, uR"("{{ '{{' }} x }}")"_s);
    row(u"{{ inputs.open }}{{ inputs.open }}{{ item }}"_s, uR"("{{ '{{' }}{{ item }}")"_s);
    row(u"{{ item }}{{ inputs.open }}"_s, uR"("{{ item }}{")"_s);
    // Escapes stay.
    row(u"{{ '{{' }}"_s, uR"("{{ '{{' }}")"_s);
    row(u"a {{ '{{' }} b }}"_s, uR"("a {{ '{{' }} b }}")"_s);
    row(u"{{ '{' }}{{ item }}"_s, uR"("{{ '{' }}{{ item }}")"_s);
    // Text of several parts stays text, also when all but one are empty.
    row(u"{{ inputs.empty }}{{ item }}"_s, uR"("{{ '' }}{{ item }}")"_s);
    row(u"{{ '' }}{{ item }}"_s, uR"("{{ '' }}{{ item }}")"_s);
    row(u"{{ item }}{{ inputs.none }}"_s, uR"("{{ '' }}{{ item }}")"_s);
    row(u"{{ inputs.empty }}{{ inputs.none }}"_s, uR"("")"_s);
}

void TestExpressionFold::folds()
{
    QFETCH(QString, text);
    QFETCH(QString, json);

    const auto once = engine::foldAll(QJsonValue(text), inputsOnly());
    QCOMPARE(shown(once), json);
    QCOMPARE(shown(engine::foldAll(*once, inputsOnly())), json);
}

void TestExpressionFold::foldRejects()
{
    const auto parsed =
        engine::Template::parse(u"a {{ steps.b }} {{ inputs.oops }}"_s, {u"p.yaml"_s, 3, 5, u"/x"_s});
    QVERIFY(parsed);
    const auto folded = parsed->fold(inputsOnly());
    QVERIFY(!folded);
    QCOMPARE(folded.error().toString(), u"p.yaml:3:31: /x: \"inputs\" has no member \"oops\""_s);
    QVERIFY(parsed->fold(Scope()));
}

void TestExpressionFold::foldsInside()
{
    const QJsonValue value = fromJson(
        uR"({"{{ inputs.count }}": "{{ inputs.count }}", "b": [true, "x{{ item }}", ["{{ index }}"]]})"_s);
    QCOMPARE(shown(engine::foldAll(value, inputsOnly())),
             uR"({"b":[true,"x{{ item }}",["{{ index }}"]],"{{ inputs.count }}":3})"_s);
    QCOMPARE(shown(engine::evaluateAll(value, partOf(1 | 8 | 4))),
             uR"({"b":[true,"x{\"in\":4,\"name\":\"host1\"}",[2]],"{{ inputs.count }}":3})"_s);
}

void TestExpressionFold::escapes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("escaped");

    QTest::newRow("nothing to do") << u"a { b }} c"_s << u"a { b }} c"_s;
    QTest::newRow("two") << u"{{"_s << u"{{ '{{' }}"_s;
    QTest::newRow("three") << u"{{{"_s << u"{{ '{{' }}{"_s;
    QTest::newRow("four") << u"{{{{"_s << u"{{ '{{' }}{{ '{{' }}"_s;
    QTest::newRow("an expression") << u"x {{ 1 / 0 }}"_s << u"x {{ '{{' }} 1 / 0 }}"_s;
    QTest::newRow("an escape") << u"{{ '{{' }}"_s << u"{{ '{{' }} '{{ '{{' }}' }}"_s;
}

void TestExpressionFold::escapes()
{
    QFETCH(QString, text);
    QFETCH(QString, escaped);

    QCOMPARE(engine::escapeTemplate(text), escaped);
    const auto back = engine::evaluateAll(QJsonValue(escaped), Scope());
    QVERIFY(back);
    QCOMPARE(*back, QJsonValue(text));
}

void TestExpressionFold::roundTrip_data()
{
    QTest::addColumn<quint32>("seed");

    for (quint32 seed = 1; seed <= 120; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestExpressionFold::roundTrip()
{
    QFETCH(quint32, seed);

    Generator generator(seed);
    for (int i = 0; i < 5; ++i) {
        const QJsonValue value = generator.value();
        const auto expected = engine::evaluateAll(value, partOf(allRoots));
        for (unsigned known = 0; known <= allRoots; ++known) {
            const auto folded = engine::foldAll(value, partOf(known));
            if (!folded) { // Only what fails in the end may fail early.
                QVERIFY2(!expected, qPrintable(shown(folded) + u" for "_s + shown(value)));
                continue;
            }
            // A second fold, with more known, as a map's item after the inputs.
            const auto again = engine::foldAll(*folded, partOf(known | 4));
            QVERIFY2(again || !expected, qPrintable(shown(folded)));
            const auto result = engine::evaluateAll(again ? *again : *folded, partOf(allRoots));
            QVERIFY2(bool(result) == bool(expected), qPrintable(shown(result) + u" for "_s + shown(value)));
            if (expected)
                QVERIFY2(shown(result) == shown(expected),
                         qPrintable(shown(value) + u" became "_s + shown(folded)));
        }
    }
}

QTEST_APPLESS_MAIN(TestExpressionFold)
#include "tst_expression_fold.moc"
