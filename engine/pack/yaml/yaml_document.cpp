#include "engine/pack/yaml/yaml_document.h"

#include "engine/base/json.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

QString YamlScalar::toString() const
{
    const QString *text = std::get_if<QString>(&m_value);
    return text ? *text : QString();
}

double YamlScalar::toDouble() const
{
    const QJsonValue *value = std::get_if<QJsonValue>(&m_value);
    return value ? value->toDouble() : 0;
}

bool YamlScalar::toBool() const
{
    const QJsonValue *value = std::get_if<QJsonValue>(&m_value);
    return value && value->toBool();
}

YamlScalar::operator QJsonValue() const
{
    const QString *text = std::get_if<QString>(&m_value);
    return text ? QJsonValue(*text) : std::get<QJsonValue>(m_value);
}

const YamlMember *YamlNode::find(QStringView name) const
{
    const auto found = std::find_if(members.begin(), members.end(),
                                    [name](const YamlMember &member) { return member.name == name; });
    return found == members.end() ? nullptr : &*found;
}

std::vector<const YamlMember *> sortedMembers(const YamlNode &node)
{
    std::vector<const YamlMember *> sorted;
    sorted.reserve(node.members.size());
    for (const YamlMember &member : node.members)
        sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(), [](auto *a, auto *b) { return a->name < b->name; });
    return sorted;
}

// NOLINTNEXTLINE(misc-no-recursion): the reader bounds the depth
QJsonValue toJson(const YamlNode &node)
{
    switch (node.kind) {
    case YamlNode::Kind::Null: return QJsonValue::Null;
    case YamlNode::Kind::Boolean:
    case YamlNode::Kind::Number:
    case YamlNode::Kind::String: return node.value;
    case YamlNode::Kind::List: {
        QJsonArray array;
        for (const auto &item : node.items)
            array.append(toJson(*item));
        return array;
    }
    case YamlNode::Kind::Mapping: {
        // In order of names every insertion is at the end; in any other order their cost would be quadratic.
        QJsonObject object;
        for (const YamlMember *member : sortedMembers(node))
            object.insert(member->name, toJson(*member->value));
        return object;
    }
    }
    Q_UNREACHABLE();
}

QString describe(const YamlNode &node)
{
    switch (node.kind) {
    case YamlNode::Kind::Null: return u"null"_s;
    case YamlNode::Kind::Boolean: return node.value.toBool() ? u"the boolean true"_s : u"the boolean false"_s;
    case YamlNode::Kind::Number: return u"the number "_s + node.text;
    case YamlNode::Kind::String: {
        QString text = node.value.toString();
        if (text.size() > 40)
            text = text.first(37) + u"..."_s;
        return u"the text \"%1\""_s.arg(text.replace(u'\n', u' '));
    }
    case YamlNode::Kind::List: return u"a list"_s;
    case YamlNode::Kind::Mapping: return u"a mapping"_s;
    }
    Q_UNREACHABLE();
}

} // namespace engine
