// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	proto "twiga/lib/proto/imap"
)

// halting is a store that does not go on with long calls until it is told to:
// copies before they begin, tables for SORT and THREAD behind their first row.
type halting struct {
	object.Service
	goOn chan struct{} // is closed
}

type haltingSession struct {
	object.Session
	store *halting
}

func (h *halting) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := h.Service.Logon(ctx, req)
	if err != nil {
		return nil, err
	}
	return haltingSession{s, h}, nil
}

func (s haltingSession) Transfer(ctx context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	<-s.store.goOn
	return s.Session.Transfer(ctx, req)
}

func (s haltingSession) Query(ctx context.Context, req object.QueryRequest) iter.Seq2[wire.Bag, error] {
	return func(yield func(wire.Bag, error) bool) {
		for bag, err := range s.Session.Query(ctx, req) {
			if !yield(bag, err) {
				return
			}
			if slices.Contains(req.Columns, tag.TwigaArrangement) {
				<-s.store.goOn
			}
		}
	}
}

// TestProgress: who waits for what takes long hears that it is worked at
// (RFC 9585), through compression, too.
func TestProgress(t *testing.T) {
	eachStore(t, func(t *testing.T, service object.Service) {
		for i, tt := range []struct {
			command, want string
			compressed    bool
		}{
			{"COPY 1:3 box", `NIL NIL`, false},
			{"UID MOVE 1 box", `NIL NIL`, false},
			{"SORT (SUBJECT) UTF-8 ALL", `1 3`, false},
			{"THREAD REFS UTF-8 ALL", `1 3`, false},
			{"COPY 1:3 box", `NIL NIL`, true},
			{"SORT (SUBJECT) UTF-8 ALL", `1 3`, true},
		} {
			store := &halting{service, make(chan struct{})}
			r := newRigOf(t, Config{Service: store}, proto.Config{PlainLogin: true, Progress: time.Millisecond})
			c := r.client(t)
			if tt.compressed {
				c.OK("COMPRESS DEFLATE")
				c.Deflate()
			}
			box := fmt.Sprintf("box%d", i)
			c.OK("CREATE %q", box)
			c.OK("CREATE %q", box+"/box")
			for range 3 {
				c.OK("%s", spell("APPEND \""+box+"\" "+letter))
			}
			c.OK("SELECT %q", box)
			c.Send("a " + strings.Replace(tt.command, " box", " "+box+"/box", 1) + "\r\n")
			progress := `* OK [INPROGRESS ("a" ` + tt.want + `)] `
			for line := ""; !strings.HasPrefix(line, progress); {
				if line = c.ReadLine(); strings.HasPrefix(line, "a ") {
					t.Fatalf("%s: not told %s: %s", tt.command, progress, line)
				}
			}
			close(store.goOn)
			if res := c.Result("a"); res.Status != "OK" {
				t.Errorf("%s: %s", tt.command, res)
			}
			if got := c.OK("NOOP"); len(got) > 0 {
				t.Errorf("%s: told afterwards: %q", tt.command, got)
			}
		}
	})
}
