// LIBS: engine_evidence
#include "engine/evidence/bundle_verifier.h"

#include <QTemporaryFile>

/// Whatever a file holds, verifying it ends with a report of all twelve checks; none of it is good where
/// nobody is trusted, and nothing is shown as passed without a signature.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    using engine::CheckResult;
    QTemporaryFile file;
    if (!file.open() || file.write(reinterpret_cast<const char *>(data), qint64(size)) != qint64(size)
        || !file.flush())
        return 0;
    const auto report = engine::verifyBundle(file.fileName(), {}, {});
    if (!report || report->checks.size() != 12 || report->isGood())
        __builtin_trap();
    bool isSigned = false;
    bool anyPassed = false;
    for (const engine::Check &check : report->checks) {
        isSigned = isSigned || (check.id == u"signature" && check.result == CheckResult::Passed);
        anyPassed = anyPassed || check.result == CheckResult::Passed;
        if (check.result != CheckResult::Passed && check.detail.isEmpty())
            __builtin_trap(); // What failed or did not run says why.
    }
    if (anyPassed && !isSigned)
        __builtin_trap();
    return 0;
}
