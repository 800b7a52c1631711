#pragma once

#include "engine/base/digest.h"
#include "engine/base/result.h"

#include <QByteArray>
#include <QJsonValue>

#include <memory>
#include <variant>
#include <vector>

namespace engine {

/// Line and column of a node, from 1; columns in UTF-8 bytes.
struct YamlMark
{
    int line = 0;
    int column = 0;

    bool operator==(const YamlMark &) const = default;
};

/// The value of a scalar. It holds text as it is: inside a QJsonValue it would take three more allocations.
class YamlScalar
{
public:
    YamlScalar() = default; ///< Null.
    YamlScalar(QString text)
        : m_value(std::move(text))
    {
    }
    YamlScalar(QJsonValue value) ///< Null, a boolean or a number.
        : m_value(std::move(value))
    {
    }

    QString toString() const; ///< Empty when it is no text.
    double toDouble() const;  ///< 0 when it is no number.
    bool toBool() const;      ///< false when it is no boolean.
    operator QJsonValue() const;

private:
    std::variant<QJsonValue, QString> m_value;
};

struct YamlNode;

struct YamlMember
{
    QString name{};
    YamlMark mark{}; ///< Of the key.
    std::shared_ptr<const YamlNode> value{};
};

/// One value of a YAML document. Never changed once read; aliases share the node that their anchor names, so
/// a node knows where it was written but not its path: the path is known to whoever walks down to it.
struct YamlNode
{
    enum class Kind { Null, Boolean, Number, String, List, Mapping };

    Kind kind = Kind::Null;
    YamlMark mark{};
    int textColumn =
        0; ///< String: column of its first character when the source holds it as is on one line; else 0.
    YamlScalar value{};                                   ///< Boolean, Number, String.
    QString text{};                                       ///< Number: as written.
    std::vector<std::shared_ptr<const YamlNode>> items{}; ///< List.
    std::vector<YamlMember> members{};                    ///< Mapping, in order of writing.
    qsizetype nodeCount = 1; ///< Itself and every value below, aliased ones counted each time; keys are none.
    qsizetype textSize = 0;  ///< Of the texts in those and of the keys, in UTF-8 bytes.
    int height = 0;          ///< Levels of lists and mappings, itself included.

    const YamlMember *find(QStringView name) const; ///< nullptr when there is none, or this is no mapping.
};

struct YamlDocument
{
    std::shared_ptr<const YamlNode> root{}; ///< Never null.
    /// What is wrong though the structure is clear: duplicate keys, tags, merge keys, keys that are no text,
    /// numbers that JSON cannot hold. The tree goes on without them, so that its reader can find more.
    QList<Error> problems{};
};

/// Limits on a YAML text from outside.
struct YamlLimits
{
    qsizetype maxBytes = 16LL * 1024 * 1024; ///< Of the text, and of the texts in it after aliases.
    int maxDepth = 64;
    qsizetype maxNodes = 1'000'000; ///< Values, after aliases; a key belongs to its mapping.
};

/// Reads one document of YAML 1.2, core schema. Limits hold while reading, before memory is spent.
///
/// Fails with InvalidInput, with line and column, where the text cannot be read on: not UTF-8, broken syntax,
/// more than one document, an alias inside its own anchor, a limit.
///
/// Pure and reentrant.
Result<YamlDocument> readYaml(const QByteArray &text, const QString &fileName, const YamlLimits &limits = {});

/// The members of a mapping, in order of their names by UTF-16 code units (as RFC 8785 sorts them).
std::vector<const YamlMember *> sortedMembers(const YamlNode &node);

/// The JSON value of a node: null, booleans, numbers, strings, arrays and objects.
QJsonValue toJson(const YamlNode &node);

/// The digest of toJson() in canonical form: the same for documents that say the same.
FileDigest meaningOf(const YamlNode &node);

/// For messages: "null", "the boolean true", "the number 1.10", "the text \"x\"", "a list", "a mapping".
QString describe(const YamlNode &node);

} // namespace engine
