// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"strings"
	"time"

	"twiga/lib/charset"
)

// maxDate is the longest value of a Date field that is read.
const maxDate = 200

// dateLayouts are forms of dates that are not those of RFC 5322, but in mail.
var dateLayouts = [...]string{
	"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 MST 2006", "Mon Jan 2 15:04:05 -0700 2006", "Mon, 2-Jan-2006 15:04:05 -0700",
	time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
}

// ParseDate reads the value of a Date field (RFC 5322 3.3 and 4.3), and the
// usual ways to write it wrongly. It gives false if it cannot, and for years
// that a PtypTime does not have.
func ParseDate(value []byte) (time.Time, bool) {
	t, _, ok := ParseZonedDate(value)
	return t, ok
}

// ParseZonedDate is ParseDate with the time zone that the date is written in.
func ParseZonedDate(value []byte) (t time.Time, zone time.Duration, ok bool) {
	if len(value) > maxDate {
		return time.Time{}, 0, false
	}
	t, zone, ok = fieldDate(value)
	if !ok {
		text := strings.Join(strings.Fields(charset.OneLine(string(stripComments(value)))), " ")
		for i := 0; !ok && i < len(dateLayouts); i++ {
			var err error
			t, err = time.Parse(dateLayouts[i], text)
			ok = err == nil
		}
		_, seconds := t.Zone()
		zone = time.Duration(seconds) * time.Second
	}
	if !ok || t.Year() < 1602 || t.Year() > 9999 {
		return time.Time{}, 0, false
	}
	return t.UTC(), zone, true
}

// dateReader reads the words of a date. After a failure it gives zero.
type dateReader struct {
	v   []byte
	pos int
	bad bool
}

// fieldDate reads [day ","] day month year hour ":" minute [":" second] zone. A day
// whose time makes no sense begins at midnight (RFC 5256 2.2).
func fieldDate(v []byte) (time.Time, time.Duration, bool) {
	r := dateReader{v: v}
	if name := r.word(); len(name) > 0 { // of the day, which the date tells as well
		r.literal(',')
	}
	day := r.number(2)
	r.literal('-')
	month := monthNumber(r.word())
	r.literal('-')
	yearAt := r.pos
	year := r.number(4)
	switch digits := r.pos - yearAt; { // RFC 5322 4.3
	case digits <= 3 && year < 50:
		year += 2000
	case digits <= 3:
		year += 1900
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if r.bad || month == 0 || t.Day() != day {
		return time.Time{}, 0, false
	}
	clock, zone := r.clock()
	return t.Add(clock - zone), zone, true
}

// clock reads the time of a day and its zone, zero for what is none.
func (r *dateReader) clock() (clock, zone time.Duration) {
	hour := r.number(2)
	r.bad = !r.literal(':') || r.bad
	minute, second := r.number(2), 0
	if r.literal(':') {
		second = r.number(2)
	}
	zone = r.zone()
	if r.bad || hour > 23 || minute > 59 || second > 60 {
		return 0, 0
	}
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second, zone
}

func (r *dateReader) space() { r.pos = skipSpace(r.v, r.pos) }

// word reads letters.
func (r *dateReader) word() []byte {
	r.space()
	start := r.pos
	for r.pos < len(r.v) && (r.v[r.pos]|0x20 >= 'a' && r.v[r.pos]|0x20 <= 'z') {
		r.pos++
	}
	return r.v[start:r.pos]
}

// number reads up to limit digits.
func (r *dateReader) number(limit int) int {
	r.space()
	n, start := 0, r.pos
	for r.pos < len(r.v) && r.v[r.pos] >= '0' && r.v[r.pos] <= '9' && r.pos < start+limit {
		n = n*10 + int(r.v[r.pos]-'0')
		r.pos++
	}
	r.bad = r.bad || r.pos == start
	return n
}

// literal steps over c and the space around it, if it is next.
func (r *dateReader) literal(c byte) bool {
	r.space()
	if r.pos < len(r.v) && r.v[r.pos] == c {
		r.pos++
		r.space()
		return true
	}
	return false
}

// zone reads the time zone; one that is missing or unknown is taken for UTC
// (RFC 5322 4.3).
func (r *dateReader) zone() time.Duration {
	r.space()
	if r.pos < len(r.v) && (r.v[r.pos] == '+' || r.v[r.pos] == '-') {
		minus := r.v[r.pos] == '-'
		r.pos++
		n := r.number(4)
		d := time.Duration(n/100)*time.Hour + time.Duration(n%100)*time.Minute
		if minus {
			return -d
		}
		return d
	}
	name := r.word()
	if len(name) == 0 && r.pos < len(r.v) {
		r.bad = true
	}
	for i, zone := range [...]string{"EDT", "EST", "CDT", "CST", "MDT", "MST", "PDT", "PST"} {
		if equalFold(name, zone) {
			return -time.Duration(4+(i+1)/2) * time.Hour
		}
	}
	return 0
}

func monthNumber(name []byte) int {
	const months = "janfebmaraprmayjunjulaugsepoctnovdec"
	if len(name) < 3 {
		return 0
	}
	for i := 0; i < len(months); i += 3 {
		if equalFold(name[:3], months[i:i+3]) {
			return i/3 + 1
		}
	}
	return 0
}

// stripComments puts a space in place of each comment.
func stripComments(v []byte) []byte {
	if bytes.IndexByte(v, '(') < 0 {
		return v
	}
	var out []byte
	for pos := 0; pos < len(v); {
		if v[pos] == '(' {
			pos = skipComment(v, pos)
			out = append(out, ' ')
			continue
		}
		out = append(out, v[pos])
		pos++
	}
	return out
}
