#include "engine/store/schema.h"

#include "engine/store/anchor_schema.h"
#include "engine/store/approval_request_table.h"
#include "engine/store/store.h"

using namespace Qt::StringLiterals;

namespace engine {

// Version 1.
//
// A run has two names: "id" is the one the world knows, "key" a small integer that the other tables hold as
// runId. They have millions of rows, and an integer takes two bytes there where the id takes thirty.
//
// Times are text in UTC, ISO 8601 with milliseconds, so that they sort and people can read them. Values in
// JSON are canonical (RFC 8785). Events are clustered by run, since they are read that way. Logs come faster
// than anything else, so their table is a plain one whose rowid holds run and number together: one B-tree to
// write, in order, and numbers are unique per run by construction. runId and sequence are computed from it; a
// foreign key on a computed column would search the whole table whenever a run is deleted, so deleting a run
// has to delete its range of lines.
//
// failurePolicy, sourcePath and used_tokens are part of the agreed schema; nothing writes them yet.
static const QStringList version1{
    uR"(CREATE TABLE pack_runs (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  packName TEXT NOT NULL,
  packVersion TEXT NOT NULL,
  packDigest TEXT NOT NULL,
  packPath TEXT NOT NULL,
  planHash TEXT NOT NULL,
  failurePolicy TEXT,
  status TEXT NOT NULL,
  partial INTEGER NOT NULL,
  reason TEXT NOT NULL,
  requestedBy TEXT NOT NULL,
  requestedAt TEXT NOT NULL,
  createdAt TEXT NOT NULL,
  updatedAt TEXT NOT NULL,
  completedAt TEXT,
  tenantId TEXT NOT NULL,
  inputs TEXT NOT NULL,
  outputs TEXT NOT NULL,
  plan BLOB NOT NULL
) STRICT)"_s,
    u"CREATE INDEX pack_runs_by_pack ON pack_runs (packName, id)"_s,
    u"CREATE INDEX pack_runs_unfinished ON pack_runs (id) WHERE completedAt IS NULL"_s,

    uR"(CREATE TABLE pack_run_steps (
  key INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL REFERENCES pack_runs (key),
  path TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  lastTransitionAt TEXT NOT NULL,
  nextAttemptAt TEXT,
  outputs TEXT NOT NULL,
  UNIQUE (runId, path)
) STRICT)"_s,

    uR"(CREATE TABLE pack_run_attempts (
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  pid INTEGER NOT NULL,
  startTime TEXT NOT NULL,
  bootId TEXT NOT NULL,
  startedAt TEXT,
  finishedAt TEXT,
  exitCode INTEGER,
  signal INTEGER,
  usage TEXT,
  PRIMARY KEY (runId, path, attempt),
  FOREIGN KEY (runId, path) REFERENCES pack_run_steps (runId, path)
) STRICT, WITHOUT ROWID)"_s,

    uR"(CREATE TABLE pack_run_events (
  runId INTEGER NOT NULL REFERENCES pack_runs (key),
  sequence INTEGER NOT NULL,
  timestamp TEXT NOT NULL,
  type TEXT NOT NULL,
  stepPath TEXT NOT NULL,
  data TEXT NOT NULL,
  previousHash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (runId, sequence)
) STRICT, WITHOUT ROWID)"_s,

    uR"(CREATE TABLE pack_run_logs (
  key INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL,
  level TEXT NOT NULL,
  eventType TEXT NOT NULL,
  message TEXT NOT NULL,
  stepId TEXT NOT NULL,
  metadata TEXT NOT NULL,
  runId INTEGER NOT NULL GENERATED ALWAYS AS (key >> 36) VIRTUAL,
  sequence INTEGER NOT NULL GENERATED ALWAYS AS (key & 68719476735) VIRTUAL
) STRICT)"_s,

    uR"(CREATE TABLE pack_artifacts (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  runId INTEGER NOT NULL REFERENCES pack_runs (key),
  stepPath TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  sourcePath TEXT,
  storedPath TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  status TEXT NOT NULL,
  notes TEXT NOT NULL,
  capturedAt TEXT NOT NULL
) STRICT)"_s,
    u"CREATE INDEX pack_artifacts_by_run ON pack_artifacts (runId)"_s,

    uR"(CREATE TABLE pack_run_approvals (
  key INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  revision INTEGER NOT NULL,
  approvalId TEXT NOT NULL,
  title TEXT NOT NULL,
  message TEXT NOT NULL,
  planHash TEXT NOT NULL,
  required INTEGER NOT NULL,
  approvers TEXT NOT NULL,
  allowSelfApproval INTEGER NOT NULL,
  requireReason INTEGER NOT NULL,
  reasonSuggestion TEXT NOT NULL,
  requestedBy TEXT NOT NULL,
  requestedAt TEXT NOT NULL,
  expiresAt TEXT NOT NULL,
  status TEXT NOT NULL,
  UNIQUE (runId, path),
  FOREIGN KEY (runId, path) REFERENCES pack_run_steps (runId, path)
) STRICT)"_s,
    u"CREATE INDEX pack_run_approvals_open ON pack_run_approvals (expiresAt) WHERE status = 'open'"_s,

    // The last constraint is the store's own guard against counting a person twice.
    uR"(CREATE TABLE pack_run_decisions (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  revision INTEGER NOT NULL,
  planHash TEXT NOT NULL,
  verdict TEXT NOT NULL,
  approver TEXT NOT NULL,
  reason TEXT NOT NULL,
  shownDigest TEXT NOT NULL,
  decidedAt TEXT NOT NULL,
  keyId TEXT NOT NULL,
  envelope TEXT NOT NULL,
  FOREIGN KEY (runId, path) REFERENCES pack_run_approvals (runId, path),
  UNIQUE (runId, path, revision, approver)
) STRICT)"_s,

    uR"(CREATE TABLE policy_decisions (
  key INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  policyId TEXT NOT NULL,
  input TEXT NOT NULL,
  allow INTEGER NOT NULL,
  denials TEXT NOT NULL,
  decidedAt TEXT NOT NULL,
  FOREIGN KEY (runId, path) REFERENCES pack_run_steps (runId, path)
) STRICT)"_s,
    u"CREATE INDEX policy_decisions_by_run ON policy_decisions (runId, path)"_s,

    uR"(CREATE TABLE audit_log (
  sequence INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL,
  tenantId TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  data TEXT NOT NULL,
  previousHash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT)"_s,

    uR"(CREATE TABLE used_tokens (
  issuer TEXT NOT NULL,
  jti TEXT NOT NULL,
  tenantId TEXT NOT NULL,
  usedAt TEXT NOT NULL,
  expiresAt TEXT NOT NULL,
  PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID)"_s,
    u"CREATE INDEX used_tokens_by_expiry ON used_tokens (expiresAt)"_s,
};

// Version 2: an approval may be taken back while its gate is open. The decision stays, with the withdrawal
// beside it, and its approver may decide anew. So the guard against counting a person twice now looks only at
// decisions that stand; being no constraint of the table any more, it leaves the reference to the gate
// without an index, which gets one of its own.
static const QStringList version2{
    uR"(CREATE TABLE decisions_2 (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  revision INTEGER NOT NULL,
  planHash TEXT NOT NULL,
  verdict TEXT NOT NULL,
  approver TEXT NOT NULL,
  reason TEXT NOT NULL,
  shownDigest TEXT NOT NULL,
  decidedAt TEXT NOT NULL,
  keyId TEXT NOT NULL,
  envelope TEXT NOT NULL,
  withdrawnAt TEXT,
  withdrawalReason TEXT,
  withdrawalKeyId TEXT,
  withdrawalEnvelope TEXT,
  FOREIGN KEY (runId, path) REFERENCES pack_run_approvals (runId, path),
  CHECK (withdrawnAt IS NULL OR verdict = 'approve'),
  CHECK ((withdrawnAt IS NULL) = (withdrawalReason IS NULL)),
  CHECK ((withdrawnAt IS NULL) = (withdrawalKeyId IS NULL)),
  CHECK ((withdrawnAt IS NULL) = (withdrawalEnvelope IS NULL))
) STRICT)"_s,
    uR"(INSERT INTO decisions_2
  (key, id, runId, path, revision, planHash, verdict, approver, reason, shownDigest, decidedAt, keyId, envelope)
  SELECT key, id, runId, path, revision, planHash, verdict, approver, reason, shownDigest, decidedAt, keyId, envelope
  FROM pack_run_decisions)"_s,
    u"DROP TABLE pack_run_decisions"_s,
    u"ALTER TABLE decisions_2 RENAME TO pack_run_decisions"_s,
    u"CREATE UNIQUE INDEX pack_run_decisions_standing "
    "ON pack_run_decisions (runId, path, revision, approver) WHERE withdrawnAt IS NULL"_s,
    u"CREATE INDEX pack_run_decisions_by_gate ON pack_run_decisions (runId, path)"_s,
};

const QList<Migration> &migrations()
{
    static const QList<Migration> all{
        {1, version1}, {2, version2}, {3, ApprovalRequestTable::migration()}, {4, anchorTables()}};
    Q_ASSERT(all.last().version == Store::SchemaVersion);
    return all;
}

static Result<> runStep(Connection &connection, const Migration &step)
{
    Transaction transaction(connection);
    if (auto begun = transaction.begin(); !begun)
        return begun;
    const auto version = connection.number(u"PRAGMA user_version"_s);
    if (!version)
        return version.error();
    if (*version >= step.version)
        return {};
    for (const QString &statement : step.statements) {
        if (auto done = connection.run(statement); !done)
            return done;
    }
    const auto broken =
        connection.first(u"PRAGMA foreign_key_check"_s, {}, [](Row &row) { return row.text(0); });
    if (!broken)
        return broken.error();
    if (*broken) {
        return Error{ErrorCode::Database,
                     u"database \"%1\": table %2 has rows that refer to nothing in schema version %3"_s.arg(
                         connection.path(), **broken, QString::number(step.version)),
                     {},
                     {}};
    }
    // PRAGMA takes no bound values; the number is our own.
    if (auto done = connection.run(u"PRAGMA user_version = %1"_s.arg(step.version)); !done)
        return done;
    return transaction.commit();
}

Result<> migrate(Connection &connection, const QList<Migration> &steps)
{
    for (const Migration &step : steps) {
        if (auto done = runStep(connection, step); !done)
            return done;
    }
    return {};
}

} // namespace engine
