// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// worldBurst are steps that say which places they touch, so that several may
// be done at once; worldSteps are all.
var (
	worldBurst = []func(*world) *step{stepSave, stepSave, stepSave, stepReplace, stepFlags, stepProps, stepTransfer, stepTransfer, stepDelete,
		stepDelete, stepRestore, stepPurge, stepEmpty, stepFail, stepFail, stepCreate, stepMove, stepBury, stepUnbury, stepRights, stepRules,
		stepReceive, stepComment, stepSubmit, stepAbort, stepSent, stepCriteria}
	worldSteps = append(slices.Clone(worldBurst), stepAcross, stepAcross, stepCopyFolder, stepThrough, stepThrough, stepQuota, stepDeliver, stepNames,
		stepSearch, stepPurgeFolders)
)

// fresh makes a message, as it is saved and as it should be.
func (w *world) fresh(b *box) (object.NewMessage, note) {
	w.count++
	flags, _ := pick(w, []object.Flags{0, object.FlagSeen, object.FlagDeleted, object.FlagSeen | object.FlagFlagged})
	keywords, _ := pick(w, [][]string{nil, nil, {"a"}, {"b", "a"}})
	colour, _ := pick(w, []string{"red", "green", "blue"})
	n := note{subject: fmt.Sprintf("%s %d", colour, w.count), flags: flags, keywords: strings.Join(keywords, " ")}
	n.body = fmt.Sprintf("Subject: %s\r\n\r\n%s", n.subject, strings.Repeat("hello ", w.rng.IntN(50)))
	msg := object.NewMessage{Flags: flags, Keywords: keywords}
	msg.Content = []object.Segment{{Inline: []byte(n.body), Size: int64(len(n.body))}}
	msg.Props.Set(tag.Subject, mapi.String(n.subject))
	if w.chance(3) {
		n.colour = colour
		msg.Props.Set(mapi.NewTag(b.colour, mapi.PtypString), mapi.String(colour))
	}
	if w.chance(8) {
		data := bytes.Repeat([]byte(n.subject), 400)
		id, err := b.s.Upload(w.t.Context(), object.UploadRequest{Size: int64(len(data))}, bytes.NewReader(data))
		if err == nil {
			msg.Content = append(msg.Content, object.Segment{Blob: id, Size: int64(len(data))})
			n.body += string(data)
		}
	}
	return msg, n
}

// put notes a message with the next UID.
func (p *place) put(l int, n note) {
	p.lists[l][p.next] = n
	p.next++
}

// copied is a copy of a message.
func (n note) copied() note {
	n.id, n.flags = 0, n.flags&^object.FlagSubmitted
	return n
}

// some chooses UIDs of a list, and some that are not there.
func (w *world) some(p *place, l int) ([]mapi.UIDRange, []mapi.UID) {
	if w.chance(5) {
		return []mapi.UIDRange{{First: 1, Last: p.next}}, slices.Sorted(maps.Keys(p.lists[l]))
	}
	var ranges []mapi.UIDRange
	for range 1 + w.rng.IntN(3) {
		first := mapi.UID(1 + w.rng.IntN(int(p.next)))
		ranges = append(ranges, mapi.UIDRange{First: first, Last: first + mapi.UID(w.rng.IntN(4))})
	}
	var hit []mapi.UID
	for _, uid := range slices.Sorted(maps.Keys(p.lists[l])) {
		if slices.ContainsFunc(ranges, func(r mapi.UIDRange) bool { return r.First <= uid && uid <= r.Last }) {
			hit = append(hit, uid)
		}
	}
	return ranges, hit
}

func (p *place) anyQueued(uids []mapi.UID) bool {
	return slices.ContainsFunc(uids, func(uid mapi.UID) bool { return p.lists[0][uid].flags&object.FlagSubmitted != 0 })
}

func (b *box) step(text string, places ...*place) *step {
	var names []string
	for _, p := range places {
		names = append(names, p.String())
	}
	return &step{text: b.user + ": " + text + " " + strings.Join(names, " "), box: b, places: places}
}

// over says whether a step that saves something fails for the quota.
func (s *step) over(b *box, saves bool) *step {
	if b.full && saves && s.want == 0 {
		s.want = mapi.QuotaExceeded
	}
	return s
}

func (s *step) does(f ...func()) *step {
	s.apply = f
	return s
}

func stepSave(w *world) *step {
	b := w.box()
	p, _ := pick(w, b.live(holder))
	l := 0
	if w.chance(5) {
		l = inAssociated
	}
	var list []object.NewMessage
	var notes []note
	for range 1 + w.rng.IntN(3) {
		m, n := w.fresh(b)
		list, notes = append(list, m), append(notes, n)
	}
	s := b.step(fmt.Sprintf("save %d into list %d of", len(list), l), p)
	s.call = func() error {
		_, err := b.s.SaveMessages(w.t.Context(), object.SaveMessagesRequest{Folder: p.id, Messages: list, Associated: l == inAssociated})
		return err
	}
	return s.over(b, true).does(func() {
		for _, n := range notes {
			p.put(l, n)
		}
	})
}

// stepReplace writes a message anew, with its change number as the condition.
func stepReplace(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return free(p) && len(p.lists[0]) > 0 }))
	if !ok || b.full {
		return nil
	}
	uid, _ := pick(w, slices.Sorted(maps.Keys(p.lists[0])))
	old := p.lists[0][uid]
	m, n := w.fresh(b)
	m.ID, n.id = old.id, old.id
	if w.chance(2) && len(old.body) < 1000 {
		m.Content, n.body = []object.Segment{{Inline: []byte(old.body), Size: int64(len(old.body))}}, old.body
	}
	s := b.step(fmt.Sprintf("replace uid %d (same body %v) of", uid, n.body == old.body), p)
	s.call = func() error {
		for got, err := range b.s.GetMessages(w.t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{old.id}}) {
			if err != nil {
				return err
			}
			m.IfChange = got.Change
		}
		_, err := b.s.SaveMessages(w.t.Context(), object.SaveMessagesRequest{Folder: p.id, Messages: []object.NewMessage{m}})
		return err
	}
	return s.does(func() {
		if n.body == old.body {
			p.lists[0][uid] = n
			return
		}
		delete(p.lists[0], uid)
		p.put(0, n)
	})
}

func stepFlags(w *world) *step {
	b := w.box()
	p, _ := pick(w, b.live(holder))
	ranges, hit := w.some(p, 0)
	req := object.SetFlagsRequest{Folder: p.id, UIDs: ranges, Mode: object.FlagMode(1 + w.rng.IntN(3)), Flags: object.FlagSeen}
	if w.chance(2) {
		req.Flags, req.Keywords = object.FlagDeleted, []string{"b"}
	}
	s := b.step(fmt.Sprintf("flags %d %#x %v of %v in", req.Mode, req.Flags, req.Keywords, hit), p)
	s.call = func() error { _, err := b.s.SetFlags(w.t.Context(), req); return err }
	return s.does(func() {
		for _, uid := range hit {
			p.lists[0][uid] = p.lists[0][uid].flagged(&req)
		}
	})
}

// flagged is a message after a change of flags.
func (n note) flagged(req *object.SetFlagsRequest) note {
	list := strings.Fields(n.keywords)
	switch req.Mode {
	case object.FlagsAdd:
		n.flags |= req.Flags
		for _, k := range req.Keywords {
			if !slices.Contains(list, k) {
				list = append(list, k)
			}
		}
	case object.FlagsRemove:
		n.flags &^= req.Flags
		list = slices.DeleteFunc(list, func(k string) bool { return slices.Contains(req.Keywords, k) })
	case object.FlagsReplace:
		n.flags, list = n.flags&object.FlagSubmitted|req.Flags, req.Keywords
	}
	n.keywords = strings.Join(list, " ")
	return n
}

func stepProps(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return free(p) && len(p.lists[0]) > 0 }))
	if !ok {
		return nil
	}
	uids := slices.Sorted(maps.Keys(p.lists[0]))
	uids = uids[:min(len(uids), 2)]
	var ids []mapi.ID
	for _, uid := range uids {
		ids = append(ids, p.lists[0][uid].id)
	}
	w.count++
	subject, colour := fmt.Sprintf("red again %d", w.count), fmt.Sprint("c", w.count)
	var set mapi.Props
	set.Set(tag.Subject, mapi.String(subject))
	set.Set(mapi.NewTag(b.colour, mapi.PtypString), mapi.String(colour))
	s := b.step(fmt.Sprintf("properties of %v in", uids), p)
	s.call = func() error {
		_, err := b.s.SetProps(w.t.Context(), object.SetPropsRequest{IDs: ids, Set: set})
		return err
	}
	return s.does(func() {
		for _, uid := range uids {
			n := p.lists[0][uid]
			n.subject, n.colour = subject, colour
			p.lists[0][uid] = n
		}
	})
}

func stepTransfer(w *world) *step {
	b := w.box()
	from, _ := pick(w, b.live(holder))
	to, _ := pick(w, b.live(holder))
	ranges, hit := w.some(from, 0)
	req := object.TransferRequest{Folder: from.id, ToFolder: to.id, UIDs: ranges, Move: w.chance(2), Expect: len(hit)}
	s := b.step(fmt.Sprintf("transfer (move %v) %v", req.Move, hit), from, to)
	if req.Move && from.anyQueued(hit) {
		s.want = mapi.Submitted
	}
	if b.full && !req.Move && len(hit) == 0 {
		s.places = b.live(holder) // whether it fails, all that counts decides
	}
	s.call = func() error { _, err := b.s.Transfer(w.t.Context(), req); return err }
	return s.over(b, !req.Move && (len(hit) > 0 || b.holds())).does(func() {
		for _, uid := range hit {
			n := from.lists[0][uid]
			if req.Move {
				delete(from.lists[0], uid)
			} else {
				n = n.copied()
			}
			to.put(0, n)
		}
	})
}

// holds says whether anything counts for the quota.
func (b *box) holds() bool {
	return len(b.live(func(p *place) bool { return len(p.lists[0])+len(p.lists[1]) > 0 })) > 0
}

// stepAcross takes messages to the other mailbox, soft-deleted ones too.
func stepAcross(w *world) *step {
	b := w.box()
	from, _ := pick(w, b.live(holder))
	to, _ := pick(w, b.other().live(func(p *place) bool { return holder(p) && (p.rights&mapi.RightCreate != 0) }))
	if to == nil {
		return nil
	}
	l := w.rng.IntN(2) * inDeleted
	ranges, hit := w.some(from, l)
	req := object.TransferRequest{Folder: from.id, ToStore: b.other().st.GUID, ToFolder: to.id, UIDs: ranges, Move: w.chance(2), Restore: l == inDeleted}
	s := b.step(fmt.Sprintf("across (move %v) list %d %v", req.Move, l, hit), from, to)
	if req.Move && from.anyQueued(hit) && l == 0 {
		s.want = mapi.Submitted
	}
	s.call = func() error { _, err := b.s.Transfer(w.t.Context(), req); return err }
	s.over(b.other(), len(hit) > 0).does(func() {
		for _, uid := range hit {
			to.put(0, from.lists[l][uid].copied())
		}
	})
	if req.Move {
		s.apply = append(s.apply, func() {
			for _, uid := range hit {
				delete(from.lists[l], uid)
			}
		})
	}
	return s
}

func stepDelete(w *world) *step {
	b := w.box()
	p, _ := pick(w, b.live(holder))
	l := [...]int{0, 0, 0, 0, inAssociated, inDeleted}[w.rng.IntN(6)]
	ranges, hit := w.some(p, l)
	req := object.DeleteMessagesRequest{Folder: p.id, UIDs: ranges, Soft: w.chance(2), Table: worldTables[l], OnlyDeleted: l == 0 && w.chance(4)}
	hit = slices.DeleteFunc(hit, func(uid mapi.UID) bool { return req.OnlyDeleted && p.lists[l][uid].flags&object.FlagDeleted == 0 })
	s := b.step(fmt.Sprintf("delete (soft %v) list %d %v of", req.Soft, l, hit), p)
	s.call = func() error { _, err := b.s.DeleteMessages(w.t.Context(), req); return err }
	return s.does(func() { p.drop(l, hit, req.Soft) })
}

// drop takes messages out of a list.
func (p *place) drop(l int, hit []mapi.UID, soft bool) {
	for _, uid := range hit {
		if soft && l == 0 {
			n := p.lists[0][uid]
			n.flags &^= object.FlagSubmitted
			p.lists[inDeleted][uid] = n
		}
		delete(p.lists[l], uid)
	}
}

func stepRestore(w *world) *step {
	b := w.box()
	from, ok := pick(w, b.live(func(p *place) bool { return len(p.lists[inDeleted]) > 0 }))
	if !ok {
		return nil
	}
	to, _ := pick(w, b.live(holder))
	ranges, hit := w.some(from, inDeleted)
	req := object.TransferRequest{Folder: from.id, ToFolder: to.id, UIDs: ranges, Move: !w.chance(4), Restore: true}
	s := b.step(fmt.Sprintf("restore (move %v) %v", req.Move, hit), from, to)
	s.call = func() error { _, err := b.s.Transfer(w.t.Context(), req); return err }
	return s.over(b, len(hit) > 0 || b.holds()).does(func() {
		for _, uid := range hit {
			n := from.lists[inDeleted][uid]
			if req.Move {
				delete(from.lists[inDeleted], uid)
			} else {
				n = n.copied()
			}
			to.put(0, n)
		}
	})
}

func stepPurge(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return len(p.lists[inDeleted]) > 0 }))
	if !ok {
		return nil
	}
	s := b.step("purge", p)
	s.call = func() error {
		_, err := b.s.PurgeDeleted(w.t.Context(), object.PurgeDeletedRequest{Folder: p.id})
		return err
	}
	return s.does(func() { clear(p.lists[inDeleted]) })
}

func stepEmpty(w *world) *step {
	b := w.box()
	p, _ := pick(w, b.live(holder))
	if !w.chance(3) {
		return nil
	}
	req := object.EmptyFolderRequest{Folder: p.id, Soft: w.chance(2), Associated: w.chance(2), Subfolders: usual(p) && w.chance(3)}
	places := []*place{p}
	if req.Subfolders {
		places = p.below()
	}
	s := b.step(fmt.Sprintf("empty %+v", req), places...)
	s.tree = req.Subfolders
	s.call = func() error { _, err := b.s.EmptyFolder(w.t.Context(), req); return err }
	return s.does(func() {
		p.drop(0, slices.Collect(maps.Keys(p.lists[0])), req.Soft)
		if req.Associated {
			clear(p.lists[1])
		}
		for _, q := range b.places {
			if req.Subfolders && q.parent == p && !q.gone() {
				q.discard(req.Soft)
			}
		}
	})
}

// stepDeliver delivers to both, where a message of the class arrives.
func stepDeliver(w *world) *step {
	b := w.box()
	class, _ := pick(w, worldClasses)
	m, n := w.fresh(b)
	n.colour = ""
	m.Props.Set(tag.MessageClass, mapi.String(class))
	req := object.DeliverRequest{Message: m, Names: []object.NamedID{{ID: 0x8fff, Name: mapi.Name{Set: tag.SetPublicStrings.GUID(), Text: "nothing"}}}}
	s := b.step("deliver " + class)
	boxes := w.boxes
	if w.arm != nil { // each has a transaction of its own
		boxes = []*box{b}
	}
	for _, b := range boxes {
		req.To = append(req.To, object.DeliverTo{Store: b.st.GUID})
		s.places = append(s.places, b.receiver(class))
		if !b.full {
			s.apply = append(s.apply, func() { b.receiver(class).put(0, n) })
		}
	}
	s.call = func() error {
		r, err := w.delivery.Deliver(w.t.Context(), req)
		for i, one := range r.Results {
			if over := one.Code == mapi.QuotaExceeded; over != boxes[i].full || one.Code != 0 && !over {
				return fmt.Errorf("deliver: %+v", r)
			}
		}
		return err
	}
	return s
}

// The queue.

func stepSubmit(w *world) *step {
	b := w.box()
	box, _ := pick(w, b.live(func(p *place) bool { return p.name == placeOutbox }))
	m, n := w.fresh(b)
	m.Recipients = []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String("x")}}}
	s := b.step("submit", box)
	saved := mapi.ID(0)
	s.call = func() error {
		r, err := b.s.SaveMessages(w.t.Context(), object.SaveMessagesRequest{Folder: box.id, Messages: []object.NewMessage{m}})
		if err != nil {
			return err
		}
		saved = r.Saved[0].ID
		_, err = b.s.Submit(w.t.Context(), object.SubmitRequest{Message: saved})
		return err
	}
	uid := box.next
	return s.over(b, true).does(func() { box.put(0, n) }, func() {
		n := box.lists[0][uid]
		n.flags |= object.FlagSubmitted
		box.lists[0][uid] = n
	})
}

// queued chooses a message of the queue.
func (b *box) queued() (box *place, uid mapi.UID, ok bool) {
	box = b.places[2]
	uid, ok = pick(b.w, slices.DeleteFunc(slices.Sorted(maps.Keys(box.lists[0])), func(uid mapi.UID) bool {
		return box.lists[0][uid].flags&object.FlagSubmitted == 0
	}))
	return box, uid, ok
}

func stepAbort(w *world) *step {
	b := w.box()
	box, uid, ok := b.queued()
	if !ok {
		return nil
	}
	n := box.lists[0][uid]
	s := b.step(fmt.Sprintf("abort %d", uid), box)
	s.call = func() error {
		_, err := b.s.AbortSubmit(w.t.Context(), object.SubmitRequest{Message: n.id})
		return err
	}
	return s.does(func() {
		n.flags &^= object.FlagSubmitted
		box.lists[0][uid] = n
	})
}

// stepSent has the spooler finish a message.
func stepSent(w *world) *step {
	b := w.box()
	box, uid, ok := b.queued()
	if !ok {
		return nil
	}
	n, sent := box.lists[0][uid], b.places[3]
	s := b.step(fmt.Sprintf("sent %d", uid), box, sent)
	s.call = func() error {
		_, err := w.spool.FinishSubmit(w.t.Context(), object.FinishSubmitRequest{Store: b.st.GUID, Message: n.id, Outcome: object.OutcomeSent})
		return err
	}
	return s.does(func() {
		delete(box.lists[0], uid)
		n.flags = n.flags&^object.FlagSubmitted | object.FlagSeen
		sent.put(0, n)
	})
}
