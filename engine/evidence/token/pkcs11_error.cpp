#include "engine/evidence/token/pkcs11_error.h"

using namespace Qt::StringLiterals;

namespace engine {

/// The answers that a person can do something about; the others by number, as in the standard's table.
static QString wordsFor(CK_RV code)
{
    switch (code) {
    case CKR_OK: return u"its answer has not the size that it should have"_s;
    case CKR_HOST_MEMORY:
    case CKR_DEVICE_MEMORY: return u"there is no room"_s;
    case CKR_DEVICE_ERROR: return u"the device failed"_s;
    case CKR_DEVICE_REMOVED:
    case CKR_TOKEN_NOT_PRESENT: return u"the token was taken out"_s;
    case CKR_TOKEN_NOT_RECOGNIZED: return u"the token is not recognised"_s;
    case CKR_TOKEN_WRITE_PROTECTED: return u"the token can only be read"_s;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE: return u"the PIN is wrong"_s;
    case CKR_PIN_EXPIRED: return u"the PIN has expired"_s;
    case CKR_PIN_LOCKED: return u"the PIN is locked after too many wrong ones"_s;
    case CKR_USER_PIN_NOT_INITIALIZED: return u"the token has no PIN yet"_s;
    case CKR_USER_ALREADY_LOGGED_IN:
    case CKR_USER_ANOTHER_ALREADY_LOGGED_IN:
    case CKR_USER_TOO_MANY_TYPES: return u"somebody is logged in already"_s;
    case CKR_SESSION_COUNT: return u"too many sessions are open"_s;
    case CKR_MECHANISM_INVALID:
    case CKR_FUNCTION_NOT_SUPPORTED: return u"the token cannot do that with ECDSA P-256"_s;
    case CKR_KEY_TYPE_INCONSISTENT:
    case CKR_KEY_FUNCTION_NOT_PERMITTED: return u"the key is not for ECDSA signatures"_s;
    default: return u"PKCS #11 code 0x%1"_s.arg(code, 8, 16, QLatin1Char('0'));
    }
}

Error pkcs11Error(const QString &what, CK_RV code)
{
    const bool isPin = code == CKR_PIN_INCORRECT || code == CKR_PIN_INVALID || code == CKR_PIN_LEN_RANGE;
    return {isPin ? ErrorCode::WrongPassphrase : ErrorCode::Crypto, what + u": "_s + wordsFor(code), {}, {}};
}

} // namespace engine
