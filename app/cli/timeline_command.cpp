#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"
#include "engine/api/timeline/timeline.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::Result;
using engine::TimelineFormat;

static Result<TimelineFormat> timelineFormat(const Options &options)
{
    if (options.json && !options.format.isEmpty() && options.format != u"jsonl"_s)
        return engine::invalid(u"--json and --format %1 exclude each other"_s.arg(options.format));
    if (options.format == u"chrome"_s)
        return TimelineFormat::Chrome;
    return options.json || options.format == u"jsonl"_s ? TimelineFormat::JsonLines : TimelineFormat::Text;
}

ExitCode timeline(const Options &options)
{
    const auto format = timelineFormat(options);
    if (!format)
        return fail(format.error(), options.json);
    const auto service = openService(options, Mode::Read);
    if (!service)
        return fail(service.error(), options.json);
    const auto id = runId(**service, options.run);
    if (!id)
        return fail(id.error(), options.json);
    const auto view = await((*service)->run(*id));
    if (!view)
        return fail(view.error(), options.json);
    const auto events = await((*service)->events(*id, 0));
    if (!events)
        return fail(events.error(), options.json);
    const QByteArray bytes = engine::timelineIn(*format, *view, *events, engine::SystemClock().now());
    if (const auto written = writeOutput(bytes, options.output); !written)
        return fail(written.error(), options.json);
    return ExitCode::Good;
}

} // namespace cli
