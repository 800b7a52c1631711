#pragma once

#include "engine/evidence/bundle_verifier.h"

namespace engine {

/// Receives an archive's files in their order.
class ArchiveSink
{
public:
    ArchiveSink() = default;
    virtual ~ArchiveSink() = default;
    Q_DISABLE_COPY_MOVE(ArchiveSink)

    virtual void begin(const QString &path, qint64 sizeBytes) = 0;
    virtual void data(QByteArrayView bytes) = 0;
    virtual void end() = 0; ///< Not called for a file that is cut off.
    /// Why reading should stop, e.g. a limit; empty to go on.
    virtual QString refusal() const = 0;
};

/// How reading an archive ended.
struct ArchiveEnd
{
    QString sha256{}; ///< Of the whole archive, uncompressed; empty when it was not read to its end.
    qsizetype files = 0;
    Headline headline = Headline::Good; ///< What is wrong with the archive as such comes to this.
    QString problem{};                  ///< Empty when nothing is wrong.
};

/// Reads a tar archive once, plain or compressed by packBundle(), and refuses whatever no bundle contains,
/// see verifyBundle(). Every byte of it must be as TarWriter writes the files that it holds.
///
/// Fails with NotFound, Io or Cancelled.
Result<ArchiveEnd> readArchive(const QString &path, const VerifyOptions &options, ArchiveSink &sink);

} // namespace engine
