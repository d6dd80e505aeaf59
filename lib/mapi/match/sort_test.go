// SPDX-License-Identifier: AGPL-3.0-or-later

package match_test

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/tag"
)

func row(t mapi.PropTag, v mapi.Value) mapi.Props { return mapi.Props{{Tag: t, Value: v}} }

func TestSorter(t *testing.T) {
	text := func(s string) mapi.Props { return row(tag.Subject, mapi.String(s)) }
	two := func(importance int32, subject string) mapi.Props {
		return mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(importance)}, {Tag: tag.Subject, Value: mapi.String(subject)}}
	}
	for name, r := range map[string]struct {
		order mapi.SortOrder
		rows  []mapi.Props // in order, none equal
	}{
		"missing first":   {mapi.SortOrder{{Tag: tag.Subject}}, []mapi.Props{nil, text(""), text("\x00"), text("a"), text("a\x00"), text("aa")}},
		"missing last":    {mapi.SortOrder{{Tag: tag.Subject, Descending: true}}, []mapi.Props{text("b"), text("ab"), text("a"), text(""), nil}},
		"without case":    {mapi.SortOrder{{Tag: tag.Subject}}, []mapi.Props{text("ANN"), text("Éa"), text("ex"), text("Zoe")}},
		"numbers":         {mapi.SortOrder{{Tag: tag.Importance}}, []mapi.Props{row(tag.Importance, mapi.Int32(math.MinInt32)), row(tag.Importance, mapi.Int32(-1)), row(tag.Importance, mapi.Int32(0)), row(tag.Importance, mapi.Int32(2))}},
		"floating":        {mapi.SortOrder{{Tag: 0x80010005}}, []mapi.Props{row(0x80010005, mapi.Float64(math.Inf(-1))), row(0x80010005, mapi.Float64(-1)), row(0x80010005, mapi.Float64(0)), row(0x80010005, mapi.Float64(1e-9)), row(0x80010005, mapi.Float64(2))}},
		"times":           {mapi.SortOrder{{Tag: tag.CreationTime, Descending: true}}, []mapi.Props{row(tag.CreationTime, mapi.Time(delivered)), row(tag.CreationTime, mapi.Time(delivered.Add(-time.Hour)))}},
		"second key":      {mapi.SortOrder{{Tag: tag.Importance, Descending: true}, {Tag: tag.Subject}}, []mapi.Props{two(2, "b"), two(1, "a"), two(1, "b"), two(0, "a")}},
		"first of a list": {mapi.SortOrder{{Tag: tag.TwigaKeywords}}, []mapi.Props{row(tag.TwigaKeywords, mapi.Strings()), row(tag.TwigaKeywords, mapi.Strings("a", "z")), row(tag.TwigaKeywords, mapi.Strings("b"))}},
		"binary by bytes": {mapi.SortOrder{{Tag: tag.EntryId}}, []mapi.Props{row(tag.EntryId, mapi.Binary([]byte("A"))), row(tag.EntryId, mapi.Binary([]byte("a")))}},
	} {
		t.Run(name, func(t *testing.T) {
			s := match.NewSorter(r.order)
			for i, a := range r.rows {
				for j, b := range r.rows {
					want := 0
					switch {
					case i < j:
						want = -1
					case i > j:
						want = 1
					}
					if got := s.Compare(a, b); got != want {
						t.Errorf("rows %d and %d: %d, want %d", i, j, got, want)
					}
					if got := bytes.Compare(s.Key(nil, a), s.Key(nil, b)); got != want {
						t.Errorf("keys of rows %d and %d: %d, want %d", i, j, got, want)
					}
					if s.Less(a, b) != (want < 0) {
						t.Errorf("less of rows %d and %d", i, j)
					}
				}
			}
		})
	}
	if match.NewSorter(nil).Compare(text("a"), text("b")) != 0 {
		t.Error("no order sorts")
	}
	if match.NewSorter(mapi.SortOrder{{Tag: tag.Subject}}).Compare(text("Élan"), text("elan")) != 0 {
		t.Error("case and diacritics count")
	}
}

// A key compares as Compare does, also where one column's key might run into the next.
func TestSortKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var order mapi.SortOrder
		for range rapid.IntRange(1, 3).Draw(t, "keys") {
			order = append(order, mapi.SortKey{
				Tag:        mapi.NewTag(rapid.Uint16Range(1, 5).Draw(t, "id"), mapi.PtypString),
				Descending: rapid.Bool().Draw(t, "descending"),
			})
		}
		s := match.NewSorter(order)
		a, b := mapitest.Props().Draw(t, "a"), mapitest.Props().Draw(t, "b")
		if c, k := s.Compare(a, b), bytes.Compare(s.Key(nil, a), s.Key(nil, b)); c != k || s.Compare(b, a) != -c {
			t.Fatalf("compare %d, keys %d", c, k)
		}
	})
}

func BenchmarkSortKey(b *testing.B) {
	s := match.NewSorter(mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}, {Tag: tag.SenderName}})
	m, buf := sample(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = s.Key(buf[:0], m)
	}
}

func TestLocaleSorter(t *testing.T) {
	sorted := func(locale string, list ...string) string {
		s, err := match.NewLocaleSorter(mapi.SortOrder{{Tag: tag.Subject}}, locale)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortStableFunc(list, func(a, b string) int {
			return s.Compare(row(tag.Subject, mapi.String(a)), row(tag.Subject, mapi.String(b)))
		})
		return strings.Join(list, " ")
	}
	for name, row := range map[string]struct {
		locale, want string
	}{
		"none":    {"", "Apfel Ärger Öl ös zahn"}, // diacritics do not count
		"German":  {"de", "Apfel Ärger Öl ös zahn"},
		"Swedish": {"sv-SE", "Apfel zahn Ärger Öl ös"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sorted(row.locale, "zahn", "ös", "Öl", "Ärger", "Apfel"); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
	s, err := match.NewLocaleSorter(mapi.SortOrder{{Tag: tag.Subject}, {Tag: tag.Importance}}, "en")
	if err != nil {
		t.Fatal(err)
	}
	a := mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(2)}, {Tag: tag.Subject, Value: mapi.String("ann")}}
	b := mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(1)}, {Tag: tag.Subject, Value: mapi.String("ANN")}}
	if s.Compare(a, b) != 1 {
		t.Error("case decides before the second key")
	}
	for _, bad := range []string{"no such locale!", strings.Repeat("x", 65)} {
		if _, err := match.NewLocaleSorter(nil, bad); !errors.Is(err, mapi.InvalidParameter) {
			t.Errorf("locale %.10q: %v", bad, err)
		}
	}
}
