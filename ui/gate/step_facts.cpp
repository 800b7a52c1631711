#include "ui/gate/step_facts.h"

#include "engine/base/json.h"
#include "ui/common/safe_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>

#include <algorithm>

namespace ui {

using namespace Qt::StringLiterals;

namespace {

/// safeText(), but up to 40 spaces in front stay: indentation. The view wraps, so they push nothing out of
/// sight.
QString safeIndented(const QString &line)
{
    qsizetype indent = 0;
    while (indent < line.size() && indent < 40 && line.at(indent) == u' ')
        ++indent;
    return line.first(indent) + safeText(line.mid(indent));
}

QString tr(const char *text)
{
    return QCoreApplication::translate("ui::StepFacts", text);
}

/// A text block line by line, so that none is so long that safeText() leaves something out. Its indentation
/// stays.
QStringList safeBlock(const QString &text)
{
    QStringList lines;
    for (const QString &line : text.split(u'\n'))
        lines += safeIndented(QString(line).replace(u'\t', u"    "_s));
    if (lines.size() > 1 && lines.last().isEmpty())
        lines.removeLast();
    return lines;
}

QString asText(const QJsonValue &value)
{
    return value.isString() ? value.toString() : QString::fromUtf8(engine::canonicalJsonOf(value));
}

/// An array one element a line; what is no text as JSON.
QStringList asLines(const QJsonValue &value)
{
    if (!value.isArray())
        return safeBlock(asText(value));
    QStringList lines;
    for (const auto &element : value.toArray())
        lines += safeText(asText(element));
    return lines;
}

/// What a person calls a member of a step; the member's own name for those that have no better one.
QString labelOf(const QString &member)
{
    static const QHash<QString, const char *> labels{
        {u"approval"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Approval")},
        {u"artifacts"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Artifacts kept")},
        {u"continueOnError"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "The run goes on when it fails")},
        {u"failAction"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "When it denies")},
        {u"failurePolicy"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "When one fails")},
        {u"grace"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Time to end when cancelled")},
        {u"idempotent"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "May be run again after a crash")},
        {u"input"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Input of the policy")},
        {u"items"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Items")},
        {u"maxParallel"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "At most side by side")},
        {u"outputs"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Outputs")},
        {u"policy"_s, QT_TRANSLATE_NOOP("ui::StepFacts", "Policy")},
    };
    const char *label = labels.value(member, nullptr);
    return label ? tr(label) : safeText(member);
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
        for (auto it = with.begin(); it != with.end(); ++it)
            add(tr("With %1").arg(safeText(it.key())), asLines(it.value()), true);
        environment();
        text("message"_L1, tr("Message"));
        text("when"_L1, tr("Only when"));
        text("timeout"_L1, tr("Time limit"));
        for (auto it = m_rest.begin(); it != m_rest.end(); ++it) {
            const bool isList = it.value().isArray() || it.value().isObject();
            add(labelOf(it.key()), asLines(it.value()), isList);
        }
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
        for (const auto &argument : command.toArray())
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
