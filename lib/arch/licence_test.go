// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const spdx = "SPDX-License-Identifier: AGPL-3.0-or-later"

// sources are the files that name their licence: by suffix, or as scripts by
// their first line.
var sources = []string{".go", ".sh", ".py", ".sql", ".yml", ".service", ".socket", ".target", ".conf", "Makefile", ".cf"}

func TestSourcesNameTheirLicence(t *testing.T) {
	for file := range walk("") {
		ext := filepath.Ext(file)
		if ext == "" {
			ext = filepath.Base(file)
		}
		named := slices.Contains(sources, ext) || manual(file)
		if !named && filepath.Ext(file) != "" {
			continue
		}
		text := read(t, file)
		if !named && !strings.HasPrefix(text, "#!") {
			continue
		}
		head := strings.Join(strings.SplitN(text, "\n", 4)[:min(3, 1+strings.Count(text, "\n"))], "\n")
		if !strings.Contains(head, spdx) {
			t.Errorf("%s: no line %q at its head", file, spdx)
		}
	}
}

// manual reports whether file is a manual page.
func manual(file string) bool {
	return filepath.Dir(file) == "man" && len(filepath.Ext(file)) == 2
}

func TestLicenceIsThere(t *testing.T) {
	if !strings.Contains(read(t, "LICENSE"), "GNU AFFERO GENERAL PUBLIC LICENSE") {
		t.Error("LICENSE is not the AGPL")
	}
}
