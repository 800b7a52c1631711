#pragma once

#include <QByteArray>
#include <QString>

#include <memory>
#include <openssl/bio.h>
#include <openssl/evp.h>

/// OpenSSL's objects with owners. For the sources of keys only; no header that others include shows OpenSSL.
namespace engine::evp {

template<auto Free>
struct Deleter
{
    template<class T>
    void operator()(T *object) const
    {
        Free(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

/// The newest message of this thread's OpenSSL error queue, which is emptied.
QString takeError();

/// Given to every PEM reader, which would otherwise ask on the terminal: there is no passphrase.
int refusePassphrase(char *buffer, int size, int writing, void *user);

/// DER SubjectPublicKeyInfo; empty when OpenSSL fails.
QByteArray publicDer(EVP_PKEY *key);

/// "ecdsa-p256" or "ed25519" when der is the one encoding of such a key that we accept (named curve,
/// uncompressed point), otherwise empty. One key has one encoding, and so one id.
QString algorithmOf(const QByteArray &der);

} // namespace engine::evp
