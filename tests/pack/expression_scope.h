#pragma once

#include "engine/base/json.h"
#include "engine/pack/expression/template.h"

/// JSON written by hand in a test; a mistake in it shows as undefined.
inline QJsonValue fromJson(const QString &text)
{
    const auto value = engine::parseJson(text.toUtf8());
    return value ? *value : QJsonValue(QJsonValue::Undefined);
}

/// A scope in which every root but "secrets" has a value.
inline engine::Scope fullScope()
{
    engine::Scope scope;
    scope.inputs = fromJson(QStringLiteral(R"({
        "target": "production", "count": 3, "ratio": 1.5, "flag": true, "none": null, "empty": "",
        "list": [3, 1, 2], "names": ["b", "a", "b"], "mixed": [1, "1", [1], {"a": 1}, 1],
        "object": {"b": 1, "a": {"c": [10, 20]}, "odd name": 7, "if": "keyword"},
        "text": "H\u00e9llo \ud83d\ude00", "braces": "a {{ inputs.count }} {", "huge": 1e300,
        "deep": {"list": ["{{ x }}", {"k": "{{"}]}, "open": "{", "large": 9007199254740991 })"))
                       .toObject();
    scope.steps = fromJson(QStringLiteral(R"({
        "build": {"status": "succeeded", "outputs": {"report": "r.json", "n": 5, "size": null},
                  "artifacts": {"sbom.json": "artifacts/sha256/ab"}},
        "build-it": {"status": "failed", "outputs": {"n": 7}},
        "hosts": {"status": "succeeded", "results": [{"ok": true}, {"ok": false}]} })"))
                      .toObject();
    scope.item = fromJson(QStringLiteral(R"({"name": "host1", "in": 4})"));
    scope.index = 2;
    scope.run = fromJson(QStringLiteral(R"({"id": "run_1", "planHash": "sha256:00", "tenant": "default"})"))
                    .toObject();
    scope.input = fromJson(QStringLiteral(R"({"components": ["a", "b"]})"));
    return scope;
}
