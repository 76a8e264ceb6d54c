-- Drafts: what editors change. What is published is a generation on the volume, and does not change with these.
CREATE TABLE IF NOT EXISTS apis (
  id         CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  -- In addresses, and on the command line: `petstore`.
  name       VARCHAR(80) CHARACTER SET ascii NOT NULL,
  title      VARCHAR(200) NOT NULL,
  summary    VARCHAR(500) NOT NULL,
  owner      VARCHAR(100) NOT NULL,
  -- A list of words.
  tags       JSON NOT NULL,
  lifecycle  ENUM('draft', 'active', 'deprecated', 'retired') NOT NULL,
  -- The day on which a deprecated one ends.
  sunset     DATE NULL,
  -- Grows with every change: two editors do not undo each other unseen.
  revision   INT UNSIGNED NOT NULL,
  created_by VARCHAR(64) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_by VARCHAR(64) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  UNIQUE KEY apis_by_name (name)
);

-- Their bytes are blobs on the volume: what came, the same in one document, and what a reference is made of.
CREATE TABLE IF NOT EXISTS api_versions (
  id              CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  api_id          CHAR(26) CHARACTER SET ascii NOT NULL,
  -- As the API's own description says it: `1.0.0`.
  name            VARCHAR(64) NOT NULL,
  format          VARCHAR(20) CHARACTER SET ascii NOT NULL,
  changelog       TEXT NOT NULL,
  operations      INT UNSIGNED NOT NULL,
  errors          INT UNSIGNED NOT NULL,
  warnings        INT UNSIGNED NOT NULL,
  problems        JSON NOT NULL,
  source_name     VARCHAR(255) NOT NULL,
  source_sha256   CHAR(64) CHARACTER SET ascii NOT NULL,
  document_sha256 CHAR(64) CHARACTER SET ascii NOT NULL,
  -- The document in YAML; NULL of GraphQL.
  yaml_sha256     CHAR(64) CHARACTER SET ascii NULL,
  compiled_sha256 CHAR(64) CHARACTER SET ascii NOT NULL,
  revision        INT UNSIGNED NOT NULL,
  created_by      VARCHAR(64) NOT NULL,
  created_at      DATETIME(3) NOT NULL,
  updated_at      DATETIME(3) NOT NULL,
  UNIQUE KEY api_versions_by_name (api_id, name)
);

-- What drafts named and name no more: that these blobs go was wanted, as a tombstone says it of a file's.
CREATE TABLE IF NOT EXISTS left_blobs (
  sha256  CHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  left_at DATETIME(3) NOT NULL,
  KEY by_age (left_at)
);
