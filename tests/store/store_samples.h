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

/// The approval as it is when its approver has taken it back with some key.
engine::Decision withdrawnBy(engine::Decision decision, const QString &keyId);

/// "line N", of step "build", at level info.
engine::LogLine logLine(int number);
QList<engine::LogLine> logLines(int first, int count);

/// Opens for writing and makes run 1 in it; fails the test when it cannot.
std::unique_ptr<engine::Store> storeWithRun(const QString &path);
std::unique_ptr<engine::Store> opened(const QString &path, engine::Store::Mode mode);

/// A data directory that is as it should be: run 1 failed and run 2 goes on; each has 10 log lines and keeps
/// an artifact "own" of its own and one "shared" with the other. At its gate somebody approved, took it back
/// and approved again. Run 1 has its evidence and both have their
/// folder. Returns the database's file.
QString soundDataDir(const QString &dataDir);
/// Adds a run to it, as run 1 or as run 2.
void addSoundRun(engine::Store &store, const QString &dataDir, int number, bool isFinished);
void writeFile(const QString &path, const QByteArray &bytes);
QByteArray readFile(const QString &path);

/// Changes the file behind the store's back.
void tamper(const QString &path, const QString &sql, const QVariantList &values = {});

} // namespace samples
