// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"time"

	"twiga/lib/directory"
)

// userJSON is how a user is told to programs.
type userJSON struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	FullName string    `json:"full_name"`
	Address  string    `json:"address"`
	Aliases  []string  `json:"aliases"`
	Language string    `json:"language"`
	Store    string    `json:"store"`
	Quota    quotaJSON `json:"quota"`
	Admin    string    `json:"admin"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`

	Kind            string         `json:"kind"`
	Hidden          bool           `json:"hidden"`
	Archive         string         `json:"archive"` // "" is none
	ServicesOff     []string       `json:"services_off"`
	SendAs          []string       `json:"send_as"` // names
	PasswordChanged *time.Time     `json:"password_changed"`
	Attributes      attributesJSON `json:"attributes"`
	Resource        resourceJSON   `json:"resource"`

	Existed  bool   `json:"existed,omitempty"`  // it was there before
	Password string `json:"password,omitempty"` // a generated one
}

// quotaJSON is a quota in bytes; 0 is the server's default, -1 no limit.
type quotaJSON struct {
	Warn int64 `json:"warn"`
	Soft int64 `json:"soft"`
	Hard int64 `json:"hard"`
}

// attributesJSON are what the address book tells beside.
type attributesJSON struct {
	GivenName  string `json:"given_name"`
	Surname    string `json:"surname"`
	Title      string `json:"title"`
	Department string `json:"department"`
	Company    string `json:"company"`
	Office     string `json:"office"`
	Phone      string `json:"phone"`
	Mobile     string `json:"mobile"`
	City       string `json:"city"`
	Country    string `json:"country"`
}

// resourceJSON is how a room or a piece of equipment answers.
type resourceJSON struct {
	AutoAccept       bool `json:"auto_accept"`
	DeclineConflict  bool `json:"decline_conflict"`
	DeclineRecurring bool `json:"decline_recurring"`
	Capacity         int  `json:"capacity"`
}

// user makes a user's form; the book knows those who may send as the user.
func (b *book) user(ctx context.Context, u *directory.User) (userJSON, error) {
	sendAs, err := b.names(ctx, u.SendAs)
	out := userJSON{
		ID: u.ID.String(), Name: u.Name, FullName: u.FullName, Address: u.Address,
		Aliases: append([]string{}, u.Aliases...), Language: u.Language, Store: u.Store.String(),
		Quota: quotaJSON(u.Quota), Admin: u.Admin.String(), Disabled: u.Disabled, Created: u.Created.UTC(),
		Kind: u.Kind.String(), Hidden: u.Hidden, ServicesOff: append([]string{}, u.NoServices...), SendAs: sendAs,
		Attributes: attributesJSON(u.Attributes), Resource: resourceJSON(u.Resource),
	}
	if !u.Archive.IsZero() {
		out.Archive = u.Archive.String()
	}
	if !u.PasswordChanged.IsZero() {
		changed := u.PasswordChanged.UTC()
		out.PasswordChanged = &changed
	}
	return out, err
}
