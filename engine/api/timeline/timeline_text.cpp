#include "engine/api/timeline/timeline_forms.h"
#include "engine/base/duration.h"
#include "engine/base/printable.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

struct TextRow
{
    Timestamp at{};
    QStringList cells{};
};

/// "0:00:12.345"
QString clockText(std::chrono::milliseconds span)
{
    const qint64 all = std::max<qint64>(span.count(), 0);
    return u"%1:%2:%3.%4"_s.arg(all / 3'600'000)
        .arg(all / 60'000 % 60, 2, 10, QLatin1Char('0'))
        .arg(all / 1000 % 60, 2, 10, QLatin1Char('0'))
        .arg(all % 1000, 3, 10, QLatin1Char('0'));
}

QString stepText(const QString &path)
{
    return path.isEmpty() ? u"(run)"_s : printable(path);
}

QString phaseText(const TimelinePhase &phase)
{
    QString text = phase.state;
    if (phase.attempt > 0 && phase.state == toString(StepState::Running))
        text = u"attempt %1"_s.arg(phase.attempt);
    if (!phase.next.isEmpty())
        text += u", then "_s + phase.next;
    if (!phase.reason.isEmpty())
        text += u": "_s + printable(phase.reason);
    return text;
}

/// Digests and ids say nothing to a reader; they stand in the other formats.
bool isForPeople(const QString &name, const QJsonValue &value)
{
    const bool isNamed = name.endsWith(u"Sha256"_s) || name == u"sha256"_s || name == u"planHash"_s
                         || name == u"keyId"_s || name == u"decisionId"_s;
    return !isNamed && !value.isObject() && !value.isArray()
           && !(value.isString() && value.toString().isEmpty());
}

QString markText(const TimelineMark &mark)
{
    QStringList facts;
    for (auto member = mark.data.begin(); member != mark.data.end(); ++member) {
        if (isForPeople(member.key(), member.value()))
            facts += member.key() + u' ' + printable(member.value().toVariant().toString());
    }
    return facts.isEmpty() ? mark.type : mark.type + u": "_s + facts.join(u", "_s);
}

QString inColumns(const QList<TextRow> &rows)
{
    constexpr int columns = 4;
    qsizetype widths[columns] = {};
    for (const TextRow &row : rows) {
        for (int i = 0; i < columns; ++i)
            widths[i] = std::max(widths[i], row.cells[i].size());
    }
    QString text;
    for (const TextRow &row : rows) {
        for (int i = 0; i + 1 < columns; ++i)
            text += row.cells[i].leftJustified(widths[i] + 2);
        text += row.cells.last() + u'\n';
    }
    return text;
}

} // namespace

QByteArray timelineText(const RunSummary &run, const Timeline &timeline, Timestamp now)
{
    const Timestamp start = run.createdAt;
    QList<TextRow> rows;
    for (const TimelinePhase &phase : timeline.phases) {
        const auto took = phase.end.value_or(std::max(now, phase.begin)) - phase.begin;
        rows += TextRow{phase.begin,
                        {clockText(phase.begin - start), toWords(took) + (phase.end ? u""_s : u" so far"_s),
                         stepText(phase.path), phaseText(phase)}};
    }
    for (const TimelineMark &mark : timeline.marks)
        rows += TextRow{mark.at, {clockText(mark.at - start), u""_s, stepText(mark.path), markText(mark)}};
    std::ranges::stable_sort(rows, {}, &TextRow::at);
    rows.prepend({start, {u"AT"_s, u"TOOK"_s, u"STEP"_s, u"WHAT"_s}});

    const Timestamp end = run.completedAt.value_or(std::max(now, start));
    const QString head = u"Run      %1\nPack     %2 %3\nState    %4%5\nStarted  %6\nTook     %7%8\n\n"_s.arg(
        run.id.value, printable(run.packName), printable(run.packVersion), toString(run.state),
        run.reason.isEmpty() ? QString() : u": "_s + printable(run.reason), toIso(start),
        toWords(end - start), run.completedAt ? u""_s : u" so far"_s);
    return (head + inColumns(rows)).toUtf8();
}

} // namespace engine
