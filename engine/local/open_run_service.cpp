#include "engine/local/open_run_service.h"

#include "engine/link/linked_run_service.h"
#include "engine/local/data_dir.h"
#include "engine/local/decision_signing.h"

#include <QDeadlineTimer>
#include <QThread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace engine {

/// How this process joins the owner of a data directory. A key with a passphrase is used here; others are
/// used, and made when there is none, by the owner.
static LinkedRunService::Settings linkSettings(const LocalOptions &options, const QString &folder)
{
    LinkedRunService::Settings settings{
        folder, operatorFor(options.operatorName), QStringLiteral(TASKRUNNER_VERSION), {}, {}, {}};
    const KeyRing keys{DataDir(folder)};
    settings.signDecision = [keys, source = options.passphrase](const DecisionRequest &request) {
        const auto isProtected = keys.isProtected(request.approver);
        if (!isProtected || !*isProtected)
            return isProtected ? Result<QByteArray>(QByteArray()) : isProtected.error();
        return signDecision(keys, request, SystemClock(), source);
    };
    settings.signWithdrawal = [keys, source = options.passphrase](const WithdrawalRequest &request) {
        const auto isProtected = keys.isProtected(request.approver);
        if (!isProtected || !*isProtected)
            return isProtected ? Result<QByteArray>(QByteArray()) : isProtected.error();
        return signWithdrawal(keys, request, SystemClock(), source);
    };
    return settings;
}

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
        auto linked = LinkedRunService::connectTo(linkSettings(options, folder));
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
        auto linked = LinkedRunService::connectTo(linkSettings(options, folder));
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
