#pragma once

#include "engine/evidence/log/log_entry.h"

namespace test {

/// A transparency log: a Merkle tree as RFC 6962 section 2.1 defines it (by recursion, other than the
/// engine's check), which signs what it says.
class TestLog
{
public:
    enum Generation { First, Second };
    TestLog(QString logName, engine::SigningKey signingKey, Generation madeLike);

    quint64 append(const QByteArray &leaf); ///< Its index.
    quint64 size() const { return quint64(m_leaves.size()); }
    const QList<QByteArray> &leaves() const { return m_leaves; }
    QByteArray root(quint64 treeSize) const { return rootOf(0, treeSize); }
    QByteArray rootOf(quint64 begin, quint64 end) const; ///< Of the tree over these leaves alone.
    QList<QByteArray> inclusion(quint64 index, quint64 treeSize) const;
    QList<QByteArray> consistency(quint64 earlier, quint64 later) const;
    engine::merkle::TreeHead head() const { return {size(), root(size())}; }

    QString origin() const;
    engine::SignedNote checkpoint() const { return note(origin(), head()); }
    engine::SignedNote note(const QString &noteOrigin, const engine::merkle::TreeHead &tree) const;
    QByteArray sign(const QByteArray &message) const;
    /// Adds a body as this generation has it for an envelope's first signature, and proves it.
    engine::LogEntry add(const engine::DsseEnvelope &envelope, const engine::PublicKey &signer);
    engine::LogEntry prove(quint64 index) const;
    void resign(engine::LogEntry &entry) const; ///< Its timestamp, where this generation has one.

    engine::LogKey logKey() const { return {name, key.publicKey()}; }

    const QString name;
    const engine::SigningKey key;
    const Generation generation;

private:
    QList<QByteArray> m_leaves;
};

/// The body that a log of this generation makes of the envelope's first signature.
QByteArray logBody(TestLog::Generation generation, const engine::DsseEnvelope &envelope,
                   const engine::PublicKey &signer);

} // namespace test
