// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"time"

	"twiga/lib/blob"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/stamp"
)

// Options are the engine's settings; zero values take the defaults.
type Options struct {
	DefaultDomain string        // completes login names and addresses
	Language      string        // of the folder names of users without one; "en"
	Quota         object.Limits // of users without one; 0 is none
	Mailboxes     int           // how many are kept open; 256
	Hibernate     time.Duration // idle time after which a mailbox's files are closed; 10 s
	Settle        time.Duration // idle time after which a mailbox's log is emptied; 1 s
	LogonCache    time.Duration // how long a password that was right is not asked for again; 5 min, negative is never
	BlobGrace     time.Duration // how long unreferenced blobs stay; 24 h
	Patience      time.Duration // how long a caller may take over the rows of one query; 5 min

	// Stamps, where it is set, makes the board on which other processes see the
	// mailboxes' versions. It is called when the engine has the data alone.
	Stamps func() (*stamp.Board, error)

	// Directory, where it is set, is asked in place of directory.db.
	Directory directory.Directory
}

// Internal measures.
const (
	readersKept      = 2    // reading connections kept open per mailbox
	readersMax       = 16   // and in use at once
	batchMax         = 128  // operations in one transaction
	checkpointFrames = 1000 // pages in the log that call for a checkpoint
	tickEvery        = 250 * time.Millisecond
	cacheKiB         = 256     // page cache of a connection
	pagesPerCommit   = 7       // pages that an operation changes, usually,
	pagesSpare       = 8       // and a transaction beside
	logonCacheMax    = 100_000 // entries
	firstSweep       = time.Hour
)

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Hibernate, 10*time.Second)
	def(&o.Settle, time.Second)
	def(&o.LogonCache, 5*time.Minute)
	def(&o.BlobGrace, blob.DefaultGrace)
	def(&o.Patience, 5*time.Minute)
	if o.Language == "" {
		o.Language = "en"
	}
	if o.Mailboxes == 0 {
		o.Mailboxes = 256
	}
	return o
}
