#pragma once

#include "engine/evidence/log/log_entry.h"

#include <map>
#include <optional>

namespace engine {

/// Reads an entry of a log of Rekor's second generation from its tiles (C2SP tlog-tiles): needed when the log
/// says that it has the entry already, which is all that it says then.
///
/// Asks for one resource after the other: get what next() names, give it to take(), until next() is empty.
/// Nothing in it is trusted: whether the proof holds and who signed it shows when the entry is checked.
class TiledLog
{
public:
    static constexpr qsizetype maxResourceBytes = 16 * 1024 * 1024; ///< 256 entries of 64 KiB.

    /// @param index  of the entry, from 0
    explicit TiledLog(quint64 index)
        : m_index(index)
    {
    }

    /// What to get, below /api/v2/ of the log: "checkpoint", "tile/entries/x001/234", "tile/0/000.p/7".
    QString next() const;
    /// Takes what next() named. Fails with InvalidInput.
    Result<> take(const QByteArray &resource);
    /// When next() is empty. Fails with InvalidInput.
    Result<LogEntry> entry() const;

private:
    struct Tile
    {
        int level = 0;
        quint64 number = 0;
        auto operator<=>(const Tile &) const = default;
    };
    /// The root of a whole subtree of 2^height leaves, the number-th of its height.
    struct Subtree
    {
        int height = 0;
        quint64 number = 0;
    };

    Result<> takeCheckpoint(const QByteArray &note);
    Result<> takeEntries(const QByteArray &bundle);
    Result<> takeTile(const QByteArray &hashes);
    QList<QList<Subtree>> proofParts() const;
    void wantTiles();
    QString suffixOf(int level, quint64 number) const;
    quint64 widthOf(int level, quint64 number) const;
    QByteArray hashOf(const Subtree &subtree) const;
    static Tile tileOf(const Subtree &subtree);

    const quint64 m_index;
    QByteArray m_note;
    std::optional<Checkpoint> m_checkpoint;
    QByteArray m_keyHash;
    QByteArray m_body;
    QList<Tile> m_wanted; ///< The next one first.
    std::map<Tile, QByteArray> m_tiles;
};

} // namespace engine
