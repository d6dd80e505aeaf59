// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
)

// step is a command of a script and what it is answered; "..." stands for any
// text. The last line is the tagged response without its tag.
type step struct {
	send string
	want []string
}

func ok(send string, want ...string) step { return step{send, want} }

func runScript(t *testing.T, c *imaptest.Client, steps []step) {
	t.Helper()
	for _, s := range steps {
		r := c.Cmd("%s", s.send)
		got := append(slices.Clone(r.Untagged), r.String())
		match := len(got) == len(s.want)
		for i := 0; match && i < len(got); i++ {
			match = linestest.Match(s.want[i], got[i])
		}
		if !match {
			t.Errorf("%q\n got %q\nwant %q", s.send, got, s.want)
		}
	}
}

func TestNotAuthenticated(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"any state", []step{
			ok("CAPABILITY", "CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN", "OK CAPABILITY completed"),
			ok("noop", "OK NOOP completed"),
			ok(`ID ("name" "x" "version" NIL)`, "ID NIL", "OK ID completed"),
			ok("ID NIL", "ID NIL", "OK ID completed"),
			ok("LOGOUT", "BYE Logging out", "OK LOGOUT completed"),
		}},
		{"wrong state", []step{
			ok("SELECT INBOX", "BAD [CLIENTBUG] Log in first"),
			ok("UID FETCH 1 FLAGS", "BAD [CLIENTBUG] Log in first"),
			ok("FROB", "BAD Unknown command"),
			ok("UID FROB", "BAD Unknown command"),
			ok("UIDFETCHVERYLONGCOMMANDNAME x", "BAD Unknown command"),
			ok("STARTTLS", "BAD TLS is active or not available"),
		}},
		{"login", []step{
			ok("LOGIN u wrong", "NO [AUTHENTICATIONFAILED] Authentication failed"),
			ok(`LOGIN u`, "BAD Syntax error in LOGIN: expected space at octet ..."),
			ok(`LOGIN u p x`, "BAD Syntax error in LOGIN: expected end of command at octet ..."),
			ok("LOGIN {1}\r\nu {1}\r\np", "OK [CAPABILITY IMAP4rev1 ...IDLE...] LOGIN completed"),
			ok("LOGIN u p", "BAD [CLIENTBUG] Logged in already"),
		}},
		{"login with literals without asking", []step{
			ok("LOGIN {1+}\r\nu {1+}\r\np", "OK ..."),
		}},
		{"authenticate", []step{
			ok("AUTHENTICATE CRAM-MD5", "NO [CANNOT] ..."),
			ok("AUTHENTICATE PLAIN !", "BAD Syntax error in AUTHENTICATE: expected base64 at octet ..."),
			ok("AUTHENTICATE PLAIN abc", "BAD Invalid base64"),
			ok("AUTHENTICATE PLAIN =", "BAD Malformed authentication response"),
			ok("AUTHENTICATE PLAIN AHUAeA==", "NO [AUTHENTICATIONFAILED] Authentication failed"),
			ok("AUTHENTICATE plain AHUAcA==", "OK [CAPABILITY ...] AUTHENTICATE completed"),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := imaptest.New(t, connect(t, startServer(t, plainConfig(newFakeBackend()))))
			c.Expect("* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN] ...")
			runScript(t, c, tt.steps)
		})
	}
}

func TestAuthenticateChallenge(t *testing.T) {
	for _, tt := range []struct{ name, answer, want string }{
		{"good", "AHUAcA==", "a OK [CAPABILITY ...] AUTHENTICATE completed"},
		{"cancelled", "*", "a BAD Authentication cancelled"},
		{"no base64", "%%", "a BAD Invalid base64"},
		{"too long", strings.Repeat("A", 9000), "* BYE [TOOBIG] ..."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := imaptest.New(t, connect(t, startServer(t, plainConfig(newFakeBackend()))))
			c.Expect("* OK ...")
			c.Send("a AUTHENTICATE PLAIN\r\n")
			c.Expect("+ ")
			go c.TrySend(tt.answer + "\r\n")
			c.Expect(tt.want)
		})
	}
}

func TestAuthenticated(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"wrong state", []step{
			ok("FETCH 1 FLAGS", "BAD [CLIENTBUG] Select a mailbox first"),
			ok("CLOSE", "BAD [CLIENTBUG] Select a mailbox first"),
		}},
		{"the selected mailbox goes", []step{
			ok("CREATE box", "OK CREATE completed"),
			ok("CREATE other", "OK CREATE completed"),
			ok("SELECT box", "...", "...", "...", "...", "...", "...", "...", "...", "OK [READ-WRITE] SELECT completed"),
			ok("DELETE other", "OK DELETE completed"),
			ok("RENAME other more", "OK RENAME completed"),
			ok("DELETE box", "OK [CLOSED] Previous mailbox is closed", "OK DELETE completed"),
			ok("EXPUNGE", "BAD [CLIENTBUG] Select a mailbox first"),
			ok("SELECT box", "...", "...", "...", "...", "...", "...", "...", "...", "OK [READ-WRITE] SELECT completed"),
			ok("RENAME box elsewhere", "OK [CLOSED] Previous mailbox is closed", "OK RENAME completed"),
			ok("CLOSE", "BAD [CLIENTBUG] Select a mailbox first"),
		}},
		{"capability", []step{
			ok("CAPABILITY", "CAPABILITY IMAP4rev1 ... IDLE ...", "OK CAPABILITY completed"),
		}},
		{"enable", []step{
			ok("ENABLE X-NO", "ENABLED", "OK ENABLE completed"),
			ok("ENABLE x-no condstore", "ENABLED CONDSTORE", "OK ENABLE completed"),
			ok("ENABLE", "BAD Syntax error in ENABLE: ..."),
		}},
		{"namespace", []step{
			ok("NAMESPACE", `NAMESPACE (("" "/")) NIL (("&ANY-ffentlich/" "/")("flat" NIL))`, "OK NAMESPACE completed"),
		}},
		{"list", []step{
			ok(`LIST "" ""`, `LIST (\Noselect) "/" ""`, "OK LIST completed"),
			ok(`LIST "" %`, `LIST (\HasNoChildren) "/" INBOX`, `LIST (\HasNoChildren \Sent) "/" "Sent Items"`, "OK LIST completed"),
			ok(`LIST "" inbox`, `LIST (\HasNoChildren) "/" INBOX`, "OK LIST completed"),
			ok(`LIST "" "&ANw-ber/*"`, `LIST (\HasNoChildren) "/" &ANw-ber/Tag`, "OK LIST completed"),
			ok(`LIST "" * RETURN (SPECIAL-USE)`, `LIST () "/" INBOX`, `LIST (\Sent) "/" "Sent Items"`,
				`LIST () "/" &ANw-ber/Tag`, "OK LIST completed"),
			ok(`LIST (SPECIAL-USE) "" *`, `LIST (\Sent) "/" "Sent Items"`, "OK LIST completed"),
			ok(`LIST "" (INBOX "Sent*") RETURN (CHILDREN)`, `LIST (\HasNoChildren) "/" INBOX`,
				`LIST (\HasNoChildren) "/" "Sent Items"`, "OK LIST completed"),
			ok(`LIST (RECURSIVEMATCH) "" *`, "BAD RECURSIVEMATCH needs another option"),
			ok(`LIST "" * RETURN (FROB)`, "BAD Unknown return option of LIST"),
			ok(`LIST (FROB) "" *`, "BAD Unknown selection option of LIST"),
			ok(`LIST "" "&x"`, "NO [CANNOT] Mailbox name is not valid modified UTF-7"),
			ok(`LSUB "" INBOX`, `LSUB () "/" INBOX`, "OK LSUB completed"),
			ok(`LSUB "" (INBOX)`, "BAD LSUB takes one pattern"),
		}},
		{"status", []step{
			ok("STATUS inbox (UNSEEN MESSAGES)", "STATUS INBOX (MESSAGES 2 UNSEEN 1)", "OK STATUS completed"),
			ok("STATUS INBOX (uidnext uidvalidity recent highestmodseq)",
				"STATUS INBOX (RECENT 0 UIDNEXT 3 UIDVALIDITY 7 HIGHESTMODSEQ 12)", "OK STATUS completed"),
			ok("STATUS Nix (MESSAGES)", "NO [NONEXISTENT] No such mailbox"),
			ok("STATUS INBOX ()", "BAD STATUS without items"),
			ok("STATUS INBOX (FROB)", "BAD Unknown item of STATUS"),
		}},
		{"mailboxes", []step{
			ok("CREATE a/b/", "OK CREATE completed"),
			ok("CREATE a/b", "NO [ALREADYEXISTS] Mailbox exists already"),
			ok("CREATE inbox", "NO [ALREADYEXISTS] Mailbox exists already"),
			ok("CREATE /", "NO [CANNOT] Mailbox name is empty"),
			ok(`CREATE ""`, "NO [CANNOT] Mailbox name is empty"),
			ok("DELETE INBOX", "NO [CANNOT] INBOX cannot be deleted"),
			ok("DELETE a/b", "OK DELETE completed"),
			ok("DELETE &AOk", "NO [CANNOT] Mailbox name is not valid modified UTF-7"),
			ok("RENAME a/b c", "OK RENAME completed"),
			ok("RENAME a/b INBOX", "NO [ALREADYEXISTS] Mailbox exists already"),
			ok("RENAME a/b", "BAD Syntax error in RENAME: expected space at octet ..."),
			ok("SUBSCRIBE INBOX", "OK SUBSCRIBE completed"),
			ok("UNSUBSCRIBE INBOX", "OK UNSUBSCRIBE completed"),
			ok("SUBSCRIBE broken", "NO [SERVERBUG] Internal error, try again later"),
		}},
		{"select", []step{
			ok("SELECT Nix", "NO [NONEXISTENT] No such mailbox"),
			ok("SELECT INBOX (FROB)", "BAD Unknown parameter of SELECT"),
			ok("SELECT inbox (CONDSTORE)", `FLAGS (\Seen \Deleted)`, "2 EXISTS", "0 RECENT", "OK [UNSEEN 1] ...",
				`OK [PERMANENTFLAGS (\Seen \*)] ...`, "OK [UIDVALIDITY 7] ...", "OK [UIDNEXT 3] ...",
				"OK [HIGHESTMODSEQ 12] ...", "OK [READ-WRITE] SELECT completed"),
			ok("CHECK", "OK CHECK completed"),
			ok("UNSELECT", "OK UNSELECT completed"),
			ok("EXAMINE INBOX", "...", "...", "...", "...", "OK [PERMANENTFLAGS ()] ...", "...", "...", "...", "OK [READ-ONLY] EXAMINE completed"),
			ok(`STORE 1 FLAGS (\Seen)`, "NO [READ-ONLY] Mailbox is open read-only"),
			ok("EXPUNGE", "NO [READ-ONLY] Mailbox is open read-only"),
			ok("MOVE 1 INBOX", "NO [READ-ONLY] Mailbox is open read-only"),
			ok("SELECT Nix", "OK [CLOSED] ...", "NO [NONEXISTENT] No such mailbox"),
			ok("CLOSE", "BAD [CLIENTBUG] Select a mailbox first"),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) { runScript(t, dial(t, newFakeBackend("one", "two")), tt.steps) })
	}
}

func TestSelected(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"fetch", []step{
			ok("FETCH 1:* (FLAGS)", "1 FETCH (UID 1 FLAGS ())", "2 FETCH (UID 2 FLAGS ())", "3 FETCH (UID 3 FLAGS ())", "OK FETCH completed"),
			ok("UID FETCH 2 BODY.PEEK[]", "2 FETCH (UID 2 BODY[] {3}\r\ntwo)", "OK UID FETCH completed"),
			ok("FETCH 3 BODY[TEXT]<1.3>", "3 FETCH (UID 3 BODY[TEXT]<1> {3}\r\nhre)", "OK FETCH completed"),
			ok("FETCH 3 RFC822", "3 FETCH (UID 3 RFC822 {5}\r\nthree)", "OK FETCH completed"),
			ok("FETCH 1 MODSEQ", "OK [HIGHESTMODSEQ 13] Highest", "1 FETCH (UID 1 MODSEQ (11))", "OK FETCH completed"),
			ok("UID FETCH 9 FLAGS", "OK UID FETCH completed"),
			ok("FETCH 1 FROB", "BAD Unknown item of FETCH"),
			ok("FETCH 0 FLAGS", "BAD Syntax error in FETCH: expected sequence set at octet ..."),
		}},
		{"store", []step{
			ok(`STORE 1 FLAGS \Seen`, `1 FETCH (FLAGS (\Seen))`, "OK STORE completed"),
			ok(`UID STORE 1:2 +FLAGS.SILENT (\seen kw)`, `1 FETCH (FLAGS (\Seen kw))`, `2 FETCH (FLAGS (\Seen kw))`, "OK UID STORE completed"),
			ok(`UID STORE 1:3 (UNCHANGEDSINCE 11) FLAGS ()`, "OK [HIGHESTMODSEQ 13] Highest", `1 FETCH (FLAGS ())`, "OK [MODIFIED 2:3] UID STORE completed"),
		}},
		{"search", []step{
			ok("SEARCH ALL", "SEARCH 1 2 3", "OK SEARCH completed"),
			ok("SEARCH SEEN", "SEARCH", "OK SEARCH completed"),
			ok("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL", `ESEARCH (TAG "...") UID MIN 1 MAX 3 COUNT 3 ALL 1:3`, "OK UID SEARCH completed"),
			ok("SEARCH RETURN () ALL", `ESEARCH (TAG "...") ALL 1:3`, "OK SEARCH completed"),
			ok("SEARCH RETURN (MIN COUNT) SEEN", `ESEARCH (TAG "...") COUNT 0`, "OK SEARCH completed"),
			ok("SEARCH MODSEQ 1", "OK [HIGHESTMODSEQ 13] Highest", "SEARCH 1 2 3 (MODSEQ 13)", "OK SEARCH completed"),
			ok("SEARCH RETURN (COUNT) MODSEQ 1", `ESEARCH (TAG "...") COUNT 3 MODSEQ 13`, "OK SEARCH completed"),
			ok("SEARCH CHARSET KOI8-R TEXT {2+}\r\nab", "NO [BADCHARSET (US-ASCII UTF-8)] Charset is not supported"),
			ok("SEARCH CHARSET utf-8 TEXT {2}\r\n\xc3\xa4", "SEARCH 1 2 3", "OK SEARCH completed"),
			ok("SEARCH", "BAD Syntax error in SEARCH: expected space at octet ..."),
		}},
		{"copy and move", []step{
			ok("COPY 1,3 Nix", "NO [TRYCREATE] No such mailbox, create it first"),
			ok(`COPY 1,3 "Sent Items"`, "OK [COPYUID 8 1,3 101,103] COPY completed"),
			ok("UID COPY 77 INBOX", "OK UID COPY completed"),
			ok("UID MOVE 1:2 INBOX", "OK [COPYUID 8 1:2 101:102] Moved", "2 EXPUNGE", "1 EXPUNGE", "OK UID MOVE completed"),
		}},
		{"expunge", []step{
			ok("EXPUNGE", "OK EXPUNGE completed"),
			ok(`STORE 1:3 FLAGS (\Deleted)`, "...", "...", "...", "OK STORE completed"),
			ok("UID EXPUNGE 2:4", "3 EXPUNGE", "2 EXPUNGE", "OK UID EXPUNGE completed"),
			ok("EXPUNGE", "1 EXPUNGE", "OK EXPUNGE completed"),
			ok("CLOSE", "OK CLOSE completed"),
			ok("EXPUNGE", "BAD [CLIENTBUG] Select a mailbox first"),
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			runScript(t, dialSelected(t, newFakeBackend("one", "two", "three")), tt.steps)
		})
	}
}

func TestUpdatesAtLegalMoments(t *testing.T) {
	b := newFakeBackend("one", "two", "three")
	c := dialSelected(t, b)
	b.remove(2)
	b.deliver("four")
	runScript(t, c, []step{
		ok("FETCH 1 FLAGS", "1 FETCH (UID 1 FLAGS ())", "4 EXISTS", "OK FETCH completed"),
		ok("SEARCH SEEN", "SEARCH", "OK SEARCH completed"),
		ok("UID FETCH 1 FLAGS", "1 FETCH (UID 1 FLAGS ())", "2 EXPUNGE", "OK UID FETCH completed"),
	})
	b.remove(1)
	runScript(t, c, []step{ok("NOOP", "1 EXPUNGE", "OK NOOP completed")})
}

func TestAppend(t *testing.T) {
	large := strings.Repeat("x", 100_000)
	done := func(uids string) string { return "OK [APPENDUID 7 " + uids + "] APPEND completed" }
	const url = `"/INBOX/;UID=1"`
	for _, tt := range []struct {
		name string
		step step
		want []string // stored
	}{
		{"asked for", ok("APPEND INBOX {3}\r\na\x00b", done("2")), []string{"a\x00b"}},
		{"not asked for", ok("APPEND INBOX (\\seen $Junk) \"07-Feb-1994 21:52:25 -0800\" {3+}\r\nabc", done("2")), []string{"abc"}},
		{"empty", ok("APPEND INBOX {0}\r\n", done("2")), []string{""}},
		{"large", ok("APPEND INBOX {100000}\r\n"+large, done("2")), []string{large}},
		{"binary", ok("APPEND INBOX ~{3+}\r\na\x00c", done("2")), []string{"a\x00c"}},
		{"utf8", ok("APPEND INBOX UTF8 (~{3+}\r\nabc)", done("2")), []string{"abc"}},
		{"utf8 not closed", ok("APPEND INBOX UTF8 (~{3+}\r\nabc", "BAD Syntax error in APPEND: expected ')' at octet 0"), nil},
		{"mailbox as literal", ok("APPEND {5}\r\nINBOX {3}\r\nabc", done("2")), []string{"abc"}},
		{"no mailbox", ok("APPEND Nix {3}\r\nabc", "NO [TRYCREATE] ..."), nil},
		{"no mailbox, not asked for", ok("APPEND Nix {3+}\r\nabc", "NO [TRYCREATE] ..."), nil},
		{"no mailbox, two", ok("APPEND Nix {3+}\r\nabc {4+}\r\ndefg", "NO [TRYCREATE] ..."), nil},
		{"two", ok("APPEND INBOX {3+}\r\nabc (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {2}\r\nde", done("2:3")), []string{"abc", "de"}},
		{"blanks behind it", ok("APPEND INBOX {3+}\r\nabc  ", done("2")), []string{"abc"}},
		{"garbage behind it", ok("APPEND INBOX {3+}\r\nabcx {3+}\r\nxyz", "BAD Syntax error in APPEND: expected space at octet 0"), nil},
		{"garbage in the second", ok("APPEND INBOX {3+}\r\nabc (\\Frob) {3+}\r\nxyz", "BAD Unknown system flag"), nil},
		{"second too large", ok("APPEND INBOX {3+}\r\nabc {200001+}\r\n"+strings.Repeat("x", 200_001), "NO [TOOBIG] Message is too large"), nil},
		{"too large", ok("APPEND INBOX {200001}\r\n"+strings.Repeat("x", 200001), "NO [TOOBIG] Message is too large"), nil},
		{"too large, not asked for", ok("APPEND INBOX {200001+}\r\n"+strings.Repeat("x", 200_001), "NO [TOOBIG] Message is too large"), nil},
		{"too many", ok("APPEND INBOX"+strings.Repeat(" {1+}\r\nx", MaxAppendMessages+1), "NO [LIMIT] Too many messages at once"), nil},
		{"catenate", ok("APPEND INBOX CATENATE (TEXT {3+}\r\nabc URL "+url+" TEXT {1}\r\nd UTF8 (~{1+}\r\ne))", done("2")), []string{"abcoldde"}},
		{"catenate a URL alone", ok("APPEND INBOX (\\Seen) CATENATE (URL "+url+")", done("2")), []string{"old"}},
		{"catenate a literal URL", ok("APPEND INBOX CATENATE (URL {14}\r\n/INBOX/;UID=1 )", "NO [BADURL ..."), nil},
		{"catenate and a plain one", ok("APPEND INBOX CATENATE (URL "+url+") {1+}\r\nx", done("2:3")), []string{"old", "x"}},
		{"catenate nothing", ok("APPEND INBOX CATENATE ()", "BAD ..."), nil},
		{"catenate something", ok("APPEND INBOX CATENATE (FILE x)", "BAD Expected TEXT or URL in CATENATE"), nil},
		{"catenate not closed", ok("APPEND INBOX CATENATE (TEXT {1+}\r\nx", "BAD Syntax error in APPEND: expected space at octet 0"), nil},
		{"catenate no such message", ok("APPEND INBOX CATENATE (URL \"/INBOX/;UID=9\" TEXT {3+}\r\nabc)", `NO [BADURL "/INBOX/;UID=9"] No such message`), nil},
		{"catenate no URL", ok("APPEND INBOX CATENATE (URL \"x]y\" TEXT {3+}\r\nabc TEXT {1+}\r\nx)", `NO [BADURL "x?y"] URL is not understood`), nil},
		{"catenate too much", ok("APPEND INBOX CATENATE (TEXT {150000+}\r\n"+strings.Repeat("x", 150_000)+" TEXT {50001+}\r\n"+strings.Repeat("x", 50_001)+")", "NO [TOOBIG] Message is too large"), nil},
		{"bad date", ok("APPEND INBOX \"x\" {3+}\r\nabc", "BAD Syntax error in APPEND: expected date-time at octet ..."), nil},
		{"no message", ok("APPEND INBOX", "BAD Syntax error in APPEND: expected space at octet ..."), nil},
		{"bad flag", ok("APPEND INBOX (\\Frob) {3+}\r\nabc", "BAD Unknown system flag"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend("old")
			cfg := plainConfig(b)
			cfg.Limits.Append = 200_000
			c := imaptest.New(t, connect(t, startServer(t, cfg)))
			c.Login("u", "p")
			runScript(t, c, []step{tt.step, ok("NOOP", "OK NOOP completed")})
			var got []string
			for _, m := range b.messages[1:] {
				got = append(got, m.body)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("stored:\n%s", diff)
			}
		})
	}
}

func TestReplace(t *testing.T) {
	c := dialSelected(t, newFakeBackend("one", "two", "three"))
	runScript(t, c, []step{
		ok("REPLACE 2 INBOX (\\Seen) {3+}\r\nnew", "OK [APPENDUID 7 4] Replacement stored", "2 EXPUNGE", "3 EXISTS", "OK REPLACE completed"),
		ok("UID REPLACE 1 INBOX CATENATE (URL \"/INBOX/;UID=3\")", "OK [APPENDUID 7 5] Replacement stored", "1 EXPUNGE", "3 EXISTS", "OK UID REPLACE completed"),
		ok("REPLACE * INBOX {3}\r\nnew", "OK [APPENDUID 7 6] Replacement stored", "3 EXPUNGE", "3 EXISTS", "OK REPLACE completed"),
		ok("REPLACE 9 INBOX {3+}\r\nnew", "NO [NONEXISTENT] ..."),
		ok("REPLACE 1 Nix {3+}\r\nnew", "NO [TRYCREATE] ..."),
		ok("REPLACE 1 INBOX {3+}\r\nnew {3+}\r\nxyz", "BAD Expected the end of the command after the message"),
		ok("REPLACE 1:2 INBOX {3+}\r\nnew", "BAD ..."),
		ok("NOOP", "OK NOOP completed"),
	})
}
