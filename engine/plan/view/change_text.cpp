#include "engine/plan/view/change_text.h"

#include "engine/base/json.h"
#include "engine/plan/view/line_difference.h"
#include "engine/plan/view/value_text.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

bool isItem(const PlanChange &change)
{
    return !change.map.isEmpty() && change.field.startsWith("items/"_L1);
}

namespace {

QString subjectText(const PlanChange &change)
{
    switch (change.subject) {
    case PlanChange::Pack: return u"the pack"_s;
    case PlanChange::Sandbox: return u"the sandbox"_s;
    case PlanChange::Whole: return u"the plan"_s;
    case PlanChange::Module: return u"the module "_s + quoted(change.path);
    case PlanChange::FinallyStep: return u"finally step "_s + quoted(change.path);
    case PlanChange::Step:
        if (isItem(change))
            return u"item %1 of map %2"_s.arg(change.field.section(u'/', 1, 1), quoted(change.path));
        [[fallthrough]];
    case PlanChange::Input:
    case PlanChange::Secret:
    case PlanChange::Approval:
    case PlanChange::Policy:
    case PlanChange::Output: return toString(change.subject) + u' ' + quoted(change.path);
    }
    Q_UNREACHABLE();
}

/// Subject and field, ready for a verb: `step "build": timeout`, `input "target"`.
QString placeText(const PlanChange &change)
{
    const QString field = isItem(change) ? change.field.section(u'/', 2) : change.field;
    if (field.isEmpty())
        return subjectText(change);
    if (change.subject == PlanChange::Pack)
        return u"the pack's "_s + shortened(field, 400);
    return subjectText(change) + u": "_s + shortened(field, 400);
}

/// Whether strings at this place are free text, which is shown in quotes.
bool isFreeText(const PlanChange &change)
{
    static const QStringList free{u"with"_s, u"env"_s, u"input"_s, u"items"_s, u"command"_s};
    return change.subject == PlanChange::Input || free.contains(change.field.section(u'/', 0, 0));
}

/// Words of the language and durations read better without quotes; nothing that JSON could mean otherwise.
bool isBare(const PlanChange &change, const QJsonValue &value)
{
    static const QRegularExpression form(u"\\A(?!(true|false|null)\\z)[A-Za-z][A-Za-z0-9:._/-]{0,79}\\z"_s);
    return value.isString() && !isFreeText(change) && form.match(value.toString()).hasMatch();
}

QString fullText(const PlanChange &change, const QJsonValue &value)
{
    return isBare(change, value) ? value.toString() : QString::fromUtf8(canonicalJsonOf(value));
}

QStringList elementTexts(const QJsonArray &array)
{
    QStringList texts;
    texts.reserve(array.size());
    for (const QJsonValue element : array)
        texts += QString::fromUtf8(canonicalJsonOf(element));
    return texts;
}

/// What a long text or list is compared by.
QStringList linesOf(const QJsonValue &value)
{
    return value.isArray() ? elementTexts(value.toArray()) : value.toString().split(u'\n');
}

/// "x changed from A to B"; long texts and lists as a difference of their lines.
QString changedText(const PlanChange &change)
{
    const QString place = placeText(change);
    if (change.before.isUndefined())
        return u"%1 is now %2"_s.arg(place, shortened(fullText(change, change.after)));
    if (change.after.isUndefined())
        return u"%1 is gone, before it was %2"_s.arg(place, shortened(fullText(change, change.before)));
    const QString before = fullText(change, change.before);
    const QString after = fullText(change, change.after);
    const bool areTexts = change.before.isString() && change.after.isString();
    const bool areLists = change.before.isArray() && change.after.isArray();
    const bool isLong = std::max(before.size(), after.size()) > shownLength
                        || (areTexts && (before + after).contains("\\n"_L1));
    if (!isLong || !(areTexts || areLists)) {
        const auto [from, to] = shortenedPair(before, after);
        return u"%1 changed from %2 to %3"_s.arg(place, from, to);
    }
    QString text = place + u" changed:"_s;
    for (const QString &line : lineDifference(linesOf(change.before), linesOf(change.after)))
        text += u"\n    "_s + line;
    return text;
}

/// Fields that have words of their own; empty for any other.
QString specialText(const PlanChange &change)
{
    switch (change.subject) {
    case PlanChange::Approval:
        if (change.field == u"required"_s && change.before.isDouble() && change.after.isDouble())
            return u"approval %1 now needs %2, before %3"_s.arg(quoted(change.path),
                                                                peopleText(change.after.toInteger()),
                                                                QString::number(change.before.toInteger()));
        return {};
    case PlanChange::Pack:
        if (change.field == u"digest"_s)
            return u"the pack has other files: digest %1, before %2"_s.arg(
                shortened(change.after.toString()), shortened(change.before.toString()));
        return {};
    case PlanChange::Module:
        return u"the module %1 has other files: digest %2, before %3"_s.arg(
            quoted(change.path), shortened(change.after.toString()), shortened(change.before.toString()));
    case PlanChange::Step:
    case PlanChange::FinallyStep:
        if (change.field == u"skip"_s)
            return subjectText(change)
                   + (change.after.toBool() ? u" is now skipped"_s : u" is no longer skipped"_s);
        return {};
    case PlanChange::Input:
    case PlanChange::Secret:
    case PlanChange::Policy:
    case PlanChange::Sandbox:
    case PlanChange::Output:
    case PlanChange::Whole: return {};
    }
    Q_UNREACHABLE();
}

bool isStep(const PlanChange &change)
{
    return change.subject == PlanChange::Step || change.subject == PlanChange::FinallyStep;
}

QString addedText(const PlanChange &change)
{
    QString text = subjectText(change) + u" was added"_s;
    if (change.subject == PlanChange::Input || isItem(change))
        return text + u" with "_s + valueText(change.after);
    if (!isStep(change))
        return text;
    if (!change.predecessor.isEmpty())
        text += u" after "_s + quoted(change.predecessor);
    const qsizetype inner = change.after[u"steps"_s].toArray().size();
    return inner > 0 ? text + u", with %1 in it"_s.arg(countOf(inner, u"step"_s)) : text;
}

QString movedText(const PlanChange &change)
{
    return placeText(change) + u" was moved "_s
           + (change.predecessor.isEmpty() ? u"to the front"_s : u"after "_s + quoted(change.predecessor));
}

} // namespace

QString changeText(const PlanChange &change)
{
    switch (change.kind) {
    case PlanChange::Added: return addedText(change);
    case PlanChange::Removed: return subjectText(change) + u" was removed"_s;
    case PlanChange::Moved: return movedText(change);
    case PlanChange::Changed: break;
    }
    const QString special = specialText(change);
    return special.isEmpty() ? changedText(change) : special;
}

} // namespace engine
