#include "engine/anchor/rekor_format.h"

#include "engine/base/digest.h"
#include "engine/evidence/log/strict_base64.h"

#include <QJsonArray>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine::rekor {

namespace {

QString base64(const QByteArray &bytes)
{
    return QString::fromLatin1(bytes.toBase64());
}

JsonLimits answerLimits()
{
    JsonLimits limits;
    limits.maxBytes = LogEntry::maxBytes;
    limits.maxNodes = 10'000;
    return limits;
}

/// Turns lower-case hex into the base64 that LogEntry::parse() reads; the first problem stays.
class HexReader
{
public:
    QJsonValue toBase64(const QJsonValue &hex, const QString &pointer)
    {
        const QByteArray text = hex.toString().toLatin1();
        const QByteArray bytes = QByteArray::fromHex(text);
        if (!m_error && (bytes.isEmpty() || bytes.toHex() != text))
            m_error = Error{
                ErrorCode::InvalidInput, u"this must be bytes in lower-case hex"_s, {{}, 0, 0, pointer}, {}};
        return base64(bytes);
    }

    QJsonArray listToBase64(const QJsonValue &list, const QString &pointer)
    {
        QJsonArray result;
        for (const QJsonValue hex : list.toArray())
            result += toBase64(hex, pointer + u'/' + QString::number(result.size()));
        return result;
    }

    const std::optional<Error> &error() const { return m_error; }

private:
    std::optional<Error> m_error;
};

/// The members of one level that LogEntry knows and that say something.
QJsonObject only(const QJsonObject &object, const QStringList &names)
{
    QJsonObject result;
    for (const QString &name : names) {
        if (const QJsonValue value = object[name]; !value.isUndefined() && !value.isNull())
            result[name] = value;
    }
    return result;
}

/// Kind and version stand in the body alone; what is wrong with that shows when it is held against the
/// envelope.
QJsonObject kindOf(const QJsonValue &body)
{
    const auto bytes = strictBase64(body.toString().toLatin1());
    const auto read = parseJsonObject(bytes.value_or(QByteArray()), {}, answerLimits());
    if (!read)
        return {};
    return {{u"kind"_s, read->value(u"kind"_s)}, {u"version"_s, read->value(u"apiVersion"_s)}};
}

Result<LogEntry> entryOf(const QJsonObject &json)
{
    return LogEntry::parse(canonicalJsonOf(json));
}

} // namespace

Result<QByteArray> entryRequest(Generation generation, const DsseEnvelope &envelope, const PublicKey &signer)
{
    if (generation == Generation::First) {
        const QJsonObject content{{u"envelope"_s, QString::fromUtf8(envelope.toJson())},
                                  {u"verifiers"_s, QJsonArray{base64(signer.pem())}}};
        return canonicalJson(QJsonObject{{u"apiVersion"_s, u"0.0.1"_s},
                                         {u"kind"_s, u"dsse"_s},
                                         {u"spec"_s, QJsonObject{{u"proposedContent"_s, content}}}});
    }
    if (signer.algorithm() != u"ecdsa-p256"_s)
        return Error{
            ErrorCode::Unsupported,
            u"a log of the second generation takes no signatures of the key %1, which is %2; it takes "
            u"those of ecdsa-p256"_s.arg(signer.keyId(), signer.algorithm()),
            {},
            {}};
    const QByteArray pae = preAuthEncoding(envelope.payloadType, envelope.payload);
    const QJsonObject verifier{{u"keyDetails"_s, u"PKIX_ECDSA_P256_SHA_256"_s},
                               {u"publicKey"_s, QJsonObject{{u"rawBytes"_s, base64(signer.der())}}}};
    const QJsonObject signature{{u"content"_s, base64(envelope.signatures.first().signature)},
                                {u"verifier"_s, verifier}};
    const QJsonObject request{{u"digest"_s, base64(QByteArray::fromHex(sha256Hex(pae).toLatin1()))},
                              {u"signature"_s, signature}};
    return canonicalJson(QJsonObject{{u"hashedRekordRequestV002"_s, request}});
}

Result<LogEntry> readFirstGeneration(QByteArrayView json)
{
    const auto answer = parseJsonObject(json, {}, answerLimits());
    if (!answer)
        return answer.error();
    if (answer->size() != 1)
        return invalid(u"there are %1 entries instead of one"_s.arg(answer->size()));
    const QString id = answer->begin().key();
    const QJsonObject given = answer->begin().value().toObject();
    const QJsonObject verification = given[u"verification"_s].toObject();
    const QJsonObject proof = verification[u"inclusionProof"_s].toObject();
    const QString at = u'/' + pointerToken(id);
    const QString proofAt = at + u"/verification/inclusionProof"_s;
    HexReader hex;
    QJsonObject entry = only(given, {u"logIndex"_s, u"integratedTime"_s});
    entry[u"logId"_s] = QJsonObject{{u"keyId"_s, hex.toBase64(given[u"logID"_s], at + u"/logID"_s)}};
    entry[u"kindVersion"_s] = kindOf(given[u"body"_s]);
    entry[u"canonicalizedBody"_s] = given[u"body"_s];
    entry[u"inclusionProof"_s] =
        QJsonObject{{u"logIndex"_s, proof[u"logIndex"_s]},
                    {u"treeSize"_s, proof[u"treeSize"_s]},
                    {u"rootHash"_s, hex.toBase64(proof[u"rootHash"_s], proofAt + u"/rootHash"_s)},
                    {u"hashes"_s, hex.listToBase64(proof[u"hashes"_s], proofAt + u"/hashes"_s)},
                    {u"checkpoint"_s, QJsonObject{{u"envelope"_s, proof[u"checkpoint"_s]}}}};
    if (hex.error())
        return *hex.error();
    const QJsonObject promise = only(verification, {u"signedEntryTimestamp"_s});
    if (!promise.isEmpty())
        entry[u"inclusionPromise"_s] = promise;
    auto read = entryOf(entry);
    // The id is that of the tree, which may be left out, and the hash of the leaf.
    if (read && id.right(64) != QString::fromLatin1(merkle::leafHash(read->body).toHex()))
        return invalid(u"the entry \"%1\" has another body than its id says"_s.arg(id.left(80)));
    return read;
}

Result<LogEntry> readSecondGeneration(QByteArrayView json)
{
    const auto answer = parseJsonObject(json, {}, answerLimits());
    if (!answer)
        return answer.error();
    QJsonObject entry = only(*answer, {u"logIndex"_s, u"logId"_s, u"kindVersion"_s, u"integratedTime"_s,
                                       u"inclusionPromise"_s, u"inclusionProof"_s, u"canonicalizedBody"_s});
    const auto prune = [&entry](const QString &name, const QStringList &names) {
        if (entry[name].isObject())
            entry[name] = only(entry[name].toObject(), names);
    };
    prune(u"logId"_s, {u"keyId"_s});
    prune(u"kindVersion"_s, {u"kind"_s, u"version"_s});
    prune(u"inclusionProof"_s, {u"logIndex"_s, u"rootHash"_s, u"treeSize"_s, u"hashes"_s, u"checkpoint"_s});
    return entryOf(entry);
}

QString entryIdIn(const QByteArray &location)
{
    static const QRegularExpression form(u"/api/v1/log/entries/([0-9a-f]{64}|[0-9a-f]{80})\\z"_s);
    return form.match(QString::fromLatin1(location)).captured(1);
}

} // namespace engine::rekor
