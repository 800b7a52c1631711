#pragma once

#include "engine/base/result.h"

#include <QByteArray>

namespace engine {

/// Which key of which token: a subset of the PKCS #11 URI scheme (RFC 7512),
/// "pkcs11:token=T;object=O;id=%01".
///
/// Known are the attributes of the path token (needed), object and id (at least one of them) and
/// type=private. There is no query: a module that is loaded and a PIN are nothing that a name should bring
/// with it.
struct TokenUri
{
    QString token{};  ///< Label of the token.
    QString object{}; ///< Label of the key (CKA_LABEL); empty: not said.
    QByteArray id{};  ///< Its CKA_ID; empty: not said.

    /// Fails with InvalidInput that names the attribute, also for what RFC 7512 has and is not known here.
    static Result<TokenUri> parse(const QString &uri);
    /// As parse() reads it, and every character that could mean something else is percent-encoded.
    QString toString() const;

    bool operator==(const TokenUri &) const = default;
};

} // namespace engine
