#include "engine/run/run_folder.h"

#include "engine/base/digest.h"
#include "engine/base/json.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

using namespace Qt::StringLiterals;

namespace engine {

RunFolder::RunFolder(QString dataDir, const RunId &run)
    : m_dataDir(std::move(dataDir))
    , m_root(m_dataDir + u"/runs/"_s + run.value)
{
}

QString RunFolder::attempt(int number) const
{
    return m_root + u"/attempts/%1"_s.arg(number);
}

QString RunFolder::module(const QString &name) const
{
    return m_root + u"/modules/"_s + name;
}

void RunFolder::remove() const
{
    QDir(m_root).removeRecursively();
}

Result<> RunFolder::create(const BoundInputs &inputs) const
{
    auto made = fill(inputs);
    if (!made)
        remove();
    return made;
}

static Error ioError(const QString &what, const QString &path, const QString &why)
{
    return {ErrorCode::Io, u"cannot %1 \"%2\": %3"_s.arg(what, path, why), {}, {}};
}

/// Copies a file and proves that what arrived is what was bound.
static Result<> stage(const QString &from, const QString &to, const QJsonObject &bound)
{
    if (!QDir().mkpath(QFileInfo(to).path()))
        return ioError(u"make the folder of"_s, to, u"no permission or no room"_s);
    QFile source(from);
    if (!source.open(QIODevice::ReadOnly)) // copy() alone would not say why.
        return ioError(u"copy"_s, from, source.errorString());
    source.close();
    if (!source.copy(to))
        return ioError(u"copy"_s, from, source.errorString());
    const auto digest = digestOfFile(to);
    if (!digest)
        return digest.error();
    if (digest->sha256 != bound.value(u"sha256"_s).toString())
        return Error{
            ErrorCode::Conflict, u"file \"%1\" was changed after the run was planned"_s.arg(from), {}, {}};
    return {};
}

Result<> RunFolder::fill(const BoundInputs &inputs) const
{
    if (!QDir().mkpath(workspace()))
        return ioError(u"make"_s, workspace(), u"no permission or no room"_s);
    for (auto it = inputs.files.cbegin(); it != inputs.files.cend(); ++it) {
        const QJsonObject bound = inputs.values.value(it.key()).toObject();
        const QString target = workspace() + u'/' + bound.value(u"path"_s).toString();
        if (const auto staged = stage(it.value(), target, bound); !staged)
            return staged.error();
    }
    QSaveFile file(inputsFile());
    if (!file.open(QIODevice::WriteOnly) || file.write(canonicalJsonOf(inputs.values)) < 0 || !file.commit())
        return ioError(u"write"_s, inputsFile(), file.errorString());
    return {};
}

} // namespace engine
