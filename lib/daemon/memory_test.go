// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A process may use no more memory than the machine has, and some.
func TestMemory(t *testing.T) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		t.Fatal(err)
	}
	all := info.Totalram * uint64(info.Unit)
	if n := Memory(); n < 1<<20 || n > all {
		t.Errorf("%d bytes of the %d that there are", n, all)
	}
}
