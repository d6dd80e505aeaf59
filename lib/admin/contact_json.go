// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// contactJSON is how a contact is told to programs.
type contactJSON struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	FullName   string         `json:"full_name"`
	Address    string         `json:"address"`
	Hidden     bool           `json:"hidden"`
	Attributes attributesJSON `json:"attributes"`
	Created    time.Time      `json:"created"`
	Existed    bool           `json:"existed,omitempty"` // it was there before
}

func newContactJSON(c *directory.Contact) contactJSON {
	return contactJSON{ID: c.ID.String(), Name: c.Name, FullName: c.FullName, Address: c.Address, Hidden: c.Hidden,
		Attributes: attributesJSON(c.Attributes), Created: c.Created.UTC()}
}

// getContact finds a contact by name or address.
func getContact(ctx context.Context, s object.Session, name string) (directory.Contact, error) {
	for c, err := range s.ListContacts(ctx, object.ListContactsRequest{}) {
		if err != nil {
			return c, err
		}
		if n := strings.TrimSpace(name); strings.EqualFold(c.Name, n) || strings.EqualFold(c.Address, n) {
			return c, nil
		}
	}
	return directory.Contact{}, fmt.Errorf("find contact %q: %w", name, mapi.NotFound)
}

func contactPairs(c *directory.Contact) []string {
	pairs := []string{"name", c.Name, "full name", c.FullName, "address", c.Address, "hidden", yesNo(c.Hidden),
		"id", c.ID.String(), "created", dateText(c.Created)}
	return append(pairs, attributePairs(&c.Attributes)...)
}
