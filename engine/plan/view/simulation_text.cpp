#include "engine/pack/egress.h"
#include "engine/plan/simulation.h"
#include "engine/plan/view/printable_text.h"

#include <QHash>
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

static QString counted(qsizetype number, const QString &one, const QString &many)
{
    return QString::number(number) + u' ' + (number == 1 ? one : many);
}

static QString secretLine(const SimulatedSecret &secret)
{
    static const QHash<SecretState, QString> words{{SecretState::NoSource, u"no source given"_s},
                                                   {SecretState::Found, u"found"_s},
                                                   {SecretState::Missing, u"missing"_s},
                                                   {SecretState::AskedAtStart, u"asked for at the start"_s}};
    QString line = u"  %1%2: %3"_s.arg(secret.name, secret.required ? QString() : u" (optional)"_s,
                                       words.value(secret.finding.state));
    if (!secret.finding.detail.isEmpty())
        line += u", "_s + printableLine(secret.finding.detail);
    return line;
}

static QString requestLine(const SimulatedRequest &request)
{
    const QString verdict = request.isAllowed ? QString() : u", which is not on the egress list"_s;
    return u"  %1: %2%3"_s.arg(request.path, printableLine(request.target), verdict);
}

template<class Value, class Line>
static QString section(const QString &title, const QList<Value> &values, const Line &line)
{
    QString text;
    for (const Value &value : values)
        text += line(value) + u'\n';
    return text.isEmpty() ? text : u'\n' + title + u'\n' + text;
}

/// What a run needs beside its steps; nothing where it needs nothing.
static QString needsText(const Simulation &simulation)
{
    QString text = section(u"Secrets"_s, simulation.secrets, secretLine);
    text += section(u"Requests of the engine"_s, simulation.requests, requestLine);
    text += section(u"Modules"_s, simulation.modules,
                    [](const ModuleUse &module) { return u"  %1 %2"_s.arg(module.name, module.digest); });
    if (simulation.sandbox.mode == SandboxMode::Sealed) {
        QStringList places;
        for (const EgressRule &rule : simulation.sandbox.egress)
            places += engine::toString(rule);
        text +=
            u"\nSealed: steps reach %1\n"_s.arg(places.isEmpty() ? u"no network"_s : places.join(u", "_s));
        if (simulation.sandbox.recordViolations)
            text += u"A step that tries to reach more is recorded and goes on\n"_s;
    }
    return text;
}

QString Simulation::toText() const
{
    const QStringList titles{u"wave"_s, u"step"_s, u"kind"_s, u"outcome"_s, u"why"_s};
    QList<QStringList> rows{titles};
    rows.reserve(steps.size() + 1);
    for (const SimulatedStep &step : steps) {
        rows += QStringList{step.wave > 0 ? QString::number(step.wave) : u"-"_s, indentedName(step.path),
                            engine::toString(step.kind), engine::toString(step.outcome).replace(u'-', u' '),
                            printableLine(step.reason)};
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
    return text + needsText(*this);
}

static QJsonObject stepJson(const SimulatedStep &step)
{
    QJsonObject json{{u"path"_s, step.path},
                     {u"kind"_s, engine::toString(step.kind)},
                     {u"outcome"_s, engine::toString(step.outcome)}};
    if (!step.reason.isEmpty())
        json.insert(u"reason"_s, step.reason);
    if (step.wave > 0)
        json.insert(u"wave"_s, step.wave);
    if (step.isFinally)
        json.insert(u"finally"_s, true);
    return json;
}

static QJsonObject secretJson(const SimulatedSecret &secret)
{
    QJsonObject json{{u"name"_s, secret.name},
                     {u"required"_s, secret.required},
                     {u"state"_s, engine::toString(secret.finding.state)}};
    if (!secret.finding.detail.isEmpty())
        json.insert(u"detail"_s, secret.finding.detail);
    return json;
}

static QJsonObject requestJson(const SimulatedRequest &request)
{
    QJsonObject json{{u"path"_s, request.path}, {u"target"_s, request.target}};
    if (request.isKnown)
        json.insert(u"allowed"_s, request.isAllowed);
    return json;
}

static QJsonObject sandboxJson(const SandboxSpec &sandbox)
{
    QJsonArray egress;
    for (const EgressRule &rule : sandbox.egress)
        egress.append(engine::toString(rule));
    return {{u"mode"_s, engine::toString(sandbox.mode.value_or(SandboxMode::Open))},
            {u"egress"_s, egress},
            {u"onViolation"_s, sandbox.recordViolations ? u"record"_s : u"fail"_s}};
}

template<class Value, class ToJson>
static QJsonArray listOf(const QList<Value> &values, const ToJson &toJson)
{
    QJsonArray list;
    for (const Value &value : values)
        list.append(toJson(value));
    return list;
}

QJsonObject Simulation::toJson() const
{
    const auto moduleJson = [](const ModuleUse &module) {
        return QJsonObject{{u"name"_s, module.name}, {u"digest"_s, module.digest}};
    };
    return {{u"planHash"_s, planHash},
            {u"waves"_s, waves},
            {u"approvals"_s, approvals},
            {u"steps"_s, listOf(steps, stepJson)},
            {u"secrets"_s, listOf(secrets, secretJson)},
            {u"sandbox"_s, sandboxJson(sandbox)},
            {u"requests"_s, listOf(requests, requestJson)},
            {u"modules"_s, listOf(modules, moduleJson)}};
}

} // namespace engine
