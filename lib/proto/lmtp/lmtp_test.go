// SPDX-License-Identifier: AGPL-3.0-or-later

package lmtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// maildrop keeps what is delivered. Recipients that begin with "no" are not
// known, those that begin with "full" take nothing.
type maildrop struct {
	asked    [][]string
	envelope Envelope
	messages [][]byte
	panics   bool
}

func (m *maildrop) Recipients(_ context.Context, _ *Envelope, to []string) []Reply {
	m.asked = append(m.asked, slices.Clone(to))
	var out []Reply
	for _, a := range to {
		r := Reply{250, "2.1.5", "ok"}
		if strings.HasPrefix(a, "no") {
			r = Reply{550, "5.1.1", "unknown"}
		}
		out = append(out, r)
	}
	return out
}

func (m *maildrop) Deliver(_ context.Context, env *Envelope, message io.Reader) []Reply {
	m.envelope = *env
	if m.panics {
		panic("on purpose")
	}
	b, err := io.ReadAll(message)
	if err != nil {
		return nil
	}
	m.messages = append(m.messages, b)
	var out []Reply
	for _, a := range env.To {
		r := Reply{250, "2.1.5", "<" + a + "> delivered"}
		if strings.HasPrefix(a, "full") {
			r = Reply{452, "4.2.2", "<" + a + "> full"}
		}
		out = append(out, r)
	}
	return out
}

// scriptConn is a connection whose client said everything already.
type scriptConn struct {
	in  io.Reader
	out bytes.Buffer
}

func (c *scriptConn) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *scriptConn) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *scriptConn) Close() error                     { return nil }
func (c *scriptConn) LocalAddr() net.Addr              { return &net.UnixAddr{Net: "unix"} }
func (c *scriptConn) RemoteAddr() net.Addr             { return &net.UnixAddr{Net: "unix"} }
func (c *scriptConn) SetDeadline(time.Time) error      { return nil }
func (c *scriptConn) SetReadDeadline(time.Time) error  { return nil }
func (c *scriptConn) SetWriteDeadline(time.Time) error { return nil }

func talk(t testing.TB, s *Server, in io.Reader) string {
	t.Helper()
	c := &scriptConn{in: in}
	s.Serve(context.Background(), c, nil)
	return c.out.String()
}

func TestSession(t *testing.T) {
	const start = "220 mx LMTP Twiga|"
	tests := []struct {
		name, say, want string
	}{
		{"lhlo", "LHLO a", start + "250-mx|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-ENHANCEDSTATUSCODES|250 SIZE 100"},
		{"lhlo without a name", "LHLO", start + "501 5.5.4 domain wanted"},
		{"ehlo is not for us", "EHLO a", start + "500 5.5.1 this is LMTP, say LHLO"},
		{"mail before lhlo", "MAIL FROM:<>", start + "503 5.5.1 say LHLO first"},
		{"rcpt before mail", "LHLO a|RCPT TO:<a@b>", "503 5.5.1 say MAIL first"},
		{"data before mail", "LHLO a|DATA", "503 5.5.1 say MAIL first"},
		{"data without a valid recipient", "LHLO a|MAIL FROM:<>|RCPT TO:<no@b>|DATA", "550 5.1.1 unknown|503 5.5.1 no valid recipients"},
		{"nested mail", "LHLO a|MAIL FROM:<>|MAIL FROM:<>", "503 5.5.1 a transaction is under way"},
		{"mail after rset", "LHLO a|MAIL FROM:<>|RSET|MAIL FROM:<>", "250 2.1.0 sender ok|250 2.0.0 ok|250 2.1.0 sender ok"},
		{"lower case and spaces", "lhlo a|mail from: <a@b> size=5 body=8bitmime smtputf8|rcpt to: <c>", "250 2.1.0 sender ok|250 2.1.5 ok"},
		{"too big by its size", "LHLO a|MAIL FROM:<> SIZE=101", "552 5.3.4 message is too big"},
		{"bad size", "LHLO a|MAIL FROM:<> SIZE=x", "501 5.5.4 bad value of parameter"},
		{"unknown parameter", "LHLO a|MAIL FROM:<> FOO=1", "555 5.5.4 parameter not supported"},
		{"parameter of rcpt", "LHLO a|MAIL FROM:<>|RCPT TO:<a@b> NOTIFY=NEVER", "555 5.5.4 parameter not supported"},
		{"address without brackets", "LHLO a|MAIL FROM:a@b", "501 5.1.7 MAIL FROM:<address> wanted"},
		{"null recipient", "LHLO a|MAIL FROM:<>|RCPT TO:<>", "501 5.1.3 RCPT TO:<address> wanted"},
		{"replies in order", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|RCPT TO:<no>|RCPT TO:|RCPT TO:<full>|DATA|x|.|QUIT",
			"250 2.1.5 ok|550 5.1.1 unknown|501 5.1.3 RCPT TO:<address> wanted|250 2.1.5 ok|354 end data with <CRLF>.<CRLF>|250 2.1.5 <a> delivered|452 4.2.2 <full> full|221 2.0.0 bye"},
		{"too many recipients", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|RCPT TO:<b>|RCPT TO:<c>|RCPT TO:<d>|RCPT TO:<e>", "250 2.1.5 ok|452 4.5.3 too many recipients"},
		{"message too big", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|DATA|" + strings.Repeat("x", 200) + "|.|NOOP", "552 5.3.4 message is too big|250 2.0.0 ok"},
		{"message cut off", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|DATA|x", "354 end data with <CRLF>.<CRLF>"},
		{"long line", "LHLO a|NOOP " + strings.Repeat("x", 70000) + "|NOOP", "500 5.5.2 line too long|250 2.0.0 ok"},
		{"endless line", "LHLO a|NOOP " + strings.Repeat("x", 2*maxSkip) + "|NOOP", "500 5.5.2 line too long"},
		{"rubbish", "LHLO a|\x00\xff|FOO|  ", "500 5.5.2 command not recognised|500 5.5.2 command not recognised|500 5.5.2 command not recognised"},
		{"vrfy", "VRFY a", start + "252 2.5.0 ask with RCPT"},
		{"bare line feeds between commands", "LHLO a\nNOOP\nQUIT", "250 2.0.0 ok|221 2.0.0 bye"},
		{"nothing behind quit", "QUIT|NOOP", start + "221 2.0.0 bye"},
		{"sizes are no errors", "LHLO a|" + strings.Repeat("MAIL FROM:<> SIZE=101|", MaxErrors+5) + "NOOP", "552 5.3.4 message is too big|250 2.0.0 ok"},
		{"a message makes good for errors", "LHLO a|" + strings.Repeat("X|", MaxErrors-1) + "MAIL FROM:<>|RCPT TO:<a>|DATA|x|.|X|NOOP", "500 5.5.2 command not recognised|250 2.0.0 ok"},
		{"bdat", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|BDAT 1 LAST", "500 5.5.2 command not recognised"},
		{"rcpt behind data", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|DATA|x|.|RCPT TO:<a>", "250 2.1.5 <a> delivered|503 5.5.1 say MAIL first"},
		{"the same recipient twice", "LHLO a|MAIL FROM:<>|RCPT TO:<a>|RCPT TO:<a>|DATA|x|.", "250 2.1.5 <a> delivered|250 2.1.5 <a> delivered"},
		{"nul in an address", "LHLO a|MAIL FROM:<a\x00b@c>", "501 5.1.7 MAIL FROM:<address> wanted"},
		{"binary body", "LHLO a|MAIL FROM:<> BODY=BINARYMIME", "501 5.5.4 bad value of parameter"},
		{"too many errors", strings.Repeat("X|", MaxErrors+5), "500 5.5.2 command not recognised|421 4.7.0 too many errors"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Server{Handler: &maildrop{}, Host: "mx", MaxSize: 100, MaxRecipients: 4}
			say := strings.ReplaceAll(tt.say, "|", "\r\n") + "\r\n"
			want := strings.ReplaceAll(tt.want, "|", "\r\n") + "\r\n"
			all := talk(t, s, strings.NewReader(say))
			if !strings.HasSuffix(all, want) {
				t.Errorf("got\n%s\nwant at the end\n%s", all, want)
			}
			// One byte at a time must say the same, though in more packets.
			slow := talk(t, &Server{Handler: &maildrop{}, Host: "mx", MaxSize: 100, MaxRecipients: 4}, oneByte{strings.NewReader(say)})
			if slow != all {
				t.Errorf("byte by byte\n%s\nat once\n%s", slow, all)
			}
		})
	}
}

type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

func TestEnvelope(t *testing.T) {
	m := &maildrop{}
	talk(t, &Server{Handler: m}, strings.NewReader("LHLO client.test x\r\nMAIL FROM:<@x,@y:\"a \\\" b\"@example.test> SIZE=3 SMTPUTF8\r\n"+
		"RCPT TO:<bench>\r\nRCPT TO:<no1>\r\nRCPT TO:<jörg@exämple.test>\r\nDATA\r\nx\r\n.\r\n"))
	want := Envelope{Helo: "client.test", From: `a " b@example.test`, Size: 3, UTF8: true, To: []string{"bench", "jörg@exämple.test"}}
	if fmt.Sprint(m.envelope) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", m.envelope, want)
	}
	if len(m.asked) != 1 || len(m.asked[0]) != 3 {
		t.Errorf("pipelined recipients were not asked for together: %q", m.asked)
	}
}

// stuff is what a client makes of a message, RFC 5321 4.5.2.
func stuff(message []byte) []byte {
	out := bytes.ReplaceAll(append([]byte("\r\n"), message...), []byte("\r\n."), []byte("\r\n.."))[2:]
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return append(out, ".\r\n"...)
}

var transparent = []struct{ name, message string }{
	{"empty", ""},
	{"one line", "a\r\n"},
	{"dots", ".\r\n..\r\n...\r\n.a\r\n"},
	{"bare line feed and dot", "a\n.\nb\n.\r\nc\r\n"},
	{"bare carriage returns", "\r\ra\rb\r\n"},
	{"CR CRLF before a dot", "a\r\r\n.b\r\n"},
	{"CR at the end", "a\r\r\n"},
	{"dot and CR", ".\r.\r\n"},
	{"ends that are none", "a\n.\nb\r.\rc\r\n.\nd\n.\r\ne\r\n.\rf\r\r.\r\n"},
	{"NUL and 8 bit", "\x00\xff\x80\r\n"},
	{"only a line end", "\r\n"},
	{"long line", strings.Repeat("0123456789", 30000) + "\r\n.\r\n"},
}

func TestDotReader(t *testing.T) {
	for _, tt := range transparent {
		for _, small := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, small), func(t *testing.T) { checkTransparent(t, []byte(tt.message), small) })
		}
	}
}

func checkTransparent(t *testing.T, message []byte, small bool) {
	t.Helper()
	m := &maildrop{}
	var in io.Reader = io.MultiReader(strings.NewReader("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n"), bytes.NewReader(stuff(message)), strings.NewReader("NOOP\r\n"))
	if small {
		in = oneByte{in}
	}
	answers := talk(t, &Server{Handler: m}, in)
	want := message
	if len(want) > 0 && !bytes.HasSuffix(want, []byte("\r\n")) {
		want = append(slices.Clone(want), "\r\n"...)
	}
	if len(m.messages) != 1 || !bytes.Equal(m.messages[0], want) {
		t.Fatalf("sent %q, got %q", want, m.messages)
	}
	if !strings.HasSuffix(answers, "250 2.1.5 <a> delivered\r\n250 2.0.0 ok\r\n") {
		t.Fatalf("answers: %q", answers)
	}
}

func FuzzTransparent(f *testing.F) {
	for _, tt := range transparent {
		f.Add([]byte(tt.message), false)
	}
	f.Fuzz(func(t *testing.T, message []byte, small bool) { checkTransparent(t, message, small) })
}

func FuzzLMTP(f *testing.F) {
	f.Add([]byte("LHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<no>\r\nDATA\r\n.x\r\n.\r\nQUIT\r\n"))
	f.Add([]byte("LHLO a\r\nMAIL FROM:<\"a\\\"\"@b> SIZE=9\r\nRSET\r\nVRFY x\r\nNOOP\r\n"))
	f.Add([]byte("MAIL FROM:<@a,@b:c@d>\nLHLO x\nMAIL FROM:<>\nDATA\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		m := &maildrop{}
		out := talk(t, &Server{Handler: m, Host: "mx", MaxSize: 1000, MaxRecipients: 10}, bytes.NewReader(in))
		for l := range strings.SplitSeq(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if len(l) < 4 || l[0] < '2' || l[0] > '5' || strings.ContainsAny(l, "\r\n\x00") {
				t.Fatalf("bad reply %q", l)
			}
		}
		for _, b := range m.messages {
			if len(b) > 1000 {
				t.Fatalf("message of %d bytes passed", len(b))
			}
		}
	})
}

// TestDrain: a session that waits ends at once, one within a message after it.
func TestDrain(t *testing.T) {
	for _, within := range []bool{false, true} {
		t.Run(fmt.Sprint("within a message ", within), func(t *testing.T) {
			client, server := net.Pipe()
			draining, done := make(chan struct{}), make(chan struct{})
			m := &maildrop{}
			go func() {
				defer close(done)
				(&Server{Handler: m, Host: "mx", IdleTimeout: time.Minute, DataTimeout: time.Minute}).Serve(context.Background(), server, draining)
				server.Close()
			}()
			expect := func(want string) {
				t.Helper()
				b := make([]byte, len(want))
				if _, err := io.ReadFull(client, b); err != nil || string(b) != want {
					t.Fatalf("got %q (%v), want %q", b, err, want)
				}
			}
			expect("220 mx LMTP Twiga\r\n")
			if within {
				fmt.Fprint(client, "LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n")
				expect("250-mx\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE\r\n" +
					"250 2.1.0 sender ok\r\n250 2.1.5 ok\r\n354 end data with <CRLF>.<CRLF>\r\n")
			}
			close(draining)
			if within {
				fmt.Fprint(client, "x\r\n.\r\n")
				expect("250 2.1.5 <a> delivered\r\n")
			}
			expect("421 4.3.2 service is shutting down\r\n")
			<-done
		})
	}
}

func TestIdle(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		(&Server{Handler: &maildrop{}, Host: "mx", IdleTimeout: time.Millisecond}).Serve(context.Background(), server, nil)
		server.Close()
	}()
	go io.WriteString(client, "LHL") // half a command, and silence
	b, err := io.ReadAll(client)
	if want := "220 mx LMTP Twiga\r\n421 4.4.2 waited too long\r\n"; err != nil || string(b) != want {
		t.Errorf("got %q, %v", b, err)
	}
}

func BenchmarkData(b *testing.B) {
	message := bytes.Repeat([]byte(strings.Repeat("x", 76)+"\r\n"), 512)
	all := append([]byte("LHLO a\r\n"), bytes.Repeat(append([]byte("MAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n"), stuff(message)...), 100)...)
	b.SetBytes(int64(len(all)))
	for b.Loop() {
		talk(b, &Server{Handler: &discard{}}, bytes.NewReader(all))
	}
}

type discard struct{ maildrop }

func (*discard) Deliver(_ context.Context, _ *Envelope, message io.Reader) []Reply {
	buf := make([]byte, 64<<10)
	for {
		if _, err := message.Read(buf); errors.Is(err, io.EOF) {
			return []Reply{{250, "2.1.5", "ok"}}
		}
	}
}
