#include "engine/pack/inputs.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"
#include "engine/base/nearest_name.h"
#include "engine/pack/json_schema.h"
#include "engine/pack/reader/describe_json.h"

#include <QFileInfo>
#include <QRegularExpression>

#include <cmath>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr double maxExactInteger = 9007199254740991.0; // 2^53-1

bool isInteger(const QJsonValue &value)
{
    const double number = value.toDouble();
    return value.isDouble() && std::floor(number) == number && std::fabs(number) <= maxExactInteger;
}

bool hasType(const QJsonValue &value, InputType type)
{
    switch (type) {
    case InputType::String:
    case InputType::File: return value.isString();
    case InputType::Integer: return isInteger(value);
    case InputType::Number: return value.isDouble() && std::isfinite(value.toDouble());
    case InputType::Boolean: return value.isBool();
    case InputType::Array: return value.isArray();
    case InputType::Object: return value.isObject();
    }
    Q_UNREACHABLE();
}

/// "an integer", "a file": for "expected ...".
QString withArticle(InputType type)
{
    switch (type) {
    case InputType::File: return u"the path of a file"_s;
    case InputType::Integer: return u"an integer"_s;
    case InputType::Array: return u"an array"_s;
    case InputType::Object: return u"an object"_s;
    case InputType::String:
    case InputType::Number:
    case InputType::Boolean: return u"a "_s + toString(type);
    }
    Q_UNREACHABLE();
}

Error problem(const QString &path, QString message)
{
    return {ErrorCode::InvalidInput, std::move(message), {{}, 0, 0, path}, {}};
}

class Binder
{
public:
    void bind(const InputSpec &spec, const QJsonValue &value);
    void add(Error error) { m_problems += std::move(error); }
    Result<BoundInputs> take();

private:
    void bindFile(const InputSpec &spec, const QString &given);

    BoundInputs m_bound;
    QList<Error> m_problems;
};

void Binder::bind(const InputSpec &spec, const QJsonValue &value)
{
    const QString path = u'/' + pointerToken(spec.name);
    if (!hasType(value, spec.type)) {
        add(problem(path, u"expected %1, found %2"_s.arg(withArticle(spec.type), describeJson(value))));
        return;
    }
    if (spec.type == InputType::File) {
        bindFile(spec, value.toString());
        return;
    }
    // 5.0 and 5 are one integer; as an integer it has one form in the plan.
    const QJsonValue bound =
        spec.type == InputType::Integer ? QJsonValue(value.toInteger(qint64(value.toDouble()))) : value;
    m_bound.values.insert(spec.name, bound);
    if (spec.schema.isEmpty())
        return;
    const auto checked = validateAgainst(spec.schema, bound);
    if (checked)
        return;
    for (const Error &cause : partsOf(checked.error()))
        add(problem(path + cause.where.path, cause.message));
}

void Binder::bindFile(const InputSpec &spec, const QString &given)
{
    const QString path = u'/' + pointerToken(spec.name);
    const QFileInfo info(given);
    if (given.isEmpty() || !info.exists()) {
        add(problem(path, u"there is no file \"%1\""_s.arg(given)));
        return;
    }
    if (!info.isFile()) {
        add(problem(path, u"\"%1\" is not a regular file"_s.arg(given)));
        return;
    }
    const auto digest = digestOfFile(given);
    if (!digest) {
        add(problem(path, digest.error().message));
        return;
    }
    const QString name = info.fileName();
    m_bound.values.insert(spec.name, QJsonObject{{u"name"_s, name},
                                                 {u"sha256"_s, digest->sha256},
                                                 {u"size"_s, digest->sizeBytes},
                                                 {u"path"_s, u"inputs/"_s + spec.name + u'/' + name}});
    m_bound.files.insert(spec.name, given);
}

Result<BoundInputs> Binder::take()
{
    if (!m_problems.isEmpty())
        return combined(std::move(m_problems));
    return std::move(m_bound);
}

QString shortened(const QString &text)
{
    return text.size() > 40 ? text.first(37) + u"..."_s : text;
}

} // namespace

Result<BoundInputs> bindInputs(const QList<InputSpec> &specs, const QJsonObject &given)
{
    Binder binder;
    QStringList names;
    for (const InputSpec &spec : specs) {
        names += spec.name;
        const QString path = u'/' + pointerToken(spec.name);
        if (given.contains(spec.name))
            binder.bind(spec, given.value(spec.name));
        else if (spec.defaultValue)
            binder.bind(spec, *spec.defaultValue);
        else if (spec.required)
            binder.add(problem(path, u"input \"%1\" is required"_s.arg(spec.name)));
    }
    for (const QString &name : given.keys()) {
        if (names.contains(name))
            continue;
        const QString hint = names.isEmpty() ? u"; the pack declares no inputs"_s : didYouMean(name, names);
        binder.add(problem(u'/' + pointerToken(name), u"unknown input \"%1\"%2"_s.arg(name, hint)));
    }
    return binder.take();
}

Result<QJsonValue> inputFromText(const InputSpec &spec, const QString &text)
{
    const QString path = u'/' + pointerToken(spec.name);
    if (spec.type == InputType::String)
        return QJsonValue(text);
    if (spec.type == InputType::File) {
        if (text.isEmpty())
            return problem(path, u"expected the path of a file, found empty text"_s);
        return QJsonValue(text);
    }
    const bool isStructure = spec.type == InputType::Array || spec.type == InputType::Object;
    const auto value = parseJson(text.toUtf8());
    if (!value && isStructure) {
        const QString where =
            u"line %1, column %2"_s.arg(value.error().where.line).arg(value.error().where.column);
        return problem(path, u"expected %1 as JSON: %2 at %3"_s.arg(withArticle(spec.type),
                                                                    value.error().message, where));
    }
    const bool isTyped = value && hasType(*value, spec.type);
    // 5.0 and 5e0 are integers in JSON, but nobody types them by intent.
    const bool isSpelled = spec.type != InputType::Integer || !text.contains(QRegularExpression(u"[.eE]"_s));
    if (isTyped && isSpelled)
        return *value;
    if (value && isStructure)
        return problem(path,
                       u"expected %1 as JSON, found %2"_s.arg(withArticle(spec.type), describeJson(*value)));
    const QString hint = spec.type == InputType::Boolean ? u"true or false"_s : withArticle(spec.type);
    return problem(path, u"expected %1, found \"%2\""_s.arg(hint, shortened(text)));
}

} // namespace engine
