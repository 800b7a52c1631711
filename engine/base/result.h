#pragma once

#include "engine/base/error.h"

#include <optional>
#include <utility>
#include <variant>

namespace engine {

/// Either a value or the Error that stood in its way; spelled like C++23 std::expected<T, Error>.
template<class T = void>
class [[nodiscard]] Result
{
public:
    Result(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : m_state(std::in_place_index<1>, std::move(error))
    {
    }

    explicit operator bool() const noexcept { return m_state.index() == 0; }
    const T &operator*() const & { return std::get<0>(m_state); }
    T &operator*() & { return std::get<0>(m_state); }
    T &&operator*() && { return std::get<0>(std::move(m_state)); }
    const T *operator->() const { return &**this; }
    T *operator->() { return &**this; }
    const Error &error() const { return std::get<1>(m_state); }

private:
    std::variant<T, Error> m_state;
};

/// Success without a value, or the Error that stood in its way.
template<>
class [[nodiscard]] Result<void>
{
public:
    Result() = default;
    Result(Error error)
        : m_error(std::move(error))
    {
    }

    explicit operator bool() const noexcept { return !m_error; }
    const Error &error() const { return *m_error; }

private:
    std::optional<Error> m_error;
};

/// Shorthand for the commonest failure: a wrong document or value without a position.
inline Error invalid(QString message)
{
    return {ErrorCode::InvalidInput, std::move(message), {}, {}};
}

} // namespace engine
