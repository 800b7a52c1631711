#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

namespace engine {

/// A file that comes to a finished bundle: what a log or a timestamp authority says of it.
struct BundleAddition
{
    QString path{}; ///< See layout::isAddition().
    QByteArray bytes{};
};

/// Writes the bundle anew with more files, each in its place; one of the same path is replaced. What the
/// bundle has besides stays as it is, byte for byte. Says nothing of what the files prove, see
/// verifyBundle().
///
/// The bundle is replaced whole or not at all. Fails with NotFound, Io, or InvalidInput when a path or size
/// is not one of an addition, or when the bundle is damaged.
///
/// Thread: any.
Result<> addToBundle(const QString &bundle, const QList<BundleAddition> &additions);

} // namespace engine
