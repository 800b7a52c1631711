#pragma once

#include <QStringList>

namespace engine {

/// The step of the schema that brings the table of anchors: what logs and timestamp authorities were asked to
/// witness of a run's evidence, and what they said.
QStringList anchorTables();

} // namespace engine
