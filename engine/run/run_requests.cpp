#include "engine/base/duration.h"
#include "engine/run/run_execution_p.h"

using namespace Qt::StringLiterals;

/// The part of RunExecution that sends the requests of builtin:http: by the engine itself, without a process.
namespace engine {

void RunExecution::startRequest(int id)
{
    ActiveAttempt &active = *m_active.at(id);
    m_launched += id;
    active.record.startedAt = m_context.clock.now();
    addEvent(u"attempt-started"_s, id, {{u"attempt"_s, active.spec.attempt}});
    m_change.attempts += active.record;
}

void RunExecution::sendRequest(int id)
{
    ActiveAttempt &active = *m_active.at(id);
    const HttpRequest &request = *active.request;
    note(active.spec.stepPath, LogLevel::Info,
         u"%1 %2"_s.arg(QString::fromLatin1(request.method), displayText(request.address)));
    HttpOptions options;
    options.egress = egressOf(m_plan.sandbox());
    options.timeout = active.spec.spec.timeout.value_or(options.timeout);
    active.sentAt = m_context.clock.now();
    active.call = std::make_unique<HttpCall>(request, options, m_context.clock);
    connect(active.call.get(), &HttpCall::finished, this,
            [this, id](const HttpOutcome &outcome) { answered(id, outcome); });
    active.call->start();
}

void RunExecution::answered(int id, const HttpOutcome &outcome)
{
    ActiveAttempt &active = *m_active.at(id);
    active.call.release()->deleteLater(); // It is the sender.
    if (const auto *failure = std::get_if<HttpFailure>(&outcome)) {
        active.timedOut = failure->kind == HttpFailure::TimedOut;
        return endAttempt(id, StepState::Failed, failure->message);
    }
    const auto &response = std::get<HttpResponse>(outcome);
    const Timestamp now = m_context.clock.now();
    note(active.spec.stepPath, LogLevel::Info,
         u"status %1, %2 bytes in %3"_s.arg(response.status)
             .arg(response.body.size())
             .arg(toWords(std::max(now - active.sentAt, std::chrono::milliseconds(0)))));
    collect(id, [spec = active.spec, response, now] { return collectResponse(spec, response, now); });
}

} // namespace engine
