// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"testing"

	proto "twiga/lib/proto/imap"
)

func TestBatches(t *testing.T) {
	s := &session{sel: &selected{}}
	for uid := range uint32(1250) {
		s.sel.uids = append(s.sel.uids, 3*uid+10)
	}
	for _, tc := range []struct {
		name        string
		first, last uint32
		want        []proto.Range
	}{
		{"all", 1, 0, []proto.Range{{Start: 3757, Stop: 2260}, {Start: 2259, Stop: 760}, {Start: 759, Stop: 1}}},
		{"some", 2, 2, []proto.Range{{Start: 2259, Stop: 760}}},
		{"beyond", 4, 9, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Batches(t.Context(), 500, tc.first, tc.last)
			if err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %v, %v, want %v", got, err, tc.want)
			}
		})
	}
}
