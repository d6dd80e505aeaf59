// SPDX-License-Identifier: AGPL-3.0-or-later

package log

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want []string
		not  []string
	}{
		{name: "text", o: Options{Daemon: "dagent"},
			want: []string{"time=", "level=WARN", `msg="refuse message"`, "daemon=dagent", "code=TW-DAGENT-0103",
				"request=r1", "user=ann", "store=s1", "size=5", `error="line one\nline two"`}},
		{name: "json", o: Options{Daemon: "dagent", Format: "json"},
			want: []string{`"code":"TW-DAGENT-0103"`, `"request":"r1"`, `"user":"ann"`}},
		{name: "journal keeps time, level and name itself", o: Options{Daemon: "dagent", Journal: true},
			want: []string{"<4>msg="}, not: []string{"time=", "level=", "daemon="}},
		{name: "json in the journal", o: Options{Format: "json", Journal: true}, want: []string{`<4>{"msg":`}},
		{name: "secrets are masked", o: Options{}, want: []string{"Password=********"}, not: []string{"hunter2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			tt.o.Writer = &b
			ctx := Into(context.Background(), New(tt.o))
			ctx = With(WithRequest(ctx, "r1"), User("ann"), Store("s1"))
			Warn(ctx, "TW-DAGENT-0103", "refuse message", slog.Int("size", 5),
				Err(errors.New("line one\nline two")), slog.String("Password", "hunter2"))
			for _, w := range tt.want {
				if !strings.Contains(b.String(), w) {
					t.Errorf("line %q lacks %q", b.String(), w)
				}
			}
			for _, w := range tt.not {
				if strings.Contains(b.String(), w) {
					t.Errorf("line %q has %q", b.String(), w)
				}
			}
			if strings.Count(b.String(), "\n") != 1 {
				t.Errorf("not one line: %q", b.String())
			}
		})
	}
}

func TestPriorities(t *testing.T) {
	var b bytes.Buffer
	ctx := Into(context.Background(), New(Options{Writer: &b, Journal: true, Level: slog.LevelDebug}))
	Error(ctx, "TW-X-0001", "e")
	Warn(ctx, "", "w")
	Info(ctx, "", "i")
	Debug(ctx, "d", Err(nil))
	want := "<3>msg=e code=TW-X-0001\n<4>msg=w\n<6>msg=i\n<7>msg=d\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestLevelReloads(t *testing.T) {
	var b bytes.Buffer
	level := new(slog.LevelVar)
	ctx := Into(context.Background(), New(Options{Writer: &b, Level: level}))
	Debug(ctx, "hidden")
	level.Set(slog.LevelDebug)
	Debug(ctx, "shown")
	if strings.Contains(b.String(), "hidden") || !strings.Contains(b.String(), "shown") {
		t.Errorf("got %q", b.String())
	}
}

// Lines of many goroutines must neither mix nor exchange their priorities.
func TestConcurrentLines(t *testing.T) {
	var b bytes.Buffer
	l := New(Options{Writer: &b, Journal: true, Format: "json"})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			mine := l.With("k", "v").WithGroup("g")
			for range 200 {
				mine.Info("i", "a", 1)
				mine.Error("e", "a", 1)
			}
		})
	}
	wg.Wait()
	for line := range strings.Lines(b.String()) {
		var m struct{ Msg string }
		if err := json.Unmarshal([]byte(line[3:]), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if want := map[string]string{"i": "<6>", "e": "<3>"}[m.Msg]; line[:3] != want {
			t.Fatalf("%q: want priority %s", line, want)
		}
	}
}

func TestRequestID(t *testing.T) {
	if id := RequestID(context.Background()); id != "" {
		t.Errorf("id without a request: %q", id)
	}
	if id := RequestID(WithRequest(context.Background(), "x")); id != "x" {
		t.Errorf("got %q", id)
	}
	a, b := NewRequestID(), NewRequestID()
	if a == b || len(a) != 13 || CleanRequestID(a) != a {
		t.Errorf("ids %q and %q", a, b)
	}
	for _, bad := range []string{"", "a b", "a\n", "a=b", strings.Repeat("x", 65), "ä"} {
		if CleanRequestID(bad) == bad {
			t.Errorf("%q passed", bad)
		}
	}
}

func TestFromWithoutLogger(t *testing.T) {
	if From(context.Background()) != slog.Default() {
		t.Error("no logger for an empty context")
	}
}

func TestParseLevel(t *testing.T) {
	for word, want := range map[string]slog.Level{"error": 8, "warn": 4, "info": 0, "debug": -4} {
		if got, err := ParseLevel(word); err != nil || got != want {
			t.Errorf("%s: %v, %v", word, got, err)
		}
	}
	if _, err := ParseLevel("loud"); err == nil {
		t.Error("no error")
	}
}

func TestInJournal(t *testing.T) {
	for _, v := range []string{"", "x", "1", "1:2"} {
		t.Setenv("JOURNAL_STREAM", v)
		if InJournal() {
			t.Errorf("JOURNAL_STREAM=%q is believed", v)
		}
	}
	_ = os.Unsetenv("JOURNAL_STREAM")
}

func BenchmarkInfo(b *testing.B) {
	ctx := With(Into(context.Background(), New(Options{Writer: io.Discard, Journal: true})), User("ann"))
	b.ReportAllocs()
	for b.Loop() {
		Info(ctx, "TW-X-0001", "message", slog.Int("n", 1))
	}
}
