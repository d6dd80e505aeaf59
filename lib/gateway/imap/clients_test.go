// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClientsStandInTheManual: what clients want stands in their scripts and in
// the page about them, in the same words.
func TestClientsStandInTheManual(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/imap/clients/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	scripts := map[string][]string{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, facts := "", []string{}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if after, ok := strings.CutPrefix(line, "# client: "); ok {
				name = after
			} else if after, ok := strings.CutPrefix(line, "# wants: "); ok {
				facts = append(facts, ".It "+after)
			} else if after, ok := strings.CutPrefix(line, "# why: "); ok {
				facts = append(facts, after)
			}
		}
		if name == "" || len(facts) == 0 || len(facts)%2 != 0 {
			t.Errorf("%s does not say which client wants what and why", filepath.Base(path))
		}
		scripts[name] = facts
	}
	page := pageOfClients(t)
	for name, facts := range scripts {
		if !slices.Equal(facts, page[name]) {
			t.Errorf("man/twiga-imap-clients.7 has of %s\n%q, its script\n%q", name, page[name], facts)
		}
	}
	for name := range maps.Keys(page) {
		if scripts[name] == nil {
			t.Errorf("man/twiga-imap-clients.7 has %s, of which there is no script", name)
		}
	}
}

// pageOfClients reads the sections of the page.
func pageOfClients(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../../man/twiga-imap-clients.7")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "\n.Sh CLIENTS\n")
	body, _, _ = strings.Cut(body, "\n.Sh ")
	out, name := map[string][]string{}, ""
	for line := range strings.SplitSeq(body, "\n") {
		line = strings.ReplaceAll(strings.TrimPrefix(line, `\&`), `\e`, `\`)
		switch {
		case strings.HasPrefix(line, ".Ss "):
			name = strings.TrimPrefix(line, ".Ss ")
		case strings.HasPrefix(line, ".It ") || line != "" && line[0] != '.':
			out[name] = append(out[name], line)
		}
	}
	return out
}
