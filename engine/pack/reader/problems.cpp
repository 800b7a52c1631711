#include "engine/pack/reader/problems.h"

#include "engine/base/json.h"

#include <algorithm>
#include <tuple>

using namespace Qt::StringLiterals;

namespace engine {

NodeAt NodeAt::member(const YamlMember &member) const
{
    return {member.value.get(), path + u'/' + pointerToken(member.name)};
}

NodeAt NodeAt::item(size_t index) const
{
    return {node->items.at(index).get(), path + u'/' + QString::number(index)};
}

NodeAt NodeAt::descend(const QString &pointer) const
{
    NodeAt at = *this;
    for (QString token : pointer.split(u'/').sliced(1)) {
        token.replace(u"~1"_s, u"/"_s).replace(u"~0"_s, u"~"_s);
        if (const YamlMember *found = at.node->find(token))
            at = at.member(*found);
        else if (bool ok = false; token.toUInt(&ok) < at.node->items.size() && ok)
            at = at.item(token.toUInt());
        else
            break;
    }
    return at;
}

void Problems::add(const NodeAt &at, QString message, ErrorCode code)
{
    addAt(at.node->mark, at.path, std::move(message), code);
}

void Problems::addAt(YamlMark mark, const QString &path, QString message, ErrorCode code)
{
    m_errors += Error{code, std::move(message), {m_file, mark.line, mark.column, path}, {}};
}

void Problems::addAll(const QList<Error> &errors)
{
    m_errors += errors;
}

SourcePos Problems::positionOf(const NodeAt &at) const
{
    return {m_file, at.node->mark.line, at.node->mark.column, at.path};
}

QString Problems::fileBeside(const QString &path) const
{
    const qsizetype folder = m_file.lastIndexOf(u'/') + 1;
    return m_file.first(folder) + path;
}

Error Problems::take()
{
    constexpr qsizetype shown = 100;
    const auto rank = [this](const Error &error) {
        const bool isOther = error.where.file != m_file;
        return std::tuple(isOther, isOther ? error.where.file : QString(), error.where.line,
                          error.where.column);
    };
    std::stable_sort(m_errors.begin(), m_errors.end(),
                     [&rank](const Error &a, const Error &b) { return rank(a) < rank(b); });
    if (m_errors.size() > shown) {
        const qsizetype rest = m_errors.size() - shown;
        m_errors.resize(shown);
        m_errors += Error{
            ErrorCode::InvalidInput, u"%1 more errors are not shown"_s.arg(rest), m_errors.last().where, {}};
    }
    return combined(std::move(m_errors));
}

} // namespace engine
