#pragma once

#include "engine/pack/pack.h"

#include <QTest>

/// What stands around the part of a manifest that a test is about.
namespace rows {

inline const QByteArray top = "apiVersion: stellaops.io/pack.v1\nkind: TaskPack\n";
inline const QByteArray steps = "  steps: [{ id: a, run: { uses: builtin:exec, with: { command: [x] } } }]\n";

} // namespace rows
