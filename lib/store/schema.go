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
`}

// The kinds of tombstone.
const (
	goneMessage = 0 // a message left the folder
	goneFolder  = 1 // a subfolder of the folder is gone; uid is 0
)
