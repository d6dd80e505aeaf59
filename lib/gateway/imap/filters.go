// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"strings"

	proto "twiga/lib/proto/imap"
)

// filterEntries are the annotations of the server that are filters, the user's
// own before those for everybody (RFC 5466 3.2).
var filterEntries = [...]string{"/private/filters/values/", "/shared/filters/values/"}

// Filter implements proto.FilterSession, RFC 5466 3.1.
func (s *session) Filter(ctx context.Context, name string) (program string, ok bool, err error) {
	for _, place := range filterEntries {
		entry := place + strings.ToLower(name)
		found, err := s.Metadata(ctx, "", []string{entry})
		if err != nil {
			return "", false, err
		}
		for _, e := range found {
			if e.Name == entry {
				return string(e.Value), true, nil
			}
		}
	}
	return "", false, nil
}

var _ proto.FilterSession = (*session)(nil)
