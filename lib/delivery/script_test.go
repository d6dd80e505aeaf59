// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"context"
	"log/slog"
	"net"
	"net/textproto"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"twiga/lib/delivery"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/metric"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
)

// settings are what the configuration has by default, with small numbers.
func settings() *delivery.Settings {
	return &delivery.Settings{
		Hostname: "mx.example.test", MaxMessageSize: 32 << 20, MaxRecipients: 100,
		IdleTimeout: time.Minute, DataTimeout: time.Minute, StoreTimeout: time.Minute,
		OverQuota: "temporary", SpillLimit: 64 << 10,
	}
}

// quiet is a context whose lines go nowhere.
func quiet(t testing.TB) context.Context {
	return log.Into(context.WithoutCancel(t.Context()), slog.New(slog.DiscardHandler))
}

// listen serves LMTP on a socket until the test ends, and gives a function
// that connects.
func listen(t testing.TB, network string, service object.Service, s *delivery.Settings) func() net.Conn {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "lmtp")
	}
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	ctx := quiet(t)
	agent := delivery.New(service, s, metric.New("test", ""))
	served := make(chan struct{})
	draining := make(chan struct{})
	go func() {
		defer close(served)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				agent.Serve(ctx, c, draining)
				c.Close()
			}()
		}
	}()
	t.Cleanup(func() {
		close(draining)
		ln.Close()
		<-served
		agent.Close(ctx)
	})
	return func() net.Conn {
		c, err := net.Dial(network, ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// asDelivery is the engine as dagent sees it.
func asDelivery(e *store.Engine) object.Service {
	return e.As(store.Peer{Roles: []object.Role{object.RoleDelivery}, Name: "dagent"})
}

// inbox reads the contents of all messages in a user's Inbox, in order.
func inbox(t testing.TB, e *store.Engine, user string) [][]byte {
	t.Helper()
	s := storetest.Logon(t, e, user)
	st, err := s.GetStore(t.Context(), object.GetStoreRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var items []object.ReadItem
	q := object.QueryRequest{Store: st.GUID, Table: object.TableContents, Folder: st.SpecialFolder(object.KindInbox), Columns: []mapi.PropTag{tag.Mid}}
	for row, err := range s.Query(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, object.ReadItem{Message: mapi.ID(row.Int(tag.Mid)), Length: -1})
	}
	out := make([][]byte, len(items))
	for c, err := range s.Read(t.Context(), object.ReadRequest{Store: st.GUID, Items: items}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Code != 0 {
			t.Fatalf("read message %d: %v", c.Item, c.Code)
		}
		out[c.Item] = append(out[c.Item], c.Data...)
	}
	return out
}

var trace = regexp.MustCompile(`(?s)^Return-Path: <[^\n]*>\r\nReceived: .*?;\r\n\t[^\r\n]*\r\n`)

// afterTrace is a message without the two trace fields.
func afterTrace(t testing.TB, message []byte) []byte {
	t.Helper()
	found := trace.FindIndex(message)
	if found == nil || found[1] > 2000 {
		t.Fatalf("message begins with %.300q", message)
	}
	return message[found[1]:]
}

// script talks LMTP: lines sent at once, and the replies from MAIL on compared.
type script struct {
	t testing.TB
	c *textproto.Conn
}

func open(t testing.TB, c net.Conn) *script {
	t.Helper()
	s := &script{t, textproto.NewConn(c)}
	t.Cleanup(func() { s.c.Close() })
	s.expect(220)
	s.say("LHLO client.example.test")
	s.expect(250)
	return s
}

func (s *script) say(lines ...string) {
	s.t.Helper()
	if _, err := s.c.W.WriteString(strings.Join(lines, "\r\n") + "\r\n"); err != nil {
		s.t.Fatal(err)
	}
	if err := s.c.W.Flush(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *script) expect(codes ...int) {
	s.t.Helper()
	for _, code := range codes {
		if _, msg, err := s.c.ReadResponse(code); err != nil {
			s.t.Fatalf("want %d: %v %s", code, err, msg)
		}
	}
}

func (s *script) want(lines ...string) {
	s.t.Helper()
	for _, want := range lines {
		got, err := s.c.ReadLine()
		if err != nil || !strings.HasPrefix(got, want) {
			s.t.Fatalf("got %q (%v), want %q", got, err, want)
		}
	}
}
