// SPDX-License-Identifier: AGPL-3.0-or-later

// Command storectl checks, repairs, backs up and restores mailboxes, submits
// messages and shows what is in one.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"twiga/lib/admin/command"
	"twiga/lib/admin/storectl"
	"twiga/lib/daemon"
	"twiga/lib/mapi/object"
	"twiga/lib/store"
	"twiga/lib/sysexits"
)

const (
	name     = "twiga-storectl"
	patience = 2 * time.Second // with a stored that is away
)

func main() {
	reach := storectl.Reach{Dial: daemon.StoreDialer(patience), Open: open, Lock: lock}
	command.Main(storectl.Command(name, daemon.Version(), reach))
}

// open opens the files of a store that is there.
func open(ctx context.Context, dir string) (object.Service, func() error, error) {
	if err := exists(dir); err != nil {
		return nil, nil, err
	}
	e, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return nil, nil, err
	}
	return e.As(store.Peer{Roles: []object.Role{object.RoleAdmin}, Name: name, UID: os.Getuid()}), e.Close, nil
}

// lock keeps others from the files of a store that is there.
func lock(dir string) (func() error, error) {
	if err := exists(dir); err != nil {
		return nil, err
	}
	return store.Lock(dir)
}

func exists(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "directory.db")); err != nil {
		return sysexits.With(sysexits.NoInput, fmt.Errorf("open store: %w", err))
	}
	return nil
}
