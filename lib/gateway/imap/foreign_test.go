// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"slices"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"twiga/lib/conv/mime/mimetest"
)

// TestForeignClientReadsCorpus has a client that others wrote take apart what is
// said of the oddest messages.
func TestForeignClientReadsCorpus(t *testing.T) {
	r := newRig(t, newMemStore())
	raw := r.client(t)
	cases := slices.DeleteFunc(mimetest.Corpus(), func(m mimetest.Case) bool { return len(m.Data) == 0 })
	for _, m := range cases {
		raw.OK("APPEND INBOX {%d+}\r\n%s", len(m.Data), m.Data)
	}
	c, err := imapclient.DialInsecure(r.address, nil)
	must(t, "dial", err)
	defer c.Close()
	must(t, "login", c.Login("anna", "secret").Wait())
	_, err = c.Select("INBOX", nil).Wait()
	must(t, "select", err)
	whole := &imap.FetchItemBodySection{Peek: true}
	odd := &imap.FetchItemBodySection{
		Specifier: imap.PartSpecifierHeader, HeaderFields: []string{"Subject", "two words", "a]b", `q"\`}, Peek: true,
	}
	for i, m := range cases {
		got, err := c.Fetch(imap.SeqSetNum(uint32(i+1)), &imap.FetchOptions{
			Flags: true, Envelope: true, InternalDate: true, RFC822Size: true, UID: true, ModSeq: true,
			BodyStructure: &imap.FetchItemBodyStructure{Extended: true}, BodySection: []*imap.FetchItemBodySection{whole, odd},
		}).Collect()
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %d messages, %v", m.Name, len(got), err)
		}
		if want := m.Data; !bytes.Equal(got[0].FindBodySection(whole), want) {
			t.Errorf("%s: %d bytes, want %d", m.Name, len(got[0].FindBodySection(whole)), len(want))
		}
		if got[0].BodyStructure == nil || got[0].Envelope == nil || got[0].UID != imap.UID(i+1) {
			t.Errorf("%s: %+v", m.Name, got[0])
		}
	}
}
