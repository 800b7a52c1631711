#include "app/cli/log_text.h"

#include "app/cli/terminal.h"

using namespace Qt::StringLiterals;

namespace cli {

QString logText(const engine::LogLine &line)
{
    const bool serious = line.level == engine::LogLevel::Warn || line.level == engine::LogLevel::Error;
    const QString marks = (serious ? u"!"_s : u" "_s) + (line.invalidUtf8 ? u"?"_s : QString());
    const QString where = line.stepPath.isEmpty() ? u"run"_s : line.stepPath;
    return u"%1 %2 %3 %4"_s.arg(engine::toIso(line.timestamp).mid(11, 12), where, marks,
                                printable(line.message));
}

} // namespace cli
