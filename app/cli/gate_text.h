#pragma once

#include "engine/api/values.h"

namespace cli {

/// What a person should read before deciding, as text for a terminal: what is asked, by whom, until when,
/// what runs next with every argument, and the plan's hash. Everything of the pack is made printable.
QString gateText(const engine::GateView &view, const QList<engine::Decision> &decisions);

} // namespace cli
