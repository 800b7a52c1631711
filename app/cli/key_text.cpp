#include "app/cli/key_text.h"

#include "app/cli/terminal.h"

using namespace Qt::StringLiterals;

namespace cli {

using engine::Timestamp;
using engine::TrustedKey;

QString stateOf(const TrustedKey &key, Timestamp now)
{
    if (key.revokedAt && *key.revokedAt <= now)
        return u"revoked"_s;
    if (key.notAfter && *key.notAfter < now)
        return u"expired"_s;
    return key.notBefore && now < *key.notBefore ? u"not yet valid"_s : u"valid"_s;
}

QString periodOf(const TrustedKey &key)
{
    const QString from = key.notBefore ? u"from %1"_s.arg(engine::toIso(*key.notBefore)) : QString();
    const QString until = key.notAfter ? u"until %1"_s.arg(engine::toIso(*key.notAfter)) : QString();
    if (from.isEmpty() && until.isEmpty())
        return u"always"_s;
    return u"%1 %2"_s.arg(from, until).trimmed();
}

QString sheetOf(const TrustedKey &key)
{
    QStringList fingerprint; // In groups, as it is read aloud.
    for (qsizetype i = 0; i < key.key.keyId().size(); i += 8)
        fingerprint += key.key.keyId().mid(i, 8);
    return u"Key          %1\n             %2\nAlgorithm    %3\nName         %4\nRoles        %5\nValid        %6"_s
        .arg(key.key.keyId(), fingerprint.join(u' '), key.key.algorithm(), printable(key.name),
             key.roles.join(u", "_s), periodOf(key));
}

} // namespace cli
