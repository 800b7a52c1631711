#pragma once

#include "engine/base/json.h"
#include "engine/base/result.h"

#include <QJsonArray>
#include <QJsonObject>

#include <cmath>
#include <cstdlib>

/// What the harnesses of YAML documents share.
namespace yaml {

inline void check(bool holds)
{
    if (!holds)
        std::abort();
}

/// A JSON string that our reader of YAML takes: control characters, line ends and noncharacters escaped.
inline QByteArray textOf(const QString &text)
{
    const QString out = QString::fromUtf8(engine::canonicalJsonOf(text));
    QString escaped;
    for (const QChar c : out) {
        const char16_t unit = c.unicode();
        const bool isPlain = unit < 0x7f || (unit >= 0xa0 && unit < 0x2028)
                             || (unit > 0x2029 && unit < 0xfe00) || c.isSurrogate();
        if (isPlain)
            escaped += c; // Half of a pair stays beside the other half.
        else
            escaped += QStringLiteral("\\u") + QString::number(unit | 0x10000, 16).mid(1);
    }
    return escaped.toUtf8();
}

/// JSON is YAML, but for the little that YAML does not take as it is: such characters, and integers beyond
/// 2^53-1, which only a number with a fraction may be.
// NOLINTNEXTLINE(misc-no-recursion): over documents that our reader made, at most 64 levels deep
inline QByteArray textOf(const QJsonValue &value)
{
    QByteArray out;
    if (value.isString())
        return textOf(value.toString());
    if (value.isDouble()) {
        const QByteArray number = engine::es6Number(value.toDouble());
        return std::fabs(value.toDouble()) >= 9007199254740992.0 && !number.contains('e') ? number + ".0"
                                                                                          : number;
    }
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue item : array)
            out += (out.isEmpty() ? "" : ",") + textOf(item);
        return '[' + out + ']';
    }
    if (!value.isObject())
        return engine::canonicalJsonOf(value);
    const QJsonObject object = value.toObject();
    for (auto member = object.begin(); member != object.end(); ++member)
        out += (out.isEmpty() ? "" : ",") + textOf(member.key()) + ':' + textOf(member.value());
    return '{' + out + '}';
}

/// Whether the parser of YAML takes every name as a key: it looks no further than 1024 characters.
// NOLINTNEXTLINE(misc-no-recursion): as above
inline bool hasShortNames(const QJsonValue &value)
{
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        return std::all_of(array.begin(), array.end(),
                           [](const QJsonValue &item) { return hasShortNames(item); });
    }
    const QJsonObject object = value.toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (member.key().size() > 160 || !hasShortNames(member.value()))
            return false;
    }
    return true;
}

/// Every problem says something and stands inside the text.
inline void checkError(const engine::Error &error, const QByteArray &text)
{
    check(!error.message.isEmpty());
    const QList<QByteArray> lines = text.split('\n');
    const engine::SourcePos &where = error.where;
    check(where.line >= 1 && where.line <= lines.size());
    check(where.column >= 1 && where.column <= lines.at(where.line - 1).size() + 1);
    check(where.path.isEmpty() || where.path.startsWith(u'/'));
}

} // namespace yaml
