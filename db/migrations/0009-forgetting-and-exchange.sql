-- Grows with each activation that is asked for, so that asking for one and forgetting it meet in its row.
ALTER TABLE generations ADD COLUMN IF NOT EXISTS wanted INT UNSIGNED NOT NULL DEFAULT 0;

-- Where an imported generation came from. By the manifest that was signed there: the same file never becomes a twin.
CREATE TABLE IF NOT EXISTS generation_origins (
  manifest_sha256 CHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  n               INT UNSIGNED NOT NULL,
  -- The name under which its key was trusted, and its own number there.
  cluster         VARCHAR(64) NOT NULL,
  origin_n        INT UNSIGNED NOT NULL,
  fingerprint     VARCHAR(64) CHARACTER SET ascii NOT NULL,
  KEY by_generation (n)
);

-- Whose exports are believed.
CREATE TABLE IF NOT EXISTS trusted_keys (
  fingerprint VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  name        VARCHAR(64) NOT NULL,
  public_key  VARCHAR(100) CHARACTER SET ascii NOT NULL,
  added_by    VARCHAR(64) NOT NULL,
  added_at    DATETIME(3) NOT NULL,
  UNIQUE KEY by_name (name)
);
