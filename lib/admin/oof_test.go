// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 12, day, hour, minute, 0, 0, time.Local) }
	tests := []struct {
		name, text string
		end        bool
		want       time.Time
	}{
		{"none", "none", false, time.Time{}},
		{"day begins", "2026-12-24", false, at(24, 0, 0)},
		{"day ends", "2026-12-24", true, at(25, 0, 0)},
		{"time", "2026-12-24 12:30", true, at(24, 12, 30)},
		{"with seconds", "2026-12-24 12:30:00", false, at(24, 12, 30)},
		{"with T", "2026-12-24T12:30", false, at(24, 12, 30)},
		{"with zone", "2026-12-24T12:30:00+02:00", false, time.Date(2026, 12, 24, 10, 30, 0, 0, time.UTC)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseMoment(tt.text, tt.end)
			if err != nil || !got.Equal(tt.want) {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"", "tomorrow", "24.12.2026", "2026-13-01"} {
		if got, err := parseMoment(bad, false); err == nil {
			t.Errorf("%q is %s", bad, got)
		}
	}
}
