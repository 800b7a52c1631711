#pragma once

#include <QMimeData>
#include <QString>

namespace ui {

enum class DocumentKind { None, Pack, Bundle };

/// What a path that was dropped or given on the command line is, by its name: a folder or a pack.yaml is a
/// pack, a .tar or .tar.zst is a bundle. Nothing is opened.
DocumentKind documentKindOf(const QString &path);

/// The local paths in a drop that are packs or bundles.
QStringList documentsIn(const QMimeData *data);

} // namespace ui
