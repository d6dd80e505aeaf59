// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// lossy is a store after whose first delivery something happens to the answer.
type lossy struct {
	object.Service
	lose func() error
}

type lossySession struct {
	object.Session
	of *lossy
}

func (l *lossy) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := l.Service.Logon(ctx, req)
	return lossySession{s, l}, err
}

func (s lossySession) Deliver(ctx context.Context, req object.DeliverRequest) (object.DeliverResponse, error) {
	resp, err := s.Session.Deliver(ctx, req)
	if lose := s.of.lose; lose != nil && err == nil {
		s.of.lose = nil
		return object.DeliverResponse{}, lose()
	}
	return resp, err
}

// TestLostAnswer: a message whose delivery was committed, but the answer is
// lost, is there once.
func TestLostAnswer(t *testing.T) {
	e := storetest.Open(t)
	lose := func() error { return fmt.Errorf("deliver: the connection broke: %w", mapi.NetworkError) }
	s := open(t, listen(t, "tcp", &lossy{asDelivery(e), lose}, settings())())
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "RCPT TO:<bert>", "DATA", "Subject: x", "", "y", ".")
	s.expect(250, 250, 250, 354, 250, 250)
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA", "Subject: x", "", "y", ".")
	s.expect(250, 250, 354, 250)
	if a, b := len(inbox(t, e, "anna")), len(inbox(t, e, "bert")); a != 2 || b != 1 {
		t.Errorf("%d and %d messages, want 2 and 1", a, b)
	}
}

// lostDir names the folder of the store in the child's environment, lostKill
// that it ends between the commit and the answer.
const (
	lostDir  = "TWIGA_TEST_LOST_DIR"
	lostKill = "TWIGA_TEST_LOST_KILL"
)

// TestLostAnswerChild is a store server; the test below starts it.
func TestLostAnswerChild(t *testing.T) {
	dir := os.Getenv(lostDir)
	if dir == "" {
		t.Skip("started by TestKilledStore")
	}
	e, err := store.Open(t.Context(), filepath.Join(dir, "store"), store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	service := &lossy{Service: asDelivery(e)}
	if os.Getenv(lostKill) != "" {
		service.lose = func() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	}
	socket := filepath.Join(dir, "socket")
	_ = os.Remove(socket)
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := rpc.NewServer(rpc.ServerOptions{Drain: 50 * time.Millisecond, Service: func(rpc.Peer) object.Service { return service }})
	ctx, cancel := context.WithCancel(quiet(t))
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln, rpc.Limits{}) }()
	os.Stdout.WriteString("ready\n")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent wants no more
	cancel()
	<-served
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

// startStore runs the child until stop.
func startStore(t *testing.T, dir string, kill bool) (cmd *exec.Cmd, stop io.Closer) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "-test.run=^TestLostAnswerChild$")
	cmd.Env = append(os.Environ(), lostDir+"="+dir)
	if kill {
		cmd.Env = append(cmd.Env, lostKill+"=1")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the store says %q, %v", line, err)
	}
	return cmd, in
}

// TestKilledStore: the store's process is killed between its commit and its
// answer, and started again; the message is there once.
func TestKilledStore(t *testing.T) {
	dir := t.TempDir()
	e, err := store.Open(t.Context(), filepath.Join(dir, "store"), store.Options{DefaultDomain: storetest.Domain})
	if err != nil {
		t.Fatal(err)
	}
	storetest.AddUser(t, e, "anna")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	first, _ := startStore(t, dir, true)
	client, err := rpc.Dial(rpc.DialOptions{Socket: filepath.Join(dir, "socket"), Wait: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := open(t, listen(t, "tcp", client, settings())())
	s.say("MAIL FROM:<>", "RCPT TO:<anna>", "DATA", "Subject: x", "", "y", ".")
	s.expect(250, 250, 354)
	if err := first.Wait(); err == nil {
		t.Fatal("the store was not killed")
	}
	second, stop := startStore(t, dir, false)
	s.expect(250)
	stop.Close()
	if err := second.Wait(); err != nil {
		t.Fatal(err)
	}
	e = storetest.OpenDir(t, filepath.Join(dir, "store"), store.Options{})
	if got := inbox(t, e, "anna"); len(got) != 1 {
		t.Errorf("%d messages, want 1", len(got))
	}
}
