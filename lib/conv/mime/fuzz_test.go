// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"testing"

	"twiga/lib/conv/mime/mimetest"
)

func FuzzParse(f *testing.F) {
	for _, tc := range mimetest.Corpus() {
		if len(tc.Data) < 4_000 {
			f.Add(tc.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := NewStructure(data)
		for _, check := range []func(*Structure) error{checkStructure, checkRecipe, checkParts, checkIMAP} {
			if err := check(s); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzParts(f *testing.F) {
	for _, tc := range mimetest.Corpus() {
		if table := NewStructure(tc.Data).AppendParts(nil); len(table) < 1_000 {
			f.Add(table)
		}
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		n := 0
		Parts(table).Leaves(func(l PartLeaf) bool { n++; return n < 1000 })
		for _, path := range [][]uint32{nil, {1}, {2}, {1, 1}, {1, 2, 3}, {4_000_000_000}} {
			for section := SectionAll; section <= SectionMIME; section++ {
				if off, size, ok := Parts(table).Find(path, section); ok && (off < 0 || size < 0) {
					t.Fatalf("%v: %d+%d", path, off, size)
				}
			}
		}
	})
}

func FuzzAddressList(f *testing.F) {
	f.Add([]byte("G: \"A\" <@r:a@b>, (c) d@e;"))
	f.Add([]byte("a@[1.2, <b@c> d <e"))
	f.Fuzz(func(t *testing.T, list []byte) {
		v, err := parseIMAP(appendAddresses(nil, list))
		if err != nil {
			t.Fatal(err)
		}
		depth := 0
		EachAddress(list, func(a Address) bool {
			switch a.Kind {
			case GroupStart:
				depth++
			case GroupEnd:
				depth--
			}
			return true
		})
		if v == nil && depth != 0 {
			t.Fatal("group without addresses")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for name, data := range map[string][]byte{
		"small":            []byte(mimetest.Head + "\r\nHello\r\n"),
		"mixed 10k":        []byte(mimetest.Mixed("text", mimetest.Bytes(1, 7_000))),
		"attachment 1 MiB": []byte(mimetest.Mixed("text", mimetest.Bytes(1, 1<<20))),
	} {
		b.Run("structure/"+name, func(b *testing.B) {
			var s Structure
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				s.Reset(data)
			}
		})
		b.Run("recipe/"+name, func(b *testing.B) {
			s := NewStructure(data)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				s.Recipe()
			}
		})
		b.Run("strings/"+name, func(b *testing.B) {
			s := NewStructure(data)
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				dst = s.AppendEnvelope(dst[:0])
				dst = s.AppendBodyStructure(dst, true)
				dst = s.AppendBodyStructure(dst, false)
				dst = s.AppendParts(dst)
			}
		})
	}
}

func BenchmarkFind(b *testing.B) {
	table := Parts(NewStructure([]byte(mimetest.Mixed("x", []byte("y")))).AppendParts(nil))
	path := []uint32{2}
	b.ReportAllocs()
	for b.Loop() {
		table.Find(path, SectionAll)
	}
}
