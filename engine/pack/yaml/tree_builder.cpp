#include "engine/pack/yaml/tree_builder.h"

#include "engine/base/json.h"
#include "engine/pack/yaml/yaml_scalar.h"

#include <QStringDecoder>

#include <algorithm>
#include <iterator>
#include <yaml-cpp/mark.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qsizetype maxProblems = 100;
/// Up to so many, the names of a mapping are compared one by one.
constexpr size_t fewNames = 16;
/// How many different names are kept once for all mappings that have them.
constexpr qsizetype maxSharedNames = 1000;

/// Moves what follows first out of all, into a list of just that size.
template<class Value>
std::vector<Value> takenFrom(std::vector<Value> &all, size_t first)
{
    const auto begin = all.begin() + std::ptrdiff_t(first);
    std::vector<Value> taken(std::make_move_iterator(begin), std::make_move_iterator(all.end()));
    all.erase(begin, all.end());
    return taken;
}

/// Inside a document U+FEFF is a character like any other, not a byte order mark to be dropped.
QString textFrom(const std::string &value)
{
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    return decoder(QByteArrayView(value));
}

} // namespace

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
    size_t end = m_items.size();
    for (size_t depth = m_frames.size(); depth-- > 0;) {
        const Frame &frame = m_frames[depth];
        if (frame.node->kind == YamlNode::Kind::List) {
            path.prepend(u'/' + QString::number(end - frame.first));
            end = frame.first;
        } else if (frame.hasKey && frame.key) {
            path.prepend(u'/' + pointerToken(frame.key->name));
        }
    }
    return path;
}

void TreeBuilder::count(qsizetype nodes, qsizetype textSize, YamlMark mark)
{
    m_nodes += isKeyNext() ? 0 : nodes; // A key belongs to its mapping and is no value of its own.
    m_textSize += textSize;
    if (m_nodes > m_limits.maxNodes)
        stop(mark, u"more than %1 values"_s.arg(m_limits.maxNodes));
    if (m_textSize > m_limits.maxBytes)
        stop(mark, u"more than %1 bytes of text after aliases"_s.arg(m_limits.maxBytes));
}

YamlNode TreeBuilder::make(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag)
{
    count(1, 0, markOf(mark));
    YamlNode node;
    node.kind = kind;
    node.mark = markOf(mark);
    // "?" is a plain node without a tag, "!" a quoted or non-specific one.
    if (!tag.empty() && tag != "?" && tag != "!")
        problem(node.mark, u"tag \"%1\" is not accepted"_s.arg(QString::fromStdString(tag)));
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
    completeScalar(make(YamlNode::Kind::Null, mark, {}), anchor, true);
}

void TreeBuilder::OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor)
{
    const auto node = m_anchors.value(anchor);
    if (!node)
        stop(markOf(mark), u"an alias stands inside its own anchor"_s);
    count(node->nodeCount, node->textSize, markOf(mark));
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

void TreeBuilder::OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                           const std::string &value)
{
    YamlNode node = make(YamlNode::Kind::String, mark, tag);
    const QString text = textFrom(value);
    const bool isPlain = tag == "?";
    node.value = text;
    node.textSize = qsizetype(value.size());
    count(0, node.textSize, node.mark);
    placeText(node, mark.pos, value);
    if (isPlain) {
        const auto resolved = resolvePlainScalar(text);
        if (!resolved) {
            problem(node.mark, resolved.error().message);
        } else if (*resolved) {
            node.kind = (*resolved)->isBool() ? YamlNode::Kind::Boolean : YamlNode::Kind::Number;
            node.value = **resolved;
            node.text = text;
        }
    }
    completeScalar(std::move(node), anchor, isPlain);
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
    auto node = std::make_shared<YamlNode>(make(kind, mark, tag));
    const size_t first = kind == YamlNode::Kind::List ? m_items.size() : m_members.size();
    m_frames.push_back({std::move(node), anchor, first, false, {}, {}});
}

void TreeBuilder::end()
{
    const Frame frame = std::move(m_frames.back());
    m_frames.pop_back();
    if (frame.node->kind == YamlNode::Kind::List)
        frame.node->items = takenFrom(m_items, frame.first);
    else
        frame.node->members = takenFrom(m_members, frame.first);
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
    frame.node->nodeCount += isKeyNext() ? 0 : node->nodeCount;
    frame.node->textSize += node->textSize;
    frame.node->height = std::max(frame.node->height, node->height);
    if (frame.node->kind == YamlNode::Kind::List) {
        m_items.push_back(node);
    } else if (!frame.hasKey) {
        completeKey(*node, mark, isPlain);
    } else {
        if (frame.key) {
            frame.key->value = node;
            m_members.push_back(*std::move(frame.key));
        }
        frame.key.reset();
        frame.hasKey = false;
    }
}

bool TreeBuilder::isKeyNext() const
{
    return !m_frames.empty() && m_frames.back().node->kind == YamlNode::Kind::Mapping
           && !m_frames.back().hasKey;
}

void TreeBuilder::completeScalar(YamlNode node, YAML::anchor_t anchor, bool isPlain)
{
    const YamlMark mark = node.mark;
    if (!isKeyNext() || anchor != YAML::NullAnchor)
        return complete(std::make_shared<const YamlNode>(std::move(node)), mark, anchor, isPlain);
    // Of a key nothing but its name stays.
    m_frames.back().node->textSize += node.textSize;
    completeKey(node, mark, isPlain);
}

bool TreeBuilder::hasName(Frame &frame, const QString &name) const
{
    const auto begin = m_members.begin() + std::ptrdiff_t(frame.first);
    if (m_members.size() - frame.first <= fewNames)
        return std::any_of(begin, m_members.end(),
                           [&name](const YamlMember &member) { return member.name == name; });
    if (frame.names.isEmpty()) {
        for (auto member = begin; member != m_members.end(); ++member)
            frame.names.insert(member->name);
    }
    return frame.names.contains(name);
}

/// Most mappings have the same few names.
QString TreeBuilder::shared(const QString &name)
{
    const auto known = m_names.constFind(name);
    if (known != m_names.cend())
        return *known;
    if (m_names.size() < maxSharedNames)
        m_names.insert(name);
    return name;
}

void TreeBuilder::completeKey(const YamlNode &node, YamlMark mark, bool isPlain)
{
    const QString name = node.value.toString();
    Frame &frame = m_frames.back();
    if (node.kind != YamlNode::Kind::String) {
        problem(mark, u"expected a key that is text, found "_s + describe(node));
    } else if (isPlain && name == "<<"_L1) {
        problem(mark, u"merge keys \"<<\" are not accepted"_s);
    } else if (hasName(frame, name)) {
        problem(mark, u"key \"%1\" stands twice in one mapping"_s.arg(name));
    } else {
        if (!frame.names.isEmpty())
            frame.names.insert(name);
        frame.key = YamlMember{shared(name), mark, {}};
    }
    frame.hasKey = true;
}

} // namespace engine
