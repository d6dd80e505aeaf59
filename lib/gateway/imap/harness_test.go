// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"log/slog"
	"os"
	"testing"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
)

// rig is a gateway behind a listener.
type rig struct {
	gw      *Gateway
	server  *proto.Server
	address string
}

func newRig(tb testing.TB, service object.Service, change ...func(*Config)) *rig {
	tb.Helper()
	cfg := Config{Service: service}
	var logger *slog.Logger
	if os.Getenv("TWIGA_TEST_LOG") != "" {
		logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	cfg.Logger = logger
	for _, c := range change {
		c(&cfg)
	}
	return newRigOf(tb, cfg, proto.Config{PlainLogin: true, DecodeText: DecodeText, Logger: logger})
}

// newRigOf makes a rig whose engine has settings of its own.
func newRigOf(tb testing.TB, cfg Config, engine proto.Config) *rig {
	tb.Helper()
	r := &rig{gw: New(cfg)}
	engine.Backend = r.gw
	r.server = proto.New(engine)
	tb.Cleanup(r.gw.Close)
	r.address = linestest.Listen(tb, r.server, nil)
	return r
}

// client gives a connection that is logged in.
func (r *rig) client(tb testing.TB) *imaptest.Client {
	tb.Helper()
	return r.clientOf(tb, "anna@example.test")
}

// clientOf gives a connection that a user logged in on.
func (r *rig) clientOf(tb testing.TB, user string) *imaptest.Client {
	tb.Helper()
	c := imaptest.Dial(tb, "tcp", r.address)
	c.Login(user, "secret")
	return c
}

// run plays a script (testdata/imap/README.md). It knows bert as bob.
func (r *rig) run(t *testing.T, script string) {
	t.Helper()
	scripts, err := imaptest.ParseScripts("script", "== script\n"+script)
	must(t, "parse script", err)
	scripts[0].Play(t, imaptest.Peer{
		Name:    "twiga",
		Connect: func(tb testing.TB) *imaptest.Client { return imaptest.Dial(tb, "tcp", r.address) },
		Users: func(testing.TB, []string) map[string]imaptest.Account {
			return map[string]imaptest.Account{
				"anna": {User: "anna@example.test", Password: "secret"},
				"bob":  {User: "bert", Password: "secret"},
				"carl": {User: "carl", Password: "secret"},
			}
		},
	})
}

// eachStore runs a test on every implementation of the store.
func eachStore(t *testing.T, test func(t *testing.T, service object.Service)) {
	t.Run("memory", func(t *testing.T) { test(t, newMemStore()) })
	for name, open := range engines {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// annasMailbox logs anna on to the store, beside the gateway.
func annasMailbox(tb testing.TB, service object.Service) (object.Session, object.Store) {
	tb.Helper()
	s, err := service.Logon(tb.Context(), object.LogonRequest{Role: object.RoleUser, User: "anna", Password: "secret"})
	if err != nil {
		tb.Fatal(err)
	}
	st, err := s.GetStore(tb.Context(), object.GetStoreRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	return s, st
}

// letter is a message of 49 octets that a command of a script appends.
const letter = "«@{letter}»"

// spell gives the octets of a script's command.
func spell(command string) string { return imaptest.SpellCommand(command, nil) }

// newRaw gives a connection that is not logged in.
func newRaw(tb testing.TB, r *rig) *imaptest.Client {
	tb.Helper()
	c := imaptest.Dial(tb, "tcp", r.address)
	c.Expect("* OK ...")
	return c
}
