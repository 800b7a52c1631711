#pragma once

// The library aborts the process on a broken schema unless it may throw.
#ifndef VALIJSON_USE_EXCEPTIONS
#define VALIJSON_USE_EXCEPTIONS 1
#endif

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>

#include <cmath>
#include <valijson/internal/adapter.hpp>
#include <valijson/internal/basic_adapter.hpp>
#include <valijson/internal/frozen_value.hpp>

// How valijson sees QJsonValue. Its own adapter takes integers for 32 bits wide: 3000000000 is no "integer"
// there.
namespace engine::schema {

class JsonAdapter;
using JsonMember = std::pair<std::string, JsonAdapter>;

/// Iterates over an array or object of Qt, giving adapters or members.
template<class Iterator, class Item>
class JsonIterator
{
public:
    using iterator_category = std::bidirectional_iterator_tag; // NOLINT(readability-identifier-naming)
    using value_type = Item;                                   // NOLINT(readability-identifier-naming)
    using difference_type = std::ptrdiff_t;                    // NOLINT(readability-identifier-naming)
    using pointer = Item *;                                    // NOLINT(readability-identifier-naming)
    using reference = Item;                                    // NOLINT(readability-identifier-naming)

    explicit JsonIterator(Iterator iterator)
        : m_iterator(iterator)
    {
    }

    Item operator*() const;
    valijson::adapters::DerefProxy<Item> operator->() const
    {
        return valijson::adapters::DerefProxy<Item>(**this);
    }
    bool operator==(const JsonIterator &other) const { return m_iterator == other.m_iterator; }
    bool operator!=(const JsonIterator &other) const { return m_iterator != other.m_iterator; }
    JsonIterator &operator++()
    {
        ++m_iterator;
        return *this;
    }
    JsonIterator operator++(int)
    {
        JsonIterator before(*this);
        ++m_iterator;
        return before;
    }
    JsonIterator &operator--()
    {
        --m_iterator;
        return *this;
    }
    void advance(std::ptrdiff_t count) { m_iterator += count; }

private:
    Iterator m_iterator;
};

class JsonArray
{
public:
    using const_iterator =
        JsonIterator<QJsonArray::const_iterator, JsonAdapter>; // NOLINT(readability-identifier-naming)
    using iterator = const_iterator;                           // NOLINT(readability-identifier-naming)

    JsonArray() = default;
    explicit JsonArray(QJsonArray array)
        : m_array(std::move(array))
    {
    }
    const_iterator begin() const { return const_iterator(m_array.constBegin()); }
    const_iterator end() const { return const_iterator(m_array.constEnd()); }
    size_t size() const { return size_t(m_array.size()); }

private:
    QJsonArray m_array;
};

class JsonObject
{
public:
    using const_iterator =
        JsonIterator<QJsonObject::const_iterator, JsonMember>; // NOLINT(readability-identifier-naming)
    using iterator = const_iterator;                           // NOLINT(readability-identifier-naming)

    JsonObject() = default;
    explicit JsonObject(QJsonObject object)
        : m_object(std::move(object))
    {
    }
    const_iterator begin() const { return const_iterator(m_object.constBegin()); }
    const_iterator end() const { return const_iterator(m_object.constEnd()); }
    const_iterator find(const std::string &name) const
    {
        return const_iterator(m_object.constFind(QString::fromStdString(name)));
    }
    size_t size() const { return size_t(m_object.size()); }

private:
    QJsonObject m_object;
};

class FrozenJson : public valijson::adapters::FrozenValue
{
public:
    explicit FrozenJson(QJsonValue value)
        : m_value(std::move(value))
    {
    }
    FrozenValue *clone() const override { return new FrozenJson(m_value); }
    bool equalTo(const valijson::adapters::Adapter &other, bool strict) const override;

private:
    QJsonValue m_value;
};

class JsonValue
{
public:
    JsonValue() = default;
    explicit JsonValue(QJsonValue value)
        : m_value(std::move(value))
    {
    }

    valijson::adapters::FrozenValue *freeze() const { return new FrozenJson(m_value); }
    static bool hasStrictTypes() { return true; }
    const QJsonValue &value() const { return m_value; }

    bool isArray() const { return m_value.isArray(); }
    bool isBool() const { return m_value.isBool(); }
    bool isDouble() const { return m_value.isDouble(); }
    bool isInteger() const
    {
        constexpr double limit = 9223372036854775808.0; // 2^63
        const double number = m_value.toDouble(0.5);
        return m_value.isDouble() && std::floor(number) == number && number >= -limit && number < limit;
    }
    bool isNull() const { return m_value.isNull(); }
    bool isNumber() const { return m_value.isDouble(); }
    bool isObject() const { return m_value.isObject(); }
    bool isString() const { return m_value.isString(); }

    opt::optional<JsonArray> getArrayOptional() const // NOLINT(readability-identifier-naming)
    {
        return isArray() ? opt::make_optional(JsonArray(m_value.toArray())) : opt::optional<JsonArray>();
    }
    opt::optional<JsonObject> getObjectOptional() const
    {
        return isObject() ? opt::make_optional(JsonObject(m_value.toObject())) : opt::optional<JsonObject>();
    }
    bool getArraySize(size_t &result) const
    {
        result = isArray() ? size_t(m_value.toArray().size()) : result;
        return isArray();
    }
    bool getObjectSize(size_t &result) const
    {
        result = isObject() ? size_t(m_value.toObject().size()) : result;
        return isObject();
    }
    bool getBool(bool &result) const
    {
        result = isBool() ? m_value.toBool() : result;
        return isBool();
    }
    bool getDouble(double &result) const
    {
        result = isDouble() ? m_value.toDouble() : result;
        return isDouble();
    }
    bool getInteger(int64_t &result) const
    {
        result = isInteger() ? int64_t(m_value.toInteger(int64_t(m_value.toDouble()))) : result;
        return isInteger();
    }
    bool getString(std::string &result) const
    {
        if (isString())
            result = m_value.toString().toStdString();
        return isString();
    }

private:
    QJsonValue m_value;
};

class JsonAdapter
    : public valijson::adapters::BasicAdapter<JsonAdapter, JsonArray, JsonMember, JsonObject, JsonValue>
{
public:
    explicit JsonAdapter(const QJsonValue &value)
        : BasicAdapter(JsonValue(value))
        , m_value(value)
    {
    }
    const QJsonValue &json() const { return m_value; }

private:
    QJsonValue m_value; // The base keeps its own to itself.
};

template<>
inline JsonAdapter JsonArray::const_iterator::operator*() const
{
    return JsonAdapter(*m_iterator);
}

template<>
inline JsonMember JsonObject::const_iterator::operator*() const
{
    return {m_iterator.key().toStdString(), JsonAdapter(m_iterator.value())};
}

inline bool FrozenJson::equalTo(const valijson::adapters::Adapter &other, bool strict) const
{
    return JsonAdapter(m_value).equalTo(other, strict);
}

} // namespace engine::schema

template<>
struct valijson::adapters::AdapterTraits<engine::schema::JsonAdapter>
{
    using DocumentType = QJsonValue;
    static std::string adapterName() { return "JsonAdapter"; }
};
