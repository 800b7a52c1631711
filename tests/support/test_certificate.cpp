#include "tests/support/test_certificate.h"

#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace {

template<auto Free>
struct Freeing
{
    template<class T>
    void operator()(T *pointer) const
    {
        Free(pointer);
    }
};

QByteArray bytesOf(BIO *bio)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, qsizetype(size)};
}

} // namespace

TestCertificate TestCertificate::make(const QByteArray &names)
{
    const std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Freeing<X509_free>> x509(X509_new());
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
    X509_set_pubkey(x509.get(), key.get());
    X509_NAME *name = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char *>("test"), -1,
                               -1, 0);
    X509_set_issuer_name(x509.get(), name);
    for (const auto &[kind, value] :
         {std::pair<int, QByteArray>{NID_basic_constraints, "CA:TRUE"}, {NID_subject_alt_name, names}}) {
        const std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.constData()));
        X509_add_ext(x509.get(), extension.get(), -1);
    }
    X509_sign(x509.get(), key.get(), EVP_sha256());

    const std::unique_ptr<BIO, Freeing<BIO_free_all>> keyText(BIO_new(BIO_s_mem()));
    const std::unique_ptr<BIO, Freeing<BIO_free_all>> text(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(keyText.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    PEM_write_bio_X509(text.get(), x509.get());
    return {QSslCertificate(bytesOf(text.get())), QSslKey(bytesOf(keyText.get()), QSsl::Ec)};
}
