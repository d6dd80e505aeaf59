// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"io"
	"slices"
	"unicode/utf8"

	"twiga/lib/proto/imap/wire"
)

// ResponseWriter writes untagged responses to the client of a session. It is
// valid during the call it was passed to.
//
// Rows are written in the append style:
//
//	b := w.Begin()
//	b = w.AppendFetch(b, seq, uid)
//	b = append(b, "FLAGS "...)
//	b = wire.AppendFlags(b, flags)
//	b = append(b, ")\r\n"...)
//	err := w.End(b)
//
// Errors mean that the client is gone; once there was one, every method
// returns it. A row that was begun has to be completed. Where that has become
// impossible, the Session returns [Bye].
type ResponseWriter struct{ c *Conn }

// Begin returns the output so far, to be appended to and given to
// [ResponseWriter.End].
func (w *ResponseWriter) Begin() []byte { return w.c.io.Begin() }

// End takes back what Begin gave, longer, and writes it to the client if it
// has become large. It need not be at the end of a response.
func (w *ResponseWriter) End(b []byte) error { return w.c.io.End(b) }

// Write appends p, which may be any part of a response. What is large is
// written to the client at once, with the output before it and without being
// copied.
func (w *ResponseWriter) Write(p []byte) (int, error) { return w.c.io.Write(p) }

// Literal appends a literal of size octets copied from r. If r has fewer or
// fails, the response cannot be mended and the connection ends.
func (w *ResponseWriter) Literal(r io.Reader, size int64) error {
	if err := w.End(wire.AppendLiteralHeader(w.Begin(), size)); err != nil {
		return err
	}
	return w.c.io.Copy(r, size)
}

// LiteralBytes appends a literal that is in memory.
func (w *ResponseWriter) LiteralBytes(p []byte) error {
	if err := w.End(wire.AppendLiteralHeader(w.Begin(), int64(len(p)))); err != nil {
		return err
	}
	_, err := w.Write(p)
	return err
}

// Flush writes the output to the client now.
func (w *ResponseWriter) Flush() error { return w.c.io.Flush() }

// Abort ends the connection after an error in the middle of a literal, where
// nothing can be told any more. It returns an error to be passed on.
func (w *ResponseWriter) Abort(err error) error { return w.c.io.Break(err) }

// AppendFetch appends the start of a message's FETCH response, up to and with
// its parenthesis; items separated by spaces, ")" and CRLF have to follow. For
// who knows messages by UID only it is UIDFETCH (RFC 9586 3.3), and the item
// UID need not follow.
func (w *ResponseWriter) AppendFetch(dst []byte, seq, uid uint32) []byte {
	dst = append(dst, "* "...)
	if w.UIDOnly() {
		dst = wire.AppendUint(dst, uint64(uid))
		return append(dst, " UIDFETCH ("...)
	}
	dst = wire.AppendUint(dst, uint64(seq))
	return append(dst, " FETCH ("...)
}

// UIDOnly reports whether the client knows messages by UID only (RFC 9586).
func (w *ResponseWriter) UIDOnly() bool { return w.c.has(FeatureUIDOnly) }

// AppendModSeq appends the data item MODSEQ of a FETCH response.
func AppendModSeq(dst []byte, modSeq uint64) []byte {
	dst = append(dst, "MODSEQ ("...)
	dst = wire.AppendUint(dst, modSeq)
	return append(dst, ')')
}

func (w *ResponseWriter) number(n uint32, what string) error {
	b := append(w.Begin(), "* "...)
	b = wire.AppendUint(b, uint64(n))
	b = append(b, what...)
	return w.End(append(b, "\r\n"...))
}

// Exists tells how many messages the mailbox has.
func (w *ResponseWriter) Exists(n uint32) error { return w.number(n, " EXISTS") }

// Recent tells how many messages are recent, unless the client knows no such
// thing (RFC 9051 Appendix E).
func (w *ResponseWriter) Recent(n uint32) error {
	if w.c.has(FeatureIMAP4rev2) {
		return nil
	}
	return w.number(n, " RECENT")
}

// Gone is a message that was removed, as the client knew it.
type Gone struct{ Seq, UID uint32 }

// Expunged tells that messages are gone, in falling order: by EXPUNGE each, so
// that every number is right when its turn comes, or by VANISHED.
func (w *ResponseWriter) Expunged(gone []Gone) error {
	if !w.c.tellsVanished() {
		for _, g := range gone {
			if err := w.number(g.Seq, " EXPUNGE"); err != nil {
				return err
			}
		}
		return nil
	}
	var uids NumSet
	for _, g := range slices.Backward(gone) {
		uids.Add(g.UID)
	}
	return w.vanished("", uids)
}

// VanishedEarlier tells which messages were removed before now, of those that
// the client may have known (RFC 7162 3.2.10.1). uids is normal.
func (w *ResponseWriter) VanishedEarlier(uids NumSet) error { return w.vanished("(EARLIER) ", uids) }

func (w *ResponseWriter) vanished(when string, uids NumSet) error {
	if len(uids) == 0 {
		return w.c.io.Broken()
	}
	b := append(w.Begin(), "* VANISHED "...)
	b = append(b, when...)
	b = wire.AppendNumSet(b, uids)
	return w.End(append(b, "\r\n"...))
}

// Flags tells which flags are in use in the mailbox.
func (w *ResponseWriter) Flags(flags []string) error {
	b := append(w.Begin(), "* FLAGS "...)
	b = wire.AppendFlags(b, flags)
	return w.End(append(b, "\r\n"...))
}

// PermanentFlags tells which flags the client can change for good.
func (w *ResponseWriter) PermanentFlags(flags []string) error {
	b := append(w.Begin(), "* OK [PERMANENTFLAGS "...)
	b = wire.AppendFlags(b, flags)
	return w.End(append(b, "] Flags permitted\r\n"...))
}

// HighestModSeq tells the mailbox's highest mod-sequence.
func (w *ResponseWriter) HighestModSeq(n uint64) error {
	b := append(w.Begin(), "* OK [HIGHESTMODSEQ "...)
	b = wire.AppendUint(b, n)
	return w.End(append(b, "] Highest\r\n"...))
}

// CopyUID tells which messages became which, ahead of the EXPUNGE responses of
// MOVE (RFC 6851 4.3).
func (w *ResponseWriter) CopyUID(d *CopyData) error {
	b := append(w.Begin(), "* OK ["...)
	b = appendCopyUID(b, d)
	return w.End(append(b, "] Moved\r\n"...))
}

func appendCopyUID(b []byte, d *CopyData) []byte {
	b = append(b, "COPYUID "...)
	b = wire.AppendUint(b, uint64(d.UIDValidity))
	b = append(b, ' ')
	b = wire.AppendNumSet(b, d.Source)
	b = append(b, ' ')
	return wire.AppendNumSet(b, d.Dest)
}

// Status writes an untagged status response; code may be empty. StatusBYE is
// the engine's to send: return [Bye] instead.
func (w *ResponseWriter) Status(status Status, code, text string) error {
	b := append(w.Begin(), "* "...)
	return w.End(appendStatus(b, status, code, w.c.translate(text)))
}

func appendStatus(b []byte, status Status, code, text string) []byte {
	b = append(b, status...)
	b = append(b, ' ')
	if code != "" {
		b = append(b, '[')
		b = append(b, code...)
		b = append(b, "] "...)
	}
	b = appendText(b, text)
	return append(b, "\r\n"...)
}

// translate gives a text in the language that the client asked for.
func (c *Conn) translate(text string) string {
	if t, ok := c.texts[text]; ok {
		return t
	}
	return text
}

// appendText appends text for people, on one line and never empty. Where it is
// UTF-8 the client asked for that, by LANGUAGE.
func appendText(b []byte, text string) []byte {
	if text == "" {
		text = "Done"
	}
	if !utf8.ValidString(text) {
		text = "?"
	}
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == 0x7f {
			b = append(b, '?')
		} else {
			b = append(b, c)
		}
	}
	return b
}

// appendMailbox appends the name of a mailbox as the client reads names.
func (c *Conn) appendMailbox(b []byte, name string) []byte {
	if c.utf8Names() {
		return wire.AppendUTF8Mailbox(b, name)
	}
	return wire.AppendMailbox(b, name)
}
