#include "engine/pack/expression/value.h"
#include "engine/pack/module_folder.h"
#include "engine/run/run_execution_p.h"

using namespace Qt::StringLiterals;

/// The part of RunExecution that uses modules of the pack's own.
namespace engine {

/// What the module says of itself, read once in a run. It is still the one that was planned, or the step
/// fails.
Result<const ModuleSpec *> RunExecution::moduleSpec(const ModuleUse &module)
{
    auto known = m_modules.constFind(module.name);
    if (known == m_modules.cend()) {
        const auto read = readModuleFolder(m_folder.module(module.name));
        if (!read)
            return read.error();
        if (read->digest != module.digest)
            return Error{ErrorCode::Conflict,
                         u"module \"%1\" is no longer the one that was planned"_s.arg(module.name),
                         {},
                         {}};
        known = m_modules.insert(module.name, *read);
    }
    return &*known;
}

/// Checks the values of `with` against the module and evaluates its command with them.
Result<> RunExecution::prepareModule(AttemptSpec &attempt)
{
    const ModuleUse &use = attempt.spec.module;
    const auto module = moduleSpec(use);
    if (!module)
        return module.error();
    const auto bound = bindInputs((*module)->inputs, attempt.with);
    if (!bound)
        return invalid(u"module \"%1\": %2"_s.arg(use.name, partsOf(bound.error()).first().toString()));
    attempt.with = bound->values;
    attempt.moduleFolder = m_folder.module(use.name);
    attempt.inputsFile = attempt.folder + u"/inputs.json"_s;
    Scope scope;
    scope.inputs = bound->values;
    for (const QString &argument : use.command) {
        const auto value = evaluateAll(argument, scope);
        const auto text = value ? expr::textOf(*value) : Result<QString>(value.error());
        if (!text)
            return invalid(u"module \"%1\": %2"_s.arg(use.name, text.error().message));
        attempt.command += *text;
    }
    return {};
}

} // namespace engine
