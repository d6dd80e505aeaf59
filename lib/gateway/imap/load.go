// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// errViewLost reports that a folder is gone, or was made anew, so that UIDs
// mean nothing any more (RFC 3501 2.3.1.1).
var errViewLost = proto.Bye(proto.CodeUnavailable, "Mailbox was deleted")

// refresh brings the view up to date with what was heard of. It makes no trip
// when there is nothing to do.
func (v *view) refresh(ctx context.Context, store *storeHandle) error {
	readable := v.readable(store)
	if readable && v.current() {
		return nil
	}
	return v.bring(ctx, store, !readable)
}

// readable says whether nothing is known that may have taken the folder from
// the user: of those of others it is asked for again when what they share has
// changed.
func (v *view) readable(store *storeHandle) bool {
	if v.box.own {
		return true
	}
	version, known := store.version(object.SharedVersion)
	return !known || v.shared.Load() == version+1
}

// verify brings the view up to date with the store as it is now. Where the
// mailbox's version can be seen and is the one of the last time, it makes no
// trip.
func (v *view) verify(ctx context.Context, store *storeHandle) error {
	version, known := store.version(v.box.guid)
	if known && v.checked.Load() == version+1 && v.current() {
		v.box.gw.sawView("same")
		return nil
	}
	err := v.bring(ctx, store, true)
	if err == nil && known {
		v.checked.Store(version + 1)
	}
	return err
}

// bring brings the view up to date. Who comes meanwhile waits and finds it
// done.
func (v *view) bring(ctx context.Context, store *storeHandle, check bool) error {
	v.loading.Lock()
	defer v.loading.Unlock()
	defer v.notifyIfMoved(v.head.Load())
	if v.lost.Load() {
		return errViewLost
	}
	var st object.FolderState
	epoch := v.box.epoch.Load()
	if check || !v.box.live.Load() || v.verified.Load() != epoch {
		var err error
		if st, err = v.readableState(ctx, store); err != nil {
			return err
		}
		raise(&v.want, uint64(st.Change))
	}
	have := v.have.Load()
	if v.want.Load() > have || have == 0 {
		if have == 0 {
			v.box.gw.sawView("load")
		} else {
			v.box.gw.sawView("refresh")
		}
		if err := v.load(ctx, store, mapi.Change(have)); err != nil {
			return err
		}
	} else {
		v.box.gw.sawView("hit")
	}
	if st.Folder != 0 {
		if err := v.compare(ctx, store, st); err != nil {
			return err
		}
		v.verified.Store(epoch)
	}
	return nil
}

// notifyIfMoved wakes those who have the view open if anything came into its
// log since before.
func (v *view) notifyIfMoved(before uint64) {
	if v.head.Load() != before {
		v.box.notify(v)
	}
}

// readableState is state where the user may still read the folder; it is lost
// where not.
func (v *view) readableState(ctx context.Context, store *storeHandle) (object.FolderState, error) {
	if v.box.own {
		return v.state(ctx, store)
	}
	version, known := store.version(object.SharedVersion)
	res, err := store.GetRights(ctx, object.GetRightsRequest{Store: v.box.guid, Folders: []mapi.ID{v.folder}})
	switch {
	case denied(err), err == nil && (len(res.Folders) == 0 || res.Folders[0].Rights&mapi.RightReadAny == 0):
		v.box.loseView(v)
		return object.FolderState{}, errViewLost
	case err != nil:
		store.sawError(err)
		return object.FolderState{}, fmt.Errorf("read rights in folder %s: %w", v.folder, err)
	}
	st, err := v.state(ctx, store)
	if err == nil && known {
		v.shared.Store(version + 1)
	}
	return st, err
}

// state asks for the folder's counters.
func (v *view) state(ctx context.Context, store *storeHandle) (object.FolderState, error) {
	res, err := store.FolderStates(ctx, object.FolderStatesRequest{Store: v.box.guid, Folders: []mapi.ID{v.folder}})
	if err != nil {
		store.sawError(err)
		return object.FolderState{}, fmt.Errorf("read state of folder %s: %w", v.folder, err)
	}
	if len(res.Folders) == 0 {
		v.box.loseView(v)
		return object.FolderState{}, errViewLost
	}
	st := res.Folders[0]
	v.mu.RLock()
	same := v.uidValidity == 0 || v.uidValidity == st.UIDValidity
	v.mu.RUnlock()
	if !same {
		v.box.loseView(v)
		return st, errViewLost
	}
	return st, nil
}

// compare reads the view anew if it does not have as many messages as the
// store counts: that would be a defect, which clients are not to suffer from.
func (v *view) compare(ctx context.Context, store *storeHandle, st object.FolderState) error {
	if !v.box.own || v.have.Load() != uint64(st.Change) {
		return nil // newer than the counters, or these count private messages, too
	}
	v.mu.RLock()
	n := len(v.rows)
	v.mu.RUnlock()
	if n == int(st.Messages) {
		return nil
	}
	v.box.gw.cfg.Logger.LogAttrs(ctx, slog.LevelError, "view differs from the store's counters, read it anew",
		slog.String(log.KeyCode, string(codeViewWrong)), log.Store(v.box.guid.String()), slog.String("folder", v.folder.String()),
		slog.Int("view", n), slog.Int("store", int(st.Messages)))
	return v.load(ctx, store, 0)
}

// load reads what changed after since. The caller holds loading.
func (v *view) load(ctx context.Context, store *storeHandle, since mapi.Change) error {
	d, err := v.read(ctx, store, since)
	if errors.Is(err, mapi.SyncTooOld) && since > 0 {
		since = 0
		d, err = v.read(ctx, store, 0)
	}
	if err != nil {
		if errors.Is(err, mapi.NotFound) || !v.box.own && denied(err) {
			v.box.loseView(v)
			return errViewLost
		}
		store.sawError(err)
		return fmt.Errorf("read changes of folder %s: %w", v.folder, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.uidValidity != 0 && v.uidValidity != d.state.UIDValidity {
		v.box.loseView(v)
		return errViewLost
	}
	v.apply(d, since == 0)
	return nil
}

// delta is what Changes told.
type delta struct {
	state object.FolderState
	rows  []row
	gone  []uint32
}

func (v *view) read(ctx context.Context, store *storeHandle, since mapi.Change) (delta, error) {
	var d delta
	req := object.ChangesRequest{Store: v.box.guid, Folder: v.folder, Since: since}
	for item, err := range store.Changes(ctx, req) {
		if err != nil {
			return d, err
		}
		switch item.Kind {
		case object.ChangeState:
			d.state = item.State
			if since == 0 {
				d.rows = make([]row, 0, item.State.Messages+item.State.Messages/16+16)
			}
		case object.ChangeUpsert:
			r := rowOf(&item)
			if len(item.Keywords) > 0 { // what the stream yields does not last
				v.mu.Lock()
				r.keywords = v.keywords.add(item.Keywords)
				v.mu.Unlock()
			}
			d.rows = append(d.rows, r)
		case object.ChangeGone:
			d.gone = append(d.gone, uint32(item.UID))
		}
	}
	if d.state.Folder == 0 {
		return d, fmt.Errorf("no folder state: %w", mapi.GeneralFailure)
	}
	return d, nil
}

// rowOf is a message as Changes gives it, without its keywords.
func rowOf(item *object.ChangeItem) row {
	r := row{
		change: uint64(item.Change), id: item.ID, size: item.Size, received: item.Received.Unix(),
		uid: uint32(item.UID), flags: item.Flags, saved: uint32(item.Saved.Unix()),
	}
	if !item.Sent.IsZero() {
		r.sent = item.Sent.Unix()
	}
	return r
}

// arrive puts a message that an event told of into the view, where that was complete
// but for it. It does not wait for who brings the view up to date: he reads it.
func (v *view) arrive(a *object.Arrival) {
	if a == nil || !v.loading.TryLock() {
		return
	}
	defer v.loading.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if have := v.have.Load(); have == 0 || have != uint64(a.Since) || v.lost.Load() {
		return
	}
	r := rowOf(&a.Item)
	r.keywords = v.keywords.add(a.Item.Keywords)
	v.upsert(r)
	v.count()
	raise(&v.have, uint64(a.Item.Change))
}

// apply puts a delta into the view; whole says that d.rows are all there are.
// The caller holds mu.
func (v *view) apply(d delta, whole bool) {
	v.uidValidity = d.state.UIDValidity
	if whole && len(v.rows) == 0 {
		v.fill(d.rows)
	} else {
		if whole {
			d.gone = missing(v.uids, d.rows)
		}
		v.remove(d.gone)
		for _, r := range d.rows {
			v.upsert(r)
		}
	}
	v.uidNext = max(v.uidNext, uint32(d.state.UIDNext))
	if v.recentNext == 0 {
		v.recentNext = v.box.gw.claims.of(v.recentClaim())
	}
	v.count()
	raise(&v.have, uint64(d.state.Change))
}

// fill takes the rows of a whole folder into the empty view.
func (v *view) fill(rows []row) {
	uids := make([]uint32, len(rows), cap(rows))
	n := v.record(mod{kind: modNew})
	for i := range rows {
		uids[i], rows[i].mod = rows[i].uid, n
	}
	v.uids, v.rows = uids, rows
}

// missing are those of uids that have no row.
func missing(uids []uint32, rows []row) []uint32 {
	var out []uint32
	for _, uid := range uids {
		_, ok := slices.BinarySearchFunc(rows, uid, func(r row, uid uint32) int { return int(int64(r.uid) - int64(uid)) })
		if !ok {
			out = append(out, uid)
		}
	}
	return out
}
