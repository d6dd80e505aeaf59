// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// poll is how often files and processes are looked at while waiting.
const poll = 50 * time.Millisecond

// Waits that end in an error.
const (
	readyTimeout = 5 * time.Minute
	stopTimeout  = 2 * time.Minute
)

// detached starts the system as a process of its own, or finds it running,
// and prints where everything is when it is ready.
func (o *options) detached(ctx context.Context, l layout) error {
	if err := l.make(); err != nil {
		return err
	}
	exited := make(chan error, 1)
	if !l.running() {
		_ = os.Remove(l.path("run", "state.json"))
		cmd, err := o.startSelf(l)
		if err != nil {
			return err
		}
		go func() { exited <- cmd.Wait() }()
	}
	st, err := awaitState(ctx, l, exited)
	if err != nil {
		return err
	}
	return o.print(l, st)
}

func (o *options) startSelf(l layout) (*exec.Cmd, error) {
	out, err := os.OpenFile(l.log("run"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer func() { _ = out.Close() }()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "--serve", "--bin", o.bin, "--dir", o.dir, "--base-port", strconv.Itoa(o.base),
		"--users", strconv.Itoa(o.users), "--domain", o.domain, "--relay", o.relay)
	for _, s := range o.set {
		cmd.Args = append(cmd.Args, "--set", s)
	}
	cmd.Env = append(os.Environ(), passwordVariable+"="+o.password)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start in the background: %w", err)
	}
	return cmd, nil
}

// passwordVariable hands the password on to the detached process, so that it
// does not stand on a command line for the life of the system.
const passwordVariable = "TWIGA_TRYOUT_PASSWORD"

func awaitState(ctx context.Context, l layout, exited <-chan error) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		var st state
		err := readJSON(l.path("run", "state.json"), &st)
		if err == nil {
			return &st, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		select {
		case err := <-exited:
			return nil, fmt.Errorf("start the system: %w\n%s", cmp.Or(err, errEnded), tail(l.log("run"), 20))
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the system: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// print tells where everything is, as JSON or as a table.
func (o *options) print(l layout, st *state) error {
	if !o.json {
		return table(os.Stdout, l, st)
	}
	b, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(b))
	return err
}

// stop ends the system of the folder and waits until it is gone. One that
// does not run is no error.
func stop(ctx context.Context, l layout) error {
	if _, err := os.Stat(l.dir); errors.Is(err, fs.ErrNotExist) || !l.running() {
		fmt.Fprintln(os.Stderr, "run: nothing runs in", l.dir)
		return nil
	}
	var pid int
	if err := readJSON(l.path("run", "pid"), &pid); err != nil {
		return fmt.Errorf("find the process: %w", err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("end process %d: %w", pid, err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for l.running() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for process %d: %w", pid, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
