#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QList>

/// Proofs about an append-only Merkle tree over SHA-256 (RFC 6962 and RFC 9162 section 2.1). Every hash is 32
/// bytes long; any other length is refused.
///
/// Pure and reentrant.
namespace engine::merkle {

constexpr qsizetype hashBytes = 32;

/// SHA-256(0x00 || leaf).
QByteArray leafHash(QByteArrayView leaf);
/// SHA-256(0x01 || left || right).
QByteArray nodeHash(QByteArrayView left, QByteArrayView right);

/// A tree of which only size and root are known.
struct TreeHead
{
    quint64 size = 0;
    QByteArray root{};

    bool operator==(const TreeHead &) const = default;
};

/// Whether the leaf with this hash stands at index, from 0, of the tree (RFC 9162 section 2.1.3.2).
/// Fails with InvalidInput that says what is wrong.
Result<> checkInclusion(quint64 index, const QByteArray &leafHash, const QList<QByteArray> &proof,
                        const TreeHead &tree);

/// Whether later is earlier with only leaves added behind it (RFC 9162 section 2.1.4.2). An empty earlier
/// tree says nothing and is refused. Fails with InvalidInput that says what is wrong.
Result<> checkConsistency(const TreeHead &earlier, const TreeHead &later, const QList<QByteArray> &proof);

} // namespace engine::merkle
