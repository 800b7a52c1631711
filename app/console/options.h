#pragma once

#include <QStringList>

class QCoreApplication;

/// What the command line asks of the console.
struct Options
{
    QStringList files{}; ///< Packs and bundles to open.
    QString dataDir{};
    QString operatorName{};
    QString policyServer{};
    QString passphraseFile{}; ///< Of the engine's key.
    QString rekor{};
    QString rekorVersion{};
    QString timestampAuthority{};
    bool openSample = false;
};

/// Reads the arguments; ends the process for --help, --version and errors.
Options parseOptions(const QCoreApplication &app);
