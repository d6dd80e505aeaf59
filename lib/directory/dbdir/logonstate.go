// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"

	"twiga/lib/directory"
)

// Policy implements directory.Directory.
func (d *DB) Policy() directory.Policy { return d.policy }

// LogonState implements directory.Directory.
func (d *DB) LogonState(ctx context.Context, name string) (directory.LogonState, error) {
	var out directory.LogonState
	u, err := d.User(ctx, name)
	if err != nil {
		return out, err
	}
	out.Failures, out.LockedUntil = d.lockouts.state(u.ID, &d.policy, d.now())
	out.PasswordExpires = d.policy.Expires(u.PasswordChanged)
	return out, nil
}

// Unlock implements directory.Directory.
func (d *DB) Unlock(ctx context.Context, name string) error {
	u, err := d.User(ctx, name)
	if err == nil {
		d.lockouts.clear(u.ID)
	}
	return err
}
