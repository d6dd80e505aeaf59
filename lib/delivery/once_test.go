// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"slices"
	"strings"
	"testing"

	"twiga/lib/delivery"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/metric"
	"twiga/lib/store"
	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

func TestOnce(t *testing.T) {
	e := storetest.Open(t)
	peer := e.As(store.Peer{Roles: []object.Role{object.RoleDelivery, object.RoleAdmin}, Name: "dagent"})
	agent := delivery.New(peer, settings(), metric.New("test", ""))
	ctx := quiet(t)
	defer agent.Close(ctx)
	tests := []struct {
		name, message string
		to            []string
		folder        string
		want          mapi.Code
		exit          int
		stored        string
	}{
		{"local line ends", "Subject: a\n\nx\ny\n", []string{"anna"}, "", 0, 0, "Subject: a\r\n\r\nx\r\ny\r\n"},
		{"network line ends", "Subject: a\r\n\r\nx\ny\r\n", []string{"anna"}, "", 0, 0, "Subject: a\r\n\r\nx\ny\r\n"},
		{"mbox line", "From root Mon Nov  2 10:00:00 2026\nSubject: a\n\nFrom x\n", []string{"anna"}, "", 0, 0, "Subject: a\r\n\r\nFrom x\r\n"},
		{"mbox line, network line ends", "From root\r\nSubject: a\r\n\r\nx\n", []string{"anna"}, "", 0, 0, "Subject: a\r\n\r\nx\n"},
		{"no header, white space first", " x\n y\n", []string{"anna"}, "", 0, 0, "\r\n x\r\n y\r\n"},
		{"no line end", "x", []string{"anna@example.test"}, "inbox", 0, 0, "x"},
		{"empty", "", []string{"anna"}, "", 0, 0, ""},
		{"nobody", "x", []string{"anna", "nobody"}, "", mapi.NotFound, sysexits.NoUser, ""},
		{"no such folder", "x", []string{"anna"}, "Inbox/Lists", mapi.NotFound, sysexits.NoUser, ""},
	}
	var want []string
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := agent.Once(ctx, delivery.Job{Message: strings.NewReader(tt.message), Sender: "root", To: tt.to, Folder: tt.folder})
			if exit := sysexits.Code(err); mapi.CodeOf(err) != tt.want || exit != tt.exit {
				t.Fatalf("got %v and exit %d, want %v and %d", err, exit, tt.want, tt.exit)
			}
			if tt.want == 0 {
				want = append(want, tt.stored)
			}
		})
	}
	var got []string
	for _, m := range inbox(t, e, "anna") {
		got = append(got, string(afterTrace(t, m)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOnceNotAllowed: a wrong role is for the operator to see to, and returns no mail.
func TestOnceNotAllowed(t *testing.T) {
	e := storetest.Open(t)
	ctx := quiet(t)
	agent := delivery.New(e.As(store.Peer{Name: "dagent"}), settings(), metric.New("test", ""))
	defer agent.Close(ctx)
	err := agent.Once(ctx, delivery.Job{Message: strings.NewReader("x"), To: []string{"anna"}})
	if exit := sysexits.Code(err); mapi.CodeOf(err) != mapi.NoAccess || exit != sysexits.TempFail {
		t.Errorf("got %v and exit %d", err, exit)
	}
}
