#pragma once

#include "engine/pack/expression/checker.h"
#include "engine/pack/expression/template.h"
#include "engine/pack/reader/problems.h"
#include "engine/pack/reader/step_list.h"

#include <QSet>

namespace engine {

/// The steps of one list as seen from one of them, or from outside when position is their number.
struct StepLevel
{
    std::shared_ptr<const StepList> list{}; ///< Not null. Shared by the contexts of everything below.
    qsizetype position = 0;
    bool sideBySide = false; ///< The children of a parallel: none sees another.
};

/// What an expression may name where it stands.
struct TemplateContext
{
    expr::ValueType inputs{};              ///< See typeOfInputs().
    expr::ValueType secrets{};             ///< See typeOfSecrets().
    QSet<QString> allSteps{};              ///< Every step id of the pack, for messages.
    QList<StepLevel> levels{};             ///< From the top of the pack inwards.
    std::optional<expr::ValueType> item{}; ///< Of the map around it: `item` and `index` exist.
    bool inRule = false;                   ///< `input` exists.
    bool inModule = false;                 ///< In a module's own document: only `inputs` exist.
};

/// Of what people see or what decides: no secret may go there. key names it for messages.
expr::Place openPlace(const QString &key, unsigned expected = expr::Any);

/// Of what only the step itself sees. name is for messages, as it stands there.
expr::Place secretPlace(const QString &name, unsigned expected = expr::Any);

/// Parses the template at a text node and checks it, see Template::check(); what is wrong becomes a problem.
/// The type of its value; any when it does not parse or the node is no text (also a problem).
expr::ValueType checkTemplate(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                              Problems &problems);

/// checkTemplate() where plain text makes no sense: "expected an expression such as {{ inputs.x }}".
expr::ValueType checkExpression(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                                Problems &problems);

/// checkTemplate() on every text inside a node. What place says of types is for the node as a whole.
/// The type of the node's value.
expr::ValueType checkTemplates(const NodeAt &at, const TemplateContext &context, const expr::Place &place,
                               Problems &problems);

} // namespace engine
