#include "tests/support/test_log_server.h"

#include "engine/base/digest.h"
#include "engine/evidence/evp.h"
#include "engine/evidence/log/strict_base64.h"

#include <QJsonArray>

#include <openssl/x509.h>

using namespace Qt::StringLiterals;
using engine::LogEntry;
using test::TestLog;

namespace {

QByteArray bytesIn(const QJsonValue &base64)
{
    return engine::strictBase64(base64.toString().toLatin1()).value_or(QByteArray());
}

/// The leaf that a request of the first generation asks for; empty when it is not as it should be.
QByteArray firstBody(const QJsonObject &request)
{
    const QJsonObject content = request[u"spec"_s][u"proposedContent"_s].toObject();
    if (request[u"kind"_s] != u"dsse"_s || request[u"apiVersion"_s] != u"0.0.1"_s || request.size() != 3)
        return {};
    const auto envelope = engine::DsseEnvelope::parse(content[u"envelope"_s].toString().toUtf8());
    const auto key = engine::PublicKey::fromPem(bytesIn(content[u"verifiers"_s][0]));
    if (!envelope || !key || content[u"verifiers"_s].toArray().size() != 1
        || engine::verifyDsse(*envelope, {*key}).isEmpty())
        return {};
    return test::logBody(TestLog::First, *envelope, *key);
}

/// Whether the key signed what has this digest: the log never sees more.
bool holds(const QByteArray &der, const QByteArray &digest, const QByteArray &signature)
{
    const auto *at = reinterpret_cast<const unsigned char *>(der.constData());
    const engine::evp::Key key(d2i_PUBKEY(nullptr, &at, long(der.size())));
    const engine::evp::KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
    return context && EVP_PKEY_verify_init(context.get()) == 1
           && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1
           && EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char *>(signature.constData()),
                              size_t(signature.size()),
                              reinterpret_cast<const unsigned char *>(digest.constData()),
                              size_t(digest.size()))
                  == 1;
}

/// Likewise for the second generation.
QByteArray secondBody(const QJsonObject &request)
{
    const QJsonObject given = request[u"hashedRekordRequestV002"_s].toObject();
    const QJsonObject signature = given[u"signature"_s].toObject();
    const QJsonObject verifier = signature[u"verifier"_s].toObject();
    if (request.size() != 1 || verifier[u"keyDetails"_s] != u"PKIX_ECDSA_P256_SHA_256"_s
        || !holds(bytesIn(verifier[u"publicKey"_s][u"rawBytes"_s]), bytesIn(given[u"digest"_s]),
                  bytesIn(signature[u"content"_s])))
        return {};
    const QJsonObject data{{u"algorithm"_s, u"SHA2_256"_s}, {u"digest"_s, given[u"digest"_s]}};
    const QJsonObject record{{u"data"_s, data}, {u"signature"_s, signature}};
    return engine::canonicalJsonOf(QJsonObject{{u"apiVersion"_s, u"0.0.2"_s},
                                               {u"kind"_s, u"hashedrekord"_s},
                                               {u"spec"_s, QJsonObject{{u"hashedRekordV002"_s, record}}}});
}

QJsonArray hexOf(const QList<QByteArray> &hashes)
{
    QJsonArray list;
    for (const QByteArray &hash : hashes)
        list += QString::fromLatin1(hash.toHex());
    return list;
}

TestHttpServer::Answer withField(TestHttpServer::Answer answer, const QByteArray &field)
{
    answer.bytes.insert(answer.bytes.indexOf("\r\n") + 2, field + "\r\n");
    return answer;
}

} // namespace

TestLogServer::TestLogServer(TestLog &log, QObject *parent)
    : QObject(parent)
    , m_log(log)
    , m_impostor(log.name, *engine::SigningKey::generate(), log.generation)
{
    http.answer = [this](const Request &request) { return answer(request); };
}

TestHttpServer::Answer TestLogServer::answer(const Request &request)
{
    switch (mode) {
    case Mode::Fails: return TestHttpServer::status("500 Internal Server Error");
    case Mode::IsBusy: return TestHttpServer::status("429 Too Many Requests");
    case Mode::IsSilent: return TestHttpServer::silence();
    case Mode::Refuses:
        return TestHttpServer::status("400 Bad Request", R"({"code":400,"message":"no room for you"})");
    case Mode::LeadsAway: return TestHttpServer::redirect(u"http://127.0.0.1:1/elsewhere"_s);
    case Mode::TalksRubbish: return TestHttpServer::json("<html>");
    default: break;
    }
    const QByteArray api = m_log.generation == TestLog::First ? "/api/v1/" : "/api/v2/";
    if (!request.target.startsWith(api))
        return TestHttpServer::status("404 Not Found");
    const QByteArray path = request.target.sliced(api.size());
    if (request.method == "POST" && path == "log/entries")
        return create(request);
    return request.method == "GET" ? get(path) : TestHttpServer::status("405 Method Not Allowed");
}

TestHttpServer::Answer TestLogServer::create(const Request &request)
{
    const auto json = engine::parseJsonObject(request.body);
    const QByteArray body = !json                                ? QByteArray()
                            : m_log.generation == TestLog::First ? firstBody(*json)
                                                                 : secondBody(*json);
    if (body.isEmpty() || request.fields.value("content-type") != "application/json")
        return TestHttpServer::status("400 Bad Request", R"({"code":400,"message":"not a proper entry"})");
    if (const qsizetype known = m_log.leaves().indexOf(body); known >= 0)
        return conflict(quint64(known));
    for (int i = 0; i < growth; ++i)
        m_log.append("of somebody else " + QByteArray::number(m_log.size()));
    if (mode == Mode::SwapsEntry) {
        const auto other =
            engine::signDsse(engine::packRunPayloadType, R"({"of":"somebody else"})", m_impostor.key);
        m_log.append(test::logBody(m_log.generation, *other, m_impostor.key.publicKey()));
    }
    const quint64 index = m_log.append(body);
    if (mode == Mode::BreaksOff)
        return TestHttpServer::nothing();
    return {"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
            + entryJson(proofOf(index))};
}

TestHttpServer::Answer TestLogServer::conflict(quint64 index) const
{
    const auto answer = TestHttpServer::status(
        "409 Conflict", R"({"code":409,"message":"an equivalent entry already exists"})");
    return withField(answer, m_log.generation == TestLog::First
                                 ? "Location: /api/v1/log/entries/" + idOf(index)
                                 : "X-Log-Index: " + QByteArray::number(index));
}

TestHttpServer::Answer TestLogServer::get(const QByteArray &path) const
{
    if (m_log.generation == TestLog::Second)
        return path == "checkpoint" ? TestHttpServer::ok(m_log.checkpoint().toBytes()) : tile(path);
    for (quint64 index = 0; index < m_log.size(); ++index) {
        if (path == "log/entries/" + idOf(index))
            return TestHttpServer::json(entryJson(proofOf(index)));
    }
    return TestHttpServer::status("404 Not Found");
}

/// C2SP tlog-tiles: "tile/L/N" and "tile/entries/N", a part of one with ".p/W" behind it.
TestHttpServer::Answer TestLogServer::tile(const QByteArray &path) const
{
    constexpr quint64 width = 256;
    const QByteArrayList parts = QByteArray(path).replace(".p/", " ").split(' ');
    QByteArrayList names = parts.first().split('/');
    if (names.size() < 3 || names.takeFirst() != "tile")
        return TestHttpServer::status("404 Not Found");
    const QByteArray kind = names.takeFirst();
    const quint64 number = names.join().replace("x", "").toULongLong();
    const int level = kind == "entries" ? 0 : kind.toInt();
    quint64 leaves = 1; // That one hash of the level stands for.
    for (int i = 0; i < level; ++i)
        leaves *= width;
    const quint64 there =
        std::min(width, m_log.size() / leaves - std::min(m_log.size() / leaves, number * width));
    const quint64 asked = parts.size() > 1 ? parts[1].toULongLong() : width;
    if (there == 0 || asked != there)
        return TestHttpServer::status("404 Not Found");
    QByteArray bytes;
    for (quint64 i = number * width; i < number * width + there; ++i) {
        const QByteArray leaf = m_log.leaves().value(qsizetype(i));
        bytes += kind == "entries" ? QByteArray(1, char(leaf.size() >> 8)) + char(leaf.size()) + leaf
                                   : m_log.rootOf(i * leaves, (i + 1) * leaves);
    }
    return TestHttpServer::ok(bytes, "application/octet-stream");
}

LogEntry TestLogServer::proofOf(quint64 index) const
{
    LogEntry entry = m_log.prove(mode == Mode::SwapsEntry ? index - 1 : index);
    if (mode == Mode::ForgesRoot) {
        entry.tree.root[0] = char(entry.tree.root[0] ^ 1);
        entry.checkpoint = m_log.note(m_log.origin(), entry.tree).toBytes();
    }
    if (mode == Mode::SwapsKey) {
        engine::SignedNote note = m_impostor.note(m_log.origin(), entry.tree);
        note.signatures[0].keyHash = m_log.checkpoint().signatures[0].keyHash;
        entry.checkpoint = note.toBytes();
        m_impostor.resign(entry);
    }
    return entry;
}

QByteArray TestLogServer::idOf(quint64 index) const
{
    return "24296fb24b8ad77a" + engine::merkle::leafHash(m_log.leaves().at(qsizetype(index))).toHex();
}

QByteArray TestLogServer::entryJson(const LogEntry &entry) const
{
    if (m_log.generation == TestLog::Second) { // As protobuf writes what is not there.
        QJsonObject json = *engine::parseJsonObject(entry.toJson());
        json[u"inclusionPromise"_s] = QJsonValue::Null;
        return engine::canonicalJsonOf(json);
    }
    const QJsonObject proof{{u"checkpoint"_s, QString::fromUtf8(entry.checkpoint)},
                            {u"hashes"_s, hexOf(entry.hashes)},
                            {u"logIndex"_s, qint64(entry.proofIndex)},
                            {u"rootHash"_s, QString::fromLatin1(entry.tree.root.toHex())},
                            {u"treeSize"_s, qint64(entry.tree.size)}};
    const QJsonObject verification{
        {u"inclusionProof"_s, proof},
        {u"signedEntryTimestamp"_s, QString::fromLatin1(entry.signedEntryTimestamp.toBase64())}};
    const QJsonObject inner{{u"body"_s, QString::fromLatin1(entry.body.toBase64())},
                            {u"integratedTime"_s, qint64(entry.integratedTimeSeconds)},
                            {u"logID"_s, QString::fromLatin1(entry.logId.toHex())},
                            {u"logIndex"_s, qint64(entry.logIndex)},
                            {u"verification"_s, verification}};
    return engine::canonicalJsonOf(QJsonObject{{QString::fromLatin1(idOf(entry.proofIndex)), inner}});
}
