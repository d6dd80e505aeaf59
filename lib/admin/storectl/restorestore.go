// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"twiga/lib/admin/backup"
	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// blobBatch is how many contents are asked for at a time.
const blobBatch = 1000

// restorer brings mailboxes back.
type restorer struct {
	*app
	s      reached
	repo   *backup.Repository
	flags  *restoreFlags
	stderr io.Writer
	done   restoredJSON
}

// restore brings back what was asked for of one mailbox.
func (r *restorer) restore(ctx context.Context, c chain) error {
	last := c.last()
	r.done = restoredJSON{From: last.Store, Owner: last.Owner, Created: last.Created, Dumps: len(c)}
	if !r.repo.Readable() {
		return backup.ErrSealed
	}
	guid, err := mapi.ParseGUID(last.Store)
	if err != nil {
		return err
	}
	for i := range c { // before anything is done
		if err := r.repo.Compare(&c[i]); err != nil {
			return err
		}
	}
	if last.Part() || r.flags.part() {
		return r.into(ctx, c, guid)
	}
	return r.whole(ctx, c, guid)
}

// whole brings a mailbox back as it was and gives it to its owner.
func (r *restorer) whole(ctx context.Context, c chain, guid mapi.GUID) error {
	left, err := r.left(ctx, c, guid)
	if err != nil {
		return err
	}
	if r.done.Existed = len(left) == 0; !r.done.Existed {
		if err := r.load(ctx, left, guid); err != nil {
			return err
		}
		if err := r.repo.Stale(c.last().Store); err != nil {
			note(r.stderr, "%v: let the next backup be a full one", err)
		}
	}
	r.done.Store = guid.String()
	return r.give(ctx, c.last(), guid)
}

// left is what of a chain is still to be loaded: all, or, of a restore that was
// interrupted, the rest. An orphan that is something else makes room.
func (r *restorer) left(ctx context.Context, c chain, guid mapi.GUID) (chain, error) {
	st, err := r.s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
	if isOf(err, mapi.NotFound) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	for i := len(c) - 1; i >= 0; i-- {
		if uint64(st.Change) == c[i].Change {
			return c[i+1:], nil
		}
	}
	switch {
	case !r.flags.replace:
		return nil, fmt.Errorf("mailbox %s is there and has changed; --below puts the backup into it: %w", guid, mapi.AlreadyExists)
	case !st.Orphan:
		return nil, fmt.Errorf("mailbox %s is there and has an owner; only an orphan can be replaced: %w", guid, mapi.AlreadyExists)
	}
	if err := r.uploadAll(ctx, c); err != nil { // or what cannot be loaded would take the place
		return nil, err
	}
	_, err = r.s.RemoveStore(ctx, object.RemoveStoreRequest{GUID: guid})
	return c, err
}

func (r *restorer) uploadAll(ctx context.Context, c chain) error {
	for i := range c {
		if err := r.upload(ctx, &c[i]); err != nil {
			return err
		}
	}
	return nil
}

// load loads dumps in order, the first as a new mailbox unless it is an
// increment.
func (r *restorer) load(ctx context.Context, c chain, guid mapi.GUID) error {
	if err := r.uploadAll(ctx, c); err != nil {
		return err
	}
	bar := command.NewBar(r.stderr, "loading", int64(len(c)))
	defer func() { _ = bar.Clear() }()
	for i := range c {
		req := object.LoadRequest{As: guid}
		if c[i].Since != 0 {
			req = object.LoadRequest{Store: guid, Continue: true}
		}
		if err := r.loadFile(ctx, req, &c[i]); err != nil {
			return err
		}
		_ = bar.Add(1)
	}
	return nil
}

func (r *restorer) loadFile(ctx context.Context, req object.LoadRequest, m *backup.Manifest) error {
	in, err := r.repo.OpenDump(m)
	if err != nil {
		return err
	}
	defer in.Close()
	resp, err := r.s.Load(ctx, req, in)
	if err != nil {
		return err
	}
	r.add(resp)
	return nil
}

func (r *restorer) add(resp object.LoadResponse) {
	r.done.Folders += resp.Folders
	r.done.Messages += resp.Messages
	r.done.Skipped += resp.Skipped
}

// upload brings the contents of a dump that the store does not have.
func (r *restorer) upload(ctx context.Context, m *backup.Manifest) error {
	var batch []object.BlobID
	flush := func() error {
		has, err := r.s.HasBlobs(ctx, object.HasBlobsRequest{IDs: batch})
		if err != nil || len(has.Has) != len(batch) {
			return errors.Join(err, ctx.Err())
		}
		for i, id := range batch {
			if !has.Has[i] {
				if err := r.uploadBlob(ctx, id); err != nil {
					return err
				}
			}
		}
		batch = batch[:0]
		return nil
	}
	bar := command.NewBar(r.stderr, "contents", m.Counts.Blobs)
	defer func() { _ = bar.Clear() }()
	err := r.repo.EachBlob(ctx, m, func(id object.BlobID) error {
		_ = bar.Add(1)
		if batch = append(batch, id); len(batch) < blobBatch {
			return nil
		}
		return flush()
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	return err
}

func (r *restorer) uploadBlob(ctx context.Context, id object.BlobID) error {
	in, err := r.repo.OpenBlob(id)
	if err != nil {
		return err
	}
	defer in.Close()
	r.done.Blobs++
	if _, err := r.s.Upload(ctx, object.UploadRequest{ID: id, Size: -1}, in); err != nil {
		return fmt.Errorf("upload blob %x: %w", id[:], err)
	}
	return nil
}

// give gives a mailbox that nobody has to its owner.
func (r *restorer) give(ctx context.Context, m *backup.Manifest, guid mapi.GUID) error {
	st, err := r.s.GetStore(ctx, object.GetStoreRequest{GUID: guid})
	if err != nil {
		return err
	}
	if r.done.Owner = st.Owner; !st.Orphan {
		if r.flags.into != "" && !sameUser(r.flags.into, st.Owner) {
			note(r.stderr, "mailbox %s is %s's", guid, who(st.Owner, text("the public store")))
		}
		return nil
	}
	req := object.HookStoreRequest{GUID: guid, Kind: kindOf(m.Kind), User: m.Owner}
	if r.flags.into != "" {
		req.User = r.flags.into
	}
	if req.Kind == object.StorePublic {
		req.User = ""
	} else if req.User == "" {
		note(r.stderr, "mailbox %s had no owner and has none", guid)
		return nil
	}
	hooked, err := r.s.HookStore(ctx, req)
	if isOf(err, mapi.AlreadyExists) && r.flags.replace {
		if err = r.unhook(ctx, req); err == nil {
			hooked, err = r.s.HookStore(ctx, req)
		}
	}
	if isOf(err, mapi.AlreadyExists, mapi.NotFound) && r.flags.into == "" {
		note(r.stderr, "mailbox %s is restored but stays without an owner: %v", guid, err)
		return nil
	}
	r.done.Owner = hooked.Owner
	return err
}

func sameUser(a, b string) bool {
	if !strings.Contains(a, "@") {
		b, _, _ = strings.Cut(b, "@")
	}
	return strings.EqualFold(a, b)
}

// unhook makes an orphan of the store in whose place another comes.
func (r *restorer) unhook(ctx context.Context, req object.HookStoreRequest) error {
	get := object.GetStoreRequest{Public: true}
	if req.Kind != object.StorePublic {
		u, err := r.s.GetUser(ctx, object.GetUserRequest{Name: req.User})
		if err != nil {
			return err
		}
		if get = (object.GetStoreRequest{GUID: u.Store}); req.Kind == object.StoreArchive {
			get.GUID = u.Archive
		}
	}
	st, err := r.s.GetStore(ctx, get)
	if err != nil {
		return err
	}
	if _, err := r.s.UnhookStore(ctx, object.UnhookStoreRequest{GUID: st.GUID}); err != nil {
		return err
	}
	note(r.stderr, "mailbox %s was %s's and is an orphan now", st.GUID, who(req.User, text("the public store")))
	return nil
}

// into puts what was in a mailbox into one that is there.
func (r *restorer) into(ctx context.Context, c chain, guid mapi.GUID) error {
	last := c.last()
	get := object.GetStoreRequest{GUID: guid}
	if r.flags.into != "" {
		get = object.GetStoreRequest{User: r.flags.into}
	}
	st, err := r.s.GetStore(ctx, get)
	if err != nil {
		return fmt.Errorf("find the mailbox that it goes into: %w", err)
	}
	b, end, err := r.open(ctx, r.s, st)
	if err != nil {
		return err
	}
	defer end()
	r.done.Store, r.done.Owner = st.GUID.String(), st.Owner
	if last.Part() {
		if r.flags.folder != "" || len(r.flags.messages) > 0 {
			return sysexits.With(sysexits.Usage, errors.New("the backup has only a part of the mailbox, which is restored as a whole"))
		}
		to, err := r.place(ctx, b, above(last.Folder), last.Folder == "")
		if err != nil {
			return err
		}
		if err := r.uploadAll(ctx, c); err != nil {
			return err
		}
		return r.loadFile(ctx, object.LoadRequest{Store: st.GUID, Folder: to}, last)
	}
	return r.throughScratch(ctx, c, b)
}

// throughScratch makes a mailbox of the backup that nobody has, takes from it
// what is wanted, and removes it.
func (r *restorer) throughScratch(ctx context.Context, c chain, b *box) (err error) {
	scratch := mapi.NewGUID()
	defer func() {
		_, rerr := r.s.RemoveStore(context.WithoutCancel(ctx), object.RemoveStoreRequest{GUID: scratch})
		if rerr != nil && !isOf(rerr, mapi.NotFound) {
			note(r.stderr, "mailbox %s has the backup and could not be removed: %v", scratch, rerr)
		}
	}()
	if err := r.load(ctx, c, scratch); err != nil {
		return err
	}
	r.done.Folders, r.done.Messages, r.done.Skipped = 0, 0, 0
	st, err := r.s.GetStore(ctx, object.GetStoreRequest{GUID: scratch})
	if err != nil {
		return err
	}
	from := &box{s: r.s, store: st}
	if err := from.load(ctx); err != nil {
		return err
	}
	for _, w := range r.wanted(ctx, from) {
		if w.err != nil {
			return w.err
		}
		to, err := r.place(ctx, b, w.place, w.place == "" && len(w.req.Messages) > 0)
		if err != nil {
			return err
		}
		in := newPulled(chunksOf(r.s.Dump(ctx, w.req)))
		resp, err := r.s.Load(ctx, object.LoadRequest{Store: b.store.GUID, Folder: to}, in)
		in.close()
		if err != nil {
			return err
		}
		r.add(resp)
	}
	return nil
}

// wanted is a part of a mailbox and the folder where it was.
type wanted struct {
	req   object.DumpRequest
	place string // "" is the top
	err   error
}

// wanted finds the parts that are asked for.
func (r *restorer) wanted(ctx context.Context, from *box) []wanted {
	guid := from.store.GUID
	if r.flags.folder != "" {
		f := from.find(r.flags.folder)
		if f == nil {
			return []wanted{{err: fmt.Errorf("find folder %q in the backup: %w", r.flags.folder, mapi.NotFound)}}
		}
		return []wanted{{req: object.DumpRequest{Store: guid, Folder: f.id}, place: above(f.path)}}
	}
	if len(r.flags.messages) == 0 {
		return []wanted{{req: object.DumpRequest{Store: guid}}}
	}
	var out []wanted
	for _, text := range r.flags.messages {
		id, err := strconv.ParseUint(text, 0, 64)
		if err != nil {
			return []wanted{{err: sysexits.With(sysexits.Usage, fmt.Errorf("read message id: %w", err))}}
		}
		w := wanted{req: object.DumpRequest{Store: guid, Messages: []mapi.ID{mapi.ID(id)}}}
		w.err = fmt.Errorf("find message %s in the backup: %w", mapi.ID(id), mapi.NotFound)
		for m, err := range r.s.GetMessages(ctx, object.GetMessagesRequest{Store: guid, IDs: []mapi.ID{mapi.ID(id)}}) {
			if w.err = err; err != nil {
				break
			}
			for _, f := range from.folders {
				if f.id == m.Folder {
					w.place = f.path
				}
			}
		}
		out = append(out, w)
	}
	return out
}

// above is the path of the folder that a folder is in.
func above(path string) string {
	at := strings.LastIndexByte(path, '/')
	return path[:max(at, 0)]
}

// place finds or makes the folder below which something comes: the one that was
// named, else the one where it was.
func (r *restorer) place(ctx context.Context, b *box, was string, unknown bool) (mapi.ID, error) {
	path := was
	if r.flags.below != "" {
		path = r.flags.below
	} else if unknown {
		return 0, sysexits.With(sysexits.Usage, errors.New("it is not known where it was: --below is wanted"))
	}
	if path == "" {
		return b.store.SpecialFolder(object.KindRoot), nil
	}
	f, _, err := b.make(ctx, path, "", false)
	if err != nil {
		return 0, err
	}
	return f.id, nil
}
