// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"go/ast"
	"strings"
	"testing"
)

// Caps in lines. Habit is half of them.
const (
	maxFile     = 800
	maxFunction = 100
	maxMain     = 100 // a program's main.go
)

func TestSizes(t *testing.T) {
	tr := load(t)
	for _, p := range tr.sorted() {
		for name, f := range p.files {
			if ast.IsGenerated(f) {
				continue
			}
			limit := maxFile
			if strings.HasPrefix(name, "cmd/") && strings.HasSuffix(name, "/main.go") {
				limit = maxMain
			}
			if n := tr.fset.File(f.Pos()).LineCount(); n > limit {
				t.Errorf("%s: %d lines, at most %d", name, n, limit)
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				n := tr.fset.Position(fn.End()).Line - tr.fset.Position(fn.Pos()).Line + 1
				if n > maxFunction {
					t.Errorf("%s: function %s has %d lines, at most %d", name, fn.Name.Name, n, maxFunction)
				}
			}
		}
	}
}
