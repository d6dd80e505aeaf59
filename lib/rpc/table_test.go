// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"twiga/lib/mapi/object"
)

var update = flag.Bool("update", false, "write the golden files")

// The numbers, names and types of the operations stay as they are.
func TestTableIsStable(t *testing.T) {
	var b strings.Builder
	seen := map[uint16]string{}
	last := uint16(0)
	for _, op := range table {
		if other, twice := seen[op.number]; twice || op.number <= last {
			t.Errorf("number %d of %s is taken by %s, or out of order", op.number, op.name, other)
		}
		seen[op.number], last = op.name, op.number
		fmt.Fprintf(&b, "%d %s kind=%d reads=%v\n\t%s\n\t%s\n", op.number, op.name, op.kind, op.reads, spell(op.request.GoType()), spell(op.result.GoType()))
	}
	file := filepath.Join("testdata", "operations.txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the operations changed: a change of what travels wants a new number (-update writes %s):\n%s", file, b.String())
	}
}

// spell writes a type with all that is in it.
func spell(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		if t.Name() == "" {
			return "[]" + spell(t.Elem())
		}
	case reflect.Pointer:
		return "*" + spell(t.Elem())
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), "twiga/") {
			break
		}
		var fields []string
		for i := range t.NumField() {
			fields = append(fields, t.Field(i).Name+" "+spell(t.Field(i).Type))
		}
		return t.Name() + "{" + strings.Join(fields, "; ") + "}"
	}
	return t.String()
}

// Every call of the contract is in the table.
func TestTableIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, op := range table {
		names[op.name] = true
	}
	session := reflect.TypeFor[object.Session]()
	for i := range session.NumMethod() {
		if name := session.Method(i).Name; name != "Whoami" && !names[name] {
			t.Errorf("call %s is not in the table", name)
		}
	}
}
