#pragma once

#include "engine/api/form/gate_form.h"
#include "engine/api/form/plan_form.h"
#include "engine/api/form/run_form.h"

/// The JSON forms of every value of the port: form::write() and fromJson().
namespace engine::form {

template<>
struct Form<RunView>
{
    static constexpr auto members = std::tuple(
        inlined(&RunView::summary), member(u"outline", &RunView::outline), member(u"steps", &RunView::steps),
        member(u"attempts", &RunView::attempts), member(u"gates", &RunView::gates),
        member(u"decisions", &RunView::decisions), member(u"policies", &RunView::policies),
        member(u"artifacts", &RunView::artifacts), optional(u"anchors", &RunView::anchors),
        member(u"inputs", &RunView::inputs), member(u"outputs", &RunView::outputs),
        member(u"lastLogSequence", &RunView::lastLogSequence));
};

template<>
struct Form<PlanPreview>
{
    static constexpr auto members = std::tuple(
        member(u"packName", &PlanPreview::packName), member(u"packVersion", &PlanPreview::packVersion),
        member(u"planHash", &PlanPreview::planHash), member(u"canonical", &PlanPreview::canonical),
        member(u"outline", &PlanPreview::outline), member(u"simulation", &PlanPreview::simulation));
};

template<>
struct Form<Incident>
{
    static constexpr auto members = std::tuple(
        member(u"on", &Incident::isOn), member(u"by", &Incident::by), member(u"reason", &Incident::reason),
        optional(u"since", &Incident::since), optional(u"snapshot", &Incident::snapshot),
        optional(u"snapshotSha256", &Incident::snapshotSha256),
        optional(u"snapshotError", &Incident::snapshotError));
};

template<>
struct Form<IncidentSwitch>
{
    static constexpr auto members =
        std::tuple(member(u"on", &IncidentSwitch::on), optional(u"reason", &IncidentSwitch::reason),
                   optional(u"by", &IncidentSwitch::by));
};

template<>
struct Form<ServiceInfo>
{
    static constexpr auto members =
        std::tuple(member(u"source", &ServiceInfo::source), member(u"operator", &ServiceInfo::operatorName),
                   member(u"engineKeyId", &ServiceInfo::engineKeyId),
                   member(u"dataDir", &ServiceInfo::dataDir), member(u"version", &ServiceInfo::version),
                   member(u"trouble", &ServiceInfo::trouble), member(u"incident", &ServiceInfo::incident));
};

} // namespace engine::form
