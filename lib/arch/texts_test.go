// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// translated are the packages of IMAP that answer people; the first has the
// table of translations.
var translated = []string{"lib/proto/imap", "lib/gateway/imap"}

// What IMAP refuses, it refuses in every language that it offers (RFC 5255 3).
// BAD is for who makes clients.
func TestAnswersAreTranslated(t *testing.T) {
	tr := load(t)
	known := map[string]map[string]bool{} // texts by language
	for _, f := range tr.pkgs[translated[0]].files {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name != "languages" {
				return true
			}
			for _, e := range spec.Values[0].(*ast.CompositeLit).Elts {
				kv := e.(*ast.KeyValueExpr)
				texts := map[string]bool{}
				for _, e := range kv.Value.(*ast.CompositeLit).Elts {
					texts[literal(e.(*ast.KeyValueExpr).Key)] = true
				}
				known[literal(kv.Key)] = texts
			}
			return false
		})
	}
	if len(known) < 2 {
		t.Fatalf("languages: %d", len(known))
	}
	for _, dir := range translated {
		for file, f := range tr.pkgs[dir].files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 || !refuses(call.Fun) {
					return true
				}
				text := literal(call.Args[len(call.Args)-1])
				for language, texts := range known {
					if text != "" && !texts[text] {
						t.Errorf("%s: %q is not there in %s", file, text, language)
					}
				}
				return true
			})
		}
	}
}

// refuses says whether a call makes an answer NO or BYE.
func refuses(fun ast.Expr) bool {
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		fun = sel.Sel
	}
	name, ok := fun.(*ast.Ident)
	return ok && slices.Contains([]string{"No", "Bye"}, name.Name)
}

// literal is the value of a string literal, "" for anything else.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return ""
	}
	text, _ := strconv.Unquote(lit.Value)
	return text
}
