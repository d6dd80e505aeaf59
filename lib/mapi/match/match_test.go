// SPDX-License-Identifier: AGPL-3.0-or-later

package match_test

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/mapitest"
	"twiga/lib/mapi/match"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// message is a bag with recipients.
type message struct {
	wire.Bag
	recipients []mapi.Props
}

func (m message) Subs(of mapi.PropTag) iter.Seq[match.Source] {
	return func(yield func(match.Source) bool) {
		if of != tag.MessageRecipients {
			return
		}
		for _, r := range m.recipients {
			if !yield(r) {
				return
			}
		}
	}
}

var delivered = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func sample() message {
	var p mapi.Props
	p.Set(tag.Subject, mapi.String("Crème brûlée für die GROẞE Straße"))
	p.Set(tag.SenderName, mapi.String("Ann"))
	p.Set(tag.SentRepresentingName, mapi.String("ANN"))
	p.Set(tag.ReceivedByName, mapi.String8([]byte("Bob")))
	p.Set(tag.Importance, mapi.Int32(-1))
	p.Set(tag.MessageFlags, mapi.Int32(0x11))
	p.Set(tag.MessageSizeExtended, mapi.Int64(5000))
	p.Set(tag.MessageDeliveryTime, mapi.Time(delivered))
	p.Set(tag.ConversationIndex, mapi.Binary([]byte{1, 2, 0, 'A'}))
	p.Set(tag.TwigaKeywords, mapi.Strings("Work", "Später"))
	p.Set(tag.HasAttachments, mapi.Bool(true))
	return message{wire.AppendBag(nil, p), []mapi.Props{
		{{Tag: tag.RecipientType, Value: mapi.Int32(1)}, {Tag: tag.SmtpAddress, Value: mapi.String("bob@example.test")}},
		{{Tag: tag.RecipientType, Value: mapi.Int32(2)}, {Tag: tag.SmtpAddress, Value: mapi.String("cem@example.test")}},
	}}
}

func TestNodes(t *testing.T) {
	yes, no := mapi.Exist{Tag: tag.Subject}, mapi.Exist{Tag: tag.Body}
	for name, row := range map[string]struct {
		restriction mapi.Restriction
		want        bool
	}{
		"none":             {nil, true},
		"and":              {mapi.And{yes, yes}, true},
		"and not all":      {mapi.And{yes, no}, false},
		"empty and":        {mapi.And{}, true},
		"or":               {mapi.Or{no, yes}, true},
		"or none":          {mapi.Or{no, no}, false},
		"empty or":         {mapi.Or{}, false},
		"not":              {mapi.Not{Of: no}, true},
		"exist any type":   {mapi.Exist{Tag: tag.MessageSize}, true},
		"comment":          {mapi.Comment{Of: no}, false},
		"comment on none":  {mapi.Comment{}, true},
		"count":            {mapi.Count{N: 1, Of: yes}, true},
		"count of none":    {mapi.Count{N: 0, Of: yes}, false},
		"bit set":          {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 0x03, NonZero: true}, true},
		"bits not set":     {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 0x0c}, true},
		"bit wrongly zero": {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 0x01}, false},
		"bits of missing":  {mapi.Bitmask{Tag: tag.MessageStatus, Mask: 1}, false},
		"bits of a string": {mapi.Bitmask{Tag: tag.Subject, Mask: 1}, false},
		"size":             {mapi.Size{Op: mapi.EQ, Tag: tag.ConversationIndex, Size: 4}, true},
		"size of number":   {mapi.Size{Op: mapi.EQ, Tag: tag.MessageSizeExtended, Size: 8}, true},
		"size of missing":  {mapi.Size{Op: mapi.LT, Tag: tag.Body, Size: 4}, false},
		"sub":              {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Property{Op: mapi.EQ, Tag: tag.RecipientType, Value: mapi.Int32(2)}}, true},
		"sub all in one": {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.And{
			mapi.Property{Op: mapi.EQ, Tag: tag.RecipientType, Value: mapi.Int32(1)},
			mapi.Content{Tag: tag.SmtpAddress, Match: mapi.Prefix, Value: mapi.String("cem")}}}, false},
		"sub of attachments": {mapi.Sub{Of: tag.MessageAttachments}, false},
		"sub within sub":     {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Sub{Of: tag.MessageRecipients}}, false},
		"compare":            {mapi.Compare{Op: mapi.EQ, A: tag.SenderName, B: tag.SentRepresentingName}, true},
		"compare less":       {mapi.Compare{Op: mapi.LT, A: tag.SenderName, B: tag.ReceivedByName}, true},
		"compare missing":    {mapi.Compare{Op: mapi.NE, A: tag.SenderName, B: tag.Body}, false},
		"compare classes":    {mapi.Compare{Op: mapi.NE, A: tag.SenderName, B: tag.Importance}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := match.Match(row.restriction, sample()); err != nil || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestContent(t *testing.T) {
	const both = mapi.IgnoreCase | mapi.IgnoreNonSpace
	for name, row := range map[string]struct {
		tag  mapi.PropTag
		how  mapi.FuzzyLevel
		text mapi.Value
		want bool
	}{
		"full":                   {tag.SenderName, mapi.FullString, mapi.String("Ann"), true},
		"full but case":          {tag.SenderName, mapi.FullString, mapi.String("ann"), false},
		"full without case":      {tag.SenderName, mapi.FullString | mapi.IgnoreCase, mapi.String("ann"), true},
		"full is more":           {tag.SenderName, mapi.FullString, mapi.String("An"), false},
		"prefix":                 {tag.Subject, mapi.Prefix, mapi.String("Crème"), true},
		"prefix within":          {tag.Subject, mapi.Prefix, mapi.String("brûlée"), false},
		"substring":              {tag.Subject, mapi.Substring, mapi.String("brûlée"), true},
		"empty substring":        {tag.Subject, mapi.Substring, mapi.String(""), true},
		"diacritics count":       {tag.Subject, mapi.Substring | mapi.IgnoreCase, mapi.String("brulee"), false},
		"without diacritics":     {tag.Subject, mapi.Substring | mapi.IgnoreNonSpace, mapi.String("brulee"), true},
		"combining marks":        {tag.Subject, mapi.Substring | mapi.IgnoreCase, mapi.String("BRU\u0302LE\u0301E"), true},
		"sharp s":                {tag.Subject, mapi.Substring | both, mapi.String("GROSSE STRASSE"), true},
		"loose":                  {tag.Subject, mapi.Substring | mapi.Loose, mapi.String("ＣＲＥＭＥ ｂｒｕｌｅｅ"), true},
		"wide is not narrow":     {tag.Subject, mapi.Substring | both, mapi.String("ＣＲＥＭＥ"), false},
		"another code page type": {tag.ReceivedByName, mapi.Prefix, mapi.String("Bo"), true},
		"asked as string8":       {tag.SenderName.WithType(mapi.PtypString8), mapi.Prefix, mapi.String8([]byte("A")), true},
		"multi-value":            {tag.TwigaKeywords, mapi.FullString | both, mapi.String("SPATER"), true},
		"multi-value none":       {tag.TwigaKeywords, mapi.FullString, mapi.String("Home"), false},
		"asked as single":        {tag.TwigaKeywords.WithType(mapi.PtypString), mapi.Prefix, mapi.String("Wo"), true},
		"binary":                 {tag.ConversationIndex, mapi.Substring, mapi.Binary([]byte{2, 0}), true},
		"binary keeps case":      {tag.ConversationIndex, mapi.Substring | mapi.IgnoreCase, mapi.Binary([]byte{'a'}), false},
		"binary is no text":      {tag.ConversationIndex, mapi.Substring, mapi.String("A"), false},
		"missing":                {tag.Body, mapi.Substring, mapi.String(""), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := match.Match(mapi.Content{Tag: row.tag, Match: row.how, Value: row.text}, sample())
			if err != nil || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestProperty(t *testing.T) {
	for name, row := range map[string]struct {
		op    mapi.RelOp
		tag   mapi.PropTag
		value mapi.Value
		want  bool
	}{
		"less":                  {mapi.LT, tag.Importance, mapi.Int32(0), true},
		"negative is not great": {mapi.GT, tag.Importance, mapi.Int32(0), false},
		"at most":               {mapi.LE, tag.Importance, mapi.Int32(-1), true},
		"at least":              {mapi.GE, tag.MessageSizeExtended, mapi.Int64(5000), true},
		"narrow asks wide":      {mapi.GT, tag.MessageSize, mapi.Int32(4999), true},
		"float asks number":     {mapi.LT, tag.MessageSizeExtended, mapi.Float64(5000.5), true},
		"boolean":               {mapi.EQ, tag.HasAttachments, mapi.Bool(true), true},
		"time":                  {mapi.GE, tag.MessageDeliveryTime, mapi.Time(delivered), true},
		"time after":            {mapi.GT, tag.MessageDeliveryTime, mapi.Time(delivered), false},
		"string without case":   {mapi.EQ, tag.SenderName, mapi.String("ANN"), true},
		"string order":          {mapi.LT, tag.SenderName, mapi.String("annie"), true},
		"binary":                {mapi.NE, tag.ConversationIndex, mapi.Binary(nil), true},
		"missing":               {mapi.NE, tag.Body, mapi.String("x"), false},
		"other class":           {mapi.NE, tag.Importance, mapi.String("x"), false},
		"one element":           {mapi.EQ, tag.TwigaKeywords, mapi.String("work"), true},
		"no element":            {mapi.EQ, tag.TwigaKeywords, mapi.String("home"), false},
		"whole list":            {mapi.EQ, tag.TwigaKeywords, mapi.Strings("WORK", "SPÄTER"), true},
		"part of list":          {mapi.EQ, tag.TwigaKeywords, mapi.Strings("work"), false},
		"pattern":               {mapi.RE, tag.Subject, mapi.String(`^crème\b.*straße$`), true},
		"pattern fails":         {mapi.RE, tag.Subject, mapi.String(`^brûlée`), false},
		"pattern on list":       {mapi.RE, tag.TwigaKeywords, mapi.String(`^w`), true},
		"pattern on number":     {mapi.RE, tag.Importance, mapi.String(`.`), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := match.Match(mapi.Property{Op: row.op, Tag: row.tag, Value: row.value}, sample())
			if err != nil || got != row.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

type foreign struct{ mapi.Restriction }

func TestCompileErrors(t *testing.T) {
	deep := mapi.Restriction(mapi.And{})
	for range mapi.MaxRestrictionDepth {
		deep = mapi.Not{Of: deep}
	}
	text := func(s string) mapi.Restriction {
		return mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String(s)}
	}
	for name, row := range map[string]struct {
		restriction mapi.Restriction
		want        mapi.Code
	}{
		"too deep":             {deep, mapi.TooComplex},
		"too many":             {make(mapi.Or, mapi.MaxRestrictionNodes), mapi.TooComplex},
		"long pattern":         {text(strings.Repeat("a", match.MaxPattern+1)), mapi.TooComplex},
		"bad pattern":          {text("("), mapi.InvalidParameter},
		"pattern leaves group": {text("a)(b"), mapi.InvalidParameter},
		"long program":         {text(strings.Repeat("(?:.{0,500}q)|", 70)), mapi.TooComplex},
		"long programs":        {mapi.Or(slices.Repeat([]mapi.Restriction{text(".{0,500}q")}, 10)), mapi.TooComplex},
		"huge repeat":          {text("(a{1000}){1000}"), mapi.InvalidParameter},
		"list membership":      {mapi.Property{Op: mapi.MemberOfDL, Tag: tag.SenderEntryId}, mapi.NoSupport},
		"unknown comparison":   {mapi.Property{Op: 9, Tag: tag.Subject}, mapi.InvalidParameter},
		"compare by pattern":   {mapi.Compare{Op: mapi.RE}, mapi.InvalidParameter},
		"size by pattern":      {mapi.Size{Op: mapi.RE}, mapi.InvalidParameter},
		"unknown fuzzy level":  {mapi.Content{Match: 3, Value: mapi.String("")}, mapi.InvalidParameter},
		"content of a list":    {mapi.Content{Value: mapi.Strings("a")}, mapi.InvalidParameter},
		"foreign node":         {mapi.Not{Of: foreign{}}, mapi.InvalidParameter},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := match.Compile(row.restriction); !errors.Is(err, row.want) {
				t.Errorf("error %v, want %v", err, row.want)
			}
		})
	}
}

func TestCountGoesOn(t *testing.T) {
	m, err := match.Compile(mapi.Count{N: 2, Of: mapi.Exist{Tag: tag.Subject}})
	if err != nil {
		t.Fatal(err)
	}
	var got []bool
	for _, s := range []match.Source{sample(), mapi.Props{}, sample(), sample()} {
		got = append(got, m.Match(s))
	}
	if want := []bool{true, false, true, false}; !equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func equal(a, b []bool) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// What a restriction says does not depend on whether the object is a bag or a
// list, nor on the restriction's trip over the wire.
func TestMatchIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, props := mapitest.Restriction(4).Draw(t, "restriction"), mapitest.Props().Draw(t, "props")
		want, err := match.Match(r, props)
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.ReadRestriction(wire.AppendRestriction(nil, r))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := match.Match(back, wire.Bag(wire.AppendBag(nil, props))); err != nil || got != want {
			t.Fatalf("%v, %v; want %v", got, err, want)
		}
		if got, _ := match.Match(mapi.Not{Of: mapi.Not{Of: r}}, props); got != want {
			t.Fatal("not not differs")
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add(wire.AppendRestriction(nil, mapi.And{
		mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.Loose, Value: mapi.String("x")},
		mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String("x+")},
		mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Exist{Tag: tag.SmtpAddress}},
	}), []byte(sample().Bag))
	f.Fuzz(func(_ *testing.T, restriction, bag []byte) {
		r, err := wire.ReadRestriction(restriction)
		if err != nil {
			return
		}
		_, _ = match.Match(r, message{Bag: bag})
	})
}

func BenchmarkMatch(b *testing.B) {
	m, err := match.Compile(mapi.And{
		mapi.Property{Op: mapi.GE, Tag: tag.MessageSizeExtended, Value: mapi.Int64(1000)},
		mapi.Content{Tag: tag.SenderName, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("nn")},
	})
	if err != nil {
		b.Fatal(err)
	}
	s := sample()
	b.ReportAllocs()
	for b.Loop() {
		if !m.Match(s) {
			b.Fatal("no match")
		}
	}
}

// TestCostBounds has restrictions that would take hours of the longest values.
func TestCostBounds(t *testing.T) {
	var long mapi.Props
	long.Set(tag.Body, mapi.String(strings.Repeat("ab", 8<<20)))
	short := mapi.Props{{Tag: tag.Body, Value: mapi.String("the needle")}}
	needle := mapi.Content{Tag: tag.Body, Match: mapi.Substring | mapi.Loose, Value: mapi.String("needle")}
	for name, r := range map[string]mapi.Restriction{
		"pattern":         mapi.Property{Op: mapi.RE, Tag: tag.Body, Value: mapi.String("(?:.{0,400}q)|needle")},
		"many conditions": mapi.Or(slices.Repeat([]mapi.Restriction{needle}, mapi.MaxRestrictionNodes-1)),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := match.Compile(r)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if m.Match(long) || !m.Match(short) {
				t.Error("wrong answer")
			}
			if took := time.Since(began); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
	full := mapi.Content{Tag: tag.Body, Value: mapi.String(strings.Repeat("a", match.MaxText))}
	if ok, err := match.Match(full, mapi.Props{{Tag: tag.Body, Value: mapi.String(strings.Repeat("a", match.MaxText+1))}}); ok || err != nil {
		t.Errorf("a longer text is the same: %v %v", ok, err)
	}
}
