#include "engine/evidence/dsse.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

Error invalidAt(const QString &pointer, const QString &message)
{
    return {ErrorCode::InvalidInput, message, {{}, 0, 0, pointer}, {}};
}

/// Base64 of RFC 4648 section 4 or 5, padded. Strict, so that one payload has one spelling in each alphabet.
Result<QByteArray> decodeBase64(const QJsonValue &value, const QString &pointer)
{
    if (!value.isString())
        return invalidAt(pointer,
                         value.isUndefined() ? u"the envelope has no such member"_s : u"this must be text"_s);
    const QByteArray text = value.toString().toUtf8();
    const bool urlSafe = std::any_of(text.begin(), text.end(), [](char c) { return c == '-' || c == '_'; });
    const auto options = (urlSafe ? QByteArray::Base64UrlEncoding : QByteArray::Base64Encoding)
                         | QByteArray::KeepTrailingEquals;
    const auto decoded =
        QByteArray::fromBase64Encoding(text, options | QByteArray::AbortOnBase64DecodingErrors);
    // Encoding again finds what the decoder forgives: missing padding and bits that are cut off.
    if (!decoded || decoded.decoded.toBase64(options) != text)
        return invalidAt(pointer, u"this is not strict base64"_s);
    return decoded.decoded;
}

Result<DsseEnvelope::Signature> readSignature(const QJsonValue &value, const QString &pointer)
{
    if (!value.isObject())
        return invalidAt(pointer, u"a signature must be an object"_s);
    const QJsonValue keyId = value[u"keyid"_s];
    if (!keyId.isUndefined() && !keyId.isNull() && !keyId.isString())
        return invalidAt(pointer + u"/keyid"_s, u"a key id must be text"_s);
    auto signature = decodeBase64(value[u"sig"_s], pointer + u"/sig"_s);
    if (!signature)
        return signature.error();
    return DsseEnvelope::Signature{keyId.toString(), *signature};
}

bool isPrintableAscii(const QString &text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
        return c.unicode() > 0x20 && c.unicode() < 0x7f;
    });
}

} // namespace

Result<DsseEnvelope> DsseEnvelope::parse(QByteArrayView json, const JsonLimits &limits)
{
    const auto object = parseJsonObject(json, {}, limits);
    if (!object)
        return object.error();
    const QJsonValue type = object->value(u"payloadType"_s);
    if (!type.isString())
        return invalidAt(u"/payloadType"_s, u"an envelope needs a payload type"_s);
    auto payload = decodeBase64(object->value(u"payload"_s), u"/payload"_s);
    if (!payload)
        return payload.error();
    const QJsonValue list = object->value(u"signatures"_s);
    if (!list.isArray())
        return invalidAt(u"/signatures"_s, u"an envelope needs a list of signatures"_s);
    const QJsonArray signatures = list.toArray();
    if (signatures.size() > maxSignatures)
        return invalidAt(
            u"/signatures"_s,
            u"there are %1 signatures, at most %2 are read"_s.arg(signatures.size()).arg(maxSignatures));

    DsseEnvelope envelope{type.toString(), *payload, {}};
    for (qsizetype i = 0; i < signatures.size(); ++i) {
        const auto signature = readSignature(signatures.at(i), u"/signatures/%1"_s.arg(i));
        if (!signature)
            return signature.error();
        envelope.signatures += *signature;
    }
    return envelope;
}

QByteArray DsseEnvelope::toJson() const
{
    const auto base64 = [](const QByteArray &bytes) { return QString::fromLatin1(bytes.toBase64()); };
    QJsonArray list;
    for (const Signature &signature : signatures) {
        QJsonObject entry{{u"sig"_s, base64(signature.signature)}};
        if (!signature.keyId.isEmpty())
            entry[u"keyid"_s] = signature.keyId;
        list += entry;
    }
    return canonicalJsonOf(QJsonObject{
        {u"payload"_s, base64(payload)}, {u"payloadType"_s, payloadType}, {u"signatures"_s, list}});
}

QByteArray preAuthEncoding(const QString &payloadType, const QByteArray &payload)
{
    const QByteArray type = payloadType.toUtf8();
    return "DSSEv1 " + QByteArray::number(type.size()) + ' ' + type + ' ' + QByteArray::number(payload.size())
           + ' ' + payload;
}

Result<DsseEnvelope> signDsse(const QString &payloadType, const QByteArray &payload, const Signer &signer)
{
    if (!isPrintableAscii(payloadType))
        return invalid(u"the payload type \"%1\" is not printable ASCII"_s.arg(payloadType));
    auto signature = signer.sign(preAuthEncoding(payloadType, payload));
    if (!signature)
        return signature.error();
    return DsseEnvelope{payloadType, payload, {{signer.publicKey().keyId(), *signature}}};
}

QStringList verifyDsse(const DsseEnvelope &envelope, const QList<PublicKey> &candidates)
{
    const QByteArray message = preAuthEncoding(envelope.payloadType, envelope.payload);
    QStringList keyIds;
    for (const PublicKey &key : candidates) {
        if (keyIds.contains(key.keyId()))
            continue; // The same key listed twice still counts once.
        const auto isByKey = [&](const auto &signature) { return key.verify(message, signature.signature); };
        if (std::any_of(envelope.signatures.begin(), envelope.signatures.end(), isByKey))
            keyIds += key.keyId();
    }
    return keyIds;
}

Result<VerifiedPayload> openDsse(QByteArrayView json, const QList<PublicKey> &trusted,
                                 const QStringList &allowedTypes, int threshold)
{
    Q_ASSERT(threshold >= 1);
    const auto envelope = DsseEnvelope::parse(json);
    if (!envelope)
        return envelope.error();
    const QStringList keyIds = verifyDsse(*envelope, trusted);
    if (keyIds.size() < threshold)
        return Error{ErrorCode::UntrustedKey,
                     u"%1 of %2 needed trusted keys signed this envelope"_s.arg(keyIds.size()).arg(threshold),
                     {},
                     {}};
    if (!allowedTypes.contains(envelope->payloadType))
        return invalidAt(u"/payloadType"_s,
                         u"the payload type \"%1\" is not expected here"_s.arg(envelope->payloadType));
    return VerifiedPayload{envelope->payloadType, envelope->payload, keyIds};
}

} // namespace engine
