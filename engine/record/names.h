#pragma once

#include "engine/base/result.h"

#include <span>

namespace engine {

/// A value of an enumeration and its name on the wire.
template<class Enum>
struct NamedValue
{
    Enum value;
    const char16_t *name;
};

template<class Enum>
QString nameOf(Enum value, std::span<const NamedValue<Enum>> names)
{
    for (const auto &entry : names) {
        if (entry.value == value)
            return QString::fromUtf16(entry.name);
    }
    Q_UNREACHABLE();
}

/// @param what  "run state" and the like, for the message
template<class Enum>
Result<Enum> valueOf(const QString &name, std::span<const NamedValue<Enum>> names, const char16_t *what)
{
    for (const auto &entry : names) {
        if (name == QStringView(entry.name))
            return entry.value;
    }
    return invalid(QStringLiteral("unknown %1 \"%2\"").arg(QString::fromUtf16(what), name));
}

} // namespace engine
