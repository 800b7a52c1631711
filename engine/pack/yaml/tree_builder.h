#pragma once

#include "engine/pack/yaml/yaml_document.h"

#include <QHash>
#include <QSet>

#include <optional>
#include <string>
#include <vector>
#include <yaml-cpp/eventhandler.h>

namespace engine {

/// Leaves the parser from inside an event; caught in readYaml().
struct Stop
{
    Error error;
};

YamlMark markOf(const YAML::Mark &mark);

/// Builds the tree of one document from the parser's events, and checks what the parser does not.
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
    /// A list or mapping that is being read.
    struct Frame
    {
        std::shared_ptr<YamlNode> node{};
        YAML::anchor_t anchor = 0;
        size_t first = 0;                ///< Of its items or members among those that are being read.
        bool hasKey = false;             ///< Mapping: a key was read, its value comes next.
        std::optional<YamlMember> key{}; ///< Empty for a key that is an error; its value is read and dropped.
        QSet<QString> names{};           ///< Mapping: of its members, when they are more than fewNames.
    };

    YamlNode make(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag);
    void begin(YamlNode::Kind kind, const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor);
    void end();
    void complete(const std::shared_ptr<const YamlNode> &node, YamlMark mark, YAML::anchor_t anchor,
                  bool isPlain);
    void completeScalar(YamlNode node, YAML::anchor_t anchor, bool isPlain);
    void completeKey(const YamlNode &node, YamlMark mark, bool isPlain);
    bool isKeyNext() const;
    bool hasName(Frame &frame, const QString &name) const;
    QString shared(const QString &name);
    void count(qsizetype nodes, qsizetype textSize, YamlMark mark);
    qsizetype contentOffset(qsizetype offset) const;
    void placeText(YamlNode &node, qsizetype offset, const std::string &value) const;
    void problem(YamlMark mark, QString message);
    QString path() const;

    const QByteArray m_text;
    const QString m_file;
    const YamlLimits m_limits;
    std::vector<Frame> m_frames;
    std::vector<std::shared_ptr<const YamlNode>> m_items; ///< Of all open lists, the innermost last.
    std::vector<YamlMember> m_members;                    ///< Of all open mappings, likewise.
    QSet<QString> m_names;
    QHash<YAML::anchor_t, std::shared_ptr<const YamlNode>> m_anchors;
    std::shared_ptr<const YamlNode> m_root;
    qsizetype m_nodes = 0;
    qsizetype m_textSize = 0;
    bool m_started = false;
    QList<Error> m_problems;
};

} // namespace engine
