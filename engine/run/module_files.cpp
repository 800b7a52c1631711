#include "engine/run/module_files.h"

#include "engine/pack/module_folder.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QMap>

using namespace Qt::StringLiterals;

namespace engine {

// NOLINTNEXTLINE(misc-no-recursion): over the steps of a plan, nested at most Plan::MaxNesting levels
static void collect(const QList<PlanStep> &steps, QMap<QString, ModuleUse> &modules)
{
    for (const PlanStep &step : steps) {
        if (const ModuleUse &module = step.run.module; !module.name.isEmpty() && !step.skip)
            modules.insert(module.name, {module.name, module.digest, {}});
        collect(step.children, modules);
    }
}

QList<ModuleUse> usedModules(const Plan &plan)
{
    QMap<QString, ModuleUse> modules;
    collect(plan.steps(), modules);
    collect(plan.finally(), modules);
    return modules.values();
}

static Error ioError(const QString &what, const QString &path, const QString &why)
{
    return {ErrorCode::Io, u"cannot %1 \"%2\": %3"_s.arg(what, path, why), {}, {}};
}

static Result<> copyFiles(const QString &from, const QString &to)
{
    const QDir source(
        QFileInfo(from).absoluteFilePath()); // relativeFilePath() leaves a relative path as it is.
    QDirIterator walk(source.path(), QDir::Files | QDir::Hidden | QDir::NoSymLinks,
                      QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString path = walk.next();
        const QString target = to + u'/' + source.relativeFilePath(path);
        if (!QDir().mkpath(QFileInfo(target).path()))
            return ioError(u"make the folder of"_s, target, u"no permission or no room"_s);
        QFile file(path);
        if (!file.copy(target))
            return ioError(u"copy"_s, path, file.errorString());
        // Not writable: a step should not change what later steps run.
        const bool isProgram = file.permissions() & QFile::ExeOwner;
        QFile::setPermissions(target,
                              QFile::ReadOwner | (isProgram ? QFile::ExeOwner : QFile::Permissions()));
    }
    return {};
}

Result<> stageModule(const QString &packFolder, const ModuleUse &module, const RunFolder &run)
{
    const QString target = run.module(module.name);
    if (const auto copied = copyFiles(packFolder + u"/modules/"_s + module.name, target); !copied)
        return copied.error();
    const auto staged = readModuleFolder(target);
    if (!staged)
        return staged.error();
    if (staged->digest != module.digest)
        return Error{ErrorCode::Conflict,
                     u"module \"%1\" was changed after the run was planned"_s.arg(module.name),
                     {},
                     {}};
    return {};
}

} // namespace engine
