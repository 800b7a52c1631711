#include "engine/pack/schema/reference_graph.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace engine::schema {

static Error problem(const QString &owner, QString message)
{
    return {ErrorCode::InvalidInput, std::move(message), {{}, 0, 0, owner + u"/$ref"_s}, {}};
}

void ReferenceGraph::addReference(const QString &owner, const QString &target)
{
    m_references.insert(owner, target);
    addInPlace(owner, target);
}

QList<Error> ReferenceGraph::problems() const
{
    QList<Error> problems;
    for (auto it = m_references.begin(); it != m_references.end(); ++it) {
        if (!m_schemas.contains(it.value()))
            problems += problem(it.key(), u"reference \"#%1\" names no schema"_s.arg(it.value()));
    }
    return problems.isEmpty() ? circles() : problems;
}

/// Takes away, again and again, a schema that no other one leads to (Kahn 1962); what is left are circles.
QList<Error> ReferenceGraph::circles() const
{
    constexpr double maxWays = 10'000; // One value, checked that often by one schema.
    QHash<QString, int> incoming;
    for (const QStringList &targets : m_edges) {
        for (const QString &target : targets)
            ++incoming[target];
    }
    QStringList open;
    for (const QString &path : m_schemas) {
        if (!incoming.contains(path))
            open += path;
    }
    QHash<QString, double> ways;
    qsizetype done = 0;
    while (!open.isEmpty()) {
        const QString path = open.takeLast();
        const double own = ++ways[path];
        ++done;
        if (own > maxWays)
            return {problem(path, u"schemas refer to each other in too many ways"_s)};
        for (const QString &target : m_edges.value(path)) {
            ways[target] += own;
            if (--incoming[target] == 0)
                open += target;
        }
    }
    if (done == m_schemas.size())
        return {};
    for (auto it = m_references.begin(); it != m_references.end(); ++it) {
        if (incoming.value(it.key()) > 0)
            return {problem(it.key(),
                            u"reference \"#%1\" leads back to itself for the same value"_s.arg(it.value()))};
    }
    Q_UNREACHABLE(); // Only a reference can close a circle.
}

} // namespace engine::schema
