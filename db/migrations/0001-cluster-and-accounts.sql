-- Schema changes are expand/contract: the release before this one must run on it, too.
-- Every table has a primary key (Galera certifies by it).
-- Every statement may run twice (IF NOT EXISTS, INSERT IGNORE): DDL is not rolled back when a run dies half-way, and no
-- lock crosses nodes that would keep two runs apart.

CREATE TABLE IF NOT EXISTS cluster_settings (
  name  VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row for each writing transaction: what settles a COMMIT whose answer was lost. `attempt` is the try that was committed.
CREATE TABLE IF NOT EXISTS operations (
  id         CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  attempt    SMALLINT UNSIGNED NOT NULL,
  created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  KEY operations_by_age (created_at)
);

CREATE TABLE IF NOT EXISTS idempotency_keys (
  principal    VARCHAR(190) NOT NULL,
  idem_key     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fingerprint  CHAR(64) CHARACTER SET ascii NOT NULL,
  operation_id CHAR(26) CHARACTER SET ascii NOT NULL,
  status       SMALLINT NOT NULL,
  answer       JSON NOT NULL,
  created_at   DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  PRIMARY KEY (principal, idem_key),
  KEY idempotency_keys_by_age (created_at)
);

CREATE TABLE IF NOT EXISTS users (
  id            CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  name          VARCHAR(64) NOT NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii NOT NULL,
  role          ENUM('reader', 'publisher', 'admin') NOT NULL,
  version       INT UNSIGNED NOT NULL DEFAULT 1,
  created_at    DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  UNIQUE KEY users_by_name (name)
);

-- The id is the SHA-256 of the session's id: whoever reads the table cannot take a session over.
CREATE TABLE IF NOT EXISTS sessions (
  id           CHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  user_id      CHAR(26) CHARACTER SET ascii NOT NULL,
  -- users.version at sign-in: a newer one (a new password) ends the session.
  user_version INT UNSIGNED NOT NULL,
  created_at   DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  expires_at   DATETIME(3) NOT NULL,
  KEY sessions_by_expiry (expires_at),
  KEY sessions_by_user (user_id)
);

CREATE TABLE IF NOT EXISTS tokens (
  id         CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  name       VARCHAR(64) NOT NULL,
  role       ENUM('reader', 'publisher', 'admin') NOT NULL,
  hash       CHAR(64) CHARACTER SET ascii NOT NULL,
  created_by VARCHAR(64) NOT NULL,
  created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  UNIQUE KEY tokens_by_name (name),
  UNIQUE KEY tokens_by_hash (hash)
);

-- Cluster-wide throttle of sign-in: one row for each subject (an account, or a client's address).
CREATE TABLE IF NOT EXISTS sign_in_attempts (
  subject      VARCHAR(190) NOT NULL PRIMARY KEY,
  failures     INT UNSIGNED NOT NULL,
  window_ends  DATETIME(3) NOT NULL,
  KEY sign_in_attempts_by_end (window_ends)
);
