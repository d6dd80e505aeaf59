// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"twiga/lib/mapi/object"
	"twiga/lib/store/storetest"
)

func TestLook(t *testing.T) {
	var v view
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first := v.look([]sessionJSON{{ID: 1, Calls: 10, Busy: 90, CPU: 5}, {ID: 2, Calls: 3, Busy: 20, CPU: 50}}, start, "cpu")
	if first.Seconds != 0 || first.Sessions[0].ID != 2 || first.Total != (usage{13, 110, 55}) {
		t.Errorf("first look: %+v", first)
	}
	tests := []struct {
		name, order string
		want        uint64
	}{
		{"by processor", "cpu", 3}, {"by calls", "calls", 1}, {"by time", "time", 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := v // 2 ended, 3 is new
			second := w.look([]sessionJSON{{ID: 1, Calls: 15, Busy: 91, CPU: 5}, {ID: 3, Calls: 1, Busy: 7, CPU: 7}}, start.Add(2*time.Second), tt.order)
			if second.Seconds != 2 || len(second.Sessions) != 2 || second.Sessions[0].ID != tt.want || second.Total != (usage{6, 8, 7}) {
				t.Errorf("second look: %+v", second)
			}
			if len(w.last) != 2 {
				t.Errorf("remembers %d sessions", len(w.last))
			}
		})
	}
}

// interrupted ends a context when so many looks were written.
type interrupted struct {
	text bytes.Buffer
	left int
	stop context.CancelFunc
}

func (w *interrupted) Write(b []byte) (int, error) {
	if w.left--; w.left <= 0 {
		w.stop()
	}
	return w.text.Write(b)
}

// TestWatch: top looks until it is interrupted, which is no error.
func TestWatch(t *testing.T) {
	s := storetest.As(t, storetest.Open(t), object.RoleAdmin)
	for _, asJSON := range []bool{false, true} {
		ctx, stop := context.WithCancel(t.Context())
		out := &interrupted{left: 2, stop: stop}
		f := &topFlags{interval: time.Millisecond, sort: "cpu"}
		if err := (&app{json: asJSON}).watch(ctx, s, out, f); err != nil {
			t.Fatal(err)
		}
		text := out.text.String()
		if strings.Contains(text, "\x1b") || !strings.Contains(text, "admin") {
			t.Errorf("wrote %q", text)
		}
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if asJSON && (len(lines) != 2 || !json.Valid([]byte(lines[1]))) {
			t.Errorf("no two lines of JSON: %s", text)
		}
		stop()
	}
}

func TestMicroText(t *testing.T) {
	for us, want := range map[int64]string{0: "0s", 12: "10µs", 1234: "1.23ms", 2345678: "2.35s", 3723000000: "1h2m3s"} {
		if got := microText(us); got != want {
			t.Errorf("%d: %s, want %s", us, got, want)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, tt := range []struct {
		text, name string
		want       bool
	}{{"rpc", "twiga_rpc_calls", true}, {"x", "rpc", false}, {"twiga_*_calls", "twiga_rpc_calls", true}, {"rpc*", "twiga_rpc", false}} {
		fits, err := pattern(tt.text)
		if err != nil || fits(tt.name) != tt.want {
			t.Errorf("%s on %s: %v", tt.text, tt.name, err)
		}
	}
	if _, err := pattern("[*"); err == nil {
		t.Error("bad pattern is taken")
	}
}
