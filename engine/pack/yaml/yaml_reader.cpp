#include "engine/pack/yaml/source_text.h"
#include "engine/pack/yaml/tree_builder.h"
#include "engine/pack/yaml/yaml_document.h"

#include <istream>
#include <streambuf>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Gives a stream the bytes of a text that outlives it, without a copy.
class TextBuffer : public std::streambuf
{
public:
    explicit TextBuffer(const QByteArray &text)
    {
        // The base class wants to be able to write, but reading never does.
        char *begin = const_cast<char *>(text.constData()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
        setg(begin, begin, begin + text.size());
    }
};

/// Directives would change what the text means; the one that says what holds anyway is accepted.
Result<> checkDirectives(const QByteArray &text, const QString &fileName)
{
    int number = 0;
    for (qsizetype start = 0; start < text.size(); start = text.indexOf('\n', start) + 1) {
        ++number;
        const qsizetype end = text.indexOf('\n', start);
        const QByteArray line = text.mid(start, end < 0 ? -1 : end - start).trimmed();
        if (line.startsWith('%') && line != "%YAML 1.2") {
            const QString shown = QString::fromUtf8(line.left(40));
            return Error{ErrorCode::InvalidInput,
                         u"directive \"%1\" is not accepted; expected YAML 1.2"_s.arg(shown),
                         {fileName, number, 1, {}},
                         {}};
        }
        if (end < 0 || (!line.isEmpty() && !line.startsWith('#') && !line.startsWith('%')))
            break;
    }
    return {};
}

Error syntaxError(const YAML::Exception &exception, const QString &fileName)
{
    const YamlMark mark = exception.mark.is_null() ? YamlMark{1, 1} : markOf(exception.mark);
    QString message = QString::fromStdString(exception.msg);
    if (dynamic_cast<const YAML::DeepRecursion *>(&exception))
        message = u"nested too deep"_s;
    return {
        ErrorCode::InvalidInput, u"not valid YAML: "_s + message, {fileName, mark.line, mark.column, {}}, {}};
}

} // namespace

Result<YamlDocument> readYaml(const QByteArray &text, const QString &fileName, const YamlLimits &limits)
{
    TreeBuilder builder(text, fileName, limits);
    try {
        if (text.size() > limits.maxBytes)
            builder.stop(
                {1, 1},
                u"the text has %1 bytes; at most %2 are read"_s.arg(text.size()).arg(limits.maxBytes));
        if (const auto checked = checkSourceText(text, fileName); !checked)
            return checked.error();
        if (const auto checked = checkDirectives(text, fileName); !checked)
            return checked.error();
        TextBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
        if (builder.isEmpty())
            builder.stop({1, 1}, u"the text holds no document"_s);
    } catch (const Stop &stop) {
        return stop.error;
    } catch (const YAML::Exception &exception) {
        return syntaxError(exception, fileName);
    }
    return builder.take();
}

} // namespace engine
