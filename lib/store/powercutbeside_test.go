// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// crashAcks names the file in which the child of TestPowerCutBeside says what was
// acknowledged, crashRedo the size of its redo log.
const (
	crashAcks = "TWIGA_TEST_CRASH_ACKS"
	crashRedo = "TWIGA_TEST_CRASH_REDO"
)

// TestPowerCutChild does work whose syncs the parent serves, see TestPowerCutBeside. It
// says how to get hold of them, and goes on when it is told that they are served.
func TestPowerCutChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("started by TestPowerCutBeside")
	}
	listener, err := stopAtSyncs()
	fmt.Println(listener, err)
	if err != nil {
		return
	}
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	unix.Close(listener) // where the parent is gone no sync waits any more
	acks, err := os.OpenFile(os.Getenv(crashAcks), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.ParseInt(os.Getenv(crashCopy), 10, 64)
	redo, _ := strconv.ParseInt(os.Getenv(crashRedo), 10, 64)
	e, err := store.Open(t.Context(), dir, store.Options{DefaultDomain: storetest.Domain, Settle: time.Hour, Hibernate: time.Hour,
		FlagSync: -1, RedoLog: redo}.CheckpointAt(pages, 3*pages))
	if err != nil {
		t.Fatal(err)
	}
	base, _ := strconv.Atoi(os.Getenv(crashBase))
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() { crashWorker(t, e, base+w, acks) })
	}
	wg.Wait()
}

// TestPowerCutBeside takes the power from a process at work at any moment, in the middle
// of copies of logs and syncs of files, and with any of the blocks missing that the
// process has not seen synced: what was acknowledged is there exactly once, and the
// mailboxes are sound.
func TestPowerCutBeside(t *testing.T) {
	rounds, cuts := 2, 5
	if os.Getenv("TWIGA_LONG") != "" {
		rounds = 40
	}
	if testing.Short() {
		rounds, cuts = 1, 2
	}
	for _, c := range []struct {
		name string
		redo int64
	}{{"redo log", 1 << 20}, {"small redo log", 128 << 10}, {"own logs", -1}} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
			var copies, beside int64
			mixed := map[string]int{}
			for range rounds {
				p := startChild(t, c.redo, rng)
				for i := range cuts {
					p.cut(rng, i%2 == 0)
				}
				p.end()
				if t.Failed() {
					return
				}
				copies += p.disk.databases.Load()
				beside += p.disk.beside.Load()
				for name := range p.disk.mixed {
					mixed[name]++
				}
			}
			t.Logf("%d syncs of databases, %d others ended while one was under way; mixed %v", copies, beside, mixed)
			if copies < int64(5*rounds) || beside < int64(rounds) {
				t.Errorf("databases were synced %d times, and %d syncs ended beside, in %d rounds", copies, beside, rounds)
			}
			if mixed["mailbox.db"] < rounds {
				t.Errorf("in %d of %d rounds a cut found unsynced blocks of databases", mixed["mailbox.db"], rounds)
			}
		})
	}
}

// childAtWork is a TestPowerCutChild.
type childAtWork struct {
	t     *testing.T
	cmd   *exec.Cmd
	out   bytes.Buffer
	disk  *disk
	acks  string
	acked int // lines so far
}

func startChild(t *testing.T, redo int64, rng *rand.Rand) *childAtWork {
	t.Helper()
	dir := crashData(t)
	p := &childAtWork{t: t, acks: filepath.Join(t.TempDir(), "acks")}
	if err := os.WriteFile(p.acks, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0], "-test.run=^TestPowerCutChild$")
	p.cmd.Env = append(os.Environ(), crashDir+"="+dir, crashBase+"=1", crashCopy+"=40", crashAcks+"="+p.acks, crashRedo+"="+fmt.Sprint(redo))
	p.cmd.Stderr = &p.out
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	listener, problem, _ := strings.Cut(strings.TrimSpace(line), " ")
	fd, atoi := strconv.Atoi(listener)
	if err == nil && atoi == nil && problem == "<nil>" {
		p.disk, err = newDisk(t, p.cmd.Process.Pid, fd, dir, rng.Uint64())
	}
	if err != nil || p.disk == nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		t.Skipf("SKIPPED, the power cut beside writers is not tested: hold the syncs of a process: %q %v", line, err)
	}
	if _, err := fmt.Fprintln(stdin); err != nil {
		t.Fatal(err)
	}
	return p
}

// end kills the child.
func (p *childAtWork) end() {
	p.t.Helper()
	p.disk.hold.Store(false)
	p.cmd.Process.Kill()
	p.cmd.Wait()
	if err := p.disk.close(); err != nil {
		p.t.Error(err)
	}
	if p.t.Failed() {
		p.t.Logf("the child says: %s", p.out.Bytes())
	}
}

// cut lets the child work for a while and looks at what a power cut would leave then,
// where that is wanted while the disk is given the database of a mailbox.
func (p *childAtWork) cut(rng *rand.Rand, copying bool) {
	p.t.Helper()
	want := p.acked + 40 + rng.IntN(120)
	p.wait(fmt.Sprintf("%d acknowledgements", want), func() bool {
		p.acked = len(p.read())
		return p.acked >= want
	})
	if copying {
		p.disk.hold.Store(true)
		defer p.disk.hold.Store(false)
		p.wait("a sync of a database", func() bool { return p.disk.under.Load() > 0 })
	}
	<-time.After(time.Duration(rng.IntN(10_000)) * time.Microsecond)
	left := p.t.TempDir()
	err := p.disk.freeze(func() {
		if err := p.disk.cut(left); err != nil {
			p.t.Error(err)
			return
		}
		acked := newAcked()
		for _, line := range p.read() {
			what, number, _ := strings.Cut(line, " ")
			n, err := strconv.Atoi(number)
			if acked[what] == nil || err != nil {
				p.t.Errorf("child says %q", line)
				continue
			}
			acked[what][n] = true
		}
		crashVerify(p.t, left, acked)
	})
	if err != nil {
		p.t.Error(err)
	}
}

func (p *childAtWork) wait(what string, there func() bool) {
	p.t.Helper()
	for start := time.Now(); !there(); time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			p.end()
			p.t.Fatalf("no %s in a minute: the child says %s", what, p.out.Bytes())
		}
	}
}

// read gives the lines with what was acknowledged so far.
func (p *childAtWork) read() []string {
	p.t.Helper()
	b, err := os.ReadFile(p.acks)
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}
