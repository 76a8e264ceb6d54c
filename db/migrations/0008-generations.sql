-- What was published, by number. The content is on the volume; this says which manifest is the right one.
CREATE TABLE IF NOT EXISTS generations (
  n               INT UNSIGNED NOT NULL PRIMARY KEY,
  manifest_sha256 CHAR(64) CHARACTER SET ascii NOT NULL,
  apis            INT UNSIGNED NOT NULL,
  versions        INT UNSIGNED NOT NULL,
  note            VARCHAR(500) NOT NULL,
  created_by      VARCHAR(64) NOT NULL,
  created_at      DATETIME(3) NOT NULL,
  -- Neither by count nor by age is it forgotten.
  pinned          BOOLEAN NOT NULL DEFAULT FALSE
);

-- Each time that one was made current, or was to be. The highest epoch that is flipped or done is current.
CREATE TABLE IF NOT EXISTS activations (
  epoch      INT UNSIGNED NOT NULL PRIMARY KEY,
  n          INT UNSIGNED NOT NULL,
  state      ENUM('preparing', 'flipped', 'done', 'failed') NOT NULL,
  -- What is waited for, or how it came out: a sentence.
  reason     VARCHAR(2000) NOT NULL,
  asked_by   VARCHAR(64) NOT NULL,
  asked_at   DATETIME(3) NOT NULL,
  flipped_at DATETIME(3) NULL,
  ended_at   DATETIME(3) NULL
);

-- Which activation is current: one row, changed by compare-and-set. It is a row of its own so that two flips meet in it.
CREATE TABLE IF NOT EXISTS current_generation (
  id    TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  epoch INT UNSIGNED NOT NULL,
  n     INT UNSIGNED NOT NULL
);
INSERT IGNORE INTO current_generation (id, epoch, n) VALUES (1, 0, 0);

-- What each portal says of itself to whoever carries out an activation.
CREATE TABLE IF NOT EXISTS portals (
  node            VARCHAR(64) CHARACTER SET ascii NOT NULL PRIMARY KEY,
  -- Grows; that it stands still is seen by clocks that do not have to agree.
  beat            BIGINT UNSIGNED NOT NULL,
  prepared_epoch  INT UNSIGNED NOT NULL,
  fault           VARCHAR(500) NOT NULL,
  confirmed_epoch INT UNSIGNED NOT NULL,
  seen_at         DATETIME(3) NOT NULL
);
