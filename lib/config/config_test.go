// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the golden files anew")

type inner struct {
	File  string `key:"file" doc:"A file."`
	Depth int    `key:"depth" default:"3" doc:"A depth." reload:"true"`
}

func (i *inner) Check() error {
	if i.Depth > 9 {
		return errors.New("key part.depth: more than 9")
	}
	return nil
}

type shared struct {
	Level string `key:"level" default:"info" doc:"A level." reload:"true"`
}

type sample struct {
	shared
	Shared

	Listen  []string            `key:"listen" default:"127.0.0.1:24, [::1]:24" doc:"Where to listen. A long sentence follows here so that the comment in the sample has to be wrapped."`
	Limit   Size                `key:"message_limit" default:"50M" doc:"A size." reload:"true"`
	Count   int64               `key:"count" default:"7" doc:"A number."`
	Wait    time.Duration       `key:"wait" default:"90m" doc:"A time."`
	On      bool                `key:"on" default:"true" doc:"A switch."`
	Pass    string              `key:"pass" doc:"A secret." secret:"true"`
	Roles   map[string][]string `key:"roles" default:"delivery=postfix,vmail;Admin=root" doc:"Roles."`
	Part    inner               `key:"part" doc:"A table of its own."`
	Ignored chan int            `key:"-"`
}

// Shared is embedded and exported, so its keys count; shared is not.
type Shared struct {
	Name string `key:"name" default:"x" doc:"A name."`
}

func defaults() sample {
	return sample{
		Shared: Shared{"x"}, Listen: []string{"127.0.0.1:24", "[::1]:24"},
		Limit: 50 << 20, Count: 7, Wait: 90 * time.Minute, On: true,
		Roles: map[string][]string{"delivery": {"postfix", "vmail"}, "Admin": {"root"}},
		Part:  inner{Depth: 3},
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "sample.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func flagsOf(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	f := pflag.NewFlagSet("sample", pflag.ContinueOnError)
	AddFlags[sample](f)
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestLoadLayers(t *testing.T) {
	for _, tt := range []struct {
		name string
		file string
		env  map[string]string
		args []string
		want func(*sample)
	}{
		{name: "defaults alone", want: func(*sample) {}},
		{name: "file over default", file: "count = 8\nlisten = []\n[part]\nfile = '/a'\n",
			want: func(s *sample) { s.Count, s.Listen, s.Part.File = 8, []string{}, "/a" }},
		{name: "environment over file", file: "count = 8\nname = 'f'\n",
			env:  map[string]string{"TWIGA_SAMPLE_COUNT": "9", "TWIGA_SAMPLE_PART_DEPTH": "4"},
			want: func(s *sample) { s.Count, s.Name, s.Part.Depth = 9, "f", 4 }},
		{name: "flag over environment", env: map[string]string{"TWIGA_SAMPLE_COUNT": "9"},
			args: []string{"--count=10", "--part-file=b"},
			want: func(s *sample) { s.Count, s.Part.File = 10, "b" }},
		{name: "empty variable empties", env: map[string]string{"TWIGA_SAMPLE_NAME": ""},
			want: func(s *sample) { s.Name = "" }},
		{name: "flag with its default beats file", file: "count = 8\n", args: []string{"--count=7"},
			want: func(*sample) {}},
		{name: "list flag repeats", args: []string{"--listen", "a", "--listen", "b,c"},
			want: func(s *sample) { s.Listen = []string{"a", "b", "c"} }},
		{name: "bool flag alone and off", args: []string{"--on=false"}, want: func(s *sample) { s.On = false }},
		{name: "map keeps case and dots", file: "[roles]\n\"Host.Example\" = ['A']\none = 'b'\n",
			want: func(s *sample) { s.Roles = map[string][]string{"Host.Example": {"A"}, "one": {"b"}} }},
		{name: "map from a flag", args: []string{"--roles", "a=b,c;d="},
			want: func(s *sample) { s.Roles = map[string][]string{"a": {"b", "c"}, "d": nil} }},
		{name: "sizes and times", file: "message_limit = 12\nwait = 0\n",
			want: func(s *sample) { s.Limit, s.Wait = 12, 0 }},
		{name: "size with suffix", file: "message_limit = '2g'\n", want: func(s *sample) { s.Limit = 2 << 30 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			got, err := Load[sample]("sample", Options{File: write(t, tt.file), Flags: flagsOf(t, tt.args...)})
			if err != nil {
				t.Fatal(err)
			}
			want := defaults()
			tt.want(&want)
			if d := cmp.Diff(want, *got, cmp.AllowUnexported(sample{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		file string
		env  map[string]string
		want []string
	}{
		{name: "unknown key with a near one", file: "messge_limit = 1\n",
			want: []string{"sample.toml: unknown key messge_limit (did you mean message_limit?)"}},
		{name: "unknown key in a table", file: "[part]\nfiel = 'a'\n",
			want: []string{"unknown key part.fiel (did you mean part.file?)"}},
		{name: "nothing near, no guess", file: "zzzzzzzzzzzz = 1\n", want: []string{"unknown key zzzzzzzzzzzz\n"}},
		{name: "all unknown keys at once", file: "cuont = 1\nnaem = 1\n", want: []string{"mean count?", "mean name?"}},
		{name: "unknown variable", env: map[string]string{"TWIGA_SAMPLE_COUTN": "1"},
			want: []string{"unknown variable TWIGA_SAMPLE_COUTN (did you mean TWIGA_SAMPLE_COUNT?)"}},
		{name: "key where a table belongs", file: "part = 3\n", want: []string{"key part: want a table, got 3"}},
		{name: "syntax with its place", file: "a = 1\nb = = 2\n", want: []string{"sample.toml:2:5: "}},
		{name: "wrong type", file: "count = 'x'\n", want: []string{"key count: want a whole number, got x"}},
		{name: "wrong item", file: "listen = [1]\n", want: []string{"key listen: want a list", "item 1"}},
		{name: "wrong time", file: "wait = 5\n", want: []string{`key wait: want a duration like "30s", got 5`}},
		{name: "negative size", file: "message_limit = -1\n", want: []string{"key message_limit: want a size"}},
		{name: "size too large", file: "message_limit = '9999999999T'\n", want: []string{"want a size"}},
		{name: "wrong variable", env: map[string]string{"TWIGA_SAMPLE_ON": "maybe"},
			want: []string{`read environment TWIGA_SAMPLE_ON: want true or false, got "maybe"`}},
		{name: "check of a table", file: "[part]\ndepth = 10\n", want: []string{"key part.depth: more than 9"}},
		{name: "key defined twice", file: "count = 1\ncount = 2\n", want: []string{"sample.toml"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := Load[sample]("sample", Options{File: write(t, tt.file), Flags: flagsOf(t)})
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error()+"\n", w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
}

func TestLoadFiles(t *testing.T) {
	t.Run("named file must exist", func(t *testing.T) {
		if _, err := Load[sample]("sample", Options{File: "/nonexistent/x.toml"}); err == nil {
			t.Fatal("no error")
		}
	})
	t.Run("default file may be missing", func(t *testing.T) {
		if _, err := Load[sample]("nonexistent", Options{}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("variable names the file", func(t *testing.T) {
		t.Setenv("TWIGA_SAMPLE_CONFIG", write(t, "count = 11\n"))
		got, err := Load[sample]("sample", Options{})
		if err != nil || got.Count != 11 {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
	t.Run("huge file is refused", func(t *testing.T) {
		if _, err := Load[sample]("sample", Options{File: write(t, strings.Repeat("#\n", maxFile))}); err == nil {
			t.Fatal("no error")
		}
	})
}

func TestFlags(t *testing.T) {
	f := flagsOf(t)
	if f.Lookup("pass") != nil {
		t.Error("a secret has a flag")
	}
	if err := f.Parse([]string{"--message-limit", "five"}); err == nil {
		t.Error("bad value passed the command line")
	}
	if got := f.Lookup("listen").Usage; got != "Where to listen" {
		t.Errorf("usage %q", got)
	}
}

func TestRender(t *testing.T) {
	cfg := defaults()
	cfg.Pass, cfg.Name = "hunter2", "a\"b\\c\x01"
	for name, got := range map[string]string{
		"sample.golden": Sample[sample]("sample"),
		"dump.golden":   Dump("sample", &cfg),
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("a secret is shown")
			}
		})
	}
	t.Run("dump loads again", func(t *testing.T) {
		again, err := Load[sample]("sample", Options{File: write(t, Dump("sample", &cfg))})
		if err != nil {
			t.Fatal(err)
		}
		want := cfg
		want.Pass = mask
		if d := cmp.Diff(want, *again, cmp.AllowUnexported(sample{})); d != "" {
			t.Error(d)
		}
	})
	t.Run("sample with its comments off is the defaults", func(t *testing.T) {
		var b strings.Builder
		for line := range strings.Lines(Sample[sample]("sample")) {
			if !strings.HasPrefix(line, "# ") {
				line = strings.TrimPrefix(line, "#")
			}
			b.WriteString(line)
		}
		got, err := Load[sample]("sample", Options{File: write(t, b.String())})
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(defaults(), *got, cmp.AllowUnexported(sample{})); d != "" {
			t.Error(d)
		}
	})
}

func TestMerge(t *testing.T) {
	old, next := defaults(), defaults()
	next.Limit, next.Count, next.Part.Depth = 1, 1, 1
	got, changes := Merge(&old, &next)
	want := defaults()
	want.Limit, want.Part.Depth = 1, 1
	if d := cmp.Diff(want, *got, cmp.AllowUnexported(sample{})); d != "" {
		t.Error(d)
	}
	wantChanges := []Change{{"message_limit", true}, {"count", false}, {"part.depth", true}}
	if d := cmp.Diff(wantChanges, changes); d != "" {
		t.Error(d)
	}
}

func TestKeysRefuseBadTags(t *testing.T) {
	for name, load := range map[string]func() error{
		"bad key": loadErr[struct {
			A string `key:"A" doc:"x"`
		}],
		"no key": loadErr[struct{ A string }],
		"no doc": loadErr[struct {
			A string `key:"a"`
		}],
		"bad default": loadErr[struct {
			A int `key:"a" default:"x" doc:"x"`
		}],
		"bad type": loadErr[struct {
			A float64 `key:"a" doc:"x"`
		}],
		"two one flag": loadErr[struct {
			A int `key:"a_b" doc:"x"`
			T struct {
				B int `key:"b" doc:"x"`
			} `key:"a"`
		}],
		"no struct": loadErr[int],
	} {
		t.Run(name, func(t *testing.T) {
			if load() == nil {
				t.Error("no error")
			}
		})
	}
}

func loadErr[T any]() error {
	_, err := Load[T]("nonexistent", Options{})
	return err
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "1": 1, "1k": 1024, "3M": 3 << 20, "2G": 2 << 30, "1T": 1 << 40, "1025": 1025} {
		got, err := ParseSize(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %d (%s), %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "k", "-1", "1x", "1.5M", "1kk", "9223372036854775808", "9007199254740993k"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q: got %d", text, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("count = 1\n[part]\nfile = 'x'\n[roles]\na = ['b']\n"))
	f.Add([]byte("part = [[1]]\n"))
	keys := Keys[sample]()
	f.Fuzz(func(t *testing.T, text []byte) {
		values, errs := decode("fuzz", text, keys)
		if len(errs) > 0 {
			return
		}
		for name := range values {
			found := false
			for _, k := range keys {
				found = found || k.Name == name
			}
			if !found {
				t.Errorf("unknown key %q passed", name)
			}
		}
	})
}
