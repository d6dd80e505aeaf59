// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Peer is a server that plays scripts.
type Peer struct {
	// Name is what scripts call it in their notes.
	Name string
	// Connect makes a connection; the greeting is not read.
	Connect func(testing.TB) *Client
	// Users makes users with empty mailboxes for a script and tells how they
	// log in. The script calls them anna, bob and carl.
	Users func(tb testing.TB, names []string) map[string]Account
	// Foreign tells of a server of others: it is not to have every capability,
	// and its response codes of RFC 5530 are its own choice.
	Foreign bool
}

// RunFolder plays all scripts of a folder.
func RunFolder(t *testing.T, folder string, peer Peer) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", folder, err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		file := strings.TrimSuffix(filepath.Base(path), ".txt")
		scripts, err := ParseScripts(file, string(text))
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			for _, s := range scripts {
				t.Run(s.Name, func(t *testing.T) { s.Play(t, peer) })
			}
		})
	}
}

// Account is how a user logs in.
type Account struct{ User, Password string }

// player is a script being played.
type player struct {
	t        *testing.T
	s        *Script
	peer     Peer
	vars     Vars
	clients  map[string]*Client
	users    map[string]string // who a client logs in as, if not anna
	accounts map[string]Account
	runs     map[string]*run
}

// run is a command with its answer.
type run struct {
	res   *Result
	loose bool
	note  string // why the peer may answer otherwise
	other bool   // it did
}

// Play runs the script against a server. Every line that the server sends is
// checked against the grammar, too ([CheckResponse]).
func (s *Script) Play(t *testing.T, peer Peer) {
	t.Helper()
	if why := s.Apart[peer.Name]; why != "" {
		t.Skipf("not for %s: %s", peer.Name, why)
	}
	if s.Awaits && !peer.Foreign && os.Getenv("TWIGA_TEST_AWAITED") == "" {
		t.Skipf("awaited: %s", strings.Join(s.Needs, " "))
	}
	p := &player{t: t, s: s, peer: peer, vars: Vars{}, clients: map[string]*Client{}, users: map[string]string{}, runs: map[string]*run{}}
	p.accounts = peer.Users(t, s.users)
	for who, a := range p.accounts {
		p.vars[who] = a.User
	}
	p.need()
	for _, st := range s.steps {
		p.step(st)
	}
	for _, c := range p.clients {
		c.Close()
	}
}

// need skips the script on a server of others that lacks a capability.
func (p *player) need() {
	p.t.Helper()
	if len(p.s.Needs) == 0 {
		return
	}
	c := p.login("anna")
	defer c.Close()
	list := strings.Fields(strings.Join(c.OK("CAPABILITY"), " "))
	for _, want := range p.s.Needs {
		if slices.ContainsFunc(list, func(have string) bool { return have == want || strings.HasPrefix(have, want+"=") }) {
			continue
		}
		if p.peer.Foreign {
			p.t.Skipf("%s has no %s", p.peer.Name, want)
		}
		p.t.Fatalf("no capability %s among %q", want, list)
	}
}

func (p *player) login(who string) *Client {
	p.t.Helper()
	c := p.peer.Connect(p.t)
	c.Login(p.accounts[who].User, p.accounts[who].Password)
	return c
}

func (p *player) client(who string) *Client {
	p.t.Helper()
	if p.clients[who] == nil {
		p.clients[who] = p.login(cmp.Or(p.users[who], lettered[who], "anna"))
	}
	return p.clients[who]
}

func (p *player) fail(st step, format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s.txt:%d: client %s: %s", p.s.File, st.line, st.who, fmt.Sprintf(format, args...))
}

func (p *player) step(st step) {
	p.t.Helper()
	if st.kind == sends {
		p.send(st)
		return
	}
	r := p.runs[st.who]
	switch st.kind {
	case told:
		p.untagged(st, r)
	case loosely:
		r.loose = true
	case untold:
		if slices.ContainsFunc(r.res.Untagged, func(got string) bool { return p.match(st.text, got) }) {
			p.differ(st, r, "got %q, which must not come", r.res.Untagged)
		}
	case answered:
		p.tagged(st, r)
	default:
		if note := st.notes[p.peer.Name]; note != "" {
			p.t.Logf("%s.txt:%d: not for %s: %s", p.s.File, st.line, p.peer.Name, note)
			return
		}
		p.direct(st)
	}
}

func (p *player) match(pattern, line string) bool {
	return MatchResponse(spellFunctions(pattern, p.vars), line, p.vars)
}

func (p *player) send(st step) {
	p.t.Helper()
	c := p.client(st.who)
	res := c.Cmd("%s", SpellCommand(st.text, p.vars))
	p.runs[st.who] = &run{res: res, note: st.notes[p.peer.Name]}
	for _, line := range append(slices.Clone(res.Untagged), res.String()) {
		p.check(st, line)
	}
}

// check looks at the grammar of a line.
func (p *player) check(st step, line string) {
	p.t.Helper()
	if err := CheckResponse(line); err != nil {
		if !p.peer.Foreign {
			p.fail(st, "%v", err)
		}
		p.t.Logf("%s.txt:%d: %s: %v", p.s.File, st.line, p.peer.Name, err)
	}
}

// differ ends the script unless a note explains the difference.
func (p *player) differ(st step, r *run, format string, args ...any) {
	p.t.Helper()
	if r.note == "" {
		p.fail(st, format, args...)
	}
	r.other = true
}

// numbered tells of a response whose place among its like matters.
func numbered(line string) bool {
	return len(line) > 0 && line[0] >= '0' && line[0] <= '9' && !strings.HasSuffix(line, " RECENT")
}

// noise tells of a response that a server may send at any time.
func noise(line string) bool {
	return strings.HasSuffix(line, " RECENT") || strings.HasPrefix(line, "OK ") || strings.HasPrefix(line, "FLAGS ")
}

func (p *player) untagged(st step, r *run) {
	p.t.Helper()
	for i, got := range r.res.Untagged {
		if p.match(st.text, got) {
			r.res.Untagged = append(r.res.Untagged[:i:i], r.res.Untagged[i+1:]...)
			return
		}
		if !r.loose && numbered(got) && numbered(st.text) {
			break
		}
	}
	p.differ(st, r, "got %q (%s), want %q", r.res.Untagged, r.res, st.text)
}

func (p *player) tagged(st step, r *run) {
	p.t.Helper()
	if !p.match(st.text, r.res.String()) && !p.ownChoice(st, r) {
		p.differ(st, r, "got %q, want %q (untagged %q)", r.res, st.text, r.res.Untagged)
	}
	for _, line := range r.res.Untagged {
		if !r.loose && !noise(line) {
			p.differ(st, r, "untagged responses that the script does not name: %q", r.res.Untagged)
		}
	}
	if r.note != "" && !r.other {
		p.t.Errorf("%s.txt:%d: %s does not differ: %s", p.s.File, st.line, p.peer.Name, r.note)
	}
	delete(p.runs, st.who)
}

// ownChoice tells whether a server of others gives the status that is wanted
// with another code, or none, where RFC 5530 leaves the code to the server.
func (p *player) ownChoice(st step, r *run) bool {
	if !p.peer.Foreign {
		return false
	}
	status, code, ok := strings.Cut(st.text, " [")
	code, _, _ = strings.Cut(code, "]")
	return ok && status != "OK" && !strings.Contains(code, " ") && p.match(status, r.res.String())
}

// direct does what has to do with the connection as it is.
func (p *player) direct(st step) {
	p.t.Helper()
	if st.kind == does {
		p.do(st)
		return
	}
	c := p.client(st.who)
	if st.kind == raw {
		c.TrySend(SpellCommand(st.text, p.vars))
		return
	}
	for {
		line := c.ReadLine()
		start, rest, _ := strings.Cut(line, " ")
		if start != "+" {
			p.check(st, rest)
		}
		wantStart, want, _ := strings.Cut(st.text, " ")
		if start == wantStart && (start == "+" || p.match(want, rest)) {
			return
		}
		if st.kind == reads && !(start == "*" && noise(rest)) {
			p.fail(st, "got %q, want %q", line, st.text)
		}
	}
}

func (p *player) do(st step) {
	p.t.Helper()
	verb, arg, _ := strings.Cut(st.text, " ")
	switch verb {
	case "is": // the client logs in as another user
		p.users[st.who] = arg
	case "connect": // without a login
		p.clients[st.who] = p.peer.Connect(p.t)
	case "close":
		p.client(st.who).Close()
		delete(p.clients, st.who)
	case "half": // closes its own side only
		if err := p.client(st.who).CloseWrite(); err != nil {
			p.fail(st, "%v", err)
		}
	case "closed": // the server has closed the connection
		p.client(st.who).ExpectClosed()
		delete(p.clients, st.who)
	case "compress":
		p.client(st.who).Deflate()
	default:
		p.fail(st, "unknown verb %q", verb)
	}
}
