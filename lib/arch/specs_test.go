// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"regexp"
	"strings"
	"testing"
)

var (
	specRow   = regexp.MustCompile(`^(RFC [0-9]+|\[MS-[A-Z]+\]|[A-Z]+ 1\.1) +(-|[0-9.]+) +(?:yes|partial|no) +[^ ]`)
	specCited = regexp.MustCompile(`RFC [0-9]+|\[MS-[A-Z]+\]`)
)

// Every specification that the code cites stands in the list of what is done of
// it, each section once.
func TestSpecificationsAreListed(t *testing.T) {
	listed, sections := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(read(t, "testdata/specs.txt")) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		m := specRow.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("testdata/specs.txt: no document, section, yes, partial or no, and words: %s", line)
			continue
		}
		if sections[m[1]+" "+m[2]] {
			t.Errorf("testdata/specs.txt: %s %s stands twice", m[1], m[2])
		}
		listed[m[1]], sections[m[1]+" "+m[2]] = true, true
	}
	tr := load(t)
	for _, p := range tr.sorted() {
		for _, f := range p.files {
			for _, group := range f.Comments {
				text := strings.Join(strings.Fields(group.Text()), " ")
				for _, cited := range specCited.FindAllString(text, -1) {
					if !listed[cited] {
						t.Errorf("%s: %s is not in testdata/specs.txt", tr.fset.Position(group.Pos()), cited)
					}
				}
			}
		}
	}
}
