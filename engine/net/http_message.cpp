#include "engine/net/http_message.h"

#include <algorithm>

namespace engine {

bool isFieldValue(QByteArrayView text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
    });
}

QByteArray fieldOf(const HttpFields &fields, QByteArrayView name)
{
    QByteArrayList values;
    for (const auto &[fieldName, value] : fields) {
        if (fieldName == name)
            values += value;
    }
    return values.join(", ");
}

QByteArray requestBytes(const HttpRequest &request)
{
    const HttpAddress &address = request.address;
    const bool isUsualPort = address.port == (address.isTls ? 443 : 80);
    QByteArray host = placeText(address).toLatin1();
    if (isUsualPort)
        host.truncate(host.lastIndexOf(':'));
    QByteArray bytes = request.method + ' ' + address.target + " HTTP/1.1\r\nHost: " + host + "\r\n";
    HttpFields fields = request.fields;
    const auto addDefault = [&fields](const QByteArray &name, const QByteArray &value) {
        const bool isGiven = std::any_of(fields.begin(), fields.end(), [&name](const auto &field) {
            return field.first.compare(name, Qt::CaseInsensitive) == 0;
        });
        if (!isGiven)
            fields.append({name, value});
    };
    addDefault("Accept", "*/*");
    addDefault("Accept-Encoding", "identity");
    addDefault("User-Agent", "TaskRunner");
    for (const auto &[name, value] : std::as_const(fields))
        bytes += name + ": " + value + "\r\n";
    // Methods that give content a meaning say that there is none (RFC 9110 section 8.6).
    if (!request.body.isEmpty() || request.method == "POST" || request.method == "PUT"
        || request.method == "PATCH")
        bytes += "Content-Length: " + QByteArray::number(request.body.size()) + "\r\n";
    return bytes + "Connection: close\r\n\r\n" + request.body;
}

} // namespace engine
