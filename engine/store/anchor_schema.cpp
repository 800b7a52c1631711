#include "engine/store/anchor_schema.h"

using namespace Qt::StringLiterals;

namespace engine {

// proof is what was answered, of the bundle whose SHA256SUMS.sig has the digest subject. It is kept from the
// moment it is there, so that it is not asked for again when it cannot be put into the bundle at once.
QStringList anchorTables()
{
    return {
        uR"(CREATE TABLE pack_run_anchors (
  key INTEGER PRIMARY KEY,
  runId INTEGER NOT NULL REFERENCES pack_runs (key),
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  service TEXT NOT NULL,
  tries INTEGER NOT NULL,
  changedAt TEXT NOT NULL,
  nextTryAt TEXT,
  subject TEXT NOT NULL,
  proof BLOB NOT NULL,
  UNIQUE (runId, kind),
  CHECK ((nextTryAt IS NOT NULL) = (status = 'pending'))
) STRICT)"_s,
        u"CREATE INDEX pack_run_anchors_due ON pack_run_anchors (nextTryAt) WHERE status = 'pending'"_s,
    };
}

} // namespace engine
