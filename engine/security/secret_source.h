#pragma once

#include "engine/base/result.h"
#include "engine/plan/simulation.h"

namespace engine {

/// Where the value of a secret comes from when a run starts.
struct SecretSource
{
    enum Kind {
        Environment, ///< "env:NAME", a variable of this process.
        File,        ///< "file:PATH", a file that only its owner can read.
        Keyring,     ///< "keyring:NAME", the keyring of the operating system.
        Prompt,      ///< "prompt", a person at the terminal.
    };
    Kind kind = Prompt;
    QString name{}; ///< Of the variable, the file or the keyring's entry.

    /// Fails with InvalidInput that names the text.
    static Result<SecretSource> parse(const QString &text);
    QString toString() const; ///< As parse() reads it.

    bool operator==(const SecretSource &) const = default;
};

/// Whether a source could give a value now. Does not read it, asks nobody and opens no keyring.
SecretFinding lookFor(const SecretSource &source);

/// "NAME=SOURCE" for each of some secrets, as a command line gives them. Fails with InvalidInput for a name
/// that is not declared or stands twice, and for a source that is none.
Result<QMap<QString, SecretSource>> bindSecrets(const QList<SecretSpec> &declared, const QStringList &given);

} // namespace engine
