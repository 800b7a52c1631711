#include "engine/anchor/tiled_log.h"

#include "engine/base/json.h"

#include <algorithm>
#include <bit>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr int tileHeight = 8;
constexpr quint64 tileWidth = 256;

/// "x001/x234/067": three digits each, all but the last marked.
QString pathOfNumber(quint64 number)
{
    QString path = u"%1"_s.arg(number % 1000, 3, 10, QLatin1Char('0'));
    for (quint64 rest = number / 1000; rest > 0; rest /= 1000)
        path.prepend(u"x%1/"_s.arg(rest % 1000, 3, 10, QLatin1Char('0')));
    return path;
}

/// Of a list that is folded from its end: what stands right hangs lower.
QByteArray foldedFromRight(const QList<QByteArray> &hashes)
{
    QByteArray hash = hashes.last();
    for (qsizetype i = hashes.size() - 2; i >= 0; --i)
        hash = merkle::nodeHash(hashes.at(i), hash);
    return hash;
}

} // namespace

QString TiledLog::next() const
{
    if (!m_checkpoint)
        return u"checkpoint"_s;
    if (m_body.isEmpty())
        return u"tile/entries/"_s + pathOfNumber(m_index / tileWidth) + suffixOf(0, m_index / tileWidth);
    if (m_wanted.isEmpty())
        return {};
    const Tile &tile = m_wanted.first();
    return u"tile/%1/"_s.arg(tile.level) + pathOfNumber(tile.number) + suffixOf(tile.level, tile.number);
}

Result<> TiledLog::take(const QByteArray &resource)
{
    if (resource.size() > maxResourceBytes)
        return invalid(
            u"%1 has %2 bytes, at most %3 are read"_s.arg(next()).arg(resource.size()).arg(maxResourceBytes));
    if (!m_checkpoint)
        return takeCheckpoint(resource);
    if (m_body.isEmpty())
        return takeEntries(resource);
    return m_wanted.isEmpty() ? Result<>() : takeTile(resource);
}

Result<> TiledLog::takeCheckpoint(const QByteArray &bytes)
{
    const auto note = SignedNote::parse(bytes);
    if (!note)
        return invalid(u"the checkpoint: %1"_s.arg(note.error().toString()));
    const auto checkpoint = Checkpoint::parse(note->text);
    if (!checkpoint)
        return invalid(u"the checkpoint: %1"_s.arg(checkpoint.error().toString()));
    if (m_index >= checkpoint->tree.size)
        return invalid(
            u"the checkpoint is of %1 entries, number %2 is not yet among them"_s.arg(checkpoint->tree.size)
                .arg(m_index));
    const auto own = std::ranges::find_if(
        note->signatures, [&](const auto &signature) { return signature.name == checkpoint->origin; });
    m_keyHash = own == note->signatures.end() ? note->signatures.first().keyHash : own->keyHash;
    m_note = bytes;
    m_checkpoint = *checkpoint;
    wantTiles();
    return {};
}

/// Each entry is its length in two bytes, big-endian, and its bytes.
Result<> TiledLog::takeEntries(const QByteArray &bundle)
{
    qsizetype at = 0;
    for (quint64 i = 0;; ++i) {
        if (at + 2 > bundle.size())
            return invalid(u"%1 ends before entry %2"_s.arg(next()).arg(m_index));
        const qsizetype size = (quint8(bundle[at]) << 8) | quint8(bundle[at + 1]);
        at += 2;
        if (at + size > bundle.size() || size == 0)
            return invalid(u"%1 is cut off or has an empty entry"_s.arg(next()));
        if (i == m_index % tileWidth) {
            m_body = bundle.mid(at, size);
            return {};
        }
        at += size;
    }
}

Result<> TiledLog::takeTile(const QByteArray &hashes)
{
    const Tile tile = m_wanted.first();
    const quint64 expected = widthOf(tile.level, tile.number) * quint64(merkle::hashBytes);
    if (quint64(hashes.size()) != expected)
        return invalid(u"%1 has %2 bytes instead of %3"_s.arg(next()).arg(hashes.size()).arg(expected));
    m_tiles.emplace(tile, hashes);
    m_wanted.removeFirst();
    return {};
}

/// Of the hashes that a tile can have, as many as the tree has.
quint64 TiledLog::widthOf(int level, quint64 number) const
{
    const quint64 hashes = m_checkpoint->tree.size >> (level * tileHeight);
    return std::min(tileWidth, hashes - number * tileWidth);
}

QString TiledLog::suffixOf(int level, quint64 number) const
{
    const quint64 width = widthOf(level, number);
    return width == tileWidth ? QString() : u".p/%1"_s.arg(width);
}

TiledLog::Tile TiledLog::tileOf(const Subtree &subtree)
{
    const int inTile = subtree.height % tileHeight;
    return {subtree.height / tileHeight, subtree.number >> (tileHeight - inTile)};
}

/// The inclusion proof (RFC 9162 section 2.1.3.1) from the leaf up, each hash as the whole subtrees that it
/// stands for; there are several where the tree's right edge is not whole.
QList<QList<TiledLog::Subtree>> TiledLog::proofParts() const
{
    QList<QList<Subtree>> parts;
    quint64 begin = 0;
    quint64 end = m_checkpoint->tree.size;
    while (end - begin > 1) {
        const quint64 split = begin + std::bit_floor(end - begin - 1);
        const bool isLeft = m_index < split;
        quint64 from = isLeft ? split : begin;
        const quint64 to = isLeft ? end : split;
        QList<Subtree> subtrees;
        while (from < to) {
            const int height = int(std::bit_width(to - from)) - 1;
            subtrees += Subtree{height, from >> height};
            from += quint64(1) << height;
        }
        parts.prepend(subtrees);
        (isLeft ? end : begin) = split;
    }
    return parts;
}

void TiledLog::wantTiles()
{
    for (const QList<Subtree> &part : proofParts()) {
        for (const Subtree &subtree : part) {
            if (const Tile tile = tileOf(subtree); !m_wanted.contains(tile))
                m_wanted += tile;
        }
    }
}

QByteArray TiledLog::hashOf(const Subtree &subtree) const
{
    const int inTile = subtree.height % tileHeight;
    const QByteArray &tile = m_tiles.at(tileOf(subtree));
    const qsizetype first = qsizetype((subtree.number << inTile) % tileWidth);
    QList<QByteArray> hashes;
    for (qsizetype i = 0; i < qsizetype(1) << inTile; ++i)
        hashes += tile.mid((first + i) * merkle::hashBytes, merkle::hashBytes);
    while (hashes.size() > 1) {
        for (qsizetype i = 0; i < hashes.size() / 2; ++i)
            hashes[i] = merkle::nodeHash(hashes.at(2 * i), hashes.at(2 * i + 1));
        hashes.resize(hashes.size() / 2);
    }
    return hashes.first();
}

Result<LogEntry> TiledLog::entry() const
{
    LogEntry entry;
    entry.logIndex = m_index;
    entry.logId = m_keyHash;
    const auto body = parseJsonObject(m_body);
    if (!body)
        return invalid(u"entry %1: %2"_s.arg(m_index).arg(body.error().toString()));
    entry.kind = body->value(u"kind"_s).toString();
    entry.version = body->value(u"apiVersion"_s).toString();
    if (entry.kind.isEmpty() || entry.version.isEmpty())
        return invalid(u"entry %1 says of no kind and version that it is"_s.arg(m_index));
    entry.proofIndex = m_index;
    entry.tree = m_checkpoint->tree;
    entry.checkpoint = m_note;
    entry.body = m_body;
    for (const QList<Subtree> &part : proofParts()) {
        QList<QByteArray> hashes;
        for (const Subtree &subtree : part)
            hashes += hashOf(subtree);
        entry.hashes += foldedFromRight(hashes);
    }
    return entry;
}

} // namespace engine
