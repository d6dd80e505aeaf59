// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// daemons are started in this order and ended in the reverse of it.
var daemons = []string{"stored", "dagent", "spooler", "imapgw"}

// Limits of the supervisor.
const (
	daemonReady   = time.Minute      // a daemon has to be ready by then
	daemonStop    = 45 * time.Second // then it is killed
	restartDelay  = 500 * time.Millisecond
	restartsMost  = 100 // of one daemon within restartWindow: then the system ends
	restartWindow = 5 * time.Minute
)

// errEnded is the end of a process that found nothing wrong.
var errEnded = errors.New("it ended")

// process is one run of a daemon.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	err  error         // valid then
}

// supervisor starts daemons, starts again those that die, and ends them all.
type supervisor struct {
	l      layout
	bin    string
	died   chan *process
	spawns chan func()

	mu       sync.Mutex // guards running, stopping
	running  map[string]*process
	stopping bool
}

func newSupervisor(l layout, bin string) *supervisor {
	s := &supervisor{l: l, bin: bin, died: make(chan *process, len(daemons)), spawns: make(chan func()), running: map[string]*process{}}
	go s.spawner()
	return s
}

// timerSlack is what the units of the daemons say, in nanoseconds.
const timerSlack = 4e6

// spawner starts all processes from one thread that lives as long as this
// program: the kernel ends a child with Pdeathsig when the thread that made it ends.
func (s *supervisor) spawner() {
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, timerSlack, 0, 0, 0) // a help only
	for spawn := range s.spawns {
		spawn()
	}
}

// start starts a daemon and waits until it says that it is ready.
func (s *supervisor) start(ctx context.Context, name string) error {
	notify, path, err := s.notifySocket(name)
	if err != nil {
		return err
	}
	p, err := s.spawn(name, path)
	if err != nil {
		_ = notify.Close()
		return err
	}
	ready := make(chan struct{})
	go listenNotify(notify, ready)
	go func() { <-p.done; _ = notify.Close() }()
	timer := time.NewTimer(daemonReady)
	defer timer.Stop()
	select {
	case <-ready:
		return nil
	case <-timer.C:
		return fmt.Errorf("%s is not ready after %s\n%s", name, daemonReady, s.lastLines(name))
	case <-p.done:
		return fmt.Errorf("start %s: %w\n%s", name, cmp.Or(p.err, errEnded), s.lastLines(name))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// notifySocket is where the daemon tells that it is ready (sd_notify(3)).
func (s *supervisor) notifySocket(name string) (*net.UnixConn, string, error) {
	path := s.l.notify(name)
	_ = os.Remove(path)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, "", fmt.Errorf("listen for %s: %w", name, err)
	}
	return conn, path, nil
}

// listenNotify hears what a daemon has to say until the socket is closed, and
// closes ready when it says that it is.
func listenNotify(conn *net.UnixConn, ready chan<- struct{}) {
	buf := make([]byte, 4096)
	for told := false; ; {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		if !told && slices.Contains(strings.Split(string(buf[:n]), "\n"), "READY=1") {
			told = true
			close(ready)
		}
	}
}

func (s *supervisor) spawn(name, notify string) (*process, error) {
	out, err := os.OpenFile(s.l.log(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log of %s: %w", name, err)
	}
	defer func() { _ = out.Close() }()
	p := &process{name: name, cmd: exec.Command(program(s.bin, name), "--config", s.l.config(name)), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	started := make(chan error)
	s.spawns <- func() { started <- p.cmd.Start() }
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s.mu.Lock()
	s.running[name] = p
	s.mu.Unlock()
	go s.reap(p)
	return p, nil
}

func (s *supervisor) reap(p *process) {
	p.err = p.cmd.Wait()
	close(p.done)
	s.mu.Lock()
	stopping := s.stopping
	if s.running[p.name] == p {
		delete(s.running, p.name)
	}
	s.mu.Unlock()
	if !stopping {
		s.died <- p
	}
}

// watch starts daemons again that die, and reports them, until ctx ends.
func (s *supervisor) watch(ctx context.Context, publish func() error) error {
	starts := map[string][]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case p := <-s.died:
			fmt.Fprintf(os.Stderr, "%s died: %v. Its last lines:\n%s\n", p.name, p.err, s.lastLines(p.name))
			recent := slices.DeleteFunc(starts[p.name], func(t time.Time) bool { return time.Since(t) > restartWindow })
			if starts[p.name] = append(recent, time.Now()); len(recent) >= restartsMost {
				return fmt.Errorf("%s died %d times within %s: giving up", p.name, len(recent), restartWindow)
			}
			if err := s.restart(ctx, p.name); err != nil {
				return err
			}
			if err := publish(); err != nil {
				return err
			}
		}
	}
}

// restart starts a daemon that died. It may die again at once: watch counts that.
func (s *supervisor) restart(ctx context.Context, name string) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(restartDelay):
	}
	if err := s.start(ctx, name); err != nil && ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		return nil
	}
	fmt.Fprintf(os.Stderr, "%s runs again\n", name)
	return nil
}

// stopAll ends the daemons, the last started first, each before the next.
func (s *supervisor) stopAll() {
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
	for _, name := range slices.Backward(daemons) {
		s.mu.Lock()
		p := s.running[name]
		s.mu.Unlock()
		if p == nil {
			continue
		}
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.done:
		case <-time.After(daemonStop):
			fmt.Fprintf(os.Stderr, "%s does not end: killed\n", name)
			_ = p.cmd.Process.Kill()
			<-p.done
		}
		_ = os.Remove(s.l.notify(name))
		fmt.Fprintf(os.Stderr, "%s stopped\n", name)
	}
}

// pids are the processes of the system, this one under "run".
func (s *supervisor) pids() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]int{"run": os.Getpid()}
	for name, p := range s.running {
		out[name] = p.cmd.Process.Pid
	}
	return out
}

func (s *supervisor) lastLines(name string) string { return tail(s.l.log(name), 10) }

// tail is the last lines of a file, indented.
func tail(path string, n int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "  (" + errors.Unwrap(err).Error() + ": " + filepath.Base(path) + ")"
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-n):], "\n  ")
}
