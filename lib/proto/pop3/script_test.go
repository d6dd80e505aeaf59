// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"twiga/lib/proto/sasl"
)

// mails are what the scripts find: 40 and 11 octets, and 21 of awkward lines.
var mails = []string{
	"Subject: one\r\n\r\nfirst\r\nsecond\r\nthird\r\n\r\n",
	"Subject:2\r\n",
	"A: b\r\n\r\n.\r\n..two\r\nend",
}

// loginScript is how most scripts begin.
const loginScript = `
1< +OK POP3 server ready
1> USER u
1< +OK ...
1> PASS p
1< +OK 3 messages (72 octets)
`

// TestScripts plays testdata/scripts, each against a maildrop of its own.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("found %d scripts: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			play(t, plainConfig(newFakeBackend(mails...)), string(script))
		})
	}
}

// TestOctets has scripts that no file shows well.
func TestOctets(t *testing.T) {
	for name, script := range map[string]string{
		"spaces belong to the password": "1< +OK ...\n1> USER u\n1< +OK ...\n1> PASS p q \n1< +OK ...",
		"bytes that are no text":        "1< +OK ...\n1> USER \xff\n1< -ERR Argument is not UTF-8\n1> USER a\x00b\n1< -ERR Argument has a control character",
	} {
		t.Run(name, func(t *testing.T) { play(t, plainConfig(newFakeBackend(mails...)), script) })
	}
}

func TestBadCommandsEndTheConnection(t *testing.T) {
	cfg := plainConfig(newFakeBackend())
	cfg.Limits.Bad = 3
	play(t, cfg, `
		1< +OK ...
		1> a⏎b⏎NOOP⏎c⏎d⏎e⏎NOOP
		1< -ERR Unknown command
		1< -ERR Unknown command
		1< +OK Done
		1< -ERR Unknown command
		1< -ERR Unknown command
		1< -ERR Unknown command
		1< -ERR Too many bad commands
		1!`)
}

func TestGuessingEndsTheConnection(t *testing.T) {
	cfg := plainConfig(newFakeBackend())
	cfg.Limits.AuthFailures = 2
	play(t, cfg, `
		1< +OK ...
		1> USER u⏎PASS x⏎AUTH PLAIN AHUAeA==⏎NOOP
		1< +OK ...
		1< -ERR [AUTH] ...
		1< -ERR [AUTH] ...
		1< -ERR [AUTH] Too many failed logins
		1!`)
}

func TestLongLines(t *testing.T) {
	cfg := plainConfig(newFakeBackend(mails...))
	cfg.Limits.LineBeforeLogin, cfg.Limits.Line = 100, 50
	long := strings.Repeat("x", 20000)
	play(t, cfg, loginScript+"1> NOOP "+long+"⏎NOOP\n1< -ERR Command line is too long\n1< +OK Done")
	play(t, cfg, "1< +OK ...\n1> NOOP "+long+"\n1< -ERR Command line is too long")
}

func TestUpdate(t *testing.T) {
	const work = loginScript + `
		1> RETR 1⏎TOP 2 0⏎DELE 3
		1< +OK ...
		1< Subject: one
		1<
		1< first
		1< second
		1< third
		1<
		1< .
		1< +OK ...
		1< Subject:2
		1< .
		1< +OK ...
	`
	for name, row := range map[string]struct {
		end           string
		fail          error
		deleted, sent []int
	}{
		"quit":                 {end: "1> QUIT\n1< +OK Goodbye\n1!", deleted: []int{2}, sent: []int{0}},
		"reset":                {end: "1> RSET⏎QUIT\n1< +OK ...\n1< +OK Goodbye\n1!", sent: []int{0}},
		"quit with argument":   {end: "1> QUIT now\n1< -ERR ..."},
		"lost connection":      {},
		"failure inside":       {end: "1> QUIT\n1< -ERR [SYS/TEMP] Messages marked as deleted were not removed\n1!", fail: errors.New("disk")},
		"failure to be told":   {end: "1> QUIT\n1< -ERR [SYS/PERM] Messages marked as deleted were not removed\n1!", fail: ErrNoAccess},
		"failure of notes":     {end: "1> RSET⏎QUIT\n1< +OK ...\n1< +OK Goodbye\n1!", fail: errors.New("disk")},
		"pipelined behind end": {end: "1> QUIT⏎NOOP\n1< +OK Goodbye\n1!", deleted: []int{2}, sent: []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newFakeBackend(mails...)
			b.update = row.fail
			t.Run("session", func(t *testing.T) { play(t, plainConfig(b), work+row.end) })
			if !slices.Equal(b.deleted, row.deleted) || !slices.Equal(b.sent, row.sent) || b.closed != 1 || b.locked {
				t.Errorf("deleted %v, sent %v, closed %d, locked %t", b.deleted, b.sent, b.closed, b.locked)
			}
		})
	}
}

func TestMessagesThatCannotBeHad(t *testing.T) {
	b := newFakeBackend(append(mails, "torn")...)
	b.gone[0] = true
	const login = "1< +OK ...\n1> USER u\n1< +OK ...\n1> PASS p\n1< +OK ...\n"
	session := func(name, script string) {
		t.Run(name, func(t *testing.T) { play(t, plainConfig(b), login+script) })
	}
	session("gone", `
		1> RETR 1⏎RETR 2⏎TOP 1 0
		1< -ERR Message was removed by another session
		1< +OK ...
		1< Subject:2
		1< .
		1< -ERR Message was removed by another session
		1> STAT
		1< +OK 4 76`)
	b.fail = errors.New("no store")
	session("failed", `
		1> RETR 2⏎RETR 2⏎RETR 2
		1< +OK ...
		1< Subject:2
		1< .
		1< -ERR [SYS/TEMP] ...
		1< -ERR [SYS/TEMP] ...
		1> NOOP
		1< +OK ...`)
	b.fail = ErrSessionLost
	session("lost", `
		1> RETR 2⏎RETR 2
		1< +OK ...
		1< Subject:2
		1< .
		1< -ERR [SYS/TEMP] ...
		1< -ERR [SYS/TEMP] ...
		1!`)
	session("torn", "1> RETR 4\n1!")
}

func TestMechanisms(t *testing.T) {
	b := newFakeBackend(mails...)
	b.offers = sasl.Passwords | sasl.Proofs | sasl.Tokens
	for name, script := range map[string]string{
		"all of them": `
			1> AUTH
			1< +OK ...
			1< SCRAM-SHA-256
			1< OAUTHBEARER
			1< XOAUTH2
			1< PLAIN
			1< LOGIN
			1< .`,
		"scram": `
			1> AUTH SCRAM-SHA-256 biwsbj11LHI9dGhlaXJz
			1< + cj10aGVpcnNvdXJzLHM9YzJGc2RBPT0saT00MDk2
			1> Yz1iaXdzLHI9dGhlaXJzb3VycyxwPU1ERXlNelExTmpjNE9UQXhNak0wTlRZM09Ea3dNVEl6TkRVMk56ZzVNREU9
			1< + ...
			1>
			1< +OK 3 messages ...`,
		"token": `
			1> AUTH OAUTHBEARER bixhPXUsAWF1dGg9QmVhcmVyIGdvb2QBAQ==
			1< +OK 3 messages ...`,
		"wrong token": `
			1> AUTH XOAUTH2 dXNlcj11AWF1dGg9QmVhcmVyIGJhZAEB
			1< + ...
			1>
			1< -ERR [AUTH] ...`,
		"channel binding without TLS": `
			1> AUTH SCRAM-SHA-256-PLUS
			1< -ERR [AUTH] Passwords are taken under TLS only
			1> AUTH EXTERNAL =
			1< -ERR Authentication mechanism is not supported`,
	} {
		t.Run(name, func(t *testing.T) { play(t, plainConfig(b), "1< +OK ...\n"+script) })
	}
}
