// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"slices"
)

func (c *Conn) listsMetadata() bool { _, ok := c.session.(MetadataLister); return ok }

// listWithMetadata runs LIST and tells the annotations asked for behind it
// (RFC 9590 3).
func (c *Conn) listWithMetadata(ctx context.Context, o *ListOptions, emit func(*ListData) error) error {
	if len(o.metadata) == 0 {
		return c.session.List(ctx, o, emit)
	}
	s, ok := c.session.(MetadataLister)
	if !ok {
		return Bad("Unknown return option of LIST")
	}
	var mailboxes []string
	err := c.session.List(ctx, o, func(d *ListData) error {
		if !slices.Contains(d.Attrs, AttrNonExistent) {
			mailboxes = append(mailboxes, d.Mailbox)
		}
		return emit(d)
	})
	if err != nil || len(mailboxes) == 0 {
		return err
	}
	found, err := s.ListMetadata(ctx, mailboxes, o.metadata)
	if err != nil {
		return err
	}
	for i, mailbox := range mailboxes {
		if found[i] == nil {
			continue
		}
		if _, err := c.tellEntries(mailbox, o.metadata, found[i], plainMetadata); err != nil {
			return err
		}
	}
	return nil
}
