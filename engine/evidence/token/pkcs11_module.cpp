#include "engine/evidence/token/pkcs11_module.h"

#include "engine/evidence/token/pkcs11_error.h"

#include <QFile>
#include <QFileInfo>

#include <array>
#include <dlfcn.h>
#include <mutex>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

// The OBJECT IDENTIFIER prime256v1 (RFC 5480), as CKA_EC_PARAMS names a curve.
constexpr std::array<unsigned char, 10> p256Curve{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr size_t pointBytes = 65;

/// A login counts for all sessions of a process, so only one at a time is logged in.
std::mutex &loginMutex()
{
    static std::mutex mutex;
    return mutex;
}

/// Text of a fixed width, filled with spaces.
template<size_t size>
QString paddedText(const unsigned char (&text)[size])
{
    return QString::fromUtf8(reinterpret_cast<const char *>(text), qsizetype(size)).trimmed();
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void *value, size_t size)
{
    return {type, const_cast<void *>(value), CK_ULONG(size)}; // Cryptoki only reads it.
}

/// An open session with one token, logged in until it goes.
class Session
{
public:
    explicit Session(CK_FUNCTION_LIST *functions)
        : m_functions(functions)
    {
    }
    ~Session()
    {
        if (m_isLoggedIn)
            m_functions->C_Logout(m_handle);
        if (m_isOpen)
            m_functions->C_CloseSession(m_handle);
    }
    Q_DISABLE_COPY_MOVE(Session)

    Result<> open(const TokenUri &uri, const SecretBytes &pin);
    Result<QList<CK_OBJECT_HANDLE>> find(const TokenUri &uri, CK_OBJECT_CLASS kind) const;
    CK_SESSION_HANDLE handle() const { return m_handle; }

private:
    Result<CK_SLOT_ID> slotOf(const QString &token) const;

    CK_FUNCTION_LIST *const m_functions;
    CK_SESSION_HANDLE m_handle = 0;
    bool m_isOpen = false;
    bool m_isLoggedIn = false;
};

Result<CK_SLOT_ID> Session::slotOf(const QString &token) const
{
    constexpr CK_ULONG maxSlots = 64;
    CK_SLOT_ID places[maxSlots] = {};
    CK_ULONG count = maxSlots;
    if (const CK_RV code = m_functions->C_GetSlotList(CK_TRUE, places, &count); code != CKR_OK)
        return pkcs11Error(u"the tokens cannot be listed"_s, code);
    QList<CK_SLOT_ID> found;
    for (CK_ULONG i = 0; i < count; ++i) {
        CK_TOKEN_INFO info = {};
        if (m_functions->C_GetTokenInfo(places[i], &info) == CKR_OK && paddedText(info.label) == token)
            found += places[i];
    }
    if (found.size() == 1)
        return found.first();
    return Error{ErrorCode::NotFound,
                 found.isEmpty() ? u"there is no token \"%1\""_s.arg(token)
                                 : u"%1 tokens are called \"%2\""_s.arg(found.size()).arg(token),
                 {},
                 {}};
}

Result<> Session::open(const TokenUri &uri, const SecretBytes &pin)
{
    const auto slot = slotOf(uri.token);
    if (!slot)
        return slot.error();
    CK_RV code =
        m_functions->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &m_handle);
    if (code != CKR_OK)
        return pkcs11Error(u"the token \"%1\" cannot be opened"_s.arg(uri.token), code);
    m_isOpen = true;
    auto *bytes = reinterpret_cast<unsigned char *>(const_cast<char *>(pin.data())); // Only read.
    code = m_functions->C_Login(m_handle, CKU_USER, bytes, CK_ULONG(pin.size()));
    if (code != CKR_OK)
        return pkcs11Error(u"cannot log in to the token \"%1\""_s.arg(uri.token), code);
    m_isLoggedIn = true;
    return {};
}

Result<QList<CK_OBJECT_HANDLE>> Session::find(const TokenUri &uri, CK_OBJECT_CLASS kind) const
{
    constexpr CK_ULONG maxFound = 8;
    const QByteArray label = uri.object.toUtf8();
    std::array<CK_ATTRIBUTE, 3> wanted{attribute(CKA_CLASS, &kind, sizeof kind)};
    CK_ULONG count = 1;
    if (!label.isEmpty())
        wanted[count++] = attribute(CKA_LABEL, label.constData(), size_t(label.size()));
    if (!uri.id.isEmpty())
        wanted[count++] = attribute(CKA_ID, uri.id.constData(), size_t(uri.id.size()));
    CK_RV code = m_functions->C_FindObjectsInit(m_handle, wanted.data(), count);
    CK_OBJECT_HANDLE found[maxFound] = {};
    CK_ULONG size = 0;
    if (code == CKR_OK) {
        code = m_functions->C_FindObjects(m_handle, found, maxFound, &size);
        m_functions->C_FindObjectsFinal(m_handle);
    }
    if (code != CKR_OK)
        return pkcs11Error(u"the keys of the token \"%1\" cannot be listed"_s.arg(uri.token), code);
    return QList<CK_OBJECT_HANDLE>(found, found + size);
}

} // namespace

Result<std::shared_ptr<const Pkcs11Module>> Pkcs11Module::load(const QString &path)
{
    if (!QFileInfo(path).isAbsolute())
        return invalid(u"the PKCS #11 module \"%1\" must be named by its absolute path"_s.arg(path));
    void *const library = ::dlopen(QFile::encodeName(path).constData(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return invalid(u"the PKCS #11 module \"%1\" cannot be loaded: %2"_s.arg(
            path, QString::fromLocal8Bit(::dlerror())));
    const auto getFunctions = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    if (!getFunctions)
        return invalid(u"\"%1\" is no PKCS #11 module: it has no C_GetFunctionList"_s.arg(path));
    CK_FUNCTION_LIST *functions = nullptr;
    if (const CK_RV code = getFunctions(&functions); code != CKR_OK || !functions)
        return pkcs11Error(u"the PKCS #11 module \"%1\" does not start"_s.arg(path), code);
    CK_C_INITIALIZE_ARGS arguments = {};
    arguments.flags = CKF_OS_LOCKING_OK;
    const CK_RV code = functions->C_Initialize(&arguments);
    if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return pkcs11Error(u"the PKCS #11 module \"%1\" does not start"_s.arg(path), code);
    std::shared_ptr<Pkcs11Module> module(new Pkcs11Module);
    module->m_functions = functions;
    return std::shared_ptr<const Pkcs11Module>(std::move(module));
}

Result<QByteArray> Pkcs11Module::sign(const TokenUri &uri, const SecretBytes &pin,
                                      const QByteArray &digest) const
{
    constexpr CK_ULONG rawBytes = 64;
    const std::scoped_lock guard(loginMutex());
    Session session(m_functions);
    if (const auto opened = session.open(uri, pin); !opened)
        return opened.error();
    const auto keys = session.find(uri, CKO_PRIVATE_KEY);
    if (!keys)
        return keys.error();
    if (keys->size() != 1)
        return Error{ErrorCode::NotFound,
                     keys->isEmpty() ? u"the token has no private key %1"_s.arg(uri.toString())
                                     : u"the token has several private keys %1"_s.arg(uri.toString()),
                     {},
                     {}};
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0}; // The digest is computed here; not every token can.
    QByteArray message = digest;
    QByteArray signature(qsizetype(rawBytes), '\0');
    CK_ULONG size = rawBytes;
    CK_RV code = m_functions->C_SignInit(session.handle(), &mechanism, keys->first());
    if (code == CKR_OK)
        code = m_functions->C_Sign(session.handle(), reinterpret_cast<unsigned char *>(message.data()),
                                   CK_ULONG(message.size()),
                                   reinterpret_cast<unsigned char *>(signature.data()), &size);
    if (code != CKR_OK || size != rawBytes)
        return pkcs11Error(u"the token \"%1\" does not sign"_s.arg(uri.token), code);
    return signature;
}

namespace {

/// The value of CKA_EC_POINT: an OCTET STRING around 0x04, X and Y. Some tokens leave the wrapping out.
Result<QByteArray> pointOf(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
    QByteArray value(qsizetype(pointBytes) + 2, '\0');
    CK_ATTRIBUTE wanted = attribute(CKA_EC_POINT, value.data(), size_t(value.size()));
    const CK_RV code = functions->C_GetAttributeValue(session, key, &wanted, 1);
    if (code != CKR_OK)
        return pkcs11Error(u"the token does not tell the public half of the key"_s, code);
    value.truncate(qsizetype(wanted.ulValueLen));
    if (value.size() == qsizetype(pointBytes) + 2 && value.startsWith("\x04\x41"))
        value.remove(0, 2);
    if (value.size() != qsizetype(pointBytes) || value.front() != 0x04)
        return Error{
            ErrorCode::Crypto, u"the public half of the key is no point of P-256 as it should be"_s, {}, {}};
    return value;
}

} // namespace

Result<QByteArray> Pkcs11Module::generate(const TokenUri &uri, const SecretBytes &pin) const
{
    const std::scoped_lock guard(loginMutex());
    Session session(m_functions);
    if (const auto opened = session.open(uri, pin); !opened)
        return opened.error();
    const auto keys = session.find(uri, CKO_PRIVATE_KEY);
    if (!keys)
        return keys.error();
    if (!keys->isEmpty())
        return Error{
            ErrorCode::Conflict, u"the token has a private key %1 already"_s.arg(uri.toString()), {}, {}};
    const CK_BBOOL yes = CK_TRUE;
    const CK_BBOOL no = CK_FALSE;
    const QByteArray label = uri.object.toUtf8();
    const auto flag = [](CK_ATTRIBUTE_TYPE type, const CK_BBOOL &value) {
        return attribute(type, &value, sizeof value);
    };
    const CK_ATTRIBUTE name = attribute(CKA_LABEL, label.constData(), size_t(label.size()));
    const CK_ATTRIBUTE id = attribute(CKA_ID, uri.id.constData(), size_t(uri.id.size()));
    std::array publicHalf{flag(CKA_TOKEN, yes), flag(CKA_VERIFY, yes), name, id,
                          attribute(CKA_EC_PARAMS, p256Curve.data(), p256Curve.size())};
    std::array privateHalf{flag(CKA_TOKEN, yes),
                           flag(CKA_PRIVATE, yes),
                           flag(CKA_SIGN, yes),
                           flag(CKA_SENSITIVE, yes),
                           flag(CKA_EXTRACTABLE, no),
                           name,
                           id};
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    CK_OBJECT_HANDLE publicKey = 0;
    CK_OBJECT_HANDLE privateKey = 0;
    const CK_RV code =
        m_functions->C_GenerateKeyPair(session.handle(), &mechanism, publicHalf.data(), publicHalf.size(),
                                       privateHalf.data(), privateHalf.size(), &publicKey, &privateKey);
    if (code != CKR_OK)
        return pkcs11Error(u"the token \"%1\" does not make a key"_s.arg(uri.token), code);
    return pointOf(m_functions, session.handle(), publicKey);
}

} // namespace engine
