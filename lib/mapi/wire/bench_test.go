// SPDX-License-Identifier: AGPL-3.0-or-later

package wire_test

import (
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

func BenchmarkBagEncode(b *testing.B) {
	props := sample().Props()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = wire.AppendBag(buf[:0], props)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkBagGetLast(b *testing.B) {
	bag := sample()
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := bag.Get(tag.TwigaKeywords); !ok {
			b.Fatal("missing")
		}
	}
}

func BenchmarkBagAll(b *testing.B) {
	bag, n := sample(), 0
	b.ReportAllocs()
	for b.Loop() {
		for _, v := range bag.All {
			n += len(v.Bytes())
		}
	}
}

func BenchmarkBagCheck(b *testing.B) {
	bag := sample()
	b.SetBytes(int64(len(bag)))
	b.ReportAllocs()
	for b.Loop() {
		if err := bag.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBagProps(b *testing.B) {
	bag := sample()
	b.ReportAllocs()
	for b.Loop() {
		_ = bag.Props()
	}
}

func BenchmarkRestriction(b *testing.B) {
	data := wire.AppendRestriction(nil, mapi.And{
		mapi.Property{Op: mapi.GE, Tag: tag.MessageSizeExtended, Value: mapi.Int64(1000)},
		mapi.Or{
			mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("minutes")},
			mapi.Content{Tag: tag.SenderName, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("ann")},
		},
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.ReadRestriction(data); err != nil {
			b.Fatal(err)
		}
	}
}
