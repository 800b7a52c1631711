#pragma once

#include "engine/base/digest.h"
#include "engine/evidence/checks/archive_reader.h"
#include "engine/evidence/checks/journal_facts.h"

#include <map>

namespace engine {

/// What a pass over a bundle leaves in memory: the digest of every file, the documents, and what the journal
/// says.
class Contents : public ArchiveSink
{
public:
    explicit Contents(const BundleLimits &limits);

    const std::map<QString, FileDigest> &files() const { return m_files; }
    bool has(const QString &path) const { return m_files.contains(path); }
    /// The bytes of a document; empty when there is none. Artifacts, transcripts and the journal are never
    /// kept.
    QByteArray document(const QString &path) const { return m_documents.value(path); }
    /// Signed decisions and withdrawals by the hex SHA-256 of the envelope.
    const QHash<QString, QByteArray> &decisions() const { return m_decisions; }
    const JournalFacts &journal() const { return m_journal.facts(); }

    void begin(const QString &path, qint64 sizeBytes) override;
    void data(QByteArrayView bytes) override;
    void end() override;
    QString refusal() const override { return m_refusal; }

private:
    const BundleLimits m_limits;
    std::map<QString, FileDigest> m_files;
    QHash<QString, QByteArray> m_documents;
    QHash<QString, QByteArray> m_decisions;
    JournalReader m_journal;
    qint64 m_kept = 0;
    QString m_refusal;

    QString m_path;
    bool m_keep = false;
    QByteArray m_bytes;
    Sha256 m_hash;
    qint64 m_size = 0;
};

} // namespace engine
