#pragma once

#include "engine/base/error.h"
#include "engine/pack/yaml/yaml_document.h"

namespace engine {

/// A node of the document together with the JSON Pointer that led to it.
struct NodeAt
{
    const YamlNode *node = nullptr; ///< Lives as long as the document.
    QString path{};

    NodeAt member(const YamlMember &member) const;
    NodeAt item(size_t index) const;
    NodeAt descend(const QString &pointer) const; ///< Along a JSON Pointer, as far as there are nodes.
};

/// Collects everything that is wrong with one document.
class Problems
{
public:
    explicit Problems(QString fileName)
        : m_file(std::move(fileName))
    {
    }

    void add(const NodeAt &at, QString message, ErrorCode code = ErrorCode::InvalidInput);
    void addAt(YamlMark mark, const QString &path, QString message, ErrorCode code = ErrorCode::InvalidInput);
    void addAll(const QList<Error> &errors);

    bool isEmpty() const { return m_errors.isEmpty(); }
    qsizetype count() const { return m_errors.size(); }
    SourcePos positionOf(const NodeAt &at) const;
    /// How a file of the pack is called in messages: "dir/pack.yaml" becomes "dir/PATH".
    QString fileBeside(const QString &path) const;

    /// All of them in document order, those of other files behind; the first 100 when there are more. There
    /// must be one.
    Error take();

private:
    const QString m_file;
    QList<Error> m_errors;
};

} // namespace engine
