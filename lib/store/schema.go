// SPDX-License-Identifier: AGPL-3.0-or-later

package store

// migrations are the steps of a mailbox's schema, described in twiga-store(7);
// they are only ever appended.
//
// What a delivery touches is kept on few pages: the folders' rows and the
// mailbox's counters (those of the root folder) share one, item and message
// grow at their ends.
var migrations = []string{`
CREATE TABLE mailbox (
	one      INTEGER PRIMARY KEY,
	guid     BLOB NOT NULL,
	kind     INTEGER NOT NULL,
	owner    BLOB NOT NULL,
	language TEXT NOT NULL,
	created  INTEGER NOT NULL
);
CREATE TABLE folder (
	id           INTEGER PRIMARY KEY,
	parent       INTEGER NOT NULL,
	kind         INTEGER NOT NULL,
	uid_validity INTEGER NOT NULL,
	uid_next     INTEGER NOT NULL,
	change       INTEGER NOT NULL,
	own_change   INTEGER NOT NULL,
	pruned       INTEGER NOT NULL,
	total        INTEGER NOT NULL,
	unread       INTEGER NOT NULL,
	deleted      INTEGER NOT NULL,
	size         INTEGER NOT NULL,
	name         TEXT NOT NULL,
	class        TEXT NOT NULL,
	props        BLOB
);
CREATE TABLE item (
	folder   INTEGER NOT NULL,
	uid      INTEGER NOT NULL,
	id       INTEGER NOT NULL,
	change   INTEGER NOT NULL,
	flags    INTEGER NOT NULL,
	received INTEGER NOT NULL,
	sent     INTEGER NOT NULL,
	size     INTEGER NOT NULL,
	content  INTEGER,
	class    TEXT,
	keywords TEXT,
	PRIMARY KEY (folder, uid)
) WITHOUT ROWID;
CREATE INDEX item_change ON item (folder, change);
CREATE TABLE message (
	id          INTEGER PRIMARY KEY,
	folder      INTEGER NOT NULL,
	uid         INTEGER NOT NULL,
	summary     BLOB,
	bag         BLOB,
	recipients  BLOB,
	attachments BLOB
);
CREATE TABLE body (
	id     INTEGER PRIMARY KEY,
	recipe BLOB NOT NULL
);
CREATE TABLE tombstone (
	folder INTEGER NOT NULL,
	change INTEGER NOT NULL,
	uid    INTEGER NOT NULL,
	id     INTEGER NOT NULL,
	kind   INTEGER NOT NULL,
	PRIMARY KEY (folder, change)
) WITHOUT ROWID;
CREATE TABLE queue (
	message   INTEGER PRIMARY KEY,
	submitted INTEGER NOT NULL,
	next      INTEGER NOT NULL,
	attempts  INTEGER NOT NULL,
	reason    TEXT NOT NULL,
	done      TEXT NOT NULL
);
CREATE TABLE named (
	id   INTEGER PRIMARY KEY,
	guid BLOB NOT NULL,
	lid  INTEGER NOT NULL,
	name TEXT NOT NULL
);
`, `
ALTER TABLE item ADD COLUMN modified INTEGER;
CREATE INDEX item_received ON item (folder, received);
UPDATE tombstone SET uid = folder, folder = 1 WHERE kind = 1;
CREATE TABLE epoch (
	day    INTEGER PRIMARY KEY,
	change INTEGER NOT NULL
);
ALTER TABLE folder ADD COLUMN associated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN recoverable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN recoverable_size INTEGER NOT NULL DEFAULT 0;
CREATE TABLE acl (
	folder INTEGER NOT NULL,
	member BLOB NOT NULL,
	rights INTEGER NOT NULL,
	PRIMARY KEY (folder, member)
) WITHOUT ROWID;
CREATE TABLE author (
	message INTEGER PRIMARY KEY,
	user    BLOB NOT NULL
);
CREATE TABLE delegate (
	user  BLOB PRIMARY KEY NOT NULL,
	flags INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE deleted (
	object INTEGER PRIMARY KEY,
	at     INTEGER NOT NULL,
	origin INTEGER NOT NULL
);
CREATE INDEX deleted_at ON deleted (at);
CREATE TABLE search (
	folder    INTEGER PRIMARY KEY,
	criteria  BLOB NOT NULL,
	state     INTEGER NOT NULL,
	phase     INTEGER NOT NULL,
	at_folder INTEGER NOT NULL,
	at_uid    INTEGER NOT NULL,
	searched  INTEGER NOT NULL,
	total     INTEGER NOT NULL
);
CREATE TABLE member (
	message INTEGER NOT NULL,
	folder  INTEGER NOT NULL,
	uid     INTEGER NOT NULL,
	PRIMARY KEY (message, folder)
) WITHOUT ROWID;
CREATE TABLE receive (
	class  TEXT PRIMARY KEY NOT NULL COLLATE NOCASE,
	folder INTEGER NOT NULL
) WITHOUT ROWID;
DROP TABLE named;
CREATE TABLE named (
	id   INTEGER PRIMARY KEY,
	guid BLOB NOT NULL,
	lid  INTEGER NOT NULL,
	name TEXT NOT NULL,
	key  TEXT NOT NULL
);
CREATE UNIQUE INDEX named_key ON named (guid, key, lid);
CREATE TABLE rule (
	id     INTEGER PRIMARY KEY,
	folder INTEGER NOT NULL,
	rule   BLOB NOT NULL
);
CREATE INDEX rule_folder ON rule (folder);
CREATE TABLE source (
	key BLOB PRIMARY KEY NOT NULL,
	id  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE blob (
	id   BLOB PRIMARY KEY NOT NULL,
	refs INTEGER NOT NULL
) WITHOUT ROWID;
`, `
CREATE TABLE ahead (
	folder INTEGER PRIMARY KEY,
	change INTEGER NOT NULL,
	boot   TEXT NOT NULL
);
ALTER TABLE item ADD COLUMN saved INTEGER;
ALTER TABLE item ADD COLUMN email BLOB;
CREATE TABLE url_key (
	store  BLOB NOT NULL,
	folder INTEGER NOT NULL,
	key    BLOB NOT NULL,
	PRIMARY KEY (store, folder)
) WITHOUT ROWID;
`, `
ALTER TABLE message ADD COLUMN body INTEGER;
CREATE TABLE shared (
	body    INTEGER NOT NULL,
	message INTEGER NOT NULL,
	PRIMARY KEY (body, message)
) WITHOUT ROWID;
`}

// The kinds of tombstone.
const (
	goneMessage = 0 // a message left the folder
	goneFolder  = 1 // a folder is gone: under the root; uid is the former parent's id
)
