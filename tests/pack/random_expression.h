#pragma once

#include "engine/pack/expression/template.h"

#include <QJsonArray>
#include <QRandomGenerator>
#include <QRegularExpression>
#include <QStringList>

#include <functional>

/// Whether an error of evaluate() is about what a value is, not about its type.
inline bool isOfValues(const QString &message)
{
    static const QRegularExpression form(QStringLiteral(
        "cannot divide|is beyond|has no item|has no member|of an empty array|cannot read|is empty|"
        "looks for is empty|join\\(\\) joins|range\\(\\) would give|than 100000 evaluation steps"));
    return message.contains(form);
}

/// Whether the type of every part of an expression is that of its value: it brings no different values
/// together under one type, and asks for no integer where a number may turn out to be one.
inline bool isExact(const QString &text)
{
    static const QRegularExpression mixing(
        QStringLiteral(" if |default|[\\[{%]|range|values|fromJson|inputs\\.e"));
    return !text.contains(mixing);
}

/// Makes small expressions, well formed and with types mixed at random. The same seed gives the same ones.
class RandomExpression
{
public:
    using Choice = std::function<quint32(quint32 below)>;

    explicit RandomExpression(quint32 seed)
        : RandomExpression(
            [generator = QRandomGenerator(seed)](quint32 below) mutable { return generator.bounded(below); })
    {
    }
    explicit RandomExpression(Choice choice)
        : m_below(std::move(choice))
    {
    }

    QString next() { return expression(1 + int(m_below(3))); }

    /// What the expressions name.
    static engine::Scope scope()
    {
        engine::Scope scope;
        scope.inputs =
            QJsonObject{{QStringLiteral("n"), 3},
                        {QStringLiteral("f"), 1.5},
                        {QStringLiteral("t"), QStringLiteral("a,b")},
                        {QStringLiteral("b"), true},
                        {QStringLiteral("z"), QJsonValue::Null},
                        {QStringLiteral("l"), QJsonArray{1, 2}},
                        {QStringLiteral("e"), QJsonArray()},
                        {QStringLiteral("o"),
                         QJsonObject{{QStringLiteral("a"), 1}, {QStringLiteral("k"), QStringLiteral("v")}}}};
        scope.steps =
            QJsonObject{{QStringLiteral("s"),
                         QJsonObject{{QStringLiteral("outputs"), QJsonObject{{QStringLiteral("x"), 7}}},
                                     {QStringLiteral("status"), QStringLiteral("succeeded")}}}};
        scope.item = QJsonObject{{QStringLiteral("name"), QStringLiteral("h")}};
        scope.index = 0;
        return scope;
    }

private:
    QString oneOf(const QStringList &choices) { return choices[qsizetype(m_below(quint32(choices.size())))]; }

    QString leaf()
    {
        static const QStringList leaves{
            QStringLiteral("1"),        QStringLiteral("0"),          QStringLiteral("2.5"),
            QStringLiteral("'a'"),      QStringLiteral("'n'"),        QStringLiteral("true"),
            QStringLiteral("null"),     QStringLiteral("inputs.n"),   QStringLiteral("inputs.f"),
            QStringLiteral("inputs.t"), QStringLiteral("inputs.b"),   QStringLiteral("inputs.z"),
            QStringLiteral("inputs.l"), QStringLiteral("inputs.e"),   QStringLiteral("inputs.o"),
            QStringLiteral("index"),    QStringLiteral("inputs.o.k"), QStringLiteral("steps.s.outputs.x"),
            QStringLiteral("item"),     QStringLiteral("item.name"),  QStringLiteral("steps.s.status"),
            QStringLiteral("[]"),       QStringLiteral("{'a': 1}")};
        return oneOf(leaves);
    }

    QString expression(int depth)
    {
        static const QStringList operators{QStringLiteral("+"),  QStringLiteral("-"),   QStringLiteral("*"),
                                           QStringLiteral("/"),  QStringLiteral("%"),   QStringLiteral("=="),
                                           QStringLiteral("!="), QStringLiteral("<"),   QStringLiteral(">="),
                                           QStringLiteral("in"), QStringLiteral("and"), QStringLiteral("or")};
        static const QStringList unary{
            QStringLiteral("len"),      QStringLiteral("lower"),  QStringLiteral("keys"),
            QStringLiteral("values"),   QStringLiteral("sort"),   QStringLiteral("unique"),
            QStringLiteral("first"),    QStringLiteral("last"),   QStringLiteral("min"),
            QStringLiteral("max"),      QStringLiteral("abs"),    QStringLiteral("toString"),
            QStringLiteral("toNumber"), QStringLiteral("toJson"), QStringLiteral("fromJson"),
            QStringLiteral("sha256"),   QStringLiteral("range"),  QStringLiteral("trim")};
        static const QStringList binary{
            QStringLiteral("default"), QStringLiteral("contains"), QStringLiteral("startsWith"),
            QStringLiteral("split"),   QStringLiteral("join"),     QStringLiteral("min"),
            QStringLiteral("max"),     QStringLiteral("default"),  QStringLiteral("range")};
        static const QStringList keys{QStringLiteral(".a"), QStringLiteral(".k"), QStringLiteral("[0]"),
                                      QStringLiteral("['a']"), QStringLiteral("[1]")};
        if (depth == 0)
            return leaf();
        const auto part = [this, depth] { return expression(depth - 1); };
        const quint32 form = m_below(11); // Choices are made one after the other, on every compiler.
        if (form == 0)
            return leaf();
        const QString a = part();
        if (form == 1)
            return QStringLiteral("%1(%2)").arg(oneOf(unary), a);
        if (form == 2)
            return QStringLiteral("(%1)%2").arg(a, oneOf(keys));
        if (form == 3)
            return oneOf({QStringLiteral("not (%1)"), QStringLiteral("-(%1)")}).arg(a);
        const QString b = part();
        switch (form) {
        case 4:
        case 5: return QStringLiteral("(%1) %2 (%3)").arg(a, oneOf(operators), b);
        case 6:
        case 7: return QStringLiteral("%1(%2, %3)").arg(oneOf(binary), a, b);
        case 8: return QStringLiteral("[%1, %2]").arg(a, b);
        case 9: return QStringLiteral("{'a': %1, 'k': %2}").arg(a, b);
        default: return QStringLiteral("(%1) if (%2) else (%3)").arg(a, b, part());
        }
    }

    Choice m_below;
};
