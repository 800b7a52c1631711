#include "engine/plan/simulation.h"

#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace engine {

/// The last part of a path, below its parents: "    restart", "    [3] restart".
static QString indentedName(const QString &path)
{
    const qsizetype depth = path.count(u'/') + path.count("::"_L1);
    const qsizetype slash = path.lastIndexOf(u'/') + 1;
    const qsizetype item = path.lastIndexOf("::"_L1);
    QString name = path.sliced(slash);
    if (item > slash)
        name = path.sliced(path.lastIndexOf(u'[', item), item - path.lastIndexOf(u'[', item)) + u' '
               + path.sliced(item + 2);
    return QString(depth * 2, u' ') + name;
}

/// One line without anything that a terminal would obey.
static QString printable(const QString &text)
{
    QString out = text.simplified();
    for (QChar &letter : out) {
        if (letter.category() == QChar::Other_Control || letter.category() == QChar::Other_Format)
            letter = u'?';
    }
    return out;
}

static QString counted(qsizetype number, const QString &one, const QString &many)
{
    return QString::number(number) + u' ' + (number == 1 ? one : many);
}

QString Simulation::toText() const
{
    const QStringList titles{u"wave"_s, u"step"_s, u"kind"_s, u"outcome"_s, u"why"_s};
    QList<QStringList> rows{titles};
    rows.reserve(steps.size() + 1);
    for (const SimulatedStep &step : steps) {
        rows += QStringList{step.wave > 0 ? QString::number(step.wave) : u"-"_s, indentedName(step.path),
                            engine::toString(step.kind), engine::toString(step.outcome).replace(u'-', u' '),
                            printable(step.reason)};
    }
    QList<qsizetype> widths(titles.size());
    for (const QStringList &row : std::as_const(rows)) {
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths.at(i), row.at(i).size());
    }
    QString text = u"Plan %1\n%2 in %3, %4\n\n"_s.arg(planHash, counted(steps.size(), u"step"_s, u"steps"_s),
                                                      counted(waves, u"wave"_s, u"waves"_s),
                                                      counted(approvals, u"approval"_s, u"approvals"_s));
    for (const QStringList &row : std::as_const(rows)) {
        QString line = row.first().rightJustified(widths.first());
        for (qsizetype i = 1; i < row.size(); ++i)
            line += u"  "_s + (i + 1 < row.size() ? row.at(i).leftJustified(widths.at(i)) : row.at(i));
        while (line.endsWith(u' '))
            line.chop(1);
        text += line + u'\n';
    }
    return text;
}

QJsonObject Simulation::toJson() const
{
    QJsonArray list;
    for (const SimulatedStep &step : steps) {
        QJsonObject json{{u"path"_s, step.path},
                         {u"kind"_s, engine::toString(step.kind)},
                         {u"outcome"_s, engine::toString(step.outcome)}};
        if (!step.reason.isEmpty())
            json.insert(u"reason"_s, step.reason);
        if (step.wave > 0)
            json.insert(u"wave"_s, step.wave);
        list.append(json);
    }
    return {{u"planHash"_s, planHash}, {u"waves"_s, waves}, {u"approvals"_s, approvals}, {u"steps"_s, list}};
}

} // namespace engine
