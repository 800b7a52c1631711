#pragma once

#include "engine/base/clock.h"
#include "engine/evidence/keys.h"

#include <memory>

namespace test {

/// A timestamp authority (RFC 3161) with a key on a curve, or of RSA with 2048 bits.
class TestTimestamper
{
public:
    /// @param kind  "P-256", "P-384" or "RSA"
    explicit TestTimestamper(const char *extendedKeyUsage = "critical,timeStamping",
                             const char *kind = "P-256");
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
