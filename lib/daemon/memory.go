// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import "github.com/KimMachineGun/automemlimit/memlimit"

// Memory tells how many bytes of memory this process may use: what the machine has, or
// the limit of its control group (systemd's MemoryMax, a container's) if that is lower; 0
// where neither can be told.
func Memory() uint64 {
	system, err := memlimit.FromSystem()
	if group, gerr := memlimit.FromCgroup(); gerr == nil && (err != nil || group < system) {
		return group
	}
	return system
}
