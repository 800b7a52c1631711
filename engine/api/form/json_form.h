#pragma once

#include "engine/base/result.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <tuple>

/// The JSON forms of values, written and read by one description of each: a tuple of its members. So no form
/// can be written that is not read back. Internal to engine/api.
///
///     template<>
///     struct Form<Point>
///     {
///         static constexpr auto members =
///             std::tuple(member(u"x", &Point::x), optional(u"name", &Point::name));
///     };
namespace engine::form {

/// Specialised for each struct; its `members` is a tuple of what member(), optional(), inlined() and
/// constant() return.
template<class T>
struct Form;

template<class T>
concept HasForm = requires
{
    Form<T>::members;
};

/// How a value that is no struct of members is written and read; see leaf_form.h. Has
///     static QJsonValue write(const T &value);
///     static void read(Reading &reading, const QJsonValue &json, T &value);
template<class T>
struct Leaf;

/// Where a reader stands in a document, and the first problem that it met.
class Reading
{
public:
    bool failed() const { return m_problem.has_value(); }
    const Error &error() const { return *m_problem; }

    void fail(const QString &message); ///< At the place where it stands; only the first is kept.
    /// "expected WHAT, found a number".
    void expected(const QString &what, const QJsonValue &found);

    /// Calls fn(this) one token deeper.
    template<class Fn>
    // NOLINTNEXTLINE(misc-no-recursion): as deep as the parser of JSON allows
    void at(const QString &token, Fn fn)
    {
        m_path += token;
        fn();
        m_path.removeLast();
    }

private:
    QStringList m_path;
    std::optional<Error> m_problem;
};

/// Takes the members of one object by name; whatever was not taken is an unknown member.
class Members
{
public:
    Members(Reading &reading, QJsonObject object)
        : m_reading(reading)
        , m_object(std::move(object))
    {
    }

    /// Undefined when it is absent, which is a problem when it is required.
    QJsonValue take(const QString &name, bool isRequired);
    void refuseTheRest();

private:
    Reading &m_reading;
    const QJsonObject m_object;
    QStringList m_taken;
};

// NOLINTBEGIN(misc-no-recursion): an Error holds Errors; as deep as the parser of JSON allows
template<class T>
QJsonValue write(const T &value);
template<class T>
void read(Reading &reading, const QJsonValue &json, T &value);
template<class T>
void writeMembers(QJsonObject &json, const T &value);
template<class T>
void readMembers(Reading &reading, Members &members, T &value);

/// A member that is always there.
template<class T, class V>
struct Required
{
    static constexpr int fields = 1;
    const char16_t *name;
    V T::*pointer;

    void write(QJsonObject &json, const T &value) const
    {
        json.insert(QString::fromUtf16(name), form::write(value.*pointer));
    }
    void read(Reading &reading, Members &members, T &value) const
    {
        const QString token = QString::fromUtf16(name);
        const QJsonValue json = members.take(token, true);
        if (!json.isUndefined())
            reading.at(token, [&] { form::read(reading, json, value.*pointer); });
    }
};

/// A member that is absent when it is as in a value that was just made.
template<class T, class V>
struct Optional
{
    static constexpr int fields = 1;
    const char16_t *name;
    V T::*pointer;

    void write(QJsonObject &json, const T &value) const
    {
        static const T initial{};
        if (!(value.*pointer == initial.*pointer))
            json.insert(QString::fromUtf16(name), form::write(value.*pointer));
    }
    void read(Reading &reading, Members &members, T &value) const
    {
        const QString token = QString::fromUtf16(name);
        const QJsonValue json = members.take(token, false);
        if (!json.isUndefined())
            reading.at(token, [&] { form::read(reading, json, value.*pointer); });
    }
};

// NOLINTEND(misc-no-recursion)

/// A struct whose members stand among those of the one that holds it.
template<class T, class V>
struct Inlined
{
    static constexpr int fields = 1;
    V T::*pointer;

    void write(QJsonObject &json, const T &value) const { writeMembers(json, value.*pointer); }
    void read(Reading &reading, Members &members, T &value) const
    {
        readMembers(reading, members, value.*pointer);
    }
};

/// A text that is always the same, a schema's name for one.
struct Constant
{
    static constexpr int fields = 0;
    const char16_t *name;
    const char16_t *text;

    template<class T>
    void write(QJsonObject &json, const T &) const
    {
        json.insert(QString::fromUtf16(name), QString::fromUtf16(text));
    }
    template<class T>
    void read(Reading &reading, Members &members, T &) const
    {
        const QString token = QString::fromUtf16(name);
        const QString wanted = QString::fromUtf16(text);
        const QJsonValue json = members.take(token, true);
        if (!json.isUndefined() && json != QJsonValue(wanted))
            reading.at(token, [&] { reading.fail(QStringLiteral("expected \"%1\"").arg(wanted)); });
    }
};

template<class T, class V>
constexpr Required<T, V> member(const char16_t *name, V T::*pointer)
{
    return {name, pointer};
}

template<class T, class V>
constexpr Optional<T, V> optional(const char16_t *name, V T::*pointer)
{
    return {name, pointer};
}

template<class T, class V>
constexpr Inlined<T, V> inlined(V T::*pointer)
{
    return {pointer};
}

constexpr Constant constant(const char16_t *name, const char16_t *text)
{
    return {name, text};
}

// NOLINTBEGIN(misc-no-recursion): over the types of values; the depth of what is read is a limit of the
// parser

/// Stands for a value of any type where the fields of an aggregate are counted; never made.
struct Anything
{
    template<class T>
    operator T() const; // NOLINT(google-explicit-constructor)
};

/// How many fields a struct has: the most that can be given to it in braces.
template<class T, class... Given>
consteval int fieldsOf()
{
    if constexpr (requires { T{Given{}..., Anything{}}; })
        return fieldsOf<T, Given..., Anything>();
    else
        return int(sizeof...(Given));
}

/// How many fields its form names.
template<class T>
consteval int fieldsNamed()
{
    return std::apply([](const auto &...each) { return (0 + ... + each.fields); }, Form<T>::members);
}

template<class T>
void writeMembers(QJsonObject &json, const T &value)
{
    static_assert(fieldsOf<T>() == fieldsNamed<T>(), "a field of the struct is missing in its form");
    std::apply([&](const auto &...each) { (each.write(json, value), ...); }, Form<T>::members);
}

template<class T>
void readMembers(Reading &reading, Members &members, T &value)
{
    std::apply([&](const auto &...each) { (each.read(reading, members, value), ...); }, Form<T>::members);
}

template<class T>
QJsonValue write(const T &value)
{
    if constexpr (HasForm<T>) {
        QJsonObject json;
        writeMembers(json, value);
        return json;
    } else {
        return Leaf<T>::write(value);
    }
}

template<class T>
void read(Reading &reading, const QJsonValue &json, T &value)
{
    if (reading.failed())
        return;
    if constexpr (HasForm<T>) {
        if (!json.isObject())
            return reading.expected(QStringLiteral("an object"), json);
        Members members(reading, json.toObject());
        readMembers(reading, members, value);
        members.refuseTheRest();
    } else {
        Leaf<T>::read(reading, json, value);
    }
}

// NOLINTEND(misc-no-recursion)

} // namespace engine::form

namespace engine {

/// Reads what form::write() wrote. Fails with InvalidInput at the JSON Pointer of the first problem: a member
/// that is missing, unknown or of another type; what value holds then has no meaning.
template<class T>
Result<> readJson(const QJsonValue &json, T &value)
{
    form::Reading reading;
    form::read(reading, json, value);
    return reading.failed() ? Result<>(reading.error()) : Result<>();
}

/// The same as a result; for every value but errors.
template<class T>
Result<T> fromJson(const QJsonValue &json)
{
    T value{};
    if (const auto read = readJson(json, value); !read)
        return read.error();
    return value;
}

} // namespace engine
