#include "engine/base/nearest_name.h"

#include <numeric>
#include <vector>

using namespace Qt::StringLiterals;

namespace engine {

static qsizetype editDistance(const QString &a, const QString &b)
{
    std::vector<qsizetype> row(size_t(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        qsizetype diagonal = row[0];
        row[0] = i + 1;
        for (qsizetype j = 0; j < b.size(); ++j) {
            const qsizetype above = row[size_t(j) + 1];
            const qsizetype change = diagonal + (a[i] == b[j] ? 0 : 1);
            row[size_t(j) + 1] = std::min({above + 1, row[size_t(j)] + 1, change});
            diagonal = above;
        }
    }
    return row[size_t(b.size())];
}

QString nearestName(const QString &name, const QStringList &candidates)
{
    if (name.size() > 100) // Nobody's slip; and the work is quadratic.
        return {};
    QString best;
    qsizetype bestDistance = -1;
    for (const QString &candidate : candidates) {
        if (candidate.size() > 100)
            continue;
        const qsizetype longer = std::max(name.size(), candidate.size());
        const qsizetype distance = editDistance(name.toLower(), candidate.toLower());
        if (distance * 3 <= longer && (bestDistance < 0 || distance < bestDistance)) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

QString didYouMean(const QString &name, const QStringList &candidates)
{
    const QString nearest = nearestName(name, candidates);
    return nearest.isEmpty() ? QString() : u"; did you mean \"%1\"?"_s.arg(nearest);
}

} // namespace engine
