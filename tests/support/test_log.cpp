#include "tests/support/test_log.h"

#include "engine/base/digest.h"

#include <QJsonArray>

#include <bit>

using namespace Qt::StringLiterals;
namespace merkle = engine::merkle;

namespace test {

namespace {

QString base64(const QByteArray &bytes)
{
    return QString::fromLatin1(bytes.toBase64());
}

/// The largest power of two below count.
qsizetype splitOf(qsizetype count)
{
    return qsizetype(std::bit_floor(quint64(count - 1)));
}

QByteArray treeHash(const QList<QByteArray> &leaves)
{
    if (leaves.size() == 1)
        return merkle::leafHash(leaves.first());
    const qsizetype split = splitOf(leaves.size());
    return merkle::nodeHash(treeHash(leaves.first(split)), treeHash(leaves.sliced(split)));
}

QList<QByteArray> pathOf(qsizetype index, const QList<QByteArray> &leaves)
{
    if (leaves.size() == 1)
        return {};
    const qsizetype split = splitOf(leaves.size());
    const QList<QByteArray> left = leaves.first(split);
    const QList<QByteArray> right = leaves.sliced(split);
    return index < split ? pathOf(index, left) << treeHash(right)
                         : pathOf(index - split, right) << treeHash(left);
}

QList<QByteArray> subProof(qsizetype earlier, const QList<QByteArray> &leaves, bool isWhole)
{
    if (earlier == leaves.size())
        return isWhole ? QList<QByteArray>() : QList<QByteArray>{treeHash(leaves)};
    const qsizetype split = splitOf(leaves.size());
    const QList<QByteArray> left = leaves.first(split);
    const QList<QByteArray> right = leaves.sliced(split);
    return earlier <= split ? subProof(earlier, left, isWhole) << treeHash(right)
                            : subProof(earlier - split, right, false) << treeHash(left);
}

} // namespace

QByteArray logBody(TestLog::Generation generation, const engine::DsseEnvelope &envelope,
                   const engine::PublicKey &signer)
{
    const QString signature = base64(envelope.signatures.first().signature);
    if (generation == TestLog::First) {
        const QJsonObject one{{u"signature"_s, signature}, {u"verifier"_s, base64(signer.pem())}};
        const auto hash = [](const QByteArray &bytes) {
            return QJsonObject{{u"algorithm"_s, u"sha256"_s}, {u"value"_s, engine::sha256Hex(bytes)}};
        };
        return engine::canonicalJsonOf(
            QJsonObject{{u"apiVersion"_s, u"0.0.1"_s},
                        {u"kind"_s, u"dsse"_s},
                        {u"spec"_s, QJsonObject{{u"envelopeHash"_s, hash(envelope.toJson())},
                                                {u"payloadHash"_s, hash(envelope.payload)},
                                                {u"signatures"_s, QJsonArray{one}}}}});
    }
    const QByteArray pae = engine::preAuthEncoding(envelope.payloadType, envelope.payload);
    const QJsonObject data{{u"algorithm"_s, u"SHA2_256"_s},
                           {u"digest"_s, base64(QByteArray::fromHex(engine::sha256Hex(pae).toLatin1()))}};
    const QJsonObject verifier{{u"keyDetails"_s, u"PKIX_ECDSA_P256_SHA_256"_s},
                               {u"publicKey"_s, QJsonObject{{u"rawBytes"_s, base64(signer.der())}}}};
    const QJsonObject record{
        {u"data"_s, data},
        {u"signature"_s, QJsonObject{{u"content"_s, signature}, {u"verifier"_s, verifier}}}};
    return engine::canonicalJsonOf(QJsonObject{{u"apiVersion"_s, u"0.0.2"_s},
                                               {u"kind"_s, u"hashedrekord"_s},
                                               {u"spec"_s, QJsonObject{{u"hashedRekordV002"_s, record}}}});
}

TestLog::TestLog(QString logName, engine::SigningKey signingKey, Generation madeLike)
    : name(std::move(logName))
    , key(std::move(signingKey))
    , generation(madeLike)
{
}

quint64 TestLog::append(const QByteArray &leaf)
{
    m_leaves += leaf;
    return size() - 1;
}

QByteArray TestLog::rootOf(quint64 begin, quint64 end) const
{
    return treeHash(m_leaves.sliced(qsizetype(begin), qsizetype(end - begin)));
}

QList<QByteArray> TestLog::inclusion(quint64 index, quint64 treeSize) const
{
    return pathOf(qsizetype(index), m_leaves.first(qsizetype(treeSize)));
}

QList<QByteArray> TestLog::consistency(quint64 earlier, quint64 later) const
{
    return subProof(qsizetype(earlier), m_leaves.first(qsizetype(later)), true);
}

QString TestLog::origin() const
{
    return generation == First ? name + u" - 3904496407287907110"_s : name;
}

QByteArray TestLog::sign(const QByteArray &message) const
{
    const auto signature = key.sign(message);
    if (!signature)
        qFatal("%s", qPrintable(signature.error().message));
    return *signature;
}

engine::SignedNote TestLog::note(const QString &noteOrigin, const merkle::TreeHead &tree) const
{
    const QByteArray text =
        noteOrigin.toUtf8() + '\n' + QByteArray::number(tree.size) + '\n' + tree.root.toBase64() + '\n';
    const QList<QByteArray> hashes = engine::noteKeyHashes(name, key.publicKey());
    return {text, {{name, generation == First ? hashes.last() : hashes.first(), sign(text)}}};
}

engine::LogEntry TestLog::add(const engine::DsseEnvelope &envelope, const engine::PublicKey &signer)
{
    return prove(append(logBody(generation, envelope, signer)));
}

engine::LogEntry TestLog::prove(quint64 index) const
{
    engine::LogEntry entry;
    // The first generation counts over several trees.
    entry.logIndex = generation == First ? index + 4'163'431 : index;
    entry.logId = QByteArray::fromHex(key.publicKey().keyId().toLatin1());
    entry.kind = generation == First ? u"dsse"_s : u"hashedrekord"_s;
    entry.version = generation == First ? u"0.0.1"_s : u"0.0.2"_s;
    entry.proofIndex = index;
    entry.tree = head();
    entry.hashes = inclusion(index, size());
    entry.checkpoint = checkpoint().toBytes();
    entry.body = m_leaves.at(qsizetype(index));
    if (generation == First)
        entry.integratedTimeSeconds = 1'769'936'400; // 2026-02-01T09:00:00Z
    resign(entry);
    return entry;
}

void TestLog::resign(engine::LogEntry &entry) const
{
    if (generation == First)
        entry.signedEntryTimestamp = sign(engine::entryTimestampPayload(entry));
}

} // namespace test
