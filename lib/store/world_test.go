// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// worldSeed names the seed of a run in the environment, so that it can be
// played again.
const worldSeed = "TWIGA_TEST_SEED"

// worldCount names the number of steps in the environment.
const worldCount = "TWIGA_TEST_STEPS"

// world is what two mailboxes should hold, as plain maps, beside the store that
// holds it.
type world struct {
	t        testing.TB
	rng      *rand.Rand
	boxes    []*box
	admin    object.Session
	delivery object.Session
	spool    object.Session
	reopen   func(*world) // opens the store anew
	arm      func()       // where set, may have the store killed soon
	mu       sync.Mutex
	log      []string // guarded by mu
	count    int
}

// box is a mailbox as it should be.
type box struct {
	w       *world
	user    string
	s       object.Session
	id      mapi.GUID // of the user
	st      object.Store
	places  []*place // of the tree and soft-deleted ones
	names   map[string]uint16
	receive map[string]*place
	full    bool // nothing more is to be saved
	colour  uint16
	tree    map[mapi.ID]treeRow // what a client knows that only asks for changes
	since   mapi.Change
}

type treeRow struct {
	parent mapi.ID
	name   string
}

// place is a folder.
type place struct {
	box      *box
	id       mapi.ID
	parent   *place // of a soft-deleted one, where it was
	name     string
	comment  string
	fixed    bool
	buried   bool // soft-deleted itself
	removed  bool
	lists    [3]map[mapi.UID]note
	next     mapi.UID
	validity uint32
	rights   mapi.Rights // of the other mailbox's user
	rules    []string
	search   bool
	find     *finding
	known    [2]map[mapi.UID]note
	since    [2]mapi.Change
}

// The lists of a place.
const (
	inContents = iota
	inAssociated
	inDeleted
)

// note is a message.
type note struct {
	id       mapi.ID // 0 until it was seen
	subject  string
	flags    object.Flags
	keywords string
	colour   string // a named property
	body     string
}

func (n note) String() string {
	return fmt.Sprintf("%s %q %#x [%s] %s", n.id, n.subject, uint32(n.flags), n.keywords, n.colour)
}

// finding are the criteria of a search folder.
type finding struct {
	scope []*place
	below bool
	what  int // index of worldFindings
}

// worldFindings are what search folders look for.
var worldFindings = []struct {
	where mapi.Restriction
	fits  func(note) bool
}{
	{nil, func(note) bool { return true }},
	{isUnread, func(n note) bool { return n.flags&object.FlagSeen == 0 }},
	{ofSubject("red"), func(n note) bool { return strings.Contains(n.subject, "red") }},
	{mapi.And{ofSubject("green"), mapi.Not{Of: isUnread}}, func(n note) bool {
		return strings.Contains(n.subject, "green") && n.flags&object.FlagSeen != 0
	}},
}

// step is one call and what it does to the model.
type step struct {
	text   string
	places []*place // that it touches
	tree   bool     // it changes the tree of the box
	box    *box
	call   func() error
	want   mapi.Code
	apply  []func() // one for each transaction
	retry  bool     // one that broke off goes on when it is asked for again
	err    error
}

// worldSeedOf gives the seed to use.
func worldSeedOf(t testing.TB) uint64 {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(worldSeed); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("to play it again: %s=%d", worldSeed, seed)
	return seed
}

func newWorld(t testing.TB, seed uint64, open func(*world)) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 1)), reopen: open}
	for _, user := range []string{"anna", "bert"} {
		w.boxes = append(w.boxes, &box{w: w, user: user, names: map[string]uint16{}, receive: map[string]*place{}, tree: map[mapi.ID]treeRow{}})
	}
	open(w)
	for _, b := range w.boxes {
		for _, kind := range []object.FolderKind{object.KindRoot, object.KindInbox, object.KindOutbox, object.KindSentItems} {
			p := b.place(nil, fmt.Sprintf("kind %d", kind))
			p.id, p.fixed = b.st.SpecialFolder(kind), true
		}
	}
	return w
}

// place notes a new folder.
func (b *box) place(parent *place, name string) *place {
	p := &place{box: b, parent: parent, name: name, next: 1}
	for i := range p.lists {
		p.lists[i] = map[mapi.UID]note{}
	}
	for i := range p.known {
		p.known[i] = map[mapi.UID]note{}
	}
	if parent != nil {
		p.rights = parent.rights
	}
	b.places = append(b.places, p)
	return p
}

// use takes sessions of an engine, or of its server.
func (w *world) use(service func(...object.Role) object.Service) error {
	logon := func(r object.Role, user string) (object.Session, error) {
		req := object.LogonRequest{Role: r, Program: "test"}
		peer := r
		if user != "" {
			req.User, req.Password, peer = user, storetest.Password, object.RoleGateway
		}
		return service(peer).Logon(w.t.Context(), req)
	}
	var errs [4]error
	w.admin, errs[0] = logon(object.RoleAdmin, "")
	w.delivery, errs[1] = logon(object.RoleDelivery, "")
	w.spool, errs[2] = logon(object.RoleSpool, "")
	for _, b := range w.boxes {
		var err error
		if b.s, err = logon(object.RoleUser, b.user); err == nil {
			b.id = b.s.Whoami().ID
			b.st, err = b.s.GetStore(w.t.Context(), object.GetStoreRequest{})
		}
		if err == nil {
			var r object.NamesToIDsResponse
			r, err = b.s.NamesToIDs(w.t.Context(), object.NamesToIDsRequest{Names: []mapi.Name{{Set: tag.SetPublicStrings.GUID(), Text: "colour"}}, Create: true})
			if err == nil {
				b.colour = r.IDs[0]
			}
		}
		errs[3] = errors.Join(errs[3], err)
	}
	return errors.Join(errs[:]...)
}

// fatal ends the test with the last steps.
func (w *world) fatal(format string, args ...any) {
	w.t.Helper()
	w.mu.Lock()
	last := w.log[max(0, len(w.log)-80):]
	w.mu.Unlock()
	w.t.Fatalf("after %d steps, the last ones:\n%s\n%s", len(w.log), strings.Join(last, "\n"), fmt.Sprintf(format, args...))
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf(format, args...))
}

// gone says whether a place is not in the tree.
func (p *place) gone() bool {
	for ; p != nil; p = p.parent {
		if p.buried || p.removed {
			return true
		}
	}
	return false
}

// below are a place and all below it, but what was soft-deleted by itself.
func (p *place) below() []*place {
	out := []*place{p}
	for i := 0; i < len(out); i++ {
		for _, q := range p.box.places {
			if q.parent == out[i] && !q.buried && !q.removed {
				out = append(out, q)
			}
		}
	}
	return out
}

func (p *place) has(q *place) bool { return slices.Contains(p.below(), q) }

// live are the places in the tree that fit.
func (b *box) live(fits func(*place) bool) []*place {
	var out []*place
	for _, p := range b.places {
		if !p.gone() && fits(p) {
			out = append(out, p)
		}
	}
	return out
}

// The fixed places by name.
const (
	placeRoot   = "kind 1"
	placeOutbox = "kind 3"
)

func holder(p *place) bool  { return !p.search && p.name != placeRoot }
func generic(p *place) bool { return !p.fixed }
func usual(p *place) bool   { return !p.fixed && !p.search }
func free(p *place) bool    { return holder(p) && p.name != placeOutbox }

func pick[T any](w *world, list []T) (out T, ok bool) {
	if len(list) == 0 {
		return out, false
	}
	return list[w.rng.IntN(len(list))], true
}

func (w *world) chance(n int) bool { return w.rng.IntN(n) == 0 }

func (w *world) box() *box { return w.boxes[w.rng.IntN(len(w.boxes))] }

func (b *box) other() *box {
	if b.w.boxes[0] == b {
		return b.w.boxes[1]
	}
	return b.w.boxes[0]
}

// run plays some steps, alone and several at a time, and compares.
func (w *world) run(steps int) {
	for n := 0; n < steps; {
		var list []*step
		if w.chance(4) {
			list = w.burst()
		} else if s := w.any(worldSteps); s != nil {
			list = []*step{s}
		}
		if len(list) == 0 {
			continue
		}
		n += len(list)
		w.play(list)
		if bad := w.compare(w.chance(5)); len(bad) > 0 {
			w.fatal("%s", bad)
		}
		w.check()
		if w.chance(40) {
			w.note("reopen")
			w.reopen(w)
		}
	}
	if bad := w.compare(true); len(bad) > 0 {
		w.fatal("%s", bad)
	}
	w.check()
}

func (w *world) any(list []func(*world) *step) *step {
	return list[w.rng.IntN(len(list))](w)
}

// burst are steps that do not touch the same.
func (w *world) burst() []*step {
	var out []*step
	taken := map[*place]bool{}
	tree := map[*box]bool{}
	for range 8 {
		s := w.any(worldBurst)
		if s == nil || s.tree && tree[s.box] || slices.ContainsFunc(s.places, func(p *place) bool { return taken[p] }) {
			continue
		}
		for _, p := range s.places {
			taken[p] = true
		}
		tree[s.box] = tree[s.box] || s.tree
		out = append(out, s)
	}
	return out
}

// play makes the calls, all at once, and brings the model up to date. Where the
// server was killed meanwhile, it finds out which of them were done.
func (w *world) play(list []*step) {
	for _, s := range list {
		if s.want != 0 {
			s.text += ", which fails: " + s.want.Error()
		}
		w.note("%d: %s", len(list), s.text)
	}
	if w.arm != nil {
		w.arm()
	}
	var wg sync.WaitGroup
	for _, s := range list {
		wg.Go(func() { s.err = s.call() })
	}
	wg.Wait()
	var open []*step
	for _, s := range list {
		switch code := mapi.CodeOf(s.err); {
		case killed(s.err):
			open = append(open, s)
		case s.err == nil && s.want != 0, s.err != nil && (code != s.want || s.want == 0):
			w.fatal("%s: %v, want %v", s.text, s.err, s.want)
		case s.err == nil:
			for _, f := range s.apply {
				f()
			}
		}
	}
	if len(open) > 0 {
		w.reopen(w)
		w.settle(open)
	}
}

// killed says whether a call failed since the server is gone.
func killed(err error) bool { return err != nil && mapi.CodeOf(err) == mapi.NetworkError }

// settle finds out which of the steps were done that were under way when the
// server was killed: the store differs from the model in what those touched.
func (w *world) settle(open []*step) {
	for _, s := range open {
		if s.retry {
			switch err := s.call(); {
			case err != nil && s.want != 0 && mapi.CodeOf(err) == s.want:
			case err == nil, mapi.CodeOf(err) == mapi.NotFound, mapi.CodeOf(err) == mapi.AlreadyExists: // it was done
				for _, f := range s.apply {
					f()
				}
				s.apply = nil
			default:
				w.fatal("again: %s: %v", s.text, err)
			}
		}
	}
	for {
		bad := w.compare(false)
		if len(bad) == 0 {
			return
		}
		at := slices.IndexFunc(open, func(s *step) bool { return len(s.apply) > 0 && s.want == 0 && bad.about(s) })
		if at < 0 {
			w.fatal("after a crash with %d steps under way: %s", len(open), bad)
		}
		w.note("done before the crash: %s", open[at].text)
		open[at].apply[0]()
		open[at].apply = open[at].apply[1:]
	}
}

// worldEngine opens engines in process.
func worldEngine(t testing.TB, dir string) func(*world) {
	var e *store.Engine
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return func(w *world) {
		if e != nil {
			if err := e.Close(); err != nil {
				w.fatal("close store: %v", err)
			}
		}
		var err error
		if e, err = store.Open(t.Context(), dir, worldOptions()); err != nil {
			w.fatal("open store: %v", err)
		}
		if err := w.use(func(roles ...object.Role) object.Service { return e.As(store.Peer{Roles: roles, Name: "test"}) }); err != nil {
			w.fatal("log on: %v", err)
		}
	}
}

func worldOptions() store.Options {
	return store.Options{DefaultDomain: storetest.Domain, Settle: 20 * time.Millisecond, Hibernate: 50 * time.Millisecond}
}

// worldDir makes a data folder with anna and bert.
func worldDir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, worldOptions())
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	storetest.AddUser(t, e, "bert")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// worldStepsOf says how many steps a test makes.
func worldStepsOf(short, long int) int {
	if n, err := strconv.Atoi(os.Getenv(worldCount)); err == nil {
		return n
	}
	if os.Getenv("TWIGA_LONG") != "" {
		return long
	}
	if testing.Short() {
		return short / 4
	}
	return short
}

// TestWorld does random things to two mailboxes, one or several at a time, with
// the store closed and opened now and then, and compares all that can be seen
// with what should be there.
func TestWorld(t *testing.T) {
	w := newWorld(t, worldSeedOf(t), worldEngine(t, worldDir(t)))
	w.run(worldStepsOf(1000, 10_000))
}
