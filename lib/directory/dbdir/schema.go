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
`, `
ALTER TABLE directory ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE directory ADD COLUMN words INTEGER NOT NULL DEFAULT 0;
UPDATE directory SET pruned = version;
ALTER TABLE account ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN archive BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
ALTER TABLE account ADD COLUMN no_services TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN resource TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN attributes TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN mailing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN security INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN filter TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN password_changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
UPDATE account SET admin = 2 WHERE admin = 1;
UPDATE account SET password_changed = created WHERE password <> '';
UPDATE account SET version = (SELECT version FROM directory);
CREATE INDEX account_version ON account (version, id);
CREATE TABLE member (
	team   BLOB NOT NULL,
	member BLOB NOT NULL,
	PRIMARY KEY (team, member)
) WITHOUT ROWID;
CREATE INDEX member_member ON member (member);
CREATE TABLE send_as (
	account BLOB NOT NULL,
	sender  BLOB NOT NULL,
	place   INTEGER NOT NULL,
	PRIMARY KEY (account, sender)
) WITHOUT ROWID;
CREATE INDEX send_as_sender ON send_as (sender);
CREATE TABLE app_password (
	account  BLOB NOT NULL,
	name     TEXT NOT NULL,
	hash     BLOB NOT NULL,
	services TEXT NOT NULL,
	created  INTEGER NOT NULL,
	used     INTEGER NOT NULL,
	PRIMARY KEY (account, name)
) WITHOUT ROWID;
CREATE TABLE old_password (
	account  BLOB NOT NULL,
	number   INTEGER NOT NULL,
	password TEXT NOT NULL,
	PRIMARY KEY (account, number)
) WITHOUT ROWID;
CREATE TABLE word (
	word    TEXT NOT NULL,
	account BLOB NOT NULL,
	PRIMARY KEY (word, account)
) WITHOUT ROWID;
CREATE INDEX word_account ON word (account);
CREATE TABLE tombstone (
	version INTEGER NOT NULL,
	id      BLOB NOT NULL,
	kind    INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (version, id)
) WITHOUT ROWID;
`, `
CREATE TABLE secret (
	name  TEXT PRIMARY KEY NOT NULL,
	value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO secret VALUES ('scram', randomblob(32));
CREATE TABLE scram (
	account    BLOB NOT NULL,
	app        TEXT NOT NULL,
	salt       BLOB NOT NULL,
	iterations INTEGER NOT NULL,
	stored     BLOB NOT NULL,
	server     BLOB NOT NULL,
	PRIMARY KEY (account, app)
) WITHOUT ROWID;
`}
