// SPDX-License-Identifier: AGPL-3.0-or-later

package directory

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"twiga/lib/mapi"
)

// Policy says what passwords must be like; the zero value wants nothing. App
// passwords are made by the server and stand apart from it.
type Policy struct {
	MinLength int           // characters
	Classes   int           // how many there must be of: small letters, capitals, digits, all else
	NotName   bool          // neither the login name nor a word of the full name is in it
	History   int           // so many passwords, the present one first, cannot be taken again
	MaxAge    time.Duration // after which it is expired
	Failures  int           // so many different wrong passwords lock a user out
	Lockout   time.Duration // for so long; they count for as long, too
}

// MaxHistory and MaxClasses are the most that a policy can want: each password
// of the history takes the time of a logon.
const (
	MaxHistory = 24
	MaxClasses = 4
)

// LogonState is what may keep a user from logging on with the right password.
type LogonState struct {
	Failures        int       // different wrong passwords that count
	LockedUntil     time.Time // zero: not locked out
	PasswordExpires time.Time // zero: never, or there is none; in the past: it is too old
}

// Expires is when a password that was set at a time is too old; zero: never.
func (p *Policy) Expires(set time.Time) time.Time {
	if p.MaxAge <= 0 || set.IsZero() {
		return time.Time{}
	}
	return set.Add(p.MaxAge)
}

// minNamePart is how long a part of a name must be to be looked for.
const minNamePart = 3

// Check says whether a user may take a password: mapi.BadValue, with the
// reason in words. History is not looked at.
func (p *Policy) Check(u *User, password string) error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("check password: "+format+": %w", append(args, mapi.BadValue)...)
	}
	if n := utf8.RuneCountInString(password); n < p.MinLength {
		return refuse("it has %d characters, at least %d are wanted", n, p.MinLength)
	}
	if n := classes(password); n < p.Classes {
		return refuse("it has %d kinds of characters, at least %d of small letters, capitals, digits and others are wanted", n, p.Classes)
	}
	if !p.NotName {
		return nil
	}
	lower := strings.ToLower(password)
	login, _, _ := strings.Cut(u.Name, "@")
	for _, part := range append(strings.Fields(strings.ToLower(u.FullName)), login) {
		if utf8.RuneCountInString(part) >= minNamePart && strings.Contains(lower, part) {
			return refuse("the user's name is in it")
		}
	}
	return nil
}

func classes(password string) int {
	var has [MaxClasses]int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			has[0] = 1
		case unicode.IsUpper(r):
			has[1] = 1
		case unicode.IsDigit(r):
			has[2] = 1
		default:
			has[3] = 1
		}
	}
	return has[0] + has[1] + has[2] + has[3]
}
