// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"fmt"
	"go/doc"
	"path"
	"strings"
	"testing"
)

// caption is the first sentence of a package comment without its opening
// words "Package name" or "Command name".
func (p *pkg) caption() string {
	first := new(doc.Package).Synopsis(p.doc)
	for _, opening := range []string{"Package " + p.name, "Command " + path.Base(p.dir)} {
		if rest, ok := strings.CutPrefix(first, opening+" "); ok {
			return rest
		}
	}
	return ""
}

func TestEveryPackageHasACaption(t *testing.T) {
	for _, p := range load(t).sorted() {
		if p.name != "" && p.caption() == "" {
			t.Errorf(`%s: the package comment must begin "Package %s ..." or, for a program, "Command %s ..."`,
				p.dir, p.name, path.Base(p.dir))
		}
	}
}

// readmeHead opens lib/README.md; what follows is generated.
const readmeHead = `# The packages

One concern a package, named by what it holds. Imports point downward only; ` + "`lib/arch`" + ` holds the table of layers and
tests it, and writes this page from the package comments (` + "`go test ./lib/arch -update`" + `).
`

func TestReadmeListsThePackages(t *testing.T) {
	var b strings.Builder
	b.WriteString(readmeHead)
	tr := load(t)
	for i := range layers {
		var rows strings.Builder
		for _, p := range tr.sorted() {
			if layerOf(p.dir) == &layers[i] && p.name != "" {
				fmt.Fprintf(&rows, "| `%s` | %s |\n", strings.TrimPrefix(p.dir, "lib/"), p.caption())
			}
		}
		if rows.Len() > 0 {
			fmt.Fprintf(&b, "\n## %s. %s\n\n%s\n\n| package | |\n|---|---|\n%s",
				layers[i].name, strings.TrimSuffix(layers[i].caption, "."), rule(layers[i]), rows.String())
		}
	}
	golden(t, "lib/README.md", b.String())
}

// rule says in words what a layer may import.
func rule(l layer) string {
	if l.may == nil {
		return "May import nothing of ours but subpackages."
	}
	return "May import " + strings.Join(l.may, ", ") + "."
}
