// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// mismatch is something that is not as it should be.
type mismatch struct {
	box   *box
	place *place // nil is the tree
	text  string
}

type mismatches []mismatch

func (l mismatches) String() string {
	var b strings.Builder
	for _, m := range l {
		name := "the tree"
		if m.place != nil {
			name = m.place.String()
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", m.box.user, name, m.text)
	}
	return b.String()
}

// about says whether a step may be the reason.
func (l mismatches) about(s *step) bool {
	return slices.ContainsFunc(l, func(m mismatch) bool {
		return m.box == s.box && m.place == nil && s.tree || m.place != nil && slices.Contains(s.places, m.place)
	})
}

func (p *place) String() string { return fmt.Sprintf("%s/%s(%s)", p.box.user, p.name, p.id) }

// comparison is one look at everything.
type comparison struct {
	w   *world
	bad mismatches
}

func (c *comparison) say(b *box, p *place, format string, args ...any) {
	c.bad = append(c.bad, mismatch{b, p, fmt.Sprintf(format, args...)})
}

// compare reads everything; with searches, also what search folders hold.
func (w *world) compare(searches bool) mismatches {
	for {
		c := &comparison{w: w}
		err := c.all(searches)
		if err == nil {
			return c.bad
		}
		if !killed(err) {
			w.fatal("compare: %v", err)
		}
		w.reopen(w)
	}
}

func (c *comparison) all(searches bool) error {
	for _, b := range c.w.boxes {
		for _, f := range []func(*box) error{c.tree, c.buried, c.states, c.messages, c.queue, c.beside} {
			if err := f(b); err != nil {
				return err
			}
		}
		if len(c.bad) > 0 {
			continue
		}
		if searches {
			if err := c.searches(b); err != nil {
				return err
			}
		}
		if err := c.follow(b); err != nil {
			return err
		}
	}
	return nil
}

// tree compares the folders, and learns the ids of new ones.
func (c *comparison) tree(b *box) error {
	rows := map[mapi.ID]treeRow{}
	comments := map[mapi.ID]string{}
	for r, err := range b.s.Query(c.w.t.Context(), object.QueryRequest{Table: object.TableHierarchy,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.Comment}}) {
		if err != nil {
			return err
		}
		id := mapi.ID(r.Int(tag.FolderId))
		rows[id], comments[id] = treeRow{mapi.ID(r.Int(tag.ParentFolderId)), r.Text(tag.DisplayName)}, r.Text(tag.Comment)
	}
	for _, p := range b.live(generic) {
		if p.id == 0 {
			for id, r := range rows {
				if r.name == p.name {
					p.id = id
				}
			}
		}
		r, there := rows[p.id]
		delete(rows, p.id)
		parent := mapi.ID(0)
		if p.parent != nil {
			parent = p.parent.id
		}
		switch {
		case !there:
			c.say(b, nil, "%s is not there", p)
		case r.name != p.name || parent != 0 && r.parent != parent:
			c.say(b, nil, "%s is %q under %s, want under %s", p, r.name, r.parent, parent)
		case comments[p.id] != p.comment:
			c.say(b, p, "comment %q, want %q", comments[p.id], p.comment)
		}
	}
	for id, r := range rows {
		if strings.HasPrefix(r.name, "w") {
			c.say(b, nil, "%q (%s) is there under %s", r.name, id, r.parent)
		}
	}
	return nil
}

// buried compares the soft-deleted folders.
func (c *comparison) buried(b *box) error {
	rows := map[string]mapi.ID{}
	for r, err := range b.s.Query(c.w.t.Context(), object.QueryRequest{Table: object.TableSoftDeletedFolders,
		Columns: []mapi.PropTag{tag.FolderId, tag.DisplayName}}) {
		if err != nil {
			return err
		}
		rows[r.Text(tag.DisplayName)] = mapi.ID(r.Int(tag.FolderId))
	}
	for _, p := range b.places {
		if !p.buried || p.removed {
			continue
		}
		id, there := rows[p.name]
		delete(rows, p.name)
		if p.id == 0 {
			p.id = id
		}
		if !there || id != p.id {
			c.say(b, nil, "%s is not among the soft-deleted", p)
		}
	}
	for name, id := range rows {
		c.say(b, nil, "%q (%s) is among the soft-deleted", name, id)
	}
	return nil
}

// states compares the counters.
func (c *comparison) states(b *box) error {
	r, err := b.s.FolderStates(c.w.t.Context(), object.FolderStatesRequest{})
	if err != nil {
		return err
	}
	all := map[mapi.ID]object.FolderState{}
	for _, st := range r.Folders {
		all[st.Folder] = st
	}
	for _, p := range b.live(func(p *place) bool { return p.name != placeRoot }) {
		st, there := all[p.id]
		if !there {
			c.say(b, nil, "%s has no state", p)
			continue
		}
		if p.validity == 0 {
			p.validity = st.UIDValidity
		}
		if st.UIDValidity != p.validity {
			c.say(b, p, "UIDVALIDITY %d was %d", st.UIDValidity, p.validity)
		}
		if p.search {
			continue
		}
		want := object.FolderState{Folder: p.id, UIDValidity: p.validity, UIDNext: p.next, Change: st.Change, Size: st.Size,
			Messages: uint32(len(p.lists[0])), Associated: uint32(len(p.lists[1])), Recoverable: uint32(len(p.lists[2]))}
		for _, n := range p.lists[0] {
			if n.flags&object.FlagSeen == 0 {
				want.Unread++
			}
			if n.flags&object.FlagDeleted != 0 {
				want.Deleted++
			}
		}
		if st != want {
			c.say(b, p, "state %+v, want %+v", st, want)
		}
	}
	return nil
}

func worldColumns(b *box) []mapi.PropTag {
	return []mapi.PropTag{tag.Mid, tag.InternetArticleNumber, tag.Subject, tag.TwigaFlags, tag.TwigaKeywords, tag.MessageSize,
		mapi.NewTag(b.colour, mapi.PtypString)}
}

// table reads a table of messages.
func (c *comparison) table(b *box, folder mapi.ID, kind object.TableKind) (map[mapi.UID]note, int64, error) {
	out, size := map[mapi.UID]note{}, int64(0)
	for r, err := range b.s.Query(c.w.t.Context(), object.QueryRequest{Table: kind, Folder: folder, Columns: worldColumns(b)}) {
		if err != nil {
			return nil, 0, err
		}
		v, _ := r.Get(tag.TwigaKeywords)
		size += r.Int(tag.MessageSize)
		out[mapi.UID(r.Int(tag.InternetArticleNumber))] = note{id: mapi.ID(r.Int(tag.Mid)), subject: r.Text(tag.Subject),
			flags: object.Flags(r.Int(tag.TwigaFlags)), keywords: strings.Join(v.Texts(), " "), colour: r.Text(mapi.NewTag(b.colour, mapi.PtypString))}
	}
	return out, size, nil
}

var worldTables = [...]object.TableKind{inContents: object.TableContents, inAssociated: object.TableAssociated, inDeleted: object.TableSoftDeleted}

// messages compares all tables of messages, and learns the ids of new ones.
func (c *comparison) messages(b *box) error {
	var size, deleted, count int64
	for _, p := range b.live(func(p *place) bool { return !p.search && p.name != placeRoot }) {
		for l, kind := range worldTables {
			got, n, err := c.table(b, p.id, kind)
			if mapi.CodeOf(err) == mapi.NotFound {
				c.say(b, nil, "%s: %v", p, err)
				continue
			}
			if err != nil {
				return err
			}
			if l == inDeleted {
				deleted += n
			} else {
				size += n
			}
			count += int64(len(got) * (1 - min(l, 1)))
			if !c.same(p, l, got) {
				c.say(b, p, "list %d holds %v, want %v", l, got, p.lists[l])
			}
		}
	}
	st, err := b.s.GetStore(c.w.t.Context(), object.GetStoreRequest{})
	if err != nil {
		return err
	}
	if len(c.bad) == 0 && (st.Size != size || st.Messages != count || st.Deleted < deleted) {
		c.say(b, nil, "store %+v; its folders have %d messages of %d bytes, %d soft-deleted", st, count, size, deleted)
	}
	return c.content(b)
}

// same compares a list with its table, and learns ids.
func (c *comparison) same(p *place, l int, got map[mapi.UID]note) bool {
	if len(got) != len(p.lists[l]) {
		return false
	}
	for uid, n := range p.lists[l] {
		g, body := got[uid], n.body
		n.body = ""
		if n.id == 0 {
			n.id = g.id
		}
		if g != n || n.id == 0 {
			return false
		}
		n.body = body
		p.lists[l][uid] = n
	}
	return true
}

// content reads one message.
func (c *comparison) content(b *box) error {
	p, ok := pick(c.w, b.live(func(p *place) bool { return len(p.lists[0]) > 0 }))
	if !ok || len(c.bad) > 0 {
		return nil
	}
	uid, _ := pick(c.w, slices.Sorted(maps.Keys(p.lists[0])))
	n := p.lists[0][uid]
	var data []byte
	for chunk, err := range b.s.Read(c.w.t.Context(), object.ReadRequest{Items: []object.ReadItem{{Message: n.id, Length: -1}}}) {
		if err != nil {
			return err
		}
		data = append(data, chunk.Data...)
	}
	if string(data) != n.body {
		c.say(b, p, "uid %d has content %.60q (%d), want %.60q (%d)", uid, data, len(data), n.body, len(n.body))
	}
	for m, err := range b.s.GetMessages(c.w.t.Context(), object.GetMessagesRequest{IDs: []mapi.ID{n.id}}) {
		if err != nil {
			return err
		}
		if m.UID != uid || m.Folder != p.id || m.Flags != n.flags || m.Props.Text(tag.Subject) != n.subject || m.ContentSize != int64(len(n.body)) {
			c.say(b, p, "message %+v, want uid %d %+v", m, uid, n)
		}
	}
	return nil
}

// queue compares the outgoing queue with the flags.
func (c *comparison) queue(b *box) error {
	want := map[mapi.ID]bool{}
	for _, p := range b.live(func(p *place) bool { return p.name == placeOutbox }) {
		for _, n := range p.lists[0] {
			if n.flags&object.FlagSubmitted != 0 {
				want[n.id] = true
			}
		}
		got := map[mapi.ID]bool{}
		for e, err := range b.s.Outgoing(c.w.t.Context(), object.OutgoingRequest{}) {
			if err != nil {
				return err
			}
			got[e.Message] = true
		}
		if !maps.Equal(got, want) {
			c.say(b, p, "queue %v, want %v", got, want)
		}
	}
	return nil
}

// beside compares rights, rules, receive folders and names.
func (c *comparison) beside(b *box) error {
	ctx := c.w.t.Context()
	for _, p := range b.live(func(p *place) bool { return !p.search && p.id != 0 && p.name != placeRoot }) {
		r, err := b.other().s.GetRights(ctx, object.GetRightsRequest{Store: b.st.GUID, Folders: []mapi.ID{p.id}})
		if err != nil && mapi.CodeOf(err) != mapi.NoAccess {
			return err
		}
		got := mapi.Rights(0)
		for _, f := range r.Folders {
			got = f.Rights
		}
		if got != p.rights {
			c.say(b, p, "rights %#x, want %#x", got, p.rights)
		}
		rules, err := b.s.GetRules(ctx, object.GetRulesRequest{Folder: p.id})
		if mapi.CodeOf(err) == mapi.NotFound {
			c.say(b, nil, "%s: %v", p, err)
			continue
		}
		if err != nil {
			return err
		}
		var names []string
		for _, rule := range rules.Rules {
			names = append(names, rule.Name)
		}
		if !slices.Equal(names, p.rules) {
			c.say(b, p, "rules %v, want %v", names, p.rules)
		}
	}
	for class, p := range b.receive {
		r, err := b.s.ReceiveFolder(ctx, object.ReceiveFolderRequest{Class: class})
		if err != nil {
			return err
		}
		want := b.receiver(class)
		if p.id != 0 && r.Folder != want.id {
			c.say(b, nil, "class %s arrives in %s, want %s", class, r.Folder, want)
		}
	}
	for name, id := range b.names {
		r, err := b.s.NamesToIDs(ctx, object.NamesToIDsRequest{Names: []mapi.Name{{Set: tag.SetPublicStrings.GUID(), Text: name}}})
		if err != nil {
			return err
		}
		if r.IDs[0] != id {
			c.say(b, nil, "name %s is %#x, was %#x", name, r.IDs[0], id)
		}
	}
	return nil
}

// receiver is where a class arrives.
func (b *box) receiver(class string) *place {
	for ; class != ""; class = class[:max(0, strings.LastIndexByte(class, '.'))] {
		if p := b.receive[class]; p != nil && !p.gone() {
			return p
		}
	}
	return b.places[1]
}

// holdsNow is what a search folder should hold.
func (p *place) holdsNow() map[mapi.ID]note {
	out := map[mapi.ID]note{}
	if p.find == nil {
		return out
	}
	for _, scope := range p.find.scope {
		if scope.search {
			if !scope.gone() {
				for id, n := range scope.holdsNow() {
					if worldFindings[p.find.what].fits(n) {
						out[id] = n
					}
				}
			}
			continue
		}
		for _, q := range p.box.live(func(q *place) bool { return !q.search }) {
			if q != scope && !(p.find.below && (scope.has(q) || scope.name == placeRoot)) {
				continue
			}
			for _, n := range q.lists[0] {
				if worldFindings[p.find.what].fits(n) {
					out[n.id] = n
				}
			}
		}
	}
	return out
}

// searches compares search folders with what they should hold.
func (c *comparison) searches(b *box) error {
	list := b.live(func(p *place) bool { return p.search })
	for _, p := range list {
		for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
			r, err := b.s.GetSearchCriteria(c.w.t.Context(), object.GetSearchCriteriaRequest{Folder: p.id})
			if err != nil {
				return err
			}
			if r.State != object.SearchRunning {
				break
			}
			if time.Now().After(deadline) {
				c.w.fatal("%s is still being filled: %+v", p, r)
			}
		}
	}
	for _, p := range list {
		rows, _, err := c.table(b, p.id, object.TableContents)
		if err != nil {
			return err
		}
		got, want := map[mapi.ID]note{}, p.holdsNow()
		for _, n := range rows {
			got[n.id] = n
		}
		for id, n := range want {
			n.body = ""
			want[id] = n
		}
		if !maps.Equal(got, want) || len(rows) != len(got) {
			c.say(b, p, "search %s holds %v, want %v", p.find, c.where(b, rows), want)
		}
		r, err := b.s.FolderStates(c.w.t.Context(), object.FolderStatesRequest{Folders: []mapi.ID{p.id}})
		if err != nil {
			return err
		}
		if len(r.Folders) != 1 || int(r.Folders[0].Messages) != len(want) {
			c.say(b, p, "search: %+v, want %d", r.Folders, len(want))
		}
	}
	return nil
}

// follow brings clients up to date that ask for changes: one folder's, and
// those of the tree.
func (c *comparison) follow(b *box) error {
	if c.w.chance(2) {
		if err := c.followTree(b); err != nil {
			return err
		}
	}
	for range 2 {
		p, ok := pick(c.w, b.live(func(p *place) bool { return p.name != placeRoot }))
		if !ok {
			return nil
		}
		l := c.w.rng.IntN(2)
		if p.search {
			l = 0
		}
		if err := c.followPlace(p, l); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) followPlace(p *place, l int) error {
	known, since := maps.Clone(p.known[l]), p.since[l]
	for ch, err := range p.box.s.Changes(c.w.t.Context(), object.ChangesRequest{Folder: p.id, Since: p.since[l], Table: worldTables[l]}) {
		if err != nil {
			return err
		}
		switch ch.Kind {
		case object.ChangeState:
			since = ch.State.Change
		case object.ChangeUpsert:
			known[ch.UID] = note{id: ch.ID, flags: ch.Flags, keywords: strings.Join(ch.Keywords, " ")}
		case object.ChangeGone:
			delete(known, ch.UID)
		}
		if ch.Change > since {
			c.say(p.box, p, "change %d beyond the state's %d", ch.Change, since)
		}
	}
	p.known[l], p.since[l] = known, since
	if p.search {
		want := p.holdsNow()
		if len(want) != len(known) {
			return c.unlessFilling(p, known, want)
		}
		for uid, k := range known {
			if n, there := want[k.id]; !there || n.flags != k.flags || n.keywords != k.keywords {
				return c.unlessFilling(p, uid, want)
			}
		}
		return nil
	}
	if len(known) != len(p.lists[l]) {
		c.say(p.box, p, "a client knows %v of list %d, want %v", known, l, p.lists[l])
	}
	for uid, k := range known {
		if n := p.lists[l][uid]; n.id != k.id || n.flags != k.flags || n.keywords != k.keywords {
			c.say(p.box, p, "a client knows uid %d as %v, want %v", uid, k, n)
		}
	}
	return nil
}

// unlessFilling is what differs in a search folder that was filled when its
// changes were read: it is read anew where it was not.
func (c *comparison) unlessFilling(p *place, got, want any) error {
	bad := len(c.bad)
	if err := c.searches(p.box); err != nil || len(c.bad) > bad {
		return err
	}
	rows, _, err := c.table(p.box, p.id, object.TableContents)
	if err != nil {
		return err
	}
	known := maps.Clone(p.known[0])
	since := p.since[0]
	for ch, err := range p.box.s.Changes(c.w.t.Context(), object.ChangesRequest{Folder: p.id, Since: since}) {
		if err != nil {
			return err
		}
		switch ch.Kind {
		case object.ChangeState:
			since = ch.State.Change
		case object.ChangeUpsert:
			known[ch.UID] = note{id: ch.ID, flags: ch.Flags, keywords: strings.Join(ch.Keywords, " ")}
		case object.ChangeGone:
			delete(known, ch.UID)
		}
	}
	p.known[0], p.since[0] = known, since
	for uid, n := range rows {
		n.subject, n.colour = "", ""
		rows[uid] = n
	}
	if !maps.Equal(rows, known) {
		c.say(p.box, p, "a client of a search knows %v, is %v (%v, %v)", known, rows, got, want)
	}
	return nil
}

// followTree brings a client of the tree up to date. What is below a folder
// that is gone is gone with it.
func (c *comparison) followTree(b *box) error {
	tree, since := maps.Clone(b.tree), b.since
	var gone []mapi.ID
	for ch, err := range b.s.FolderChanges(c.w.t.Context(), object.FolderChangesRequest{Since: b.since}) {
		if err != nil {
			return err
		}
		switch ch.Kind {
		case object.ChangeState:
			since = ch.Change
		case object.ChangeUpsert:
			tree[ch.ID] = treeRow{ch.Parent, ch.Name}
		case object.ChangeGone:
			gone = append(gone, ch.ID)
		}
	}
	for i := 0; i < len(gone); i++ {
		delete(tree, gone[i])
		for id, r := range tree {
			if r.parent == gone[i] {
				gone = append(gone, id)
			}
		}
	}
	b.tree, b.since = tree, since
	n := 0
	for _, p := range b.live(generic) {
		n++
		if r, there := tree[p.id]; !there || r.name != p.name || p.parent != nil && r.parent != p.parent.id {
			c.say(b, nil, "a client knows %s as %+v (%v)", p, r, there)
		}
	}
	for id, r := range tree {
		if strings.HasPrefix(r.name, "w") {
			if n--; n < 0 {
				c.say(b, nil, "a client knows %s (%+v) beside", id, r)
			}
		}
	}
	return nil
}

// check has the server look for problems.
func (w *world) check() {
	for _, b := range w.boxes {
		for p, err := range w.admin.Check(w.t.Context(), object.CheckRequest{Store: b.st.GUID, Blobs: true}) {
			if killed(err) {
				w.reopen(w)
				w.check()
				return
			}
			w.fatal("check %s: %+v %v", b.user, p, err)
		}
	}
}

// where tells of messages in which places they are.
func (c *comparison) where(b *box, rows map[mapi.UID]note) string {
	var out strings.Builder
	for uid, n := range rows {
		p, at := b.find(n.id)
		fmt.Fprintf(&out, "%d: %+v", uid, n)
		if p != nil {
			fmt.Fprintf(&out, " at %s, %d", p, at)
		}
		out.WriteString("; ")
	}
	return out.String()
}

func (f *finding) String() string {
	if f == nil {
		return "without criteria"
	}
	return fmt.Sprintf("for %d in %v, below %v", f.what, f.scope, f.below)
}
