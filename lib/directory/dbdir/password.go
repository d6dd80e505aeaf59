// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
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

// Authenticate implements directory.Directory. Somebody unknown, without a
// password or disabled takes the time of a comparison too.
func (d *DB) Authenticate(ctx context.Context, name, password string) (directory.User, error) {
	failed := fmt.Errorf("authenticate %q: %w", name, mapi.LogonFailed)
	if len(password) > maxPassword {
		return directory.User{}, failed
	}
	u, hash, err := d.find("SELECT "+columns+" FROM account WHERE name = ?", d.fold(name))
	if err != nil && !errors.Is(err, mapi.NotFound) {
		return directory.User{}, err
	}
	known := err == nil && hash != ""
	if !known {
		hash = d.dummy
	}
	release, err := d.limit(ctx)
	if err != nil {
		return directory.User{}, fmt.Errorf("authenticate %q: %w", name, err)
	}
	ok := checkPassword(hash, password)
	release()
	if !ok || !known || u.Disabled {
		return directory.User{}, failed
	}
	return u, nil
}

// SetPassword implements directory.Directory; "" takes the password away.
func (d *DB) SetPassword(ctx context.Context, name, password string) error {
	hash, err := d.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.update(func(c *sqlite.Conn) error {
		err := c.Row(func(*sqlite.Rows) {}, "UPDATE account SET password = ? WHERE name = ? RETURNING 1", hash, d.fold(name))
		return missing(err, "set password", name)
	})
}

func (d *DB) hash(ctx context.Context, password string) (string, error) {
	if password == "" {
		return "", nil
	}
	if len(password) > maxPassword {
		return "", fmt.Errorf("set password: longer than %d bytes: %w", maxPassword, mapi.StringTooLong)
	}
	release, err := d.limit(ctx)
	if err != nil {
		return "", fmt.Errorf("set password: %w", err)
	}
	defer release()
	return hashPassword(password)
}
