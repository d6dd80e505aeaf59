// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"fmt"
	"strings"
	"testing"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/proto/imap/imaptest"
)

// fetchAll is what can be asked of any message.
const fetchAll = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY BODYSTRUCTURE MODSEQ BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[1.MIME] " +
	"BODY.PEEK[2.1] BODY.PEEK[HEADER.FIELDS (SUBJECT FROM X-ODD)] BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)] BODY.PEEK[]<3.7> BODY.PEEK[])"

// FuzzResponses has the gateway answer about any message and any name, and a
// client that knows the grammar read it.
func FuzzResponses(f *testing.F) {
	for i, c := range mimetest.Corpus() {
		if len(c.Data) < 5000 {
			f.Add(c.Data, fmt.Sprintf("name %d/%s", i, c.Name), "key\"word")
		}
	}
	r := newRig(f, newMemStore())
	f.Fuzz(func(t *testing.T, data []byte, name, text string) {
		c := r.client(t)
		defer c.Close()
		c.OK("SELECT INBOX")
		if res := c.Cmd("APPEND INBOX {%d+}\r\n%s", len(data), data); res.Status != "OK" {
			return // it is empty, or the mailbox is full
		}
		for _, command := range []string{
			"UID FETCH * " + fetchAll,
			fmt.Sprintf("CREATE {%d+}\r\n%s", len(name), name),
			`LIST "" *`,
			`LSUB "" *`,
			fmt.Sprintf("STATUS {%d+}\r\n%s (MESSAGES UIDNEXT)", len(name), name),
			fmt.Sprintf("SEARCH CHARSET UTF-8 TEXT {%d+}\r\n%s", len(text), text),
			"SEARCH RETURN (ALL COUNT) ALL",
			fmt.Sprintf("DELETE {%d+}\r\n%s", len(name), name),
			`UID STORE * +FLAGS.SILENT (\Deleted)`,
			"EXPUNGE",
		} {
			res := c.Cmd("%s", command)
			for _, line := range append(res.Untagged, res.String()) {
				if err := imaptest.CheckResponse(line); err != nil {
					t.Errorf("%.60q: %v", command, err)
				}
			}
			if strings.HasPrefix(command, "UID FETCH") {
				holdsMessage(t, res, data)
			}
		}
	})
}

// holdsMessage checks that the octets came back as they went in.
func holdsMessage(t *testing.T, res *imaptest.Result, data []byte) {
	t.Helper()
	for _, line := range res.Untagged {
		nodes, err := imaptest.ParseResponse(line)
		if err != nil || len(nodes) != 3 || nodes[1].Value != "FETCH" {
			continue
		}
		for i, item := range nodes[2].List {
			if item.Kind == imaptest.Atom && item.Value == "BODY[]" && nodes[2].List[i+1].Value != string(data) {
				t.Errorf("BODY[] is %q, want %q", nodes[2].List[i+1].Value, data)
			}
		}
		return
	}
	t.Errorf("no FETCH: %q", res.Untagged)
}
