#pragma once

#include "engine/api/form/forms.h"

#include <array>

/// Arguments of calls and signals as one JSON object, their names in order. Internal to engine/link.
namespace engine {

inline constexpr size_t maxLinkArguments = 3;
using LinkNames = std::array<const char16_t *, maxLinkArguments>; ///< Unused ones are nullptr.

template<class... Args>
QJsonObject writeArguments(const LinkNames &names, const Args &...args)
{
    static_assert(sizeof...(Args) <= maxLinkArguments);
    QJsonObject json;
    size_t at = 0;
    (json.insert(QString::fromUtf16(names[at++]), form::write(args)), ...);
    return json;
}

/// Fails with InvalidInput at the JSON Pointer of the first problem.
template<class... Args>
Result<> readArguments(const QJsonObject &json, const LinkNames &names, std::tuple<Args...> &args)
{
    static_assert(sizeof...(Args) <= maxLinkArguments);
    form::Reading reading;
    form::Members members(reading, json);
    size_t at = 0;
    const auto readOne = [&](auto &value) {
        const QString name = QString::fromUtf16(names[at++]);
        const QJsonValue given = members.take(name, true);
        if (!given.isUndefined())
            reading.at(name, [&] { form::read(reading, given, value); });
    };
    std::apply([&](auto &...each) { (readOne(each), ...); }, args);
    members.refuseTheRest();
    return reading.failed() ? Result<>(reading.error()) : Result<>();
}

} // namespace engine
