#include "engine/evidence/log/log_entry.h"

#include "engine/base/digest.h"
#include "engine/base/nearest_name.h"
#include "engine/evidence/log/strict_base64.h"

#include <QJsonArray>

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Reads the members of one object; the first problem stays.
class MemberReader
{
public:
    MemberReader(const QJsonValue &value, QString pointer, const QStringList &names,
                 std::optional<Error> &error)
        : m_object(value.toObject())
        , m_pointer(std::move(pointer))
        , m_error(error)
    {
        if (!value.isObject())
            fail({}, u"this must be an object"_s);
        for (const QString &name : m_object.keys()) {
            if (!names.contains(name))
                fail(name, u"unknown member \"%1\"%2"_s.arg(name, didYouMean(name, names)));
        }
    }

    QJsonValue value(const QString &name) const { return m_object.value(name); }
    QString at(const QString &name) const { return m_pointer + u'/' + pointerToken(name); }

    QString text(const QString &name)
    {
        const QJsonValue text = value(name);
        if (!text.isString() || text.toString().isEmpty())
            fail(name, u"\"%1\" must be text that is not empty"_s.arg(name));
        return text.toString();
    }

    QByteArray base64(const QString &name) { return decode(value(name), name); }

    QList<QByteArray> base64List(const QString &name)
    {
        const QJsonValue list = value(name);
        const qsizetype count = list.toArray().size();
        if (!list.isUndefined() && !list.isArray())
            fail(name, u"\"%1\" must be a list"_s.arg(name));
        if (count > LogEntry::maxHashes)
            fail(name, u"there are %1 hashes, at most %2 are read"_s.arg(count).arg(LogEntry::maxHashes));
        QList<QByteArray> result;
        for (qsizetype i = 0; i < count && !m_error; ++i)
            result += decode(list.toArray().at(i), name + u'/' + QString::number(i));
        return result;
    }

    /// A 64-bit number, which JSON of protobuf has as text and leaves out when it is 0.
    quint64 number(const QString &name)
    {
        const QJsonValue number = value(name);
        if (number.isUndefined())
            return 0;
        const QString text =
            number.isDouble() ? QString::fromLatin1(canonicalJsonOf(number)) : number.toString();
        bool ok = false;
        const quint64 result = text.toULongLong(&ok);
        if (!ok || QString::number(result) != text || result > quint64(std::numeric_limits<qint64>::max()))
            fail(name, u"\"%1\" must be a decimal number below 2^63"_s.arg(name));
        return result;
    }

private:
    QByteArray decode(const QJsonValue &value, const QString &name)
    {
        const auto bytes = strictBase64(value.toString().toUtf8());
        if (!value.isString() || !bytes || bytes->isEmpty()) {
            const QString path = m_pointer + u'/' + name;
            setError(
                {ErrorCode::InvalidInput, u"this must be bytes in strict base64"_s, {{}, 0, 0, path}, {}});
            return {};
        }
        return *bytes;
    }

    void fail(const QString &name, const QString &message)
    {
        setError({ErrorCode::InvalidInput, message, {{}, 0, 0, name.isEmpty() ? m_pointer : at(name)}, {}});
    }

    void setError(const Error &error)
    {
        if (!m_error)
            m_error = error;
    }

    const QJsonObject m_object;
    const QString m_pointer;
    std::optional<Error> &m_error;
};

void readProof(MemberReader &top, LogEntry &entry, std::optional<Error> &error)
{
    const QString name = u"inclusionProof"_s;
    MemberReader proof(top.value(name), top.at(name),
                       {u"logIndex"_s, u"rootHash"_s, u"treeSize"_s, u"hashes"_s, u"checkpoint"_s}, error);
    entry.proofIndex = proof.number(u"logIndex"_s);
    entry.tree = {proof.number(u"treeSize"_s), proof.base64(u"rootHash"_s)};
    entry.hashes = proof.base64List(u"hashes"_s);
    MemberReader checkpoint(proof.value(u"checkpoint"_s), proof.at(u"checkpoint"_s), {u"envelope"_s}, error);
    entry.checkpoint = checkpoint.text(u"envelope"_s).toUtf8();
}

QString base64(const QByteArray &bytes)
{
    return QString::fromLatin1(bytes.toBase64());
}

Error notOfThis(const QString &what)
{
    return invalid(u"the entry is about another %1 than that of this bundle"_s.arg(what));
}

Result<> checkDsse(const QJsonObject &spec, const DsseEnvelope &envelope, const PublicKey &signer)
{
    // envelopeHash depends on how the envelope was written; payload, signature and key say which it is.
    const QJsonObject payload = spec[u"payloadHash"_s].toObject();
    if (payload[u"algorithm"_s].toString() != u"sha256"_s
        || payload[u"value"_s].toString() != sha256Hex(envelope.payload))
        return notOfThis(u"payload"_s);
    for (const QJsonValue one : spec[u"signatures"_s].toArray()) {
        const auto verifier = strictBase64(one[u"verifier"_s].toString().toLatin1());
        const auto key = PublicKey::fromPem(verifier.value_or(QByteArray()));
        const bool isBySigner = key && key->keyId() == signer.keyId();
        const auto isThis = [&](const auto &signature) {
            return one[u"signature"_s].toString() == base64(signature.signature);
        };
        if (isBySigner && std::any_of(envelope.signatures.begin(), envelope.signatures.end(), isThis))
            return {};
    }
    return notOfThis(u"signature"_s);
}

Result<> checkHashedRekord(const QJsonObject &spec, const DsseEnvelope &envelope, const PublicKey &signer)
{
    const QJsonObject data = spec[u"data"_s].toObject();
    const QByteArray digest =
        QByteArray::fromHex(sha256Hex(preAuthEncoding(envelope.payloadType, envelope.payload)).toLatin1());
    if (data[u"algorithm"_s].toString() != u"SHA2_256"_s || data[u"digest"_s].toString() != base64(digest))
        return notOfThis(u"payload"_s);
    const QJsonObject signature = spec[u"signature"_s].toObject();
    const QString key = signature[u"verifier"_s][u"publicKey"_s][u"rawBytes"_s].toString();
    const QString content = signature[u"content"_s].toString();
    const bool isThis = std::any_of(envelope.signatures.begin(), envelope.signatures.end(),
                                    [&](const auto &one) { return content == base64(one.signature); });
    if (!isThis || key != base64(signer.der()))
        return notOfThis(u"signature"_s);
    return {};
}

} // namespace

Result<LogEntry> LogEntry::parse(QByteArrayView json)
{
    JsonLimits limits;
    limits.maxBytes = maxBytes;
    const auto value = parseJson(json, {}, limits);
    if (!value)
        return value.error();
    std::optional<Error> error;
    LogEntry entry;
    MemberReader top(*value, {},
                     {u"logIndex"_s, u"logId"_s, u"kindVersion"_s, u"integratedTime"_s, u"inclusionPromise"_s,
                      u"inclusionProof"_s, u"canonicalizedBody"_s},
                     error);
    entry.logIndex = top.number(u"logIndex"_s);
    entry.integratedTimeSeconds = top.number(u"integratedTime"_s);
    entry.body = top.base64(u"canonicalizedBody"_s);
    entry.logId =
        MemberReader(top.value(u"logId"_s), top.at(u"logId"_s), {u"keyId"_s}, error).base64(u"keyId"_s);
    MemberReader kind(top.value(u"kindVersion"_s), top.at(u"kindVersion"_s), {u"kind"_s, u"version"_s},
                      error);
    entry.kind = kind.text(u"kind"_s);
    entry.version = kind.text(u"version"_s);
    const QJsonValue promise = top.value(u"inclusionPromise"_s);
    if (!promise.isUndefined() && !promise.isNull())
        entry.signedEntryTimestamp =
            MemberReader(promise, top.at(u"inclusionPromise"_s), {u"signedEntryTimestamp"_s}, error)
                .base64(u"signedEntryTimestamp"_s);
    readProof(top, entry, error);
    if (error)
        return *error;
    return entry;
}

QByteArray LogEntry::toJson() const
{
    QJsonArray list;
    for (const QByteArray &hash : hashes)
        list += base64(hash);
    const QJsonObject proof{
        {u"logIndex"_s, QString::number(proofIndex)},
        {u"treeSize"_s, QString::number(tree.size)},
        {u"rootHash"_s, base64(tree.root)},
        {u"hashes"_s, list},
        {u"checkpoint"_s, QJsonObject{{u"envelope"_s, QString::fromUtf8(checkpoint)}}},
    };
    QJsonObject json{
        {u"logIndex"_s, QString::number(logIndex)},
        {u"logId"_s, QJsonObject{{u"keyId"_s, base64(logId)}}},
        {u"kindVersion"_s, QJsonObject{{u"kind"_s, kind}, {u"version"_s, version}}},
        {u"integratedTime"_s, QString::number(integratedTimeSeconds)},
        {u"inclusionProof"_s, proof},
        {u"canonicalizedBody"_s, base64(body)},
    };
    if (!signedEntryTimestamp.isEmpty())
        json[u"inclusionPromise"_s] = QJsonObject{{u"signedEntryTimestamp"_s, base64(signedEntryTimestamp)}};
    return canonicalJsonOf(json);
}

Result<Checkpoint> checkInclusion(const LogEntry &entry)
{
    const auto note = SignedNote::parse(entry.checkpoint);
    if (!note)
        return invalid(u"the checkpoint: %1"_s.arg(note.error().toString()));
    const auto checkpoint = Checkpoint::parse(note->text);
    if (!checkpoint)
        return invalid(u"the checkpoint: %1"_s.arg(checkpoint.error().toString()));
    if (checkpoint->tree != entry.tree)
        return invalid(u"the proof is for another tree than that of the checkpoint"_s);
    const auto included =
        merkle::checkInclusion(entry.proofIndex, merkle::leafHash(entry.body), entry.hashes, entry.tree);
    if (!included)
        return invalid(u"the entry is not in the log: %1"_s.arg(included.error().message));
    return *checkpoint;
}

Result<> checkSubject(const LogEntry &entry, const DsseEnvelope &envelope, const PublicKey &signer)
{
    const auto body = parseJsonObject(entry.body);
    if (!body)
        return invalid(u"the entry's body: %1"_s.arg(body.error().toString()));
    const QString kind = body->value(u"kind"_s).toString();
    const QString version = body->value(u"apiVersion"_s).toString();
    if (kind != entry.kind || version != entry.version)
        return invalid(u"the entry says that it is %1 %2, its body is %3 %4"_s.arg(entry.kind, entry.version,
                                                                                   kind, version));
    const QJsonObject spec = body->value(u"spec"_s).toObject();
    if (kind == u"dsse"_s && version == u"0.0.1"_s)
        return checkDsse(spec, envelope, signer);
    if (kind == u"hashedrekord"_s && version == u"0.0.2"_s)
        return checkHashedRekord(spec[u"hashedRekordV002"_s].toObject(), envelope, signer);
    return Error{ErrorCode::Unsupported,
                 u"entries of kind \"%1\" %2 cannot be checked here"_s.arg(kind, version),
                 {},
                 {}};
}

Result<> checkLogSignatures(const LogEntry &entry, const LogKey &log)
{
    const auto note = SignedNote::parse(entry.checkpoint);
    if (!note)
        return note.error();
    const auto checkpoint = Checkpoint::parse(note->text);
    if (!checkpoint)
        return checkpoint.error();
    if (!namesKey(*note, log.name, log.key))
        return Error{ErrorCode::UntrustedKey,
                     u"the checkpoint does not name the key %1 of \"%2\""_s.arg(log.key.keyId(), log.name),
                     {},
                     {}};
    // Rekor's first generation puts the number of the tree behind its name.
    if (checkpoint->origin != log.name && !checkpoint->origin.startsWith(log.name + u" - "_s))
        return invalid(u"the checkpoint of \"%1\" is of the log \"%2\""_s.arg(log.name, checkpoint->origin));
    if (!isSignedBy(*note, log.name, log.key))
        return invalid(u"the checkpoint is not signed by the key of \"%1\""_s.arg(log.name));
    if (entry.signedEntryTimestamp.isEmpty())
        return {};
    if (QString::fromLatin1(entry.logId.toHex()) != log.key.keyId()
        || !log.key.verify(entryTimestampPayload(entry), entry.signedEntryTimestamp))
        return invalid(u"the entry's timestamp is not signed by the key of \"%1\""_s.arg(log.name));
    return {};
}

QByteArray entryTimestampPayload(const LogEntry &entry)
{
    // By hand: a number as protobuf and Go have it may be beyond what JSON's numbers hold exactly.
    return "{\"body\":\"" + entry.body.toBase64()
           + "\",\"integratedTime\":" + QByteArray::number(entry.integratedTimeSeconds) + ",\"logID\":\""
           + entry.logId.toHex() + "\",\"logIndex\":" + QByteArray::number(entry.logIndex) + "}";
}

} // namespace engine
