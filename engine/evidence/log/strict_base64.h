#pragma once

#include <QByteArray>

#include <optional>

namespace engine {

/// Padded base64 of the standard alphabet (RFC 4648 section 4) without spaces and stray bits, so that the
/// same bytes have one spelling; nothing for anything else.
inline std::optional<QByteArray> strictBase64(const QByteArray &text)
{
    auto decoded = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || decoded.decoded.toBase64() != text)
        return {};
    return std::move(decoded.decoded);
}

} // namespace engine
