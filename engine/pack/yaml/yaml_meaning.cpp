#include "engine/base/json.h"
#include "engine/pack/yaml/yaml_document.h"

namespace engine {

namespace {

/// Digests the canonical form of a node piece by piece, so that it never stands in memory as a whole.
class MeaningDigest
{
public:
    void add(const YamlNode &node);
    FileDigest take();

private:
    void addMembers(const YamlNode &node);
    void addText(const QString &text);
    void flush();

    Sha256 m_hash;
    QByteArray m_pending;
    qint64 m_sizeBytes = 0;
};

void MeaningDigest::flush()
{
    m_hash.add(m_pending);
    m_sizeBytes += m_pending.size();
    m_pending.resize(0);
}

void MeaningDigest::addText(const QString &text)
{
    const auto appended = appendCanonicalString(m_pending, text);
    Q_ASSERT_X(appended, "meaningOf", "text that JSON cannot hold");
    Q_UNUSED(appended)
}

// NOLINTBEGIN(misc-no-recursion): the reader bounds the depth

void MeaningDigest::addMembers(const YamlNode &node)
{
    m_pending += '{';
    const char *separator = "";
    for (const YamlMember *member : sortedMembers(node)) {
        m_pending += separator;
        addText(member->name);
        m_pending += ':';
        add(*member->value);
        separator = ",";
    }
    m_pending += '}';
}

void MeaningDigest::add(const YamlNode &node)
{
    constexpr qsizetype maxPending = 1 << 16;
    if (m_pending.size() > maxPending)
        flush();
    switch (node.kind) {
    case YamlNode::Kind::Null: m_pending += "null"; return;
    case YamlNode::Kind::Boolean: m_pending += node.value.toBool() ? "true" : "false"; return;
    case YamlNode::Kind::Number: m_pending += es6Number(node.value.toDouble()); return;
    case YamlNode::Kind::String: addText(node.value.toString()); return;
    case YamlNode::Kind::Mapping: addMembers(node); return;
    case YamlNode::Kind::List: break;
    }
    m_pending += '[';
    for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0)
            m_pending += ',';
        add(*node.items[i]);
    }
    m_pending += ']';
}

// NOLINTEND(misc-no-recursion)

FileDigest MeaningDigest::take()
{
    flush();
    return {m_hash.hex(), m_sizeBytes};
}

} // namespace

FileDigest meaningOf(const YamlNode &node)
{
    MeaningDigest digest;
    digest.add(node);
    return digest.take();
}

} // namespace engine
