// SPDX-License-Identifier: AGPL-3.0-or-later

package mailfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// An mbox holds messages behind lines "From sender date" (RFC 4155). In the
// form that is written here, mboxrd, lines of the messages that look so, with
// any number of ">" before, get one more, and lose it when read. The states
// stand in the fields Status, X-Status and X-Keywords, as mutt and Dovecot
// have them; reading takes them out.

var from = []byte("From ")

// readMbox reads the messages of a file.
func readMbox(f *os.File, folder string, yield func(Message, error) bool) bool {
	r := bufio.NewReaderSize(f, 1<<16)
	var m Message
	var begun bool
	for {
		line, err := r.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return yield(Message{}, fmt.Errorf("read %s: %w", f.Name(), err))
		}
		switch {
		case bytes.HasPrefix(line, from) && (!begun || blankEnd(m.Data)):
			if begun && !yield(finish(&m)) {
				return false
			}
			m, begun = Message{Folder: folder, Received: fromDate(line)}, true
		case !begun && len(bytes.TrimSpace(line)) > 0:
			return yield(Message{}, fmt.Errorf("read %s: it does not begin with a From line: %w", f.Name(), mapi.CorruptData))
		case begun:
			if quoted := bytes.TrimLeft(line, ">"); len(quoted) < len(line) && bytes.HasPrefix(quoted, from) {
				line = line[1:]
			}
			m.Data = append(m.Data, line...)
			if len(m.Data) > MaxMessage {
				return yield(Message{}, fmt.Errorf("read %s: message in %s: %w", f.Name(), folder, mapi.TooBig))
			}
		}
		if err != nil {
			return !begun || yield(finish(&m))
		}
	}
}

// blankEnd says whether the text ends in a blank line: only then a From line
// begins a message.
func blankEnd(b []byte) bool {
	return len(b) == 0 || bytes.HasSuffix(b, []byte("\n\n")) || bytes.HasSuffix(b, []byte("\n\r\n")) || string(b) == "\n" || string(b) == "\r\n"
}

// finish takes the blank line off the end and the states out of the header.
func finish(m *Message) (Message, error) {
	data := m.Data
	for _, end := range []string{"\r\n", "\n"} {
		if blankEnd(data) && bytes.HasSuffix(data, []byte(end)) {
			data = data[:len(data)-len(end)]
			break
		}
	}
	m.Data = m.takeStates(lines(data))
	return *m, nil
}

// takeStates reads the fields of states and gives the message without them.
func (m *Message) takeStates(data []byte) []byte {
	out := data[:0]
	rest := data
	for len(rest) > 0 {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
		rest = rest[end:]
		if !m.takeState(line) {
			out = append(out, line...)
		}
	}
	return append(out, rest...)
}

// takeState reads one field, if it is of states.
func (m *Message) takeState(line []byte) bool {
	name, value, ok := strings.Cut(string(line), ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok:
		return false
	case strings.EqualFold(name, "Status"), strings.EqualFold(name, "X-Status"):
		for _, s := range states {
			if strings.ContainsRune(value, s.letter) {
				m.Flags |= s.flag
			}
		}
	case strings.EqualFold(name, "X-Keywords"):
		m.Keywords = append(m.Keywords, strings.Fields(value)...)
	default:
		return false
	}
	return true
}

// states are the letters of Status (R) and X-Status.
var states = []struct {
	letter rune
	flag   object.Flags
}{
	{'R', object.FlagSeen}, {'A', object.FlagAnswered}, {'F', object.FlagFlagged},
	{'D', object.FlagDeleted}, {'T', object.FlagDraft},
}

// fromDate is the date of a From line, zero where there is none.
func fromDate(line []byte) time.Time {
	_, rest, _ := strings.Cut(strings.TrimSpace(string(line[len(from):])), " ")
	for _, layout := range []string{time.ANSIC, "Mon Jan _2 15:04:05 -0700 2006", time.UnixDate} {
		if t, err := time.Parse(layout, strings.TrimSpace(rest)); err == nil {
			return t
		}
	}
	return time.Time{}
}

// mboxWriter writes one file a folder.
type mboxWriter struct {
	files
	w *bufio.Writer
}

// Folder implements Writer.
func (w *mboxWriter) Folder(folder string) error {
	if err := w.Close(); err != nil {
		return err
	}
	if err := w.begin(folder); err != nil {
		return err
	}
	w.w = bufio.NewWriter(w.f)
	return nil
}

// Put implements Writer.
func (w *mboxWriter) Put(m *Message) error {
	fmt.Fprintf(w.w, "From MAILER-DAEMON %s\r\n", m.Received.UTC().Format(time.ANSIC))
	if status := letters(m.Flags, "R"); status != "" {
		fmt.Fprintf(w.w, "Status: %s\r\n", status)
	}
	if status := letters(m.Flags, "AFDT"); status != "" {
		fmt.Fprintf(w.w, "X-Status: %s\r\n", status)
	}
	if len(m.Keywords) > 0 {
		fmt.Fprintf(w.w, "X-Keywords: %s\r\n", strings.Join(m.Keywords, " "))
	}
	for rest := m.Data; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		line := rest[:end]
		rest = rest[end:]
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), from) {
			_ = w.w.WriteByte('>')
		}
		_, _ = w.w.Write(line)
	}
	if !bytes.HasSuffix(m.Data, []byte("\n")) {
		_, _ = w.w.WriteString("\r\n")
	}
	_, err := w.w.WriteString("\r\n") // errors of a bufio.Writer stay
	return err
}

func letters(flags object.Flags, which string) string {
	var out []rune
	for _, s := range states {
		if flags&s.flag != 0 && strings.ContainsRune(which, s.letter) {
			out = append(out, s.letter)
		}
	}
	return string(out)
}

// Close implements Writer.
func (w *mboxWriter) Close() error {
	if w.w == nil {
		return nil
	}
	err := w.w.Flush()
	w.w = nil
	return errors.Join(err, w.end())
}
