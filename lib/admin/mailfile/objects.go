// SPDX-License-Identifier: AGPL-3.0-or-later

package mailfile

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"twiga/lib/mapi"
)

// Calendars and address books are taken apart and put together by their lines,
// so that what is in an object stays as it was.

// The classes of objects.
const (
	classAppointment = "IPM.Appointment"
	classTask        = "IPM.Task"
	classContact     = "IPM.Contact"
)

// What stands around the objects of a calendar.
const (
	icsHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Twiga//storectl//EN\r\n"
	icsFoot = "END:VCALENDAR\r\n"
)

// component is one object of a file: its lines from BEGIN to END.
type component struct {
	name, uid string
	text      []byte
}

// components takes the objects at a depth apart; what else is there is left out.
func components(data []byte, depth int) []component {
	var out []component
	var c component
	level := 0
	for _, line := range unfold(data) {
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		name, _, _ = strings.Cut(strings.ToUpper(name), ";")
		if name == "BEGIN" {
			if level++; level == depth {
				c = component{name: strings.ToUpper(value)}
			}
		}
		if level >= depth {
			c.text = append(c.text, line...)
		}
		switch {
		case name == "UID" && level == depth:
			c.uid = value
		case name == "END":
			if level == depth {
				out = append(out, c)
			}
			level--
		}
	}
	return out
}

// unfold gives the content lines, each with the lines it goes on in (RFC 5545
// 3.1), ended in CRLF.
func unfold(data []byte) [][]byte {
	var out [][]byte
	for _, line := range bytes.Split(data, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			continue
		}
		line = append(bytes.Clone(line), '\r', '\n')
		if (line[0] == ' ' || line[0] == '\t') && len(out) > 0 {
			out[len(out)-1] = append(out[len(out)-1], line...)
			continue
		}
		out = append(out, line)
	}
	return out
}

// readICS gives the objects of a calendar: those with the same UID are one,
// with the time zones of the file.
func readICS(f *os.File, folder string, yield func(Message, error) bool) bool {
	data, err := readAll(f)
	if err != nil {
		return yield(Message{}, err)
	}
	var zones []byte
	var order []string
	byUID := map[string]*Message{}
	for i, c := range components(data, 2) {
		if c.name == "VTIMEZONE" {
			zones = append(zones, c.text...)
			continue
		}
		if c.uid == "" {
			c.uid = fmt.Sprint(i)
		}
		key := c.name + c.uid
		m := byUID[key]
		if m == nil {
			m = &Message{Folder: folder, Class: classAppointment}
			if c.name == "VTODO" {
				m.Class = classTask
			}
			byUID[key], order = m, append(order, key)
		}
		m.Data = append(m.Data, c.text...)
	}
	if len(order) == 0 && len(zones) == 0 {
		return yield(Message{}, fmt.Errorf("read %s: no calendar: %w", f.Name(), mapi.CorruptData))
	}
	for _, key := range order {
		m := byUID[key]
		m.Data = bytes.Join([][]byte{[]byte(icsHead), zones, m.Data, []byte(icsFoot)}, nil)
		if !yield(*m, nil) {
			return false
		}
	}
	return true
}

// readVCF gives the cards of an address book.
func readVCF(f *os.File, folder string, yield func(Message, error) bool) bool {
	data, err := readAll(f)
	if err != nil {
		return yield(Message{}, err)
	}
	list := components(data, 1)
	if len(list) == 0 && len(bytes.TrimSpace(data)) > 0 {
		return yield(Message{}, fmt.Errorf("read %s: no card: %w", f.Name(), mapi.CorruptData))
	}
	for _, c := range list {
		if !yield(Message{Folder: folder, Class: classContact, Data: c.text}, nil) {
			return false
		}
	}
	return true
}

// objectWriter writes one calendar or address book a folder.
type objectWriter struct {
	files
	head, foot string
	zones      map[string]bool // that were written
}

// Folder implements Writer.
func (w *objectWriter) Folder(folder string) error {
	if err := w.Close(); err != nil {
		return err
	}
	if err := w.begin(folder); err != nil {
		return err
	}
	w.zones = map[string]bool{}
	_, err := w.f.WriteString(w.head)
	return err
}

// Put implements Writer. Of a calendar its objects are written, and each time
// zone once.
func (w *objectWriter) Put(m *Message) error {
	if w.head == "" {
		_, err := w.f.Write(m.Data)
		return err
	}
	for _, c := range components(m.Data, 2) {
		if c.name == "VTIMEZONE" {
			if w.zones[string(c.text)] {
				continue
			}
			w.zones[string(c.text)] = true
		}
		if _, err := w.f.Write(c.text); err != nil {
			return err
		}
	}
	return nil
}

// Close implements Writer.
func (w *objectWriter) Close() error {
	if w.f == nil {
		return nil
	}
	_, err := w.f.WriteString(w.foot)
	if cerr := w.end(); err == nil {
		err = cerr
	}
	return err
}

// Summary is what an object is called: its SUMMARY or FN.
func Summary(object []byte) string {
	for _, line := range unfold(object) {
		name, value, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(string(line), "\r\n ", ""), "\r\n\t", ""), ":")
		if name, _, _ = strings.Cut(strings.ToUpper(name), ";"); name == "SUMMARY" || name == "FN" {
			return strings.NewReplacer(`\n`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(strings.TrimSpace(value))
		}
	}
	return ""
}
