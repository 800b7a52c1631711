#pragma once

#include "tests/plan/random.h"

#include <QHash>
#include <QJsonObject>

/// Writes one value as YAML in a form that only the seed decides: order of keys, indentation, block or flow
/// style, quotes, block scalars, comments, blank lines, anchors and aliases, forms of numbers, line ends.
class YamlForm
{
public:
    explicit YamlForm(quint32 seed);

    QByteArray write(const QJsonObject &document);

private:
    /// The value behind "key:" or "-", with the space or line end before it.
    QByteArray entry(const QJsonValue &value, int indent, bool inList);
    QByteArray block(const QJsonValue &value, int indent);
    QByteArray blockMapping(const QJsonObject &object, int indent);
    QByteArray blockList(const QJsonArray &array, int indent);
    QByteArray flow(const QJsonValue &value, int indent);
    QByteArray flowContent(const QJsonValue &value, int indent);
    QByteArray blockScalar(const QString &text, int indent);
    QByteArray scalar(const QJsonValue &value, bool inFlow, int indent);
    QByteArray number(double value);
    QByteArray quoted(const QString &text, int indent);
    QByteArray doubleQuoted(const QString &text);
    QByteArray key(const QString &name, bool inFlow);
    QByteArray anchorFor(const QJsonValue &value);
    QByteArray aliasOf(const QJsonValue &value);
    QByteArray comment();           ///< Behind a value on its line; often nothing.
    QByteArray between(int indent); ///< The line end between two entries.

    Random m_random;
    const int m_step;    ///< Spaces for each level.
    const bool m_flows;  ///< Prefers flow style.
    const bool m_quotes; ///< Puts every text in quotes.
    const bool m_comments;
    const bool m_crlf;
    QHash<QByteArray, QByteArray> m_anchors; ///< Canonical value to the name of its anchor.
    int m_anchorCount = 0;
};
