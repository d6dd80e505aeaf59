// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/imap/wire"
	"twiga/lib/proto/lines"
	"twiga/lib/proto/lines/linestest"
	"twiga/lib/proto/sasl"
)

// fakeMessage is a message of the fake backend.
type fakeMessage struct {
	uid    uint32
	modSeq uint64
	flags  []string
	body   string
}

// fakeBackend has one mailbox, INBOX, and one user, "u" with password "p".
type fakeBackend struct {
	mu       sync.Mutex
	messages []fakeMessage
	uidNext  uint32
	modSeq   uint64
	conns    []*Conn
	closed   int
	names    []string
	// beforeAppend, if set, runs before the message is read.
	beforeAppend func() error
}

func newFakeBackend(bodies ...string) *fakeBackend {
	b := &fakeBackend{uidNext: 1, modSeq: 10, names: []string{"INBOX", "Sent Items", "Über/Tag"}}
	for _, body := range bodies {
		b.add(body, nil)
	}
	return b
}

func (b *fakeBackend) add(body string, flags []string) uint32 {
	b.modSeq++
	b.messages = append(b.messages, fakeMessage{b.uidNext, b.modSeq, once(flags), body})
	b.uidNext++
	return b.uidNext - 1
}

// deliver adds a message as another session would.
func (b *fakeBackend) deliver(body string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(body, nil)
	for _, c := range b.conns {
		c.Notify()
	}
}

// remove expunges a message as another session would.
func (b *fakeBackend) remove(uid uint32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = slices.DeleteFunc(b.messages, func(m fakeMessage) bool { return m.uid == uid })
	for _, c := range b.conns {
		c.Notify()
	}
}

func (b *fakeBackend) NewSession(_ context.Context, c *Conn) (Session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns = append(b.conns, c)
	return &fakeSession{b: b}, nil
}

type fakeSession struct {
	sasl.Authenticator
	b         *fakeBackend
	view      []uint32 // UIDs the client knows, by sequence number
	selected  string
	condStore bool
}

func (s *fakeSession) Close() {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.closed++
}

func (s *fakeSession) Offers() sasl.Kinds { return sasl.Passwords }

func (s *fakeSession) Password(_ context.Context, cred sasl.Password) error {
	if cred.User == "panic" {
		panic("as told")
	}
	if cred.User != "u" || cred.Password != "p" {
		return fmt.Errorf("check password: %w", ErrAuthenticationFailed)
	}
	return nil
}

func (s *fakeSession) Enable(_ context.Context, w *ResponseWriter, f Feature) error {
	s.condStore = s.condStore || f == FeatureCondStore
	if s.view != nil {
		return w.HighestModSeq(s.b.modSeq)
	}
	return nil
}

func (s *fakeSession) Namespace(context.Context) (*NamespaceData, error) {
	return &NamespaceData{
		Personal: []Namespace{{Delim: '/'}},
		Shared:   []Namespace{{Prefix: "Öffentlich/", Delim: '/'}, {Prefix: "flat"}},
	}, nil
}

func (s *fakeSession) List(_ context.Context, o *ListOptions, emit func(*ListData) error) error {
	for _, name := range s.b.names {
		if o.SelectSpecialUse && name != "Sent Items" {
			continue
		}
		d := ListData{Delim: '/', Mailbox: name}
		if o.ReturnChildren {
			d.Attrs = append(d.Attrs, AttrHasNoChildren)
		}
		if o.ReturnSpecialUse && name == "Sent Items" {
			d.Attrs = append(d.Attrs, AttrSent)
		}
		for _, p := range o.Patterns {
			if MatchMailbox(o.Ref+p, name, '/') {
				if err := emit(&d); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

func (s *fakeSession) exists(mailbox string) error {
	if !slices.Contains(s.b.names, mailbox) {
		return ErrNoSuchMailbox
	}
	return nil
}

func (s *fakeSession) Status(_ context.Context, mailbox string, _ StatusItems) (*StatusData, error) {
	return &StatusData{Messages: uint32(len(s.b.messages)), UIDNext: s.b.uidNext, UIDValidity: 7,
		Unseen: 1, HighestModSeq: s.b.modSeq}, s.exists(mailbox)
}

func (s *fakeSession) Create(_ context.Context, mailbox string, _ *CreateOptions) (*CreateData, error) {
	if s.exists(mailbox) == nil {
		return nil, ErrMailboxExists
	}
	s.b.names = append(s.b.names, mailbox)
	return &CreateData{}, nil
}

func (s *fakeSession) Delete(_ context.Context, mailbox string) (bool, error) {
	return s.selected == mailbox, s.exists(mailbox)
}

func (s *fakeSession) Rename(_ context.Context, from, _ string) (bool, error) {
	return s.selected == from, s.exists(from)
}

func (s *fakeSession) Subscribe(_ context.Context, mailbox string, _ bool) error {
	if mailbox == "broken" {
		return errors.New("no such luck")
	}
	return s.exists(mailbox)
}

func (s *fakeSession) Append(_ context.Context, mailbox string, in *AppendInput) (*AppendData, error) {
	if s.exists(mailbox) != nil {
		return nil, ErrTryCreate
	}
	if f := s.b.beforeAppend; f != nil {
		if err := f(); err != nil {
			return nil, err
		}
	}
	messages, err := s.take(in)
	if err != nil {
		return nil, fmt.Errorf("read messages: %w", err)
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	d := &AppendData{UIDValidity: 7}
	for _, m := range messages {
		d.UIDs.Add(s.b.add(m.body, m.flags))
	}
	return d, nil
}

// take reads messages as a session has to.
func (s *fakeSession) take(in *AppendInput) (out []fakeMessage, err error) {
	for {
		m, err := in.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		next := fakeMessage{flags: m.Flags}
		for {
			p, err := m.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
			if p.URL != nil {
				old := s.find(p.URL.UID)
				if old == nil {
					return nil, BadURL(p.URL.Text, "No such message")
				}
				next.body += old.body
				continue
			}
			body, err := io.ReadAll(p.Body)
			if err != nil {
				return nil, err
			}
			next.body += string(body)
		}
		out = append(out, next)
	}
}

func (s *fakeSession) Replace(ctx context.Context, w *ResponseWriter, set NumSet, byUID bool, mailbox string, in *AppendInput) error {
	var old uint32
	s.each(set, byUID, func(_ uint32, m *fakeMessage) error { old = m.uid; return nil })
	if old == 0 {
		return No(CodeNonExistent, "No such message")
	}
	d, err := s.Append(ctx, mailbox, in)
	if err != nil {
		return err
	}
	s.b.remove(old)
	if err := w.AppendUID(d); err != nil {
		return err
	}
	return s.Poll(ctx, w, true)
}

func (s *fakeSession) Select(_ context.Context, mailbox string, o *SelectOptions) (*SelectData, error) {
	if err := s.exists(mailbox); err != nil {
		return nil, err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.view, s.selected = []uint32{}, mailbox
	for _, m := range s.b.messages {
		s.view = append(s.view, m.uid)
	}
	return &SelectData{
		Flags: []string{FlagSeen, FlagDeleted}, PermanentFlags: []string{FlagSeen, FlagWildcard},
		Exists: uint32(len(s.view)), FirstUnseen: 1, UIDValidity: 7, UIDNext: s.b.uidNext,
		HighestModSeq: s.b.modSeq, ReadOnly: o.ReadOnly,
	}, nil
}

func (s *fakeSession) Resync(_ context.Context, w *ResponseWriter, known *QResync) error {
	return w.VanishedEarlier(known.Known)
}

func (s *fakeSession) HighestModSeq() uint64 { return s.b.modSeq }

func (s *fakeSession) Unselect(context.Context, bool) error { s.view, s.selected = nil, ""; return nil }

func (s *fakeSession) Poll(_ context.Context, w *ResponseWriter, allowExpunge bool) error {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	if allowExpunge {
		for i := len(s.view) - 1; i >= 0; i-- {
			if s.find(s.view[i]) == nil {
				w.Expunged([]Gone{{Seq: uint32(i + 1), UID: s.view[i]}})
				s.view = slices.Delete(s.view, i, i+1)
			}
		}
	}
	last := uint32(0)
	if len(s.view) > 0 {
		last = s.view[len(s.view)-1]
	}
	grown := false
	for _, m := range s.b.messages {
		if m.uid > last {
			s.view = append(s.view, m.uid)
			grown = true
		}
	}
	if grown {
		return w.Exists(uint32(len(s.view)))
	}
	return nil
}

func (s *fakeSession) find(uid uint32) *fakeMessage {
	for i := range s.b.messages {
		if s.b.messages[i].uid == uid {
			return &s.b.messages[i]
		}
	}
	return nil
}

// each calls f for the messages of a set.
func (s *fakeSession) each(set NumSet, byUID bool, f func(seq uint32, m *fakeMessage) error) error {
	last := uint32(len(s.view))
	if byUID {
		last = s.b.uidNext - 1
	}
	set = set.Resolve(last)
	for i, uid := range s.view {
		n := uint32(i + 1)
		if byUID {
			n = uid
		}
		if m := s.find(uid); m != nil && set.Contains(n) {
			if err := f(uint32(i+1), m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *fakeSession) Expunge(_ context.Context, w *ResponseWriter, uids NumSet) error {
	var gone []uint32
	all := NumSet{{Start: 1, Stop: wire.Star}}
	if uids != nil {
		all = uids
	}
	s.each(all, true, func(_ uint32, m *fakeMessage) error {
		if slices.Contains(m.flags, FlagDeleted) {
			gone = append(gone, m.uid)
		}
		return nil
	})
	for _, uid := range gone {
		s.b.remove(uid)
	}
	return s.Poll(context.Background(), w, true)
}

func (s *fakeSession) Search(_ context.Context, q *SearchQuery) (*SearchResult, error) {
	r := &SearchResult{ModSeq: s.b.modSeq}
	if q.Key.Op == SearchFlag {
		return r, nil
	}
	all := NumSet{{Start: 1, Stop: wire.Star}}
	s.each(all, true, func(seq uint32, m *fakeMessage) error {
		n := seq
		if q.ByUID {
			n = m.uid
		}
		r.Nums = append(r.Nums, n)
		return nil
	})
	return r, nil
}

func (s *fakeSession) Fetch(_ context.Context, w *ResponseWriter, set NumSet, o *FetchOptions) error {
	return s.each(set, o.ByUID, func(seq uint32, m *fakeMessage) error {
		b := w.AppendFetch(w.Begin(), seq, m.uid)
		b = append(b, "UID "...)
		b = wire.AppendUint(b, uint64(m.uid))
		if o.Items.Has(FetchFlags) {
			b = append(b, " FLAGS "...)
			b = wire.AppendFlags(b, m.flags)
		}
		if o.Items.Has(FetchModSeq) {
			b = AppendModSeq(append(b, ' '), m.modSeq)
		}
		if err := w.End(b); err != nil {
			return err
		}
		for i := range o.Sections {
			sec := &o.Sections[i]
			from, n := sec.Slice(int64(len(m.body)))
			w.End(append(append(append(w.Begin(), ' '), sec.Label...), ' '))
			var err error
			if sec.Kind == SectionBinarySize {
				err = w.End(wire.AppendUint(w.Begin(), uint64(n)))
			} else if sec.Peek {
				err = w.LiteralBytes([]byte(m.body[from : from+n]))
			} else {
				err = w.Literal(strings.NewReader(m.body[from:from+n]), n)
			}
			if err != nil {
				return err
			}
		}
		return w.End(append(w.Begin(), ")\r\n"...))
	})
}

func (s *fakeSession) Store(_ context.Context, w *ResponseWriter, set NumSet, o *StoreOptions) (NumSet, error) {
	var modified NumSet
	err := s.each(set, o.ByUID, func(seq uint32, m *fakeMessage) error {
		if o.HasUnchangedSince && m.modSeq > o.UnchangedSince {
			modified.Add(m.uid)
			return nil
		}
		m.flags = once(o.Flags)
		b := append(w.AppendFetch(w.Begin(), seq, m.uid), "FLAGS "...)
		return w.End(append(wire.AppendFlags(b, m.flags), ")\r\n"...))
	})
	return modified, err
}

func (s *fakeSession) Copy(_ context.Context, set NumSet, byUID bool, mailbox string) (*CopyData, error) {
	if s.exists(mailbox) != nil {
		return nil, ErrTryCreate
	}
	d := &CopyData{UIDValidity: 8}
	s.each(set, byUID, func(_ uint32, m *fakeMessage) error {
		d.Source.Add(m.uid)
		d.Dest.Add(m.uid + 100)
		return nil
	})
	return d, nil
}

func (s *fakeSession) Move(ctx context.Context, w *ResponseWriter, set NumSet, byUID bool, mailbox string) error {
	d, err := s.Copy(ctx, set, byUID, mailbox)
	if err != nil {
		return err
	}
	w.CopyUID(d)
	for uid := range d.Source.All() {
		s.b.remove(uid)
	}
	return s.Poll(ctx, w, true)
}

// startServer serves cfg until the end of the test, which checks that every
// session was closed.
func startServer(t testing.TB, cfg Config) *Server {
	t.Helper()
	s := New(cfg)
	t.Cleanup(func() {
		linestest.Shutdown(t, s)
		if b, ok := cfg.Backend.(*fakeBackend); ok && b.closed != len(b.conns) {
			t.Errorf("%d sessions were closed, %d made", b.closed, len(b.conns))
		}
	})
	return s
}

// connect returns a raw connection to s over an in-memory pipe.
func connect(t testing.TB, s *Server) net.Conn {
	t.Helper()
	return linestest.Pipe(t, s, nil)
}

// plainConfig allows logging in without TLS.
func plainConfig(b Backend) Config {
	return Config{Backend: b, PlainLogin: true, Timeouts: lines.Timeouts{Write: time.Minute}}
}

// dial returns a client that is logged in.
func dial(t testing.TB, b Backend) *imaptest.Client {
	t.Helper()
	c := imaptest.New(t, connect(t, startServer(t, plainConfig(b))))
	c.Login("u", "p")
	return c
}

// dialSelected returns a client that has INBOX selected.
func dialSelected(t testing.TB, b Backend) *imaptest.Client {
	t.Helper()
	c := dial(t, b)
	c.OK("SELECT INBOX")
	return c
}

// once leaves out flags that stand twice in whatever case.
func once(flags []string) []string {
	var out []string
	for _, f := range flags {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, f) }) {
			out = append(out, f)
		}
	}
	return out
}
