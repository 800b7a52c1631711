#include "app/cli/format.h"

using namespace Qt::StringLiterals;

namespace cli {

engine::Result<Format> formatOf(const Options &options)
{
    if (options.json && !options.format.isEmpty() && options.format != u"json"_s)
        return engine::invalid(u"--json and --format %1 exclude each other"_s.arg(options.format));
    if (options.format == u"dot"_s)
        return Format::Dot;
    if (options.format == u"mermaid"_s)
        return Format::Mermaid;
    return options.json || options.format == u"json"_s ? Format::Json : Format::Text;
}

} // namespace cli
