// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// drop becomes the named user with its groups, and group as the primary one if
// given. It does nothing without a name or when the process is not root's.
func drop(name, group string) error {
	if name == "" || os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return fmt.Errorf("drop privileges: %w", err)
	}
	gidText := u.Gid
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return fmt.Errorf("drop privileges: %w", err)
		}
		gidText = g.Gid
	}
	texts, err := u.GroupIds()
	if err != nil {
		return fmt.Errorf("drop privileges: list groups of %s: %w", name, err)
	}
	ids, err := numbers(append([]string{u.Uid, gidText}, texts...))
	if err != nil {
		return fmt.Errorf("drop privileges: %w", err)
	}
	uid, gid, groups := ids[0], ids[1], ids[2:]
	// In this order: without root's uid the other two are not allowed.
	if err := syscall.Setgroups(groups); err != nil {
		return fmt.Errorf("drop privileges: set groups: %w", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return fmt.Errorf("drop privileges: set group %d: %w", gid, err)
	}
	if err := syscall.Setuid(uid); err != nil {
		return fmt.Errorf("drop privileges: set user %d: %w", uid, err)
	}
	if uid != 0 && syscall.Setuid(0) == nil {
		return fmt.Errorf("drop privileges: root can be regained")
	}
	return nil
}

func numbers(texts []string) ([]int, error) {
	ns := make([]int, len(texts))
	for i, t := range texts {
		n, err := strconv.Atoi(t)
		if err != nil {
			return nil, fmt.Errorf("read id %q: %w", t, err)
		}
		ns[i] = n
	}
	return ns, nil
}
