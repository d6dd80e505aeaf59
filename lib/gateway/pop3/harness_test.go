// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/proto/lines/linestest"
	proto "twiga/lib/proto/pop3"
	"twiga/lib/proto/pop3/pop3test"
	"twiga/lib/rpc"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

const user = "anna@example.test"

// rig is a gateway behind a listener, on the mailbox of anna.
type rig struct {
	service object.Service
	gw      *Gateway
	server  *proto.Server
	address string
	owner   object.Session // anna's own, beside POP3
	guid    mapi.GUID
	inbox   mapi.ID
}

// eachStore runs a test on the engine in process and over the RPC.
func eachStore(t *testing.T, test func(t *testing.T, service object.Service)) {
	t.Run("engine", func(t *testing.T) { test(t, openEngine(t)) })
	t.Run("rpc", func(t *testing.T) { test(t, overRPC(t, openEngine(t))) })
}

func openEngine(tb testing.TB) object.Service {
	tb.Helper()
	return openEngineOf(tb, store.Options{})
}

func openEngineOf(tb testing.TB, o store.Options) object.Service {
	tb.Helper()
	return newEngine(tb, o).As(gatewayPeer)
}

// gatewayPeer is a peer that passes on what users show.
var gatewayPeer = store.Peer{Roles: []object.Role{object.RoleGateway}, Name: "test"}

// newEngine opens an engine with the users anna and bert.
func newEngine(tb testing.TB, o store.Options) *store.Engine {
	tb.Helper()
	e := storetest.OpenDir(tb, tb.TempDir(), o)
	for _, name := range []string{"anna", "bert"} {
		_, err := storetest.As(tb, e, object.RoleAdmin).CreateUser(tb.Context(), object.CreateUserRequest{
			User: directory.User{Name: name, Language: "de"}, Password: storetest.Password,
		})
		must(tb, "create user", err)
	}
	return e
}

func overRPC(tb testing.TB, service object.Service) object.Service {
	tb.Helper()
	socket := filepath.Join(tb.TempDir(), "s")
	tb.Cleanup(serveRPC(tb, socket, service))
	client, err := rpc.Dial(rpc.DialOptions{Socket: socket, Wait: 300 * time.Millisecond})
	must(tb, "dial store", err)
	tb.Cleanup(func() { _ = client.Close() })
	return client
}

// serveRPC serves a store on a socket until it is told to stop.
func serveRPC(tb testing.TB, socket string, service object.Service) (stop func()) {
	tb.Helper()
	ln, err := net.Listen("unix", socket)
	must(tb, "listen", err)
	server := rpc.NewServer(rpc.ServerOptions{Service: func(rpc.Peer) object.Service { return service }, Drain: time.Millisecond, AloneGrace: 1})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, ln, rpc.Limits{}) }()
	return func() {
		cancel()
		<-done
		server.Close(context.Background())
	}
}

func newRig(tb testing.TB, service object.Service, change ...func(*Config)) *rig {
	tb.Helper()
	cfg := Config{Service: service}
	for _, c := range change {
		c(&cfg)
	}
	return newRigOf(tb, cfg, proto.Config{PlainLogin: true, LoginDelay: cfg.LoginDelay})
}

// newRigOf is newRig with all that can be set.
func newRigOf(tb testing.TB, cfg Config, engine proto.Config) *rig {
	tb.Helper()
	r := &rig{service: cfg.Service, gw: New(cfg)}
	engine.Backend = r.gw
	r.server = proto.New(engine)
	r.address = linestest.Listen(tb, r.server, nil)
	var err error
	r.owner, err = r.service.Logon(tb.Context(), object.LogonRequest{Role: object.RoleUser, User: user, Password: storetest.Password})
	must(tb, "logon", err)
	r.guid = r.owner.Whoami().Store
	box, err := r.owner.GetStore(tb.Context(), object.GetStoreRequest{})
	must(tb, "get store", err)
	r.inbox = box.SpecialFolder(object.KindInbox)
	return r
}

// client gives a connection that is logged in.
func (r *rig) client(tb testing.TB) *pop3test.Client {
	tb.Helper()
	c := pop3test.Dial(tb, "tcp", r.address)
	c.Login(user, storetest.Password)
	return c
}

// save puts messages into the Inbox, byte for byte.
func (r *rig) save(tb testing.TB, bodies ...string) []object.SavedMessage {
	tb.Helper()
	req := object.SaveMessagesRequest{Store: r.guid, Folder: r.inbox}
	for _, body := range bodies {
		m := object.NewMessage{Content: []object.Segment{{Inline: []byte(body), Size: int64(len(body))}}}
		if body != "" && !strings.HasSuffix(body, "\r\n") { // as lib/delivery/ingest says it
			m.Flags = object.FlagOpenEnd
		}
		req.Messages = append(req.Messages, m)
	}
	res, err := r.owner.SaveMessages(tb.Context(), req)
	must(tb, "save", err)
	return res.Saved
}

// saveProps puts a message into the Inbox that is born as properties.
func (r *rig) saveProps(tb testing.TB, subject, body string) object.SavedMessage {
	tb.Helper()
	res, err := r.owner.SaveMessages(tb.Context(), object.SaveMessagesRequest{Store: r.guid, Folder: r.inbox, Messages: []object.NewMessage{{
		Props:    mapi.Props{{Tag: tag.Subject, Value: mapi.String(subject)}, {Tag: tag.Body, Value: mapi.String(body)}},
		Received: time.Unix(1700000000, 0).UTC(),
	}}})
	must(tb, "save", err)
	return res.Saved[0]
}

// flags are those of the messages in the Inbox, by UID.
func (r *rig) flags(tb testing.TB) map[mapi.UID]object.Flags {
	tb.Helper()
	out := map[mapi.UID]object.Flags{}
	for item, err := range r.owner.Changes(tb.Context(), object.ChangesRequest{Store: r.guid, Folder: r.inbox}) {
		must(tb, "changes", err)
		if item.Kind == object.ChangeUpsert {
			out[item.UID] = item.Flags
		}
	}
	return out
}

func must(tb testing.TB, what string, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}

// logLines takes log lines.
type logLines struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logLines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (l *logLines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(io.Writer(l), nil)) }
