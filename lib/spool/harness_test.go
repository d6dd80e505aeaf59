// SPDX-License-Identifier: AGPL-3.0-or-later

package spool_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"twiga/lib/delivery/ingest"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/metric"
	"twiga/lib/spool"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// relay is a mail server that answers as the test says and keeps what it took.
type relay struct {
	mu      sync.Mutex // guards the fields that follow
	mail    func(from string) error
	rcpt    func(to string) error
	data    func() error
	taken   []letter
	arrived chan letter
	opts    []smtp.MailOptions
}

func (r *relay) NewSession(*smtp.Conn) (smtp.Session, error) { return &relaySession{relay: r}, nil }

type relaySession struct {
	*relay
	now letter
}

func (s *relaySession) Reset() { s.now = letter{} }

func (s *relaySession) Logout() error { return nil }

func (s *relaySession) Mail(from string, o *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts = append(s.opts, *o)
	s.now = letter{from: from}
	if s.mail != nil {
		return s.mail(from)
	}
	return nil
}

func (s *relaySession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rcpt != nil {
		if err := s.rcpt(to); err != nil {
			return err
		}
	}
	s.now.to = append(s.now.to, to)
	return nil
}

func (s *relaySession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.data != nil {
		if err := s.data(); err != nil {
			return err
		}
	}
	s.now.data = string(b)
	s.taken = append(s.taken, s.now)
	s.arrived <- s.now
	return nil
}

// answer changes what the relay says.
func (r *relay) answer(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// reply is an SMTP error.
func reply(code int, status string) error {
	var e smtp.EnhancedCode
	fmt.Sscanf(status, "%d.%d.%d", &e[0], &e[1], &e[2])
	return &smtp.SMTPError{Code: code, EnhancedCode: e, Message: "says the relay"}
}

// clock stands still until it is told to go on.
type clock struct {
	mu      sync.Mutex // guards the fields that follow
	now     time.Time
	waiting []waiter
}

type waiter struct {
	at time.Time
	c  chan time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) At(t time.Time) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := waiter{t, make(chan time.Time, 1)}
	if !t.After(c.now) {
		w.c <- c.now
	} else {
		c.waiting = append(c.waiting, w)
	}
	return w.c, func() {}
}

// pass lets time pass.
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waiting = slices.DeleteFunc(c.waiting, func(w waiter) bool {
		if w.at.After(c.now) {
			return false
		}
		w.c <- c.now
		return true
	})
}

// bench is an engine with a spooler and a relay.
type bench struct {
	t      *testing.T
	engine *store.Engine
	relay  *relay
	clock  *clock
	set    *spool.Settings
	finish chan object.FinishSubmitRequest
	server *smtp.Server
	wrap   func(object.Service) object.Service // around the spooler's store
	stop   func()
	user   object.Session
	store  object.Store
}

// watched tells the test of every record that the spooler makes.
type watched struct {
	object.Service
	finish chan object.FinishSubmitRequest
}

type watchedSession struct {
	object.Session
	finish chan object.FinishSubmitRequest
}

func (w watched) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := w.Service.Logon(ctx, req)
	return watchedSession{s, w.finish}, err
}

func (w watchedSession) FinishSubmit(ctx context.Context, req object.FinishSubmitRequest) (object.Empty, error) {
	resp, err := w.Session.FinishSubmit(ctx, req)
	if err == nil {
		w.finish <- req
	}
	return resp, err
}

func newBench(t *testing.T, change ...func(*bench)) *bench {
	t.Helper()
	b := &bench{
		t: t, engine: storetest.Open(t), clock: &clock{now: time.Now().Add(time.Minute).Truncate(time.Second)},
		relay:  &relay{arrived: make(chan letter, 100)},
		finish: make(chan object.FinishSubmitRequest, 100),
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.server = smtp.NewServer(b.relay)
	b.server.EnableSMTPUTF8 = true
	for _, c := range change {
		c(b)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = b.server.Serve(ln)
	}()
	t.Cleanup(func() {
		b.server.Close()
		<-served
	})
	if b.set == nil {
		b.set = &spool.Settings{StartTLS: "may"}
	}
	*b.set = spool.Settings{
		StartTLS: b.set.StartTLS, RelayCA: b.set.RelayCA, RelayUser: b.set.RelayUser, PasswordFile: b.set.PasswordFile,
		Relay: ln.Addr().String(), Hostname: "mx.example.test", Workers: 2, Retry: []string{"1m", "5m"},
		Expire: time.Hour, ConnectTimeout: time.Second, CommandTimeout: 10 * time.Second,
	}
	b.start()
	t.Cleanup(func() { b.stop() })
	b.user = storetest.Logon(t, b.engine, "anna")
	if b.store, err = b.user.GetStore(t.Context(), object.GetStoreRequest{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// start starts a spooler; stop waits for its end.
func (b *bench) start() {
	ctx := log.Into(context.Background(), slog.New(slog.NewTextHandler(b.t.Output(), nil)))
	service := b.engine.As(store.Peer{Roles: []object.Role{object.RoleSpool}, Name: "spooler"})
	if b.wrap != nil {
		service = b.wrap(service)
	}
	s := spool.New(watched{service, b.finish}, b.set, b.clock, metric.New("test", ""))
	run, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(run, ctx)
	}()
	b.stop = func() {
		cancel()
		<-done
	}
}

// submit puts a message into the Outbox and submits it.
func (b *bench) submit(m object.NewMessage, to ...string) mapi.ID {
	b.t.Helper()
	m.Recipients = nil
	for i, a := range to {
		var row mapi.Props
		row.Set(tag.RecipientType, mapi.Int32(int32(i%3+1)))
		row.Set(tag.SmtpAddress, mapi.String(a))
		m.Recipients = append(m.Recipients, row)
	}
	resp, err := b.user.SaveMessages(b.t.Context(), object.SaveMessagesRequest{
		Store: b.store.GUID, Folder: b.store.SpecialFolder(object.KindOutbox), Messages: []object.NewMessage{m},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.user.Submit(b.t.Context(), object.SubmitRequest{Store: b.store.GUID, Message: resp.Saved[0].ID}); err != nil {
		b.t.Fatal(err)
	}
	return resp.Saved[0].ID
}

// written is a message of these bytes.
func (b *bench) written(data string) object.NewMessage {
	b.t.Helper()
	m, err := ingest.Message(b.t.Context(), b.user, []byte(data), ingest.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// receive waits.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(5 * time.Second):
		t.Fatal("waited too long")
	}
	panic("not reached")
}

// folder lists the subjects in one of anna's folders, and the contents.
func (b *bench) folder(kind object.FolderKind) (subjects []string, contents []string) {
	b.t.Helper()
	q := object.QueryRequest{Store: b.store.GUID, Table: object.TableContents, Folder: b.store.SpecialFolder(kind), Columns: []mapi.PropTag{tag.Mid, tag.Subject}}
	for row, err := range b.user.Query(b.t.Context(), q) {
		if err != nil {
			b.t.Fatal(err)
		}
		subjects = append(subjects, row.Text(tag.Subject))
		var content strings.Builder
		read := object.ReadRequest{Store: b.store.GUID, Items: []object.ReadItem{{Message: mapi.ID(row.Int(tag.Mid)), Length: -1}}}
		for c, err := range b.user.Read(b.t.Context(), read) {
			if err != nil {
				b.t.Fatal(err)
			}
			content.Write(c.Data)
		}
		contents = append(contents, content.String())
	}
	return subjects, contents
}
