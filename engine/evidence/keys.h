#pragma once

#include "engine/base/secret_bytes.h"

#include <QByteArray>
#include <QString>

#include <memory>

namespace engine {

/// The public half of a signing key: ECDSA P-256 or Ed25519, and what timestamp authorities have.
class PublicKey
{
public:
    /// Reads one PEM SubjectPublicKeyInfo and nothing before or after it. Fails with Crypto for anything
    /// else: other curves and algorithms, explicit curve parameters, compressed points.
    static Result<PublicKey> fromPem(const QByteArray &pem);

    /// Likewise, and besides ECDSA P-384 (RFC 5480) and RSA of 2048 to 8192 bits (RFC 3279 section 2.3.1),
    /// which timestamp authorities have. Such a key is one to know an authority's certificate by.
    static Result<PublicKey> fromAuthorityPem(const QByteArray &pem);
    bool isForAuthoritiesOnly() const; ///< Is of the kinds that only fromAuthorityPem() reads.

    const QString &keyId() const; ///< Hex SHA-256 of the DER SubjectPublicKeyInfo.
    const QByteArray &pem() const;
    QByteArray der() const;    ///< SubjectPublicKeyInfo.
    QString algorithm() const; ///< "ecdsa-p256" | "ed25519"; of authorities also "ecdsa-p384" | "rsa"

    /// False for a key that is for authorities only; otherwise whether signature (DER for ECDSA with SHA-256,
    /// 64 bytes for Ed25519) is of message by this key.
    bool verify(const QByteArray &message, const QByteArray &signature) const;

private:
    struct Data;
    PublicKey() = default;

    std::shared_ptr<const Data>
        m_data; // Immutable; OpenSSL keys are counted and safe to share across threads.
    friend class SigningKey;
};

/// Signs with one private key, wherever that is kept: in memory, in a token. All that signs takes one of
/// these.
///
/// Thread: any, also several at once.
class Signer
{
public:
    Signer() = default;
    virtual ~Signer() = default;

    virtual const PublicKey &publicKey() const = 0;
    /// DER for ECDSA (with SHA-256), 64 bytes for Ed25519. Fails with Crypto.
    virtual Result<QByteArray> sign(const QByteArray &message) const = 0;

protected:
    Signer(const Signer &) = default;
    Signer(Signer &&) = default;
    Signer &operator=(const Signer &) = default;
    Signer &operator=(Signer &&) = default;
};

/// A private key in memory. It is wiped when the last copy goes; so is every buffer its PEM or its passphrase
/// passes through.
class SigningKey final : public Signer
{
public:
    enum class Algorithm { EcdsaP256, Ed25519 };
    static Result<SigningKey> generate(Algorithm algorithm = Algorithm::EcdsaP256);

    /// Reads a key file (see key_file.h) that only its owner may read (0600 or stricter).
    ///
    /// @param source   asked for the passphrase of an encrypted one, three times at most; it may block
    /// @param keyName  how the key is called when it is asked for
    /// Fails with NotFound, Io, Crypto; with Unsupported for an encryption that is not read; with
    /// PassphraseNeeded without a source, with WrongPassphrase, and as the source does.
    static Result<SigningKey> load(const QString &path, const PassphraseSource &source = {},
                                   const QString &keyName = {});

    /// Writes PKCS#8 PEM, mode 0600, atomically; an existing file is not replaced (Conflict).
    Result<> save(const QString &path) const;
    /// The same encrypted. Fails also with InvalidInput for a passphrase that is too short or too long.
    Result<> save(const QString &path, const SecretBytes &passphrase) const;

    const PublicKey &publicKey() const override;
    Result<QByteArray> sign(const QByteArray &message) const override;

private:
    struct Data;
    SigningKey() = default;

    std::shared_ptr<const Data> m_data; // Immutable, as above.
};

} // namespace engine
