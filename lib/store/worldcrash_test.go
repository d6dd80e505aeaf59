// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/store"
)

// worldCrashDir and worldCrashSocket tell the child what to serve, and where.
const (
	worldCrashDir    = "TWIGA_TEST_WORLD_CRASH_DIR"
	worldCrashSocket = "TWIGA_TEST_WORLD_CRASH_SOCKET"
)

// TestWorldCrashChild serves a data folder until it is killed, or its parent is
// gone; TestWorldCrash starts it.
func TestWorldCrashChild(t *testing.T) {
	dir := os.Getenv(worldCrashDir)
	if dir == "" {
		t.Skip("started by TestWorldCrash")
	}
	e, err := store.Open(t.Context(), dir, worldOptions())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", os.Getenv(worldCrashSocket))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	roles := []object.Role{object.RoleGateway, object.RoleAdmin, object.RoleDelivery, object.RoleSpool}
	server := rpc.NewServer(rpc.ServerOptions{Service: func(rpc.Peer) object.Service {
		return e.As(store.Peer{Roles: roles, Name: "test"})
	}})
	os.Stdout.WriteString("serving\n")
	t.Fatal(server.Serve(t.Context(), ln, rpc.Limits{}))
}

// worldChild is a store in a process of its own.
type worldChild struct {
	t       testing.TB
	dir     string
	sockets string
	started int
	killed  int // while a step was under way
	process *exec.Cmd
	client  *rpc.Client
	timer   *time.Timer
}

// open starts a process, after the end of the one before.
func (c *worldChild) open(w *world) {
	c.stop()
	c.started++
	socket := filepath.Join(c.sockets, fmt.Sprint(c.started))
	c.process = exec.Command(os.Args[0], "-test.run=^TestWorldCrashChild$")
	c.process.Env = append(os.Environ(), worldCrashDir+"="+c.dir, worldCrashSocket+"="+socket)
	out, err := c.process.StdoutPipe()
	if err == nil {
		_, err = c.process.StdinPipe()
	}
	if err == nil {
		err = c.process.Start()
	}
	if err != nil {
		w.fatal("start store: %v", err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "serving\n" {
		rest, _ := io.ReadAll(out)
		w.fatal("store says %q %s %v", line, rest, err)
	}
	if c.client, err = rpc.Dial(rpc.DialOptions{Socket: socket, Wait: 50 * time.Millisecond}); err != nil {
		w.fatal("%v", err)
	}
	if err := w.use(func(...object.Role) object.Service { return c.client }); err != nil {
		w.fatal("log on: %v", err)
	}
}

// stop kills the process and waits for its end.
func (c *worldChild) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.process != nil {
		_ = c.process.Process.Kill()
		_ = c.process.Wait()
		_ = c.client.Close()
		c.process = nil
	}
}

// arm has the process killed in a moment, now and then: mostly in the middle of
// the steps that come now, else while what is there is read. When it happens is
// not for the seed to say.
func (c *worldChild) arm() {
	if rand.IntN(8) > 0 {
		return
	}
	c.killed++
	process := c.process.Process
	c.timer = time.AfterFunc(time.Duration(rand.IntN([]int{1, 4, 4, 40}[rand.IntN(4)]*1000))*time.Microsecond, func() { _ = process.Kill() })
}

// TestWorldCrash is TestWorld on a store in another process that is killed again
// and again: what was acknowledged is there, what was under way is there as a
// whole or not at all.
func TestWorldCrash(t *testing.T) {
	c := &worldChild{t: t, dir: worldDir(t), sockets: t.TempDir()}
	t.Cleanup(c.stop)
	w := newWorld(t, worldSeedOf(t), c.open)
	w.arm = c.arm
	w.run(worldStepsOf(300, 5_000))
	t.Logf("killed %d times, started %d times", c.killed, c.started)
}
