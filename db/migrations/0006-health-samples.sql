-- How the cluster was, every 15 seconds, for the status page's charts. Kept for two days.
CREATE TABLE IF NOT EXISTS health_samples (
  at               DATETIME(3) NOT NULL PRIMARY KEY,
  portals          SMALLINT UNSIGNED NOT NULL,
  portals_serving  SMALLINT UNSIGNED NOT NULL,
  databases_synced SMALLINT UNSIGNED NOT NULL,
  -- All portals together; NULL when there was no sample before it to count from.
  requests_per_second FLOAT NULL,
  -- The slowest portal's own answer to the agent: milliseconds; NULL when none answered.
  latency_ms       FLOAT NULL,
  free_bytes       BIGINT NULL
);
