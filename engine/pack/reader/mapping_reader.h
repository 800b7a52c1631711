#pragma once

#include "engine/pack/reader/problems.h"

#include <QStringList>

#include <chrono>
#include <functional>
#include <limits>
#include <optional>

namespace engine {

/// How long a list that forEach() reads, or a mapping of free names, may be.
constexpr size_t maxEntries = 1000;

/// Reads the members of one mapping strictly: what is missing, unknown or of a wrong type becomes a problem,
/// and the getter gives nothing or the fallback.
class MappingReader
{
public:
    /// Reports a node that is no mapping (what: "an input", ... for the message), and every key not in known.
    MappingReader(const NodeAt &at, const QStringList &known, Problems &problems);

    bool isMapping() const { return m_at.node->kind == YamlNode::Kind::Mapping; }
    const NodeAt &at() const { return m_at; }
    bool has(QStringView name) const { return m_at.node->find(name) != nullptr; }
    std::optional<NodeAt> find(QStringView name) const;
    std::optional<NodeAt> require(QStringView name) const; ///< A missing key is a problem.

    std::optional<QString> text(QStringView name) const;         ///< May be empty text.
    std::optional<QString> requiredText(QStringView name) const; ///< Not empty.
    bool boolean(QStringView name, bool fallback) const;
    int integer(QStringView name, int fallback, int smallest,
                int largest = std::numeric_limits<int>::max()) const;
    std::optional<std::chrono::milliseconds> duration(QStringView name, bool mayBeZero = false) const;
    /// One of the choices, as written there.
    std::optional<QString> choice(QStringView name, const QStringList &choices) const;
    QStringList texts(QStringView name) const; ///< A list of non-empty texts.
    /// A list's items; more than maxEntries are a problem, and those behind are not read.
    void forEach(QStringView name, const std::function<void(const NodeAt &item)> &read) const;

private:
    NodeAt m_at;
    Problems &m_problems;
};

/// Reports a node of another kind: "expected a list, found the text \"x\"".
void expected(const NodeAt &at, const QString &what, Problems &problems);

/// Reports a list or mapping of more than maxEntries.
void checkSize(const NodeAt &at, Problems &problems);

std::optional<QString> textOf(const NodeAt &at, Problems &problems);         ///< May be empty text.
std::optional<QString> nonEmptyTextOf(const NodeAt &at, Problems &problems); ///< Empty text is a problem.

/// A problem when name was seen before; what: "step id", ... Remembers it otherwise.
class UniqueNames
{
public:
    explicit UniqueNames(QString what)
        : m_what(std::move(what))
    {
    }
    void add(const QString &name, const NodeAt &at, Problems &problems);

private:
    const QString m_what;
    QHash<QString, int> m_lines;
};

} // namespace engine
