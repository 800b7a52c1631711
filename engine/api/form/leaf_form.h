#pragma once

#include "engine/api/form/json_form.h"
#include "engine/base/duration.h"
#include "engine/base/ids.h"

#include <chrono>
#include <cmath>
#include <limits>

/// The JSON forms of what values are made of: numbers, texts, times, names of enumerations, lists. Internal
/// to engine/api.
namespace engine::form {

/// The last enumerator of an enumeration whose enumerators count from 0 and have a toString(): makes its
/// names readable. Specialised for each.
template<class E>
inline constexpr int lastOf = -1;

template<>
struct Leaf<bool>
{
    static QJsonValue write(bool value) { return value; }
    static void read(Reading &reading, const QJsonValue &json, bool &value)
    {
        json.isBool() ? void(value = json.toBool()) : reading.expected(QStringLiteral("a boolean"), json);
    }
};

template<class T>
requires std::integral<T>
struct Leaf<T>
{
    static QJsonValue write(T value) { return qint64(value); }
    static void read(Reading &reading, const QJsonValue &json, T &value)
    {
        const double number = json.toDouble();
        const bool isInteger = json.isDouble() && std::trunc(number) == number;
        if (!isInteger)
            return reading.expected(QStringLiteral("an integer"), json);
        if (number < double(std::max<qint64>(std::numeric_limits<T>::min(), -maxInteger))
            || number > double(std::min<qint64>(std::numeric_limits<T>::max(), maxInteger)))
            return reading.fail(QStringLiteral("the number is out of range"));
        value = T(json.toInteger());
    }
    static constexpr qint64 maxInteger = 9007199254740991; // 2^53-1: what JSON carries exactly.
};

template<>
struct Leaf<QString>
{
    static QJsonValue write(const QString &value) { return value; }
    static void read(Reading &reading, const QJsonValue &json, QString &value)
    {
        json.isString() ? void(value = json.toString()) : reading.expected(QStringLiteral("a string"), json);
    }
};

/// Bytes that are UTF-8 text: a canonical plan, an envelope.
template<>
struct Leaf<QByteArray>
{
    static QJsonValue write(const QByteArray &value) { return QString::fromUtf8(value); }
    static void read(Reading &reading, const QJsonValue &json, QByteArray &value)
    {
        json.isString() ? void(value = json.toString().toUtf8())
                        : reading.expected(QStringLiteral("a string"), json);
    }
};

template<>
struct Leaf<QJsonObject>
{
    static QJsonValue write(const QJsonObject &value) { return value; }
    static void read(Reading &reading, const QJsonValue &json, QJsonObject &value)
    {
        json.isObject() ? void(value = json.toObject()) : reading.expected(QStringLiteral("an object"), json);
    }
};

template<>
struct Leaf<QJsonValue>
{
    static QJsonValue write(const QJsonValue &value) { return value; }
    static void read(Reading &, const QJsonValue &json, QJsonValue &value) { value = json; }
};

template<>
struct Leaf<RunId>
{
    static QJsonValue write(const RunId &value) { return value.value; }
    static void read(Reading &reading, const QJsonValue &json, RunId &value)
    {
        Leaf<QString>::read(reading, json, value.value);
    }
};

/// Texts that some parser reads: on failure its words are those of the problem.
template<class T, class Parse>
void readText(Reading &reading, const QJsonValue &json, T &value, const Parse &parse)
{
    QString text;
    Leaf<QString>::read(reading, json, text);
    if (reading.failed())
        return;
    const auto parsed = parse(text);
    parsed ? void(value = *parsed) : reading.fail(parsed.error().message);
}

template<>
struct Leaf<Timestamp>
{
    static QJsonValue write(Timestamp value) { return toIso(value); }
    static void read(Reading &reading, const QJsonValue &json, Timestamp &value)
    {
        readText(reading, json, value, parseIso);
    }
};

template<>
struct Leaf<std::chrono::milliseconds>
{
    static QJsonValue write(std::chrono::milliseconds value) { return toIsoDuration(value); }
    static void read(Reading &reading, const QJsonValue &json, std::chrono::milliseconds &value)
    {
        readText(reading, json, value, parseDuration);
    }
};

/// A count; the member's name says the unit.
template<>
struct Leaf<std::chrono::microseconds>
{
    static QJsonValue write(std::chrono::microseconds value) { return qint64(value.count()); }
    static void read(Reading &reading, const QJsonValue &json, std::chrono::microseconds &value)
    {
        qint64 count = 0;
        Leaf<qint64>::read(reading, json, count);
        value = std::chrono::microseconds(count);
    }
};

template<class E>
requires std::is_enum_v<E>
struct Leaf<E>
{
    static_assert(lastOf<E> >= 0);

    static QJsonValue write(E value) { return toString(value); }
    static void read(Reading &reading, const QJsonValue &json, E &value)
    {
        QString text;
        Leaf<QString>::read(reading, json, text);
        if (reading.failed())
            return;
        QStringList names;
        for (int i = 0; i <= lastOf<E>; ++i) {
            names += toString(E(i));
            if (names.last() == text) {
                value = E(i);
                return;
            }
        }
        reading.fail(
            QStringLiteral("expected one of %1, found \"%2\"").arg(names.join(QStringLiteral(", ")), text));
    }
};

template<class T>
struct Leaf<std::optional<T>>
{
    static QJsonValue write(const std::optional<T> &value)
    {
        return value ? form::write(*value) : QJsonValue(QJsonValue::Null);
    }
    static void read(Reading &reading, const QJsonValue &json, std::optional<T> &value)
    {
        T read{};
        form::read(reading, json, read);
        value = std::move(read);
    }
};

// NOLINTBEGIN(misc-no-recursion): see json_form.h
template<class T>
struct Leaf<QList<T>>
{
    static QJsonValue write(const QList<T> &list)
    {
        QJsonArray array;
        for (const T &value : list)
            array.append(form::write(value));
        return array;
    }
    static void read(Reading &reading, const QJsonValue &json, QList<T> &list)
    {
        if (!json.isArray())
            return reading.expected(QStringLiteral("an array"), json);
        const QJsonArray array = json.toArray();
        list.clear();
        list.reserve(array.size());
        for (const auto &item : array) {
            reading.at(QString::number(list.size()), [&] {
                T value{};
                form::read(reading, item, value);
                list.append(std::move(value));
            });
            if (reading.failed())
                return;
        }
    }
};
// NOLINTEND(misc-no-recursion)

} // namespace engine::form
