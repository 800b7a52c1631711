#include "engine/evidence/log/merkle.h"

#include <QCryptographicHash>

#include <algorithm>
#include <bit>

using namespace Qt::StringLiterals;

namespace engine::merkle {

namespace {

bool isLeftmost(quint64 node)
{
    return (node & 1) == 0;
}

/// From a node that is a left child without a sibling to the place where it is joined with one.
void skipLonely(quint64 &node, quint64 &last)
{
    while (isLeftmost(node) && node != 0) {
        node >>= 1;
        last >>= 1;
    }
}

Result<> checkLengths(const QList<QByteArray> &proof)
{
    for (qsizetype i = 0; i < proof.size(); ++i) {
        if (proof.at(i).size() != hashBytes)
            return invalid(
                u"hash %1 of the proof has %2 bytes, not %3"_s.arg(i).arg(proof.at(i).size()).arg(hashBytes));
    }
    return {};
}

Result<> checkLength(const QByteArray &hash, const QString &what)
{
    if (hash.size() != hashBytes)
        return invalid(u"the %1 has %2 bytes, not %3"_s.arg(what).arg(hash.size()).arg(hashBytes));
    return {};
}

Error tooLong()
{
    return invalid(u"the proof is longer than the tree is high"_s);
}

Error tooShort()
{
    return invalid(u"the proof is shorter than the tree is high"_s);
}

} // namespace

QByteArray leafHash(QByteArrayView leaf)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView("\x00", 1));
    hash.addData(leaf);
    return hash.result();
}

QByteArray nodeHash(QByteArrayView left, QByteArrayView right)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView("\x01", 1));
    hash.addData(left);
    hash.addData(right);
    return hash.result();
}

Result<> checkInclusion(quint64 index, const QByteArray &leafHash, const QList<QByteArray> &proof,
                        const TreeHead &tree)
{
    if (index >= tree.size)
        return invalid(u"the leaf %1 is not in a tree of %2 leaves"_s.arg(index).arg(tree.size));
    for (const auto &checked :
         {checkLength(leafHash, u"leaf's hash"_s), checkLength(tree.root, u"root"_s), checkLengths(proof)}) {
        if (!checked)
            return checked;
    }
    quint64 node = index;
    quint64 last = tree.size - 1;
    QByteArray root = leafHash;
    for (const QByteArray &sibling : proof) {
        if (last == 0)
            return tooLong();
        if (!isLeftmost(node) || node == last) {
            root = nodeHash(sibling, root);
            skipLonely(node, last);
        } else {
            root = nodeHash(root, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0)
        return tooShort();
    if (root != tree.root)
        return invalid(u"the proof leads to another root"_s);
    return {};
}

Result<> checkConsistency(const TreeHead &earlier, const TreeHead &later, const QList<QByteArray> &proof)
{
    if (earlier.size == 0)
        return invalid(u"nothing can be said of an empty tree"_s);
    if (earlier.size > later.size)
        return invalid(u"a tree of %1 leaves does not become one of %2"_s.arg(earlier.size).arg(later.size));
    for (const auto &checked : {checkLength(earlier.root, u"earlier root"_s),
                                checkLength(later.root, u"later root"_s), checkLengths(proof)}) {
        if (!checked)
            return checked;
    }
    if (earlier.size == later.size) {
        if (!proof.isEmpty())
            return tooLong();
        if (earlier.root != later.root)
            return invalid(u"two trees of %1 leaves have different roots"_s.arg(later.size));
        return {};
    }
    QList<QByteArray> path = proof;
    if (std::has_single_bit(earlier.size))
        path.prepend(earlier.root); // The earlier tree is whole within the later one.
    if (path.isEmpty())
        return tooShort();
    quint64 node = earlier.size - 1;
    quint64 last = later.size - 1;
    while (!isLeftmost(node)) {
        node >>= 1;
        last >>= 1;
    }
    QByteArray earlierRoot = path.first();
    QByteArray laterRoot = path.takeFirst();
    for (const QByteArray &sibling : path) {
        if (last == 0)
            return tooLong();
        if (!isLeftmost(node) || node == last) {
            earlierRoot = nodeHash(sibling, earlierRoot);
            laterRoot = nodeHash(sibling, laterRoot);
            skipLonely(node, last);
        } else {
            laterRoot = nodeHash(laterRoot, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if (last != 0)
        return tooShort();
    if (earlierRoot != earlier.root)
        return invalid(u"the proof leads to another earlier root"_s);
    if (laterRoot != later.root)
        return invalid(u"the proof leads to another later root"_s);
    return {};
}

} // namespace engine::merkle
