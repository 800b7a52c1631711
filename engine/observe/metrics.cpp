#include "engine/observe/metrics.h"

#include "engine/observe/process_usage.h"

#include <algorithm>
#include <map>
#include <optional>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using prometheus::ClientMetric;
using prometheus::Counter;
using prometheus::Histogram;
using prometheus::MetricFamily;
using prometheus::MetricType;
using prometheus::Registry;

/// In seconds: from steps that only look something up to those that take half a day.
const Histogram::BucketBoundaries stepBounds{0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 14400, 43200};
/// In seconds: a synced commit takes about 0.15 ms on a good disk; one second is trouble.
const Histogram::BucketBoundaries commitBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                               0.01,   0.025,   0.05,   0.1,   0.25,   1};

constexpr std::pair<AttemptOutcome, const char *> outcomes[] = {
    {AttemptOutcome::Succeeded, "succeeded"},     {AttemptOutcome::Failed, "failed"},
    {AttemptOutcome::TimedOut, "timed-out"},      {AttemptOutcome::Cancelled, "cancelled"},
    {AttemptOutcome::Interrupted, "interrupted"},
};

constexpr RunState activeStates[] = {RunState::Queued, RunState::Running, RunState::Waiting,
                                     RunState::Cancelling, RunState::Interrupted};

Counter &counter(Registry &registry, const char *name, const char *help)
{
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

ClientMetric valueOf(MetricType type, double value)
{
    ClientMetric metric;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    return metric;
}

MetricFamily single(const char *name, const char *help, MetricType type, double value)
{
    return {name, help, type, {valueOf(type, value)}};
}

std::vector<MetricFamily> levelFamilies(const Levels &levels, Timestamp now)
{
    MetricFamily runs{"taskrunner_active_runs", "Runs that have not ended, by state.", MetricType::Gauge, {}};
    for (const RunState state : activeStates) {
        ClientMetric metric = valueOf(MetricType::Gauge, levels.runs.value(state));
        metric.label = {{"state", toString(state).toStdString()}};
        runs.metric.push_back(metric);
    }
    const auto oldest = std::ranges::min_element(levels.gates);
    const std::chrono::duration<double> age =
        oldest == levels.gates.end() ? std::chrono::milliseconds(0) : now - *oldest;
    return {runs,
            single("taskrunner_incident_mode", "1 while incident mode is on and nothing new is started.",
                   MetricType::Gauge, levels.isIncident ? 1 : 0),
            single("taskrunner_queue_depth", "Steps that are ready and wait for a slot.", MetricType::Gauge,
                   double(levels.readySteps)),
            single("taskrunner_gates_waiting", "Gates that wait for people.", MetricType::Gauge,
                   double(levels.gates.size())),
            single("taskrunner_oldest_gate_wait_seconds",
                   "How long the gate that was requested first has waited for people; 0 when none waits.",
                   MetricType::Gauge, std::max(0.0, age.count()))};
}

/// Under the names that the client libraries of Prometheus agreed on.
std::vector<MetricFamily> processFamilies()
{
    const ProcessUsage usage = processUsage();
    std::vector<MetricFamily> families;
    const auto add = [&families](const char *name, const char *help, MetricType type, auto value) {
        if (value)
            families.push_back(single(name, help, type, double(*value)));
    };
    add("process_cpu_seconds_total", "User and system CPU time that the process has used, in seconds.",
        MetricType::Counter, usage.cpuSeconds);
    add("process_resident_memory_bytes", "Resident memory of the process in bytes.", MetricType::Gauge,
        usage.residentBytes);
    add("process_open_fds", "Open file descriptors of the process.", MetricType::Gauge,
        usage.openDescriptors);
    add("process_start_time_seconds", "When the process was started, in seconds since 1970.",
        MetricType::Gauge, usage.startSeconds);
    return families;
}

} // namespace

struct Metrics::Impl
{
    Impl();

    Registry registry;
    std::map<AttemptOutcome, Counter *> attempts;
    std::map<StepState, Histogram *> steps;
    Counter *retries = nullptr;
    Counter *logLines = nullptr;
    Counter *logBytes = nullptr;
    Histogram *commits = nullptr;
};

Metrics::Impl::Impl()
{
    auto &attemptFamily = prometheus::BuildCounter()
                              .Name("taskrunner_attempts_total")
                              .Help("Attempts of steps that ended, by what they came to.")
                              .Register(registry);
    for (const auto &[outcome, name] : outcomes)
        attempts[outcome] = &attemptFamily.Add({{"outcome", name}});
    auto &stepFamily = prometheus::BuildHistogram()
                           .Name("taskrunner_step_duration_seconds")
                           .Help("How long steps that ran took, from the start of the first attempt to the "
                                 "end of the last, by what they came to.")
                           .Register(registry);
    for (const StepState state : {StepState::Succeeded, StepState::Failed, StepState::Cancelled})
        steps[state] = &stepFamily.Add({{"result", toString(state).toStdString()}}, stepBounds);
    retries =
        &counter(registry, "taskrunner_retries_total", "Attempts that were scheduled after one that failed.");
    logLines = &counter(registry, "taskrunner_log_lines_total", "Log lines that were stored.");
    logBytes = &counter(registry, "taskrunner_log_bytes_total",
                        "Bytes of the texts of log lines that were stored, in UTF-8.");
    commits = &prometheus::BuildHistogram()
                   .Name("taskrunner_store_commit_duration_seconds")
                   .Help("How long the commits of the store's transactions took.")
                   .Register(registry)
                   .Add({}, commitBounds);
}

Metrics::Metrics()
    : m_impl(std::make_unique<Impl>())
{
}

Metrics::~Metrics() = default;

void Metrics::attemptEnded(AttemptOutcome outcome)
{
    m_impl->attempts.at(outcome)->Increment();
}

void Metrics::retryScheduled()
{
    m_impl->retries->Increment();
}

void Metrics::stepEnded(StepState state, std::chrono::milliseconds took)
{
    // The wall clock may have been set back meanwhile.
    m_impl->steps.at(state)->Observe(std::max(0.0, std::chrono::duration<double>(took).count()));
}

void Metrics::committed(std::chrono::nanoseconds took)
{
    m_impl->commits->Observe(std::chrono::duration<double>(took).count());
}

void Metrics::logLinesStored(qint64 lines, qint64 bytes)
{
    m_impl->logLines->Increment(double(lines));
    m_impl->logBytes->Increment(double(bytes));
}

QByteArray Metrics::text(const Levels &levels, Timestamp now) const
{
    std::vector<MetricFamily> families = m_impl->registry.Collect();
    std::ranges::move(levelFamilies(levels, now), std::back_inserter(families));
    std::ranges::move(processFamilies(), std::back_inserter(families));
    std::ranges::sort(families, {}, &MetricFamily::name);
    for (MetricFamily &family : families) // The registry gives them in the order of hashes.
        std::ranges::sort(family.metric, {}, &ClientMetric::label);
    return QByteArray::fromStdString(prometheus::TextSerializer().Serialize(families));
}

} // namespace engine
