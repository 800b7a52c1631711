#include "ui/window/document_kind.h"

#include <QFileInfo>
#include <QUrl>

namespace ui {

using namespace Qt::StringLiterals;

DocumentKind documentKindOf(const QString &path)
{
    const QFileInfo info(path);
    if (info.isDir() || info.fileName() == u"pack.yaml"_s)
        return DocumentKind::Pack;
    const QString name = info.fileName();
    return name.endsWith(u".tar"_s) || name.endsWith(u".tar.zst"_s) ? DocumentKind::Bundle
                                                                    : DocumentKind::None;
}

QStringList documentsIn(const QMimeData *data)
{
    QStringList paths;
    for (const QUrl &url : data->urls()) {
        if (url.isLocalFile() && documentKindOf(url.toLocalFile()) != DocumentKind::None)
            paths.append(url.toLocalFile());
    }
    return paths;
}

} // namespace ui
