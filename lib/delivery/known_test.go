// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
)

// asking is a store that notes whom it is asked about.
type asking struct {
	object.Service
	asked []string
}

type askingSession struct {
	object.Session
	object.Versioned
	of *asking
}

func (a *asking) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s, err := a.Service.Logon(ctx, req)
	if err != nil {
		return nil, err
	}
	return askingSession{s, s.(object.Versioned), a}, nil
}

func (s askingSession) ResolveRecipients(ctx context.Context, req object.ResolveRecipientsRequest) (object.ResolveRecipientsResponse, error) {
	s.of.asked = append(s.of.asked, req.Addresses...)
	return s.Session.ResolveRecipients(ctx, req)
}

// TestKnownRecipients: a recipient is asked for once, until something changes
// in the directory or the mailbox takes no more.
func TestKnownRecipients(t *testing.T) {
	e := storetest.Open(t)
	admin := storetest.As(t, e, object.RoleAdmin)
	service := &asking{Service: asDelivery(e)}
	s := open(t, listen(t, "tcp", service, settings())())
	small := directory.Quota{Hard: 1000}
	for _, tt := range []struct {
		name  string
		first func() error
		to    string
		size  int
		asked string
		want  []string // after MAIL
	}{
		{"the first time", nil, "anna", 1, "anna", []string{"250", "354", "250"}},
		{"the second", nil, "anna", 1, "", []string{"250", "354", "250"}},
		{"another beside it", nil, "bert anna", 1, "bert", []string{"250", "250", "354", "250", "250"}},
		{"nobody", nil, "nobody anna", 1, "nobody", []string{"550 5.1.1", "250", "354", "250"}},
		{"nobody again", nil, "nobody anna", 1, "nobody", []string{"550 5.1.1", "250", "354", "250"}},
		{"who is nobody no more", func() error {
			_, err := admin.CreateUser(t.Context(), object.CreateUserRequest{User: directory.User{Name: "nobody"}, Password: storetest.Password})
			return err
		}, "nobody anna", 1, "nobody anna", []string{"250", "250", "354", "250", "250"}},
		{"a smaller quota", func() error {
			_, err := admin.SetUser(t.Context(), object.SetUserRequest{Name: "nobody", Changes: directory.Changes{Quota: &small}})
			return err
		}, "nobody", 2000, "nobody", []string{"250", "354", "452 4.2.2"}},
		{"after it was full", nil, "nobody", 1, "nobody", []string{"250", "354", "250"}},
		{"who is gone", func() error {
			_, err := admin.DeleteUser(t.Context(), object.DeleteUserRequest{Name: "nobody"})
			return err
		}, "anna nobody", 1, "anna nobody", []string{"250", "550 5.1.1", "354", "250"}},
	} {
		service.asked = nil
		if tt.first != nil {
			if err := tt.first(); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		s.say("MAIL FROM:<>")
		s.want("250")
		to := strings.Fields(tt.to)
		for _, name := range to {
			s.say("RCPT TO:<" + name + ">")
		}
		s.say("DATA", "Subject: x", "", strings.Repeat("y", tt.size), ".")
		s.want(tt.want...)
		if asked := strings.Fields(tt.asked); !slices.Equal(service.asked, asked) {
			t.Errorf("%s: asked for %v, want %v", tt.name, service.asked, asked)
		}
	}
}
