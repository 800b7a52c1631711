#pragma once

#include "engine/base/result.h"

#include <p11-kit/pkcs11.h>

namespace engine {

/// What a token answered, in words: "cannot log in to the token "desk": the PIN is wrong". A wrong PIN is
/// WrongPassphrase, everything else Crypto. Internal to engine/evidence/token.
Error pkcs11Error(const QString &what, CK_RV code);

} // namespace engine
