#include "engine/security/secret_source.h"

#include "engine/base/nearest_name.h"

#include <QFileInfo>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace engine {

Result<SecretSource> SecretSource::parse(const QString &text)
{
    static const QRegularExpression variable(u"\\A[A-Za-z_][A-Za-z0-9_]*\\z"_s);
    if (text == "prompt"_L1)
        return SecretSource{Prompt, {}};
    const QString scheme = text.section(u':', 0, 0);
    const QString name = text.section(u':', 1);
    if (scheme == "env"_L1 && variable.match(name).hasMatch())
        return SecretSource{Environment, name};
    if (scheme == "file"_L1 && !name.isEmpty() && !name.contains(QChar(u'\0')))
        return SecretSource{File, name};
    if (scheme == "keyring"_L1 && !name.isEmpty())
        return SecretSource{Keyring, name};
    // The text is not repeated: somebody could have given the secret itself.
    return invalid(u"not a source of a secret; expected env:NAME, file:PATH, keyring:NAME or prompt"_s);
}

QString SecretSource::toString() const
{
    switch (kind) {
    case Environment: return u"env:"_s + name;
    case File: return u"file:"_s + name;
    case Keyring: return u"keyring:"_s + name;
    case Prompt: return u"prompt"_s;
    }
    Q_UNREACHABLE();
}

/// Empty when the file can serve.
static QString whyNotFile(const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return u"does not exist"_s;
    if (!info.isFile())
        return u"is not a regular file"_s;
    if (!info.isReadable())
        return u"cannot be read"_s;
    constexpr QFileDevice::Permissions others = QFileDevice::ReadGroup | QFileDevice::WriteGroup
                                                | QFileDevice::ExeGroup | QFileDevice::ReadOther
                                                | QFileDevice::WriteOther | QFileDevice::ExeOther;
    if (info.permissions() & others)
        return u"can be reached by others; its mode must be 0600"_s;
    return {};
}

SecretFinding lookFor(const SecretSource &source)
{
    const QString text = source.toString();
    switch (source.kind) {
    case SecretSource::Environment:
        if (qEnvironmentVariableIsEmpty(qUtf8Printable(source.name)))
            return {SecretState::Missing, text + u" is not set"_s};
        return {SecretState::Found, text};
    case SecretSource::File: {
        const QString reason = whyNotFile(source.name);
        if (!reason.isEmpty())
            return {SecretState::Missing, text + u' ' + reason};
        return {SecretState::Found, text};
    }
    case SecretSource::Keyring:
    case SecretSource::Prompt: return {SecretState::AskedAtStart, text};
    }
    Q_UNREACHABLE();
}

Result<QMap<QString, SecretSource>> bindSecrets(const QList<SecretSpec> &declared, const QStringList &given)
{
    QStringList names;
    for (const SecretSpec &secret : declared)
        names += secret.name;
    QMap<QString, SecretSource> sources;
    for (const QString &text : given) {
        const QString name = text.section(u'=', 0, 0);
        if (!names.contains(name))
            return invalid(u"unknown secret \"%1\"%2"_s.arg(
                name, names.isEmpty() ? u"; the pack declares none"_s : didYouMean(name, names)));
        if (sources.contains(name))
            return invalid(u"secret \"%1\" is given twice"_s.arg(name));
        const auto source = SecretSource::parse(text.section(u'=', 1));
        if (!source)
            return invalid(u"secret \"%1\": %2"_s.arg(name, source.error().message));
        sources.insert(name, *source);
    }
    return sources;
}

} // namespace engine
