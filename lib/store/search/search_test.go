// SPDX-License-Identifier: AGPL-3.0-or-later

package search_test

import (
	"reflect"
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/search"
)

func TestPack(t *testing.T) {
	subject := mapi.Content{Tag: tag.Subject, Match: mapi.Substring, Value: mapi.String("x")}
	for name, c := range map[string]object.SearchCriteria{
		"all of a folder": {Scope: []mapi.ID{3}},
		"everything":      {Scope: []mapi.ID{1}, Subfolders: true},
		"static":          {Scope: []mapi.ID{2, 1 << 40}, Static: true, Where: subject},
		"deep":            {Scope: []mapi.ID{2}, Where: mapi.And{subject, mapi.Not{Of: mapi.Or{subject, mapi.Exist{Tag: tag.Body}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			packed := search.Pack(&c)
			got, err := search.Unpack(packed)
			if err != nil || !reflect.DeepEqual(got, c) {
				t.Errorf("%+v %v", got, err)
			}
			for n := range packed {
				if _, err := search.Unpack(packed[:n]); mapi.CodeOf(err) != mapi.CorruptData {
					t.Errorf("the first %d bytes: %v", n, err)
				}
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(search.Pack(&object.SearchCriteria{Scope: []mapi.ID{3, 200}, Where: mapi.Exist{Tag: tag.Subject}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := search.Unpack(b)
		if err != nil {
			return
		}
		again, err := search.Unpack(search.Pack(&c))
		if err != nil || !slices.Equal(again.Scope, c.Scope) || again.Static != c.Static || again.Subfolders != c.Subfolders {
			t.Errorf("%+v became %+v, %v", c, again, err)
		}
	})
}

func TestLooks(t *testing.T) {
	flags := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	counts := mapi.Count{N: 1, Of: mapi.Exist{Tag: tag.Subject}}
	for name, c := range map[string]struct {
		r             mapi.Restriction
		looks, counts bool
	}{
		"nothing":          {nil, false, false},
		"another":          {mapi.Exist{Tag: tag.Subject}, false, false},
		"itself":           {flags, true, false},
		"deep":             {mapi.And{mapi.Exist{Tag: tag.Subject}, mapi.Or{mapi.Not{Of: mapi.Comment{Of: flags}}}}, true, false},
		"second of two":    {mapi.Compare{A: tag.Subject, B: tag.MessageFlags}, true, false},
		"of a sub-object":  {mapi.Sub{Of: tag.MessageRecipients, Part: flags}, false, false},
		"counts":           {mapi.Not{Of: counts}, false, true},
		"counts below one": {mapi.Sub{Of: tag.MessageRecipients, Part: counts}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := search.Looks(c.r, func(p mapi.PropTag) bool { return p == tag.MessageFlags }); got != c.looks {
				t.Errorf("looks is %v", got)
			}
			if got := search.Counts(c.r); got != c.counts {
				t.Errorf("counts is %v", got)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	on := map[mapi.ID][]mapi.ID{5: {9, 100}, 9: {7}, 7: nil, 2: {5}}
	if got := search.Order(on); !slices.Equal(got, []mapi.ID{7, 9, 5, 2}) {
		t.Errorf("order %v", got)
	}
	if !search.Reaches(on, 2, 7) || search.Reaches(on, 7, 2) || !search.Reaches(on, 7, 7) {
		t.Error("reaches is wrong")
	}
	on[7] = []mapi.ID{2}
	if got := search.Order(on); len(got) != 4 {
		t.Errorf("order of a circle %v", got)
	}
}
