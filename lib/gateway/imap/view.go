// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// row is what a view knows of a message.
type row struct {
	change   uint64 // change number, MODSEQ
	mod      uint64 // place in the log of its last modification
	id       mapi.ID
	size     int64 // RFC822.SIZE, -1 where the message has no MIME yet
	received int64 // INTERNALDATE in seconds of Unix time
	sent     int64 // of the Date field, the same; 0 where there is none
	uid      uint32
	flags    object.Flags
	keywords uint32 // number of the combination
	saved    uint32 // SAVEDATE in seconds of Unix time
}

// modKind says what happened to a message of a view.
type modKind uint8

const (
	modFlags modKind = iota
	modNew
	modGone
)

// mod is an entry of a view's log. origin is the session that made the change
// and told its client already, 0 for any other. flags and keywords are those that
// the message had before, from change on; the view was complete up to have then.
type mod struct {
	change   uint64
	have     uint64
	uid      uint32
	origin   uint32
	flags    object.Flags
	keywords uint32
	kind     modKind
}

// maxLog is how many modifications a view remembers. A session that missed
// more compares its numbering with the view.
const maxLog = 4096

// view is a folder as all sessions of a mailbox see it.
//
// Lock order: loading, mu, mailbox.mu. Nothing blocks while mu is held.
type view struct {
	box    *mailbox
	folder mapi.ID

	users    int       // sessions that have it open; guarded by mailbox.mu
	usedLast time.Time // guarded by mailbox.mu

	lost     atomic.Bool   // the folder is gone, or is another one by now
	want     atomic.Uint64 // highest change number heard of
	have     atomic.Uint64 // change number up to which the rows are complete; 0 before the first load
	checked  atomic.Uint64 // 1 + the mailbox's version for which the view is known to be complete; 0 for none
	shared   atomic.Uint64 // of others': 1 + object.SharedVersion for which the user may read the folder; 0 for none
	verified atomic.Uint64 // epoch of the mailbox in which have was compared with the store
	head     atomic.Uint64 // number of the next log entry; written under mu
	counted  atomic.Int64  // rows counted in Gateway.rows

	loading sync.Mutex // held by who brings the view up to date

	parts    partsCache
	fields   fieldsCache
	arranged arranged
	cache    cache

	mu          sync.RWMutex // guards the fields that follow
	uidValidity uint32
	uidNext     uint32
	uids        []uint32 // rising; elements never change, so sessions share it
	rows        []row    // of the same length and order
	keywords    keywordSets
	log         []mod
	logStart    uint64 // number of log[0]
	recentNext  uint32 // the lowest UID that no session has been told as recent; 0 before the first load
	unseenAt    uint64 // log's head for which unseen holds
	unseen      uint32 // sequence number of the first unseen message, 0 for none
}

func newView(box *mailbox, folder mapi.ID) *view {
	v := &view{box: box, folder: folder}
	if v.cache.total = &box.gw.cached; box.own { // elsewhere the store is to say what may be read
		v.cache.limit = box.gw.cfg.Cache
	}
	v.head.Store(1)
	v.logStart = 1
	return v
}

// raise sets a to n if that is higher, and says whether it was.
func raise(a *atomic.Uint64, n uint64) bool {
	for {
		old := a.Load()
		if n <= old {
			return false
		}
		if a.CompareAndSwap(old, n) {
			return true
		}
	}
}

// current says whether nothing is known that the view does not show.
func (v *view) current() bool {
	return v.box.live.Load() && v.verified.Load() == v.box.epoch.Load() && v.want.Load() <= v.have.Load() && !v.lost.Load()
}

// find is the place of a UID in the view. hint is where it would be if nothing
// had been expunged. The caller holds mu.
func (v *view) find(uid uint32, hint int) (int, bool) {
	if hint < len(v.uids) && v.uids[hint] == uid {
		return hint, true
	}
	return slices.BinarySearch(v.uids, uid)
}

// record appends to the log. The caller holds mu.
func (v *view) record(m mod) uint64 {
	if len(v.log) == maxLog {
		half := copy(v.log, v.log[maxLog/2:])
		v.log = v.log[:half]
		v.logStart += maxLog - uint64(half)
	}
	n := v.head.Load()
	v.log = append(v.log, m)
	v.head.Store(n + 1)
	return n
}

// before is the log's entry of a change to a message. The caller holds mu.
func (v *view) before(old *row) mod {
	return mod{change: old.change, have: v.have.Load(), uid: old.uid, kind: modFlags, flags: old.flags, keywords: old.keywords}
}

// upsert puts a message as the store has it into the view. The caller holds mu.
func (v *view) upsert(r row) {
	if last := len(v.uids) - 1; last < 0 || r.uid > v.uids[last] {
		r.mod = v.record(mod{uid: r.uid, kind: modNew})
		v.uids = append(v.uids, r.uid)
		v.rows = append(v.rows, r)
		v.uidNext = max(v.uidNext, r.uid+1)
		return
	}
	i, ok := slices.BinarySearch(v.uids, r.uid)
	if !ok {
		return // removed since by a session of ours; UIDs are never used again
	}
	old := &v.rows[i]
	if r.change <= old.change {
		return
	}
	r.mod = old.mod
	if r.flags != old.flags || r.keywords != old.keywords || r.change != old.change {
		r.mod = v.record(v.before(old))
	}
	*old = r
}

// remove takes messages out. The caller holds mu.
func (v *view) remove(uids []uint32) {
	if len(uids) == 0 {
		return
	}
	if !slices.IsSorted(uids) {
		slices.Sort(uids)
	}
	kept := 0
	var left []uint32
	for i, uid := range v.uids {
		for len(uids) > 0 && uids[0] < uid {
			uids = uids[1:]
		}
		if len(uids) > 0 && uids[0] == uid {
			if left == nil { // sessions share the old array
				left = append(make([]uint32, 0, len(v.uids)), v.uids[:i]...)
				kept = i
			}
			v.record(mod{uid: uid, kind: modGone})
			v.fields.drop(uid)
			continue
		}
		if left != nil {
			left = append(left, uid)
			v.rows[kept] = v.rows[i]
			kept++
		}
	}
	if left != nil {
		clear(v.rows[kept:])
		v.uids, v.rows = left, v.rows[:kept]
	}
}

// flagChange is what a session asked of the store, so that its own client need
// not be told of what it expects.
type flagChange struct {
	origin   uint32
	mode     object.FlagMode
	flags    object.Flags
	keywords []string
	silent   bool // the client is told nothing, so that what it cannot expect has to come by the log
}

// expects says whether the outcome is what the client knows without being
// told. The caller holds v's mu.
func (c *flagChange) expects(v *view, old, now *row) bool {
	if !c.silent {
		return true
	}
	if c.become(old.flags) != now.flags {
		return false
	}
	if c.mode != object.FlagsReplace && len(c.keywords) == 0 {
		return old.keywords == now.keywords
	}
	return v.keywords.is(now.keywords, c.changedKeywords(textOf(v.keywords.texts, old.keywords)))
}

// become is what flags become.
func (c *flagChange) become(flags object.Flags) object.Flags {
	switch c.mode {
	case object.FlagsAdd:
		return flags | c.flags
	case object.FlagsRemove:
		return flags &^ c.flags
	}
	return flags&^object.FlagsSettable | c.flags
}

// changedKeywords are the keywords that the client expects of those that there
// were.
func (c *flagChange) changedKeywords(old string) []string {
	if c.mode == object.FlagsReplace {
		return c.keywords
	}
	named := func(k string) bool { return slices.Contains(c.keywords, k) }
	kept := slices.DeleteFunc(strings.Fields(old), named)
	if c.mode == object.FlagsAdd {
		kept = append(kept, c.keywords...)
	}
	return kept
}

// setFlags puts the store's answer to a change of flags into the view. It
// returns the log's head behind it, and whether nothing but what c's client
// knows came into the log after before.
func (v *view) setFlags(res *object.SetFlagsResponse, c flagChange, before uint64) (after uint64, clean bool) {
	v.loading.Lock() // so that a load that began before does not undo it
	defer v.loading.Unlock()
	defer v.notifyIfMoved(v.head.Load())
	v.mu.Lock()
	defer v.mu.Unlock()
	clean = v.head.Load() == before
	at := 0
	for i := range res.Items {
		s := &res.Items[i]
		var ok bool
		if at, ok = v.find(uint32(s.UID), at); !ok {
			continue
		}
		r := &v.rows[at]
		if at++; uint64(s.Change) <= r.change {
			if s.Changed && uint64(s.Change) == r.change {
				v.claim(r, &c)
			}
			continue
		}
		now := *r
		now.flags, now.keywords, now.change = s.Flags, v.keywords.add(s.Keywords), uint64(s.Change)
		clean = v.replace(r, now, &c) && clean
	}
	v.advance(res.Before, res.Change)
	return v.head.Load(), clean
}

// claim notes of a change that an event brought before the answer did that it is
// c's. The caller holds mu.
func (v *view) claim(r *row, c *flagChange) {
	if r.mod < v.logStart {
		return
	}
	m := &v.log[r.mod-v.logStart]
	if c.expects(v, &row{flags: m.flags, keywords: m.keywords}, r) {
		m.origin = c.origin
	}
}

// replace puts a row that c changed into the place of the old one, and says
// whether c's client expects it. The caller holds mu.
func (v *view) replace(old *row, now row, c *flagChange) (expected bool) {
	m := v.before(old)
	if expected = c.expects(v, old, &now); expected {
		m.origin = c.origin
	}
	now.mod = v.record(m)
	*old = now
	return expected
}

// setFlagsAlike is setFlags for a brief answer about the ranges. What others
// changed before is read first, or with the next poll where that fails.
func (v *view) setFlagsAlike(ctx context.Context, store *storeHandle, res *object.SetFlagsResponse, ranges []mapi.UIDRange, c flagChange, before uint64) (after uint64, clean bool) {
	v.loading.Lock()
	defer v.loading.Unlock()
	defer v.notifyIfMoved(v.head.Load())
	if have := v.have.Load(); have < uint64(res.Before) {
		if err := v.load(ctx, store, mapi.Change(have)); err != nil {
			raise(&v.want, uint64(res.Change))
			return v.head.Load(), false
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	clean = v.head.Load() == before
	for _, span := range ranges {
		at, _ := slices.BinarySearch(v.uids, uint32(span.First))
		for ; at < len(v.uids) && v.uids[at] <= uint32(span.Last); at++ {
			r := &v.rows[at]
			switch flags := c.become(r.flags); {
			case r.change > uint64(res.Before): // it was read already
				if r.change == uint64(res.Change) {
					v.claim(r, &c)
				}
			case flags != r.flags:
				now := *r
				now.flags, now.change = flags, uint64(res.Change)
				clean = v.replace(r, now, &c) && clean
			}
		}
	}
	v.advance(res.Before, res.Change)
	return v.head.Load(), clean
}

// advance notes that the view, if it was complete up to before, is complete up
// to now: what the store did in between was put into it. Else there is something
// to be read before clients that are told of now can know all up to there. The
// caller holds loading.
func (v *view) advance(before, now mapi.Change) {
	if before > 0 && !v.have.CompareAndSwap(uint64(before), uint64(now)) {
		raise(&v.want, uint64(now))
	}
}

// removeGone takes messages out that the store says a session of ours removed
// in going from before to now.
func (v *view) removeGone(uids []uint32, before, now mapi.Change) {
	v.loading.Lock()
	defer v.loading.Unlock()
	defer v.notifyIfMoved(v.head.Load())
	v.mu.Lock()
	defer v.mu.Unlock()
	v.remove(uids)
	v.count()
	v.advance(before, now)
}

// firstUnseen is the sequence number of the first message that is not seen, 0
// for none. The caller holds mu for writing.
func (v *view) firstUnseen() uint32 {
	if v.unseenAt != v.head.Load() {
		v.unseenAt = v.head.Load()
		v.unseen = uint32(1 + slices.IndexFunc(v.rows, func(r row) bool { return r.flags&object.FlagSeen == 0 }))
	}
	return v.unseen
}

// count tells the gateway how many rows there are. The caller holds mu.
func (v *view) count() {
	if v.lost.Load() {
		return
	}
	n := int64(len(v.rows))
	v.box.gw.rows.Add(n - v.counted.Swap(n))
}
