-- Who may act for the cluster. Nobody's clock counts: a contender watches the beat, and takes over when it has stood still.
CREATE TABLE IF NOT EXISTS leases (
  name    VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  -- NULL: given back.
  owner   VARCHAR(128) NULL,
  -- Grows with each change of the owner: what an earlier one still does is refused by it.
  token   INT UNSIGNED NOT NULL,
  beat    INT UNSIGNED NOT NULL,
  -- Written by each guarded transaction, so that one of an earlier owner and the take-over exclude each other on any node.
  guarded INT UNSIGNED NOT NULL DEFAULT 0,
  since   DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3)
);

-- The history of runs, and their claim: whoever inserts (job, slot, attempt) runs it.
CREATE TABLE IF NOT EXISTS job_runs (
  job          VARCHAR(64) CHARACTER SET ascii NOT NULL,
  -- ISO 8601 in UTC: when it was due, or asked for.
  slot         VARCHAR(32) CHARACTER SET ascii NOT NULL,
  attempt      SMALLINT UNSIGNED NOT NULL,
  requested_by VARCHAR(64) NULL,
  agent        VARCHAR(128) NOT NULL,
  token        INT UNSIGNED NOT NULL,
  state        ENUM('running', 'done', 'failed', 'abandoned') NOT NULL,
  started_at   DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  ended_at     DATETIME(3) NULL,
  result       VARCHAR(500) NOT NULL,
  PRIMARY KEY (job, slot, attempt),
  KEY job_runs_by_start (job, started_at),
  KEY job_runs_by_state (state)
);

-- What somebody asked to have run now; gone once a run was claimed for it.
CREATE TABLE IF NOT EXISTS job_requests (
  id           CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  job          VARCHAR(64) CHARACTER SET ascii NOT NULL,
  requested_by VARCHAR(64) NOT NULL,
  created_at   DATETIME(6) NOT NULL DEFAULT UTC_TIMESTAMP(6),
  -- One open request a job.
  UNIQUE KEY job_requests_by_job (job)
);
