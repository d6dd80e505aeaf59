// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"bytes"
	"go/format"
	"os"
	"testing"
)

// The sources in the tree are what the data files make.
func TestGeneratedIsCurrent(t *testing.T) {
	props, err := readProps("../props.txt")
	if err != nil {
		t.Fatal(err)
	}
	sets, names, err := readNamed("../named.txt")
	if err != nil {
		t.Fatal(err)
	}
	for file, source := range map[string][]byte{
		"../tags.go":       renderTags(props),
		"../tagtable.go":   renderTagTable(props),
		"../named.go":      renderNamed(names),
		"../namedtable.go": renderNamedTable(sets, names),
	} {
		want, err := format.Source(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the data makes: run go generate ./lib/mapi/tag", file)
		}
	}
}

func TestDataErrors(t *testing.T) {
	for name, data := range map[string]string{
		"field missing":  "PidTagSubject 0x0037",
		"wrong prefix":   "PidLidSubject 0x0037 string",
		"unknown type":   "PidTagSubject 0x0037 text",
		"id too large":   "PidTagSubject 0x10037 string",
		"out of order":   "PidTagSubject 0x0037 string\nPidTagBody 0x1000 string",
		"twice the same": "PidTagBody 0x1000 string\nPidTagBody 0x1000 string",
	} {
		t.Run(name, func(t *testing.T) {
			file := t.TempDir() + "/props.txt"
			if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readProps(file); err == nil {
				t.Error("no error")
			}
		})
	}
}
