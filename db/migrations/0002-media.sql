CREATE TABLE IF NOT EXISTS media (
  id           CHAR(26) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  operation_id CHAR(26) CHARACTER SET ascii NOT NULL,
  name         VARCHAR(255) NOT NULL,
  media_type   VARCHAR(127) CHARACTER SET ascii NOT NULL,
  size         BIGINT UNSIGNED NOT NULL,
  sha256       CHAR(64) CHARACTER SET ascii NOT NULL,
  visibility   ENUM('public', 'internal') NOT NULL,
  created_by   VARCHAR(64) NOT NULL,
  created_at   DATETIME(3) NOT NULL,
  UNIQUE KEY media_by_operation (operation_id),
  KEY media_by_blob (sha256),
  KEY media_by_name (name, id),
  KEY media_by_size (size, id)
);
