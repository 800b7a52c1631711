#pragma once

#include "engine/plan/view/graph_text.h"

#include <memory>

namespace engine {

/// Writes one graph in one language. Ids are "n1", "n2", ...; everything else is escaped here. Internal to
/// the views.
class GraphWriter
{
public:
    enum class Shape { Run, Map, Approval, Policy, Joint };
    enum class Look { Plain, Skipped, Waits, Denied, Open }; ///< Open: known only during the run.

    GraphWriter() = default;
    virtual ~GraphWriter() = default;
    Q_DISABLE_COPY_MOVE(GraphWriter)

    virtual void begin(const QString &title) = 0;
    virtual void node(const QString &id, const QStringList &lines, Shape shape, Look look) = 0;
    virtual void beginBox(const QString &id, const QString &title, Look look) = 0;
    virtual void endBox() = 0;
    virtual void edge(const QString &from, const QString &to) = 0;
    virtual QString end() = 0;

    static std::unique_ptr<GraphWriter> make(GraphFormat format);
};

} // namespace engine
