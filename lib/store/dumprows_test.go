// SPDX-License-Identifier: AGPL-3.0-or-later

package store_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"twiga/lib/mapi/object/dump"
)

// rowsOf are the rows of a dump but the mailbox's own, in order.
func rowsOf(t testing.TB, b []byte) []string {
	t.Helper()
	d, err := dump.NewDecoder(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		r, err := d.Next()
		if err == io.EOF {
			slices.Sort(out)
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if row, ok := r.(dump.Row); ok && d.Tables[row.Table].Name != "mailbox" {
			out = append(out, fmt.Sprintf("%s %v", d.Tables[row.Table].Name, row.Values))
		}
	}
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%.300s\n%.300s", a[i], b[i])
		}
	}
	return fmt.Sprintf("%d and %d rows", len(a), len(b))
}
