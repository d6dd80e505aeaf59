// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import "testing"

func TestGrowth(t *testing.T) {
	for _, row := range []struct {
		live uint64
		want int
	}{
		{0, 800}, {1 << 20, 800}, {8 << 20, 300}, {16 << 20, 100}, {31 << 20, 100}, {32 << 20, 100}, {1 << 40, 100},
	} {
		if got := growth(row.live); got != row.want {
			t.Errorf("%d bytes: %d %%, want %d", row.live, got, row.want)
		}
	}
}
