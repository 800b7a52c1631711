#pragma once

#include "engine/api/form/leaf_form.h"
#include "engine/api/values.h"

/// The JSON forms of packs, plans and simulations.
namespace engine::form {

template<>
inline constexpr int lastOf<InputType> = int(InputType::File);
template<>
inline constexpr int lastOf<SandboxMode> = int(SandboxMode::Sealed);
template<>
inline constexpr int lastOf<SimulatedOutcome> = int(SimulatedOutcome::UnknownUntilRun);
template<>
inline constexpr int lastOf<SecretState> = int(SecretState::AskedAtStart);

template<>
struct Form<InputSpec>
{
    static constexpr auto members = std::tuple(
        member(u"name", &InputSpec::name), member(u"type", &InputSpec::type),
        member(u"required", &InputSpec::required), optional(u"default", &InputSpec::defaultValue),
        optional(u"schema", &InputSpec::schema), optional(u"description", &InputSpec::description));
};

template<>
struct Form<ApprovalSpec>
{
    static constexpr auto members = std::tuple(
        member(u"id", &ApprovalSpec::id), member(u"required", &ApprovalSpec::required),
        member(u"approvers", &ApprovalSpec::approvers),
        member(u"allowSelfApproval", &ApprovalSpec::allowSelfApproval),
        member(u"expiresAfter", &ApprovalSpec::expiresAfter),
        member(u"requireReason", &ApprovalSpec::requireReason), optional(u"title", &ApprovalSpec::title),
        optional(u"reasonTemplate", &ApprovalSpec::reasonTemplate));
};

template<>
struct Form<PackDescription>
{
    static constexpr auto members = std::tuple(
        member(u"path", &PackDescription::path), member(u"name", &PackDescription::name),
        member(u"version", &PackDescription::version), member(u"digest", &PackDescription::digest),
        member(u"description", &PackDescription::description), member(u"inputs", &PackDescription::inputs),
        member(u"approvals", &PackDescription::approvals));
};

template<>
struct Form<PlanRequest>
{
    static constexpr auto members =
        std::tuple(member(u"pack", &PlanRequest::packPath), member(u"inputs", &PlanRequest::inputs),
                   optional(u"folder", &PlanRequest::folder));
};

template<>
struct Form<RunRequest>
{
    static constexpr auto members =
        std::tuple(inlined(&RunRequest::plan), optional(u"planHash", &RunRequest::expectedPlanHash),
                   optional(u"requestedBy", &RunRequest::requestedBy));
};

template<>
struct Form<SimulatedStep>
{
    static constexpr auto members =
        std::tuple(member(u"path", &SimulatedStep::path), member(u"kind", &SimulatedStep::kind),
                   member(u"outcome", &SimulatedStep::outcome), optional(u"reason", &SimulatedStep::reason),
                   member(u"wave", &SimulatedStep::wave), optional(u"finally", &SimulatedStep::isFinally));
};

template<>
struct Form<SecretFinding>
{
    static constexpr auto members =
        std::tuple(member(u"state", &SecretFinding::state), optional(u"detail", &SecretFinding::detail));
};

template<>
struct Form<SimulatedSecret>
{
    static constexpr auto members =
        std::tuple(member(u"name", &SimulatedSecret::name), member(u"required", &SimulatedSecret::required),
                   inlined(&SimulatedSecret::finding));
};

template<>
struct Form<EgressRule>
{
    static constexpr auto members =
        std::tuple(member(u"host", &EgressRule::host), member(u"port", &EgressRule::port));
};

template<>
struct Form<SandboxSpec>
{
    static constexpr auto members =
        std::tuple(optional(u"mode", &SandboxSpec::mode), optional(u"egress", &SandboxSpec::egress),
                   optional(u"recordViolations", &SandboxSpec::recordViolations));
};

template<>
struct Form<SimulatedRequest>
{
    static constexpr auto members = std::tuple(
        member(u"path", &SimulatedRequest::path), member(u"target", &SimulatedRequest::target),
        member(u"known", &SimulatedRequest::isKnown), member(u"allowed", &SimulatedRequest::isAllowed));
};

template<>
struct Form<ModuleUse>
{
    static constexpr auto members =
        std::tuple(member(u"name", &ModuleUse::name), member(u"digest", &ModuleUse::digest),
                   optional(u"command", &ModuleUse::command));
};

template<>
struct Form<Simulation>
{
    static constexpr auto members =
        std::tuple(member(u"planHash", &Simulation::planHash), member(u"steps", &Simulation::steps),
                   member(u"waves", &Simulation::waves), member(u"approvals", &Simulation::approvals),
                   member(u"secrets", &Simulation::secrets), member(u"sandbox", &Simulation::sandbox),
                   member(u"requests", &Simulation::requests), member(u"modules", &Simulation::modules));
};

} // namespace engine::form
