#pragma once

#include <QIODevice>

namespace engine {

/// Compares what is written to it with what is expected, byte by byte. Holds only what one side is ahead.
///
/// Expected bytes may come before or after the written ones, which reading in blocks and writing in others
/// needs.
class ByteComparer : public QIODevice
{
public:
    ByteComparer();

    void expect(QByteArrayView bytes);
    void endOfWriting(); ///< What is expected from here on is too much; it is counted and not kept.

    qint64 differsAt() const
    {
        return m_differsAt;
    } ///< Offset of the first difference; -1 when there is none.
    qint64 left() const { return m_expected.size() + m_surplus; } ///< Expected bytes that were not written.
    qint64 missing() const { return m_written.size(); }           ///< Written bytes that were not expected.

    bool isSequential() const override { return true; }

protected:
    qint64 readData(char *, qint64) override { return -1; }
    qint64 writeData(const char *bytes, qint64 size) override;

private:
    void match();

    QByteArray m_expected;
    QByteArray m_written;
    qint64 m_equal = 0;
    qint64 m_surplus = 0;
    bool m_ended = false;
    qint64 m_differsAt = -1;
};

} // namespace engine
