// SPDX-License-Identifier: AGPL-3.0-or-later

package arrange_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"twiga/lib/conv/arrange"
)

// message is one of a test's table: "id refs… date subject".
type message struct {
	id       string
	refs     string
	sent     int64
	received int64
	subject  string
}

func tableOf(list []message) *arrange.Table {
	t := arrange.NewTable(len(list))
	for i, m := range list {
		r := arrange.Record{HasDate: true, Sent: m.sent}
		r.SetSubject(m.subject)
		if m.id != "" {
			r.ID = arrange.FirstID([]byte("<" + m.id + "@x>"))
		}
		for f := range strings.FieldsSeq(m.refs) {
			r.Refs = append(r.Refs, arrange.FirstID([]byte("<"+f+"@x>")))
		}
		t.Add(arrange.Row{UID: uint32(i + 1), Sent: m.sent, HasSent: true, Received: m.received, Size: int64(len(m.subject))})
		t.AddRecord(r.Append(nil))
	}
	return t
}

func all(t *arrange.Table) []uint32 {
	out := make([]uint32, t.Len())
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}

// text writes tokens as IMAP does, with numbers from 1.
func text(tokens []uint32) string {
	var b strings.Builder
	for i, k := range tokens {
		switch k {
		case arrange.Open:
			if i > 0 && tokens[i-1] < arrange.Close {
				b.WriteByte(' ')
			}
			b.WriteByte('(')
		case arrange.Close:
			b.WriteByte(')')
		default:
			if i > 0 && tokens[i-1] < arrange.Close {
				b.WriteByte(' ')
			}
			b.WriteString(strconv.Itoa(int(k) + 1))
		}
	}
	return b.String()
}

func TestThreads(t *testing.T) {
	for name, c := range map[string]struct {
		list                 []message
		ordered, refs, reftw string // ORDEREDSUBJECT, REFERENCES, REFS
	}{
		"none": {nil, "", "", ""},
		"one":  {[]message{{id: "a", subject: "x"}}, "(1)", "(1)", "(1)"},
		"a chain": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "b", refs: "a", subject: "Re: x", sent: 2}, {id: "c", refs: "a b", subject: "Re: x", sent: 3}},
			"(1 (2)(3))", "(1 2 3)", "(1 2 3)",
		},
		"two answers": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "b", refs: "a", subject: "Re: x", sent: 3}, {id: "c", refs: "a", subject: "Re: x", sent: 2}},
			"(1 (3)(2))", "(1 (3)(2))", "(1 (3)(2))",
		},
		"the first is missing": {
			[]message{{id: "b", refs: "a", subject: "Re: x", sent: 3}, {id: "c", refs: "a", subject: "Re: x", sent: 2}},
			"(2 1)", "((2)(1))", "((2)(1))",
		},
		"one in the middle is missing": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "c", refs: "a b", subject: "Re: x", sent: 2}},
			"(1 2)", "(1 2)", "(1 2)",
		},
		"all above are missing": {
			[]message{{id: "c", refs: "a b", subject: "Re: x", sent: 2}},
			"(1)", "(1)", "(1)",
		},
		"by subject: an answer below": {
			[]message{{id: "a", subject: "x", sent: 5}, {id: "b", subject: "Re: x", sent: 2}},
			"(2 1)", "(1 2)", "(2)(1)",
		},
		"by subject: two of a kind": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "b", subject: "x", sent: 2}},
			"(1 2)", "((1)(2))", "(1)(2)",
		},
		"by subject: two of a kind and an answer": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "b", subject: "x", sent: 2}, {id: "c", subject: "Re: x", sent: 3}},
			"(1 (2)(3))", "((1)(2)(3))", "(1)(2)(3)",
		},
		"by subject: below a dummy": {
			[]message{{id: "b", refs: "a", subject: "Re: x", sent: 3}, {id: "c", refs: "a", subject: "Re: x", sent: 2}, {id: "d", subject: "x", sent: 9}},
			"(2 (1)(3))", "((2)(1)(3))", "((2)(1))(3)",
		},
		"by subject: two dummies": {
			[]message{
				{id: "b", refs: "a", subject: "x", sent: 1}, {id: "c", refs: "a", subject: "x", sent: 2},
				{id: "e", refs: "d", subject: "x", sent: 3}, {id: "f", refs: "d", subject: "x", sent: 4},
			},
			"(1 (2)(3)(4))", "((1)(2)(3)(4))", "((1)(2))((3)(4))",
		},
		"no subject joins nothing": {
			[]message{{id: "a", sent: 1}, {id: "b", sent: 2}},
			"(1 2)", "(1)(2)", "(1)(2)",
		},
		"a loop": {
			[]message{{id: "a", refs: "b", subject: "x", sent: 1}, {id: "b", refs: "a", subject: "y", sent: 2}},
			"(1)(2)", "(2 1)", "(2 1)",
		},
		"names itself": {
			[]message{{id: "a", refs: "a", subject: "x", sent: 1}},
			"(1)", "(1)", "(1)",
		},
		"the same id twice": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "a", subject: "y", sent: 2}, {id: "b", refs: "a", subject: "z", sent: 3}},
			"(1)(2)(3)", "(1 3)(2)", "(2)(1 3)",
		},
		"threads by their first date, or by their latest": {
			[]message{
				{id: "a", subject: "x", sent: 5, received: 1}, {id: "b", subject: "y", sent: 4, received: 2},
				{id: "c", refs: "a", subject: "Re: x", sent: 6, received: 3},
			},
			"(2)(1 3)", "(2)(1 3)", "(2)(1 3)",
		},
		"the latest is in the first": {
			[]message{{id: "a", subject: "x", sent: 1}, {id: "b", subject: "y", sent: 2}, {id: "c", refs: "a", subject: "Re: x", sent: 3}},
			"(1 3)(2)", "(1 3)(2)", "(2)(1 3)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tab := tableOf(c.list)
			for alg, want := range map[arrange.Algorithm]string{arrange.OrderedSubject: c.ordered, arrange.References: c.refs, arrange.Refs: c.reftw} {
				for range 2 { // made, then kept
					if got := text(tab.Threads(alg, all(tab))); got != want {
						t.Errorf("algorithm %d: %s, want %s", alg, got, want)
					}
				}
			}
		})
	}
}

func TestOrder(t *testing.T) {
	list := []message{
		{subject: "b", sent: 3, received: 1}, {subject: "Re: a", sent: 1, received: 1},
		{subject: "A", sent: 2, received: 0}, {subject: "ä", sent: 1, received: 5},
	}
	for name, c := range map[string]struct {
		by   []arrange.Criterion
		want []uint32
	}{
		"arrival":                 {[]arrange.Criterion{{By: arrange.Arrival}}, []uint32{2, 0, 1, 3}},
		"reverse keeps equals":    {[]arrange.Criterion{{By: arrange.Arrival, Reverse: true}}, []uint32{3, 0, 1, 2}},
		"date":                    {[]arrange.Criterion{{By: arrange.Date}}, []uint32{1, 3, 2, 0}},
		"subject":                 {[]arrange.Criterion{{By: arrange.Subject}}, []uint32{1, 2, 3, 0}},
		"subject, reverse date":   {[]arrange.Criterion{{By: arrange.Subject}, {By: arrange.Date, Reverse: true}}, []uint32{2, 1, 3, 0}},
		"size, then subject":      {[]arrange.Criterion{{By: arrange.Size}, {By: arrange.Subject}}, []uint32{2, 0, 3, 1}},
		"from, which nobody has":  {[]arrange.Criterion{{By: arrange.From}}, []uint32{0, 1, 2, 3}},
		"reverse of equal in all": {[]arrange.Criterion{{By: arrange.Cc, Reverse: true}}, []uint32{0, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			tab := tableOf(list)
			for range 2 {
				if got := tab.Order(c.by); !slices.Equal(got, c.want) {
					t.Errorf("%v, want %v", got, c.want)
				}
			}
			rows := all(tab)
			if tab.Sort(rows, c.by); !slices.Equal(rows, c.want) {
				t.Errorf("Sort: %v, want %v", rows, c.want)
			}
		})
	}
}

// An order that grew is the one that would be made anew.
func TestOrderGrows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	by := []arrange.Criterion{{By: arrange.Date, Reverse: true}, {By: arrange.Subject}}
	var list []message
	grown := arrange.NewTable(0)
	for range 60 {
		for range rng.IntN(5) {
			list = append(list, message{subject: fmt.Sprint(rng.IntN(4)), sent: rng.Int64N(20)})
		}
		whole := tableOf(list)
		for i := grown.Len(); i < len(list); i++ {
			m := list[i]
			r := arrange.Record{}
			r.SetSubject(m.subject)
			grown.Add(arrange.Row{UID: uint32(i + 1), Sent: m.sent, HasSent: true})
			grown.AddRecord(r.Append(nil))
		}
		if got, want := grown.Order(by), whole.Order(by); !slices.Equal(got, want) {
			t.Fatalf("after %d messages: %v, want %v", len(list), got, want)
		}
	}
}

// Each message is in the threads just once, whatever the references are.
func TestThreadsHaveEachMessageOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n := 1 + rng.IntN(40)
		list := make([]message, n)
		for i := range list {
			m := message{id: fmt.Sprint(rng.IntN(n)), sent: rng.Int64N(10), received: rng.Int64N(10), subject: []string{"", "a", "Re: a", "b"}[rng.IntN(4)]}
			for range rng.IntN(5) {
				m.refs += fmt.Sprint(rng.IntN(n+5), " ")
			}
			list[i] = m
		}
		tab := tableOf(list)
		for _, alg := range []arrange.Algorithm{arrange.OrderedSubject, arrange.References, arrange.Refs} {
			var seen []uint32
			depth := 0
			for _, k := range tab.Threads(alg, all(tab)) {
				switch k {
				case arrange.Open:
					depth++
				case arrange.Close:
					depth--
				default:
					seen = append(seen, k)
				}
				if depth < 0 {
					t.Fatal("closed more than was opened")
				}
			}
			slices.Sort(seen)
			if depth != 0 || !slices.Equal(seen, all(tab)) {
				t.Fatalf("algorithm %d of %v: %v", alg, list, seen)
			}
		}
	}
}

func TestRecord(t *testing.T) {
	for name, r := range map[string]arrange.Record{
		"empty":     {},
		"no date":   {ID: 7, Subject: "A"},
		"all of it": {HasDate: true, Sent: -5, Zone: -330, ID: 1, Refs: []arrange.ID{2, 3}, References: true, Reply: true, Subject: "S", From: "F", To: "T", Cc: "C", DisplayFrom: "DF", DisplayTo: "DT"},
		"names are": {From: "F", DisplayFrom: "F", To: "T", DisplayTo: "T"},
	} {
		t.Run(name, func(t *testing.T) {
			packed := r.Append(nil)
			got, ok := arrange.ParseRecord(packed)
			if !ok || !reflect.DeepEqual(got, r) {
				t.Errorf("%+v, want %+v", got, r)
			}
			if arrange.RootOf(packed) != r.Root() {
				t.Errorf("root %d, want %d", arrange.RootOf(packed), r.Root())
			}
			if s, z, ok := arrange.SentOf(packed); s != r.Sent || z != r.Zone || ok != r.HasDate {
				t.Errorf("sent %d %d %v", s, z, ok)
			}
			for i := range packed {
				if _, ok := arrange.ParseRecord(packed[:i]); ok {
					t.Errorf("%d of %d bytes are a record", i, len(packed))
				}
			}
		})
	}
}

func FuzzRecord(f *testing.F) {
	r := arrange.Record{HasDate: true, Sent: 5, ID: 1, Refs: []arrange.ID{2}, Subject: "S"}
	f.Add(r.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		tab := arrange.NewTable(1)
		tab.Add(arrange.Row{UID: 1})
		tab.AddRecord(b)
		tab.Threads(arrange.References, []uint32{0})
		if r, ok := arrange.ParseRecord(b); ok {
			r2, ok := arrange.ParseRecord(r.Append(nil))
			if !ok || !bytes.Equal(r.Append(nil), r2.Append(nil)) {
				t.Fatalf("%+v came back as %+v", r, r2)
			}
		}
	})
}

func FuzzSubject(f *testing.F) {
	f.Add("Re: [x] hello (fwd)")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > arrange.MaxSubject {
			return
		}
		base, _ := arrange.BaseSubject(s)
		if again, _ := arrange.BaseSubject(base); again != base {
			t.Fatalf("%q has base %q, which has base %q", s, base, again)
		}
		arrange.IDs([]byte(s))
	})
}

func benchTable(n int) *arrange.Table {
	rng := rand.New(rand.NewPCG(5, 6))
	list := make([]message, n)
	for i := range list {
		list[i] = message{id: fmt.Sprint(i), sent: int64(i) + rng.Int64N(100), received: int64(i), subject: fmt.Sprint("subject ", rng.IntN(n/4+1))}
		if i > 0 && rng.IntN(3) > 0 {
			p := rng.IntN(i)
			list[i].refs = strings.TrimSpace(list[p].refs + " " + list[p].id)
			list[i].subject = "Re: " + strings.TrimPrefix(list[p].subject, "Re: ")
		}
	}
	return tableOf(list)
}

func BenchmarkThreads(b *testing.B) {
	tab := benchTable(5000)
	rows := all(tab)
	for name, a := range map[string]arrange.Algorithm{"orderedsubject": arrange.OrderedSubject, "references": arrange.References, "refs": arrange.Refs} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				tab.Threads(a, rows[i&1:]) // never the one that was kept
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/msg")
		})
	}
}

func BenchmarkOrder(b *testing.B) {
	tab := benchTable(5000)
	for name, by := range map[string]arrange.Field{"date": arrange.Date, "subject": arrange.Subject} {
		b.Run(name, func(b *testing.B) {
			rows := all(tab)
			for b.Loop() {
				slices.Sort(rows)
				tab.Sort(rows, []arrange.Criterion{{By: by}})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/5000, "ns/msg")
		})
	}
}
