// SPDX-License-Identifier: AGPL-3.0-or-later

package wire_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// sample is a bag like that of a message in a list.
func sample() wire.Bag {
	var p mapi.Props
	p.Set(tag.Subject, mapi.String("Quarterly figures and the minutes of the meeting"))
	p.Set(tag.MessageClass, mapi.String(mapi.ClassNote))
	p.Set(tag.Importance, mapi.Int32(1))
	p.Set(tag.SenderName, mapi.String("Ann Example"))
	p.Set(tag.SenderSmtpAddress, mapi.String("ann@example.test"))
	p.Set(tag.DisplayTo, mapi.String("Bob Example; Cem Example"))
	p.Set(tag.MessageFlags, mapi.Int32(1))
	p.Set(tag.MessageSizeExtended, mapi.Int64(12345))
	p.Set(tag.InternetMessageId, mapi.String("<1@example.test>"))
	p.Set(tag.HasAttachments, mapi.Bool(true))
	p.Set(tag.TwigaKeywords, mapi.Strings("Work", "Later"))
	return wire.AppendBag(nil, p)
}

func TestBagBytes(t *testing.T) {
	for name, row := range map[string]struct {
		props mapi.Props
		want  string
	}{
		"empty":    {nil, "01"},
		"integer":  {mapi.Props{{Tag: tag.MessageFlags, Value: mapi.Int32(1)}}, "01" + "0300070e01000000"},
		"string":   {mapi.Props{{Tag: tag.Subject, Value: mapi.String("Hi")}}, "01" + "1f003700" + "024869"},
		"boolean":  {mapi.Props{{Tag: tag.Read, Value: mapi.Bool(true)}}, "01" + "0b00690e" + "01"},
		"strings":  {mapi.Props{{Tag: tag.TwigaKeywords, Value: mapi.Strings("a", "")}}, "01" + "1f10f167" + "03" + "0161" + "00"},
		"null":     {mapi.Props{{Tag: 0x00010001, Value: mapi.Null()}}, "01" + "01000100"},
		"not set":  {mapi.Props{{Tag: tag.Subject}}, "01"},
		"own type": {mapi.Props{{Tag: tag.Subject, Value: mapi.Int16(2)}}, "01" + "02003700" + "0200"},
	} {
		t.Run(name, func(t *testing.T) {
			bag := wire.AppendBag(nil, row.props)
			if hex.EncodeToString(bag) != row.want {
				t.Errorf("%x, want %s", bag, row.want)
			}
			if err := wire.Bag(bag).Check(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBagCheck(t *testing.T) {
	for name, row := range map[string]struct {
		bag  string
		want mapi.Code
	}{
		"version":             {"02", mapi.Version},
		"half a tag":          {"010300", mapi.InvalidParameter},
		"value cut short":     {"010300070e010000", mapi.InvalidParameter},
		"string too long":     {"011f0037000348", mapi.InvalidParameter},
		"endless length":      {"011f003700ffffffffffffffffffffff", mapi.InvalidParameter},
		"huge length":         {"011f003700ffffffffffffffff7f", mapi.InvalidParameter},
		"unknown type":        {"01010137000000", mapi.InvalidParameter},
		"no type":             {"0100003700", mapi.InvalidParameter},
		"out of order":        {"010b00690e010b00680e01", mapi.InvalidParameter},
		"twice":               {"010b00690e010b00690e01", mapi.InvalidParameter},
		"two types of one id": {"010300080e010000001400080e0000000000000000", mapi.InvalidParameter},
		"odd elements":        {"010310f0670301000000"[:18] + "010203", mapi.InvalidParameter},
		"element too long":    {"011f10f167020561", mapi.InvalidParameter},
		"list of booleans":    {"010b10f1670101", mapi.InvalidParameter},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(row.bag)
			if err != nil {
				t.Fatal(err)
			}
			if err := wire.Bag(b).Check(); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
			if _, err := wire.ReadProps(b); err == nil {
				t.Error("ReadProps takes it")
			}
		})
	}
	if err := wire.Bag(make([]byte, wire.MaxBag+1)).Check(); !errors.Is(err, mapi.TooBig) {
		t.Errorf("too big: %v", err)
	}
	if err := wire.Bag(nil).Check(); err != nil {
		t.Errorf("no bag: %v", err)
	}
}

func TestBagGet(t *testing.T) {
	bag := sample()
	for name, row := range map[string]struct {
		tag  mapi.PropTag
		want mapi.Value
		ok   bool
	}{
		"string":          {tag.DisplayTo, mapi.String("Bob Example; Cem Example"), true},
		"first":           {tag.Importance, mapi.Int32(1), true},
		"last":            {tag.TwigaKeywords, mapi.Strings("Work", "Later"), true},
		"any type":        {tag.MessageSize.WithType(0), mapi.Int64(12345), true},
		"another type":    {tag.MessageSize, mapi.Value{}, false},
		"missing between": {tag.Body, mapi.Value{}, false},
		"missing behind":  {0xfffd0003, mapi.Value{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := bag.Get(row.tag)
			if ok != row.ok || ok && !got.Equal(row.want) {
				t.Errorf("%v, %v", got, ok)
			}
		})
	}
}

func TestBagRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		props := mapitest.Props().Draw(t, "props")
		bag := wire.Bag(wire.AppendBag(nil, props))
		if err := bag.Check(); err != nil {
			t.Fatal(err)
		}
		if !sameProps(bag.Props(), props) {
			t.Fatalf("back %v, want %v", bag.Props(), props)
		}
		for _, p := range props {
			if v, ok := bag.Get(p.Tag); !ok || !v.Equal(p.Value) {
				t.Fatalf("%s is %v, want %v", p.Tag, v, p.Value)
			}
		}
	})
}

func sameProps(a, b mapi.Props) bool {
	return slices.EqualFunc(a, b, func(x, y mapi.Prop) bool { return x.Tag == y.Tag && x.Value.Equal(y.Value) })
}

func TestAppendChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, set := mapitest.Props().Draw(t, "old"), mapitest.Props().Draw(t, "set")
		deleted := rapid.SliceOf(rapid.Map(rapid.Uint16Range(1, 15), func(id uint16) mapi.PropTag {
			return mapi.NewTag(id, mapi.PtypUnspecified)
		})).Draw(t, "deleted")
		got := wire.Bag(wire.AppendChanged(nil, wire.AppendBag(nil, old), set, deleted))
		want := slices.Clone(old)
		for _, d := range deleted {
			want.Delete(d)
		}
		for _, p := range set {
			want.Set(p.Tag, p.Value)
		}
		if err := got.Check(); err != nil || !sameProps(got.Props(), want) {
			t.Fatalf("%v, want %v (%v)", got.Props(), want, err)
		}
	})
}

func TestAppendSelected(t *testing.T) {
	got := wire.Bag(wire.AppendSelected(nil, sample(), []mapi.PropTag{tag.TwigaKeywords, tag.Body, tag.Subject, tag.MessageSize, tag.MessageFlags.WithType(0)}))
	want := mapi.Props{{Tag: tag.Subject, Value: mapi.String("Quarterly figures and the minutes of the meeting")},
		{Tag: tag.MessageFlags, Value: mapi.Int32(1)}, {Tag: tag.TwigaKeywords, Value: mapi.Strings("Work", "Later")}}
	if !sameProps(got.Props(), want) {
		t.Errorf("%v", got.Props())
	}
}

// sameRestriction compares by encoding, since values hold bytes that are
// equal but not the same.
func sameRestriction(a, b mapi.Restriction) bool {
	return bytes.Equal(wire.AppendRestriction(nil, a), wire.AppendRestriction(nil, b))
}

func TestRestrictionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := mapitest.Restriction(4).Draw(t, "restriction")
		b := wire.AppendRestriction([]byte("x"), r)[1:]
		back, err := wire.ReadRestriction(b)
		if err != nil || !sameRestriction(back, r) || reflect.TypeOf(back) != reflect.TypeOf(r) {
			t.Fatalf("back %#v, %v", back, err)
		}
		back, rest, err := wire.TakeRestriction(append(b, 7))
		if err != nil || !sameRestriction(back, r) || !bytes.Equal(rest, []byte{7}) {
			t.Fatalf("taken %#v, %x, %v", back, rest, err)
		}
		if n := rapid.IntRange(1, len(b)-1).Draw(t, "cut"); n > 0 {
			if _, err := wire.ReadRestriction(b[:n]); !errors.Is(err, mapi.InvalidParameter) {
				t.Fatalf("cut to %d of %d bytes: %v", n, len(b), err)
			}
		}
	})
}

func TestRestrictionBytes(t *testing.T) {
	for name, row := range map[string]struct {
		restriction mapi.Restriction
		want        string
	}{
		"none":     {nil, "01ff"},
		"and":      {mapi.And{mapi.Exist{Tag: tag.Body}, nil}, "01" + "0002" + "081f000010" + "ff"},
		"content":  {mapi.Content{Tag: tag.Subject, Match: mapi.Prefix | mapi.IgnoreCase, Value: mapi.String("a")}, "01" + "03" + "1f003700" + "02000100" + "1f00" + "0161"},
		"property": {mapi.Property{Op: mapi.GE, Tag: tag.Importance, Value: mapi.Int32(2)}, "01" + "0403" + "03001700" + "0300" + "02000000"},
		"bitmask":  {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1, NonZero: true}, "01" + "0601" + "0300070e" + "01000000"},
		"sub":      {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Exist{Tag: tag.SmtpAddress}}, "01" + "09" + "0d00120e" + "081f00fe39"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := hex.EncodeToString(wire.AppendRestriction(nil, row.restriction)); got != row.want {
				t.Errorf("%s, want %s", got, row.want)
			}
		})
	}
}

func TestRestrictionErrors(t *testing.T) {
	deep := mapi.Restriction(mapi.Exist{Tag: tag.Body})
	for range mapi.MaxRestrictionDepth - 1 {
		deep = mapi.Not{Of: deep}
	}
	if _, err := wire.ReadRestriction(wire.AppendRestriction(nil, deep)); err != nil {
		t.Errorf("as deep as may be: %v", err)
	}
	wide := make(mapi.And, mapi.MaxRestrictionNodes-1)
	if _, err := wire.ReadRestriction(wire.AppendRestriction(nil, wide)); err != nil {
		t.Errorf("as wide as may be: %v", err)
	}
	for name, row := range map[string]struct {
		data []byte
		want mapi.Code
	}{
		"too deep":           {wire.AppendRestriction(nil, mapi.Not{Of: deep}), mapi.TooComplex},
		"too many nodes":     {wire.AppendRestriction(nil, append(slices.Clone(wide), nil)), mapi.TooComplex},
		"too long a list":    {wire.AppendRestriction(nil, make(mapi.Or, mapi.MaxRestrictionNodes+1)), mapi.TooBig},
		"version":            {[]byte{2, 0xff}, mapi.Version},
		"unknown kind":       {[]byte{1, 0x0c}, mapi.InvalidParameter},
		"unknown comparison": {[]byte{1, 0x05, 7, 0, 0, 0, 0, 0, 0, 0, 0}, mapi.InvalidParameter},
		"a rest":             {[]byte{1, 0xff, 0}, mapi.InvalidParameter},
		"list without end":   {[]byte{1, 0, 200, 1}, mapi.InvalidParameter},
		"bad value":          {[]byte{1, 4, 0, 0, 0, 0, 0, 0x34, 0x12}, mapi.InvalidParameter},
		"bad comment":        {[]byte{1, 10, 1, 9, 0xff}, mapi.InvalidParameter},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := wire.ReadRestriction(row.data)
			if !errors.Is(err, row.want) || r != nil {
				t.Errorf("%v, %v; want %v", r, err, row.want)
			}
		})
	}
	if r, err := wire.ReadRestriction(nil); r != nil || err != nil {
		t.Errorf("empty input: %v, %v", r, err)
	}
}

func TestSort(t *testing.T) {
	order := mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}, {Tag: tag.Subject}}
	b := wire.AppendSort(nil, order)
	if want := "01" + "02" + "4000060e" + "01" + "1f003700" + "00"; hex.EncodeToString(b) != want {
		t.Errorf("%x, want %s", b, want)
	}
	if back, err := wire.ReadSort(b); err != nil || !slices.Equal(back, order) {
		t.Errorf("%v, %v", back, err)
	}
	for name, row := range map[string]struct {
		data []byte
		want mapi.Code
	}{
		"version":       {[]byte{0, 0}, mapi.Version},
		"direction":     {[]byte{1, 1, 0, 0, 0, 0, 2}, mapi.InvalidParameter},
		"too many keys": {wire.AppendSort(nil, make(mapi.SortOrder, wire.MaxSortKeys+1)), mapi.TooBig},
		"cut short":     {b[:len(b)-1], mapi.InvalidParameter},
		"a rest":        {append(slices.Clone(b), 0), mapi.InvalidParameter},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := wire.ReadSort(row.data); !errors.Is(err, row.want) || got != nil {
				t.Errorf("%v, %v; want %v", got, err, row.want)
			}
		})
	}
}

func TestTagsAndNames(t *testing.T) {
	tags := []mapi.PropTag{tag.Subject, tag.Body, 0}
	names := []mapi.Name{tag.LidLocation.Name(), tag.NameKeywords.Name()}
	for name, row := range map[string]struct {
		data []byte
		read func([]byte) (any, error)
		want any
	}{
		"tags":     {wire.AppendTags(nil, tags), func(b []byte) (any, error) { return wire.ReadTags(b) }, tags},
		"no tags":  {nil, func(b []byte) (any, error) { return wire.ReadTags(b) }, []mapi.PropTag(nil)},
		"names":    {wire.AppendNames(nil, names), func(b []byte) (any, error) { return wire.ReadNames(b) }, names},
		"no names": {nil, func(b []byte) (any, error) { return wire.ReadNames(b) }, []mapi.Name(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := row.read(row.data)
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("%v, %v", got, err)
			}
			for n := 1; n < len(row.data); n++ {
				if _, err := row.read(row.data[:n]); !errors.Is(err, mapi.InvalidParameter) {
					t.Errorf("cut to %d bytes: %v", n, err)
				}
			}
		})
	}
	if _, err := wire.ReadTags(wire.AppendTags(nil, make([]mapi.PropTag, wire.MaxTags+1))); !errors.Is(err, mapi.TooBig) {
		t.Errorf("too many tags: %v", err)
	}
	long := []mapi.Name{{Text: string(make([]byte, mapi.MaxNameLength+1))}}
	if _, err := wire.ReadNames(wire.AppendNames(nil, long)); !errors.Is(err, mapi.TooBig) {
		t.Errorf("too long a name: %v", err)
	}
}

// Reading a bag allocates nothing.
func TestBagReadsAllocateNothing(t *testing.T) {
	bag := sample()
	n := testing.AllocsPerRun(100, func() {
		for range bag.All {
		}
		_, _ = bag.Get(tag.TwigaKeywords)
		_ = bag.Int(tag.MessageFlags)
		_ = bag.Bytes(tag.Subject)
		_ = bag.Check()
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
