// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
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

// What stands in the child's environment: the data folder, the first number of a message,
// and the pages from which on logs are copied into their mailboxes.
const (
	crashDir  = "TWIGA_TEST_CRASH_DIR"
	crashBase = "TWIGA_TEST_CRASH_BASE"
	crashCopy = "TWIGA_TEST_CRASH_COPY"
)

// The child says on its output, a line each, what was acknowledged:
//
//	D n   message n was delivered to both mailboxes
//	S n   it was flagged as seen in anna's
//	M n   it was moved to anna's Drafts
//	X n   it was deleted from anna's
//
// A line "+..." says the same before it is begun, so that what was under way
// is known.

// TestCrashChild does work until it is killed; the parent below starts it.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("started by TestCrash")
	}
	o := store.Options{DefaultDomain: storetest.Domain, Settle: 20 * time.Millisecond, Hibernate: 50 * time.Millisecond}
	if pages, _ := strconv.ParseInt(os.Getenv(crashCopy), 10, 64); pages > 0 {
		o.Settle, o.Hibernate = time.Hour, time.Hour
		o = o.CheckpointAt(pages, 3*pages)
	}
	e, err := store.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := strconv.Atoi(os.Getenv(crashBase))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() { crashWorker(t, e, base+w, os.Stdout) })
	}
	wg.Wait()
}

// crashWorker does every fourth piece of work from n on.
func crashWorker(t *testing.T, e *store.Engine, n int, acks *os.File) {
	f := &fixture{t: t, e: e, anna: storetest.Logon(t, e, "anna")}
	f.st, _ = f.anna.GetStore(t.Context(), object.GetStoreRequest{})
	inbox, drafts := f.st.SpecialFolder(object.KindInbox), f.st.SpecialFolder(object.KindDrafts)
	bert := storetest.Logon(t, e, "bert").Whoami().Store
	d := storetest.As(t, e, object.RoleDelivery)
	rng := rand.New(rand.NewPCG(uint64(n), uint64(time.Now().UnixNano())))
	acked := func(what string, n int) { acks.WriteString(what + " " + strconv.Itoa(n) + "\n") }
	for ; ; n += 4 {
		m := text(strconv.Itoa(n))
		if rng.IntN(3) == 0 {
			data := bytes.Repeat([]byte(strconv.Itoa(n)), 2000)
			id, err := d.Upload(t.Context(), object.UploadRequest{Size: int64(len(data))}, bytes.NewReader(data))
			if err != nil {
				t.Error(err)
				return
			}
			m.Content = append(m.Content, object.Segment{Blob: id, Size: int64(len(data))})
		}
		r, err := d.Deliver(t.Context(), object.DeliverRequest{To: []object.DeliverTo{{Store: f.st.GUID}, {Store: bert}}, Message: m})
		if err != nil || r.Results[0].Code != 0 || r.Results[1].Code != 0 {
			t.Errorf("%v %+v", err, r)
			return
		}
		acked("D", n)
		uids := []mapi.UIDRange{{First: r.Results[0].Saved.UID, Last: r.Results[0].Saved.UID}}
		switch rng.IntN(4) {
		case 0:
			if _, err = f.anna.SetFlags(t.Context(), object.SetFlagsRequest{Folder: inbox, UIDs: uids, Mode: object.FlagsAdd, Flags: object.FlagSeen}); err == nil {
				acked("S", n)
			}
		case 1:
			if _, err = f.anna.Transfer(t.Context(), object.TransferRequest{Folder: inbox, ToFolder: drafts, UIDs: uids, Move: true}); err == nil {
				acked("M", n)
			}
		case 2:
			acked("+X", n)
			if _, err = f.anna.DeleteMessages(t.Context(), object.DeleteMessagesRequest{Folder: inbox, UIDs: uids, Soft: n%2 == 0}); err == nil {
				acked("X", n)
			}
		}
		if err != nil {
			t.Error(err)
			return
		}
	}
}

// TestCrash kills a process at work again and again: what was acknowledged is
// there exactly once, and the mailboxes are sound.
func TestCrash(t *testing.T) {
	rounds := 10
	if os.Getenv("TWIGA_LONG") != "" {
		rounds = 100
	}
	if testing.Short() {
		rounds = 2
	}
	for _, c := range []struct {
		name string
		copy int // pages from which on logs are copied into their mailboxes, which never rest
	}{{"mailboxes that rest", 0}, {"long logs", 40}} {
		t.Run(c.name, func(t *testing.T) {
			dir := crashData(t)
			acked := newAcked()
			copies := uint32(0)
			for round := range rounds {
				crashRound(t, dir, 1+round*1_000_000, c.copy, acked)
				copies += logsBegun(t, dir)
				crashVerify(t, dir, acked)
				if t.Failed() {
					t.Fatalf("in round %d", round)
				}
			}
			if c.copy > 0 && int(copies) < 4*rounds {
				t.Errorf("logs began anew %d times in %d rounds", copies, rounds)
			}
			t.Logf("%d deliveries acknowledged, logs began anew %d times", len(acked["D"]), copies)
		})
	}
}

// crashData is a data folder with the users anna and bert.
func crashData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
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

// newAcked is for what the child says.
func newAcked() map[string]map[int]bool {
	return map[string]map[int]bool{"D": {}, "S": {}, "M": {}, "X": {}, "+X": {}}
}

// logsBegun is how often the logs of mailboxes have begun anew since they were made,
// which they count in their header (sqlite.org/walformat.html).
func logsBegun(t *testing.T, dir string) (times uint32) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "mailboxes", "*", "mailbox.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range logs {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) >= 16 {
			times += binary.BigEndian.Uint32(b[12:])
		}
	}
	return times
}

// crashRound runs a child and kills it after a while.
func crashRound(t *testing.T, dir string, base, pages int, acked map[string]map[int]bool) {
	child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	child.Env = append(os.Environ(), crashDir+"="+dir, crashBase+"="+strconv.Itoa(base), crashCopy+"="+strconv.Itoa(pages))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	killed := make(chan struct{})
	var once sync.Once
	kill := func() { once.Do(func() { child.Process.Kill(); close(killed) }) }
	timer := time.AfterFunc(30*time.Second, kill) // where nothing comes
	defer timer.Stop()
	lines := bufio.NewScanner(out)
	after := 1 + rand.IntN(250)
	for n := 0; lines.Scan(); n++ {
		what, number, _ := strings.Cut(lines.Text(), " ")
		i, err := strconv.Atoi(number)
		if acked[what] == nil || err != nil {
			t.Errorf("child says %q", lines.Text())
			continue
		}
		acked[what][i] = true
		if n == after {
			go func() { time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond); kill() }()
		}
	}
	kill()
	child.Wait()
	<-killed
}

func crashVerify(t *testing.T, dir string, acked map[string]map[int]bool) {
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, user := range []string{"anna", "bert"} {
		f := &fixture{t: t, e: e, anna: storetest.Logon(t, e, user)}
		f.st, _ = f.anna.GetStore(t.Context(), object.GetStoreRequest{})
		f.store = f.st.GUID
		f.check()
		f.crashCompare(user == "anna", acked)
	}
}

func (f *fixture) crashCompare(changed bool, acked map[string]map[int]bool) {
	type found struct {
		times int
		seen  bool
		kind  object.FolderKind
	}
	have := map[int]found{}
	for _, kind := range []object.FolderKind{object.KindInbox, object.KindDrafts} {
		for b, err := range f.anna.Query(f.t.Context(), object.QueryRequest{Table: object.TableContents, Folder: f.st.SpecialFolder(kind),
			Columns: []mapi.PropTag{tag.Subject, tag.TwigaFlags}}) {
			if err != nil {
				f.t.Fatal(err)
			}
			n, _ := strconv.Atoi(b.Text(tag.Subject))
			have[n] = found{have[n].times + 1, object.Flags(b.Int(tag.TwigaFlags))&object.FlagSeen != 0, kind}
		}
	}
	for n, h := range have {
		if h.times != 1 {
			f.t.Errorf("message %d is there %d times", n, h.times)
		}
	}
	for n := range acked["D"] {
		h, there := have[n]
		switch {
		case !changed && !there, changed && !there && !acked["+X"][n]:
			f.t.Errorf("message %d is lost", n)
		case changed && acked["X"][n] && there:
			f.t.Errorf("message %d was deleted, but is there", n)
		case changed && acked["S"][n] && !h.seen:
			f.t.Errorf("message %d lost its flag", n)
		case changed && acked["M"][n] && h.kind != object.KindDrafts:
			f.t.Errorf("message %d was moved, but is in folder kind %d", n, h.kind)
		}
	}
}
