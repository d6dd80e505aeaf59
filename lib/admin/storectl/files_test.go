// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"twiga/lib/store/storetest"
	"twiga/lib/sysexits"
)

// written makes files by their names below a directory.
func written(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// contents are the files below a directory, by the folder that they are in.
func contents(t *testing.T, root string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.Walk(root, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		rel, _ := filepath.Rel(root, filepath.Dir(name))
		out[rel] = append(out[rel], string(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	first  = "Subject: first\r\n\r\nText\r\n"
	second = "Subject: second\r\n\r\nMore text\r\n"
	event  = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)

func TestImportAndExport(t *testing.T) {
	e := storetest.Open(t)
	maildir := written(t, map[string]string{
		"cur/1:2,S": first, "new/2": second, ".Sent/cur/3:2,": first, ".Old.2025/cur/4:2,FS": second, ".Old.2025/cur/5:2,": first,
	})
	must := func(want string, args ...string) {
		t.Helper()
		out, notes, exit := run(t, online(e), "", args...)
		if exit != 0 || !strings.Contains(out, want) {
			t.Fatalf("%v: exit %d\n%s\n%s", args, exit, out, notes)
		}
	}
	must("5 messages would be imported, 0 were there already, 0 failed, 2 folders made", "import", "--user", "anna", "--dry-run", maildir)
	must("5 messages imported, 0 were there already, 0 failed, 2 folders made", "import", "--user", "anna", maildir)
	must("0 messages imported, 5 were there already", "import", "--user", "anna", maildir)
	must("1 messages imported", "import", "--user", "anna", "--format", "eml", "--into", "Kept", "--map", "a=b/c", written(t, map[string]string{"a/x.eml": first}))

	out := filepath.Join(t.TempDir(), "out")
	must("6 messages of", "export", "--user", "anna", "--format", "eml", out)
	got := contents(t, out)
	if len(got["INBOX"]) != 2 || len(got["Sent Items"]) != 1 || len(got["Old/2025"]) != 2 || len(got["Kept/b/c"]) != 1 || got["Kept/b/c"][0] != first {
		t.Errorf("exported %v", got)
	}
	if _, notes, exit := run(t, online(e), "", "export", "--user", "anna", out); exit != sysexits.CantCreat {
		t.Errorf("over another: exit %d, %s", exit, notes)
	}
	one := filepath.Join(t.TempDir(), "one")
	must("2 messages of 1 folders", "export", "--user", "anna", "--format", "maildir", "--folder", "old/2025", one)
	flagged, _ := filepath.Glob(filepath.Join(one, ".Old.2025", "cur", "*:2,FS"))
	if len(flagged) != 1 {
		t.Errorf("flags are lost: %v", contents(t, one))
	}
	must("5 messages imported", "import", "--user", "bert", "--format", "mbox", written(t, map[string]string{
		"Sent.mbox": strings.Repeat("From a Thu Jan  1 00:00:00 1970\n"+strings.ReplaceAll(first, "\r", "")+"\n", 1),
		"x.mbox":    "From a Thu Jan  1 00:00:00 1970\nSubject: 1\n\n\nFrom a Thu Jan  1 00:00:00 1970\nSubject: 2\n\n\nFrom a Thu Jan  1 00:00:00 1970\nSubject: 3\n\n\nFrom a Thu Jan  1 00:00:00 1970\nSubject: 4\n\n\n",
	}))
}

func TestCalendars(t *testing.T) {
	e := storetest.Open(t)
	for _, format := range []struct{ name, file, text string }{
		{"ics", "x.ics", event}, {"vcf", "x.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna B\r\nEND:VCARD\r\n"},
	} {
		path := filepath.Join(written(t, map[string]string{format.file: format.text}), format.file)
		out, notes, exit := run(t, offline(e), "", "import", "--user", "anna", "--format", format.name, path, "--json")
		if exit != 0 || !strings.Contains(out, `"mode":"files","messages":1`) {
			t.Fatalf("exit %d\n%s\n%s", exit, out, notes)
		}
		dir := filepath.Join(t.TempDir(), "out")
		if out, notes, exit = run(t, online(e), "", "export", "--user", "anna", "--format", format.name, dir); exit != 0 {
			t.Fatalf("exit %d\n%s\n%s", exit, out, notes)
		}
		found := false
		for _, list := range contents(t, dir) {
			for _, text := range list {
				for _, line := range bytes.Split([]byte(format.text), []byte("\r\n")) {
					found = found || bytes.Contains([]byte(text), []byte("UID:1")) || bytes.Contains([]byte(text), line) && bytes.HasPrefix(line, []byte("FN:"))
				}
			}
		}
		if !found {
			t.Errorf("%s: %v", format.name, contents(t, dir))
		}
	}
}

func TestImportFails(t *testing.T) {
	e := storetest.Open(t)
	bad := written(t, map[string]string{"x.mbox": "no From line\n", "y.mbox": "From a\nSubject: 1\n\n\n"})
	for _, tt := range []struct {
		name  string
		args  []string
		exit  int
		notes string
	}{
		{"no mailbox", []string{"import", bad}, sysexits.Usage, "--user"},
		{"no such user", []string{"import", "--user", "nobody", bad}, sysexits.NoUser, "not found"},
		{"no such format", []string{"import", "--user", "anna", "--format", "pst", bad}, sysexits.Usage, "pst"},
		{"bad map", []string{"import", "--user", "anna", "--map", "a", bad}, sysexits.Usage, "OLD=NEW"},
		{"a bad file", []string{"import", "--user", "anna", "--format", "mbox", bad}, sysexits.DataErr, "From line"},
		{"no such folder", []string{"export", "--user", "anna", "--folder", "no", t.TempDir()}, sysexits.NoUser, `"no"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, notes, exit := run(t, online(e), "", tt.args...)
			if exit != tt.exit || !strings.Contains(notes, tt.notes) {
				t.Errorf("exit %d\n%s\n%s", exit, out, notes)
			}
		})
	}
}
