// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi"
)

func TestXIDBytes(t *testing.T) {
	store, _ := mapi.ParseGUID(storeGUID)
	const packed = "33221100554477668899aabbccddeeff"
	for name, row := range map[string]struct {
		xid  mapi.XID
		want string
	}{
		"of a store":     {mapi.ChangeXID(store, 0x1f), packed + "00000000001f"},
		"largest change": {mapi.ChangeXID(store, mapi.MaxCounter), packed + "ffffffffffff"},
		"one byte":       {mapi.XID{Replica: store, Number: 7, Size: 1}, packed + "07"},
		"eight bytes":    {mapi.XID{Replica: store, Number: 1<<64 - 1, Size: 8}, packed + "ffffffffffffffff"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hex.EncodeToString(row.xid.Bytes()); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
			if back, err := mapi.ReadXID(row.xid.Bytes()); err != nil || back != row.xid {
				t.Errorf("back %+v, %v", back, err)
			}
		})
	}
	for _, n := range []int{0, 16, 25} {
		if _, err := mapi.ReadXID(make([]byte, n)); !errors.Is(err, mapi.InvalidParameter) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestPredecessorsBytes(t *testing.T) {
	low, high := "16"+strings.Repeat("01", 16), "18"+strings.Repeat("02", 16)
	for name, row := range map[string]struct{ in, want string }{
		"none":             {"", ""},
		"in order":         {low + "000000000005" + high + "0000000000000007", low + "000000000005" + high + "0000000000000007"},
		"put in order":     {high + "0000000000000007" + low + "000000000005", low + "000000000005" + high + "0000000000000007"},
		"the last of each": {low + "000000000009" + low + "000000000005", low + "000000000009"},
		"too short":        {"16" + strings.Repeat("01", 20), "error"},
		"XID too short":    {"10" + strings.Repeat("01", 16), "error"},
		"XID too long":     {"19" + strings.Repeat("01", 25), "error"},
		"only a size":      {"16", "error"},
		"too many":         {strings.Repeat(low+"000000000009", mapi.MaxPredecessors+1), "error"},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := hex.DecodeString(row.in)
			if err != nil {
				t.Fatal(err)
			}
			list, err := mapi.ReadPredecessors(in)
			if row.want == "error" {
				if !errors.Is(err, mapi.InvalidParameter) {
					t.Errorf("%v, error %v", list, err)
				}
				return
			}
			if got := hex.EncodeToString(list.Bytes()); err != nil || got != row.want {
				t.Errorf("%s, %v, want %s", got, err, row.want)
			}
		})
	}
}

// some is a random list over few replicas and numbers, so that they often meet.
func some(r *rand.Rand) mapi.Predecessors {
	var list mapi.Predecessors
	for range r.IntN(4) {
		list = append(list, mapi.XID{Replica: mapi.GUID{byte(r.IntN(3))}, Number: uint64(r.IntN(4)), Size: 6})
	}
	return mapi.Predecessors(nil).Merge(list...)
}

// What holds for all lists.
func TestPredecessorsProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		a, b, c := some(r), some(r), some(r)
		both := a.Merge(b...)
		for name, holds := range map[string]bool{
			"includes itself":             a.Includes(a),
			"includes nothing":            a.Includes(nil),
			"a merge includes both":       both.Includes(a) && both.Includes(b),
			"a merge is the least such":   !c.Includes(a) || !c.Includes(b) || c.Includes(both),
			"merging has no order":        slices.Equal(both, b.Merge(a...)),
			"merging twice is once":       slices.Equal(both, both.Merge(b...)),
			"included both ways is equal": !a.Includes(b) || !b.Includes(a) || slices.Equal(a, b),
			"inclusion goes on":           !a.Includes(b) || !b.Includes(c) || a.Includes(c),
			"includes is has of each":     a.Includes(b) == !slices.ContainsFunc(b, func(x mapi.XID) bool { return !a.Has(x) }),
		} {
			if !holds {
				t.Fatalf("%s: not with %v, %v, %v", name, a, b, c)
			}
		}
		if back, err := mapi.ReadPredecessors(a.Bytes()); err != nil || !slices.Equal(back, a) {
			t.Fatalf("%v comes back as %v, %v", a, back, err)
		}
	}
}

func TestSourceKey(t *testing.T) {
	store, _ := mapi.ParseGUID(storeGUID)
	key := mapi.SourceKey(store, 0x1f)
	if got := hex.EncodeToString(key); got != "33221100554477668899aabbccddeeff00000000001f" {
		t.Errorf("source key %s", got)
	}
	if s, id, ok := mapi.ReadSourceKey(key); !ok || s != store || id != 0x1f {
		t.Errorf("back %s %s %v", s, id, ok)
	}
	for _, n := range []int{0, 21, 23} {
		if _, _, ok := mapi.ReadSourceKey(make([]byte, n)); ok {
			t.Errorf("a source key of %d bytes", n)
		}
	}
}

func FuzzPredecessors(f *testing.F) {
	store, _ := mapi.ParseGUID(storeGUID)
	one := mapi.ChangeXID(store, 5)
	f.Add(one.Bytes())
	f.Add(mapi.SourceKey(store, 7))
	f.Add(mapi.Predecessors{one}.Merge(mapi.XID{Replica: mapi.GUID{1}, Number: 9, Size: 8}).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if x, err := mapi.ReadXID(b); err == nil && !bytes.Equal(x.Bytes(), b) {
			t.Errorf("XID %x becomes %x", b, x.Bytes())
		}
		if s, id, ok := mapi.ReadSourceKey(b); ok && !bytes.Equal(mapi.SourceKey(s, id), b) {
			t.Errorf("source key %x becomes %x", b, mapi.SourceKey(s, id))
		}
		list, err := mapi.ReadPredecessors(b)
		if err != nil {
			return
		}
		back, err := mapi.ReadPredecessors(list.Bytes())
		if err != nil || !slices.Equal(back, list) || !list.Includes(back) {
			t.Errorf("%v comes back as %v, %v", list, back, err)
		}
	})
}
