#include "engine/pack/reader/names.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

void checkFixedText(const MappingReader &reader, const QString &key, const QString &value, Problems &problems)
{
    const auto text = reader.requiredText(key);
    if (text && *text != value)
        problems.add(*reader.find(key), u"unknown %1 \"%2\"; expected \"%3\""_s.arg(key, *text, value));
}

std::optional<QString> readId(const MappingReader &reader, QStringView key, Problems &problems)
{
    static const QRegularExpression form(u"\\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\z"_s);
    auto id = reader.requiredText(key);
    if (!id || form.match(*id).hasMatch())
        return id;
    problems.add(
        *reader.find(key),
        u"\"%1\" is not a valid %2; expected at most 63 of a-z, 0-9 and \"-\", no \"-\" at either end"_s.arg(
            *id, key));
    return {};
}

std::optional<QString> readName(const MappingReader &reader, QStringView key, Problems &problems)
{
    static const QRegularExpression form(u"\\A[A-Za-z_][A-Za-z0-9_-]{0,62}\\z"_s);
    auto name = reader.requiredText(key);
    if (!name || form.match(*name).hasMatch())
        return name;
    problems.add(
        *reader.find(key),
        u"\"%1\" is not a valid %2; expected a letter or \"_\", then at most 62 letters, digits, \"_\" and \"-\""_s
            .arg(*name, key));
    return {};
}

bool isSemanticVersion(const QString &text)
{
    static const QRegularExpression form( // https://semver.org, "Is there a suggested regular expression"
        u"\\A(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"
        "(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-"
        "]*))*))?"
        "(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?\\z"_s);
    return text.size() <= 256 && form.match(text).hasMatch();
}

bool isPathInside(const QString &path)
{
    const QStringList parts = path.split(u'/');
    return !path.contains(u'\\') && std::none_of(parts.begin(), parts.end(), [](const QString &part) {
        return part.isEmpty() || part == "."_L1 || part == ".."_L1;
    });
}

std::optional<QString> readPathInside(const MappingReader &reader, QStringView key, Problems &problems)
{
    const auto at = reader.find(key);
    auto path = at ? nonEmptyTextOf(*at, problems) : std::nullopt;
    if (!path)
        return {};
    if (path->contains("{{"_L1))
        problems.add(*at, u"\"%1\" is not evaluated; expected a path without an expression"_s.arg(key));
    else if (!isPathInside(*path))
        problems.add(*at,
                     u"path \"%1\" leaves its folder; expected a relative path without \"..\""_s.arg(*path));
    else
        return path;
    return {};
}

} // namespace engine
