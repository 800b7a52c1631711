#pragma once

#include "engine/pack/expression/template.h"
#include "engine/pack/reader/problems.h"

#include <QSet>

namespace engine {

/// The steps of one list as seen from one of them, or from outside when position is their number.
struct StepLevel
{
    QStringList siblings{};
    qsizetype position = 0;
    bool sideBySide = false; ///< The children of a parallel: none sees another.
};

/// What an expression may name where it stands.
struct TemplateContext
{
    QStringList inputs{};      ///< Declared by the pack.
    QSet<QString> allSteps{};  ///< Every step id of the pack, for messages.
    QList<StepLevel> levels{}; ///< From the top of the pack inwards.
    bool inMap = false;        ///< `item` and `index` exist.
    bool inRule = false;       ///< `input` exists.
};

/// Parses the template at a text node and checks every name in it; what is wrong becomes a problem.
/// Nothing when it does not parse or the node is no text (also a problem).
std::optional<Template> checkTemplate(const NodeAt &at, const TemplateContext &context, Problems &problems);

/// checkTemplate() where plain text makes no sense: "expected an expression such as {{ inputs.x }}".
void checkExpression(const NodeAt &at, const TemplateContext &context, Problems &problems);

/// checkTemplate() on every text inside a node.
void checkTemplates(const NodeAt &at, const TemplateContext &context, Problems &problems);

} // namespace engine
