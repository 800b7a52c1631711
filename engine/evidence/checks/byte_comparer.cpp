#include "engine/evidence/checks/byte_comparer.h"

#include <algorithm>

namespace engine {

ByteComparer::ByteComparer()
{
    open(QIODevice::WriteOnly | QIODevice::Unbuffered);
}

void ByteComparer::expect(QByteArrayView bytes)
{
    if (m_differsAt >= 0)
        return; // One difference is enough; nothing more is kept.
    // A few bytes may still be owed when writing has ended; the rest is surplus.
    const qsizetype owed = m_ended ? std::min(m_written.size(), bytes.size()) : bytes.size();
    m_surplus += bytes.size() - owed;
    m_expected.append(bytes.data(), owed);
    match();
}

void ByteComparer::endOfWriting()
{
    m_ended = true;
}

qint64 ByteComparer::writeData(const char *bytes, qint64 size)
{
    if (m_differsAt >= 0)
        return size;
    m_written.append(bytes, qsizetype(size));
    match();
    return size;
}

void ByteComparer::match()
{
    const qsizetype count = std::min(m_expected.size(), m_written.size());
    const auto end = m_expected.cbegin() + count;
    const auto differs = std::mismatch(m_expected.cbegin(), end, m_written.cbegin()).first;
    if (differs != end) {
        m_differsAt = m_equal + (differs - m_expected.cbegin());
        m_expected.clear();
        m_written.clear();
        return;
    }
    m_equal += count;
    m_expected.remove(0, count);
    m_written.remove(0, count);
}

} // namespace engine
