#pragma once

#include "engine/api/run_service.h"

#include <functional>
#include <span>

namespace engine {

/// Makes the JSON of a result; called where JSON may take its time.
using LinkAnswer = std::function<Result<QJsonValue>()>;

/// A call whose arguments were read: asks the service and calls done once, on the service's thread, unless
/// context or service goes away before.
using LinkInvocation =
    std::function<void(RunService &service, QObject *context, std::function<void(LinkAnswer)> done)>;

/// One call of RunService as it goes over the link.
struct LinkCall
{
    const char16_t *name;
    Result<LinkInvocation> (*read)(const QJsonObject &args);
};

/// All of them. A new call of RunService is one row in link_calls.cpp and one function of LinkedRunService.
std::span<const LinkCall> linkCalls();

/// Fails with InvalidInput: an unknown call; at the JSON Pointer of what is wrong in args.
Result<LinkInvocation> readLinkCall(const QString &name, const QJsonObject &args);

/// The calls `logs` and `events` answer in pages; LinkedRunService puts them together.
template<class T>
struct LinkPage
{
    QList<T> items{};
    bool more = false; ///< Ask again after the last of items.

    bool operator==(const LinkPage &) const = default;
};

/// The most lines in one page.
inline constexpr int linkPageLines = 5000;

} // namespace engine
