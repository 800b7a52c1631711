#include "engine/pack/yaml/yaml_scalar.h"

#include <QRegularExpression>

#include <cmath>

using namespace Qt::StringLiterals;

namespace engine {

using Resolved = std::optional<QJsonValue>;

static Result<Resolved> integerOf(const QString &text, QStringView digits, int base)
{
    constexpr qlonglong largest = 9007199254740991; // 2^53-1, what JSON numbers hold exactly (RFC 7493)
    bool ok = false;
    const qlonglong value = digits.toLongLong(&ok, base);
    if (!ok || value > largest || value < -largest)
        return invalid(u"integer %1 is beyond 2^53-1; put it in quotes"_s.arg(text));
    return Resolved(value);
}

Result<std::optional<QJsonValue>> resolvePlainScalar(const QString &text)
{
    static const QRegularExpression number(u"\\A[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?\\z"_s);
    static const QRegularExpression decimal(u"\\A[-+]?[0-9]+\\z"_s);
    static const QRegularExpression octal(u"\\A0o[0-7]+\\z"_s);
    static const QRegularExpression hex(u"\\A0x[0-9a-fA-F]+\\z"_s);
    static const QRegularExpression notFinite(u"\\A([-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN))\\z"_s);

    if (text == "true"_L1 || text == "True"_L1 || text == "TRUE"_L1)
        return Resolved(true);
    if (text == "false"_L1 || text == "False"_L1 || text == "FALSE"_L1)
        return Resolved(false);
    // Most scalars are text; their first character says so.
    const QChar first = text.isEmpty() ? QChar() : text.front();
    if ((first < u'0' || first > u'9') && first != u'-' && first != u'+' && first != u'.')
        return Resolved();
    if (decimal.match(text).hasMatch())
        return integerOf(text, text, 10);
    if (octal.match(text).hasMatch())
        return integerOf(text, QStringView(text).sliced(2), 8);
    if (hex.match(text).hasMatch())
        return integerOf(text, QStringView(text).sliced(2), 16);
    if (notFinite.match(text).hasMatch())
        return invalid(u"number %1 is not accepted; expected a finite number"_s.arg(text));
    if (!number.match(text).hasMatch())
        return Resolved();
    bool ok = false;
    const double value = text.toDouble(&ok);
    if (!ok || !std::isfinite(value))
        return invalid(u"number %1 is beyond the range of a double"_s.arg(text));
    return Resolved(value);
}

} // namespace engine
