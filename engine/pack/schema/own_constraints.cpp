#include "engine/pack/schema/own_constraints.h"

#include "engine/base/json.h"
#include "engine/pack/schema/schema_check.h"
#include "engine/pack/schema/text_rules.h"

#include <QHash>

#include <new>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/validation_results.hpp>

using namespace Qt::StringLiterals;
using valijson::adapters::Adapter;

namespace engine::schema {

namespace {

/// What the library asks of a constraint of one's own, once.
template<class Derived>
class OwnConstraint : public valijson::constraints::PolyConstraint
{
public:
    bool validate(const Adapter &target, const std::vector<std::string> &context,
                  valijson::ValidationResults *results) const override
    {
        const QString problem = static_cast<const Derived *>(this)->problemOf(target);
        if (!problem.isEmpty() && results)
            results->pushError(context, problem.toStdString());
        return problem.isEmpty();
    }

private:
    valijson::constraints::Constraint *cloneInto(void *place) const override
    {
        return new (place) Derived(*static_cast<const Derived *>(this));
    }
    size_t sizeOf() const override { return sizeof(Derived); }
};

class PatternConstraint : public OwnConstraint<PatternConstraint>
{
public:
    explicit PatternConstraint(const Adapter &value)
        : m_pattern(QString::fromStdString(value.asString()))
        , m_expression(*compilePattern(m_pattern))
    {
    }

    QString problemOf(const Adapter &target) const
    {
        if (!target.isString())
            return {};
        const auto match = m_expression.match(QString::fromStdString(target.asString()));
        if (match.isValid() && match.hasMatch())
            return {};
        return u"expected text that matches the pattern %1"_s.arg(m_pattern);
    }

private:
    QString m_pattern;
    QRegularExpression m_expression;
};

class FormatConstraint : public OwnConstraint<FormatConstraint>
{
public:
    explicit FormatConstraint(const Adapter &value)
        : m_format(QString::fromStdString(value.asString()))
    {
    }

    QString problemOf(const Adapter &target) const
    {
        if (!target.isString() || hasFormat(QString::fromStdString(target.asString()), m_format))
            return {};
        return u"expected text of the format %1"_s.arg(m_format);
    }

private:
    QString m_format;
};

class UniqueItemsConstraint : public OwnConstraint<UniqueItemsConstraint>
{
public:
    explicit UniqueItemsConstraint(const Adapter &value)
        : m_isUnique(value.asBool())
    {
    }

    QString problemOf(const Adapter &target) const
    {
        const auto *adapter = dynamic_cast<const JsonAdapter *>(&target);
        if (!m_isUnique || !adapter || !target.isArray())
            return {};
        QHash<QByteArray, qsizetype> seen;
        const QJsonArray items = adapter->json().toArray();
        for (qsizetype i = 0; i < items.size(); ++i) {
            const QByteArray text = canonicalJsonOf(items[i]); // Equal values have equal canonical forms.
            if (const auto first = seen.constFind(text); first != seen.cend())
                return u"expected items that differ: %1 and %2 are equal"_s.arg(QString::number(*first),
                                                                                QString::number(i));
            seen.insert(text, i);
        }
        return {};
    }

private:
    bool m_isUnique;
};

template<class Constraint>
class Builder : public valijson::ConstraintBuilder
{
public:
    valijson::constraints::Constraint *make(const Adapter &value) const override
    {
        return new Constraint(value);
    }
};

} // namespace

void addOwnConstraints(valijson::SchemaParser &parser)
{
    // The parser owns the builders.
    parser.addConstraintBuilder(patternKey, new Builder<PatternConstraint>);
    parser.addConstraintBuilder(formatKey, new Builder<FormatConstraint>);
    parser.addConstraintBuilder(uniqueItemsKey, new Builder<UniqueItemsConstraint>);
}

} // namespace engine::schema
