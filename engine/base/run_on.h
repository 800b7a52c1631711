#pragma once

#include <QFuture>
#include <QMetaObject>
#include <QPromise>
#include <QThreadPool>

#include <memory>

namespace engine {

/// Runs fn on the thread that target lives in and returns its result as a future.
/// The future is cancelled, never left hanging, when target dies before fn could run.
template<class Fn>
auto runOn(QObject *target, Fn fn) -> QFuture<std::invoke_result_t<Fn>>
{
    using T = std::invoke_result_t<Fn>;
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    auto future = promise->future();
    QMetaObject::invokeMethod(
        target,
        [promise = std::move(promise), fn = std::move(fn)]() mutable {
            if constexpr (std::is_void_v<T>)
                fn();
            else
                promise->addResult(fn());
            promise->finish();
        },
        Qt::QueuedConnection);
    return future;
}

/// Runs fn on a thread of the pool and returns its result as a future.
template<class Fn>
auto runOn(QThreadPool &pool, Fn fn) -> QFuture<std::invoke_result_t<Fn>>
{
    using T = std::invoke_result_t<Fn>;
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    auto future = promise->future();
    pool.start([promise = std::move(promise), fn = std::move(fn)]() mutable {
        promise->addResult(fn());
        promise->finish();
    });
    return future;
}

/// A future that is already finished with value.
template<class T>
QFuture<T> finishedFuture(T value)
{
    QPromise<T> promise;
    promise.start();
    promise.addResult(std::move(value));
    promise.finish();
    return promise.future();
}

} // namespace engine
