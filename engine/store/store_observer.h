#pragma once

#include <QtGlobal>

#include <chrono>

namespace engine {

/// Is told what a Store did, right after it was done. Thread: the store's.
class StoreObserver
{
public:
    StoreObserver() = default;
    virtual ~StoreObserver() = default;
    Q_DISABLE_COPY_MOVE(StoreObserver)

    /// A transaction is on disk. took: its commit alone, without the statements before it.
    virtual void committed(std::chrono::nanoseconds took) = 0;
    /// Log lines are on disk; bytes: those of their texts, in UTF-8.
    virtual void logLinesStored(qint64 lines, qint64 bytes) = 0;
};

} // namespace engine
