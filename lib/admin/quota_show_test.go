// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"fmt"
	"testing"

	"twiga/lib/mapi/object"
)

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		name   string
		size   int64
		limits object.Limits
		want   string
	}{
		{"no limit", 5, object.Limits{Warn: -1, Soft: -1, Hard: -1}, "- ok"},
		{"all of them", 50, object.Limits{Warn: 60, Soft: 80, Hard: 100}, "50% ok"},
		{"at the limit", 60, object.Limits{Warn: 60, Soft: 80, Hard: 100}, "60% ok"},
		{"warned", 61, object.Limits{Warn: 60, Soft: 80, Hard: 100}, "61% warn"},
		{"soft", 81, object.Limits{Warn: 60, Soft: 80, Hard: 100}, "81% soft"},
		{"hard", 250, object.Limits{Warn: 60, Soft: 80, Hard: 100}, "250% hard"},
		{"only to be warned", 30, object.Limits{Warn: 60, Soft: -1, Hard: -1}, "50% ok"},
		{"nothing may be there", 0, object.Limits{Warn: -1, Soft: -1, Hard: 0}, "100% ok"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := usageRows([]usageJSON{newUsage(&object.Store{Size: tt.size, Limits: tt.limits})})[0]
			if got := fmt.Sprint(row[3], " ", row[7]); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
