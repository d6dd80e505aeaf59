// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/scram"
	"twiga/lib/sqlite"
)

// saltSize is the size of a salt in bytes.
const saltSize = 16

// startKeys reads what makes salts. Where no keys are to be kept, those that
// are there are forgotten.
func (d *DB) startKeys() error {
	if d.iterations == 0 {
		return d.w.Exec("DELETE FROM scram")
	}
	if d.iterations < scram.MinIterations || d.iterations > scram.MaxIterations {
		return fmt.Errorf("keep keys for scram: %d iterations, want %d to %d: %w", d.iterations, scram.MinIterations, scram.MaxIterations, mapi.InvalidParameter)
	}
	return d.w.Row(func(r *sqlite.Rows) { d.saltKey = slices.Clone(r.Bytes(0)) }, "SELECT value FROM secret WHERE name = 'scram'")
}

// salt is that of a folded name. It depends on nothing that a stranger could
// see change, so that who has keys cannot be told from who has not.
func (d *DB) salt(name string) []byte {
	h := hmac.New(sha256.New, d.saltKey)
	h.Write([]byte(name))
	return h.Sum(nil)[:saltSize]
}

// keyed remembers which passwords are known to have keys.
type keyed struct {
	mu  sync.Mutex // guards has
	has map[keyedPassword]struct{}
}

// keyedPassword is an account's password, by its hash, or an app password.
type keyedPassword struct {
	account   mapi.GUID
	hash, app string
}

func (k *keyed) known(p keyedPassword) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, ok := k.has[p]
	return ok
}

func (k *keyed) put(p keyedPassword) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.has == nil || len(k.has) >= accountsMax {
		k.has = map[keyedPassword]struct{}{}
	}
	k.has[p] = struct{}{}
}

// HasProofs implements directory.Proofs.
func (d *DB) HasProofs() bool { return d.iterations != 0 }

// keysOf makes the keys of a password or app password, nil where none are kept.
// All keys of an account have one salt, since a client is told it before it
// is known which password it has.
func (d *DB) keysOf(ctx context.Context, e *row, app, password string) (*scram.Keys, error) {
	if d.iterations == 0 || password == "" {
		return nil, nil
	}
	salt, iterations := d.salt(e.Name), d.iterations
	err := d.view(func(c *sqlite.Conn) error {
		rows, err := c.Query("SELECT salt, iterations FROM scram WHERE account = ? AND app <> ? LIMIT 1", e.ID[:], app)
		if err != nil {
			return err
		}
		for rows.Next() {
			salt, iterations = slices.Clone(rows.Bytes(0)), int(rows.Int(1))
		}
		return rows.Close()
	})
	if err != nil {
		return nil, err
	}
	release, err := d.limit(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	keys, err := scram.Derive(password, salt, iterations)
	return &keys, err
}

// keepKeys keeps the keys of a password or app password in place of the old
// ones; nil keeps none.
func (t *tx) keepKeys(e *row, app string, k *scram.Keys) error { return keepKeys(t.Conn, e, app, k) }

func keepKeys(c *sqlite.Conn, e *row, app string, k *scram.Keys) error {
	if k == nil {
		return c.Exec("DELETE FROM scram WHERE account = ? AND app = ?", e.ID[:], app)
	}
	return c.Exec("INSERT OR REPLACE INTO scram (account, app, salt, iterations, stored, server) VALUES (?, ?, ?, ?, ?, ?)",
		e.ID[:], app, k.Salt, k.Iterations, k.Stored[:], k.Server[:])
}

// learn makes the keys of a password that was right where there are none. It is
// no change of the directory, and nobody is kept out where it does not succeed.
func (d *DB) learn(ctx context.Context, e *row, app, password string) {
	if d.iterations == 0 {
		return
	}
	which := keyedPassword{account: e.ID, app: app}
	if app == "" {
		which.hash = e.hash
	}
	if d.keyed.known(which) {
		return
	}
	var n int64
	err := d.view(func(c *sqlite.Conn) (err error) {
		n, err = c.Int("SELECT count(*) FROM scram WHERE account = ? AND app = ?", e.ID[:], app)
		return err
	})
	if err != nil {
		return
	}
	if n == 0 {
		if keys, err := d.keysOf(ctx, e, app, password); err != nil || d.keep(e, which, keys) != nil {
			return
		}
	}
	d.keyed.put(which)
}

// keep writes keys unless the password has changed meanwhile.
func (d *DB) keep(e *row, which keyedPassword, keys *scram.Keys) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	return d.w.Update(func() error {
		n, err := d.w.Int("SELECT count(*) FROM account WHERE id = ? AND password = ?", e.ID[:], e.hash)
		if which.app != "" {
			n, err = d.w.Int("SELECT count(*) FROM app_password WHERE account = ? AND name = ?", e.ID[:], which.app)
		}
		if err != nil || n == 0 {
			return err
		}
		return keepKeys(d.w, e, which.app, keys)
	})
}

// Salt implements directory.Proofs. Users of all kinds are found by one query.
func (d *DB) Salt(_ context.Context, name string) (salt []byte, iterations int, err error) {
	name = d.fold(name)
	salt, iterations = d.salt(name), d.iterations
	err = d.view(func(c *sqlite.Conn) error {
		rows, err := c.Query("SELECT salt, iterations FROM scram WHERE account = (SELECT id FROM account WHERE name = ?) ORDER BY app LIMIT 1", name)
		if err != nil {
			return err
		}
		for rows.Next() {
			salt, iterations = slices.Clone(rows.Bytes(0)), int(rows.Int(1))
		}
		return rows.Close()
	})
	return salt, iterations, err
}

// AuthenticateProof implements directory.Proofs.
func (d *DB) AuthenticateProof(_ context.Context, name, service, message string, proof []byte) (u directory.User, app string, signature []byte, err error) {
	failed := fmt.Errorf("authenticate %q: %w", name, mapi.LogonFailed)
	e, err := d.account(name)
	if err != nil && mapi.CodeOf(err) != mapi.NotFound {
		return u, "", nil, err
	}
	allowed := err == nil && e.Kind.HasLogon() && !e.Disabled && (service == "" || !slices.Contains(e.NoServices, service))
	keys, apps, err := d.allKeys(&e)
	if err != nil {
		return u, "", nil, err
	}
	matched := -1
	if len(keys) == 0 { // takes its time as well
		var none scram.Keys
		none.Check(message, proof)
	}
	for i := range keys {
		if keys[i].Check(message, proof) {
			matched = i
		}
	}
	if !allowed || matched < 0 {
		return u, "", nil, failed
	}
	signature = keys[matched].Sign(message)
	if a := &apps[matched]; a.Name != "" {
		if !a.serves(service) {
			return u, "", nil, failed
		}
		d.used(&e, a)
		return e.User, a.Name, signature, nil
	}
	if d.lockouts.locked(e.ID, d.now()) {
		return u, "", nil, failed
	}
	d.lockouts.clear(e.ID)
	if expires := d.policy.Expires(e.PasswordChanged); !expires.IsZero() && d.now().After(expires) {
		return e.User, "", nil, fmt.Errorf("authenticate %q: %w", name, mapi.PasswordExpired)
	}
	return e.User, "", signature, nil
}

// allKeys are an account's keys and the app passwords that they belong to;
// without a name for the password itself. They are read in one moment.
func (d *DB) allKeys(e *row) (keys []scram.Keys, apps []appPassword, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		list, err := appPasswords(c, e)
		if err != nil {
			return err
		}
		rows, err := c.Query("SELECT app, stored, server FROM scram WHERE account = ?", e.ID[:])
		if err != nil {
			return err
		}
		for rows.Next() {
			var k scram.Keys
			name := rows.Text(0)
			copy(k.Stored[:], rows.Bytes(1))
			copy(k.Server[:], rows.Bytes(2))
			at := slices.IndexFunc(list, func(a appPassword) bool { return a.Name == name })
			switch {
			case name == "" && e.hash != "":
				keys, apps = append(keys, k), append(apps, appPassword{})
			case name != "" && at >= 0:
				keys, apps = append(keys, k), append(apps, list[at])
			}
		}
		return rows.Close()
	})
	return keys, apps, err
}

// shown is an app password as it was shown to the user.
func shown(password string) string {
	bare := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(password))
	var b strings.Builder
	for i := range len(bare) {
		if i > 0 && i%appGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(bare[i])
	}
	return b.String()
}
