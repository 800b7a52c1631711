#pragma once

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

#include <memory>

namespace test {

/// A timestamp authority (RFC 3161) with an ECDSA P-256 key.
class TestTimestamper
{
public:
    explicit TestTimestamper(const char *extendedKeyUsage = "critical,timeStamping");
    ~TestTimestamper();
    Q_DISABLE_COPY_MOVE(TestTimestamper)

    engine::PublicKey publicKey() const;
    /// The answer to a request, or to one for a digest of this algorithm.
    QByteArray answer(const QByteArray &request, engine::Timestamp at);
    QByteArray stamp(const QByteArray &digest, engine::Timestamp at, const char *algorithm = "SHA256",
                     bool withCertificate = true);

private:
    struct Data;
    const std::unique_ptr<Data> m_data;
};

} // namespace test
