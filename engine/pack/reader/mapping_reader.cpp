#include "engine/pack/reader/mapping_reader.h"

#include "engine/base/duration.h"
#include "engine/base/json.h"
#include "engine/base/nearest_name.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

static QString alternatives(QStringList names)
{
    const QString last = names.takeLast();
    return names.isEmpty() ? last : names.join(u", "_s) + u" or "_s + last;
}

void expected(const NodeAt &at, const QString &what, Problems &problems)
{
    const bool isScalar = at.node->kind == YamlNode::Kind::Boolean || at.node->kind == YamlNode::Kind::Number;
    const QString hint = what == u"text"_s && isScalar ? u"; put it in quotes"_s : QString();
    problems.add(at, u"expected %1, found %2%3"_s.arg(what, describe(*at.node), hint));
}

void checkSize(const NodeAt &at, Problems &problems)
{
    const size_t size = std::max(at.node->items.size(), at.node->members.size());
    if (size > maxEntries)
        problems.add(at, u"%1 entries are too many; at most %2 are allowed"_s.arg(size).arg(maxEntries));
}

std::optional<QString> textOf(const NodeAt &at, Problems &problems)
{
    if (at.node->kind == YamlNode::Kind::String)
        return at.node->value.toString();
    expected(at, u"text"_s, problems);
    return {};
}

std::optional<QString> nonEmptyTextOf(const NodeAt &at, Problems &problems)
{
    auto text = textOf(at, problems);
    if (!text || !text->trimmed().isEmpty())
        return text;
    problems.add(at, u"expected text, found empty text"_s);
    return {};
}

MappingReader::MappingReader(const NodeAt &at, const QStringList &known, Problems &problems)
    : m_at(at)
    , m_problems(problems)
{
    if (!isMapping()) {
        expected(at, u"a mapping"_s, problems);
        return;
    }
    for (const YamlMember &member : at.node->members) {
        if (known.contains(member.name))
            continue;
        const QString nearest = didYouMean(member.name, known);
        const QString all =
            known.isEmpty() ? u"; expected none"_s : u"; expected one of "_s + known.join(u", "_s);
        const QString hint = nearest.isEmpty() ? all : nearest;
        problems.addAt(member.mark, at.member(member).path, u"unknown key \"%1\"%2"_s.arg(member.name, hint));
    }
}

std::optional<NodeAt> MappingReader::find(QStringView name) const
{
    const YamlMember *member = m_at.node->find(name);
    return member ? std::optional(m_at.member(*member)) : std::nullopt;
}

std::optional<NodeAt> MappingReader::require(QStringView name) const
{
    auto found = find(name);
    if (!found && isMapping())
        m_problems.add(m_at, u"key \"%1\" is missing"_s.arg(name));
    return found;
}

std::optional<QString> MappingReader::text(QStringView name) const
{
    const auto at = find(name);
    return at ? textOf(*at, m_problems) : std::nullopt;
}

std::optional<QString> MappingReader::requiredText(QStringView name) const
{
    const auto at = require(name);
    return at ? nonEmptyTextOf(*at, m_problems) : std::nullopt;
}

bool MappingReader::boolean(QStringView name, bool fallback) const
{
    const auto at = find(name);
    if (!at)
        return fallback;
    if (at->node->kind == YamlNode::Kind::Boolean)
        return at->node->value.toBool();
    expected(*at, u"true or false"_s, m_problems);
    return fallback;
}

int MappingReader::integer(QStringView name, int fallback, int smallest, int largest) const
{
    const auto at = find(name);
    if (!at)
        return fallback;
    const double value =
        at->node->kind == YamlNode::Kind::Number ? at->node->value.toDouble() : smallest - 1.0;
    if (value >= smallest && value <= largest && value == int(value))
        return int(value);
    const bool isOpen = largest == std::numeric_limits<int>::max();
    expected(*at,
             isOpen ? u"an integer of at least %1"_s.arg(smallest)
                    : u"an integer from %1 to %2"_s.arg(smallest).arg(largest),
             m_problems);
    return fallback;
}

std::optional<std::chrono::milliseconds> MappingReader::duration(QStringView name, bool mayBeZero) const
{
    const auto at = find(name);
    const auto text = at ? textOf(*at, m_problems) : std::nullopt;
    if (!text)
        return {};
    const auto value = parseDuration(*text);
    if (!value)
        m_problems.add(*at, value.error().message);
    else if (!mayBeZero && value->count() == 0)
        m_problems.add(*at, u"duration \"%1\" is zero; expected a longer one"_s.arg(*text));
    else
        return *value;
    return {};
}

std::optional<QString> MappingReader::choice(QStringView name, const QStringList &choices) const
{
    const auto at = find(name);
    if (!at)
        return {};
    if (at->node->kind != YamlNode::Kind::String) {
        expected(*at, alternatives(choices), m_problems);
        return {};
    }
    const QString text = at->node->value.toString();
    if (choices.contains(text))
        return text;
    const QString nearest = didYouMean(text, choices);
    const QString hint = nearest.isEmpty() ? u"; expected "_s + alternatives(choices) : nearest;
    m_problems.add(*at, u"unknown %1 \"%2\"%3"_s.arg(name, text, hint));
    return {};
}

QStringList MappingReader::texts(QStringView name) const
{
    QStringList texts;
    forEach(name, [this, &texts](const NodeAt &item) {
        if (const auto text = nonEmptyTextOf(item, m_problems))
            texts += *text;
    });
    return texts;
}

void MappingReader::forEach(QStringView name, const std::function<void(const NodeAt &item)> &read) const
{
    const auto list = find(name);
    if (!list)
        return;
    if (list->node->kind != YamlNode::Kind::List) {
        expected(*list, u"a list"_s, m_problems);
        return;
    }
    checkSize(*list, m_problems);
    for (size_t i = 0; i < std::min(list->node->items.size(), maxEntries); ++i)
        read(list->item(i));
}

void UniqueNames::add(const QString &name, const NodeAt &at, Problems &problems)
{
    const auto first = m_lines.constFind(name);
    if (first == m_lines.cend())
        m_lines.insert(name, at.node->mark.line);
    else
        problems.add(
            at, u"%1 \"%2\" is used twice; first in line %3"_s.arg(m_what, name, QString::number(*first)));
}

} // namespace engine
