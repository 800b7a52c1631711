#include "engine/local/open_run_service.h"

#include "engine/link/linked_run_service.h"
#include "engine/local/data_dir.h"

#include <QDeadlineTimer>
#include <QThread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace engine {

Result<std::unique_ptr<RunService>> openRunService(const LocalOptions &options,
                                                   std::chrono::milliseconds linkPatience)
{
    const QString folder = dataDirFor(options.dataDir);
    LocalOptions own = options;
    own.patience = 0ms;
    QDeadlineTimer deadline(linkPatience);
    while (true) {
        auto local = LocalRunService::open(own);
        if (local)
            return std::unique_ptr<RunService>(*std::move(local));
        Error error = local.error();
        if (error.code != ErrorCode::InUse)
            return error;
        if (const auto dir = DataDir::open(folder); dir && dir->isOwnedElsewhere())
            return error;
        auto linked = LinkedRunService::connectTo(
            {folder, operatorFor(options.operatorName), QStringLiteral(TASKRUNNER_VERSION), {}});
        if (linked)
            return std::unique_ptr<RunService>(*std::move(linked));
        // Nobody listens yet, or any more: either the owner soon does or the directory is soon free.
        if (linked.error().code == ErrorCode::Disconnected && !deadline.hasExpired()) {
            QThread::msleep(20);
            continue;
        }
        if (linked.error().code == ErrorCode::Unsupported)
            error.code = ErrorCode::Unsupported;
        error.message += linked.error().code == ErrorCode::Disconnected
                             ? u", which does not listen for commands"_s
                             : u"; it cannot be asked: "_s + linked.error().message;
        return error;
    }
}

Result<std::unique_ptr<RunService>> openObservingService(const LocalOptions &options,
                                                         std::chrono::milliseconds linkPatience)
{
    const QString folder = dataDirFor(options.dataDir);
    LocalOptions own = options;
    own.readOnly = true;
    QDeadlineTimer deadline(linkPatience);
    while (true) {
        auto linked = LinkedRunService::connectTo(
            {folder, operatorFor(options.operatorName), QStringLiteral(TASKRUNNER_VERSION), {}});
        if (linked)
            return std::unique_ptr<RunService>(*std::move(linked));
        if (linked.error().code != ErrorCode::Disconnected)
            return linked.error();
        auto local = LocalRunService::open(own);
        if (!local)
            return local.error();
        // An owner that does not listen is just starting or ending, or is on another machine.
        const bool isWorthWaiting = (*local)->isBesideOwner() && !DataDir(folder).isOwnedElsewhere();
        if (!isWorthWaiting || deadline.hasExpired())
            return std::unique_ptr<RunService>(*std::move(local));
        QThread::msleep(20);
    }
}

} // namespace engine
