// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/imap/wire"
)

// textSource gives a lexer the literals of a text in memory.
type textSource struct{ rest []byte }

func (s *textSource) ReadLiteral(cmd []byte, lit wire.Literal) ([]byte, error) {
	if lit.Size > int64(len(s.rest)) {
		return nil, io.ErrUnexpectedEOF
	}
	cmd = append(cmd, s.rest[:lit.Size]...)
	line, rest, _ := bytes.Cut(s.rest[lit.Size:], []byte("\r\n"))
	s.rest = rest
	return append(cmd, line...), nil
}

// parse runs the function that parses a command's arguments on text, which
// starts behind the command's name.
func parse[A any](text string, f func(*wire.Lexer, *A) error) (A, error) {
	line, rest, _ := bytes.Cut([]byte(text), []byte("\r\n"))
	var x wire.Lexer
	x.Reset(line, &textSource{rest})
	var a A
	err := f(&x, &a)
	if err == nil {
		err = x.End()
	}
	return a, err
}

// row is a text and what it is parsed to, or the error.
type row[A any] struct {
	text string
	want A
	err  string
}

func runRows[A any](t *testing.T, f func(*wire.Lexer, *A) error, rows []row[A]) {
	t.Helper()
	var unexported A
	for _, r := range rows {
		got, err := parse(r.text, f)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != r.err {
			t.Errorf("%q: error %q, want %q", r.text, text, r.err)
		} else if diff := cmp.Diff(r.want, got, cmp.AllowUnexported(unexported), cmp.AllowUnexported(messageSet{}, appendItem{})); err == nil && diff != "" {
			t.Errorf("%q:\n%s", r.text, diff)
		}
	}
}

func sections(s ...BodySection) []BodySection { return s }

func TestFetchGrammar(t *testing.T) {
	one := messageSet{nums: NumSet{{Start: 1, Stop: 1}}}
	items := func(items FetchItems, s ...BodySection) fetchArgs {
		return fetchArgs{set: one, opts: FetchOptions{Items: items, Sections: s}}
	}
	const fast = FetchFlags | FetchInternalDate | FetchSize
	runRows(t, parseFetch, []row[fetchArgs]{
		{" 1 FLAGS", items(FetchFlags), ""},
		{" 1 fast", items(fast), ""},
		{" 1 ALL", items(fast | FetchEnvelope), ""},
		{" 1 FULL", items(fast | FetchEnvelope | FetchBody), ""},
		{" 1 (UID BODY BODYSTRUCTURE ENVELOPE MODSEQ)", items(FetchUID | FetchBody | FetchBodyStructure | FetchEnvelope | FetchModSeq), ""},
		{" 1 BODY[]", items(0, BodySection{Label: "BODY[]"}), ""},
		{" 1 body.peek[header]", items(0, BodySection{Label: "BODY[HEADER]", Kind: SectionHeader, Peek: true}), ""},
		{" 1 (FLAGS BODY[1.2.MIME] BODY[3]<0.100>)", items(FetchFlags,
			BodySection{Label: "BODY[1.2.MIME]", Kind: SectionMIME, Part: []uint32{1, 2}},
			BodySection{Label: "BODY[3]<0>", Part: []uint32{3}, Partial: true, Length: 100}), ""},
		{` 1 BODY[1.HEADER.FIELDS (date "X Y")]<7.1>`, items(0, BodySection{
			Label: `BODY[1.HEADER.FIELDS (date "X Y")]<7>`, Kind: SectionHeaderFields, Part: []uint32{1},
			Fields: []string{"date", "X Y"}, Partial: true, Offset: 7, Length: 1}), ""},
		{" 1 BODY[HEADER.FIELDS.NOT (A)]", items(0, BodySection{
			Label: "BODY[HEADER.FIELDS.NOT (A)]", Kind: SectionHeaderFieldsNot, Fields: []string{"A"}}), ""},
		{" 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)", items(FetchSize, sections(
			BodySection{Label: "RFC822"}, BodySection{Label: "RFC822.HEADER", Kind: SectionHeader, Peek: true},
			BodySection{Label: "RFC822.TEXT", Kind: SectionText})...), ""},
		{" 1 FLAGS (CHANGEDSINCE 12345)", fetchArgs{set: one, opts: FetchOptions{
			Items: FetchFlags | FetchModSeq, ChangedSince: 12345, HasChangedSince: true}}, ""},
		{" 1 (EMAILID THREADID SAVEDATE)", items(FetchEmailID | FetchThreadID | FetchSaveDate), ""},
		{" 1 PREVIEW", items(FetchPreview), ""},
		{" 1 (PREVIEW (lazy) UID)", fetchArgs{set: one, opts: FetchOptions{Items: FetchPreview | FetchUID, LazyPreview: true}}, ""},
		{" 1 PREVIEW (CHANGEDSINCE 1)", fetchArgs{set: one, opts: FetchOptions{
			Items: FetchPreview | FetchModSeq, ChangedSince: 1, HasChangedSince: true}}, ""},
		{" 1 (PREVIEW (FROB))", fetchArgs{}, "expected keyword at octet 12"},
		{" 1 (BINARY[] BINARY.PEEK[1.2]<3.4> BINARY.SIZE[7])", items(0, BodySection{Label: "BINARY[]", Kind: SectionBinary},
			BodySection{Label: "BINARY[1.2]<3>", Kind: SectionBinary, Part: []uint32{1, 2}, Peek: true, Partial: true, Offset: 3, Length: 4},
			BodySection{Label: "BINARY.SIZE[7]", Kind: SectionBinarySize, Part: []uint32{7}, Peek: true}), ""},
		{" 1 BINARY[1.]", fetchArgs{}, "expected number at octet 12"},
		{" 1 BINARY[TEXT]", fetchArgs{}, "expected number at octet 10"},
		{" 1 BINARY.SIZE[1]<0.1>", fetchArgs{}, "expected end of command at octet 17"},
		{" 1 BINARY", fetchArgs{}, "BAD Unknown item of FETCH"},
		{" 1 BODY.SIZE[1]", fetchArgs{}, "BAD Unknown item of FETCH"},
		{" 1 UID (PARTIAL -1:-30)", fetchArgs{set: one, opts: FetchOptions{Items: FetchUID, Partial: Partial{First: -1, Last: -30}}}, ""},
		{" 1 UID (PARTIAL 1:-30)", fetchArgs{}, "BAD Both ends of PARTIAL count from the same end"},
		{" 1 UID (PARTIAL 0:1)", fetchArgs{}, "expected number above 0 at octet 16"},
		{" 1 UID (PARTIAL 1)", fetchArgs{}, "expected ':' at octet 17"},
		{" 1 ()", fetchArgs{}, "BAD FETCH without items"},
		{" 1 (FAST)", fetchArgs{}, "BAD Unknown item of FETCH"},
		{" 1 BODY[", fetchArgs{}, "expected keyword at octet 8"},
		{" 1 BODY[1.]", fetchArgs{}, "expected keyword at octet 10"},
		{" 1 BODY[0]", fetchArgs{}, "expected number above 0 at octet 8"},
		{" 1 BODY[MIME]", fetchArgs{}, "BAD MIME needs a part number"},
		{" 1 BODY[FROB]", fetchArgs{}, "BAD Unknown section of FETCH"},
		{" 1 BODY[]<1>", fetchArgs{}, "expected '.' at octet 11"},
		{" 1 BODY[]<1.0>", fetchArgs{}, "expected number above 0 at octet 12"},
		{" 1 BODY[HEADER.FIELDS ()]", fetchArgs{}, "BAD HEADER.FIELDS without a field name"},
		{" 1 BODY.PEEK", fetchArgs{}, "BAD Unknown item of FETCH"},
		{" $ FLAGS", fetchArgs{set: messageSet{saved: true}, opts: FetchOptions{Items: FetchFlags}}, ""},
		{" 1 FLAGS (VANISHED)", fetchArgs{}, "BAD VANISHED needs UID FETCH and CHANGEDSINCE"},
		{" 1 FLAGS (CHANGEDSINCE 1 VANISHED)", fetchArgs{}, "BAD VANISHED needs UID FETCH and CHANGEDSINCE"},
		{" 1 FLAGS (FROB)", fetchArgs{}, "BAD Unknown modifier of FETCH"},
		{" 1 FLAGS x", fetchArgs{}, "expected '(' at octet 9"},
		{" 1", fetchArgs{}, "expected space at octet 2"},
		{" 1 BODY[" + strings.Repeat("1.", 201) + "1]", fetchArgs{}, "command has too many parts"},
	})
}

func TestFetchMarksSeen(t *testing.T) {
	for text, want := range map[string]bool{
		" 1 BODY.PEEK[]": false, " 1 BODY[]": true, " 1 RFC822": true, " 1 RFC822.HEADER": false, " 1 FLAGS": false,
	} {
		if a, err := parse(text, parseFetch); err != nil || a.opts.MarksSeen() != want {
			t.Errorf("%q: %v, %v", text, a.opts.MarksSeen(), err)
		}
	}
}

func TestSectionSlice(t *testing.T) {
	for _, tt := range []struct {
		s               BodySection
		size            int64
		offset, lengthN int64
	}{
		{BodySection{}, 10, 0, 10},
		{BodySection{Partial: true, Offset: 2, Length: 3}, 10, 2, 3},
		{BodySection{Partial: true, Offset: 8, Length: 3}, 10, 8, 2},
		{BodySection{Partial: true, Offset: 11, Length: 3}, 10, 10, 0},
	} {
		if o, n := tt.s.Slice(tt.size); o != tt.offset || n != tt.lengthN {
			t.Errorf("%+v: got %d, %d", tt.s, o, n)
		}
	}
}

func TestStoreGrammar(t *testing.T) {
	one := messageSet{nums: NumSet{{Start: 1, Stop: 1}}}
	runRows(t, parseStore, []row[storeArgs]{
		{` 1 FLAGS ()`, storeArgs{set: one}, ""},
		{` 1 +FLAGS (\SEEN $Forwarded)`, storeArgs{one, StoreOptions{Action: StoreAdd, Flags: []string{FlagSeen, "$Forwarded"}}}, ""},
		{` 1 -flags.silent \deleted \Recent x`, storeArgs{one, StoreOptions{Action: StoreRemove, Silent: true, Flags: []string{FlagDeleted, "x"}}}, ""},
		{` 1 (UNCHANGEDSINCE 0) FLAGS x`, storeArgs{one, StoreOptions{HasUnchangedSince: true, Flags: []string{"x"}}}, ""},
		{` 1 FLAGS`, storeArgs{}, "expected space at octet 8"},
		{` 1 FLAGS (\Frob)`, storeArgs{}, "BAD Unknown system flag"},
		{` 1 FROB (x)`, storeArgs{}, "BAD Unknown item of STORE"},
		{` 1 (FROB 1) FLAGS (x)`, storeArgs{}, "BAD Unknown modifier of STORE"},
	})
}

func TestSearchGrammar(t *testing.T) {
	flag := func(name string) SearchKey { return SearchKey{Op: SearchFlag, Name: name} }
	day := time.Date(1994, 2, 1, 0, 0, 0, 0, time.UTC)
	key := func(k SearchKey) searchArgs { return searchArgs{SearchQuery{Key: k}} }
	and := func(k ...SearchKey) SearchKey { return SearchKey{Op: SearchAnd, Keys: k} }
	all := SearchKey{Op: SearchAll}
	deep := strings.Repeat("NOT ", 300)
	runRows(t, parseSearch, []row[searchArgs]{
		{" ALL", key(all), ""},
		{" unseen", key(not(flag(FlagSeen))), ""},
		{" NEW", key(and(flag(FlagRecent), not(flag(FlagSeen)))), ""},
		{" OLD", key(not(flag(FlagRecent))), ""},
		{" KEYWORD x UNKEYWORD y", key(and(flag("x"), not(flag("y")))), ""},
		{" 1:3,* UID 4", key(and(SearchKey{Op: SearchSeqSet, Set: NumSet{{Start: 1, Stop: 3}, {}}},
			SearchKey{Op: SearchUIDSet, Set: NumSet{{Start: 4, Stop: 4}}})), ""},
		{` FROM "Smith" HEADER List-Id {0+}` + "\r\n", key(and(SearchKey{Op: SearchHeader, Name: "From", Text: "Smith"},
			SearchKey{Op: SearchHeader, Name: "List-Id"})), ""},
		{" CHARSET UTF-8 TEXT {2}\r\n\xc3\xbc BODY x", searchArgs{SearchQuery{CharsetNamed: true,
			Key: and(SearchKey{Op: SearchText, Text: "ü"}, SearchKey{Op: SearchBody, Text: "x"})}}, ""},
		{" UIDAFTER 7 UIDBEFORE 9", key(and(SearchKey{Op: SearchUIDSet, Set: NumSet{{Start: 8, Stop: 1<<32 - 1}}},
			SearchKey{Op: SearchUIDSet, Set: NumSet{{Start: 1, Stop: 8}}})), ""},
		{" OR UIDAFTER 4294967295 UIDBEFORE 1", key(SearchKey{Op: SearchOr, Keys: []SearchKey{not(all), not(all)}}), ""},
		{" UIDAFTER 0", searchArgs{}, "expected number above 0 at octet 10"},
		{` SINCE 1-Feb-1994 SENTON "1-Feb-1994"`, key(and(SearchKey{Op: SearchSince, Date: day}, SearchKey{Op: SearchSentOn, Date: day})), ""},
		{" LARGER 5 SMALLER 7", key(and(SearchKey{Op: SearchLarger, Num: 5}, SearchKey{Op: SearchSmaller, Num: 7})), ""},
		{" OR SEEN (DRAFT NOT ALL)", key(SearchKey{Op: SearchOr, Keys: []SearchKey{flag(FlagSeen), and(flag(FlagDraft), not(all))}}), ""},
		{` MODSEQ "/flags/\\draft" all 620162338`, searchArgs{SearchQuery{ModSeq: true,
			Key: SearchKey{Op: SearchModSeq, Name: `/flags/\draft`, Num: 620162338}}}, ""},
		{" RETURN (MIN COUNT) ALL", searchArgs{SearchQuery{Extended: true, Return: ReturnMin | ReturnCount, Key: all}}, ""},
		{" RETURN () ALL", searchArgs{SearchQuery{Extended: true, Return: ReturnAll, Key: all}}, ""},
		{" ALL ", key(all), ""},
		{" FROB", searchArgs{}, "BAD Unknown search key"},
		{" OR SEEN", searchArgs{}, "expected space at octet 8"},
		{" ()", searchArgs{}, "BAD Empty list of search keys"},
		{" (SEEN", searchArgs{}, "expected space at octet 6"},
		{" SINCE yesterday", searchArgs{}, "expected date at octet 7"},
		{` MODSEQ "x" mine 1`, searchArgs{}, "BAD Expected priv, shared or all in MODSEQ"},
		{" CHARSET X ALL", searchArgs{SearchQuery{Key: all, Charset: "X", CharsetNamed: true}}, ""},
		{" TEXT \"\xff\"", searchArgs{}, "NO [BADCHARSET (US-ASCII UTF-8)] Charset is not supported"},
		{" RETURN (FROB) ALL", searchArgs{}, "BAD Unknown return option of SEARCH"},
		{" RETURN ALL", searchArgs{}, "expected '(' at octet 8"},
		{" " + deep + "ALL", searchArgs{}, "command has too many parts"},
		{" " + strings.Repeat("(", 300), searchArgs{}, "command has too many parts"},
		{strings.Repeat(" ALL", wire.MaxItems+1), searchArgs{}, "command has too many parts"},
	})
}

func TestNotifyGrammar(t *testing.T) {
	const messages = EventMessageNew | EventMessageExpunge
	named := func(kind SourceKind, names ...string) MailboxSource { return MailboxSource{Kind: kind, Names: names} }
	set := func(n Notify) notifyArgs { return notifyArgs{notify: n} }
	rows := []row[notifyArgs]{
		{" none", notifyArgs{none: true}, ""},
		{" SET (personal NONE)", set(Notify{Groups: []EventGroup{{In: named(SourcePersonal)}}}), ""},
		{" SET STATUS (subtree (a b) (MailboxName)) (mailboxes c (messageexpunge messagenew FLAGCHANGE))", set(Notify{
			Status: true, Groups: []EventGroup{
				{named(SourceSubtree, "a", "b"), EventMailboxName},
				{named(SourceMailboxes, "c"), messages | EventFlagChange},
			}}), ""},
		{" SET (selected-delayed (MessageNew (UID BODY[]) MessageExpunge))", set(Notify{
			Selected: messages, Delayed: true,
			New: &FetchOptions{ByUID: true, Items: FetchUID, Sections: sections(BodySection{Label: "BODY[]", Peek: true})}}), ""},
		{" SET (selected NONE)", set(Notify{}), ""},
		{" SET (personal (Foo))", set(Notify{Groups: []EventGroup{{In: named(SourcePersonal)}}, unknown: true}), ""},
		{" GET", notifyArgs{}, "BAD Expected SET or NONE"},
		{" SET", notifyArgs{}, "expected space at octet 4"},
		{" SET STATUS", notifyArgs{}, "expected space at octet 11"},
		{" SET (personal ())", notifyArgs{}, "BAD No event"},
		{" SET (mailboxes (MailboxName))", notifyArgs{}, "expected space at octet 29"},
		{" SET (personal (MailboxName (UID)))", notifyArgs{}, "expected atom at octet 28"},
		{" SET (personal (MessageNew (UID) MessageExpunge))", notifyArgs{}, "BAD Only new messages of the selected mailbox are fetched"},
		{" SET (personal (MessageNew))", notifyArgs{}, "BAD MessageNew and MessageExpunge go together, and the others need them"},
		{" SET (personal (FlagChange))", notifyArgs{}, "BAD MessageNew and MessageExpunge go together, and the others need them"},
		{" SET (selected (MailboxName))", notifyArgs{}, "BAD Only events of messages are told of the selected mailbox"},
		{" SET (selected NONE) (selected NONE)", notifyArgs{}, "BAD More than one group for the selected mailbox"},
	}
	for _, r := range rows {
		got, err := parse(r.text, parseNotify)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != r.err {
			t.Errorf("%q: error %q, want %q", r.text, text, r.err)
		} else if diff := cmp.Diff(r.want, got, cmp.AllowUnexported(notifyArgs{}, Notify{})); err == nil && diff != "" {
			t.Errorf("%q:\n%s", r.text, diff)
		}
	}
}

func TestAppendGrammar(t *testing.T) {
	lit := func(mailbox string, item appendItem) appendArgs { return appendArgs{mailbox, item} }
	twelve := wire.Literal{Size: 12}
	runRows(t, parseAppend, []row[appendArgs]{
		{" Drafts {12}", lit("Drafts", appendItem{lit: twelve}), ""},
		{` inbox (\Draft) "01-Jan-2024 00:00:00 +0000" {0+}`, lit("INBOX", appendItem{flags: []string{FlagDraft},
			date: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), lit: wire.Literal{NonSync: true}}), ""},
		{" x ~{12}", lit("x", appendItem{lit: wire.Literal{Size: 12, Binary: true}}), ""},
		{" x utf8 (~{12}", lit("x", appendItem{form: formUTF8, lit: wire.Literal{Size: 12, Binary: true}}), ""},
		{" x Catenate (", lit("x", appendItem{form: formCatenate}), ""},
		{" x CATENATE", appendArgs{}, "expected space at octet 11"},
		{" x CATENATES (", appendArgs{}, "expected '{' at octet 3"},
		{" Drafts (", appendArgs{}, "expected flag at octet 9"},
		{" Drafts () x", appendArgs{}, "expected '{' at octet 11"},
	})
}

func TestParseURL(t *testing.T) {
	peek := BodySection{Peek: true}
	part := func(s BodySection) BodySection { s.Peek = true; return s }
	for _, tt := range []struct {
		text string
		want *URL // nil for none; Text is set
	}{
		{"/INBOX/;UID=20", &URL{Mailbox: "INBOX", UID: 20, Section: peek}},
		{"/inbox;uidvalidity=78/;uid=20", &URL{Mailbox: "INBOX", UIDValidity: 78, UID: 20, Section: peek}},
		{"/;UID=7", &URL{UID: 7, Section: peek}},
		{";UID=7/;SECTION=TEXT", &URL{UID: 7, Section: part(BodySection{Kind: SectionText})}},
		{"/a%2Fb/c%20%C3%BC/;UID=1", &URL{Mailbox: "a/b/c ü", UID: 1, Section: peek}},
		{"/x/;UID=1/;SECTION=1.2", &URL{Mailbox: "x", UID: 1, Section: part(BodySection{Part: []uint32{1, 2}})}},
		{"/x/;UID=1/;section=1.MIME", &URL{Mailbox: "x", UID: 1, Section: part(BodySection{Part: []uint32{1}, Kind: SectionMIME})}},
		{"/x/;UID=1/;SECTION=HEADER.FIELDS%20(DATE%20FROM)", &URL{Mailbox: "x", UID: 1,
			Section: part(BodySection{Kind: SectionHeaderFields, Fields: []string{"DATE", "FROM"}})}},
		{"/x/;UID=1/;PARTIAL=5", &URL{Mailbox: "x", UID: 1, Section: part(BodySection{Partial: true, Offset: 5, Length: math.MaxUint32})}},
		{"/x/;UID=1/;SECTION=1/;PARTIAL=5.10", &URL{Mailbox: "x", UID: 1,
			Section: part(BodySection{Part: []uint32{1}, Partial: true, Offset: 5, Length: 10})}},
		{"IMAP://joe%40x;AUTH=*@Host.Example:143/a/;UID=1", &URL{Absolute: true, User: "joe@x", Host: "host.example", Mailbox: "a", UID: 1, Section: peek}},
		{"imap://[::1]/a/;UID=1", &URL{Absolute: true, Host: "[::1]", Mailbox: "a", UID: 1, Section: peek}},
		{"imap://joe@h/a/;UID=1;urlauth=Anonymous", &URL{Absolute: true, User: "joe", Host: "h", Mailbox: "a", UID: 1, Section: peek,
			Access: "anonymous", Rump: "imap://joe@h/a/;UID=1;urlauth=Anonymous"}},
		{"imap://joe@h/a/;UID=1;EXPIRE=2030-01-02T03:04:05Z;URLAUTH=user+Fred%20F:internal:91ab", &URL{Absolute: true, User: "joe", Host: "h",
			Mailbox: "a", UID: 1, Section: peek, Access: "user+Fred F", Rump: "imap://joe@h/a/;UID=1;EXPIRE=2030-01-02T03:04:05Z;URLAUTH=user+Fred%20F",
			Mechanism: "INTERNAL", Token: "91ab", Expire: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"", nil},
		{"/INBOX", nil},
		{"INBOX/;UID=1", nil},
		{"//h/INBOX/;UID=1", nil},
		{"imap://joe@h", nil},
		{"imap:///a/;UID=1", nil},
		{"imap://h:port/a/;UID=1", nil},
		{"/INBOX/;UID=0", nil},
		{"/INBOX/;UID=+1", nil},
		{"/INBOX/;UID=4294967296", nil},
		{"/INBOX;UIDVALIDITY=0/;UID=1", nil},
		{"/INBOX;X=1/;UID=1", nil},
		{"/IN%4/;UID=1", nil},
		{"/IN%zz/;UID=1", nil},
		{"/IN%ff/;UID=1", nil},
		{"/x/;UID=1/;SECTION=", nil},
		{"/x/;UID=1/;SECTION=FROB", nil},
		{"/x/;UID=1/;SECTION=1]x", nil},
		{"/x/;UID=1/;SECTION=TEXT%0D%0A", nil},
		{"/x/;UID=1/;PARTIAL=5.0", nil},
		{"/x/;UID=1/;PARTIAL=x", nil},
		{"/x/;UID=1/;PARTIAL=1/;SECTION=1", nil},
		{"/x/;UID=1;EXPIRE=2030-01-02T03:04:05Z", nil},
		{"/x/;UID=1;EXPIRE=tomorrow;URLAUTH=anonymous", nil},
		{"/x/;UID=1;URLAUTH=everybody", nil},
		{"/x/;UID=1;URLAUTH=user+", nil},
		{"/x/;UID=1;URLAUTH=anonymous:internal", nil},
		{"/x/;UID=1;URLAUTH=anonymous:internal:", nil},
		{"/" + strings.Repeat("x", maxURL) + "/;UID=1", nil},
	} {
		got, err := ParseURL(tt.text)
		if tt.want == nil {
			if err == nil {
				t.Errorf("%.80q: got %+v", tt.text, got)
			}
			continue
		}
		tt.want.Text = tt.text
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q:\n%s", tt.text, diff)
		}
	}
}

// FuzzURL looks for a text that makes the grammar of URLs fall over, or that
// would break out of a response.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"/INBOX;UIDVALIDITY=1/;UID=20/;SECTION=1.2/;PARTIAL=1.2", ";UID=1", "/x/;UID=1/;SECTION=HEADER.FIELDS%20(A)",
		"imap://joe%40x;AUTH=*@h:1/a/;UID=1;EXPIRE=2030-01-02T03:04:05Z;URLAUTH=user+x:internal:91ab",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseURL(text)
		if err == nil && (u.UID == 0 || u.Access != "" && !strings.HasPrefix(text, u.Rump) || u.Absolute && u.Host == "") {
			t.Fatalf("%q: %+v", text, u)
		}
		if code := BadURL(text, "x").Code; strings.ContainsAny(code, "]\r\n") {
			t.Fatalf("code %q", code)
		}
	})
}

func TestMatchMailbox(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "a/b/c", true},
		{"*", "", true},
		{"%", "a", true},
		{"%", "a/b", false},
		{"%/%", "a/b", true},
		{"%/%", "a/b/c", false},
		{"a/*", "a", false},
		{"a/*", "a/b/c", true},
		{"a*c", "a/b/c", true},
		{"a%c", "a/b/c", false},
		{"*%", "a/b", true},
		{"%*", "a/b", true},
		{"%a/%b", "xaa/bab", true},
		{"*a%b", "aa/ab/axb", true},
		{"*a%b", "ax/ab/", false},
		{"inbox", "INBOX", true},
		{"InBox/%", "INBOX/x", true},
		{"in%", "INBOX", true},
		{"inbox/X", "INBOX/x", false},
		{"inboxes", "INBOXES", false},
		{"abc", "ABC", false},
		{"", "", true},
		{"", "a", false},
		{strings.Repeat("*a", 500) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := MatchMailbox(tt.pattern, tt.name, '/'); got != tt.want {
			t.Errorf("MatchMailbox(%.20q, %.20q) = %v", tt.pattern, tt.name, got)
		}
	}
}

// seeds are commands of every kind for the fuzz targets.
var seeds = []string{
	"a CAPABILITY\r\n", "a ID (\"name\" \"x\" \"y\" NIL)\r\n", "a LOGIN {1}\r\nu \"p\"\r\n", "a AUTHENTICATE PLAIN AHUAcA==\r\n",
	"a AUTHENTICATE PLAIN\r\n*\r\n", "a ENABLE CONDSTORE\r\n", "a SELECT INBOX (CONDSTORE)\r\n", "a CREATE &U,BTFw-\r\n",
	"a RENAME a {3+}\r\nb/c\r\n", "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% \"a*\") RETURN (CHILDREN)\r\n",
	"a LSUB \"\" *\r\n", "a NAMESPACE\r\n", "a STATUS x (MESSAGES HIGHESTMODSEQ)\r\n",
	"a APPEND INBOX (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {3+}\r\nabc\r\n", "a IDLE\r\nDONE\r\n",
	"a UID EXPUNGE 1:*\r\n", "a SEARCH RETURN (MIN ALL) CHARSET UTF-8 OR (NOT SEEN 1:3) HEADER x {1+}\r\ny SINCE 1-Jan-2000 MODSEQ 7\r\n",
	"a UID FETCH 1:* (FLAGS BODY.PEEK[1.HEADER.FIELDS (A B)]<0.10>) (CHANGEDSINCE 7)\r\n",
	"a APPEND INBOX CATENATE (TEXT {1+}\r\na URL \"/INBOX;UIDVALIDITY=7/;UID=1/;SECTION=TEXT\") UTF8 (~{1+}\r\nb)\r\n", "a UID REPLACE 1 INBOX ~{1+}\r\na\r\n",
	"a GENURLAUTH \"imap://u@h/INBOX/;UID=1;URLAUTH=anonymous\" INTERNAL\r\n", "a RESETKEY INBOX INTERNAL\r\n",
	"a URLFETCH imap://u@h/INBOX/;UID=1;URLAUTH=anonymous:internal:91 (\"x\" BINARY BODYPARTSTRUCTURE)\r\n",
	"a STORE 1 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Seen x)\r\n", "a UID MOVE 1,3 x\r\n", "a NOOP\r\n\r\n a LOGOUT\r\n",
}

// FuzzCommand looks for input that makes the grammar of a command fall over.
func FuzzCommand(f *testing.F) {
	for _, s := range slices.Concat(seeds, scripted(f)) {
		f.Add([]byte(s))
	}
	table := commandTable()
	f.Fuzz(func(t *testing.T, in []byte) {
		line, rest, _ := bytes.Cut(bytes.Clone(in), []byte("\r\n"))
		var x wire.Lexer
		x.Reset(line, &textSource{rest})
		if _, err := x.Tag(); err != nil || x.SP() != nil {
			return
		}
		if cmd, err := find(table, &x); err == nil && cmd != nil {
			_ = cmd.parse(&x)
		}
		x.Unread()
		if len(x.Bytes()) > len(in) {
			t.Fatalf("%d octets were made of %d", len(x.Bytes()), len(in))
		}
	})
}

// memoryConn is a connection whose client has sent all it will send.
type memoryConn struct {
	in  *bytes.Reader
	out bytes.Buffer
}

func (c *memoryConn) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *memoryConn) Close() error                     { return nil }
func (c *memoryConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *memoryConn) SetDeadline(time.Time) error      { return nil }
func (c *memoryConn) SetReadDeadline(time.Time) error  { return nil }
func (c *memoryConn) SetWriteDeadline(time.Time) error { return nil }

// scripted are the commands of all scripts, with tags.
func scripted(f *testing.F) []string {
	f.Helper()
	commands, err := imaptest.Commands("../../../testdata/imap/conformance")
	if err != nil || len(commands) == 0 {
		f.Fatalf("no commands of scripts: %v", err)
	}
	for i, c := range commands {
		commands[i] = "a " + c + "\r\n"
	}
	return commands
}

// FuzzConn looks for conversations that make a connection fall over, or keep
// more than the limits allow, or that are answered by what no client can read.
func FuzzConn(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
		f.Add([]byte("a LOGIN u p\r\nb SELECT INBOX\r\n" + s))
	}
	for _, s := range scripted(f) {
		if len(s) < 1000 {
			f.Add([]byte("a LOGIN u p\r\nb SELECT INBOX\r\n" + s))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		b := newFakeBackend("one", "two")
		cfg := plainConfig(b)
		cfg.Limits = Limits{LineBeforeLogin: 200, LiteralBeforeLogin: 100, Command: 1000, Append: 2000, Skip: 500}
		s := New(cfg)
		conn := &memoryConn{in: bytes.NewReader(in)}
		c := newConn(s, conn)
		p := (*protocol)(c)
		ctx := context.Background()
		err := p.Open(ctx)
		if err == nil {
			err = p.Greet()
		}
		for err == nil {
			err = p.Command(ctx)
			if cap(c.lex.Bytes()) > 16<<10 {
				t.Fatalf("command buffer has grown to %d", cap(c.lex.Bytes()))
			}
		}
		var e *Error
		if errors.As(err, &e) && e.Code == CodeServerBug && !bytes.Contains(in, []byte("panic")) {
			t.Fatalf("panicked: %v", err)
		}
		p.Close()
		_ = c.io.Flush()
		if !bytes.Contains(bytes.ToUpper(in), []byte("COMPRESS")) {
			if err := imaptest.CheckOutput(conn.out.Bytes()); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range b.messages {
			if len(m.body) > 2000 {
				t.Fatalf("a message of %d octets was stored", len(m.body))
			}
		}
	})
}
