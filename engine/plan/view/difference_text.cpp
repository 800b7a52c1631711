#include "engine/plan/view/plan_difference.h"
#include "engine/plan/view/printable_text.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

QString quoted(const QString &name)
{
    return u'"' + printableLine(name) + u'"';
}

/// "step "build"", "the pack".
QString subjectOf(const PlanChange &change)
{
    return change.name.isEmpty() ? u"the "_s + change.subject : change.subject + u' ' + quoted(change.name);
}

QString people(const QJsonValue &count)
{
    return count.toInt() == 1 ? u"1 person"_s : u"%1 people"_s.arg(count.toInt());
}

bool isLongText(const QJsonValue &value)
{
    return value.isString() && value.toString().contains(u'\n');
}

/// The lines that two texts do not share at their begin and end, each with a sign and one shared line around.
QString lineDifference(const QString &before, const QString &after)
{
    constexpr qsizetype shown = 12; // Lines of each side.
    const QStringList old = before.split(u'\n');
    const QStringList now = after.split(u'\n');
    qsizetype head = 0;
    while (head < old.size() && head < now.size() && old[head] == now[head])
        ++head;
    qsizetype tail = 0;
    while (tail < old.size() - head && tail < now.size() - head
           && old[old.size() - 1 - tail] == now[now.size() - 1 - tail])
        ++tail;
    QString text;
    const auto add = [&text](QChar sign, const QString &line) {
        text += u"\n    "_s + sign + u' ' + printableLine(line);
    };
    const auto addAll = [&](QChar sign, const QStringList &lines) {
        const QStringList changed = lines.mid(head, lines.size() - head - tail);
        for (const QString &line : changed.first(std::min(shown, changed.size())))
            add(sign, line);
        if (changed.size() > shown)
            add(sign, u"... %1 lines more"_s.arg(changed.size() - shown));
    };
    if (head > 0)
        add(u' ', old[head - 1]);
    addAll(u'-', old);
    addAll(u'+', now);
    if (tail > 0)
        add(u' ', now[now.size() - tail]);
    return text;
}

QString fieldText(const PlanChange &change)
{
    const QString subject = subjectOf(change);
    if (change.subject == "approval"_L1 && change.field == "required"_L1)
        return u"%1 needs %2 now, %3 before"_s.arg(subject, people(change.after), people(change.before));
    if (change.subject == "pack"_L1 && change.field == "digest"_L1)
        return u"the pack has other files: digest %1 now, %2 before"_s.arg(change.after.toString(),
                                                                           change.before.toString());
    if (change.field == "module.digest"_L1)
        return u"%1: its module has other files: digest %2 now, %3 before"_s.arg(
            subject, change.after.toString(), change.before.toString());
    const QString field = printableLine(change.field);
    if (change.before.isUndefined())
        return u"%1: %2 is %3 now, before there was none"_s.arg(subject, field, printableValue(change.after));
    if (change.after.isUndefined())
        return u"%1: %2 is gone, it was %3"_s.arg(subject, field, printableValue(change.before));
    if (isLongText(change.before) && isLongText(change.after))
        return u"%1: %2 changed"_s.arg(subject, field)
               + lineDifference(change.before.toString(), change.after.toString());
    return u"%1: %2 changed from %3 to %4"_s.arg(subject, field, printableValue(change.before),
                                                 printableValue(change.after));
}

QString changeText(const PlanChange &change)
{
    const QString subject = subjectOf(change);
    switch (change.kind) {
    case PlanChange::Added:
        return change.subject == "input"_L1 ? u"%1 was added: %2"_s.arg(subject, printableValue(change.after))
                                            : subject + u" was added"_s;
    case PlanChange::Removed: return subject + u" was removed"_s;
    case PlanChange::Moved:
        return change.after.isNull() ? subject + u" comes first now"_s
                                     : u"%1 follows %2 now"_s.arg(subject, quoted(change.after.toString()));
    case PlanChange::Changed: break;
    }
    if (!change.field.isEmpty())
        return fieldText(change);
    return u"%1 changed from %2 to %3"_s.arg(subject, printableValue(change.before),
                                             printableValue(change.after));
}

} // namespace

QString PlanDifference::toText() const
{
    if (isSame())
        return u"The plans are the same: %1\n"_s.arg(hashAfter);
    QString text = u"Plan %1\nwas  %2\n\n"_s.arg(hashAfter, hashBefore);
    for (const PlanChange &change : changes)
        text += changeText(change) + u'\n';
    if (moreChanges > 0)
        text += u"... and %1 changes more\n"_s.arg(moreChanges);
    return text;
}

QJsonObject PlanDifference::toJson() const
{
    QJsonArray list;
    for (const PlanChange &change : changes) {
        QJsonObject json{{u"kind"_s, engine::toString(change.kind)}, {u"subject"_s, change.subject}};
        if (!change.name.isEmpty())
            json.insert(u"name"_s, change.name);
        if (!change.field.isEmpty())
            json.insert(u"field"_s, change.field);
        if (!change.before.isUndefined())
            json.insert(u"before"_s, change.before);
        if (!change.after.isUndefined())
            json.insert(change.kind == PlanChange::Moved ? u"follows"_s : u"after"_s, change.after);
        list.append(json);
    }
    return {{u"same"_s, isSame()},
            {u"before"_s, hashBefore},
            {u"after"_s, hashAfter},
            {u"changes"_s, list},
            {u"moreChanges"_s, moreChanges}};
}

} // namespace engine
