// LIBS: engine_anchor
#include "engine/anchor/rekor_format.h"
#include "engine/anchor/tiled_log.h"

#include <cstdlib>

using namespace engine;

static void check(bool holds)
{
    if (!holds)
        std::abort();
}

/// What is read is what a bundle can hold; what is refused says why.
static void checkEntry(const Result<LogEntry> &entry)
{
    if (!entry)
        return check(!entry.error().message.isEmpty());
    const auto again = LogEntry::parse(entry->toJson());
    check(again && *again == *entry);
}

/// 'T', a byte for the index, then resources, each with its size in two bytes before it.
static void checkTiles(QByteArrayView data)
{
    if (data.size() < 2 || data[0] != 'T')
        return;
    TiledLog tiles{quint8(data[1])};
    for (qsizetype at = 2; at + 2 <= data.size();) {
        if (tiles.next().isEmpty())
            return checkEntry(tiles.entry());
        const qsizetype size = (quint8(data[at]) << 8) | quint8(data[at + 1]);
        const QByteArray resource = data.sliced(at + 2, std::min(size, data.size() - at - 2)).toByteArray();
        at += 2 + size;
        if (const auto taken = tiles.take(resource); !taken)
            return check(!taken.error().message.isEmpty());
    }
    if (tiles.next().isEmpty())
        checkEntry(tiles.entry());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    checkEntry(rekor::readFirstGeneration(bytes));
    checkEntry(rekor::readSecondGeneration(bytes));
    check(rekor::entryIdIn(bytes).size() <= 80);
    checkTiles(bytes);
    return 0;
}
