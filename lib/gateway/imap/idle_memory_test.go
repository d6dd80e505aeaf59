// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/lines/linestest"
)

// What an idle session may take in the gateway, heap and stack.
const (
	maxIdlePlain = 15 << 10
	maxIdleTLS   = 30 << 10
)

// idleRig is a gateway on the memory store, on an address without and on one
// under TLS.
func idleRig(t *testing.T) (plain, secure string) {
	t.Helper()
	cfg := linestest.NewAuthority(t).Server()
	gw := New(Config{Service: newMemStore()})
	t.Cleanup(gw.Close)
	server := proto.New(proto.Config{Backend: gw, PlainLogin: true, TLS: cfg, DecodeText: DecodeText})
	return linestest.Listen(t, server, nil), linestest.Listen(t, server, cfg)
}

// idle brings a connection into IDLE. What the client keeps for TLS is not
// kept: the connection is only held open.
func idle(address string, secure bool) (net.Conn, error) {
	nc, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	c := nc
	if secure {
		c = tls.Client(nc, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // our own certificate
	}
	if _, err = io.WriteString(c, "a LOGIN anna@example.test secret\r\nb SELECT INBOX\r\nc IDLE\r\n"); err != nil {
		return nc, err
	}
	for r := bufio.NewReaderSize(c, 1<<10); ; {
		line, err := r.ReadString('\n')
		if err != nil || strings.HasPrefix(line, "+ ") {
			return nc, err
		}
	}
}

// inUse is the memory in use.
func inUse() uint64 {
	for range 3 { // stacks shrink by half at a time
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// TestIdleMemory looks what a session takes that waits.
func TestIdleMemory(t *testing.T) {
	const sessions = 400
	plain, secure := idleRig(t)
	for _, tc := range []struct {
		name    string
		address string
		tls     bool
		most    uint64
	}{{"plain", plain, false, maxIdlePlain}, {"tls", secure, true, maxIdleTLS}} {
		t.Run(tc.name, func(t *testing.T) {
			var all []net.Conn
			open := func(n int) {
				for range n {
					c, err := idle(tc.address, tc.tls)
					must(t, "idle", err)
					t.Cleanup(func() { c.Close() })
					all = append(all, c)
				}
			}
			open(50) // what is made once
			before := inUse()
			open(sessions)
			each := (inUse() - before) / sessions
			t.Logf("%d bytes a session, the client's socket included", each)
			if each > tc.most {
				t.Errorf("a session takes %d bytes, more than %d", each, tc.most)
			}
			runtime.KeepAlive(all)
		})
	}
}

// TestHoldIdle holds TWIGA_IDLE sessions for TWIGA_IDLE_TIME, the clients in a
// process of their own, and looks at the resident memory of this one.
func TestHoldIdle(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("TWIGA_IDLE"))
	if n == 0 {
		t.Skip("TWIGA_IDLE is not set: make idle")
	}
	var limit syscall.Rlimit
	must(t, "look at the limit of open files", syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = uint64(n) + 50 // beside the sessions
	limit.Max = max(limit.Max, limit.Cur)
	must(t, "raise the limit of open files", syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	hold, err := time.ParseDuration(os.Getenv("TWIGA_IDLE_TIME"))
	must(t, "read TWIGA_IDLE_TIME", err)
	plain, secure := idleRig(t)
	for _, tc := range []struct {
		name, address string
		most          int
	}{{"plain", plain, maxIdlePlain}, {"tls", secure, maxIdleTLS}} {
		t.Run(tc.name, func(t *testing.T) {
			before := resident(t)
			cmd := exec.Command(os.Args[0], "-test.run", "^TestIdleClients$", "-test.timeout", "0")
			cmd.Env = append(os.Environ(), fmt.Sprintf("TWIGA_IDLE_AT=%s %s", tc.name, tc.address))
			in, err := cmd.StdinPipe()
			must(t, "make pipe", err)
			out, err := cmd.StdoutPipe()
			must(t, "make pipe", err)
			must(t, "start clients", cmd.Start())
			lines := bufio.NewScanner(out)
			if !lines.Scan() || lines.Text() != "all idle" {
				t.Fatalf("clients say %q", lines.Text())
			}
			most, end := 0, time.Now().Add(hold)
			for again := true; again; again = time.Now().Before(end) {
				<-time.After(min(5*time.Second, hold))
				debug.FreeOSMemory()
				most = max(most, (resident(t)-before)/n)
			}
			t.Logf("%d sessions for %s: %d bytes each of resident memory at most", n, hold, most)
			if most > tc.most {
				t.Errorf("a session takes %d bytes, more than %d", most, tc.most)
			}
			must(t, "end clients", in.Close())
			for lines.Scan() && lines.Text() != "all alive" {
			}
			must(t, "wait for clients", cmd.Wait())
		})
	}
}

// TestIdleClients is the process of the clients of TestHoldIdle.
func TestIdleClients(t *testing.T) {
	name, address, ok := strings.Cut(os.Getenv("TWIGA_IDLE_AT"), " ")
	if !ok {
		t.Skip("only for TestHoldIdle")
	}
	n, _ := strconv.Atoi(os.Getenv("TWIGA_IDLE"))
	var all []net.Conn
	for range n {
		c, err := idle(address, name == "tls")
		must(t, "idle", err)
		all = append(all, c)
	}
	fmt.Println("all idle")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range all { // nobody said anything, and nobody hung up
		must(t, "look", c.SetReadDeadline(time.Now().Add(time.Millisecond)))
		if _, err := c.Read(make([]byte, 1)); !os.IsTimeout(err) {
			t.Fatalf("a session ended: %v", err)
		}
		must(t, "close", c.Close())
	}
	fmt.Println("all alive")
}

// resident is the resident memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	must(t, "read statm", err)
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	must(t, "read statm", err)
	return pages * os.Getpagesize()
}
