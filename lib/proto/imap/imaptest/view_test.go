// SPDX-License-Identifier: AGPL-3.0-or-later

package imaptest

import (
	"slices"
	"strings"
	"testing"
)

// TestView takes in what servers say, right and wrong.
func TestView(t *testing.T) {
	for _, tt := range []struct {
		name   string
		lines  []string
		steady bool
		err    string // of the last line
		uids   []uint32
	}{
		{"grows", []string{"3 EXISTS", "2 FETCH (UID 7)"}, true, "", []uint32{0, 7, 0}},
		{"shrinks", []string{"2 EXISTS", "1 EXISTS"}, false, "EXISTS fell", nil},
		{"expunge", []string{"2 EXISTS", "1 FETCH (UID 3)", "1 EXPUNGE"}, false, "", []uint32{0}},
		{"expunge of nothing", []string{"1 EXISTS", "2 EXPUNGE"}, false, "EXPUNGE 2 of 1", nil},
		{"expunge where numbers stay", []string{"1 EXISTS", "1 EXPUNGE"}, true, "numbers must stay", nil},
		{"another UID", []string{"1 EXISTS", "1 FETCH (UID 3)", "1 FETCH (UID 4)"}, false, "has UID 3, not 4", nil},
		{"UIDs descend", []string{"2 EXISTS", "1 FETCH (UID 3)", "2 FETCH (UID 2)"}, false, "between 3 and", nil},
		{"fetch of nothing", []string{"1 FETCH (UID 3)"}, false, "FETCH 1 of 0", nil},
		{"vanished", []string{"3 EXISTS", "2 FETCH (UID 5)", "VANISHED 3,5"}, false, "", []uint32{0}},
		{"vanished between", []string{"2 EXISTS", "1 FETCH (UID 3)", "2 FETCH (UID 4)", "VANISHED 9"}, false, "was not there", nil},
		{"vanished earlier", []string{"2 EXISTS", "1 FETCH (UID 3)", "2 FETCH (UID 4)", "VANISHED (EARLIER) 1:3,99"}, false, "", []uint32{4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := NewView()
			for i, line := range tt.lines {
				err := v.Take(line, tt.steady)
				if last := i == len(tt.lines)-1; err != nil && (!last || tt.err == "" || !strings.Contains(err.Error(), tt.err)) || err == nil && last && tt.err != "" {
					t.Fatalf("%s: %v", line, err)
				}
			}
			if tt.err == "" && !slices.Equal(v.UIDs, tt.uids) {
				t.Errorf("got %v, want %v", v.UIDs, tt.uids)
			}
		})
	}
}

// TestDiffer finds each difference between what a client knows and the truth.
func TestDiffer(t *testing.T) {
	truth := NewView()
	known := NewView()
	take := func(v *View, lines ...string) {
		for _, line := range lines {
			if err := v.Take(line, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	take(truth, "2 EXISTS", `1 FETCH (UID 1 FLAGS (\Seen) MODSEQ (5))`, "2 FETCH (UID 4 FLAGS (b a) MODSEQ (6))")
	take(known, "2 EXISTS", "2 FETCH (UID 4 FLAGS (a b))")
	if err := known.Differ(truth); err != nil {
		t.Errorf("what is not known cannot differ: %v", err)
	}
	known.Assume(2, 2, "-", "a")
	if err := known.Differ(truth); err == nil {
		t.Error("other flags are not found")
	}
	known.Forget(2, 2)
	take(known, "2 FETCH (MODSEQ (7))")
	if err := known.Differ(truth); err == nil {
		t.Error("a mod-sequence of the future is not found")
	}
	take(known, "3 EXISTS")
	if err := known.Differ(truth); err == nil {
		t.Error("a message more is not found")
	}
}
