// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// vague are package names that say nothing of what a package holds.
var vague = []string{"util", "utils", "common", "helper", "helpers", "misc", "base", "manager", "types"}

func TestPackageNames(t *testing.T) {
	for _, p := range load(t).sorted() {
		if slices.Contains(vague, path.Base(p.dir)) {
			t.Errorf("%s: name the package by what it holds", p.dir)
		}
	}
}

// Nothing registers itself: mains list their parts.
func TestNoInit(t *testing.T) {
	for _, p := range load(t).sorted() {
		for name, f := range p.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s has an init function", name)
				}
			}
		}
	}
}

// Tests wait for what they wait for, not for a time; a loop that polls may
// pause for a time.Millisecond. Crash tests are left out: a crash at a random
// moment takes a random pause.
func TestNoSleepsInTests(t *testing.T) {
	tr := load(t)
	for _, p := range tr.sorted() {
		for name, f := range p.files {
			if !strings.HasSuffix(name, "_test.go") || path.Base(name) == "crash_test.go" {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && isTime(call.Fun, "Sleep") && !isTime(call.Args[0], "Millisecond") {
					t.Errorf("%s sleeps", tr.fset.Position(n.Pos()))
				}
				return true
			})
		}
	}
}

// isTime reports whether x is the name of package time.
func isTime(x ast.Expr, name string) bool {
	s, ok := x.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	pkg, ok := s.X.(*ast.Ident)
	return ok && pkg.Name == "time"
}

func TestExportedNamesAreDocumented(t *testing.T) {
	tr := load(t)
	for _, p := range tr.sorted() {
		for name, f := range p.files {
			if strings.HasSuffix(name, "_test.go") || p.isMain() || ast.IsGenerated(f) {
				continue
			}
			for _, d := range f.Decls {
				for _, bare := range undocumented(d) {
					t.Errorf("%s: %s has no comment", tr.fset.Position(d.Pos()), bare)
				}
			}
		}
	}
}

// undocumented lists the exported names of a declaration that nothing is said
// about. A group's comment speaks for all names in it; methods of exported
// types that say their contract by an interface are asked for a comment, too,
// unless they are one of plain.
func undocumented(d ast.Decl) []string {
	var bare []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) && !slices.Contains(plain, d.Name.Name) {
			bare = append(bare, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
					bare = append(bare, s.Name.Name)
				}
			case *ast.ValueSpec:
				if d.Doc == nil && s.Doc == nil && s.Comment == nil && d.Tok != token.IMPORT {
					for _, n := range s.Names {
						if n.IsExported() {
							bare = append(bare, n.Name)
						}
					}
				}
			}
		}
	}
	return bare
}

// plain are methods whose contract is that of the standard library.
var plain = []string{"Error", "Unwrap", "String", "Close", "Read", "Write", "Len", "Less", "Swap", "Is", "MarshalText", "UnmarshalText"}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}
