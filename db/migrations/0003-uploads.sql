-- Resumable uploads in flight. The row says who may write, under which fencing token, and how far what was acknowledged
-- reaches; the bytes lie on the volume, a file for each holder.
CREATE TABLE IF NOT EXISTS uploads (
  -- Becomes the media item's id.
  id           CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  -- Under which the item's row will be made, whoever makes it, and once.
  operation_id CHAR(26) CHARACTER SET ascii NOT NULL,
  owner        VARCHAR(190) NOT NULL,
  created_by   VARCHAR(64) NOT NULL,
  name         VARCHAR(255) NOT NULL,
  visibility   ENUM('public', 'internal') NOT NULL,
  -- As the client sent it: HEAD must give it back.
  metadata     JSON NOT NULL,
  -- NULL while the client has not said it.
  size         BIGINT UNSIGNED NULL,
  -- Bytes that are durable and acknowledged.
  received     BIGINT UNSIGNED NOT NULL DEFAULT 0,
  token        INT UNSIGNED NOT NULL DEFAULT 0,
  holder       VARCHAR(128) NULL,
  beat         INT UNSIGNED NOT NULL DEFAULT 0,
  -- Somebody else waits for it.
  wanted       BOOLEAN NOT NULL DEFAULT FALSE,
  state        ENUM('open', 'finished', 'failed') NOT NULL DEFAULT 'open',
  -- Of the finished file; or why it failed.
  sha256       CHAR(64) CHARACTER SET ascii NULL,
  reason       VARCHAR(255) NULL,
  created_at   DATETIME(3) NOT NULL DEFAULT UTC_TIMESTAMP(3),
  expires_at   DATETIME(3) NOT NULL,
  KEY uploads_by_owner (owner, state),
  KEY uploads_by_expiry (expires_at)
);

-- Which holder's file gives which bytes of the upload.
CREATE TABLE IF NOT EXISTS upload_parts (
  upload_id CHAR(26) CHARACTER SET ascii NOT NULL,
  token     INT UNSIGNED NOT NULL,
  starts_at BIGINT UNSIGNED NOT NULL,
  length    BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (upload_id, token)
);
