-- Blobs that are missing, or whose bytes are not those of their name. Gone again once they are whole.
CREATE TABLE IF NOT EXISTS blob_findings (
  sha256   CHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  kind     ENUM('missing', 'rotten') NOT NULL,
  -- The file's name below quarantine/, when there is one.
  kept_as  VARCHAR(128) CHARACTER SET ascii NULL,
  found_at DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3)
);
