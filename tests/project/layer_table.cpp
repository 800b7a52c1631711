#include "tests/project/layer_table.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>

using namespace Qt::StringLiterals;
using engine::invalid;
using engine::Result;

Result<LayerTable> LayerTable::parse(const QString &text)
{
    LayerTable table;
    const QStringList lines = text.split(u'\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString line = lines.at(i).simplified();
        if (line.isEmpty() || line.startsWith(u'#'))
            continue;
        const qsizetype colon = line.indexOf(u':');
        if (colon < 1)
            return invalid(u"line %1: \"%2\" does not name a folder before a colon"_s.arg(i + 1).arg(line));
        const QString folder = line.left(colon);
        if (table.m_allowed.contains(folder))
            return invalid(u"line %1: \"%2\" has a line already"_s.arg(i + 1).arg(folder));
        const QStringList allowed = line.mid(colon + 1).split(u' ', Qt::SkipEmptyParts);
        for (const QString &name : allowed) {
            // Only folders above: so the table itself cannot hold a cycle.
            if (name != u"*"_s && !table.m_allowed.contains(name))
                return invalid(u"line %1: \"%2\" has no line above"_s.arg(i + 1).arg(name));
        }
        table.m_allowed.insert(folder, allowed);
    }
    return table;
}

QString LayerTable::layerOf(const QString &path) const
{
    QString folder = path;
    while (!folder.isEmpty() && !m_allowed.contains(folder))
        folder = folder.left(qMax(folder.lastIndexOf(u'/'), qsizetype(0)));
    return folder;
}

bool LayerTable::allows(const QString &from, const QString &to) const
{
    const QStringList allowed = m_allowed.value(from);
    return from == to || allowed.contains(u"*"_s) || allowed.contains(to);
}

static QStringList problemsOf(const QString &root, const QString &path, const LayerTable &table)
{
    const QString from = table.layerOf(path);
    if (from.isEmpty())
        return {u"%1: its folder is not in the table"_s.arg(path)};
    QFile file(root + u'/' + path);
    if (!file.open(QIODevice::ReadOnly))
        return {u"%1: cannot be read: %2"_s.arg(path, file.errorString())};

    QStringList problems;
    static const QRegularExpression include(u"^\\s*#\\s*include\\s*\"([^\"]*)\""_s);
    for (int number = 1; !file.atEnd(); ++number) {
        const auto match = include.match(QString::fromUtf8(file.readLine()));
        if (!match.hasMatch())
            continue;
        const QString included = match.captured(1);
        const QString to = table.layerOf(included);
        const QString start = u"%1:%2: includes \"%3\", but "_s.arg(path).arg(number).arg(included);
        if (to.isEmpty()) {
            // The moc output that a source includes at its end is named like the source.
            if (!included.endsWith(u".moc"_s))
                problems += start + u"our headers are named from the root of the project"_s;
        } else if (!table.allows(from, to)) {
            problems += start + u"%1 may not include %2"_s.arg(from, to);
        }
    }
    return problems;
}

LayerReport checkLayers(const QString &root, const LayerTable &table)
{
    QStringList paths;
    for (const QString &top : {u"app"_s, u"engine"_s, u"ui"_s}) {
        QDirIterator it(root + u'/' + top, {u"*.h"_s, u"*.cpp"_s}, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext())
            paths += QDir(root).relativeFilePath(it.next());
    }
    paths.sort();

    LayerReport report;
    for (const QString &path : paths) {
        ++report.files;
        report.problems += problemsOf(root, path, table);
    }
    return report;
}
