#pragma once

#include "engine/api/run_service.h"

#include <functional>

namespace engine {

/// Makes the arguments of a signal; called where JSON may take its time.
using LinkNewsMaker = std::function<QJsonObject()>;

/// Calls publish(name, maker) for every signal of the service, on its thread, as long as context lives. A new
/// signal of RunService is one row in link_news.cpp.
void connectNews(RunService &service, QObject *context,
                 const std::function<void(const QString &name, LinkNewsMaker maker)> &publish);

/// Calls the function it returns to emit the signal from service, on its thread. Fails with InvalidInput: an
/// unknown signal; at the JSON Pointer of what is wrong in args.
Result<std::function<void(RunService &service)>> readNews(const QString &name, const QJsonObject &args);

} // namespace engine
