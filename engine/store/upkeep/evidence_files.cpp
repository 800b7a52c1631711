#include "engine/store/upkeep/evidence_files.h"

#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

std::optional<EvidenceFile> evidenceFileOf(const QString &fileName)
{
    static const QRegularExpression form(u"\\A([^.]+)(\\.[0-9]+)?\\.evidence\\.tar(\\.[A-Za-z]{6})?\\z"_s);
    const auto match = form.match(fileName);
    const auto run = match.hasMatch() ? parseRunId(match.captured(1)) : Result<RunId>(invalid({}));
    if (!run)
        return {};
    return EvidenceFile{*run, match.captured(3).isEmpty()};
}

} // namespace engine
