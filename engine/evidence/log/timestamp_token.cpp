#include "engine/evidence/log/timestamp_token.h"

#include "engine/evidence/evp.h"

#include <ctime>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using Response = std::unique_ptr<TS_RESP, evp::Deleter<TS_RESP_free>>;
using Verification = std::unique_ptr<TS_VERIFY_CTX, evp::Deleter<TS_VERIFY_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, evp::Deleter<X509_STORE_free>>;

/// Nothing when it is not DER, or not all of it: whoever signs these bytes has one spelling of them.
Response decode(const QByteArray &der)
{
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.constData());
    const unsigned char *at = bytes;
    Response response(d2i_TS_RESP(nullptr, &at, long(der.size())));
    ERR_clear_error();
    if (response && at != bytes + der.size())
        response.reset();
    return response;
}

/// The token's signed data; nullptr where there is none.
PKCS7_SIGNED *signedData(TS_RESP *response)
{
    PKCS7 *token = TS_RESP_get_token(response);
    return token && PKCS7_type_is_signed(token) ? token->d.sign : nullptr;
}

std::optional<PublicKey> keyOf(X509 *certificate)
{
    const evp::Key key(X509_get_pubkey(certificate));
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    char *pem = nullptr;
    const bool written = key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1;
    ERR_clear_error();
    if (!written)
        return {};
    const long size = BIO_get_mem_data(bio.get(), &pem);
    auto result = PublicKey::fromAuthorityPem(QByteArray(pem, qsizetype(size)));
    if (!result)
        return {};
    return *std::move(result);
}

QList<X509 *> certificatesOf(TS_RESP *response)
{
    QList<X509 *> list;
    const PKCS7_SIGNED *data = signedData(response);
    const int count = data && data->cert ? sk_X509_num(data->cert) : 0;
    for (int i = 0; i < count; ++i)
        list += sk_X509_value(data->cert, i);
    return list;
}

std::optional<Timestamp> timeOf(const TS_TST_INFO *info)
{
    tm parts{};
    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1) {
        ERR_clear_error();
        return {};
    }
    return Timestamp(std::chrono::seconds(timegm(&parts)));
}

/// The digest that was stamped; empty when it is not SHA-256.
QByteArray digestOf(TS_TST_INFO *info)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING *digest = TS_MSG_IMPRINT_get_msg(imprint);
    if (OBJ_obj2nid(algorithm) != NID_sha256 || ASN1_STRING_length(digest) != 32)
        return {};
    return {reinterpret_cast<const char *>(ASN1_STRING_get0_data(digest)), 32};
}

QByteArray nonceOf(const TS_TST_INFO *info)
{
    const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(info);
    if (!nonce)
        return {};
    return {reinterpret_cast<const char *>(ASN1_STRING_get0_data(nonce)), ASN1_STRING_length(nonce)};
}

/// Trusts the certificates of the token that have this key, at the token's time.
Store storeFor(TS_RESP *response, const PublicKey &key, Timestamp time)
{
    Store store(X509_STORE_new());
    if (!store)
        return store;
    X509_VERIFY_PARAM *parameters = X509_STORE_get0_param(store.get());
    X509_VERIFY_PARAM_set_time(parameters,
                               std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    for (X509 *certificate : certificatesOf(response)) {
        const auto its = keyOf(certificate);
        if (its && its->keyId() == key.keyId())
            X509_STORE_add_cert(store.get(), certificate);
    }
    return store;
}

} // namespace

Result<TimestampToken> TimestampToken::parse(const QByteArray &der)
{
    if (der.size() > maxBytes)
        return invalid(u"the timestamp has %1 bytes, at most %2 are read"_s.arg(der.size()).arg(maxBytes));
    const Error malformed = invalid(u"this is not the answer of a timestamp authority (RFC 3161)"_s);
    const Response response = decode(der);
    if (!response)
        return malformed;
    const long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get())));
    if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
        return invalid(u"the timestamp was not granted: status %1"_s.arg(status));
    TS_TST_INFO *info = TS_RESP_get_tst_info(response.get());
    if (!info || !signedData(response.get()))
        return malformed;
    const auto time = timeOf(info);
    if (!time)
        return invalid(u"the timestamp has no proper time"_s);
    TimestampToken token;
    token.m_der = der;
    token.m_time = *time;
    token.m_sha256 = digestOf(info);
    token.m_nonce = nonceOf(info);
    if (token.m_sha256.isEmpty())
        return invalid(u"the timestamp is not of a SHA-256 digest"_s);
    for (X509 *certificate : certificatesOf(response.get())) {
        if (auto key = keyOf(certificate))
            token.m_keys += *std::move(key);
    }
    return token;
}

Result<> TimestampToken::checkSignature(const PublicKey &key) const
{
    const Response response = decode(m_der);
    const Verification verification(TS_VERIFY_CTX_new());
    Store store = response ? storeFor(response.get(), key, m_time) : nullptr;
    if (!response || !verification || !store)
        return Error{ErrorCode::Crypto, evp::takeError(), {}, {}};
    TS_VERIFY_CTX_set_flags(verification.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(verification.get(), store.release()); // It is the verification's from here on.
    if (TS_RESP_verify_token(verification.get(), TS_RESP_get_token(response.get())) == 1) {
        ERR_clear_error();
        return {};
    }
    return invalid(u"the timestamp is not signed under the key %1: %2"_s.arg(key.keyId(), evp::takeError()));
}

} // namespace engine
