-- Schema changes are expand/contract: the release before this one must run on it, too.
-- Every table has a primary key (Galera certifies by it).

CREATE TABLE cluster_settings (
  name  VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row for each writing transaction: what settles a COMMIT whose answer was lost.
CREATE TABLE operations (
  id         CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  created_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  KEY operations_by_age (created_at)
);

CREATE TABLE idempotency_keys (
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

CREATE TABLE users (
  id            CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  name          VARCHAR(64) NOT NULL,
  password_hash VARCHAR(255) CHARACTER SET ascii NOT NULL,
  role          ENUM('reader', 'publisher', 'admin') NOT NULL,
  version       INT UNSIGNED NOT NULL DEFAULT 1,
  created_at    DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  UNIQUE KEY users_by_name (name)
);

-- The id is the SHA-256 of the session's id: whoever reads the table cannot take a session over.
CREATE TABLE sessions (
  id         CHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  user_id    CHAR(26) CHARACTER SET ascii NULL,
  data       JSON NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  KEY sessions_by_expiry (expires_at),
  KEY sessions_by_user (user_id)
);

CREATE TABLE tokens (
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
CREATE TABLE sign_in_attempts (
  subject      VARCHAR(190) NOT NULL PRIMARY KEY,
  failures     INT UNSIGNED NOT NULL,
  window_ends  DATETIME(3) NOT NULL,
  KEY sign_in_attempts_by_end (window_ends)
);
