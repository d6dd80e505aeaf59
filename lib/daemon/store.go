// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"fmt"
	"time"

	"twiga/lib/mapi/object"
	"twiga/lib/rpc"
	"twiga/lib/sysexits"
)

// storePing bounds the question of /healthz whether stored is there.
const storePing = 3 * time.Second

// StoreAccess holds the settings of the daemons that use stored. Embed it
// beside [Common].
type StoreAccess struct {
	StoreSocket string `key:"store_socket" default:"unix:/run/twiga/store.sock" doc:"Where stored listens: unix:/path."`
}

// Check implements the check of the configuration.
func (a *StoreAccess) Check() error {
	if _, err := storePath(a.StoreSocket); err != nil {
		return fmt.Errorf("key store_socket: %w", err)
	}
	return nil
}

// storePath is the path in an address of the form unix:/path.
func storePath(address string) (string, error) {
	a, err := ParseAddress(address)
	if err != nil {
		return "", err
	}
	if a.Network != "unix" {
		return "", fmt.Errorf("parse address %q: want unix:/path", address)
	}
	return a.Address, nil
}

// DialStored makes a client of stored, which need not be there: the client
// connects when it is first used, and again by itself whenever stored was away.
// /healthz shows whether it is there. Close the client when the daemon ends.
func (e *Env) DialStored(a StoreAccess) (*rpc.Client, error) {
	c, err := dialStore(a.StoreSocket, 0)
	if err != nil {
		return nil, sysexits.With(sysexits.Config, fmt.Errorf("key store_socket: %w", err))
	}
	e.Health("store", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, storePing)
		defer cancel()
		return c.Ping(ctx)
	})
	return c, nil
}

// StoreDialer is for command lines: it makes clients of the store at addresses
// of the form unix:/path, whose calls wait for a store that is away as long as
// wait.
func StoreDialer(wait time.Duration) func(address string) (object.Service, func() error, error) {
	return func(address string) (object.Service, func() error, error) {
		c, err := dialStore(address, wait)
		if err != nil {
			return nil, nil, err
		}
		return c, c.Close, nil
	}
}

// dialStore makes a client; no wait is the client's own.
func dialStore(address string, wait time.Duration) (*rpc.Client, error) {
	path, err := storePath(address)
	if err != nil {
		return nil, err
	}
	return rpc.Dial(rpc.DialOptions{Socket: path, Wait: wait})
}
