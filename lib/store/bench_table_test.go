// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"fmt"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// crowded is an Inbox with n messages that have properties only, received a
// minute apart: in order but for each tenth, or in no order at all.
func crowded(b *testing.B, n int, scattered bool) *fixture {
	f := open(b)
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; i < n; i += 2000 {
		var list []object.NewMessage
		for j := range min(2000, n-i) {
			at := i + j
			if scattered || at%10 == 0 {
				at = at * 7919 % n
			}
			var p mapi.Props
			p.Set(tag.Subject, mapi.String(fmt.Sprintf("message %d", at)))
			p.Set(tag.SenderName, mapi.String(fmt.Sprintf("sender %d", at%500)))
			m := object.NewMessage{Props: p, Received: from.Add(time.Duration(at) * time.Minute)}
			if at%10 == 0 {
				m.Flags = object.FlagSeen
			}
			list = append(list, m)
		}
		f.save(f.inbox, list...)
	}
	b.ResetTimer()
	return f
}

// BenchmarkTable measures what a client asks that shows a folder: whatever its
// size, the first page of the newest is to cost the same.
func BenchmarkTable(b *testing.B) {
	columns := []mapi.PropTag{tag.Mid, tag.Subject, tag.SenderName, tag.MessageDeliveryTime, tag.MessageFlags}
	newest := mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}}
	for _, size := range []struct {
		name      string
		n         int
		scattered bool
	}{{"1000", 1000, false}, {"200000", 200_000, false}, {"200000scattered", 200_000, true}} {
		b.Run(size.name, func(b *testing.B) {
			n, f := size.n, crowded(b, size.n, size.scattered)
			for _, bench := range []struct {
				name string
				req  object.QueryRequest
			}{
				{"newest", object.QueryRequest{Sort: newest, Limit: 50}},
				{"oldest", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageDeliveryTime}}, Limit: 50}},
				{"unread", object.QueryRequest{Sort: newest, Limit: 50, Where: mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}}},
				{"subject", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.Subject}}, Limit: 50}},
				{"size", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.MessageSize}}, Limit: 50}},
				{"categories", object.QueryRequest{Sort: mapi.SortOrder{{Tag: tag.SenderName}, newest[0]}, Categories: 1, Limit: 50}},
			} {
				b.Run(bench.name, func(b *testing.B) {
					req := bench.req
					req.Table, req.Folder, req.Columns = object.TableContents, f.inbox, columns
					b.ReportAllocs()
					for b.Loop() {
						rows := 0
						for _, err := range f.anna.Query(b.Context(), req) {
							if err != nil {
								b.Fatal(err)
							}
							rows++
						}
						if rows != 50 {
							b.Fatal(rows)
						}
					}
				})
			}
			b.Run("find", func(b *testing.B) {
				req := object.FindRowRequest{Query: object.QueryRequest{Table: object.TableContents, Folder: f.inbox, Sort: newest}}
				for b.Loop() {
					if r, err := f.anna.FindRow(b.Context(), req); err != nil || r.Count != n {
						b.Fatal(r, err)
					}
				}
			})
		})
	}
}
