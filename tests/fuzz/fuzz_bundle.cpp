// LIBS: engine_evidence
#include "engine/evidence/bundle_verifier.h"

#include <QTemporaryFile>

using namespace engine;

static std::optional<VerificationReport> reportOn(const uint8_t *data, size_t size)
{
    QTemporaryFile file;
    if (!file.open() || file.write(reinterpret_cast<const char *>(data), qint64(size)) != qint64(size)
        || !file.flush())
        return {};
    const auto report = verifyBundle(file.fileName(), {}, {});
    if (!report)
        __builtin_trap();
    return *report;
}

static QStringList checksIn(const VerificationReport &report)
{
    QStringList ids;
    for (const Check &check : report.checks)
        ids += check.id;
    return ids;
}

/// Whatever a file holds, verifying it ends with a report of the same checks; none of it is good where
/// nobody is trusted, and nothing is shown as passed without a signature.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const auto ofNothing = reportOn(nullptr, 0);
    const auto report = reportOn(data, size);
    if (!ofNothing || !report)
        return 0;
    if (report->checks.isEmpty() || checksIn(*report) != checksIn(*ofNothing) || report->isGood())
        __builtin_trap();
    bool isSigned = false;
    bool anyPassed = false;
    for (const Check &check : report->checks) {
        isSigned = isSigned || (check.id == u"signature" && check.result == CheckResult::Passed);
        anyPassed = anyPassed || check.result == CheckResult::Passed;
        if (check.result != CheckResult::Passed && check.detail.isEmpty())
            __builtin_trap(); // What failed or did not run says why.
    }
    if (anyPassed && !isSigned)
        __builtin_trap();
    return 0;
}
