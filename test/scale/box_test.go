// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// box is a mailbox as a client that works with it knows it.
type box struct {
	s         object.Session
	delivery  object.Session
	store     object.Store
	inbox     mapi.ID
	scattered mapi.ID
	n         int // messages in each of the two
	events    chan time.Time
}

// open opens a mailbox as clients do.
func (d *daemon) open(user string, n int) *box {
	d.t.Helper()
	b := &box{s: d.logon(user), delivery: d.as(object.RoleDelivery), n: n}
	var err error
	if b.store, err = b.s.GetStore(d.t.Context(), object.GetStoreRequest{}); err != nil {
		d.t.Fatal(err)
	}
	b.inbox = b.store.SpecialFolder(object.KindInbox)
	made, err := b.s.CreateFolders(d.t.Context(), object.CreateFoldersRequest{OpenExisting: true,
		Folders: []object.NewFolder{{Parent: b.store.SpecialFolder(object.KindRoot), Name: scatteredName}}})
	if err != nil {
		d.t.Fatal(err)
	}
	b.scattered = made.Created[0].ID
	return b
}

// shown are the columns of a list of messages.
var shown = []mapi.PropTag{tag.Mid, tag.Subject, tag.SenderName, tag.MessageDeliveryTime, tag.MessageFlags, tag.MessageSize}

var (
	newest = mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}}
	oldest = mapi.SortOrder{{Tag: tag.MessageDeliveryTime}}
)

// page is how many rows a client shows.
const page = 50

// list asks for rows and counts them.
func (b *box) list(ctx context.Context, req object.QueryRequest, want int) error {
	req.Table, req.Columns = object.TableContents, shown
	return counted(b.s.Query(ctx, req), want)
}

// counted reads a stream to its end, of so many at least.
func counted[T any](seq iter.Seq2[T, error], want int) error {
	n := 0
	for _, err := range seq {
		if err != nil {
			return err
		}
		n++
	}
	if n < want {
		return fmt.Errorf("%d came, want %d", n, want)
	}
	return nil
}

// any is the UID of some message.
func (b *box) any() mapi.UID { return mapi.UID(rand.IntN(b.n) + 1) }

// flag changes a flag of some message and tells the folder's change before.
func (b *box) flag(ctx context.Context) (mapi.Change, error) {
	uid := b.any()
	req := object.SetFlagsRequest{Folder: b.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Mode: object.FlagsAdd, Flags: object.FlagFlagged}
	r, err := b.s.SetFlags(ctx, req)
	if err == nil && len(r.Items) == 1 && !r.Items[0].Changed { // it had it
		req.Mode = object.FlagsRemove
		r, err = b.s.SetFlags(ctx, req)
	}
	return r.Before, err
}

// deliver brings a mail.
func (b *box) deliver(ctx context.Context) error {
	m := message(b.n + rand.IntN(b.n))
	m.Received = time.Time{}
	r, err := b.delivery.Deliver(ctx, object.DeliverRequest{To: []object.DeliverTo{{Store: b.store.GUID}}, Message: m})
	if err == nil && r.Results[0].Code != 0 {
		err = r.Results[0].Code
	}
	return err
}

// sync reads what has changed in the Inbox.
func (b *box) sync(ctx context.Context, since mapi.Change, want int) error {
	return counted(b.s.Changes(ctx, object.ChangesRequest{Folder: b.inbox, Since: since}), want+1)
}

// step is something that clients do with a mailbox. It does by itself what is
// not to be measured and gives what is.
type step struct {
	name string
	most float64 // times that of the small mailbox that it may take in the large one; 0 is any
	do   func(context.Context, *box) (time.Duration, error)
}

// timed measures all of it.
func timed(f func(context.Context, *box) error) func(context.Context, *box) (time.Duration, error) {
	return func(ctx context.Context, b *box) (time.Duration, error) {
		begun := time.Now()
		err := f(ctx, b)
		return time.Since(begun), err
	}
}

// rows is the step of a list of the Inbox, or of the folder in no order.
func rows(scattered bool, req object.QueryRequest) func(context.Context, *box) (time.Duration, error) {
	return timed(func(ctx context.Context, b *box) error {
		req.Folder = b.inbox
		if scattered {
			req.Folder = b.scattered
		}
		return b.list(ctx, req, page)
	})
}

// errLate is what became of an event that was waited for too long.
var errLate = errors.New("no event came")

var steps = []step{
	{"folder states", maxRatio, timed(func(ctx context.Context, b *box) error {
		_, err := b.s.FolderStates(ctx, object.FolderStatesRequest{Folders: []mapi.ID{b.inbox}})
		return err
	})},
	{"newest 50", maxRatio, rows(false, object.QueryRequest{Sort: newest, Limit: page})},
	{"newest 50, scattered", maxScattered, rows(true, object.QueryRequest{Sort: newest, Limit: page})},
	{"oldest 50", maxRatio, rows(false, object.QueryRequest{Sort: oldest, Limit: page})},
	{"newest 50 unread", maxRatio, rows(false, object.QueryRequest{Sort: newest, Limit: page, Where: mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}})},
	{"first 50 by UID", maxRatio, rows(false, object.QueryRequest{Limit: page})},
	{"flag one", maxRatio, timed(func(ctx context.Context, b *box) error { _, err := b.flag(ctx); return err })},
	{"sync one change", maxRatio, func(ctx context.Context, b *box) (time.Duration, error) {
		since, err := b.flag(ctx)
		if err != nil {
			return 0, err
		}
		begun := time.Now()
		err = b.sync(ctx, since, 1)
		return time.Since(begun), err
	}},
	{"sync nothing", maxRatio, func(ctx context.Context, b *box) (time.Duration, error) {
		r, err := b.s.FolderStates(ctx, object.FolderStatesRequest{Folders: []mapi.ID{b.inbox}})
		if err != nil {
			return 0, err
		}
		begun := time.Now()
		err = b.sync(ctx, r.Folders[0].Change, 0)
		return time.Since(begun), err
	}},
	{"deliver", maxRatio, timed(func(ctx context.Context, b *box) error { return b.deliver(ctx) })},
	{"deliver until the event", maxRatio, func(ctx context.Context, b *box) (time.Duration, error) {
		begun := time.Now()
		if err := b.deliver(ctx); err != nil {
			return 0, err
		}
		for {
			select {
			case at := <-b.events:
				if at.After(begun) {
					return at.Sub(begun), nil
				}
			case <-time.After(10 * time.Second):
				return 0, errLate
			}
		}
	}},
	{"read one", maxRatio, timed(func(ctx context.Context, b *box) error {
		var id mapi.ID
		uid := b.any()
		req := object.QueryRequest{Table: object.TableContents, Folder: b.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Columns: []mapi.PropTag{tag.Mid}}
		for row, err := range b.s.Query(ctx, req) {
			if err != nil {
				return err
			}
			v, _ := row.Get(tag.Mid)
			id = mapi.ID(v.Num())
		}
		return counted(b.s.Read(ctx, object.ReadRequest{Items: []object.ReadItem{{Message: id, Length: -1}}}), 1)
	})},
	{"move one there and back", maxRatio, timed(func(ctx context.Context, b *box) error {
		uid := mapi.UID(b.n) // of the folder in no order
		req := object.TransferRequest{Folder: b.scattered, UIDs: []mapi.UIDRange{{First: uid, Last: 1 << 31}}, ToFolder: b.store.SpecialFolder(object.KindDeletedItems), Move: true}
		r, err := b.s.Transfer(ctx, req)
		if err != nil {
			return err
		}
		req.Folder, req.ToFolder, req.UIDs = req.ToFolder, req.Folder, nil
		for _, p := range r.Pairs {
			req.UIDs = append(req.UIDs, mapi.UIDRange{First: p.To, Last: p.To})
		}
		_, err = b.s.Transfer(ctx, req)
		return err
	})},
	{"position of a row", 0, timed(func(ctx context.Context, b *box) error {
		_, err := b.s.FindRow(ctx, object.FindRowRequest{Query: object.QueryRequest{Table: object.TableContents, Folder: b.inbox, Sort: newest}})
		return err
	})},
	{"row 100,000 on by date", 0, timed(func(ctx context.Context, b *box) error {
		return b.list(ctx, object.QueryRequest{Folder: b.inbox, Sort: newest, Offset: b.n / 2, Limit: page}, page)
	})},
}

// watch notes when events of the Inbox come, until ctx ends.
func (b *box) watch(ctx context.Context, started chan<- struct{}) error {
	b.events = make(chan time.Time, 1<<16)
	for e, err := range b.s.Watch(ctx, object.WatchRequest{Events: object.Mask(object.EventNewMail)}) {
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		case e.Kind == object.EventStarted:
			close(started)
		default:
			b.events <- time.Now()
		}
	}
	return nil
}
