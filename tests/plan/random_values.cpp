#include "tests/plan/random.h"
#include "tests/plan/random_steps.h"

using namespace Qt::StringLiterals;

QString RandomValues::text()
{
    // What YAML would take for something else, what it cannot hold as it is, and what its forms change.
    static const QStringList texts{u""_s,
                                   u"a"_s,
                                   u"plain text of some words"_s,
                                   u"yes"_s,
                                   u"no"_s,
                                   u"on"_s,
                                   u"null"_s,
                                   u"~"_s,
                                   u"true"_s,
                                   u"False"_s,
                                   u"1"_s,
                                   u"-1"_s,
                                   u"1.5"_s,
                                   u"1e3"_s,
                                   u".inf"_s,
                                   u".NaN"_s,
                                   u"0x1F"_s,
                                   u"0o17"_s,
                                   u"1_000"_s,
                                   u"1.2.3"_s,
                                   u"2026-01-01"_s,
                                   u" a"_s,
                                   u"a "_s,
                                   u" "_s,
                                   u"a  b"_s,
                                   u"a: b"_s,
                                   u"a:"_s,
                                   u":a"_s,
                                   u"a #b"_s,
                                   u"#a"_s,
                                   u"a#b"_s,
                                   u"- a"_s,
                                   u"-"_s,
                                   u"---"_s,
                                   u"..."_s,
                                   u"? a"_s,
                                   u"[a]"_s,
                                   u"{a}"_s,
                                   u"a, b"_s,
                                   u"&a"_s,
                                   u"*a"_s,
                                   u"!a"_s,
                                   u"|"_s,
                                   u">"_s,
                                   u"%a"_s,
                                   u"@a"_s,
                                   u"`a`"_s,
                                   u"<<"_s,
                                   u"="_s,
                                   u"it's"_s,
                                   u"'a'"_s,
                                   u"\"a\""_s,
                                   u"a\\nb"_s,
                                   u"\\"_s,
                                   u"a\nb"_s,
                                   u"a\nb\n"_s,
                                   u"a\n\n  b\n# c\n"_s,
                                   u"\na"_s,
                                   u"a\n\n"_s,
                                   u" a\nb"_s,
                                   u"a \nb"_s,
                                   u"a\tb"_s,
                                   u"\ta"_s,
                                   u"a\r\nb"_s,
                                   u"a\rb"_s,
                                   u"\u0001\u001f"_s,
                                   u"\u007f\u0085"_s,
                                   u"\u00a0"_s,
                                   u"\u00e9e\u0301"_s,
                                   u"\u2028\u2029"_s,
                                   u"\ufeff"_s,
                                   u"\ufffd\ufffe"_s,
                                   u"\U0001f602"_s,
                                   u"\U00010000\ue000"_s,
                                   u"{ {"_s,
                                   u"}}"_s,
                                   u"a/b~c"_s};
    const QString text = m_random.pick(texts);
    return m_random.chance(15) ? text + m_random.pick(texts) : text;
}

QString RandomValues::filledText()
{
    const QString made = text();
    return made.trimmed().isEmpty() ? u"x"_s : made;
}

QString RandomValues::duration()
{
    return m_random.pick<QString>(
        {u"PT1S"_s, u"PT1.5S"_s, u"PT90S"_s, u"PT1H30M"_s, u"P1D"_s, u"PT0.001S"_s});
}

QJsonObject RandomValues::retries()
{
    QJsonObject json{{u"maxAttempts"_s, m_random.between(1, 5)}};
    if (m_random.chance(50))
        json[u"backoff"_s] = u"PT1S"_s;
    if (m_random.chance(50))
        json[u"factor"_s] = m_random.pick<double>({1, 2, 1.5, 1.1, 100});
    if (m_random.chance(30))
        json[u"maxBackoff"_s] = u"PT1M"_s;
    if (m_random.chance(30))
        json[u"maxDuration"_s] = u"P1D"_s;
    if (m_random.chance(30))
        json[u"onExitCodes"_s] = QJsonArray{75, 1, 255};
    return json;
}

QJsonValue RandomValues::ofType(const QString &type)
{
    if (type == u"string"_s)
        return text();
    if (type == u"integer"_s)
        return m_random.pick<qint64>({0, 1, -1, 42, 255, 9007199254740991, -9007199254740991});
    if (type == u"number"_s)
        return m_random.pick<double>(
            {0, 1, 0.1, -2.5, 1e-7, 1e20, 1e21, 1.7976931348623157e308, 5e-324, 0.30000000000000004});
    if (type == u"boolean"_s)
        return m_random.chance(50);
    if (type == u"array"_s) {
        QJsonArray array{text()};
        for (int i = m_random.below(3); i > 0; --i)
            array.append(m_random.chance(50) ? QJsonValue(text()) : QJsonValue(i));
        return array;
    }
    QJsonObject object;
    for (int i = m_random.below(4); i > 0; --i)
        object[text()] = any(1);
    return object;
}

QJsonValue RandomValues::any(int depth) // NOLINT(misc-no-recursion): two levels
{
    switch (m_random.below(depth < 2 ? 7 : 5)) {
    case 0: return QJsonValue::Null;
    case 1: return m_random.chance(50);
    case 2: return ofType(u"integer"_s);
    case 3: return ofType(u"number"_s);
    case 4: return text();
    case 5: {
        QJsonArray array;
        for (int i = m_random.below(4); i > 0; --i)
            array.append(any(depth + 1));
        return array;
    }
    default: break;
    }
    QJsonObject object;
    for (int i = m_random.below(4); i > 0; --i)
        object[text()] = any(depth + 1);
    return object;
}

static QString inputNamed(const QString &name)
{
    return u"inputs['%1']"_s.arg(name);
}

/// An expression that gives text or a number.
QString RandomValues::reference(const KnownNames &known, const QList<KnownStep> &steps)
{
    QStringList references{u"run.id"_s, u"1 + 1"_s, u"upper('a')"_s, u"{'a': [0.5]}.a[0]"_s};
    for (const QString &type : {u"string"_s, u"integer"_s, u"number"_s}) {
        for (const QString &name : known.inputs.value(type))
            references += {inputNamed(name), u"toJson(%1)"_s.arg(inputNamed(name))};
    }
    for (const QString &name : known.inputs.value(u"boolean"_s))
        references += u"toJson(%1)"_s.arg(inputNamed(name));
    for (const QString &name : known.inputs.value(u"array"_s))
        references += u"len(%1)"_s.arg(inputNamed(name));
    for (const QString &name : known.inputs.value(u"file"_s))
        references += inputNamed(name) + u".sha256"_s;
    for (const KnownStep &step : steps)
        references += u"steps.%1.status"_s.arg(step.id);
    return m_random.pick(references);
}

QString RandomValues::templateOf(const KnownNames &known, const QList<KnownStep> &steps)
{
    const QString expression = u"{{ %1 }}"_s.arg(reference(known, steps));
    if (m_random.chance(50))
        return expression;
    return filledText() + u' ' + expression + (m_random.chance(30) ? u" {{ '{{' }} "_s + text() : QString());
}

QString RandomValues::condition(const KnownNames &known, const QList<KnownStep> &steps)
{
    QStringList conditions{u"{{ true }}"_s, u"{{ not true }}"_s, u"{{ run.tenant == 'a' }}"_s};
    for (const QString &name : known.inputs.value(u"boolean"_s))
        conditions += u"{{ %1 }}"_s.arg(inputNamed(name));
    for (const QString &name : known.inputs.value(u"integer"_s))
        conditions += u"{{ %1 > 0 }}"_s.arg(inputNamed(name));
    for (const KnownStep &step : steps)
        conditions += u"{{ steps.%1.status == 'succeeded' }}"_s.arg(step.id);
    return m_random.pick(conditions);
}
