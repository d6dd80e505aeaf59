// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"twiga/lib/mapi/object"
)

// interrupted is a store in which something happens ahead of the next call that
// puts messages into a folder.
type interrupted struct {
	object.Service
	first func()
}

type interruptedSession struct {
	object.Session
	store *interrupted
}

func (i *interrupted) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := i.Service.Logon(ctx, req)
	return interruptedSession{s, i}, err
}

func (i *interrupted) interrupt() {
	if f := i.first; f != nil {
		i.first = nil
		f()
	}
}

func (s interruptedSession) SaveMessages(ctx context.Context, req object.SaveMessagesRequest) (object.SaveMessagesResponse, error) {
	s.store.interrupt()
	return s.Session.SaveMessages(ctx, req)
}

// GetStore is asked ahead of large messages.
func (s interruptedSession) GetStore(ctx context.Context, req object.GetStoreRequest) (object.Store, error) {
	s.store.interrupt()
	return s.Session.GetStore(ctx, req)
}

func (s interruptedSession) Transfer(ctx context.Context, req object.TransferRequest) (object.TransferResponse, error) {
	s.store.interrupt()
	return s.Session.Transfer(ctx, req)
}

// TestTargetJustGone: who puts messages into a mailbox that another removes at
// that moment is told what the next try would be told (RFC 9051 6.3.12, 6.4.7).
func TestTargetJustGone(t *testing.T) {
	const box = `"Other Users/anna@example.test/box"`
	store := &interrupted{}
	o := newOffice(t, func(_ testing.TB, s object.Service) object.Service {
		store.Service = s
		return store
	})
	anna := o.client(t)
	for _, tt := range []struct {
		name      string
		before    []string // anna's commands
		meanwhile []string
		want      string
	}{
		{"the only one that is shared", []string{"SETACL box bert@example.test lrsi"}, []string{"DELETE box"}, "NO [TRYCREATE]"},
		{"one of two", []string{"SETACL box bert@example.test lrsi", "SETACL INBOX bert@example.test lr"}, []string{"DELETE box"}, "NO [TRYCREATE]"},
		{"a new name", []string{"SETACL box bert@example.test lrsi"}, []string{"RENAME box other"}, "OK"},
		{"not seen any more", []string{"SETACL box bert@example.test lrsi"}, []string{"DELETEACL box bert@example.test"}, "NO [TRYCREATE]"},
		{"not for messages any more", []string{"SETACL box bert@example.test lrsi"}, []string{"SETACL box bert@example.test lr"}, "NO [NOPERM]"},
		{"a drop box", []string{"SETACL box bert@example.test ip"}, []string{"DELETE box"}, "NO [TRYCREATE]"},
		{"a drop box beside what is seen", []string{"SETACL box bert@example.test ip", "SETACL INBOX bert@example.test lr"}, []string{"DELETE box"}, "NO [TRYCREATE]"},
		{"no drop box any more", []string{"SETACL box bert@example.test ip", "SETACL INBOX bert@example.test lr"}, []string{"DELETEACL box bert@example.test"}, "NO [TRYCREATE]"},
	} {
		for _, command := range []string{"APPEND " + box + " " + letter, "APPEND  large", "COPY 1 " + box, "MOVE 1 " + box, "REPLACE 1 " + box + " " + letter} {
			t.Run(tt.name+"/"+strings.Fields(command)[0], func(t *testing.T) {
				bert := o.clientOf(t, "bert")
				anna.OK("CREATE box")
				defer func() {
					for _, c := range []string{"DELETE box", "DELETE other", "DELETEACL INBOX bert@example.test"} {
						anna.Cmd("%s", c) // as far as it is there
					}
				}()
				for _, c := range tt.before {
					anna.OK("%s", c)
				}
				bert.OK("%s", spell("APPEND INBOX "+letter))
				bert.OK("SELECT INBOX")
				bert.OK("%s", spell("APPEND "+box+" "+letter))
				store.first = func() {
					for _, c := range tt.meanwhile {
						anna.OK("%s", c)
					}
				}
				if command == "APPEND  large" {
					command = fmt.Sprintf("APPEND %s {%d}\r\n%s", box, quotaAsked, strings.Repeat("x", quotaAsked))
				}
				r := bert.Cmd("%s", spell(command))
				if got := statusOf(r.Status, codeOf(r)); got != tt.want {
					t.Errorf("got %s, want %s", r, tt.want)
				}
				if store.first != nil {
					t.Error("nothing happened meanwhile")
				}
				if got := bert.OK("NOOP"); len(got) > 0 && tt.want != "OK" {
					t.Errorf("afterwards: %q", got)
				}
			})
		}
	}
}

// statusOf is a status with the code that a failure has.
func statusOf(status, code string) string {
	if status == "OK" || code == "" {
		return status
	}
	return status + " [" + code + "]"
}
