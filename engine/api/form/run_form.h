#pragma once

#include "engine/api/form/leaf_form.h"
#include "engine/record/anchor.h"
#include "engine/record/run_record.h"
#include "engine/store/store.h"

/// The JSON forms of errors and of a run's history.
namespace engine::form {

template<>
inline constexpr int lastOf<ErrorCode> = int(ErrorCode::StaleJournal);
template<>
inline constexpr int lastOf<RunState> = int(RunState::Interrupted);
template<>
inline constexpr int lastOf<StepState> = int(StepState::Interrupted);
template<>
inline constexpr int lastOf<LogLevel> = int(LogLevel::Error);
template<>
inline constexpr int lastOf<AnchorKind> = int(AnchorKind::Authority);
template<>
inline constexpr int lastOf<AnchorState> = int(AnchorState::Failed);
template<>
inline constexpr int lastOf<StepResolution::Outcome> = int(StepResolution::Succeeded);

template<>
struct Form<SourcePos>
{
    static constexpr auto members =
        std::tuple(optional(u"file", &SourcePos::file), optional(u"line", &SourcePos::line),
                   optional(u"column", &SourcePos::column), optional(u"pointer", &SourcePos::path));
};

template<>
struct Form<Error>
{
    static constexpr auto members =
        std::tuple(member(u"code", &Error::code), member(u"message", &Error::message), inlined(&Error::where),
                   optional(u"errors", &Error::causes));
};

template<>
struct Form<RunSummary>
{
    static constexpr auto members = std::tuple(
        member(u"runId", &RunSummary::id), member(u"packName", &RunSummary::packName),
        member(u"packVersion", &RunSummary::packVersion), member(u"packDigest", &RunSummary::packDigest),
        member(u"planHash", &RunSummary::planHash), member(u"state", &RunSummary::state),
        member(u"partial", &RunSummary::partial), optional(u"reason", &RunSummary::reason),
        member(u"requestedBy", &RunSummary::requestedBy), member(u"tenant", &RunSummary::tenant),
        member(u"requestedAt", &RunSummary::requestedAt), member(u"createdAt", &RunSummary::createdAt),
        member(u"updatedAt", &RunSummary::updatedAt), optional(u"completedAt", &RunSummary::completedAt));
};

template<>
struct Form<StepRecord>
{
    static constexpr auto members = std::tuple(
        member(u"path", &StepRecord::path), member(u"state", &StepRecord::state),
        optional(u"reason", &StepRecord::reason), member(u"attempts", &StepRecord::attempts),
        optional(u"lastTransitionAt", &StepRecord::lastTransitionAt),
        optional(u"nextAttemptAt", &StepRecord::nextAttemptAt), optional(u"outputs", &StepRecord::outputs));
};

template<>
struct Form<ResourceUsage>
{
    static constexpr auto members = std::tuple(member(u"userMicroseconds", &ResourceUsage::userTime),
                                               member(u"systemMicroseconds", &ResourceUsage::systemTime),
                                               member(u"peakMemoryBytes", &ResourceUsage::peakMemoryBytes),
                                               member(u"writtenBytes", &ResourceUsage::writtenBytes));
};

template<>
struct Form<AttemptRecord>
{
    static constexpr auto members = std::tuple(
        member(u"path", &AttemptRecord::path), member(u"attempt", &AttemptRecord::attempt),
        optional(u"pid", &AttemptRecord::pid), optional(u"processStart", &AttemptRecord::startTime),
        optional(u"bootId", &AttemptRecord::bootId), optional(u"startedAt", &AttemptRecord::startedAt),
        optional(u"finishedAt", &AttemptRecord::finishedAt), optional(u"exitCode", &AttemptRecord::exitCode),
        optional(u"signal", &AttemptRecord::signal), optional(u"usage", &AttemptRecord::usage));
};

/// As toJson(const RunEvent &) writes it.
template<>
struct Form<RunEvent>
{
    static constexpr auto members =
        std::tuple(member(u"runId", &RunEvent::run), member(u"sequence", &RunEvent::sequence),
                   member(u"timestamp", &RunEvent::timestamp), member(u"type", &RunEvent::type),
                   member(u"stepPath", &RunEvent::stepPath), member(u"data", &RunEvent::data),
                   member(u"previousHash", &RunEvent::previousHash), member(u"hash", &RunEvent::hash));
};

template<>
struct Form<LogLine>
{
    static constexpr auto members =
        std::tuple(member(u"sequence", &LogLine::sequence), member(u"timestamp", &LogLine::timestamp),
                   member(u"level", &LogLine::level), member(u"eventType", &LogLine::eventType),
                   member(u"message", &LogLine::message), optional(u"step", &LogLine::stepPath),
                   optional(u"attempt", &LogLine::attempt), optional(u"continues", &LogLine::continues),
                   optional(u"invalidUtf8", &LogLine::invalidUtf8));
};

template<>
struct Form<Artifact>
{
    static constexpr auto members =
        std::tuple(member(u"artifactId", &Artifact::id), member(u"name", &Artifact::name),
                   member(u"step", &Artifact::stepPath), member(u"type", &Artifact::type),
                   optional(u"storedPath", &Artifact::storedPath), member(u"sha256", &Artifact::sha256),
                   member(u"size", &Artifact::sizeBytes), member(u"status", &Artifact::status),
                   optional(u"notes", &Artifact::notes), member(u"capturedAt", &Artifact::capturedAt));
};

template<>
struct Form<AnchorRecord>
{
    static constexpr auto members =
        std::tuple(member(u"kind", &AnchorRecord::kind), member(u"state", &AnchorRecord::state),
                   optional(u"reason", &AnchorRecord::reason), optional(u"service", &AnchorRecord::service),
                   optional(u"tries", &AnchorRecord::tries), optional(u"changedAt", &AnchorRecord::changedAt),
                   optional(u"nextTryAt", &AnchorRecord::nextTryAt));
};

template<>
struct Form<StepResolution>
{
    static constexpr auto members =
        std::tuple(member(u"outcome", &StepResolution::outcome), optional(u"reason", &StepResolution::reason),
                   optional(u"by", &StepResolution::by));
};

template<>
struct Form<RunFilter>
{
    static constexpr auto members =
        std::tuple(optional(u"states", &RunFilter::states), optional(u"packName", &RunFilter::packName),
                   member(u"limit", &RunFilter::limit), optional(u"before", &RunFilter::before));
};

template<>
struct Form<LogQuery>
{
    static constexpr auto members =
        std::tuple(member(u"runId", &LogQuery::run), member(u"after", &LogQuery::after),
                   member(u"limit", &LogQuery::limit), optional(u"step", &LogQuery::stepPath),
                   optional(u"minLevel", &LogQuery::minLevel), optional(u"text", &LogQuery::text));
};

} // namespace engine::form
