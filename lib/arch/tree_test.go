// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write lib/README.md and the sample configurations anew")

// root is the top of the tree, seen from this package.
const root = "../.."

// module is the import path of the root.
const module = "twiga"

// pkg is one package of ours as its files say.
type pkg struct {
	dir     string // from the root, "lib/mapi"
	name    string
	doc     string // the package comment
	files   map[string]*ast.File
	imports []string // directories of ours that the package proper imports
	tests   []string // the same of its tests
}

// isMain reports whether the package is a program.
func (p *pkg) isMain() bool { return p.name == "main" }

// isAid reports whether the package serves tests alone, by its name.
func (p *pkg) isAid() bool { return strings.HasSuffix(p.dir, "test") }

// tree is all Go code of the project.
type tree struct {
	fset *token.FileSet
	pkgs map[string]*pkg // by directory
}

func (t *tree) sorted() []*pkg {
	var ps []*pkg
	for _, dir := range slices.Sorted(maps.Keys(t.pkgs)) {
		ps = append(ps, t.pkgs[dir])
	}
	return ps
}

// parsed reads the tree once for all tests.
var parsed = sync.OnceValues(func() (*tree, error) {
	t := &tree{fset: token.NewFileSet(), pkgs: map[string]*pkg{}}
	for file := range walk(".go") {
		f, err := parser.ParseFile(t.fset, filepath.Join(root, file), nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		t.add(file, f)
	}
	return t, nil
})

func load(t *testing.T) *tree {
	t.Helper()
	tr, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (t *tree) add(file string, f *ast.File) {
	dir := filepath.Dir(file)
	p := t.pkgs[dir]
	if p == nil {
		p = &pkg{dir: dir, files: map[string]*ast.File{}}
		t.pkgs[dir] = p
	}
	p.files[file] = f
	into := &p.tests
	if !strings.HasSuffix(file, "_test.go") {
		into = &p.imports
		p.name = f.Name.Name
	}
	if f.Doc != nil && !strings.HasSuffix(f.Name.Name, "_test") && p.doc == "" {
		p.doc = f.Doc.Text()
	}
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if ours, found := strings.CutPrefix(path, module+"/"); err == nil && found && !slices.Contains(*into, ours) {
			*into = append(*into, ours)
		}
	}
}

// walk yields the files of the tree, from the root, that have one of the
// suffixes. What is built, kept between runs, or data is left out.
func walk(suffixes ...string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // files come and go while others work
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			if d.IsDir() {
				if slices.Contains([]string{".git", "build", "var", "testdata"}, d.Name()) {
					return fs.SkipDir
				}
				return nil
			}
			for _, s := range suffixes {
				if strings.HasSuffix(rel, s) {
					if !yield(rel) {
						return fs.SkipAll
					}
					break
				}
			}
			return nil
		})
	}
}

// exists reports whether the tree has the file.
func exists(file string) bool {
	_, err := os.Stat(filepath.Join(root, file))
	return err == nil
}

// read returns a file's text, "" when it is missing.
func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, file))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// golden compares a generated file with its text, or writes it.
func golden(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if read(t, file) != want {
		t.Errorf("%s is out of date: go test ./lib/arch -update", file)
	}
}
