// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// powerCut is a mailbox at work, what the disk has for certain, and what a client
// that follows all changes knows.
type powerCut struct {
	*fixture
	dir    string
	redo   bool   // commits wait for the log that mailboxes share, and not for their own
	log    []byte // of the mailbox, as the disk has it for certain
	db     []byte // of the mailbox, as the disk had it before the log was copied into it last
	copied int    // how often it was
	seen   mapi.Change
	flags  map[mapi.UID]object.Flags
	before map[mapi.UID][]object.Flags // that a message had since then
	rng    *rand.Rand
}

func (p *powerCut) dbPath(dir string) string {
	return filepath.Join(dir, "mailboxes", p.store.String(), "mailbox.db")
}

func (p *powerCut) logPath(dir string) string { return p.dbPath(dir) + "-wal" }

func (p *powerCut) read(path string) []byte {
	p.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// synced notes that the disk has everything.
func (p *powerCut) synced() {
	if p.before = map[mapi.UID][]object.Flags{}; p.log == nil || !p.redo {
		p.log = p.read(p.logPath(p.dir))
	}
}

// work does steps. Who copied the log into the database beside them has the disk take
// first the log and then the database. The log begins anew after that: its header is
// on the disk before anything else of it.
func (p *powerCut) work(steps int) {
	p.t.Helper()
	const header = 32
	for range steps {
		p.db = p.read(p.dbPath(p.dir))
		p.step()
		for start := time.Now(); p.e.Shortening(p.store); time.Sleep(time.Millisecond) {
			if time.Since(start) > time.Minute {
				p.t.Fatal("the log is copied for ever")
			}
		}
		copy(p.log[:header], p.read(p.logPath(p.dir)))
		if !bytes.Equal(p.db, p.read(p.dbPath(p.dir))) {
			p.copied++
			p.log = nil
			p.synced()
		}
	}
}

// step does something; one in four times it is no change of flags, and one in ten it
// changes those of all messages.
func (p *powerCut) step() {
	p.t.Helper()
	if p.rng.IntN(10) == 0 {
		p.flagAll(object.FlagsAdd+object.FlagMode(p.rng.IntN(2)), object.FlagSeen<<p.rng.IntN(4))
		return
	}
	if p.rng.IntN(4) == 0 {
		s := p.save(p.inbox, text("another"))[0]
		p.seen, p.flags[s.UID] = s.Change, 0
		p.synced()
		return
	}
	uid := mapi.UID(1 + p.rng.IntN(len(p.flags)))
	r, err := p.anna.SetFlags(p.t.Context(), object.SetFlagsRequest{Folder: p.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}},
		Mode: object.FlagsAdd + object.FlagMode(p.rng.IntN(2)), Flags: object.FlagSeen << p.rng.IntN(4)})
	if err != nil || len(r.Items) != 1 {
		p.t.Fatalf("set flags: %+v %v", r, err)
	}
	p.before[uid] = append(p.before[uid], p.flags[uid])
	p.flags[uid], p.seen = r.Items[0].Flags, max(p.seen, r.Change)
}

// flagAll changes the flags of all messages by one call.
func (p *powerCut) flagAll(mode object.FlagMode, flag object.Flags) {
	p.t.Helper()
	r, err := p.anna.SetFlags(p.t.Context(), object.SetFlagsRequest{Folder: p.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1<<32 - 1}},
		Mode: mode, Flags: flag, Brief: true})
	if err != nil {
		p.t.Fatalf("set flags of all: %v", err)
	}
	for uid, old := range p.flags {
		now := old | flag
		if mode == object.FlagsRemove {
			now = old &^ flag
		}
		p.before[uid] = append(p.before[uid], old)
		p.flags[uid] = now
	}
	p.seen = max(p.seen, r.Change)
}

// cut gives a copy of the data as a power cut might leave it: of what was written
// to the log since the disk had all, and to the database by who copied the log last,
// some blocks are there and others are not.
func (p *powerCut) cut() string {
	dir := p.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		p.t.Fatal(err)
	}
	for path, had := range map[string][]byte{p.logPath(dir): p.log, p.dbPath(dir): p.db} {
		left := p.mixed(p.read(path), had)
		if err := os.WriteFile(path, left[:max(len(had), p.rng.IntN(len(left)+1))], 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return dir
}

// mixed is a file of which the disk had something for certain.
func (p *powerCut) mixed(now, had []byte) []byte {
	if p.rng.IntN(2) == 0 { // in order, up to a byte somewhere
		at := len(had) - p.rng.IntN(len(had))
		copy(now[at:], had[at:])
		return now
	}
	const block = 4096
	for at := 0; at < len(had); at += block {
		if p.rng.IntN(3) == 0 {
			copy(now[at:min(at+block, len(now))], had[at:])
		}
	}
	return now
}

// verify looks at what a power cut left.
func (p *powerCut) verify(dir, boot string) {
	p.t.Helper()
	e := storetest.OpenDir(p.t, dir, store.Options{})
	e.Reboot(boot)
	f := newFixture(p.t, e)
	f.check()
	have := map[mapi.UID]object.Flags{}
	for _, c := range collect(p.t, f.anna.Changes(p.t.Context(), object.ChangesRequest{Folder: f.inbox})) {
		if c.Kind == object.ChangeUpsert {
			have[c.UID] = c.Flags
		}
	}
	client := map[mapi.UID]object.Flags{}
	for uid, now := range p.flags {
		client[uid] = now
		got, there := have[uid]
		ok := there && got == now
		for _, old := range p.before[uid] {
			ok = ok || there && got == old
		}
		if !ok {
			p.t.Errorf("message %d has flags %x (%t), want %x or one of %x", uid, got, there, now, p.before[uid])
		}
	}
	for _, c := range collect(p.t, f.anna.Changes(p.t.Context(), object.ChangesRequest{Folder: f.inbox, Since: p.seen})) {
		if c.Kind == object.ChangeUpsert {
			client[c.UID] = c.Flags
		}
	}
	for uid, flags := range have {
		if client[uid] != flags {
			p.t.Errorf("who follows the changes takes the flags of message %d for %x, they are %x", uid, client[uid], flags)
		}
	}
	r, err := f.anna.SetFlags(p.t.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1}},
		Mode: object.FlagsReplace, Flags: have[1] ^ object.FlagDraft})
	if err != nil || r.Change <= p.seen {
		p.t.Errorf("change %d is given after %d was: %v", r.Change, p.seen, err)
	}
	f.check()
	if err := e.Close(); err != nil {
		p.t.Error(err)
	}
}

func newPowerCut(t *testing.T, o store.Options) *powerCut {
	dir := t.TempDir()
	never := 1000 * time.Hour
	o.FlagSync, o.Settle, o.Hibernate = never, never, never
	e := storetest.OpenDir(t, dir, o)
	e.Reboot("one")
	storetest.AddUser(t, e, "anna")
	p := &powerCut{fixture: newFixture(t, e), dir: dir, redo: o.RedoLog > 0, flags: map[mapi.UID]object.Flags{}, rng: rand.New(rand.NewPCG(1, 2))}
	var list []object.NewMessage
	for i := range 40 {
		list = append(list, text(fmt.Sprint(i)))
	}
	for _, s := range p.save(p.inbox, list...) {
		p.flags[s.UID], p.seen = 0, s.Change
	}
	p.synced()
	// The first change of flags in a folder waits for the disk.
	r, err := p.anna.SetFlags(t.Context(), object.SetFlagsRequest{Folder: p.inbox, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}, Mode: object.FlagsAdd, Flags: object.FlagSeen})
	if err != nil {
		t.Fatal(err)
	}
	p.flags[1], p.seen = object.FlagSeen, r.Change
	p.synced()
	return p
}

// TestPowerCut takes the power away at random moments: what may be lost are flags
// since the last commit that waited for the disk, and no client is misled.
func TestPowerCut(t *testing.T) {
	for _, c := range []struct {
		name string
		opt  store.Options
		copy bool // the log is copied into the database now and then
	}{
		{"redo log", store.Options{RedoLog: 1 << 20}, false},
		{"own log", store.Options{RedoLog: -1}, false},
		{"redo log that is copied", store.Options{RedoLog: 1 << 20}.CheckpointAt(40, 1<<20), true},
		{"own log that is copied", store.Options{RedoLog: -1}.CheckpointAt(40, 1<<20), true},
		{"redo log that is copied before others write", store.Options{RedoLog: 1 << 20}.CheckpointAt(40, 40), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPowerCut(t, c.opt)
			if p.flagAll(object.FlagsAdd, object.FlagFlagged); !p.e.Unsynced(p.store) {
				t.Error("flags of all messages waited for the disk")
			}
			for i := range 25 {
				p.work(1 + p.rng.IntN(12))
				p.verify(p.cut(), fmt.Sprint("boot ", i))
				if t.Failed() {
					t.Fatalf("in round %d", i)
				}
			}
			if c.copy != (p.copied >= 5) {
				t.Errorf("the log was copied %d times", p.copied)
			}
		})
	}
}

// TestProcessEnds has all that was acknowledged after the end of the process
// alone, with the change numbers that it had.
func TestProcessEnds(t *testing.T) {
	p := newPowerCut(t, store.Options{RedoLog: 1 << 20}.CheckpointAt(40, 1<<20))
	if p.work(40); p.copied == 0 {
		t.Error("the log was never copied")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	p.before = nil
	p.verify(dir, "one")
}

// TestFlagSync has the flags on the disk soon, and nothing left of the reservation
// where the files were closed.
func TestFlagSync(t *testing.T) {
	for _, c := range []struct {
		name string
		sync time.Duration
	}{{"soon", time.Millisecond}, {"at once", -1}} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			e := storetest.OpenDir(t, dir, store.Options{FlagSync: c.sync})
			storetest.AddUser(t, e, "anna")
			f := newFixture(t, e)
			f.save(f.inbox, text("a"), text("b"))
			flag := func(f *fixture, uid mapi.UID, mode object.FlagMode) mapi.Change {
				r, err := f.anna.SetFlags(t.Context(), object.SetFlagsRequest{Folder: f.inbox, UIDs: []mapi.UIDRange{{First: uid, Last: uid}}, Mode: mode, Flags: object.FlagSeen})
				if err != nil {
					t.Fatal(err)
				}
				return r.Change
			}
			flag(f, 1, object.FlagsAdd)
			last := flag(f, 2, object.FlagsAdd)
			for start := time.Now(); e.Unsynced(f.store); time.Sleep(time.Millisecond) {
				if time.Since(start) > time.Minute {
					t.Fatal("the flags were not brought to the disk")
				}
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			e = storetest.OpenDir(t, dir, store.Options{})
			e.Reboot("another")
			f = newFixture(t, e)
			if next := flag(f, 1, object.FlagsRemove); next != last+1 {
				t.Errorf("change %d after %d", next, last)
			}
		})
	}
}
