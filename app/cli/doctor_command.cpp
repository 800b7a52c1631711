#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "engine/local/doctor/doctor.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::DoctorFinding;

ExitCode doctor(const Options &options)
{
    const engine::DoctorReport report =
        engine::examine({options.dataDir, {}, options.policyServer}, engine::SystemClock().now());
    if (options.json) {
        outJson(toJson(report));
        return report.isGood() ? ExitCode::Good : ExitCode::NotGood;
    }
    QList<QStringList> rows;
    for (const DoctorFinding &finding : report.findings) {
        rows += {toString(finding.state), finding.check, printable(finding.message)};
        if (!finding.advice.isEmpty())
            rows += {u""_s, u""_s, u"-> "_s + printable(finding.advice)};
    }
    out(table(rows));
    return report.isGood() ? ExitCode::Good : ExitCode::NotGood;
}

} // namespace cli
