// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"twiga/lib/config"
	"twiga/lib/daemon"
)

// program is one of cmd/*, built.
type program struct {
	name   string
	binary string
	daemon bool
}

// TestMain takes away what programs built.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if dir, err := binaries(); !testing.Short() && err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// binaries builds all programs once, into a folder of their own.
var binaries = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "twiga-arch-"); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, "./cmd/...")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build programs: %w\n%s", err, out)
	}
	return dir, nil
})

// programs are all programs there are.
func programs(t *testing.T) []program {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: builds all programs")
	}
	dir, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	var all []program
	for _, p := range load(t).sorted() {
		if name, found := strings.CutPrefix(p.dir, "cmd/"); found && p.isMain() {
			isDaemon := strings.Contains(read(t, p.dir+"/main.go"), "daemon.Main(")
			all = append(all, program{name, filepath.Join(dir, name), isDaemon})
		}
	}
	return all
}

// output runs the program with args.
func (p program) output(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(p.binary, args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", p.name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestProgramsAreComplete(t *testing.T) {
	for _, p := range programs(t) {
		t.Run(p.name, func(t *testing.T) {
			files := []string{"man/twiga-" + p.name + ".8"}
			if p.daemon {
				files = append(files, "man/twiga-"+p.name+".toml.5", "systemd/twiga-"+p.name+".service")
			}
			for _, f := range files {
				if !exists(f) {
					t.Errorf("%s is missing", f)
				}
			}
			if p.daemon {
				golden(t, "config/"+p.name+".toml", p.output(t, "--sample-config"))
				unit(t, p.name)
			}
			flagsAgree(t, p)
		})
	}
}

// unit checks what every unit has in common.
func unit(t *testing.T, name string) {
	text := read(t, "systemd/twiga-"+name+".service")
	for _, line := range []string{
		"ExecStart=/usr/sbin/twiga-" + name, "Type=notify", "ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=", "TimerSlackNSec=", "PartOf=twiga.target",
		"WantedBy=twiga.target", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=",
		"Documentation=man:twiga-" + name + "(8)",
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("unit of %s lacks %s", name, line)
		}
	}
}

// flagsAgree compares the flags of a program with its page both ways. Flags of
// settings stand in section 5.
func flagsAgree(t *testing.T, p program) {
	t.Helper()
	flags := map[string]bool{}
	collectFlags(t, p, nil, flags)
	if p.daemon {
		for k := range settings(t, p) {
			delete(flags, config.Key{Name: k}.Flag())
		}
	}
	page := map[string]bool{}
	for _, m := range pageFlag.FindAllStringSubmatch(read(t, "man/twiga-"+p.name+".8"), -1) {
		page[m[1]] = true
	}
	agree(t, "man/twiga-"+p.name+".8", "flag --", flags, page)
}

var (
	helpFlag    = regexp.MustCompile(`(?m)^ +(?:-\w, |    )--([a-z][a-z0-9-]*)`)
	helpCommand = regexp.MustCompile(`(?m)^  ([a-z][a-z0-9-]*) +`)
	pageFlag    = regexp.MustCompile(`(?m)^\.It (?:Fl \w , )?Fl -([a-z][a-z0-9-]*)`)
	pageKey     = regexp.MustCompile(`^Ic ([a-z][a-z0-9_.]*)`)
)

// collectFlags gathers the flags of a command and of those below it.
func collectFlags(t *testing.T, p program, path []string, flags map[string]bool) {
	t.Helper()
	help := p.output(t, append(slices.Clone(path), "--help")...)
	for _, m := range helpFlag.FindAllStringSubmatch(help, -1) {
		flags[m[1]] = true
	}
	_, below, found := strings.Cut(help, "Available Commands:\n")
	if !found {
		return
	}
	below, _, _ = strings.Cut(below, "\n\n")
	for _, m := range helpCommand.FindAllStringSubmatch(below, -1) {
		if m[1] != "help" && m[1] != "completion" {
			collectFlags(t, p, append(slices.Clone(path), m[1]), flags)
		}
	}
}

// settings lists a daemon's settings with their defaults by dotted key.
func settings(t *testing.T, p program) map[string]any {
	t.Helper()
	var tree map[string]any
	if err := toml.Unmarshal([]byte(p.output(t, "--config", os.DevNull, "--dump-config")), &tree); err != nil {
		t.Fatal(err)
	}
	sample := p.output(t, "--sample-config")
	all := map[string]any{}
	var walk func(prefix string, m map[string]any)
	walk = func(prefix string, m map[string]any) {
		for k, v := range m {
			if sub, ok := v.(map[string]any); ok && isTable(sample, prefix+k) {
				walk(prefix+k+".", sub)
				continue
			}
			all[prefix+k] = v
		}
	}
	walk("", tree)
	return all
}

// isTable tells a table of settings from a setting that is a map.
func isTable(sample, name string) bool { return strings.Contains(sample, "\n["+name+"]\n") }

// Common settings stand in twiga-config(5), all others in the daemon's own page.
func TestSettingsStandInTheManual(t *testing.T) {
	common := map[string]any{}
	for _, k := range append(config.Keys[daemon.Common](), config.Keys[daemon.StoreAccess]()...) {
		common[k.Name] = k.Default
	}
	settingsAgree(t, "man/twiga-config.5", common)
	for _, p := range programs(t) {
		if !p.daemon {
			continue
		}
		own := settings(t, p)
		for k := range common {
			delete(own, k)
		}
		settingsAgree(t, "man/twiga-"+p.name+".toml.5", own)
	}
}

// settingsAgree compares settings with a page both ways, and asks the page for
// their defaults.
func settingsAgree(t *testing.T, page string, keys map[string]any) {
	t.Helper()
	code, manual := map[string]bool{}, map[string]bool{}
	for k := range keys {
		code[k] = true
	}
	items := strings.Split(read(t, page), "\n.It ")
	for _, item := range items[1:] {
		m := pageKey.FindStringSubmatch(item)
		if m == nil {
			continue
		}
		manual[m[1]] = true
		for _, value := range values(keys[m[1]]) {
			if !strings.Contains(strings.ReplaceAll(item, "\\&", ""), value) {
				t.Errorf("%s does not give the default of %s: %s", page, m[1], value)
			}
		}
	}
	agree(t, page, "key ", code, manual)
}

// values are the words of a default that its page must have.
func values(v any) []string {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, values(x)...)
		}
		return all
	case map[string]any:
		all := slices.Collect(maps.Keys(v))
		for _, x := range v {
			all = append(all, values(x)...)
		}
		return all
	}
	return []string{fmt.Sprint(v)}
}

// agree reports what stands on one side only.
func agree(t *testing.T, page, what string, code, manual map[string]bool) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(code)) {
		if !manual[name] {
			t.Errorf("%s says nothing about %s%s", page, what, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(manual)) {
		if !code[name] {
			t.Errorf("%s describes %s%s, which does not exist", page, what, name)
		}
	}
}
