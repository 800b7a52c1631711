#pragma once

#include "engine/api/values.h"

class QPalette;
class QTextDocument;
class QFont;

namespace ui {

/// Everything that a person is shown before deciding.
struct GateSheet
{
    engine::GateView view{};
    engine::RunView run{};
    QString source{};       ///< How the source is called: "local".
    engine::Timestamp at{}; ///< When this was read.

    bool operator==(const GateSheet &) const = default;
};

/// Writes a sheet as a document, in the order of the approval dialog: where, what is asked, what happens
/// then, who asked and decided, policies, what the run did, digests. Every text from outside is safe text; no
/// mark-up is read.
void writeGateSheet(QTextDocument &document, const GateSheet &sheet, const QFont &font,
                    const QPalette &palette);

} // namespace ui
