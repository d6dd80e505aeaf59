// SPDX-License-Identifier: AGPL-3.0-or-later

// Package sqlite opens SQLite databases the one way that Twiga uses them: WAL,
// commits on disk before they return unless they are asked not to be, small caches, statements prepared
// once, checkpoints when the owner says so. It drives the connection directly,
// without database/sql, since a connection here belongs to one owner at a time
// and each allocation counts.
//
// SQL stays in the common subset of SQLite and PostgreSQL.
package sqlite
