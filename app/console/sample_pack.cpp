#include "app/console/sample_pack.h"

#include <QCoreApplication>
#include <QDir>

using namespace Qt::StringLiterals;

QString samplePack()
{
    const QDir programs(QCoreApplication::applicationDirPath());
    const QString folder = QDir::cleanPath(programs.filePath(u"../share/taskrunner/packs/inventory-audit"_s));
    return QFile::exists(folder + u"/pack.yaml"_s) ? folder : QString();
}
