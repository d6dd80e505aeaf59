// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"twiga/lib/blob"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
	"twiga/lib/store/redo"
)

// The log that all mailboxes share: a commit waits for it, and the disk gets the
// mailbox's own log later, see package redo.

// Names of files in the log: what it is, then which.
const (
	redoMailbox = "mailbox "
	redoBlob    = "blob "
)

// errNoRedo says that there is no log.
var errNoRedo = errors.New("no redo log")

// openRedo writes again what the end of the machine may have taken from mailboxes,
// and begins the log anew. It wants that no mailbox is open.
func (e *Engine) openRedo() error {
	dir := filepath.Join(e.path, redoName)
	r := &restorer{e: e, mailboxes: map[mapi.GUID]*sqlite.Replay{}}
	if e.opt.RedoLog < 0 {
		return redo.Remove(dir, r)
	}
	failed := func(step string, err error) {
		log.Error(context.Background(), codeRedo, "redo log failed: commits wait for their own files", slog.String("step", step), log.Err(err))
	}
	l, err := redo.Open(dir, redo.Options{Size: e.opt.RedoLog, Failed: failed, Wrote: e.opt.RedoWrote}, r)
	if errors.Is(err, redo.ErrBegin) { // a full disk is no reason not to show mail
		failed("begin", err)
		return nil
	}
	e.redo = l
	return err
}

// redoOf is what the log of a mailbox asks; nil where there is none.
func (e *Engine) redoOf(guid mapi.GUID) sqlite.Redo {
	if e.redo == nil {
		return nil
	}
	return mailboxRedo{e, redoMailbox + guid.String()}
}

// RedoStats is what the redo log has done since the engine was opened.
type RedoStats struct {
	redo.Stats
	Commits int64 // of mailboxes that it has taken
	Blobs   int64 // that it has taken
}

// RedoStats says what the redo log has done so far; nothing where there is none.
func (e *Engine) RedoStats() RedoStats {
	s := RedoStats{Commits: e.redoCommits.Load(), Blobs: e.redoBlobs.Load()}
	if e.redo != nil {
		s.Stats = e.redo.Stats()
	}
	return s
}

// mailboxRedo is the redo log for one mailbox.
type mailboxRedo struct {
	e    *Engine
	name string
}

// Append implements sqlite.Redo.
func (r mailboxRedo) Append(w *sqlite.WAL, data []byte) (sqlite.Waiter, error) {
	b, err := r.e.redo.Append(r.name, w, data)
	if err != nil {
		return nil, err
	}
	r.e.redoCommits.Add(1)
	return b, nil
}

// blobRedo is the redo log for blobs. All of them are brought to the disk by one call.
type blobRedo struct{ e *Engine }

// Append implements blob.Log.
func (r blobRedo) Append(id blob.ID, file []byte) (func() error, error) {
	if r.e.redo == nil {
		return nil, errNoRedo
	}
	b, err := r.e.redo.Append(redoBlob+id.String(), r.e.blobs, file)
	if err != nil {
		return nil, err
	}
	r.e.redoBlobs.Add(1)
	return b.Wait, nil
}

// restoreOpen is how many mailboxes' logs are open at once while they are restored.
const restoreOpen = 128

// restorer writes what the log has to where it belongs.
type restorer struct {
	e         *Engine
	mailboxes map[mapi.GUID]*sqlite.Replay
	blobs     bool // are there
}

// Restore implements redo.Restorer.
func (r *restorer) Restore(name string, data []byte) error {
	if text, ok := strings.CutPrefix(name, redoBlob); ok {
		if id, ok := blob.ParseID(text); ok {
			r.blobs = true
			return r.e.blobs.Restore(id, data)
		}
	}
	text, ok := strings.CutPrefix(name, redoMailbox)
	guid, err := mapi.ParseGUID(text)
	if !ok || err != nil {
		return fmt.Errorf("a file named %q: %w", name, mapi.CorruptData)
	}
	m := r.mailboxes[guid]
	if m == nil {
		if m, err = r.open(guid); err != nil {
			return err
		}
	}
	err = m.Write(data)
	if errors.Is(err, sqlite.ErrFrames) {
		log.Error(context.Background(), codeRedo, "log of mailbox cannot be restored", log.Store(guid.String()), log.Err(err))
		return m.GiveUp()
	}
	return err
}

func (r *restorer) open(guid mapi.GUID) (*sqlite.Replay, error) {
	dir := r.e.mailboxDir(guid)
	if _, err := os.Lstat(dir); err == nil {
		if _, err := os.Stat(dir); err != nil { // a link to a disk that is not there
			return nil, diskError(err)
		}
	}
	if len(r.mailboxes) >= restoreOpen {
		if err := r.closeMailboxes(); err != nil {
			return nil, err
		}
		clear(r.mailboxes)
	}
	m, err := sqlite.NewReplay(filepath.Join(dir, databaseName))
	if err == nil {
		r.mailboxes[guid] = m
	}
	return m, err
}

// Finish implements redo.Restorer.
func (r *restorer) Finish() error {
	err := r.closeMailboxes()
	if r.blobs {
		err = errors.Join(err, r.e.blobs.Sync())
	}
	return err
}

// closeMailboxes brings the logs of mailboxes to the disk.
func (r *restorer) closeMailboxes() error {
	var err error
	for _, m := range r.mailboxes {
		err = errors.Join(err, m.Close())
	}
	return err
}
