// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNumSetGrammar(t *testing.T) {
	for _, tt := range []struct {
		in, resolved string // resolved with last 10; empty in with an error
		bad          bool
	}{
		{in: "1", resolved: "1"},
		{in: "1,3,5", resolved: "1,3,5"},
		{in: "1,2,3", resolved: "1:3"},
		{in: "3,2,1", resolved: "1:3"},
		{in: "1:*", resolved: "1:10"},
		{in: "*", resolved: "10"},
		{in: "*:4", resolved: "4:10"},
		{in: "*:*", resolved: "10"},
		{in: "12:*", resolved: "10:12"},
		{in: "7:3,1:4", resolved: "1:7"},
		{in: "4294967295,4294967294:4294967295", resolved: "4294967294:4294967295"},
		{in: "1:4294967295,2", resolved: "1:4294967295"},
		{in: "", bad: true},
		{in: "0", bad: true},
		{in: "1:0", bad: true},
		{in: "1,", bad: true},
		{in: ",1", bad: true},
		{in: "1:", bad: true},
		{in: "1:2:3", bad: true},
		{in: "4294967296", bad: true},
		{in: "1 2", bad: true},
		{in: "$", bad: true},
		{in: "-1", bad: true},
	} {
		set, err := parseWhole([]byte(tt.in))
		if (err != nil) != tt.bad {
			t.Errorf("%q: error %v", tt.in, err)
			continue
		}
		if got := set.Resolve(10).String(); err == nil && got != tt.resolved {
			t.Errorf("%q: resolved %q, want %q", tt.in, got, tt.resolved)
		}
	}
}

func TestNumSetOfNothing(t *testing.T) {
	set := NumSet{{1, Star}, {Star, Star}, {3, 4}}
	if got := set.Resolve(0).String(); got != "3:4" {
		t.Errorf("got %q", got)
	}
	var none NumSet
	if none.AddRange(2, 1); none != nil {
		t.Errorf("got %v", none)
	}
	if SetOf().Len() != 0 || SetOf() != nil {
		t.Error("the empty set is not empty")
	}
}

func TestNumSetStaysSmall(t *testing.T) {
	var in strings.Builder
	for i := range 100_000 {
		if i > 0 {
			in.WriteByte(',')
		}
		in.Write(AppendUint(nil, uint64(i+1)))
	}
	set, err := parseWhole([]byte(in.String()))
	if err != nil || len(set) != 1 || set.Len() != 100_000 {
		t.Errorf("got %d ranges, %v", len(set), err)
	}
}

func drawNums(t *rapid.T) []uint32 {
	return rapid.SliceOf(rapid.OneOf(rapid.Uint32Range(1, 40), rapid.Uint32Range(math.MaxUint32-4, math.MaxUint32))).Draw(t, "nums")
}

func TestNumSetProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nums := drawNums(t)
		set := SetOf(nums...)
		if !set.normal() {
			t.Fatalf("%v is not normal", set)
		}
		slices.Sort(nums)
		nums = slices.Compact(nums)
		got := slices.Collect(set.All())
		if len(got)+len(nums) > 0 && !slices.Equal(got, nums) {
			t.Fatalf("All: got %v, want %v", got, nums)
		}
		if set.Len() != uint64(len(nums)) {
			t.Fatalf("Len: got %d, want %d", set.Len(), len(nums))
		}
		probe := rapid.Uint32Range(1, 45).Draw(t, "probe")
		if set.Contains(probe) != slices.Contains(nums, probe) {
			t.Fatalf("Contains(%d) is wrong for %v", probe, set)
		}
		if len(set) > 0 {
			back, err := parseWhole(AppendNumSet(nil, set))
			if err != nil || !cmp.Equal(back, set) {
				t.Fatalf("read back as %v, %v", back, err)
			}
		}
	})
}

func FuzzNumSet(f *testing.F) {
	for _, s := range []string{"1", "1:*", "*,3:1", "1,2,4:9", "4294967295:*"} {
		f.Add([]byte(s), uint32(7))
	}
	f.Fuzz(func(t *testing.T, in []byte, last uint32) {
		set, err := parseWhole(in)
		if err != nil {
			return
		}
		back, err := parseWhole(AppendNumSet(nil, set))
		if err != nil || !cmp.Equal(back, set) {
			t.Fatalf("%q was read back as %v, %v", in, back, err)
		}
		normal := set.Resolve(last)
		if !normal.normal() {
			t.Fatalf("%v resolved to %v", set, normal)
		}
		for _, r := range set {
			if r.Start != Star && !normal.Contains(r.Start) && (r.Stop != Star || last > 0) {
				t.Fatalf("%v lost %d", normal, r.Start)
			}
		}
	})
}

// parseWhole parses the whole of b as a sequence set.
func parseWhole(b []byte) (NumSet, error) {
	set, n, err := scanNumSet(b)
	if err == nil && n != len(b) {
		err = ErrNumSet
	}
	if err != nil {
		return nil, err
	}
	return set, nil
}
