// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// serve runs the system until ctx ends.
func (o *options) serve(ctx context.Context, l layout) error {
	if err := l.make(); err != nil {
		return err
	}
	release, err := l.lock()
	if err != nil {
		return fmt.Errorf("%s: %w", l.dir, err)
	}
	defer release()
	if o.server {
		o.password = os.Getenv(passwordVariable)
		if err := os.Unsetenv(passwordVariable); err != nil {
			return err
		}
	}
	if err := writeJSON(l.path("run", "pid"), os.Getpid()); err != nil {
		return err
	}
	if err := l.checkPorts(ctx); err != nil {
		return err
	}
	if err := o.writeConfigs(l); err != nil {
		return err
	}
	s := newSupervisor(l, o.bin)
	defer s.stopAll()
	for _, name := range daemons {
		if err := s.start(ctx, name); err != nil {
			return err
		}
	}
	st, first, err := o.prepare(ctx, l, s)
	if err != nil {
		return err
	}
	publish := func() error {
		st.PIDs = s.pids()
		return writeJSON(l.path("run", "state.json"), st)
	}
	if err := publish(); err != nil {
		return err
	}
	defer func() { _ = os.Remove(l.path("run", "state.json")) }()
	if err := o.welcome(l, st, first); err != nil {
		return err
	}
	err = s.watch(ctx, publish)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// welcome tells whoever started the system in the foreground what there is.
func (o *options) welcome(l layout, st *state, first bool) error {
	if o.server {
		return nil
	}
	if first {
		fmt.Println("This is the first run in this folder: users were made, and a welcome mail was delivered.")
	}
	if err := o.print(l, st); err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "Ctrl-C ends it all; the mail is kept for the next run.")
	return nil
}

// prepare makes the users who are missing and, on the first run, delivers the welcome mail.
func (o *options) prepare(ctx context.Context, l layout, s *supervisor) (st *state, first bool, err error) {
	var users []user
	file := l.path("run", "users.json")
	if err := readJSON(file, &users); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	first = len(users) == 0
	if users, err = o.makeUsers(ctx, l, users); err != nil {
		return nil, false, err
	}
	if err := writeJSON(file, users); err != nil {
		return nil, false, err
	}
	if first && o.users == 0 {
		if err := welcome(l, users); err != nil {
			return nil, false, fmt.Errorf("deliver welcome mail: %w", err)
		}
	}
	return &state{
		LMTP: l.lmtp(), IMAP: l.imap(), IMAPS: l.imaps(), POP3: l.pop3(), POP3S: l.pop3s(), Socket: l.socket(),
		Bin: o.bin, Data: l.data(), Users: users,
	}, first, nil
}

// program is the path of a daemon or tool.
func program(bin, name string) string { return filepath.Join(bin, name) }
