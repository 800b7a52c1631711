#include "engine/evidence/bundle_subject.h"

#include "engine/base/digest.h"
#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/archive_reader.h"

using namespace Qt::StringLiterals;

namespace engine {

namespace {

constexpr qint64 maxAttestationBytes = 16 * 1024 * 1024;

/// Keeps the two files and ends the reading with the second, which stands behind the first.
class SubjectSink : public ArchiveSink
{
public:
    void begin(const QString &path, qint64 sizeBytes) override
    {
        m_target = path == layout::sumsSignature ? &signature
                   : path == layout::attestation ? &attestation
                                                 : nullptr;
        if (m_target && sizeBytes > maxAttestationBytes)
            m_refusal =
                u"%1 has %2 bytes, at most %3 are read"_s.arg(path).arg(sizeBytes).arg(maxAttestationBytes);
    }

    void data(QByteArrayView bytes) override
    {
        if (m_target && m_refusal.isEmpty())
            m_target->append(bytes);
    }

    void end() override { isDone = isDone || m_target == &attestation; }
    QString refusal() const override { return isDone ? u"the rest is not read"_s : m_refusal; }

    QByteArray signature{};
    QByteArray attestation{};
    bool isDone = false;

private:
    QByteArray *m_target = nullptr;
    QString m_refusal;
};

} // namespace

Result<BundleSubject> readBundleSubject(const QString &bundle)
{
    SubjectSink sink;
    const auto end = readArchive(bundle, {}, sink);
    if (!end)
        return end.error();
    if (!sink.isDone)
        return invalid(u"\"%1\" is not a bundle: %2"_s.arg(
            bundle, end->problem.isEmpty() ? u"%1 is missing"_s.arg(layout::attestation) : end->problem));
    auto envelope = DsseEnvelope::parse(sink.attestation);
    if (!envelope)
        return invalid(u"\"%1\": %2: %3"_s.arg(bundle, layout::attestation, envelope.error().toString()));
    if (sink.signature.isEmpty() || envelope->signatures.size() != 1)
        return invalid(u"\"%1\" is not signed"_s.arg(bundle));
    return BundleSubject{*std::move(envelope), QByteArray::fromHex(sha256Hex(sink.signature).toLatin1())};
}

} // namespace engine
