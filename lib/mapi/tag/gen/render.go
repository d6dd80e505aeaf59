// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"slices"
	"strings"
)

// perLine is how many elements of a table stand in one line.
const perLine = 4

// start begins a generated file, which was made of the named data file.
func start(data string) *bytes.Buffer {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// SPDX-License-Identifier: AGPL-3.0-or-later\n\n"+
		"// Code generated from %s by go generate. DO NOT EDIT.\n\npackage tag\n\n", data)
	return &b
}

func renderTags(props []prop) []byte {
	b := start("props.txt")
	b.WriteString("import \"twiga/lib/mapi\"\n\n// The tagged properties of [MS-OXPROPS] 2.\nconst (\n")
	for _, p := range props {
		fmt.Fprintf(b, "\t%s mapi.PropTag = 0x%08x // PidTag%s, %s\n", p.name, uint32(p.tag), p.name, p.tag.Type())
	}
	b.WriteString(")\n")
	return b.Bytes()
}

func renderTagTable(props []prop) []byte {
	b := start("props.txt")
	b.WriteString("import \"twiga/lib/mapi\"\n\n// tagNames are the names in alphabetical order.\nvar tagNames = [...]string{")
	table(b, len(props), func(i int) string { return fmt.Sprintf("%q", props[i].name) })
	b.WriteString("}\n\n// namedTags are the tags in the order of tagNames.\nvar namedTags = [len(tagNames)]mapi.PropTag{")
	table(b, len(props), func(i int) string { return props[i].name })
	order := make([]int, len(props))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return int(int64(props[x].tag) - int64(props[y].tag)) })
	b.WriteString("}\n\n// tagOrder are places in namedTags, by rising tag.\nvar tagOrder = [len(tagNames)]uint16{")
	table(b, len(order), func(i int) string { return fmt.Sprint(order[i]) })
	b.WriteString("}\n")
	return b.Bytes()
}

func renderNamed(names []named) []byte {
	b := start("named.txt")
	b.WriteString("// The named properties of [MS-OXPROPS] 2.\nconst (\n")
	for i, n := range names {
		what, first := fmt.Sprintf("%s 0x%04x", n.set, n.lid), ""
		if n.text != "" {
			what = n.set + " " + n.text
		}
		if i == 0 {
			first = " Named = iota + 1"
		}
		fmt.Fprintf(b, "\t%s%s // Pid%s: %s, %s\n", n.name, first, n.name, what, n.typ)
	}
	b.WriteString(")\n")
	return b.Bytes()
}

func renderNamedTable(sets []set, names []named) []byte {
	b := start("named.txt")
	b.WriteString("// The property sets of [MS-OXPROPS] 1.3.2.\nconst (\n")
	for i, s := range sets {
		first := ""
		if i == 0 {
			first = " Set = iota + 1"
		}
		fmt.Fprintf(b, "\tSet%s%s // %s\n", s.name, first, s.guid)
	}
	b.WriteString(")\n\nvar setList = [...]setEntry{\n")
	for _, s := range sets {
		bytes := strings.ReplaceAll(strings.Trim(fmt.Sprintf("%#v", s.guid[:]), "[]"), "byte", "")
		fmt.Fprintf(b, "\t{%q, [16]byte%s},\n", s.name, strings.TrimPrefix(bytes, "]"))
	}
	b.WriteString("}\n\nvar namedList = [...]namedEntry{\n")
	for _, n := range names {
		fmt.Fprintf(b, "\t{%q, Set%s, 0x%x, %q, 0x%04x},\n", n.name, n.set, n.lid, n.text, uint16(n.typ))
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// table writes the elements, a few in each line.
func table(b *bytes.Buffer, n int, element func(i int) string) {
	for i := range n {
		if i%perLine == 0 {
			b.WriteString("\n\t")
		}
		b.WriteString(element(i) + ", ")
	}
	b.WriteString("\n")
}

// writeSource formats Go source and puts it into the file.
func writeSource(file string, source []byte) error {
	out, err := format.Source(source)
	if err != nil {
		return fmt.Errorf("format %s: %w", file, err)
	}
	if err := os.WriteFile(file, out, 0o644); err != nil {
		return fmt.Errorf("write generated source: %w", err)
	}
	return nil
}
