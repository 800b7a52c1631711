#pragma once

#include "engine/pack/expression/checker.h"
#include "engine/pack/expression/template.h"

#include <QStringList>

/// The exact types of the values in a scope, so that what is checked can be compared with what is evaluated.
class ExactTypes : public engine::expr::TypeScope
{
public:
    explicit ExactTypes(const engine::Scope &scope)
    {
        const auto add = [this](const char *name, const std::optional<QJsonObject> &object) {
            if (object)
                m_roots.insert(QLatin1String(name), *object);
        };
        add("inputs", scope.inputs);
        add("steps", scope.steps);
        add("run", scope.run);
        add("secrets", scope.secrets);
        if (scope.item)
            m_roots.insert(QLatin1String("item"), *scope.item);
        if (scope.index)
            m_roots.insert(QLatin1String("index"), *scope.index);
        if (scope.input)
            m_roots.insert(QLatin1String("input"), *scope.input);
    }

    engine::Result<engine::expr::ValueType> root(const QString &name) const override
    {
        if (!m_roots.contains(name))
            return engine::invalid(QStringLiteral("\"%1\" has no value here").arg(name));
        return engine::expr::typeOfValue(m_roots.value(name));
    }

    engine::Result<engine::expr::ValueType> member(const QString &root, const QString &name) const override
    {
        if (!m_roots.contains(root))
            return engine::invalid(QStringLiteral("\"%1\" has no value here").arg(root));
        const QJsonValue value = m_roots.value(root).toObject().value(name);
        if (value.isUndefined()) // It may come with other values; this is no question of types.
            return engine::expr::ValueType();
        return engine::expr::typeOfValue(value);
    }

    QString hint(const QString &, const QStringList &) const override { return {}; }

private:
    QHash<QString, QJsonValue> m_roots;
};
