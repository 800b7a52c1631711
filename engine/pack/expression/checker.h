#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/ast.h"
#include "engine/pack/expression/value_type.h"

#include <QList>

namespace engine::expr {

/// The types of what an expression may name, where it stands. Errors say why something cannot be named there.
class TypeScope
{
public:
    virtual ~TypeScope() = default;

    /// Of a root as a whole. "steps" and "secrets" have no type of their own, but may be missing.
    virtual Result<ValueType> root(const QString &name) const = 0;
    /// Of inputs.NAME, secrets.NAME or steps.ID, where there is such a root.
    virtual Result<ValueType> member(const QString &root, const QString &name) const = 0;
    /// "; did you mean \"x\"?", or nothing. The work must be bounded, however many errors there are.
    virtual QString hint(const QString &name, const QStringList &candidates) const = 0;
};

/// What the value of a template is for.
struct Place
{
    QString name{};           ///< For messages: "\"when\"".
    unsigned expected = Any;  ///< The types that its value may have, see Type.
    QString expectedName{};   ///< For messages; empty: by the types.
    QString expectedMember{}; ///< What an object must have to fit; empty: nothing.
    QString secretsOnly{};    ///< Where secrets may go instead; empty: they may be used here.
};

struct Problem
{
    qsizetype offset = 0; ///< In the template's text.
    QString message{};
    bool isCertain = true; ///< Evaluating fails whatever the values are. False in what may not be evaluated.
};

/// What was found out about one expression.
struct Findings
{
    ValueType type{};
    QList<Problem> problems{};
    QList<Problem> secrets{}; ///< Where a secret is named; message is how it is called.
};

/// Checks one expression against the types of its scope, by the rules of evaluate(): a problem is what fails
/// whatever values of those types there are, wherever in the expression it stands. What only some values make
/// fail is none. text is that of its template.
///
/// A secret taints everything that is made of it, conditions included.
Findings check(const Node &node, const QString &text, const TypeScope &scope);

/// What does not fit about a value of this type in a place; empty when it may fit.
QString misfit(const ValueType &type, const Place &place);

/// What check() says of a whole template.
struct Checked
{
    ValueType type{};
    QList<Error> problems{};  ///< With their positions.
    bool alwaysFails = false; ///< Some problem is certain to stop each evaluation.
};

} // namespace engine::expr
