#pragma once

#include <QFuture>
#include <QFutureWatcher>

namespace engine {

/// Calls fn(result) on context's thread once the future has a result; never when it was cancelled or context
/// is gone.
///
/// Instead of QFuture::then(context, fn), which in Qt 6.4 asserts (and without asserts crashes) when context
/// dies first, as a closed tab or dialog does, and looks at context on the thread that finishes the future.
///
/// Thread: called on context's thread.
template<class T, class Fn>
void whenDone(const QFuture<T> &future, QObject *context, Fn fn)
{
    auto *watcher = new QFutureWatcher<T>(context);
    QObject::connect(watcher, &QFutureWatcherBase::finished, context,
                     [watcher, fn = std::move(fn)]() mutable {
                         watcher->deleteLater();
                         const QFuture<T> done = watcher->future();
                         if (done.resultCount() > 0)
                             fn(done.result());
                     });
    watcher->setFuture(future);
}

} // namespace engine
