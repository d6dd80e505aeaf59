// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

// migrations are the steps of the schema; they are only ever appended.
var migrations = []string{`
CREATE TABLE directory (one INTEGER PRIMARY KEY, version INTEGER NOT NULL);
INSERT INTO directory VALUES (1, 1);
CREATE TABLE account (
	id        BLOB PRIMARY KEY NOT NULL,
	name      TEXT NOT NULL UNIQUE,
	full_name TEXT NOT NULL,
	language  TEXT NOT NULL,
	store     BLOB NOT NULL,
	warn      INTEGER NOT NULL,
	soft      INTEGER NOT NULL,
	hard      INTEGER NOT NULL,
	admin     INTEGER NOT NULL,
	disabled  INTEGER NOT NULL,
	created   INTEGER NOT NULL,
	password  TEXT NOT NULL
);
CREATE TABLE address (
	address TEXT PRIMARY KEY NOT NULL,
	account BLOB NOT NULL,
	place   INTEGER NOT NULL
);
CREATE INDEX address_account ON address (account, place);
`}
