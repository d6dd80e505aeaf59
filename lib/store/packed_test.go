// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"twiga/lib/blob"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/store/recipe"
)

func TestNormalise(t *testing.T) {
	r := func(list ...mapi.UID) (out []mapi.UIDRange) {
		for i := 0; i < len(list); i += 2 {
			out = append(out, mapi.UIDRange{First: list[i], Last: list[i+1]})
		}
		return out
	}
	for _, tc := range []struct {
		name     string
		in, want []mapi.UIDRange
	}{
		{"none", nil, nil},
		{"sorted", r(5, 6, 1, 2), r(1, 2, 5, 6)},
		{"overlap", r(1, 5, 3, 9), r(1, 9)},
		{"one within another", r(1, 9, 2, 3), r(1, 9)},
		{"touching", r(1, 2, 3, 4), r(1, 4)},
		{"reversed is empty", r(9, 1, 4, 4), r(4, 4)},
		{"up to the end", r(7, math.MaxUint32, 1, math.MaxUint32), r(1, math.MaxUint32)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := normalise(tc.in); !slices.Equal(got, tc.want) {
				t.Errorf("%v, want %v", got, tc.want)
			}
		})
	}
}

func TestKeywords(t *testing.T) {
	for _, tc := range []struct {
		name string
		list []string
		want string
		code mapi.Code
	}{
		{"none", nil, "", 0},
		{"two", []string{"a", "$B"}, "a\n$B\n", 0},
		{"double in other case", []string{"a", "A", "b"}, "a\nb\n", 0},
		{"empty", []string{""}, "", mapi.InvalidParameter},
		{"control character", []string{"a\nb"}, "", mapi.InvalidParameter},
		{"long", []string{string(bytes.Repeat([]byte("x"), object.MaxKeywordLength+1))}, "", mapi.InvalidParameter},
		{"many", make([]string, object.MaxKeywords+1), "", mapi.TooBig},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := packKeywords(tc.list); got != tc.want || mapi.CodeOf(err) != tc.code {
				t.Errorf("%q %v", got, err)
			}
		})
	}
	if got := mergeKeywords("a\nb\n", []string{"B", "c"}, true); got != "a\nb\nc\n" {
		t.Errorf("add: %q", got)
	}
	if got := mergeKeywords("a\nb\n", []string{"A", "x"}, false); got != "b\n" {
		t.Errorf("remove: %q", got)
	}
	if got := mergeKeywords("a\n", []string{"a"}, false); got != "" {
		t.Errorf("remove the last: %q", got)
	}
}

// Bags want their tags in order, so the tables of computed columns do too.
func TestComputedOrder(t *testing.T) {
	for i := 1; i < len(computed); i++ {
		if computed[i-1].tag >= computed[i].tag {
			t.Errorf("%s before %s", computed[i-1].tag, computed[i].tag)
		}
	}
	for i := 1; i < len(folderComputed); i++ {
		if folderComputed[i-1].tag >= folderComputed[i].tag {
			t.Errorf("folders: %s before %s", folderComputed[i-1].tag, folderComputed[i].tag)
		}
	}
	for i, c := range computed {
		if got := findComputed(c.tag); got != i {
			t.Errorf("%s is at %d, found at %d", c.tag, i, got)
		}
	}
}

func TestAppendAll(t *testing.T) {
	r := row{folder: 3, it: item{uid: 5, id: 9, keywords: "k\n", sent: 1, flags: object.FlagFlagged},
		bag:     wire.AppendBag(nil, mapi.Props{{Tag: tag.Subject, Value: mapi.String("s")}, {Tag: mapi.NewTag(0x8001, mapi.PtypString), Value: mapi.String("named")}}),
		summary: wire.AppendBag(nil, mapi.Props{{Tag: tag.TwigaEnvelope, Value: mapi.Binary([]byte("e"))}})}
	b := appendAll(nil, &r)
	if err := b.Check(); err != nil {
		t.Fatal(err)
	}
	if b.Text(tag.Subject) != "s" || string(b.Bytes(tag.TwigaEnvelope)) != "e" || b.Int(tag.Mid) != 9 || b.Text(mapi.NewTag(0x8001, mapi.PtypString)) != "named" {
		t.Errorf("bag %v", b.Props())
	}
	for p := range b.All {
		if v, ok := r.Get(p); !ok || v.IsZero() {
			t.Errorf("%s is not found", p)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(packRecipients([]mapi.Props{{{Tag: tag.Subject, Value: mapi.String("s")}}}))
	f.Add(packAttachments([]attachment{{offset: 1, length: 2, encoding: 1, bag: wire.Bag{1}}}))
	f.Add(packBody([][]byte{{1, 0, 0, 0}, nil, {1, 2, 3}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = unpackRecipients(b)
		list, err := unpackAttachments(b)
		if err == nil && len(list) > 0 && len(packAttachments(list)) > len(b)+10 {
			t.Error("packs longer than it was")
		}
		for part := range 3 {
			_, _ = bodyPart(b, part)
		}
		_ = eachBlob(new(recipe.Recipe), b, func(blob.ID) error { return nil })
	})
}
