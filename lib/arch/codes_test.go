// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	messageCode = regexp.MustCompile(`^"(TW-[A-Z]+-[0-9]{4})"$`)
	pageCode    = regexp.MustCompile(`(?m)^\.It Li (TW-[A-Z]+-[0-9]{4})`)
)

// Every message code stands in the code once and in the manual once.
func TestMessageCodesStandInTheManual(t *testing.T) {
	tr := load(t)
	code := map[string]token.Position{}
	for _, p := range tr.sorted() {
		for name, f := range p.files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok {
					return true
				}
				m := messageCode.FindStringSubmatch(lit.Value)
				if m == nil {
					return true
				}
				at := tr.fset.Position(n.Pos())
				if other, dup := code[m[1]]; dup {
					t.Errorf("%s: code %s is taken at %s: name it by a constant", at, m[1], other)
				}
				code[m[1]] = at
				return true
			})
		}
	}
	page := map[string]string{}
	for file := range walk(".7", ".8") {
		for _, m := range pageCode.FindAllStringSubmatch(read(t, file), -1) {
			if other, dup := page[m[1]]; dup {
				t.Errorf("%s explains %s, as %s does", file, m[1], other)
			}
			page[m[1]] = file
		}
	}
	for _, c := range slices.Sorted(maps.Keys(code)) {
		if page[c] == "" {
			t.Errorf("%s: no manual page explains %s", code[c], c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(page)) {
		if _, ok := code[c]; !ok {
			t.Errorf("%s explains %s, which nothing logs", page[c], c)
		}
	}
}
