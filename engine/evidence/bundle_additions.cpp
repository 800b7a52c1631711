#include "engine/evidence/bundle_additions.h"

#include "engine/evidence/bundle_layout.h"
#include "engine/evidence/checks/archive_reader.h"
#include "engine/evidence/tar_writer.h"

#include <QBuffer>
#include <QSaveFile>

#include <map>
#include <optional>

using namespace Qt::StringLiterals;

namespace engine {

namespace {

/// Copies an archive and puts files in between. The first error stays and ends the reading.
class Inserter : public ArchiveSink
{
public:
    Inserter(QIODevice &out, std::map<QString, QByteArray> additions)
        : m_writer(out)
        , m_additions(std::move(additions))
    {
    }

    void begin(const QString &path, qint64 sizeBytes) override
    {
        m_isReplaced = m_additions.contains(path);
        while (!m_additions.empty() && m_additions.begin()->first <= path)
            insertFirst();
        if (!m_isReplaced)
            take(m_writer.begin(path, sizeBytes));
    }

    void data(QByteArrayView bytes) override
    {
        if (!m_isReplaced)
            take(m_writer.write(bytes));
    }

    void end() override {}

    QString refusal() const override { return m_error ? m_error->message : QString(); }

    Result<> finish()
    {
        while (!m_additions.empty())
            insertFirst();
        take(m_writer.finish());
        return m_error ? Result<>(*m_error) : Result<>();
    }

private:
    void insertFirst()
    {
        const auto first = m_additions.extract(m_additions.begin());
        take(m_writer.begin(first.key(), first.mapped().size()));
        take(m_writer.write(first.mapped()));
    }

    void take(const Result<> &written)
    {
        if (!written && !m_error)
            m_error = written.error();
    }

    TarWriter m_writer;
    std::map<QString, QByteArray> m_additions;
    std::optional<Error> m_error;
    bool m_isReplaced = false;
};

} // namespace

Result<> addToBundle(const QString &bundle, const QList<BundleAddition> &additions)
{
    std::map<QString, QByteArray> files;
    for (const BundleAddition &addition : additions) {
        if (!layout::isAddition(addition.path, addition.bytes.size()))
            return invalid(u"\"%1\" with %2 bytes cannot be added to a bundle"_s.arg(addition.path)
                               .arg(addition.bytes.size()));
        files.insert_or_assign(addition.path, addition.bytes);
    }
    QSaveFile file(bundle);
    const auto cannotWrite = [&] {
        return Error{ErrorCode::Io, u"cannot write \"%1\": %2"_s.arg(bundle, file.errorString()), {}, {}};
    };
    if (!file.open(QIODevice::WriteOnly))
        return cannotWrite();
    Inserter inserter(file, std::move(files));
    const auto end = readArchive(bundle, {}, inserter);
    if (!end)
        return end.error();
    if (!end->problem.isEmpty())
        return invalid(u"\"%1\" is not a bundle: %2"_s.arg(bundle, end->problem));
    if (const auto finished = inserter.finish(); !finished)
        return finished;
    if (!file.commit())
        return cannotWrite();
    return {};
}

} // namespace engine
