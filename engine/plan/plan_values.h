#pragma once

#include "engine/plan/plan.h"

/// Values as a plan holds them. Internal to engine/plan.
namespace engine {

/// How deep a value inside a plan may be nested. Everything below relies on it, see isDeeperThan().
inline constexpr int maxValueDepth = 128;

bool isDeeperThan(const QJsonValue &value, int levels);

/// The plan form of a value: integers within 2^53-1 stay, every other number becomes a string of its ES6
/// text. An object or array without such a number is returned as it is, still shared.
QJsonValue planForm(const QJsonValue &value);
QJsonObject planForm(const QJsonObject &object);

/// Like planForm(), but evaluateAll() gives every number back as it was: "{{ 0.5 }}". For strings that are
/// templates already.
QJsonObject exactForm(const QJsonObject &templates);

/// A value as a template that evaluateAll() makes that value again, strings with "{{" included.
QJsonValue literalForm(const QJsonValue &value);

/// Whether planForm() would leave the value alone.
bool isPlanForm(const QJsonValue &value);

/// Whether some string in the value, or an expression in it, waits for more than the plan knows.
/// Every string must parse as a template.
bool isDecided(const QJsonValue &value);

/// Whether an expression in some string of the value names this root of a scope, "item" for one.
bool mentionsRoot(const QJsonValue &value, const QString &root);

/// Whether an expression in some string of the value names more of the run than its planHash.
bool needsRun(const QJsonValue &value);

/// The steps that expressions in the value name, in order, without repeats.
QStringList stepsNamedIn(const QJsonValue &value);

/// Whether some string in the value could be a number that planForm() made text.
bool holdsNumberText(const QJsonValue &value);

/// Whether some string in the value holds "{{".
bool holdsTemplate(const QJsonValue &value);

/// About how long the step is in canonical form, never more than that: tells early that a plan grows too
/// large.
qsizetype roughSize(const PlanStep &step);

} // namespace engine
