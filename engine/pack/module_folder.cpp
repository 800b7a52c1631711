#include "engine/pack/module_folder.h"

#include "engine/pack/files/pack_files.h"
#include "engine/pack/reader/module_reader.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace engine {

Result<ModuleSpec> readModuleFolder(const QString &folder)
{
    const QString name = QFileInfo(folder).fileName();
    const QString prefix = u"modules/%1/"_s.arg(name);
    auto listing = listPackFiles(folder);
    if (!listing)
        return listing.error();
    if (!listing->problems.isEmpty())
        return combined(listing->problems);
    for (PackFile &file : listing->files)
        file.path.prepend(prefix);
    const auto readFile = [&](const QString &path) {
        return readPackFile(folder, path.sliced(prefix.size()));
    };
    Problems problems(folder + u"/module.yaml"_s);
    const ModulesReading reading = readModules(readFile, listing->files, problems);
    if (!problems.isEmpty())
        return problems.take();
    const auto module = reading.modules.constFind(name);
    if (module == reading.modules.cend())
        return Error{ErrorCode::NotFound, u"there is no module.yaml in \"%1\""_s.arg(folder), {}, {}};
    return *module;
}

} // namespace engine
