#include "engine/base/secret_bytes.h"

#include <algorithm>
#include <cstring>
#include <openssl/crypto.h>

namespace engine {

SecretBytes::SecretBytes(qsizetype size)
    : m_bytes(std::make_unique<char[]>(size_t(size)))
    , m_size(size)
    , m_capacity(size)
{
}

SecretBytes SecretBytes::copyOf(QByteArrayView bytes)
{
    SecretBytes copy(bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.data());
    return copy;
}

SecretBytes::~SecretBytes()
{
    wipe();
}

SecretBytes::SecretBytes(SecretBytes &&other) noexcept
    : m_bytes(std::move(other.m_bytes))
    , m_size(std::exchange(other.m_size, 0))
    , m_capacity(std::exchange(other.m_capacity, 0))
{
}

SecretBytes &SecretBytes::operator=(SecretBytes &&other) noexcept
{
    if (this == &other)
        return *this;
    wipe();
    m_bytes = std::move(other.m_bytes);
    m_size = std::exchange(other.m_size, 0);
    m_capacity = std::exchange(other.m_capacity, 0);
    return *this;
}

void SecretBytes::truncate(qsizetype size)
{
    if (size >= m_size)
        return;
    OPENSSL_cleanse(m_bytes.get() + size, size_t(m_size - size));
    m_size = size;
}

bool SecretBytes::operator==(const SecretBytes &other) const
{
    return m_size == other.m_size
           && (m_size == 0 || CRYPTO_memcmp(m_bytes.get(), other.m_bytes.get(), size_t(m_size)) == 0);
}

void SecretBytes::wipe()
{
    if (m_bytes)
        OPENSSL_cleanse(m_bytes.get(), size_t(m_capacity));
}

} // namespace engine
