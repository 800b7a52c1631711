#pragma once

#include "engine/pack/manifest.h"

namespace engine {

/// The inputs of one run, checked: every declared input that has a value, nothing else.
struct BoundInputs
{
    /// Name to value. A file input is {"name", "sha256", "size", "path"}; path is where the file stands in
    /// the run's workspace, "inputs/INPUT/NAME", the same on every machine.
    QJsonObject values{};
    QMap<QString, QString> files{}; ///< File input to the path that the user gave.

    bool operator==(const BoundInputs &) const = default;
};

/// Fills in defaults and checks types and schemas. given: name to value; a file input's value is a path (read
/// to digest it). Fails with InvalidInput that carries every problem; each cause's where.path is "/NAME...".
Result<BoundInputs> bindInputs(const QList<InputSpec> &specs, const QJsonObject &given);

/// Reads an input from text as a command line or a form gives it: by type; arrays and objects as JSON.
Result<QJsonValue> inputFromText(const InputSpec &spec, const QString &text);

} // namespace engine
