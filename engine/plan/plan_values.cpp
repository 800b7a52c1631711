#include "engine/plan/plan_values.h"

#include "engine/base/json.h"
#include "engine/pack/expression/template.h"

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace engine {

// NOLINTBEGIN(misc-no-recursion): over values of at most maxValueDepth levels, and steps of at most
// maxNesting

template<class Test>
static bool anyScalar(const QJsonValue &value, const Test &test)
{
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        return std::any_of(array.begin(), array.end(),
                           [&](const QJsonValue &item) { return anyScalar(item, test); });
    }
    if (value.isObject()) {
        const QJsonObject object = value.toObject();
        return std::any_of(object.begin(), object.end(),
                           [&](const QJsonValue &member) { return anyScalar(member, test); });
    }
    return test(value);
}

bool isDeeperThan(const QJsonValue &value, int levels)
{
    if (!value.isArray() && !value.isObject())
        return false;
    if (levels == 0)
        return true;
    const auto isDeeper = [levels](const QJsonValue &inner) { return isDeeperThan(inner, levels - 1); };
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        return std::any_of(array.begin(), array.end(), isDeeper);
    }
    const QJsonObject object = value.toObject();
    return std::any_of(object.begin(), object.end(), isDeeper);
}

static bool isPlanInteger(double number)
{
    return std::trunc(number) == number && std::fabs(number) <= 9007199254740991.0; // 2^53-1
}

bool isPlanForm(const QJsonValue &value)
{
    return !anyScalar(value,
                      [](const QJsonValue &v) { return v.isDouble() && !isPlanInteger(v.toDouble()); });
}

static QString numberText(const QJsonValue &number)
{
    return QString::fromLatin1(es6Number(number.toDouble()));
}

/// A value with each scalar in it replaced by what change makes of it.
template<class Change>
static QJsonValue changed(const QJsonValue &value, const Change &change)
{
    if (value.isArray()) {
        QJsonArray out;
        const QJsonArray array = value.toArray();
        for (const QJsonValue item : array)
            out.append(changed(item, change));
        return out;
    }
    if (value.isObject()) {
        QJsonObject out;
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member)
            out.insert(member.key(), changed(member.value(), change));
        return out;
    }
    return change(value);
}

QJsonValue planForm(const QJsonValue &value)
{
    if (isPlanForm(value))
        return value;
    return changed(value, [](const QJsonValue &v) { return isPlanForm(v) ? v : QJsonValue(numberText(v)); });
}

QJsonObject planForm(const QJsonObject &object)
{
    return planForm(QJsonValue(object)).toObject();
}

/// In an expression digits alone are an integer, which is none beyond 2^53-1.
static QString numberTemplate(const QJsonValue &number)
{
    const QString text = numberText(number);
    const bool isDigits = !text.contains(u'.') && !text.contains(u'e');
    return u"{{ "_s + text + (isDigits ? u".0 }}"_s : u" }}"_s);
}

QJsonObject exactForm(const QJsonObject &templates)
{
    if (isPlanForm(templates))
        return templates;
    return changed(QJsonValue(templates),
                   [](const QJsonValue &v) { return isPlanForm(v) ? v : QJsonValue(numberTemplate(v)); })
        .toObject();
}

QJsonValue literalForm(const QJsonValue &value)
{
    return changed(value, [](const QJsonValue &v) {
        if (v.isString())
            return QJsonValue(escapeTemplate(v.toString()));
        return isPlanForm(v) ? v : QJsonValue(numberTemplate(v));
    });
}

bool holdsTemplate(const QJsonValue &value)
{
    return anyScalar(value,
                     [](const QJsonValue &v) { return v.isString() && v.toString().contains("{{"_L1); });
}

bool isDecided(const QJsonValue &value)
{
    return !anyScalar(value, [](const QJsonValue &v) {
        if (!v.isString() || !v.toString().contains("{{"_L1))
            return false;
        const auto parsed = Template::parse(v.toString());
        return !parsed || !parsed->roots().isEmpty();
    });
}

bool mentionsRoot(const QJsonValue &value, const QString &root)
{
    return anyScalar(value, [&root](const QJsonValue &v) {
        if (!v.isString() || !v.toString().contains("{{"_L1))
            return false;
        const auto parsed = Template::parse(v.toString());
        return parsed && parsed->roots().contains(root);
    });
}

bool needsRun(const QJsonValue &value)
{
    return anyScalar(value, [](const QJsonValue &v) {
        if (!v.isString() || !v.toString().contains("{{"_L1))
            return false;
        const auto parsed = Template::parse(v.toString());
        const QStringList names = parsed ? parsed->runNames() : QStringList();
        return std::any_of(names.begin(), names.end(),
                           [](const QString &name) { return name != "planHash"_L1; });
    });
}

QStringList stepsNamedIn(const QJsonValue &value)
{
    QStringList ids;
    anyScalar(value, [&ids](const QJsonValue &v) {
        const auto parsed = Template::parse(v.toString());
        ids += v.isString() && parsed ? parsed->stepIds() : QStringList();
        return false; // All of them.
    });
    ids.removeDuplicates();
    return ids;
}

bool holdsNumberText(const QJsonValue &value)
{
    return anyScalar(value, [](const QJsonValue &v) {
        bool isNumber = false;
        const QByteArray text = v.toString().toUtf8();
        const double number = v.isString() ? text.toDouble(&isNumber) : 0;
        return isNumber && std::isfinite(number) && !isPlanInteger(number) && es6Number(number) == text;
    });
}

static qsizetype roughSize(const QJsonValue &value)
{
    qsizetype size = 1;
    if (value.isArray()) {
        const QJsonArray array = value.toArray();
        for (const QJsonValue item : array)
            size += roughSize(item) + 1;
    } else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto member = object.begin(); member != object.end(); ++member)
            size += member.key().size() + roughSize(member.value()) + 1;
    } else if (value.isString()) {
        size += value.toString().size();
    }
    return size;
}

qsizetype roughSize(const PlanStep &step)
{
    qsizetype size = 20; // {"id":"","kind":""}
    for (const QString *text : {&step.id, &step.name, &step.when, &step.gate, &step.message, &step.run.uses})
        size += text->size();
    for (const QJsonObject *object : {&step.run.with, &step.run.env, &step.input})
        size += object->isEmpty() ? 0 : roughSize(QJsonValue(*object));
    if (step.kind == StepKind::Map)
        size += roughSize(step.items);
    for (const PlanStep &child : step.children)
        size += roughSize(child);
    return size;
}

// NOLINTEND(misc-no-recursion)

} // namespace engine
