// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"crypto/x509"
	"iter"
	"time"

	"twiga/lib/blob"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/stamp"
)

// Options are the engine's settings; zero values take the defaults.
type Options struct {
	DefaultDomain   string        // completes login names and addresses
	Language        string        // of the folder names of users without one; "en"
	Quota           object.Limits // of users without one; 0 is none
	Mailboxes       int           // how many are kept open; 256
	Hibernate       time.Duration // idle time after which a mailbox's files are closed; 10 s
	Settle          time.Duration // idle time after which a mailbox's log is emptied; 1 s
	FlagSync        time.Duration // how long a change of flags that was acknowledged may wait for the disk; 500 ms, negative is not at all
	RedoLog         int64         // bytes of the log that all mailboxes share; 32 MiB, negative is none
	LogonCache      time.Duration // how long a password that was right is not hashed again; 5 min, negative is never
	BlobGrace       time.Duration // how long unreferenced blobs stay; 24 h
	TombstoneAge    time.Duration // how long deletions are remembered for who asks for changes; 90 days, negative is for ever
	SoftDelete      time.Duration // how long soft-deleted messages and folders stay; 14 days, negative is not at all
	NamedProperties int           // how many names a mailbox may have; 5,000
	Patience        time.Duration // how long a caller may take over the rows of one query; 5 min

	// Stamps, where it is set, makes the board on which other processes see the
	// mailboxes' versions. It is called when the engine has the data alone.
	Stamps func() (*stamp.Board, error)

	// Statistics, where it is set, gives the server's counters for TableStatistics.
	Statistics func() iter.Seq2[string, float64]
	// Policy is what passwords must be like, of directory.db.
	Policy directory.Policy
	// Iterations are those of the keys for SCRAM-SHA-256 in directory.db; 16,384,
	// negative keeps none.
	Iterations int
	// Tokens, where it is set, checks bearer tokens.
	Tokens TokenChecker
	// ClientCA, where it is set, gives the authorities whose certificates users
	// may log on with.
	ClientCA func() *x509.CertPool
	// Logon bounds guessing and the number of sessions; all 0 does not.
	Logon LogonLimits
	// Now is the clock of logons; time.Now where it is nil.
	Now func() time.Time
	// Damaged, where it is set, is told when damage is met: what is damaged,
	// "database" or "content".
	Damaged func(what string)
	// RedoWrote, where it is set, is told of each batch of the redo log how long it
	// took to the disk. Writers wait for it.
	RedoWrote func(took time.Duration)

	// Directory, where it is set, is asked in place of directory.db.
	Directory directory.Directory

	// Pages in the log of a mailbox that call for a checkpoint, and that have who
	// writes wait for it; 4,000 and 8,000. Tests alone set them.
	checkpointFrames, checkpointMust int64
}

// Internal measures.
const (
	readersKept    = 2   // reading connections kept open per mailbox
	readersMax     = 16  // and in use at once
	batchMax       = 128 // operations in one transaction
	tickEvery      = 250 * time.Millisecond
	cacheKiB       = 256 // page cache of a connection
	giveBackFrom   = 16  // mailboxes whose files were closed that make it worth while to give memory back
	pagesPerCommit = 7   // pages that an operation changes, usually,
	pagesSpare     = 8   // and a transaction beside
	firstSweep     = time.Hour
	purgeEvery     = time.Hour
	purgeBatch     = 200 // messages that one transaction of a purge removes
)

func (o Options) withDefaults() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Hibernate, 10*time.Second)
	def(&o.Settle, time.Second)
	def(&o.FlagSync, 500*time.Millisecond)
	def(&o.LogonCache, 5*time.Minute)
	def(&o.BlobGrace, blob.DefaultGrace)
	def(&o.TombstoneAge, 90*24*time.Hour)
	def(&o.SoftDelete, 14*24*time.Hour)
	def(&o.Patience, 5*time.Minute)
	if o.Iterations == 0 {
		o.Iterations = 16384
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Language == "" {
		o.Language = "en"
	}
	if o.NamedProperties == 0 {
		o.NamedProperties = 5000
	}
	if o.RedoLog == 0 {
		o.RedoLog = 32 << 20
	}
	if o.Mailboxes == 0 {
		o.Mailboxes = 256
	}
	if o.checkpointFrames == 0 {
		o.checkpointFrames, o.checkpointMust = 4000, 8000
	}
	return o
}
