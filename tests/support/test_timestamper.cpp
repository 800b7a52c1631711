#include "tests/support/test_timestamper.h"

#include "engine/evidence/evp.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

namespace evp = engine::evp;

namespace test {

using Certificate = std::unique_ptr<X509, evp::Deleter<X509_free>>;

struct TestTimestamper::Data
{
    evp::Key key{};
    Certificate certificate{X509_new()};
    engine::Timestamp now{};
    long serial = 0;
};

namespace {

ASN1_INTEGER *nextSerial(TS_RESP_CTX *, void *serial)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_INTEGER_set(number, ++*static_cast<long *>(serial));
    return number;
}

int timeNow(TS_RESP_CTX *, void *time, long *seconds, long *microseconds)
{
    const auto since = static_cast<engine::Timestamp *>(time)->time_since_epoch();
    *seconds = long(std::chrono::duration_cast<std::chrono::seconds>(since).count());
    *microseconds = 0;
    return 1;
}

} // namespace

TestTimestamper::TestTimestamper(const char *extendedKeyUsage, const char *kind)
    : m_data(std::make_unique<Data>())
{
    m_data->key.reset(QByteArrayView(kind) == "RSA" ? EVP_RSA_gen(2048) : EVP_EC_gen(kind));
    X509 *x509 = m_data->certificate.get();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x509), "20260101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x509), "20270101000000Z");
    X509_set_pubkey(x509, m_data->key.get());
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("stamper"),
                               -1, -1, 0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION *usage = X509V3_EXT_conf_nid(nullptr, nullptr, NID_ext_key_usage, extendedKeyUsage);
    X509_add_ext(x509, usage, -1);
    X509_EXTENSION_free(usage);
    X509_sign(x509, m_data->key.get(), EVP_sha256());
}

TestTimestamper::~TestTimestamper() = default;

engine::PublicKey TestTimestamper::publicKey() const
{
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), m_data->key.get());
    char *pem = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &pem);
    return *engine::PublicKey::fromAuthorityPem(QByteArray(pem, qsizetype(size)));
}

QByteArray TestTimestamper::answer(const QByteArray &request, engine::Timestamp at)
{
    m_data->now = at;
    const std::unique_ptr<TS_RESP_CTX, evp::Deleter<TS_RESP_CTX_free>> context(TS_RESP_CTX_new());
    const std::unique_ptr<ASN1_OBJECT, evp::Deleter<ASN1_OBJECT_free>> policy(OBJ_txt2obj("1.2.3.4", 1));
    TS_RESP_CTX_set_signer_cert(context.get(), m_data->certificate.get());
    TS_RESP_CTX_set_signer_key(context.get(), m_data->key.get());
    TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_def_policy(context.get(), policy.get());
    TS_RESP_CTX_add_md(context.get(), EVP_sha256());
    TS_RESP_CTX_add_md(context.get(), EVP_sha512());
    TS_RESP_CTX_set_serial_cb(context.get(), nextSerial, &m_data->serial);
    TS_RESP_CTX_set_time_cb(context.get(), timeNow, &m_data->now);
    const evp::Bio in(BIO_new_mem_buf(request.constData(), int(request.size())));
    const std::unique_ptr<TS_RESP, evp::Deleter<TS_RESP_free>> response(
        TS_RESP_create_response(context.get(), in.get()));
    const evp::Bio out(BIO_new(BIO_s_mem()));
    if (!response || i2d_TS_RESP_bio(out.get(), response.get()) != 1)
        qFatal("cannot make a timestamp");
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, qsizetype(size)};
}

QByteArray TestTimestamper::stamp(const QByteArray &digest, engine::Timestamp at, const char *algorithm,
                                  bool withCertificate)
{
    const std::unique_ptr<TS_REQ, evp::Deleter<TS_REQ_free>> request(TS_REQ_new());
    const std::unique_ptr<TS_MSG_IMPRINT, evp::Deleter<TS_MSG_IMPRINT_free>> imprint(TS_MSG_IMPRINT_new());
    const std::unique_ptr<X509_ALGOR, evp::Deleter<X509_ALGOR_free>> hash(X509_ALGOR_new());
    X509_ALGOR_set0(hash.get(), OBJ_txt2obj(algorithm, 0), V_ASN1_NULL, nullptr);
    TS_MSG_IMPRINT_set_algo(imprint.get(), hash.get());
    QByteArray copy = digest;
    TS_MSG_IMPRINT_set_msg(imprint.get(), reinterpret_cast<unsigned char *>(copy.data()), int(copy.size()));
    TS_REQ_set_version(request.get(), 1);
    TS_REQ_set_msg_imprint(request.get(), imprint.get());
    TS_REQ_set_cert_req(request.get(), withCertificate ? 1 : 0);
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    i2d_TS_REQ_bio(bio.get(), request.get());
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return answer(QByteArray(bytes, qsizetype(size)), at);
}

} // namespace test
