// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"time"

	"twiga/lib/admin/backup"
	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/object/dump"
	"twiga/lib/sysexits"
)

// backuper backs mailboxes up.
type backuper struct {
	*app
	s      reached
	w      *backup.Writer
	flags  *backupFlags
	stderr io.Writer
	done   backupJSON
}

// store backs one mailbox up: its dump first, then the contents that are new,
// the manifest last.
func (b *backuper) store(ctx context.Context, st *object.Store) error {
	req := object.DumpRequest{Store: st.GUID}
	m := backup.Manifest{Created: time.Now().UTC(), Store: st.GUID.String(), Kind: kindNames[st.Kind], Owner: st.Owner,
		OwnerID: st.OwnerID.String(), Folder: b.flags.folder}
	err := b.part(ctx, st, &req, &m)
	if err == nil {
		m.Sequence, err = b.w.Next(st.GUID)
	}
	var last backup.Manifest
	if err == nil && b.flags.incremental {
		last, err = b.last(st)
	}
	if err != nil {
		return backupError(err)
	}
	req.Since = mapi.Change(last.Change)
	blobs, err := b.dump(ctx, &req, &m)
	reason := ""
	switch {
	case req.Since == 0:
	case isOf(err, mapi.SyncTooOld):
		reason = "the last backup is too old for an increment"
	case err == nil && m.Schema != last.Schema:
		reason = "the last backup has the form of another version"
	}
	if reason != "" {
		note(b.stderr, "%s: %s, making a full one", who(st.Owner, st.GUID), reason)
		req.Since = 0
		blobs, err = b.dump(ctx, &req, &m)
	}
	if err == nil {
		err = b.blobs(ctx, blobs)
	}
	if err == nil {
		err = b.w.Commit(&m)
	}
	if err != nil {
		return backupError(err)
	}
	b.done.Backups = append(b.done.Backups, m)
	b.done.Bytes += m.Dump.Size
	return nil
}

// last is the backup on top of which an increment can be.
func (b *backuper) last(st *object.Store) (backup.Manifest, error) {
	last, ok, err := b.w.Last(st.GUID)
	if err == nil && !ok {
		note(b.stderr, "%s: there is no backup for an increment, making a full one", who(st.Owner, st.GUID))
	}
	return last, err
}

// part limits a backup to what was asked for.
func (b *backuper) part(ctx context.Context, st *object.Store, req *object.DumpRequest, m *backup.Manifest) error {
	for _, s := range b.flags.messages {
		id, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			return sysexits.With(sysexits.Usage, fmt.Errorf("read message id: %w", err))
		}
		req.Messages = append(req.Messages, mapi.ID(id))
		m.Messages = append(m.Messages, mapi.ID(id).String())
	}
	if b.flags.folder == "" {
		return nil
	}
	box := box{s: b.s, store: *st}
	if err := box.load(ctx); err != nil {
		return err
	}
	f := box.find(b.flags.folder)
	if f == nil {
		return fmt.Errorf("find folder %q: %w", b.flags.folder, mapi.NotFound)
	}
	req.Folder, m.Folder = f.id, f.path
	return nil
}

// dump keeps a dump and gives the contents that it names.
func (b *backuper) dump(ctx context.Context, req *object.DumpRequest, m *backup.Manifest) ([]object.BlobID, error) {
	named := map[object.BlobID]struct{}{}
	file, err := b.w.Dump(req.Store, m.Sequence, func(w io.Writer) error {
		r := newPulled(chunksOf(b.s.Dump(ctx, *req)))
		defer r.close()
		d, err := dump.NewDecoder(io.TeeReader(r, w))
		if err != nil {
			return err
		}
		m.Since, m.Change, m.Schema, m.Counts = d.Header.Since, d.Header.Change, d.Header.Schema, backup.Counts{}
		for err == nil {
			var record any
			if record, err = d.Next(); err == nil {
				count(d, record, &m.Counts, named)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
	m.Dump, m.Counts.Blobs = file, int64(len(named))
	return slices.Collect(maps.Keys(named)), err
}

func count(d *dump.Decoder, record any, c *backup.Counts, named map[object.BlobID]struct{}) {
	switch r := record.(type) {
	case dump.Blobs:
		for _, id := range r {
			named[id] = struct{}{}
		}
	case dump.Row:
		switch d.Tables[r.Table].Name {
		case "folder":
			c.Folders++
		case "item":
			c.Messages++
		}
	}
}

// blobs keeps the contents that are not there yet.
func (b *backuper) blobs(ctx context.Context, ids []object.BlobID) error {
	ids = slices.DeleteFunc(ids, b.w.Has)
	slices.SortFunc(ids, func(a, b object.BlobID) int { return slices.Compare(a[:], b[:]) })
	bar := command.NewBar(b.stderr, "contents", int64(len(ids)))
	defer func() { _ = bar.Clear() }()
	for _, id := range ids {
		n, err := b.w.Blob(id, func(w io.Writer) error {
			for c, err := range b.s.ReadBlob(ctx, object.ReadBlobRequest{ID: id}) {
				if err == nil && c.Code != 0 {
					err = c.Code
				}
				if err == nil {
					_, err = w.Write(c.Data)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.done.Blobs++
		b.done.Bytes += n
		_ = bar.Add(1)
	}
	return nil
}

// directoryJSON is who there is. Passwords are not told to anybody.
type directoryJSON struct {
	Created  time.Time           `json:"created"`
	Users    []directory.User    `json:"users"`
	Groups   []directory.Group   `json:"groups"`
	Contacts []directory.Contact `json:"contacts"`
}

func (b *backuper) directory(ctx context.Context, at time.Time) error {
	d := directoryJSON{Created: at.UTC()}
	var err error
	if d.Users, err = all(b.s.ListUsers(ctx, object.ListUsersRequest{})); err != nil {
		return fmt.Errorf("list users: %w", err)
	}
	if d.Groups, err = all(b.s.ListGroups(ctx, object.ListGroupsRequest{})); err != nil {
		return fmt.Errorf("list groups: %w", err)
	}
	if d.Contacts, err = all(b.s.ListContacts(ctx, object.ListContactsRequest{})); err != nil {
		return fmt.Errorf("list contacts: %w", err)
	}
	f, err := b.w.Directory(at, &d)
	b.done.Bytes += f.Size
	b.done.Directory = err == nil
	return backupError(err)
}

// all gathers what a call streams.
func all[T any](seq iter.Seq2[T, error]) ([]T, error) {
	out := []T{}
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// pulled reads what a call streams.
type pulled struct {
	next func() ([]byte, error, bool)
	stop func()
	rest []byte
}

func newPulled(seq iter.Seq2[[]byte, error]) *pulled {
	next, stop := iter.Pull2(seq)
	return &pulled{next: next, stop: stop}
}

// chunksOf are the bytes of a dump.
func chunksOf(seq iter.Seq2[object.DumpChunk, error]) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for c, err := range seq {
			if !yield(c.Data, err) {
				return
			}
		}
	}
}

// Read implements io.Reader.
func (p *pulled) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		data, err, ok := p.next()
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, io.EOF
		}
		p.rest = data
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *pulled) close() { p.stop() }
