#include "engine/evidence/log/timestamp_request.h"

#include "engine/evidence/evp.h"

#include <array>
#include <openssl/rand.h>
#include <openssl/ts.h>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

using Request = std::unique_ptr<TS_REQ, evp::Deleter<TS_REQ_free>>;
using Imprint = std::unique_ptr<TS_MSG_IMPRINT, evp::Deleter<TS_MSG_IMPRINT_free>>;
using Algorithm = std::unique_ptr<X509_ALGOR, evp::Deleter<X509_ALGOR_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, evp::Deleter<ASN1_INTEGER_free>>;

/// 62 bits by chance, so that it is positive and has all its bytes, whoever writes it.
QByteArray newNonce()
{
    std::array<unsigned char, 8> bytes{};
    if (RAND_bytes(bytes.data(), int(bytes.size())) != 1)
        return {};
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3fU) | 0x40U);
    return {reinterpret_cast<const char *>(bytes.data()), qsizetype(bytes.size())};
}

bool setImprint(TS_REQ *request, QByteArray sha256)
{
    const Imprint imprint(TS_MSG_IMPRINT_new());
    const Algorithm algorithm(X509_ALGOR_new());
    return imprint && algorithm
           && X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1
           && TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1
           && TS_MSG_IMPRINT_set_msg(imprint.get(), reinterpret_cast<unsigned char *>(sha256.data()),
                                     int(sha256.size()))
                  == 1
           && TS_REQ_set_msg_imprint(request, imprint.get()) == 1;
}

bool setNonce(TS_REQ *request, const QByteArray &nonce)
{
    const Integer integer(ASN1_INTEGER_new());
    return integer && !nonce.isEmpty()
           && ASN1_STRING_set(integer.get(), nonce.constData(), int(nonce.size())) == 1
           && TS_REQ_set_nonce(request, integer.get()) == 1;
}

} // namespace

Result<TimestampRequest> TimestampRequest::make(const QByteArray &sha256)
{
    Q_ASSERT(sha256.size() == 32);
    TimestampRequest result{sha256, newNonce(), {}};
    const Request request(TS_REQ_new());
    const evp::Bio bio(BIO_new(BIO_s_mem()));
    const bool isMade = request && bio && TS_REQ_set_version(request.get(), 1) == 1
                        && setImprint(request.get(), sha256) && setNonce(request.get(), result.nonce)
                        && TS_REQ_set_cert_req(request.get(), 1) == 1
                        && i2d_TS_REQ_bio(bio.get(), request.get()) == 1;
    if (!isMade)
        return Error{ErrorCode::Crypto, evp::takeError(), {}, {}};
    char *bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    result.der = QByteArray(bytes, qsizetype(size));
    return result;
}

Result<> TimestampRequest::checkAnswer(const TimestampToken &token) const
{
    if (token.sha256() != sha256)
        return invalid(u"the timestamp is of another digest than was asked for"_s);
    if (token.nonce() != nonce)
        return invalid(u"the timestamp has another nonce than was asked for"_s);
    return {};
}

} // namespace engine
