PRAGMA application_id = 1414677331;
PRAGMA user_version = 1;
CREATE TABLE pack_runs (
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
) STRICT;
INSERT INTO pack_runs VALUES(1,'run_01KG0000000000000000000001','inventory-audit','1.2.0','sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','/packs/größe','sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',NULL,'failed',1,'step "scan" failed','alice','2026-01-31T09:05:01.250Z','2026-01-31T09:05:01.250Z','2026-01-31T09:05:06.250Z','2026-01-31T09:05:06.250Z','default','{"deny":["telnet","rsh"],"näme":1.5}','{"count":3,"report":"artifacts/report.json"}',X'7b2272756e223a312c226e756c223a2200227d');
CREATE TABLE pack_run_steps (
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
) STRICT;
INSERT INTO pack_run_steps VALUES(1,1,'scan','backing-off','exit code 3',2,'2026-01-31T09:05:04.250Z','2026-01-31T09:05:09.250Z','{"n":null}');
INSERT INTO pack_run_steps VALUES(2,1,'build','pending','',0,'2026-01-31T09:05:00.250Z',NULL,'{}');
INSERT INTO pack_run_steps VALUES(3,1,'approve','pending','',0,'2026-01-31T09:05:00.250Z',NULL,'{}');
INSERT INTO pack_run_steps VALUES(4,1,'hosts[0]::check','interrupted','ünklar',1,'2026-01-31T09:05:05.250Z',NULL,'{}');
CREATE TABLE pack_run_attempts (
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
) STRICT, WITHOUT ROWID;
INSERT INTO pack_run_attempts VALUES(1,'build',1,4712,'5','boot','2026-01-31T09:05:01.250Z','2026-01-31T09:05:03.250Z',NULL,9,'{"peakMemoryBytes":0,"systemMicroseconds":0,"userMicroseconds":0,"writtenBytes":0}');
INSERT INTO pack_run_attempts VALUES(1,'scan',1,4711,'123456789012','boot','2026-01-31T09:05:01.250Z','2026-01-31T09:05:02.250Z',3,NULL,'{"peakMemoryBytes":56,"systemMicroseconds":34,"userMicroseconds":12,"writtenBytes":78}');
INSERT INTO pack_run_attempts VALUES(1,'scan',2,0,'','',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE pack_run_events (
  runId INTEGER NOT NULL REFERENCES pack_runs (key),
  sequence INTEGER NOT NULL,
  timestamp TEXT NOT NULL,
  type TEXT NOT NULL,
  stepPath TEXT NOT NULL,
  data TEXT NOT NULL,
  previousHash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (runId, sequence)
) STRICT, WITHOUT ROWID;
INSERT INTO pack_run_events VALUES(1,1,'2026-01-31T09:05:01.250Z','run-created','','{"planHash":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}','0000000000000000000000000000000000000000000000000000000000000000','3ea9ed2a2dfde4d347871d4b23375604fd991cd05f7dcdd2c29a86d79807fb4e');
INSERT INTO pack_run_events VALUES(1,2,'2026-01-31T09:05:01.250Z','step-state','scan','{"ratio":0.1,"to":"pending"}','3ea9ed2a2dfde4d347871d4b23375604fd991cd05f7dcdd2c29a86d79807fb4e','5af2087826fa14be9c402a6ca00bce5aff620e73bf41ac70a2d1991b23cefa4e');
INSERT INTO pack_run_events VALUES(1,3,'2026-01-31T09:05:06.250Z','step-state','scan','{"to":"backing-off"}','5af2087826fa14be9c402a6ca00bce5aff620e73bf41ac70a2d1991b23cefa4e','833bbd3ffb51d41447ab66776f9f7716fd038632b7733c9a1b392ce97cd61e64');
INSERT INTO pack_run_events VALUES(1,4,'2026-01-31T09:05:06.250Z','gate-opened','approve','{"revision":2}','833bbd3ffb51d41447ab66776f9f7716fd038632b7733c9a1b392ce97cd61e64','87c850bf3bf18e0e842253ab89a2abd17b8c530887da140388c4c0f815bb9d9d');
INSERT INTO pack_run_events VALUES(1,5,'2026-01-31T09:05:06.250Z','run-state','','{}','87c850bf3bf18e0e842253ab89a2abd17b8c530887da140388c4c0f815bb9d9d','5e0f61013078de68f36c6e393b93fb3ba58a9fb146e89adf5718b6663d199851');
CREATE TABLE pack_run_logs (
  key INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL,
  level TEXT NOT NULL,
  eventType TEXT NOT NULL,
  message TEXT NOT NULL,
  stepId TEXT NOT NULL,
  metadata TEXT NOT NULL,
  runId INTEGER NOT NULL GENERATED ALWAYS AS (key >> 36) VIRTUAL,
  sequence INTEGER NOT NULL GENERATED ALWAYS AS (key & 68719476735) VIRTUAL
) STRICT;
INSERT INTO pack_run_logs VALUES(68719476737,'2026-01-31T09:05:00.250Z','info','output','line 1','build','{"attempt":1}');
INSERT INTO pack_run_logs VALUES(68719476738,'2026-01-31T09:05:00.250Z','info','output','line 2','build','{"attempt":1}');
CREATE TABLE pack_artifacts (
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
) STRICT;
INSERT INTO pack_artifacts VALUES(1,'01KG0000000000000000000002',1,'scan','report','bundle',NULL,'artifacts/sha256/ab/cd','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',5000000000,'stored','a note','2026-01-31T09:05:04.250Z');
INSERT INTO pack_artifacts VALUES(2,'01KG0000000000000000000001',1,'','big','file',NULL,'','',0,'refused','too big','2026-01-31T09:05:05.250Z');
CREATE TABLE pack_run_approvals (
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
) STRICT;
INSERT INTO pack_run_approvals VALUES(1,1,'approve',2,'reviewer','Title','Please "look" ''twice''; DROP TABLE pack_runs','sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',2,'["user:bob","user:carol"]',1,1,'because …','alice','2026-01-31T09:05:03.250Z','2026-01-31T10:05:00.250Z','open');
CREATE TABLE pack_run_decisions (
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
) STRICT;
INSERT INTO pack_run_decisions VALUES(1,'01KG0000000000000000000001',1,'approve',2,'sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','approve','bob','looks right','sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','2026-01-31T09:05:05.250Z','key-1','{"payload":"e30="}');
CREATE TABLE policy_decisions (
  key INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL,
  path TEXT NOT NULL,
  policyId TEXT NOT NULL,
  input TEXT NOT NULL,
  allow INTEGER NOT NULL,
  denials TEXT NOT NULL,
  decidedAt TEXT NOT NULL,
  FOREIGN KEY (runId, path) REFERENCES pack_run_steps (runId, path)
) STRICT;
INSERT INTO policy_decisions VALUES(1,1,'scan','deny-list','{"components":["a",1]}',0,'[{"id":"no-telnet","message":"telnet is installed"},{"id":"no-rsh","message":"rsh is installed"}]','2026-01-31T09:05:04.250Z');
CREATE TABLE audit_log (
  sequence INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL,
  tenantId TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  data TEXT NOT NULL,
  previousHash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_log VALUES(1,'2026-01-31T09:05:07.250Z','default','alice','login','{"n":1}','0000000000000000000000000000000000000000000000000000000000000000','80946f9c936d79c90f9cb13024aa46a39a3eecb8f9b0de403061483275f37e42');
CREATE TABLE used_tokens (
  issuer TEXT NOT NULL,
  jti TEXT NOT NULL,
  tenantId TEXT NOT NULL,
  usedAt TEXT NOT NULL,
  expiresAt TEXT NOT NULL,
  PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX pack_runs_by_pack ON pack_runs (packName, id);
CREATE INDEX pack_runs_unfinished ON pack_runs (id) WHERE completedAt IS NULL;
CREATE INDEX pack_artifacts_by_run ON pack_artifacts (runId);
CREATE INDEX pack_run_approvals_open ON pack_run_approvals (expiresAt) WHERE status = 'open';
CREATE INDEX policy_decisions_by_run ON policy_decisions (runId, path);
CREATE INDEX used_tokens_by_expiry ON used_tokens (expiresAt);
