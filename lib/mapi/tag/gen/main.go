// SPDX-License-Identifier: AGPL-3.0-or-later

// Command gen makes the Go source of package tag of props.txt and named.txt; it
// runs in the package's folder (go generate).
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func generate() error {
	props, err := readProps("props.txt")
	if err != nil {
		return err
	}
	sets, names, err := readNamed("named.txt")
	if err != nil {
		return err
	}
	for _, out := range []struct {
		file   string
		source []byte
	}{
		{"tags.go", renderTags(props)},
		{"tagtable.go", renderTagTable(props)},
		{"named.go", renderNamed(names)},
		{"namedtable.go", renderNamedTable(sets, names)},
	} {
		if err := writeSource(out.file, out.source); err != nil {
			return err
		}
	}
	return nil
}
