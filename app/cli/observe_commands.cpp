#include "app/cli/commands.h"
#include "app/cli/service.h"
#include "app/cli/terminal.h"

using namespace Qt::StringLiterals;

namespace cli {

ExitCode metrics(const Options &options)
{
    const auto service = openService(options, Mode::Ask);
    if (!service)
        return fail(service.error(), options.json);
    const auto text = await((*service)->metrics());
    if (!text)
        return fail(text.error(), options.json);
    if (options.json)
        outJson(
            {{u"contentType"_s, u"text/plain; version=0.0.4"_s}, {u"metrics"_s, QString::fromUtf8(*text)}});
    else
        outBytes(*text);
    return ExitCode::Good;
}

} // namespace cli
