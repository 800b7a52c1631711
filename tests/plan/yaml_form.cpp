#include "tests/plan/yaml_form.h"

#include "engine/base/json.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <cmath>

using namespace Qt::StringLiterals;

// NOLINTBEGIN(misc-no-recursion): over values that the tests made

static QByteArray spaces(int count)
{
    return QByteArray(count, ' ');
}

static bool isContainer(const QJsonValue &value)
{
    return value.isArray() || value.isObject();
}

static bool isEmpty(const QJsonValue &value)
{
    return value.isArray() ? value.toArray().isEmpty() : value.toObject().isEmpty();
}

/// Text that YAML takes as it is between quotes on one line.
static bool isPrintable(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) {
        const char16_t unit = c.unicode();
        return (unit >= 0x20 && unit < 0x7f) || (unit >= 0xa0 && unit < 0x2028)
               || (unit > 0x2029 && unit < 0xfe00) || c.isSurrogate();
    });
}

/// Text that stands for itself without quotes; this knows only some of it.
static bool isPlain(const QString &text, bool inFlow)
{
    static const QRegularExpression word(u"\\A[A-Za-z_/\u00e9][^:#?,\\[\\]{}]*\\z"_s);
    static const QRegularExpression more(
        u"\\A([A-Za-z_][^\\[\\]{}]*[^ :#]|1\\.2\\.3|1_000|0o8|12a|2026-01-01|-x)\\z"_s);
    static const QRegularExpression other(u"\\A(null|true|false)\\z"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    if (!isPrintable(text) || text.endsWith(u' ') || other.match(text).hasMatch())
        return false;
    return word.match(text).hasMatch()
           || (!inFlow && more.match(text).hasMatch() && !text.contains(u": "_s) && !text.contains(u" #"_s));
}

YamlForm::YamlForm(quint32 seed)
    : m_random(seed)
    , m_step(m_random.between(1, 5))
    , m_flows(m_random.chance(30))
    , m_quotes(m_random.chance(20))
    , m_comments(m_random.chance(60))
    , m_crlf(m_random.chance(40))
{
}

QByteArray YamlForm::write(const QJsonObject &document)
{
    QByteArray yaml =
        m_random.pick<QByteArray>({"", "---\n", "%YAML 1.2\n---\n", "# A comment.\n\n--- # x\n"});
    if (m_random.chance(10))
        yaml += flow(document, 2) + '\n'; // JSON is YAML.
    else
        yaml += block(document, 0) + '\n';
    yaml += m_random.pick<QByteArray>({"", "", "...\n", "\n# The end."});
    return m_crlf ? yaml.replace('\n', "\r\n") : yaml;
}

QByteArray YamlForm::comment()
{
    return m_comments && m_random.chance(15) ? " # it's a \"comment\": [" : "";
}

QByteArray YamlForm::between(int indent)
{
    QByteArray lines = "\n";
    while (m_comments && m_random.chance(12))
        lines += m_random.chance(50) ? QByteArray("\n") : spaces(indent) + "# - key: value\n";
    return lines + spaces(indent);
}

QByteArray YamlForm::anchorFor(const QJsonValue &value)
{
    const bool isWorthIt = isContainer(value) ? !isEmpty(value) : value.toString().size() > 2;
    if (!isWorthIt || !m_random.chance(8))
        return {};
    const QByteArray name = "a" + QByteArray::number(++m_anchorCount);
    m_anchors[engine::canonicalJsonOf(value)] = name;
    return '&' + name + ' ';
}

QByteArray YamlForm::aliasOf(const QJsonValue &value)
{
    const QByteArray name = m_anchors.value(engine::canonicalJsonOf(value));
    return !name.isEmpty() && m_random.chance(70) ? '*' + name : QByteArray();
}

QByteArray YamlForm::block(const QJsonValue &value, int indent)
{
    return value.isArray() ? blockList(value.toArray(), indent) : blockMapping(value.toObject(), indent);
}

QByteArray YamlForm::blockMapping(const QJsonObject &object, int indent)
{
    QStringList names = object.keys();
    m_random.shuffle(names);
    QByteArray out;
    for (const QString &name : std::as_const(names)) {
        if (!out.isEmpty())
            out += between(indent);
        if (m_random.chance(5))
            out += "? " + key(name, false) + '\n' + spaces(indent) + ':';
        else
            out += key(name, false) + ':';
        out += entry(object.value(name), indent, false);
    }
    return out;
}

QByteArray YamlForm::blockList(const QJsonArray &array, int indent)
{
    QByteArray out;
    for (const QJsonValue item : array) {
        if (!out.isEmpty())
            out += between(indent);
        out += '-';
        const int pad = m_random.between(1, 3);
        const bool isCompact = isContainer(item) && !isEmpty(item) && !m_flows && m_random.chance(70);
        out += isCompact ? spaces(pad) + block(item, indent + 1 + pad) : entry(item, indent, true);
    }
    return out;
}

QByteArray YamlForm::entry(const QJsonValue &value, int indent, bool inList)
{
    if (const QByteArray alias = aliasOf(value); !alias.isEmpty())
        return ' ' + alias + comment();
    if (value.isNull() && !inList && m_random.chance(30))
        return comment();
    const bool isBlock = isContainer(value) && !isEmpty(value) && !m_random.chance(m_flows ? 70 : 15);
    if (!isBlock) {
        // An anchor names a value only once it is written: in it there is no alias of itself.
        const QByteArray text = isContainer(value) ? flowContent(value, indent + 8)
                                : value.isString() && !m_quotes && m_random.chance(40)
                                    ? blockScalar(value.toString(), indent + m_step)
                                    : QByteArray();
        const bool isBlockScalar = !isContainer(value) && !text.isEmpty();
        const QByteArray written = text.isEmpty() ? scalar(value, false, indent + m_step) : text;
        // Behind "- &anchor" and "? &anchor" the parser wants block scalars indented as far as the anchor.
        const QByteArray anchor = isBlockScalar ? QByteArray() : anchorFor(value);
        return ' ' + anchor + written + (isBlockScalar ? QByteArray() : comment());
    }
    const bool isSameLevel = value.isArray() && !inList && m_random.chance(40);
    const int inner = isSameLevel ? indent : indent + m_step;
    const QByteArray content = block(value, inner);
    const QByteArray anchor = anchorFor(value);
    return (anchor.isEmpty() ? QByteArray() : ' ' + anchor.trimmed()) + comment() + between(inner) + content;
}

QByteArray YamlForm::flow(const QJsonValue &value, int indent)
{
    if (const QByteArray alias = aliasOf(value); !alias.isEmpty())
        return alias + ' ';
    const QByteArray content = isContainer(value) ? flowContent(value, indent) : scalar(value, true, indent);
    return anchorFor(value) + content;
}

QByteArray YamlForm::flowContent(const QJsonValue &value, int indent)
{
    const auto gap = [&] { return m_random.chance(15) ? '\n' + spaces(indent) : spaces(m_random.below(2)); };
    QByteArrayList parts;
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue item : array)
            parts += flow(item, indent);
    } else {
        const QJsonObject object = value.toObject();
        QStringList names = object.keys();
        m_random.shuffle(names);
        for (const QString &name : std::as_const(names))
            parts += key(name, true) + ": " + flow(object.value(name), indent);
    }
    QByteArray out;
    for (const QByteArray &part : std::as_const(parts))
        out += (out.isEmpty() ? gap() : ',' + gap()) + part;
    if (!parts.isEmpty() && m_random.chance(10))
        out += ',';
    return (value.isArray() ? '[' : '{') + out + gap() + (value.isArray() ? ']' : '}');
}

/// A text as "|" or ">", or nothing where that form cannot hold it.
QByteArray YamlForm::blockScalar(const QString &text, int indent)
{
    static const QRegularExpression oneSpace(u"(?<=[^ ]) (?=[^ ])"_s);
    const QStringList lines = text.split(u'\n');
    const bool ends = lines.size() > 1 && lines.last().isEmpty();
    const bool endsTwice = ends && lines.size() > 2 && lines.at(lines.size() - 2).isEmpty();
    if (lines.first().trimmed().isEmpty() || text.startsWith(u' ') || endsTwice
        || !std::all_of(lines.begin(), lines.end(), isPrintable))
        return {};
    if (lines.size() == 1 && m_random.chance(50)) {
        QString folded = text;
        if (m_random.chance(60))
            folded.replace(oneSpace, u'\n' + QString(indent, u' '));
        return ">-\n" + spaces(indent) + folded.toUtf8();
    }
    QByteArray out = ends ? "|" : "|-";
    for (const QString &line : ends ? lines.first(lines.size() - 1) : lines)
        out += '\n' + (line.isEmpty() ? QByteArray() : spaces(indent) + line.toUtf8());
    return out;
}

QByteArray YamlForm::key(const QString &name, bool inFlow)
{
    if (!m_quotes && isPlain(name, inFlow) && m_random.chance(80))
        return name.toUtf8();
    return quoted(name, 0);
}

QByteArray YamlForm::scalar(const QJsonValue &value, bool inFlow, int indent)
{
    switch (value.type()) {
    case QJsonValue::Bool:
        return value.toBool() ? m_random.pick<QByteArray>({"true", "True", "TRUE"})
                              : m_random.pick<QByteArray>({"false", "False", "FALSE"});
    case QJsonValue::Double: return number(value.toDouble());
    case QJsonValue::String: {
        const QString text = value.toString();
        return !m_quotes && isPlain(text, inFlow) && m_random.chance(80) ? text.toUtf8()
                                                                         : quoted(text, indent);
    }
    default: return m_random.pick<QByteArray>({"null", "~", "Null", "NULL"});
    }
}

QByteArray YamlForm::number(double value)
{
    const QByteArray text = engine::es6Number(value);
    if (std::fabs(value) > 9007199254740991.0)
        return text.contains('e') ? text : text + ".0"; // An integer there would be refused.
    if (std::trunc(value) == value) {
        const auto integer = qint64(value);
        QByteArrayList forms{text, text, text + ".0", text + ".", text + "e0"};
        if (integer >= 0)
            forms += {'+' + text, '0' + text, "0x" + QByteArray::number(integer, 16),
                      "0o" + QByteArray::number(integer, 8)};
        return m_random.pick<QByteArray>(forms);
    }
    if (text.contains('e'))
        return m_random.chance(50) ? text : text.toUpper();
    return m_random.pick<QByteArray>({text, text + '0', text + "e0", text + "E+00"});
}

/// @param indent  of the lines that a text may be folded into; 0: it stands on one line
QByteArray YamlForm::quoted(const QString &text, int indent)
{
    static const QRegularExpression oneSpace(u"(?<=[^ \\\\]) (?=[^ ])"_s);
    QByteArray out;
    if (isPrintable(text) && m_random.chance(50))
        out = '\'' + QString(text).replace(u'\'', u"''"_s).toUtf8() + '\'';
    else
        out = doubleQuoted(text);
    if (indent == 0 || !m_random.chance(15))
        return out;
    return QString::fromUtf8(out).replace(oneSpace, u'\n' + QString(indent, u' ')).toUtf8();
}

QByteArray YamlForm::doubleQuoted(const QString &text)
{
    const bool escapesAll = m_random.chance(10);
    QByteArray out = "\"";
    for (const char32_t point : text.toUcs4()) {
        const QString c = QStringView(QChar::fromUcs4(point)).toString();
        const QByteArray hex = QByteArray::number(uint(point), 16);
        if (point == '"' || point == '\\')
            out += '\\' + c.toUtf8();
        else if (point == '\n')
            out += "\\n";
        else if (isPrintable(c) && !escapesAll)
            out += c.toUtf8();
        else if (point < 0x100 && m_random.chance(50))
            out += "\\x" + hex.rightJustified(2, '0');
        else if (point < 0x10000)
            out += "\\u" + hex.rightJustified(4, '0');
        else
            out += "\\U" + hex.rightJustified(8, '0');
    }
    return out + '"';
}

// NOLINTEND(misc-no-recursion)
