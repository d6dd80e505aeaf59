// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// The parameters of new hashes (RFC 9106, argon2id); old ones keep theirs. The
// limits keep a damaged row from eating the memory.
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	saltLen     = 16
	hashLen     = 32
	maxHashing  = 2 // at once
	maxMemory   = 1 << 20
	maxTime     = 100
	maxPassword = 1024 // bytes

	giveBackAfter = time.Second
)

// hashPassword makes a hash in the PHC string format.
func hashPassword(password string) (string, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashLen)
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		enc.EncodeToString(salt), enc.EncodeToString(key)), nil
}

// checkPassword compares in constant time.
func checkPassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var m, t uint32
	var p uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m > maxMemory || t == 0 || t > maxTime || p == 0 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) == 0 {
		return false
	}
	return subtle.ConstantTimeCompare(argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(key))), key) == 1
}

// limit waits for one of the places to hash. A hash leaves all its memory to
// the garbage collector, which may keep it for minutes: it is given back when
// there was no other for a while.
func (d *DB) limit(ctx context.Context) (release func(), err error) {
	select {
	case d.hashing <- struct{}{}:
		return func() {
			d.giveBack.Reset(giveBackAfter)
			<-d.hashing
		}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// verify compares a password with a hash. What was right lately is known to be,
// where remember says that it may be asked: else it takes the time of a hash.
func (d *DB) verify(ctx context.Context, hash, password string, remember bool) (bool, error) {
	key := d.verified.key(hash, password)
	if remember && d.verified.has(key, d.now()) {
		return true, nil
	}
	release, err := d.limit(ctx)
	if err != nil {
		return false, err
	}
	ok := checkPassword(hash, password)
	release()
	if ok && remember {
		d.verified.put(key, d.now())
	}
	return ok, nil
}

// take gives the hash of a password that the user may take, "" for none.
func (d *DB) take(ctx context.Context, e *row, password string, before ...string) (string, error) {
	if password == "" {
		return "", nil
	}
	if len(password) > maxPassword {
		return "", fmt.Errorf("set password: longer than %d bytes: %w", maxPassword, mapi.StringTooLong)
	}
	if err := d.policy.Check(&e.User, password); err != nil {
		return "", err
	}
	for _, old := range before {
		used, err := d.verify(ctx, old, password, false)
		if err != nil {
			return "", fmt.Errorf("set password: %w", err)
		}
		if used {
			return "", fmt.Errorf("check password: it is one of the last %d: %w", d.policy.History, mapi.BadValue)
		}
	}
	release, err := d.limit(ctx)
	if err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	defer release()
	return hashPassword(password)
}

// SetPassword implements directory.Directory.
func (d *DB) SetPassword(ctx context.Context, name, password string) error {
	var e row
	var before []string
	err := d.view(func(c *sqlite.Conn) (err error) {
		if e, err = find(c, byName, d.fold(name), directory.Kind.HasMailbox); err == nil && d.policy.History > 0 {
			before, err = history(c, &e, d.policy.History)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	hash, err := d.take(ctx, &e, password, before...)
	if err != nil {
		return fmt.Errorf("set password of %q: %w", e.Name, err)
	}
	keys, err := d.keysOf(ctx, &e, "", password)
	if err != nil {
		return fmt.Errorf("set password of %q: %w", e.Name, err)
	}
	changed := int64(0)
	if hash != "" {
		changed = d.now().Unix()
	}
	err = d.update(func(t *tx) error {
		var old string
		err := t.Row(func(r *sqlite.Rows) { old = r.Text(0) }, "SELECT password FROM account WHERE id = ?", e.ID[:])
		if err != nil {
			return missing(err, "set password of", name)
		}
		if err := t.remember(&e, old); err != nil {
			return err
		}
		if err := t.Exec("UPDATE account SET password = ?, password_changed = ? WHERE id = ?", hash, changed, e.ID[:]); err != nil {
			return err
		}
		return t.keepKeys(&e, "", keys)
	})
	if err == nil {
		d.lockouts.clear(e.ID)
	}
	return err
}

// history gives the hashes of the present password and those before, n at most.
func history(c *sqlite.Conn, e *row, n int) (out []string, err error) {
	if e.hash != "" {
		out = append(out, e.hash)
	}
	rows, err := c.Query("SELECT password FROM old_password WHERE account = ? ORDER BY number DESC LIMIT ?", e.ID[:], n-len(out))
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		out = append(out, rows.Text(0))
	}
	return out, rows.Close()
}

// remember keeps a password that is replaced, as long as the policy wants it.
func (t *tx) remember(e *row, old string) error {
	if old != "" && t.d.policy.History > 1 {
		err := t.Exec("INSERT INTO old_password (account, number, password) VALUES (?, "+
			"(SELECT coalesce(max(number), 0) + 1 FROM old_password WHERE account = ?), ?)", e.ID[:], e.ID[:], old)
		if err != nil {
			return err
		}
	}
	return t.Exec("DELETE FROM old_password WHERE account = ? AND number <= "+
		"(SELECT max(number) FROM old_password WHERE account = ?) - ?", e.ID[:], e.ID[:], max(t.d.policy.History-1, 0))
}
