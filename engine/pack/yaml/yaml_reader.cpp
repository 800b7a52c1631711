#include "engine/base/json.h"
#include "engine/pack/yaml/source_text.h"
#include "engine/pack/yaml/yaml_document.h"
#include "engine/pack/yaml/yaml_scalar.h"

#include <QHash>
#include <QSet>
#include <QStringDecoder>

#include <optional>
#include <sstream>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxProblems = 100;

/// Leaves the parser from inside an event; caught in readYaml().
struct Stop
{
    Error error;
};

/// A list or mapping that is being read.
struct Frame
{
    std::shared_ptr<YamlNode> node{};
    YAML::anchor_t anchor = 0;
    bool hasKey = false;             ///< Mapping: a key was read, its value comes next.
    std::optional<YamlMember> key{}; ///< Empty for a key that is an error; its value is read and dropped.
    QSet<QString> names{};
};

class TreeBuilder : public YAML::EventHandler
{
public:
    TreeBuilder(const QByteArray &text, const QString &fileName, const YamlLimits &limits)
        : m_text(text)
        , m_file(fileName)
        , m_limits(limits)
    {
    }

    void OnDocumentStart(const YAML::Mark &mark) override; // NOLINT(readability-identifier-naming)
    void OnDocumentEnd() override {}                       // NOLINT(readability-identifier-naming)
    void OnNull(const YAML::Mark &mark,
                YAML::anchor_t anchor) override; // NOLINT(readability-identifier-naming)
    void OnAlias(const YAML::Mark &mark,
                 YAML::anchor_t anchor) override; // NOLINT(readability-identifier-naming)
    // NOLINTNEXTLINE(readability-identifier-naming)
    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  const std::string &value) override;
    // NOLINTNEXTLINE(readability-identifier-naming)
    void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override;
    void OnSequenceEnd() override { end(); } // NOLINT(readability-identifier-naming)
    // NOLINTNEXTLINE(readability-identifier-naming)
    void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override;
    void OnMapEnd() override { end(); } // NOLINT(readability-identifier-naming)

    [[noreturn]] void stop(YamlMark mark, QString message) const;
    YamlDocument take() { return {m_root, std::move(m_problems)}; }
    bool isEmpty() const { return !m_root; }

private:
    std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag);
    void begin(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor);
    void end();
    void complete(const std::shared_ptr<const YamlNode> &node, YamlMark mark, YAML::anchor_t anchor,
                  bool isPlain);
    void completeKey(const YamlNode &node, YamlMark mark, bool isPlain);
    bool isKeyNext() const;
    void count(qsizetype nodes, YamlMark mark);
    qsizetype contentOffset(qsizetype offset) const;
    void placeText(YamlNode &node, qsizetype offset, const std::string &value) const;
    void problem(YamlMark mark, QString message);
    QString path() const;

    const QByteArray m_text;
    const QString m_file;
    const YamlLimits m_limits;
    std::vector<Frame> m_frames;
    QHash<YAML::anchor_t, std::shared_ptr<const YamlNode>> m_anchors;
    std::shared_ptr<const YamlNode> m_root;
    qsizetype m_nodes = 0;
    bool m_started = false;
    QList<Error> m_problems;
};

YamlMark markOf(const YAML::Mark &mark)
{
    return {mark.line + 1, mark.column + 1};
}

void TreeBuilder::stop(YamlMark mark, QString message) const
{
    throw Stop{{ErrorCode::InvalidInput, std::move(message), {m_file, mark.line, mark.column, path()}, {}}};
}

void TreeBuilder::problem(YamlMark mark, QString message)
{
    if (m_problems.size() >= maxProblems)
        stop(mark, u"too many errors; reading ends here"_s);
    m_problems +=
        Error{ErrorCode::InvalidInput, std::move(message), {m_file, mark.line, mark.column, path()}, {}};
}

QString TreeBuilder::path() const
{
    QString path;
    for (const Frame &frame : m_frames) {
        if (frame.node->kind == YamlNode::Kind::List)
            path += u'/' + QString::number(frame.node->items.size());
        else if (frame.hasKey && frame.key)
            path += u'/' + pointerToken(frame.key->name);
    }
    return path;
}

bool TreeBuilder::isKeyNext() const
{
    return !m_frames.empty() && m_frames.back().node->kind == YamlNode::Kind::Mapping
           && !m_frames.back().hasKey;
}

/// A key belongs to its mapping and is no value of its own.
void TreeBuilder::count(qsizetype nodes, YamlMark mark)
{
    if (isKeyNext())
        return;
    m_nodes += nodes;
    if (m_nodes > m_limits.maxNodes)
        stop(mark, u"more than %1 values"_s.arg(m_limits.maxNodes));
}

std::shared_ptr<YamlNode> TreeBuilder::make(YamlNode::Kind kind, const YAML::Mark &mark,
                                            const std::string &tag)
{
    count(1, markOf(mark));
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->mark = markOf(mark);
    // "?" is a plain node without a tag, "!" a quoted or non-specific one.
    if (!tag.empty() && tag != "?" && tag != "!")
        problem(node->mark, u"tag \"%1\" is not accepted"_s.arg(QString::fromStdString(tag)));
    return node;
}

void TreeBuilder::OnDocumentStart(const YAML::Mark &mark)
{
    if (m_started)
        stop(markOf(mark), u"a second document begins here; expected one"_s);
    m_started = true;
}

void TreeBuilder::OnNull(const YAML::Mark &mark, YAML::anchor_t anchor)
{
    complete(make(YamlNode::Kind::Null, mark, {}), markOf(mark), anchor, true);
}

void TreeBuilder::OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor)
{
    const auto node = m_anchors.value(anchor);
    if (!node)
        stop(markOf(mark), u"an alias stands inside its own anchor"_s);
    count(node->nodeCount, markOf(mark));
    if (int(m_frames.size()) + node->height > m_limits.maxDepth)
        stop(markOf(mark), u"nested deeper than %1 levels"_s.arg(m_limits.maxDepth));
    complete(node, markOf(mark), YAML::NullAnchor, false);
}

/// Where the content of a node begins whose first byte is at offset: behind its anchor and tag.
qsizetype TreeBuilder::contentOffset(qsizetype offset) const
{
    const auto at = [this](qsizetype i) { return i < m_text.size() ? m_text[i] : '\0'; };
    const auto isSpace = [&at](qsizetype i) {
        return at(i) == ' ' || at(i) == '\t' || at(i) == '\n' || at(i) == '\r';
    };
    while (at(offset) == '&' || at(offset) == '!') {
        while (offset < m_text.size() && !isSpace(offset))
            ++offset;
        while (isSpace(offset) || at(offset) == '#') {
            if (at(offset) == '#')
                offset = std::max(m_text.indexOf('\n', offset), offset);
            ++offset;
        }
    }
    return offset;
}

/// Finds out where the text of a scalar stands in the source. The parser takes the end of the file for the
/// end of a quoted scalar, so the closing quote is looked for here.
void TreeBuilder::placeText(YamlNode &node, qsizetype offset, const std::string &value) const
{
    const qsizetype begin = offset;
    offset = contentOffset(offset);
    if (offset >= m_text.size())
        return;
    const char quote = m_text[offset];
    const QByteArrayView text(value.data(), qsizetype(value.size()));
    if (quote == '"' || quote == '\'') {
        qsizetype end = ++offset;
        while (end < m_text.size() && m_text[end] != quote)
            end += quote == '"' && m_text[end] == '\\' ? 2 : 1;
        if (quote == '\'') {
            while (end + 1 < m_text.size() && m_text[end + 1] == quote) {
                end = m_text.indexOf(quote, end + 2);
                end = end < 0 ? m_text.size() : end;
            }
        }
        if (end >= m_text.size())
            stop(node.mark, u"quoted text has no closing quote"_s);
    }
    const QByteArrayView source(m_text);
    const bool isSameLine = !source.sliced(begin, offset - begin).contains('\n') && !text.contains('\n');
    if (isSameLine && !text.isEmpty() && source.sliced(offset).startsWith(text))
        node.textColumn = node.mark.column + int(offset - begin);
}

/// Inside a document U+FEFF is a character like any other, not a byte order mark to be dropped.
QString textFrom(const std::string &value)
{
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    return decoder(QByteArrayView(value));
}

void TreeBuilder::OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                           const std::string &value)
{
    const auto node = make(YamlNode::Kind::String, mark, tag);
    const QString text = textFrom(value);
    const bool isPlain = tag == "?";
    node->value = text;
    placeText(*node, mark.pos, value);
    if (isPlain) {
        const auto resolved = resolvePlainScalar(text);
        if (!resolved) {
            problem(node->mark, resolved.error().message);
        } else if (!resolved->isString()) {
            node->kind = resolved->isBool() ? YamlNode::Kind::Boolean : YamlNode::Kind::Number;
            node->value = *resolved;
            node->text = text;
        }
    }
    complete(node, node->mark, anchor, isPlain);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value)
{
    begin(YamlNode::Kind::List, mark, tag, anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value)
{
    begin(YamlNode::Kind::Mapping, mark, tag, anchor);
}

void TreeBuilder::begin(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag,
                        YAML::anchor_t anchor)
{
    if (int(m_frames.size()) >= m_limits.maxDepth)
        stop(markOf(mark), u"nested deeper than %1 levels"_s.arg(m_limits.maxDepth));
    m_frames.push_back({make(kind, mark, tag), anchor, false, {}, {}});
}

void TreeBuilder::end()
{
    const Frame frame = std::move(m_frames.back());
    m_frames.pop_back();
    frame.node->height += 1;
    complete(frame.node, frame.node->mark, frame.anchor, false);
}

void TreeBuilder::complete(const std::shared_ptr<const YamlNode> &node, YamlMark mark, YAML::anchor_t anchor,
                           bool isPlain)
{
    if (anchor != YAML::NullAnchor)
        m_anchors.insert(anchor, node);
    if (m_frames.empty()) {
        m_root = node;
        return;
    }
    Frame &frame = m_frames.back();
    if (!isKeyNext())
        frame.node->nodeCount += node->nodeCount;
    frame.node->height = std::max(frame.node->height, node->height);
    if (frame.node->kind == YamlNode::Kind::List) {
        frame.node->items.push_back(node);
    } else if (!frame.hasKey) {
        completeKey(*node, mark, isPlain);
    } else {
        if (frame.key) {
            frame.key->value = node;
            frame.node->members.push_back(*std::move(frame.key));
        }
        frame.key.reset();
        frame.hasKey = false;
    }
}

void TreeBuilder::completeKey(const YamlNode &node, YamlMark mark, bool isPlain)
{
    const QString name = node.value.toString();
    Frame &frame = m_frames.back();
    if (node.kind != YamlNode::Kind::String) {
        problem(mark, u"expected a key that is text, found "_s + describe(node));
    } else if (isPlain && name == "<<"_L1) {
        problem(mark, u"merge keys \"<<\" are not accepted"_s);
    } else if (frame.names.contains(name)) {
        problem(mark, u"key \"%1\" stands twice in one mapping"_s.arg(name));
    } else {
        frame.names.insert(name);
        frame.key = YamlMember{name, mark, {}};
    }
    frame.hasKey = true;
}

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
        std::istringstream stream(text.toStdString());
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
