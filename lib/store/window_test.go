// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// Each window of a table is that stretch of the whole, however it was come by.
func TestWindows(t *testing.T) {
	f := open(t)
	var list []object.NewMessage
	for i := range 40 {
		m := text(fmt.Sprintf("%02d", i*7%40))
		m.Received = time.Date(2026, 1, 1, i*11%8, 0, 0, 0, time.UTC) // five of each
		if i%3 == 0 {
			m.Flags = object.FlagSeen
		}
		list = append(list, m)
	}
	f.save(f.inbox, list...)
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	for _, tc := range []struct {
		name string
		req  object.QueryRequest
	}{
		{"unsorted", object.QueryRequest{}},
		{"newest", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}}}},
		{"oldest", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageDeliveryTime}}}},
		{"newest unread", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}}, Where: unread}},
		{"of some UIDs", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageDeliveryTime}}, UIDs: []mapi.UIDRange{{First: 5, Last: 35}}}},
		{"by two keys", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageFlags}, {Tag: tag.MessageDeliveryTime}}}},
		{"by size", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageSize}}, Where: unread}},
		{"by what SQL does not have", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.Subject}}}},
	} {
		for _, columns := range [][]mapi.PropTag{{tag.InternetArticleNumber}, {tag.InternetArticleNumber, tag.Subject, tag.TwigaEnvelope}} {
			req := tc.req
			req.Table, req.Folder, req.Columns = object.TableContents, f.inbox, columns
			whole := rowBytes(f, req)
			for _, w := range []struct{ offset, limit int }{{0, 7}, {3, 7}, {len(whole) - 2, 7}, {len(whole), 7}, {9, 0}} {
				req.Offset, req.Limit = w.offset, w.limit
				want := whole[w.offset:]
				if w.limit > 0 {
					want = want[:min(w.limit, len(want))]
				}
				if got := rowBytes(f, req); !slices.Equal(got, want) {
					t.Errorf("%s, %d columns, from %d %d rows:\n%v, want\n%v", tc.name, len(columns), w.offset, w.limit, got, want)
				}
			}
		}
	}
}

// rowBytes are the rows of a table as bytes.
func rowBytes(f *fixture, req object.QueryRequest) []string {
	f.t.Helper()
	var out []string
	for row, err := range f.anna.Query(f.t.Context(), req) {
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, string(row))
	}
	return out
}
