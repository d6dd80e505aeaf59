// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"twiga/lib/blob"
	"twiga/lib/directory"
	"twiga/lib/directory/dbdir"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store/notify"
	"twiga/lib/store/redo"
)

// Names in the data folder.
const (
	lockName      = "lock"
	directoryName = "directory.db"
	mailboxesName = "mailboxes"
	blobsName     = "blobs"
	queuedName    = "queued"
	searchingName = "searching"
	publicName    = "public"
	deletedName   = "deleted"
	sharedName    = "shared"
	redoName      = "redo"
)

// errClosed is what a closed engine answers.
var errClosed = fmt.Errorf("use store: it is closed: %w", mapi.EndOfSession)

// Engine owns a data folder.
type Engine struct {
	opt      Options
	path     string
	lock     *os.File
	dir      directory.Directory
	ownDir   *dbdir.DB // the directory where it is the engine's to close
	blobs    *blob.Dir
	codec    *blob.Codec
	redo     *redo.Log // nil is none
	hub      *notify.Hub
	versions *versions
	queue    *queue
	deleted  *deletedMarks
	fills    *fills
	shares   *shares
	uploads  *uploads
	sessions openSessions
	throttle *throttle
	nonces   *nonces
	marks    marks
	unsynced unsynced
	boot     string    // names the run of the kernel
	buffers  sync.Pool // of *[]byte, for chunks

	hooking sync.Mutex                // held while stores get or lose owners
	public  atomic.Pointer[mapi.GUID] // the public store; nil is none

	stop      chan struct{}
	stopSweep func()
	work      sync.WaitGroup

	mu     sync.Mutex
	idle   *sync.Cond          // of mu: somebody left a mailbox
	open   map[mapi.GUID]*slot // guarded by mu
	closed bool                // guarded by mu

	closing int // places in open of mailboxes that are being closed; guarded by mu
	visits  int // to mailboxes that were not open; guarded by mu

	filesClosed atomic.Int64 // mailboxes whose files were closed so far
	redoCommits atomic.Int64 // that the redo log was given
	redoBlobs   atomic.Int64 // that it was given

	activeMu sync.Mutex
	active   map[*mailbox]struct{} // have files open; guarded by activeMu
}

// Open opens a data folder, making what is missing. Busy: another process has
// it open.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	e := &Engine{opt: o.withDefaults(), path: path, codec: &blob.Codec{}, hub: notify.NewHub(), stop: make(chan struct{}),
		open: map[mapi.GUID]*slot{}, active: map[*mailbox]struct{}{}, boot: bootID(), unsynced: unsynced{wake: make(chan struct{}, 1)}}
	e.idle = sync.NewCond(&e.mu)
	e.throttle, e.nonces = newThrottle(e.opt.Logon), newNonces()
	if err := e.start(ctx); err != nil {
		_ = e.release()
		return nil, fmt.Errorf("open store %s: %w", path, coded(err))
	}
	sweeping, cancel := context.WithCancel(context.WithoutCancel(ctx))
	e.stopSweep = cancel
	e.work.Go(e.housekeep)
	e.work.Go(func() { e.sweepLoop(sweeping) })
	e.work.Go(func() { e.fillLoop(sweeping) })
	e.work.Go(func() { e.pruneLoop(sweeping) })
	e.work.Go(func() { e.syncLoop(sweeping) })
	e.work.Go(func() { e.purgeLoop(sweeping) })
	e.work.Go(func() { e.lookAtShares(sweeping) })
	return e, nil
}

func (e *Engine) start(ctx context.Context) error {
	for _, dir := range []string{e.path, filepath.Join(e.path, mailboxesName), filepath.Join(e.path, queuedName),
		filepath.Join(e.path, searchingName), filepath.Join(e.path, deletedName), filepath.Join(e.path, sharedName)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return diskError(err)
		}
	}
	var err error
	if e.lock, err = lockFile(filepath.Join(e.path, lockName)); err != nil {
		return err
	}
	if e.versions, err = newVersions(e.opt.Stamps); err != nil {
		return err
	}
	if err := e.removeStray(); err != nil {
		return err
	}
	if e.blobs, err = blob.OpenDir(filepath.Join(e.path, blobsName), blob.Options{Grace: e.opt.BlobGrace, Log: blobRedo{e}}); err != nil {
		return err
	}
	if err := e.openRedo(); err != nil {
		return err
	}
	changed := func() { e.versions.of(object.SharedVersion).Add(1) }
	if e.shares, err = loadShares(filepath.Join(e.path, sharedName), changed); err != nil {
		return err
	}
	if err := e.loadPublic(); err != nil {
		return err
	}
	e.uploads = newUploads(max(e.opt.BlobGrace, leastUpload))
	if e.dir = e.opt.Directory; e.dir == nil {
		e.ownDir, err = dbdir.Open(filepath.Join(e.path, directoryName), dbdir.Options{
			DefaultDomain: e.opt.DefaultDomain, Policy: e.opt.Policy, LogonCache: e.opt.LogonCache, Iterations: max(e.opt.Iterations, 0),
			Changed: changed})
		if err != nil {
			return err
		}
		e.dir = e.ownDir
	}
	if e.fills, err = loadFills(filepath.Join(e.path, searchingName)); err != nil {
		return err
	}
	if e.deleted, err = loadDeletedMarks(filepath.Join(e.path, deletedName)); err != nil {
		return err
	}
	e.queue, err = e.loadQueue(ctx)
	return err
}

// Directory is the directory that the engine asks.
func (e *Engine) Directory() directory.Directory { return e.dir }

// Close waits for running calls to leave the mailboxes, empties the logs and
// lets go of the folder. Sessions answer EndOfSession from now on.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.stopSweep()
	e.hub.Close()
	var list []*mailbox
	for _, s := range e.open {
		for s.m == nil || s.m.users > 0 {
			if s.err != nil {
				break
			}
			e.idle.Wait()
		}
		if s.m != nil {
			list = append(list, s.m)
		}
	}
	e.mu.Unlock()
	close(e.stop)
	e.work.Wait()
	for _, m := range list {
		m.writing.Lock()
		m.rest()
		m.closeFiles()
		m.writing.Unlock()
	}
	return e.release()
}

// release closes what start opened.
func (e *Engine) release() error {
	var first error
	note := func(err error) {
		if err != nil && first == nil {
			first = err
		}
	}
	if e.ownDir != nil {
		note(e.ownDir.Close())
	}
	if e.blobs != nil {
		e.blobs.Settle()
	}
	if e.redo != nil {
		note(e.redo.Close()) // which brings the blobs to the disk
	}
	if e.blobs != nil {
		note(e.blobs.Close())
	}
	if e.lock != nil {
		note(e.lock.Close())
	}
	return first
}

func (e *Engine) mailboxDir(guid mapi.GUID) string {
	return filepath.Join(e.path, mailboxesName, guid.String())
}
