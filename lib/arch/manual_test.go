// SPDX-License-Identifier: AGPL-3.0-or-later

package arch

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"twiga/lib/mapi/object"
)

var (
	operationLine = regexp.MustCompile(`(?m)^([0-9]+ [A-Z][A-Za-z]+) kind=`)
	pageOperation = regexp.MustCompile(`(?m)^\.It Li ([0-9]+ [A-Z][A-Za-z]+)$`)
	codeConstant  = regexp.MustCompile(`(?m)^\t([A-Z][A-Za-z]+) +Code = (0x[0-9a-f]{8})`)
	pageError     = regexp.MustCompile(`(?m)^\.It Li (0x[0-9a-f]{8}) Ta ([A-Z][A-Za-z]+) Ta `)
	madeTable     = regexp.MustCompile(`(?m)^CREATE TABLE ([a-z_]+) \(`)
	pageTable     = regexp.MustCompile(`(?m)^\.It Li ([a-z_]+)$`)
	recordFile    = regexp.MustCompile(`^(man/(?:adr|news)/)([0-9]+).*\.md$`)
	crossRefs     = regexp.MustCompile(`(?m)^\.Xr (twiga[a-z.-]*) ([578])`)
)

// section is what a page has under a heading.
func section(t *testing.T, file, title string) string {
	t.Helper()
	_, text, _ := strings.Cut(read(t, file), "\n.Sh "+title+"\n")
	text, _, _ = strings.Cut(text, "\n.Sh ")
	return text
}

// found are the matches of a pattern, the groups of each with a space between,
// in order, each once.
func found(re *regexp.Regexp, text string) []string {
	var out []string
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		out = append(out, strings.Join(m[1:], " "))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// same compares what the code has with what a page has.
func same(t *testing.T, page, what string, code, manual []string) {
	t.Helper()
	if len(code) == 0 {
		t.Fatalf("no %sfound in the code", what)
	}
	set := func(list []string) map[string]bool {
		out := map[string]bool{}
		for _, e := range list {
			out[e] = true
		}
		return out
	}
	agree(t, page, what, set(code), set(manual))
}

func TestOperationsStandInTheManual(t *testing.T) {
	code := found(operationLine, read(t, "lib/rpc/testdata/operations.txt"))
	same(t, "man/twiga-rpc.7", "operation ", code, found(pageOperation, section(t, "man/twiga-rpc.7", "OPERATIONS")))
}

func TestErrorsStandInTheManual(t *testing.T) {
	var code []string
	for _, m := range codeConstant.FindAllStringSubmatch(read(t, "lib/mapi/code.go"), -1) {
		code = append(code, m[2]+" "+m[1])
	}
	same(t, "man/twiga-rpc.7", "code ", code, found(pageError, read(t, "man/twiga-rpc.7")))
}

// The tables of rows that a client can ask for have numbers up to the last one.
func TestRowsStandInTheManual(t *testing.T) {
	if n := strings.Count(section(t, "man/twiga-rpc.7", "TABLES"), "\n.It Li "); n != int(object.TableDropFolders) {
		t.Errorf("man/twiga-rpc.7 has %d tables, there are %d", n, object.TableDropFolders)
	}
}

func TestSchemasStandInTheManual(t *testing.T) {
	for _, schema := range []struct{ file, title string }{
		{"lib/store/schema.go", "SCHEMA OF A MAILBOX"},
		{"lib/directory/dbdir/schema.go", "SCHEMA OF THE DIRECTORY"},
	} {
		page := section(t, "man/twiga-store.7", schema.title)
		same(t, "man/twiga-store.7", "table ", found(madeTable, read(t, schema.file)), found(pageTable, page))
	}
}

// Decisions and news are numbered from 1 on, each number once, and a decision's
// heading has its number.
func TestRecordsAreNumbered(t *testing.T) {
	next := map[string]int{"man/adr/": 1, "man/news/": 1}
	for file := range walk(".md") {
		m := recordFile.FindStringSubmatch(file)
		if m == nil {
			continue
		}
		n := next[m[1]]
		if m[2] != fmt.Sprintf("%04d", n) {
			t.Errorf("%s: the next number is %04d", file, n)
		}
		if m[1] == "man/adr/" && !strings.HasPrefix(read(t, file), fmt.Sprintf("# %d. ", n)) {
			t.Errorf("%s does not begin with its number", file)
		}
		next[m[1]]++
	}
	if next["man/adr/"] == 1 || next["man/news/"] == 1 {
		t.Error("no records found")
	}
}

// A page names no page of ours that is not there.
func TestCrossReferences(t *testing.T) {
	for file := range walk(".5", ".7", ".8") {
		for _, ref := range found(crossRefs, read(t, file)) {
			if !exists("man/" + strings.ReplaceAll(ref, " ", ".")) {
				t.Errorf("%s: there is no %s", file, ref)
			}
		}
	}
}
