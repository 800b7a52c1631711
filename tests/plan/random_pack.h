#pragma once

#include <QJsonObject>
#include <QMap>

struct PackedFile
{
    QByteArray bytes{};
    bool executable = false;
};

/// A pack as values: what its documents say and its files hold, in no form yet.
struct RandomPack
{
    QJsonObject manifest{};
    QMap<QString, QJsonObject> modules{};   ///< Name to what module.yaml says.
    QMap<QString, PackedFile> files{};      ///< Every other file, by its path.
    QJsonObject inputs{};                   ///< Given for the run; files not among them.
    QMap<QString, QByteArray> fileInputs{}; ///< Given for the run: name to content.
};

/// A valid pack that only the seed decides. All packs together use the whole language.
RandomPack randomPack(quint32 seed);
