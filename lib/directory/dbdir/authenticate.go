// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"fmt"
	"slices"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// Authenticate implements directory.Directory. Whoever is unknown, locked out,
// disabled, without a password or of a kind that does not log on takes the time
// of a hash as well as a wrong password does. App passwords go by neither age
// nor lockout: they are too long to be guessed, so that what keeps guessers out
// does not stop a user's devices.
func (d *DB) Authenticate(ctx context.Context, name, password, service string) (directory.User, string, error) {
	failed := fmt.Errorf("authenticate %q: %w", name, mapi.LogonFailed)
	if len(password) > maxPassword {
		return directory.User{}, "", failed
	}
	var app appPassword
	e, err := d.account(name)
	if err == nil && appHash(&e, password) != nil {
		err = d.view(func(c *sqlite.Conn) (err error) {
			app, err = findAppPassword(c, &e, password)
			return err
		})
	}
	if err != nil && mapi.CodeOf(err) != mapi.NotFound {
		return directory.User{}, "", err
	}
	allowed := err == nil && e.Kind.HasLogon() && !e.Disabled && (service == "" || !slices.Contains(e.NoServices, service))
	if allowed && app.serves(service) {
		d.used(&e, &app)
		d.learn(ctx, &e, app.Name, shown(password))
		return e.User, app.Name, nil
	}
	locked := d.lockouts.locked(e.ID, d.now())
	hash := e.hash
	if hash == "" {
		hash, allowed = d.dummy, false
	}
	ok, err := d.verify(ctx, hash, password, allowed && !locked)
	switch {
	case err != nil:
		return directory.User{}, "", fmt.Errorf("authenticate %q: %w", name, err)
	case allowed && !ok && !locked:
		d.lockouts.failed(e.ID, d.verified.key(hash, password), &d.policy, d.now())
		return directory.User{}, "", failed
	case !ok, !allowed, locked:
		return directory.User{}, "", failed
	}
	d.lockouts.clear(e.ID)
	d.learn(ctx, &e, "", password)
	if expires := d.policy.Expires(e.PasswordChanged); !expires.IsZero() && d.now().After(expires) {
		return e.User, "", fmt.Errorf("authenticate %q: %w", name, mapi.PasswordExpired)
	}
	return e.User, "", nil
}
