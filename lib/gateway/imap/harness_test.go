// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"log/slog"
	"os"
	"strings"
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

// userOf is the user of a script's client.
func userOf(who string) string {
	for _, user := range []string{"bert", "carl"} {
		if who == user[:1] {
			return user
		}
	}
	return "anna@example.test"
}

// run plays a script. Its lines are
//
//	1> COMMAND      client 1 sends a command; "⏎" is CRLF, «text» a literal;
//	                client a is anna as well, b is bert, c is carl
//	1< PATTERN      the next untagged response (see linestest.Match)
//	1<<             what untagged responses there are besides does not matter
//	1= PATTERN      the tagged response
//	# ...           a comment
func (r *rig) run(t *testing.T, script string) {
	t.Helper()
	clients := map[string]*imaptest.Client{}
	results := map[string]*imaptest.Result{}
	loose := map[string]bool{}
	settle := func(who string) {
		if res := results[who]; res != nil && !loose[who] && len(res.Untagged) > 0 {
			t.Fatalf("client %s: untagged responses that the script does not name: %q", who, res.Untagged)
		}
		loose[who] = false
	}
	for line := range strings.SplitSeq(script, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		who, what, text := line[:1], line[1], strings.TrimSpace(line[2:])
		switch {
		case what == '>':
			settle(who)
			if clients[who] == nil {
				clients[who] = r.clientOf(t, userOf(who))
			}
			results[who] = clients[who].Cmd("%s", literals(text))
		case what == '<' && text == "<":
			loose[who] = true
		case what == '<':
			r.untagged(t, who, results[who], strings.ReplaceAll(text, "⏎", "\r\n"), loose[who])
		case what == '=':
			if got := results[who].String(); !linestest.Match(text, got) {
				t.Fatalf("client %s: got %q, want %q (untagged %q)", who, got, text, results[who].Untagged)
			}
			settle(who)
			results[who] = nil
		default:
			t.Fatalf("bad line %q", line)
		}
	}
	for who := range results {
		settle(who)
	}
}

// literals spells the literals of a script's command.
func literals(text string) string {
	text = strings.ReplaceAll(text, "⏎", "\r\n")
	for {
		before, rest, ok := strings.Cut(text, "«")
		if !ok {
			return text
		}
		literal, after, _ := strings.Cut(rest, "»")
		text = fmt.Sprintf("%s{%d+}\r\n%s%s", before, len(literal), literal, after)
	}
}

// untagged takes the next untagged response, or any that matches if the order
// does not matter.
func (r *rig) untagged(t *testing.T, who string, res *imaptest.Result, pattern string, any bool) {
	t.Helper()
	for i, got := range res.Untagged {
		if linestest.Match(pattern, got) {
			res.Untagged = append(res.Untagged[:i:i], res.Untagged[i+1:]...)
			return
		}
		if !any {
			break
		}
	}
	t.Fatalf("client %s: got %q (%s), want %q", who, res.Untagged, res, pattern)
}

// eachStore runs a test on every implementation of the store.
func eachStore(t *testing.T, test func(t *testing.T, service object.Service)) {
	t.Run("memory", func(t *testing.T) { test(t, newMemStore()) })
	for name, open := range engines {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// newRaw gives a connection that is not logged in.
func newRaw(tb testing.TB, r *rig) *imaptest.Client {
	tb.Helper()
	c := imaptest.Dial(tb, "tcp", r.address)
	c.Expect("* OK ...")
	return c
}
