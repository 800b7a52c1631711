#pragma once

#include "engine/base/result.h"

#include <QMap>
#include <QStringList>

/// Which folder may include headers of which others; read from layers.txt.
class LayerTable
{
public:
    /// Reads lines of the form "folder: allowed allowed ...". Fails with InvalidInput, naming the line: no
    /// colon, a folder twice, an allowed folder that has no line of its own above.
    static engine::Result<LayerTable> parse(const QString &text);

    /// The folder of the table that a file belongs to, the longest that fits; empty when there is none.
    QString layerOf(const QString &path) const;

    bool allows(const QString &from, const QString &to) const;

private:
    QMap<QString, QStringList> m_allowed;
};

/// What was found in the sources below a folder.
struct LayerReport
{
    int files = 0;          ///< Sources and headers that were read.
    QStringList problems{}; ///< "engine/base/x.h:3: includes \"ui/y.h\", but engine/base may not include ui"
};

/// Reads every .h and .cpp below app, engine and ui of root and holds its includes against the table.
LayerReport checkLayers(const QString &root, const LayerTable &table);
