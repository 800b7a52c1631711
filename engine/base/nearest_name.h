#pragma once

#include <QStringList>

namespace engine {

/// The candidate that a typing slip away from name probably meant: least edit distance (Levenshtein), at most
/// a third of the longer length; the first in order on a tie; empty when none is near.
QString nearestName(const QString &name, const QStringList &candidates);

/// "; did you mean \"x\"?" for an error message, or empty when nothing is near.
QString didYouMean(const QString &name, const QStringList &candidates);

} // namespace engine
