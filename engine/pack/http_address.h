#pragma once

#include "engine/base/result.h"

#include <QByteArray>

namespace engine {

/// Where an HTTP request goes, checked and taken apart.
struct HttpAddress
{
    static constexpr qsizetype MaxLength = 8192; ///< Of the text, in characters.

    bool isTls = false; ///< https.
    QString host{};     ///< As normalHost() gives it; never a wildcard, IPv6 without brackets.
    int port = 80;      ///< 1 to 65535.
    QByteArray target =
        QByteArrayLiteral("/"); ///< Path and query, percent-encoded: what the request line names.

    bool operator==(const HttpAddress &) const = default;
};

/// Reads an absolute address of http or https (RFC 9110 section 4.2). Fails with InvalidInput: anything else,
/// a user or password, a fragment, port 0, a host that normalHost() refuses, or more than MaxLength
/// characters. No message repeats a user or password.
Result<HttpAddress> parseHttpAddress(const QString &text);

/// For logs and people: without the query, which may hold what nobody should read.
/// "https://example.org/a?..."
QString displayText(const HttpAddress &address);

/// "example.org:443", "[::1]:80": the place that a connection goes to.
QString placeText(const HttpAddress &address);

} // namespace engine
