// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/proto/imap/imaptest"
)

// peerSearches are asked of both servers. Where they may answer differently,
// why says the reason.
var peerSearches = []struct{ command, why string }{
	{"UID SEARCH ALL", ""},
	{"UID SEARCH SUBJECT re", ""},
	{"UID SEARCH NOT (SUBJECT re OR FROM a SINCE 1-Jan-2010)", ""},
	{"UID SEARCH FROM example", "Dovecot looks into what it makes of addresses that are none, Twiga into what is there"},
	{"UID SEARCH SENTSINCE 1-Jan-2000 SENTBEFORE 1-Jan-2021", "dates that RFC 5322 does not have are read more generously"},
	{"UID SEARCH LARGER 500 SMALLER 5000", ""},
	{"UID SEARCH HEADER Message-ID x", "headers with lines that are no fields end at different places"},
	{"UID SEARCH BODY apple", ""},
	{"UID SEARCH TEXT apple", ""},
	{"UID SEARCH OLDER 86400", ""},
	{"UID SEARCH RETURN (MIN MAX COUNT) SUBJECT plan", ""},
	{"UID SORT (DATE) UTF-8 ALL", "dates that RFC 5322 does not have are read more generously"},
	{"UID SORT (REVERSE ARRIVAL SIZE) UTF-8 ALL", ""},
	{"UID SORT (REVERSE SIZE) UTF-8 ALL", ""},
	{"UID SORT (SUBJECT) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (SUBJECT REVERSE DATE) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (REVERSE DATE) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (FROM DATE) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (TO) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (CC) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (DISPLAYFROM) UTF-8 UID %[1]d:*", ""},
	{"UID SORT (DISPLAYTO) UTF-8 UID %[1]d:*", ""},
	{"UID THREAD REFERENCES UTF-8 UID %[1]d:*", ""},
	{"UID THREAD REFS UTF-8 UID %[1]d:*", ""},
	{"UID THREAD ORDEREDSUBJECT UTF-8 UID %[1]d:*", ""},
	{"UID THREAD REFERENCES UTF-8 SUBJECT plan", ""},
}

// talk makes messages that answer each other, more or less correctly.
func talk(seed uint64, n int) []string {
	rng := rand.New(rand.NewPCG(seed, 0))
	subjects := []string{"plan", "lunch", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "[list] plan", "", "apple pie"}
	people := []string{"Zoe <anna@x.test>", "ben@x.test", `"Adam, B." <zack@x.test>`, "=?utf-8?q?=C3=84nne?= <c@x.test>", "friends: a@x.test, b@x.test;"}
	var out []string
	topic := make([]string, n)
	for i := range n {
		topic[i] = subjects[rng.IntN(len(subjects))]
		var h strings.Builder
		if p := rng.IntN(n); p < i && rng.IntN(4) > 0 {
			topic[i] = topic[p]
			switch rng.IntN(4) {
			case 0:
				fmt.Fprintf(&h, "In-Reply-To: <%d@x.test>\r\n", p)
			case 1:
				fmt.Fprintf(&h, "References: <%d@x.test> <%d@x.test>\r\n", rng.IntN(n), p)
			default:
				fmt.Fprintf(&h, "References: <%d@x.test>\r\n", p)
			}
			topic[i] = []string{"Re: ", "RE: Re: ", "Fwd: ", "[list] Re: ", ""}[rng.IntN(5)] + topic[i]
		}
		if rng.IntN(12) > 0 {
			fmt.Fprintf(&h, "Message-ID: <%d@x.test>\r\n", i)
		}
		date := time.Date(2020, 2, 1, 0, 0, rng.IntN(86400), 0, time.FixedZone("", (rng.IntN(25)-12)*3600))
		fmt.Fprintf(&h, "Date: %s\r\nSubject: %s\r\nFrom: %s\r\nTo: %s\r\n", date.Format(time.RFC1123Z), topic[i],
			people[rng.IntN(len(people))], people[rng.IntN(len(people))])
		if rng.IntN(3) == 0 {
			fmt.Fprintf(&h, "Cc: %s\r\n", people[rng.IntN(len(people))])
		}
		out = append(out, h.String()+"\r\n"+strings.Repeat("words ", rng.IntN(30))+[]string{"apple", "pear"}[rng.IntN(2)]+"\r\n")
	}
	return out
}

// Searches, orders and threads are those that Dovecot has.
func TestSearchesOfDovecot(t *testing.T) {
	d := startDovecot(t)
	s := start(t, 1)
	theirs, ours := imaptest.Dial(t, "tcp", d.IMAP), imaptest.Dial(t, "tcp", s.IMAP)
	theirs.Login("anna@example.test", password)
	ours.Login(s.Users[0].Name, password)
	nasty := 0
	put := func(i int, data string) {
		date := time.Date(2019, 1, 1+i%40, 10, i%60, 0, 0, time.UTC).Format("02-Jan-2006 15:04:05 -0700")
		for _, c := range []*imaptest.Client{theirs, ours} {
			c.OK("APPEND INBOX %q {%d+}\r\n%s", date, len(data), data)
		}
	}
	for _, c := range mimetest.Corpus() {
		data := crlf(string(c.Data))
		// Dovecot takes no empty message and none with NUL, and changes bare CR.
		if n := strings.Count(data, "\r"); data != "" && len(data) < 64<<10 && !strings.Contains(data, "\x00") && n == strings.Count(data, "\n") {
			put(nasty, data)
			nasty++
		}
	}
	for i, data := range talk(1, 150) {
		put(nasty+i, data)
	}
	theirs.OK("SELECT INBOX")
	ours.OK("SELECT INBOX")
	for _, q := range peerSearches {
		command := q.command
		if strings.Contains(command, "%") {
			command = fmt.Sprintf(command, nasty+1)
		}
		t.Run(strings.ReplaceAll(q.command, "/", "-"), func(t *testing.T) {
			want, got := answerOf(theirs.OK("%s", command)), answerOf(ours.OK("%s", command))
			if want == got {
				return
			}
			if q.why != "" {
				t.Logf("differs: %s", q.why)
				return
			}
			t.Errorf("%s\n got %s\nwant %s", command, got, want)
		})
	}
}

// crlf gives every line the end that both servers keep.
func crlf(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "\r\n")
}

// answerOf is what a search answered, without what differs in any case.
func answerOf(lines []string) string {
	var out []string
	for _, l := range lines {
		if _, after, ok := strings.Cut(l, `") `); ok && strings.HasPrefix(l, "ESEARCH") {
			l = after
		}
		out = append(out, strings.TrimSpace(l))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
