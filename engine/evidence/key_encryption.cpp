#include "engine/evidence/key_encryption.h"

#include "engine/evidence/key_file.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>

using namespace Qt::StringLiterals;

namespace engine::evp {

namespace {

using KeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, Deleter<X509_ALGOR_free>>;
using SchemeParameters = std::unique_ptr<PBE2PARAM, Deleter<PBE2PARAM_free>>;
using KdfParameters = std::unique_ptr<PBKDF2PARAM, Deleter<PBKDF2PARAM_free>>;

constexpr int saltBytes = 16;
constexpr int minSaltBytes = 8; // RFC 8018 section 4.1.
constexpr int maxSaltBytes = 128;
constexpr int keyBytes = 32;

bool isA(const X509_ALGOR *algorithm, int nid)
{
    const ASN1_OBJECT *name = nullptr;
    X509_ALGOR_get0(&name, nullptr, nullptr, algorithm);
    return OBJ_obj2nid(name) == nid;
}

/// The SEQUENCE that an algorithm has as its parameters; nullptr when they are anything else.
const ASN1_STRING *parametersOf(const X509_ALGOR *algorithm)
{
    int type = V_ASN1_UNDEF;
    const void *value = nullptr;
    X509_ALGOR_get0(nullptr, &type, &value, algorithm);
    return type == V_ASN1_SEQUENCE ? static_cast<const ASN1_STRING *>(value) : nullptr;
}

/// The parameters of PBKDF2 when the scheme is the one that is supported; nullptr otherwise.
KdfParameters kdfOf(const X509_ALGOR *scheme)
{
    const ASN1_STRING *bytes = isA(scheme, NID_pbes2) ? parametersOf(scheme) : nullptr;
    const SchemeParameters parameters(
        bytes ? static_cast<PBE2PARAM *>(ASN1_item_unpack(bytes, ASN1_ITEM_rptr(PBE2PARAM))) : nullptr);
    if (!parameters || !isA(parameters->encryption, NID_aes_256_cbc)
        || !isA(parameters->keyfunc, NID_id_pbkdf2))
        return {};
    const ASN1_STRING *inner = parametersOf(parameters->keyfunc);
    KdfParameters kdf(inner ? static_cast<PBKDF2PARAM *>(ASN1_item_unpack(inner, ASN1_ITEM_rptr(PBKDF2PARAM)))
                            : nullptr);
    // Without a function it is HMAC-SHA-1 (RFC 8018 appendix A.2).
    if (!kdf || !kdf->prf || !isA(kdf->prf, NID_hmacWithSHA256))
        return {};
    if (!kdf->salt || kdf->salt->type != V_ASN1_OCTET_STRING)
        return {};
    const int salt = ASN1_STRING_length(kdf->salt->value.octet_string);
    if (salt < minSaltBytes || salt > maxSaltBytes)
        return {};
    if (kdf->keylength && ASN1_INTEGER_get(kdf->keylength) != keyBytes)
        return {};
    return kdf;
}

} // namespace

Result<EncryptedKey> encryptKey(EVP_PKEY *key, const SecretBytes &passphrase)
{
    const auto failed = [] {
        return Error{ErrorCode::Crypto, u"the key could not be encrypted: %1"_s.arg(takeError()), {}, {}};
    };
    const KeyInfo info(EVP_PKEY2PKCS8(key));
    Algorithm scheme(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), goodKeyIterations, nullptr, saltBytes, nullptr,
                                       NID_hmacWithSHA256));
    if (!info || !scheme)
        return failed();
    EncryptedKey encrypted(
        PKCS8_set0_pbe(passphrase.data(), int(passphrase.size()), info.get(), scheme.get()));
    if (!encrypted)
        return failed();
    (void)scheme.release(); // It is a part of the encrypted key now.
    return encrypted;
}

Result<int> iterationsOf(const X509_SIG *encrypted)
{
    const X509_ALGOR *scheme = nullptr;
    X509_SIG_get0(encrypted, &scheme, nullptr);
    const KdfParameters kdf = kdfOf(scheme);
    std::int64_t iterations = 0;
    const bool isReadable = kdf && ASN1_INTEGER_get_int64(&iterations, kdf->iter) == 1 && iterations >= 1;
    const bool isTooLong = kdf && !isReadable && ASN1_STRING_length(kdf->iter) > int(sizeof iterations);
    ERR_clear_error();
    if (isTooLong || iterations > maxKeyIterations)
        return Error{ErrorCode::Unsupported,
                     u"it asks for %1 iterations of PBKDF2, at most %2 are done"_s.arg(
                         isTooLong ? u"more than 2^63"_s : QString::number(iterations),
                         QString::number(maxKeyIterations)),
                     {},
                     {}};
    if (!isReadable)
        return Error{ErrorCode::Unsupported,
                     u"it is not encrypted with PBES2 of PBKDF2, HMAC-SHA-256 and AES-256-CBC"_s,
                     {},
                     {}};
    return int(iterations);
}

Key decryptKey(const X509_SIG *encrypted, const SecretBytes &passphrase)
{
    const KeyInfo info(PKCS8_decrypt(encrypted, passphrase.data(), int(passphrase.size())));
    Key key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
    ERR_clear_error();
    return key;
}

} // namespace engine::evp
