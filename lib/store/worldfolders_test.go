// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// worldFolders is how many folders a mailbox has at most, beside the fixed ones.
const worldFolders = 14

var worldClasses = []string{"IPM.One", "IPM.Two", "IPM.Two.Three"}

func (w *world) name() string {
	w.count++
	return fmt.Sprint("w", w.count)
}

// roots are places that folders may be made in.
func (b *box) roots() []*place {
	return b.live(func(p *place) bool { return usual(p) || p.name == placeRoot })
}

// discard takes a folder away with all below it.
func (p *place) discard(soft bool) {
	if soft && !p.search {
		for _, q := range p.below() {
			if q.search {
				q.remove()
			}
		}
		p.buried = true
		return
	}
	for _, q := range p.below() {
		q.remove()
	}
}

func (p *place) remove() {
	p.removed = true
	for class, q := range p.box.receive {
		if q == p {
			delete(p.box.receive, class)
		}
	}
}

// stepCreate makes a folder and one below it.
func stepCreate(w *world) *step {
	b := w.box()
	parent, _ := pick(w, b.roots())
	if len(b.live(generic)) >= worldFolders {
		return nil
	}
	top, below := w.name(), w.name()
	s := b.step("create "+top+" "+below+" under", parent)
	s.tree = true
	s.call = func() error {
		_, err := b.s.CreateFolders(w.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: parent.id, Name: top}, {Under: 1, Name: below}}})
		return err
	}
	return s.does(func() { b.place(b.place(parent, top), below) })
}

// stepSearch makes a search folder, often with criteria.
func stepSearch(w *world) *step {
	b := w.box()
	if len(b.live(generic)) >= worldFolders+2 {
		return nil
	}
	parent, _ := pick(w, b.roots())
	name := w.name()
	s := b.step("create search "+name+" under", parent)
	s.tree = true
	s.call = func() error {
		_, err := b.s.CreateFolders(w.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{{Parent: parent.id, Name: name, Search: true}}})
		return err
	}
	return s.does(func() {
		p := b.place(parent, name)
		p.search, p.rights = true, 0
	})
}

func stepCriteria(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return p.search }))
	if !ok {
		return nil
	}
	f := &finding{below: w.chance(2), what: w.rng.IntN(len(worldFindings))}
	for range 1 + w.rng.IntN(2) {
		scope, _ := pick(w, b.live(func(q *place) bool { return !q.search || q.id < p.id }))
		f.scope = append(f.scope, scope)
	}
	c := object.SearchCriteria{Subfolders: f.below, Where: worldFindings[f.what].where}
	for _, q := range f.scope {
		c.Scope = append(c.Scope, q.id)
	}
	s := b.step(fmt.Sprintf("criteria %d, below %v, %v for", f.what, f.below, f.scope), p)
	s.tree = true // its scope must not go meanwhile
	s.call = func() error {
		_, err := b.s.SetSearchCriteria(w.t.Context(), object.SetSearchCriteriaRequest{Folder: p.id, Criteria: c})
		return err
	}
	s.retry = true
	return s.does(func() { p.find = f })
}

// stepMove moves a folder, or gives it another name.
func stepMove(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(generic))
	if !ok {
		return nil
	}
	parent, _ := pick(w, b.roots())
	name := p.name
	if w.chance(3) {
		name = w.name()
	}
	s := b.step("move to "+name+" under "+parent.String(), p)
	s.tree = true
	if p.has(parent) {
		s.want = mapi.FolderCycle
	}
	s.call = func() error {
		_, err := b.s.MoveFolder(w.t.Context(), object.MoveFolderRequest{Folder: p.id, Parent: parent.id, Name: name})
		return err
	}
	return s.does(func() { p.parent, p.name = parent, name })
}

// stepBury deletes a folder, soft or for good.
func stepBury(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(generic))
	if !ok || w.chance(2) && len(b.live(generic)) < worldFolders/2 {
		return nil
	}
	soft := !w.chance(3)
	s := b.step(fmt.Sprintf("delete folder (soft %v)", soft), p.below()...)
	s.tree = true
	s.call = func() error {
		_, err := b.s.DeleteFolder(w.t.Context(), object.DeleteFolderRequest{Folder: p.id, Messages: true, Subfolders: true, Soft: soft})
		return err
	}
	return s.does(func() { p.discard(soft) })
}

func (b *box) graves() []*place {
	return slices.DeleteFunc(slices.Clone(b.places), func(p *place) bool { return !p.buried || p.removed })
}

// stepUnbury restores a folder, where it was or elsewhere.
func stepUnbury(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.graves())
	if !ok {
		return nil
	}
	to := p.parent
	req := object.RestoreFolderRequest{Folder: p.id}
	if w.chance(2) || to.gone() {
		if !w.chance(4) {
			to, _ = pick(w, b.roots())
			req.Parent = to.id
		}
	}
	s := b.step("restore folder under "+to.String(), p.below()...)
	s.tree = true
	counts := slices.ContainsFunc(p.below(), func(p *place) bool { return len(p.lists[0])+len(p.lists[1]) > 0 })
	if to.gone() {
		s.want = mapi.NotFound
	}
	s.call = func() error { _, err := b.s.RestoreFolder(w.t.Context(), req); return err }
	return s.over(b, counts || b.holds()).does(func() { p.buried, p.parent = false, to })
}

// stepPurgeFolders removes what was soft-deleted for good: all, or a folder.
func stepPurgeFolders(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.graves())
	if !ok || !w.chance(3) {
		return nil
	}
	req := object.PurgeDeletedRequest{}
	if !w.chance(5) {
		req.Folder = p.id
	}
	s := b.step(fmt.Sprintf("purge folder (all %v)", req.Folder == 0), p)
	s.tree, s.retry = true, true
	s.call = func() error { _, err := b.s.PurgeDeleted(w.t.Context(), req); return err }
	return s.does(func() {
		if req.Folder != 0 {
			p.discard(false)
			return
		}
		for _, p := range b.graves() {
			p.discard(false)
		}
		for _, p := range b.places {
			clear(p.lists[inDeleted])
		}
	})
}

// stepCopyFolder copies or moves a folder, in its mailbox or to the other one.
func stepCopyFolder(w *world) *step {
	b := w.box()
	to := b
	if w.chance(2) {
		to = b.other()
	}
	p, ok := pick(w, b.live(usual))
	if !ok || to.full || len(to.live(generic)) >= worldFolders {
		return nil
	}
	parent, ok := pick(w, to.roots())
	if to != b {
		parent, ok = pick(w, to.live(func(p *place) bool { return usual(p) && p.rights&mapi.RightCreateSubfolder != 0 }))
	}
	if !ok {
		return nil
	}
	req := object.CopyFolderRequest{Folder: p.id, ToStore: to.st.GUID, ToParent: parent.id, Subfolders: w.chance(2), Move: w.chance(2), Name: w.name()}
	s := b.step(fmt.Sprintf("copy folder %+v", req), append(p.below(), parent)...)
	s.tree, s.retry = true, true
	if to == b && p.has(parent) && (req.Move || req.Subfolders) {
		s.want = mapi.FolderCycle
	}
	all := []*place{p}
	if req.Subfolders || req.Move {
		all = p.below()
	}
	if slices.ContainsFunc(all[1:], func(q *place) bool { return to != b && q.name == "" }) {
		return nil
	}
	names := map[*place]string{p: req.Name}
	s.call = func() error {
		for _, err := range b.s.CopyFolder(w.t.Context(), req) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	return s.does(func() {
		if req.Move && to == b {
			p.parent, p.name = parent, req.Name
			return
		}
		at := map[*place]*place{}
		for _, q := range all {
			if q.search {
				continue
			}
			name, above := names[q], at[q.parent]
			if name == "" {
				name = q.name
			}
			if above == nil {
				above = parent
			}
			at[q] = to.place(above, name)
			at[q].copyOf(q, to != b)
		}
		if req.Move {
			p.discard(false)
		}
	})
}

// copyOf fills a copy: new UIDs in the old order.
func (p *place) copyOf(q *place, across bool) {
	p.comment = q.comment
	if across { // who makes a folder in another's mailbox owns it
		p.rights = mapi.RightsAll
	}
	uids := slices.Concat(slices.Collect(maps.Keys(q.lists[0])), slices.Collect(maps.Keys(q.lists[1])))
	slices.Sort(uids)
	for _, uid := range uids {
		for l := range 2 {
			if n, there := q.lists[l][uid]; there {
				p.put(l, n.copied())
			}
		}
	}
}

func stepRights(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(usual))
	if !ok {
		return nil
	}
	rights, _ := pick(w, []mapi.Rights{0, mapi.RightReadAny | mapi.RightFolderVisible, mapi.RightsAll, mapi.RightsAll})
	req := object.ModifyPermissionsRequest{Folder: p.id, Set: []object.Permission{{Member: b.other().id, Rights: rights}}}
	if rights == 0 {
		req.Set, req.Remove = nil, []mapi.GUID{b.other().id}
	}
	s := b.step(fmt.Sprintf("rights %#x in", rights), p)
	s.call = func() error { _, err := b.s.ModifyPermissions(w.t.Context(), req); return err }
	return s.does(func() { p.rights = rights })
}

func stepRules(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(usual))
	if !ok {
		return nil
	}
	req := object.ModifyRulesRequest{Folder: p.id, Replace: w.chance(3) || len(p.rules) > 5}
	name := w.name()
	req.Set = []object.Rule{{Name: name, Sequence: int32(w.count), State: object.RuleEnabled, Actions: []object.Action{{Type: object.ActionMarkAsRead}}}}
	s := b.step(fmt.Sprintf("rule %s (replace %v) of", name, req.Replace), p)
	s.call = func() error { _, err := b.s.ModifyRules(w.t.Context(), req); return err }
	return s.does(func() {
		if req.Replace {
			p.rules = nil
		}
		p.rules = append(slices.Clone(p.rules), name)
	})
}

func stepReceive(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(usual))
	if !ok {
		return nil
	}
	class, _ := pick(w, worldClasses[:2])
	req := object.SetReceiveFolderRequest{Class: class, Folder: p.id}
	if w.chance(4) {
		req.Folder = 0
	}
	s := b.step(fmt.Sprintf("class %s arrives in (%s)", class, req.Folder), p)
	s.tree = true
	s.retry = true
	s.call = func() error { _, err := b.s.SetReceiveFolder(w.t.Context(), req); return err }
	return s.does(func() {
		if delete(b.receive, class); req.Folder != 0 {
			b.receive[class] = p
		}
	})
}

func stepNames(w *world) *step {
	b := w.box()
	name := w.name()
	s := b.step("name " + name)
	id := uint16(0)
	s.retry = true
	s.call = func() error {
		r, err := b.s.NamesToIDs(w.t.Context(), object.NamesToIDsRequest{Names: []mapi.Name{{Set: tag.SetPublicStrings.GUID(), Text: name}}, Create: true})
		if err == nil {
			id = r.IDs[0]
		}
		return err
	}
	return s.does(func() { b.names[name] = id })
}

func stepComment(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(usual))
	if !ok {
		return nil
	}
	comment := w.name()
	var set mapi.Props
	set.Set(tag.Comment, mapi.String(comment))
	s := b.step("comment "+comment+" in", p)
	s.call = func() error {
		_, err := b.s.SetFolderProps(w.t.Context(), object.SetFolderPropsRequest{Folder: p.id, Set: set})
		return err
	}
	return s.does(func() { p.comment = comment })
}

// stepQuota fills a mailbox up, or lets it be.
func stepQuota(w *world) *step {
	b := w.box()
	full := w.chance(3)
	if full == b.full {
		return nil
	}
	quota := directory.Quota{Hard: -1, Soft: -1, Warn: -1}
	if full {
		quota.Hard = 1
	}
	s := b.step(fmt.Sprintf("quota (full %v)", full))
	s.retry = true
	s.call = func() error {
		_, err := w.admin.SetUser(w.t.Context(), object.SetUserRequest{Name: b.user, Changes: directory.Changes{Quota: &quota}})
		return err
	}
	return s.does(func() { b.full = full })
}

// stepThrough acts on messages through a search folder.
func stepThrough(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return p.search && p.find != nil }))
	if !ok {
		return nil
	}
	c := &comparison{w: w}
	if err := c.searches(b); err != nil || len(c.bad) > 0 {
		if killed(err) {
			w.reopen(w)
			return nil
		}
		w.fatal("%v %v", c.bad, err)
	}
	rows, _, err := c.table(b, p.id, object.TableContents)
	if err != nil {
		return nil // the comparison after it sees why
	}
	uids := slices.Sorted(maps.Keys(rows))
	var ranges []mapi.UIDRange
	var hit []mapi.ID
	for _, uid := range uids {
		if w.chance(2) {
			ranges, hit = append(ranges, mapi.UIDRange{First: uid, Last: uid}), append(hit, rows[uid].id)
		}
	}
	if len(hit) == 0 {
		return nil
	}
	return b.through(p, ranges, hit)
}

// find finds a message by its id.
func (b *box) find(id mapi.ID) (*place, mapi.UID) {
	for _, p := range b.live(holder) {
		for uid, n := range p.lists[0] {
			if n.id == id {
				return p, uid
			}
		}
	}
	return nil, 0
}

func (b *box) through(p *place, ranges []mapi.UIDRange, hit []mapi.ID) *step {
	w := b.w
	s := b.step(fmt.Sprintf("messages %v through", hit), p)
	s.places = b.live(holder)
	queued := b.places[2].anyQueued(slices.Collect(maps.Keys(b.places[2].lists[0])))
	switch w.rng.IntN(3) {
	case 0:
		req := object.SetFlagsRequest{Folder: p.id, UIDs: ranges, Mode: object.FlagMode(1 + w.rng.IntN(2)), Flags: object.FlagSeen}
		s.text += fmt.Sprintf(": flags %d", req.Mode)
		s.call = func() error { _, err := b.s.SetFlags(w.t.Context(), req); return err }
		s.does(func() {
			for _, id := range hit {
				q, uid := b.find(id)
				q.lists[0][uid] = q.lists[0][uid].flagged(&req)
			}
		})
	case 1:
		req := object.DeleteMessagesRequest{Folder: p.id, UIDs: ranges, Soft: w.chance(2)}
		s.text += fmt.Sprintf(": delete (soft %v)", req.Soft)
		s.call = func() error { _, err := b.s.DeleteMessages(w.t.Context(), req); return err }
		s.does(func() {
			for _, id := range hit {
				q, uid := b.find(id)
				q.drop(0, []mapi.UID{uid}, req.Soft)
			}
		})
	case 2:
		to, _ := pick(w, b.live(holder))
		req := object.TransferRequest{Folder: p.id, UIDs: ranges, ToFolder: to.id, Move: w.chance(2), Expect: len(hit)}
		if req.Move && queued {
			return nil
		}
		s.text += fmt.Sprintf(": transfer (move %v) to %s", req.Move, to)
		s.call = func() error { _, err := b.s.Transfer(w.t.Context(), req); return err }
		s.over(b, !req.Move).does(func() {
			for _, id := range hit {
				q, uid := b.find(id)
				n := q.lists[0][uid]
				if req.Move {
					delete(q.lists[0], uid)
				} else {
					n = n.copied()
				}
				to.put(0, n)
			}
		})
	}
	return s
}

// stepFail is a call that fails after it did something: nothing is left of it.
func stepFail(w *world) *step {
	b := w.box()
	p, ok := pick(w, b.live(func(p *place) bool { return free(p) && len(p.lists[0]) > 0 }))
	if !ok {
		return nil
	}
	s := b.step("fail", p)
	uid, _ := pick(w, slices.Sorted(maps.Keys(p.lists[0])))
	m, _ := w.fresh(b)
	switch w.rng.IntN(4) {
	case 0:
		second, _ := w.fresh(b)
		second.ID, second.IfChange = p.lists[0][uid].id, 1
		s.text, s.want = s.text+" to save", mapi.ObjectChanged
		s.call = func() error {
			_, err := b.s.SaveMessages(w.t.Context(), object.SaveMessagesRequest{Folder: p.id, Messages: []object.NewMessage{m, second}})
			return err
		}
	case 1:
		var set mapi.Props
		set.Set(tag.Subject, mapi.String("never"))
		ids := []mapi.ID{p.lists[0][uid].id, p.lists[0][uid].id}
		s.text, s.want = s.text+" to set properties", mapi.ObjectChanged
		s.call = func() error {
			_, err := b.s.SetProps(w.t.Context(), object.SetPropsRequest{IDs: ids, Set: set, IfChange: []mapi.Change{0, 1}})
			return err
		}
	case 2:
		s.tree = true
		s.text, s.want = s.text+" to create folders", mapi.AlreadyExists
		s.call = func() error {
			_, err := b.s.CreateFolders(w.t.Context(), object.CreateFoldersRequest{Folders: []object.NewFolder{
				{Parent: b.places[0].id, Name: "wrong"}, {Under: 1, Name: "wrong"}, {Under: 1, Name: "Wrong"}, {Search: true, Name: "wrong"}}})
			return err
		}
	case 3:
		if !usual(p) {
			return nil
		}
		s.text, s.want = s.text+" to change rules", mapi.NotFound
		s.call = func() error {
			_, err := b.s.ModifyRules(w.t.Context(), object.ModifyRulesRequest{Folder: p.id, Replace: true, Set: []object.Rule{{ID: 1 << 40, Name: "none", Actions: []object.Action{{Type: object.ActionDelete}}}}})
			return err
		}
	}
	return s
}
