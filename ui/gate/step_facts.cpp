#include "ui/gate/step_facts.h"

#include "engine/base/json.h"
#include "ui/common/safe_text.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ui::StepFacts", text);
}

/// A text block line by line: safeText() keeps each whole up to a length that no line of a plan reaches
/// unnoticed.
QStringList safeBlock(const QString &text)
{
    QStringList lines;
    for (const QString &line : text.split(u'\n'))
        lines += safeText(QString(line).replace(u'\t', u"    "_s));
    if (lines.size() > 1 && lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

QString asText(const QJsonValue &value)
{
    return value.isString() ? value.toString() : QString::fromUtf8(engine::canonicalJsonOf(value));
}

QStringList asLines(const QJsonValue &value)
{
    if (value.isString())
        return safeBlock(value.toString());
    return safeBlock(QString::fromUtf8(engine::prettyJson(value)));
}

/// Takes facts out of an object until nothing is left in it.
class Reader
{
public:
    explicit Reader(const QJsonObject &detail)
        : m_rest(detail)
    {
        for (const QString &shownElsewhere : {u"id"_s, u"name"_s, u"kind"_s})
            m_rest.remove(shownElsewhere);
    }

    QList<StepFact> all()
    {
        QJsonObject with = m_rest.value("with"_L1).toObject();
        text("uses"_L1, tr("Module"));
        arguments(with);
        script(with);
        if (m_rest.value("with"_L1).isObject())
            m_rest.remove("with"_L1);
        members(with, tr("With %1"), true);
        environment();
        text("approval"_L1, tr("Approval"));
        text("policy"_L1, tr("Policy"));
        text("message"_L1, tr("Message"));
        text("when"_L1, tr("Only when"));
        text("timeout"_L1, tr("Time limit"));
        members(m_rest, u"%1"_s, false);
        return m_facts;
    }

private:
    void add(const QString &label, const QStringList &lines, bool isCode)
    {
        m_facts += {label, lines, isCode};
    }

    void text(QLatin1StringView key, const QString &label)
    {
        if (m_rest.value(key).isString())
            add(label, safeBlock(m_rest.take(key).toString()), false);
    }

    void arguments(QJsonObject &with)
    {
        const QJsonValue command = with.value("command"_L1);
        if (!command.isArray())
            return;
        QStringList lines;
        for (const QJsonValue &argument : command.toArray())
            lines += safeText(asText(argument));
        add(tr("Command, one argument a line"), lines, true);
        with.remove("command"_L1);
    }

    void script(QJsonObject &with)
    {
        if (!with.value("script"_L1).isString())
            return;
        const QString shell = safeText(with.take("shell"_L1).toString(u"sh"_s));
        add(tr("Script for %1, whole").arg(shell), safeBlock(with.take("script"_L1).toString()), true);
    }

    void environment()
    {
        if (!m_rest.value("env"_L1).isObject())
            return;
        const QJsonObject env = m_rest.take("env"_L1).toObject();
        QStringList lines;
        for (auto it = env.begin(); it != env.end(); ++it)
            lines += safeText(it.key() + u'=' + asText(it.value()));
        if (!lines.isEmpty())
            add(tr("Environment"), lines, true);
    }

    void members(const QJsonObject &object, const QString &label, bool isCode)
    {
        for (auto it = object.begin(); it != object.end(); ++it)
            add(label.arg(safeText(it.key())), asLines(it.value()), isCode || !it.value().isString());
    }

    QJsonObject m_rest;
    QList<StepFact> m_facts;
};

} // namespace

QList<StepFact> stepFacts(const engine::OutlineNode &node)
{
    return Reader(node.detail).all();
}

bool hasOpenExpression(const QList<StepFact> &facts)
{
    return std::ranges::any_of(facts, [](const StepFact &fact) {
        return std::ranges::any_of(fact.lines, [](const QString &line) { return line.contains("{{"_L1); });
    });
}

} // namespace ui
