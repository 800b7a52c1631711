#pragma once

#include <QByteArray>
#include <QList>
#include <QString>

namespace cli {

struct TemplateFile
{
    QString path{};
    QByteArray content{};
};

/// The files of a small, valid pack to start from: an input, a script, a gate and an output.
QList<TemplateFile> packTemplate(const QString &name);

} // namespace cli
