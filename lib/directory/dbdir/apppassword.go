// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/scram"
	"twiga/lib/sqlite"
)

// An app password is random: 20 of 32 characters, in groups for people. Its
// 100 bits make a slow hash needless, so that many of them cost nothing.
const (
	appAlphabet = "abcdefghijkmnpqrstuvwxyz23456789"
	appLength   = 20
	appGroup    = 4
	appMax      = 100 // of a user
	usedStep    = time.Hour
)

// appPassword is one with its hash.
type appPassword struct {
	directory.AppPassword
	hash []byte
}

// serves says whether it was found and is for the service. One that is bound
// to services does not serve who names none.
func (a *appPassword) serves(service string) bool {
	return a.Name != "" && (len(a.Services) == 0 || slices.Contains(a.Services, service))
}

// appHash is the hash of what may be an app password, however it was grouped.
func appHash(e *row, password string) []byte {
	bare := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(password))
	if len(bare) != appLength || strings.Trim(bare, appAlphabet) != "" {
		return nil
	}
	sum := sha256.Sum256(append(e.ID[:len(e.ID):len(e.ID)], bare...))
	return sum[:]
}

// findAppPassword finds the app password of a user; it has no name where there
// is none.
func findAppPassword(c *sqlite.Conn, e *row, password string) (found appPassword, err error) {
	hash := appHash(e, password)
	if hash == nil {
		return found, nil
	}
	list, err := appPasswords(c, e)
	for _, a := range list {
		if subtle.ConstantTimeCompare(a.hash, hash) == 1 {
			found = a
		}
	}
	return found, err
}

func appPasswords(c *sqlite.Conn, e *row) (out []appPassword, err error) {
	rows, err := c.Query("SELECT name, hash, services, created, used FROM app_password WHERE account = ? ORDER BY name", e.ID[:])
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		out = append(out, appPassword{directory.AppPassword{
			Name: rows.Text(0), Services: strings.Fields(rows.Text(2)), Created: moment(rows.Int(3)), Used: moment(rows.Int(4)),
		}, rows.Bytes(1)})
	}
	return out, rows.Close()
}

// used notes when an app password was used, once an hour. It is no change of
// the directory, and nobody is kept out where it cannot be written.
func (d *DB) used(e *row, a *appPassword) {
	hour := d.now().UTC().Truncate(usedStep)
	if !a.Used.Before(hour) {
		return
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	_ = d.w.Exec("UPDATE app_password SET used = ? WHERE account = ? AND name = ?", hour.Unix(), e.ID[:], a.Name)
}

// AddAppPassword implements directory.Directory.
func (d *DB) AddAppPassword(ctx context.Context, user, name string, services []string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxText || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '\ufffd' }) {
		return "", fmt.Errorf("add app password %q: %w", name, mapi.InvalidParameter)
	}
	for _, s := range services {
		if err := checkService(s); err != nil {
			return "", fmt.Errorf("add app password %q: %w", name, err)
		}
	}
	password := newAppPassword()
	owner, err := d.account(user)
	var keys *scram.Keys
	if err == nil {
		keys, err = d.keysOf(ctx, &owner, name, password)
	}
	if err != nil {
		return "", fmt.Errorf("add app password: %w", err)
	}
	err = d.update(func(t *tx) error {
		e, err := find(t.Conn, byName, d.fold(user), directory.Kind.HasMailbox)
		if err != nil {
			return err
		}
		if !e.Kind.HasLogon() {
			return fmt.Errorf("%s %q does not log on: %w", e.Kind, e.Name, mapi.InvalidObject)
		}
		list, err := appPasswords(t.Conn, &e)
		if err != nil {
			return err
		}
		if len(list) >= appMax {
			return fmt.Errorf("%q has %d: %w", e.Name, len(list), mapi.NotEnoughResources)
		}
		if slices.ContainsFunc(list, func(a appPassword) bool { return a.Name == name }) {
			return orExists(nil, "app password", name)
		}
		err = t.Exec("INSERT INTO app_password (account, name, hash, services, created, used) VALUES (?, ?, ?, ?, ?, 0)",
			e.ID[:], name, appHash(&e, password), strings.Join(services, " "), d.now().Unix())
		if err != nil {
			return err
		}
		return t.keepKeys(&e, name, keys)
	})
	if err != nil {
		return "", fmt.Errorf("add app password: %w", err)
	}
	return password, nil
}

func newAppPassword() string {
	var random [appLength]byte
	rand.Read(random[:]) // never fails
	var b strings.Builder
	for i, r := range random {
		if i > 0 && i%appGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(appAlphabet[int(r)%len(appAlphabet)]) // 256 is a multiple of 32
	}
	return b.String()
}

// AppPasswords implements directory.Directory.
func (d *DB) AppPasswords(_ context.Context, user string) (out []directory.AppPassword, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		e, err := find(c, byName, d.fold(user), directory.Kind.HasMailbox)
		if err != nil {
			return err
		}
		list, err := appPasswords(c, &e)
		for _, a := range list {
			out = append(out, a.AppPassword)
		}
		return err
	})
	return out, err
}

// RevokeAppPassword implements directory.Directory.
func (d *DB) RevokeAppPassword(_ context.Context, user, name string) error {
	return d.update(func(t *tx) error {
		e, err := find(t.Conn, byName, d.fold(user), directory.Kind.HasMailbox)
		if err != nil {
			return err
		}
		err = t.Row(func(*sqlite.Rows) {}, "DELETE FROM app_password WHERE account = ? AND name = ? RETURNING 1", e.ID[:], name)
		if err != nil {
			return missing(err, "revoke app password", name)
		}
		return t.Exec("DELETE FROM scram WHERE account = ? AND app = ?", e.ID[:], name)
	})
}
