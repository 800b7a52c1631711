#pragma once

#include "engine/pack/http_address.h"

#include <QList>

#include <utility>

namespace engine {

/// Header fields in the order in which they stand (RFC 9110 section 5).
using HttpFields = QList<std::pair<QByteArray, QByteArray>>;

struct HttpRequest
{
    QByteArray method = QByteArrayLiteral("GET"); ///< A token in capitals.
    HttpAddress address{};
    HttpFields fields{}; ///< Without Host, Connection and Content-Length, which are ours.
    QByteArray body{};

    bool operator==(const HttpRequest &) const = default;
};

struct HttpResponse
{
    int status = 0; ///< 200 to 599, or 101.
    QString reason{};
    HttpFields fields{}; ///< Names in lower case.
    QByteArray body{};

    bool operator==(const HttpResponse &) const = default;
};

/// What an answer may be at most; one that is more fails.
struct HttpLimits
{
    qsizetype headBytes = 64 * 1024; ///< Status line and fields; likewise what follows the last chunk.
    qsizetype fields = 256;
    qint64 bodyBytes = 16 * 1024 * 1024;

    bool operator==(const HttpLimits &) const = default;
};

/// Whether text can stand as the value of a field: no control characters but tabs.
bool isFieldValue(QByteArrayView text);

/// The values of a field, joined by ", " (RFC 9110 section 5.3). name in lower case; empty when there is
/// none.
QByteArray fieldOf(const HttpFields &fields, QByteArrayView name);

/// The request as it goes over the wire (RFC 9112). It asks for one answer, not compressed, and for the end
/// of the connection after it.
QByteArray requestBytes(const HttpRequest &request);

} // namespace engine
