// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"iter"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// CreateContact implements object.Directory.
func (s *session) CreateContact(ctx context.Context, req object.CreateContactRequest) (directory.Contact, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Contact{}, err
	}
	c, err := s.e.dir.CreateContact(ctx, req.Contact)
	return c, s.audited(ctx, coded(err), "create contact", c.Name)
}

// ListContacts implements object.Directory.
func (s *session) ListContacts(ctx context.Context, _ object.ListContactsRequest) iter.Seq2[directory.Contact, error] {
	if err := s.may(actUsers); err != nil {
		return failing[directory.Contact](err)
	}
	return s.e.dir.Contacts(ctx)
}

// SetContact implements object.Directory.
func (s *session) SetContact(ctx context.Context, req object.SetContactRequest) (directory.Contact, error) {
	if err := s.may(actUsers); err != nil {
		return directory.Contact{}, err
	}
	c, err := s.e.dir.ChangeContact(ctx, req.Name, req.Changes)
	return c, s.audited(ctx, coded(err), "change contact", c.Name)
}

// DeleteContact implements object.Directory.
func (s *session) DeleteContact(ctx context.Context, req object.DeleteContactRequest) (object.Empty, error) {
	if err := s.may(actUsers); err != nil {
		return object.Empty{}, err
	}
	return object.Empty{}, s.audited(ctx, coded(s.e.dir.DeleteContact(ctx, req.Name)), "delete contact", req.Name)
}
