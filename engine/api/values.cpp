#include "engine/api/values.h"

#include "engine/api/form/forms.h"

namespace engine {

QJsonObject toJson(const Error &error)
{
    return form::write(error).toObject();
}

QJsonObject toJson(const RunSummary &run)
{
    return form::write(run).toObject();
}

QJsonObject toJson(const StepRecord &step)
{
    return form::write(step).toObject();
}

QJsonObject toJson(const AttemptRecord &attempt)
{
    return form::write(attempt).toObject();
}

QJsonObject toJson(const Decision &decision)
{
    return form::write(decision).toObject();
}

QJsonObject toJson(const PolicyDecision &decision)
{
    return form::write(decision).toObject();
}

QJsonObject toJson(const Artifact &artifact)
{
    return form::write(artifact).toObject();
}

QJsonObject toJson(const AnchorRecord &anchor)
{
    return form::write(anchor).toObject();
}

QJsonObject toJson(const LogLine &line)
{
    return form::write(line).toObject();
}

QJsonObject toJson(const PackDescription &pack)
{
    return form::write(pack).toObject();
}

QJsonObject toJson(const RunView &view)
{
    return form::write(view).toObject();
}

} // namespace engine
