#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>

namespace engine {

/// Limits on a JSON text from outside.
struct JsonLimits
{
    qsizetype maxBytes = 16 * 1024 * 1024;
    int maxDepth = 64;
    qsizetype maxNodes = 1'000'000;
};

/// Reads one JSON text (RFC 8259) strictly, as I-JSON (RFC 7493) but for noncharacters such as U+FFFF, which
/// are text here as in RFC 8785: UTF-8 without a byte order mark, no duplicate names, no lone surrogates, no
/// number beyond the range of a double, nothing after the value. Integers within 2^53-1 are kept as integers,
/// other numbers as doubles.
///
/// Fails with InvalidInput at line and column (in bytes) of the first problem; that a name stands twice shows
/// at the end of its object.
///
/// Pure and reentrant.
Result<QJsonValue> parseJson(QByteArrayView text, const QString &fileName = {},
                             const JsonLimits &limits = {});

/// parseJson() where the text must be an object.
Result<QJsonObject> parseJsonObject(QByteArrayView text, const QString &fileName = {},
                                    const JsonLimits &limits = {});

/// The canonical form of RFC 8785 (JSON Canonicalization Scheme): names sorted by UTF-16 code units, no
/// spaces, ES6 number text. Fails with InvalidInput for what I-JSON cannot hold: NaN, infinities, lone
/// surrogates.
Result<QByteArray> canonicalJson(const QJsonValue &value);

/// canonicalJson() for values that were made by parseJson() or by our own code from checked text: they cannot
/// fail (asserted).
QByteArray canonicalJsonOf(const QJsonValue &value);

/// Appends canonicalJson() of a value, so that a text too large to build from one value can be written in
/// parts. Fails likewise; out is then incomplete.
Result<> appendCanonical(QByteArray &out, const QJsonValue &value);

/// Appends a string in canonical form, quotes included. Fails likewise.
Result<> appendCanonicalString(QByteArray &out, QStringView text);

/// The text that ECMAScript's Number::toString gives (RFC 8785 section 3.2.2.3): "1e-7", "1e+21", "0" for -0.
/// number must be finite.
QByteArray es6Number(double number);

/// Indented for people, names in canonical order, numbers as in canonical form; ends with a line feed.
QByteArray prettyJson(const QJsonValue &value);

/// One reference token of a JSON Pointer (RFC 6901 section 3): "~" becomes "~0", "/" becomes "~1".
QString pointerToken(const QString &name);

} // namespace engine
