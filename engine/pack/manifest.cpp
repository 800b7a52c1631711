#include "engine/pack/manifest.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

// NOLINTNEXTLINE(misc-no-recursion): over steps, which the reader nests at most 8 levels deep
bool StepSpec::operator==(const StepSpec &) const = default;

template<class Spec>
static const Spec *findById(const QList<Spec> &specs, const QString &id)
{
    const auto found =
        std::find_if(specs.begin(), specs.end(), [&id](const Spec &spec) { return spec.id == id; });
    return found == specs.end() ? nullptr : &*found;
}

const ApprovalSpec *Manifest::approval(const QString &id) const
{
    return findById(approvals, id);
}

const PolicySpec *Manifest::policy(const QString &id) const
{
    return findById(policies, id);
}

const ModuleSpec *Manifest::module(const QString &moduleName) const
{
    const auto found = std::find_if(modules.begin(), modules.end(), [&moduleName](const ModuleSpec &spec) {
        return spec.name == moduleName;
    });
    return found == modules.end() ? nullptr : &*found;
}

QString toString(InputType type)
{
    switch (type) {
    case InputType::String: return u"string"_s;
    case InputType::Integer: return u"integer"_s;
    case InputType::Number: return u"number"_s;
    case InputType::Boolean: return u"boolean"_s;
    case InputType::Array: return u"array"_s;
    case InputType::Object: return u"object"_s;
    case InputType::File: return u"file"_s;
    }
    Q_UNREACHABLE();
}

QString toString(StepKind kind)
{
    switch (kind) {
    case StepKind::Run: return u"run"_s;
    case StepKind::Parallel: return u"parallel"_s;
    case StepKind::Map: return u"map"_s;
    case StepKind::Approval: return u"gate.approval"_s;
    case StepKind::Policy: return u"gate.policy"_s;
    }
    Q_UNREACHABLE();
}

QString toString(FailurePolicy policy)
{
    switch (policy) {
    case FailurePolicy::StopScheduling: return u"stop-scheduling"_s;
    case FailurePolicy::CancelRunning: return u"cancel-running"_s;
    case FailurePolicy::Continue: return u"continue"_s;
    }
    Q_UNREACHABLE();
}

QString toString(PolicyEngine engine)
{
    switch (engine) {
    case PolicyEngine::Rules: return u"rules"_s;
    case PolicyEngine::Opa: return u"opa"_s;
    }
    Q_UNREACHABLE();
}

QString toString(SandboxMode mode)
{
    switch (mode) {
    case SandboxMode::Open: return u"open"_s;
    case SandboxMode::Sealed: return u"sealed"_s;
    }
    Q_UNREACHABLE();
}

} // namespace engine
