#pragma once

#include "engine/pack/manifest.h"

#include <QByteArray>
#include <QList>

/// The manifests of tests/pack/manifests, one text file for each subject. A sample is
///
///   === name
///   KIND, SEEN
///   part of a manifest
///   ~~~
///   what the reader says
///
/// with the rest of a good manifest around it, by KIND:
///
///   whole     the whole manifest
///   metadata  the value of metadata, in line 3
///   spec      the members of spec, from line 5
///   before    the members of spec, from line 5, without the steps
///   run       what one run step does, in line 8; there are the inputs target (string) and package (file)
///   pack      the same in a pack with the modules render and plain, and the file schemas/limit.json
///
/// SEEN is "schema" where the JSON Schema of the manifest sees the mistake, "reader" where only the reader
/// can. Good samples have neither SEEN nor what follows "~~~".
struct ManifestSample
{
    QString name{};
    QByteArray yaml{};
    QString error{};
    bool isSeenBySchema = false;
    bool isInPack = false;
};

/// folder: "bad" or "good". Aborts the test program on a file that is not written as above.
QList<ManifestSample> manifestSamples(const QString &folder);

/// Reads a sample as "p.yaml", with the files of its pack if it has one.
engine::Result<engine::Manifest> readSample(const ManifestSample &sample);
