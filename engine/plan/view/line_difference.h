#pragma once

#include <QStringList>

namespace engine {

/// The difference of two lists of lines for people: "- " before what went, "+ " before what came, "  " before
/// the one line of context around each, "…" for what is left out. Printable; long lines are shortened so that
/// a pair of them shows where it differs. Shows at most maxLines lines, then how many more there are.
QStringList lineDifference(const QStringList &before, const QStringList &after, qsizetype maxLines = 40);

} // namespace engine
