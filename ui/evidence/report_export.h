#pragma once

#include "engine/api/evidence_verifier.h"

namespace ui {

enum class ReportFormat { Text, Json, Html, Pdf };

/// By the name's end: ".txt", ".json", ".html" or ".htm"; everything else is PDF.
ReportFormat reportFormatOf(const QString &path);

/// Writes a report to a file, in the format of its name. PDF is HTML laid out on A4 by Qt. The file appears
/// whole or not at all. Fails with Io.
///
/// Thread: the GUI's, for its fonts.
engine::Result<> exportReport(const engine::VerificationReport &report, const QString &path);

} // namespace ui
