#include "engine/evidence/checks/contents.h"

#include "engine/evidence/bundle_layout.h"

using namespace Qt::StringLiterals;

namespace engine {

Contents::Contents(const BundleLimits &limits)
    : m_limits(limits)
    , m_journal(limits.maxLineBytes)
{
}

void Contents::begin(const QString &path, qint64 sizeBytes)
{
    m_path = path;
    m_keep = path != layout::journal && !path.startsWith(layout::artifacts)
             && !path.startsWith(layout::transcripts);
    if (m_keep && sizeBytes > m_limits.maxDocumentBytes - m_kept)
        m_refusal = u"with \"%1\" the documents come to more than %2 bytes"_s.arg(path).arg(
            m_limits.maxDocumentBytes);
    m_bytes.clear();
    m_hash = Sha256();
    m_size = 0;
}

void Contents::data(QByteArrayView bytes)
{
    if (!m_refusal.isEmpty())
        return;
    m_hash.add(bytes);
    m_size += bytes.size();
    if (m_keep)
        m_bytes.append(bytes.data(), bytes.size());
    if (m_path == layout::journal)
        m_journal.data(bytes);
}

void Contents::end()
{
    const QString sha256 = m_hash.hex();
    m_files.insert_or_assign(m_path, FileDigest{sha256, m_size});
    if (m_path == layout::journal)
        m_journal.end();
    if (!m_keep)
        return;
    m_kept += m_size;
    if (m_path.startsWith(layout::approvals) && m_path.endsWith(layout::decisionSuffix))
        m_decisions.insert(sha256, m_bytes);
    m_documents.insert(m_path, m_bytes);
}

} // namespace engine
