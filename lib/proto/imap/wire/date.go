// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"errors"
	"time"
)

// ErrDate reports a text that is no date or date-time of RFC 3501 9.
var ErrDate = errors.New("invalid date")

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// ParseDate parses date-text, "1-Feb-1994", as midnight UTC of that day.
func ParseDate(b []byte) (time.Time, error) {
	day, rest, ok := cutDay(b, 1)
	if !ok {
		return time.Time{}, ErrDate
	}
	return parseMonthYear(rest, day, "")
}

// ParseDateTime parses the inside of date-time, " 7-Feb-1994 21:52:25 -0800".
// The day may be padded by a space, by a zero, or not at all.
func ParseDateTime(b []byte) (time.Time, error) {
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	day, rest, ok := cutDay(b, 1)
	if !ok || len(rest) != len("Feb-1994 21:52:25 -0800") {
		return time.Time{}, ErrDate
	}
	return parseMonthYear(rest[:8], day, string(rest[8:]))
}

// cutDay takes the day of at least the given number of digits and its hyphen.
func cutDay(b []byte, digits int) (day int, rest []byte, ok bool) {
	v, n, ok := scanUint(b, 0, 31)
	if !ok || v == 0 || n < digits || n > 2 || n == len(b) || b[n] != '-' {
		return 0, nil, false
	}
	return int(v), b[n+1:], true
}

func parseMonthYear(b []byte, day int, clock string) (time.Time, error) {
	if len(b) != len("Feb-1994") || b[3] != '-' {
		return time.Time{}, ErrDate
	}
	month := 0
	for m := range 12 {
		if EqualFold(b[:3], months[3*m:3*m+3]) {
			month = m + 1
		}
	}
	year, n, ok := scanUint(b, 4, 9999)
	if month == 0 || !ok || n != len(b) {
		return time.Time{}, ErrDate
	}
	t := time.Date(int(year), time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day {
		return time.Time{}, ErrDate
	}
	if clock == "" {
		return t, nil
	}
	return withClock(t, clock)
}

// withClock sets the time and zone " 21:52:25 -0800" on the day t.
func withClock(t time.Time, s string) (time.Time, error) {
	digits := func(i int) int {
		if s[i] < '0' || s[i] > '9' || s[i+1] < '0' || s[i+1] > '9' {
			return 1 << 20
		}
		return int(s[i]-'0')*10 + int(s[i+1]-'0')
	}
	h, m, sec, zh, zm := digits(1), digits(4), digits(7), digits(11), digits(13)
	if s[0] != ' ' || s[3] != ':' || s[6] != ':' || s[9] != ' ' || (s[10] != '+' && s[10] != '-') ||
		h > 23 || m > 59 || sec > 60 || zh > 23 || zm > 59 {
		return time.Time{}, ErrDate
	}
	zone := zh*3600 + zm*60
	if s[10] == '-' {
		zone = -zone
	}
	loc := time.UTC
	if zone != 0 {
		loc = time.FixedZone("", zone)
	}
	return time.Date(t.Year(), t.Month(), t.Day(), h, m, sec, 0, loc), nil
}

// AppendDateTime appends t in its own zone as a quoted date-time,
// `"07-Feb-1994 21:52:25 -0800"`. Years outside 0000–9999 are clamped.
func AppendDateTime(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	year = min(max(year, 0), 9999)
	hour, minute, second := t.Clock()
	_, zone := t.Zone()
	const names = "JanFebMarAprMayJunJulAugSepOctNovDec"
	dst = append(dst, '"')
	dst = appendTwo(dst, day)
	dst = append(dst, '-')
	dst = append(dst, names[3*month-3:3*month]...)
	dst = append(dst, '-')
	dst = appendTwo(appendTwo(dst, year/100), year%100)
	dst = append(dst, ' ')
	dst = append(appendTwo(dst, hour), ':')
	dst = append(appendTwo(dst, minute), ':')
	dst = append(appendTwo(dst, second), ' ')
	if zone < 0 {
		dst = append(dst, '-')
		zone = -zone
	} else {
		dst = append(dst, '+')
	}
	zone /= 60
	dst = appendTwo(appendTwo(dst, zone/60), zone%60)
	return append(dst, '"')
}

func appendTwo(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10%10), byte('0'+n%10))
}
