#pragma once

#include "engine/store/connection.h"
#include "engine/store/store.h"

/// Values and short cuts for the store's tests.
namespace samples {

engine::Timestamp at(int seconds); ///< Seconds after 2026-01-31T09:05:00.250Z.
engine::RunId runId(int number);   ///< Greater numbers sort later.

/// A queued run of pack "inventory-audit" with a plan of its own.
engine::NewRun newRun(int number);
/// Its first steps, in an order that is not alphabetical.
QList<engine::StepRecord> firstSteps();
QList<engine::EventDraft> firstEvents();

/// A change that uses every field of every record.
engine::RunChange everything(const engine::RunId &run);

/// "line N", of step "build", at level info.
engine::LogLine logLine(int number);
QList<engine::LogLine> logLines(int first, int count);

/// Opens for writing and makes run 1 in it; fails the test when it cannot.
std::unique_ptr<engine::Store> storeWithRun(const QString &path);
std::unique_ptr<engine::Store> opened(const QString &path, engine::Store::Mode mode);

/// Changes the file behind the store's back.
void tamper(const QString &path, const QString &sql, const QVariantList &values = {});

} // namespace samples
