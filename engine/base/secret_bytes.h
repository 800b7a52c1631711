#pragma once

#include "engine/base/result.h"

#include <QByteArrayView>

#include <functional>
#include <memory>

namespace engine {

/// Bytes that nobody shall find in memory afterwards: a passphrase, the text of a private key. They are wiped
/// when they go, and copied only where the code says so.
class SecretBytes
{
public:
    SecretBytes() = default;
    explicit SecretBytes(qsizetype size); ///< So many zeros.
    static SecretBytes copyOf(QByteArrayView bytes);
    ~SecretBytes();
    SecretBytes(SecretBytes &&other) noexcept;
    SecretBytes &operator=(SecretBytes &&other) noexcept;
    SecretBytes(const SecretBytes &) = delete;
    SecretBytes &operator=(const SecretBytes &) = delete;

    char *data() { return m_bytes.get(); }
    const char *data() const { return m_bytes.get(); }
    qsizetype size() const { return m_size; }
    bool isEmpty() const { return m_size == 0; }
    QByteArrayView view() const { return {m_bytes.get(), m_size}; }

    void truncate(qsizetype size);                   ///< What is cut off is wiped at once.
    bool operator==(const SecretBytes &other) const; ///< Takes as long whatever differs.

private:
    void wipe();

    std::unique_ptr<char[]> m_bytes;
    qsizetype m_size = 0;
    qsizetype m_capacity = 0;
};

/// What a passphrase is asked for.
struct PassphraseQuestion
{
    QString keyName{};  ///< As people call the key: "ben", "engine".
    bool isNew = false; ///< For a key that is being made: to be typed twice.
    bool isPin = false; ///< It is the PIN of a token.
    int attempt = 0;    ///< From 0; above that, what was given before was wrong.
};

/// Gives a passphrase, from wherever a person keeps it; it may block until they have typed it. Fails with
/// PassphraseNeeded when nobody can be asked, with Cancelled when the person does not want to, with
/// WrongPassphrase when it has no other answer than the one that was wrong.
///
/// Thread: called on the thread that needs the key, never on the main thread of a program with windows.
using PassphraseSource = std::function<Result<SecretBytes>(const PassphraseQuestion &question)>;

inline constexpr qsizetype minPassphraseBytes = 8; ///< Of a new one.
inline constexpr qsizetype maxPassphraseBytes = 1024;

} // namespace engine
