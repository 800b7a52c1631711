#pragma once

#include "engine/base/result.h"
#include "engine/pack/expression/value_type.h"

#include <QJsonArray>
#include <QList>
#include <QStringList>

namespace engine::expr {

/// A function of the language.
struct Function
{
    static constexpr int anyNumber = -1;

    QStringView name;
    /// The types of each parameter, see Type. Arguments beyond the last have its type.
    QList<unsigned> parameters;
    int minArguments = 0;
    int maxArguments = 0; ///< Or anyNumber.
    /// Called with arguments that fit; checks what it is about to build. Pure.
    /// Fails with NotFound where it finds nothing to give, which default() answers. Null for default()
    /// itself, which is the evaluator's: it must not evaluate its second argument in vain.
    Result<QJsonValue> (*call)(const QList<QJsonValue> &arguments) = nullptr;
    unsigned result = Any; ///< The types that it may give.
    /// More on what it gives, from the types of arguments that fit; null: result is all there is to say.
    /// Fails where no values of these types can be taken.
    Result<ValueType> (*type)(const QList<ValueType> &arguments) = nullptr;
    bool mayGrow = false; ///< A few characters can make it give a lot.
};

/// Null when there is none of that name.
const Function *findFunction(QStringView name);

QStringList functionNames();

/// "takes 1 argument", "takes 1 or 2 arguments", "takes at least 1 argument".
QString argumentRule(const Function &function);

} // namespace engine::expr
