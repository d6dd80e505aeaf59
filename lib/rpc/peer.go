// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"twiga/lib/mapi/object"
)

// Peer is who is at the other end of a connection.
type Peer struct {
	Known bool // whether the kernel told; it does on Unix sockets
	UID   uint32
	GID   uint32
	PID   int32
}

// peerOf asks the kernel who opened a Unix socket (unix(7), SO_PEERCRED).
func peerOf(c net.Conn) (Peer, error) {
	sc, ok := c.(syscall.Conn)
	if _, isUnix := c.(*net.UnixConn); !ok || !isUnix {
		return Peer{}, nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return Peer{}, fmt.Errorf("read peer credentials: %w", err)
	}
	var cred *unix.Ucred
	var credErr error
	err = raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil {
		return Peer{}, fmt.Errorf("read peer credentials: %w", err)
	}
	if credErr != nil {
		return Peer{}, fmt.Errorf("read peer credentials: %w", credErr)
	}
	return Peer{Known: true, UID: cred.Uid, GID: cred.Gid, PID: cred.Pid}, nil
}

// Roles says which user ids may ask for which roles.
type Roles struct {
	byUID map[uint32][]object.Role
}

// allRoles are those that a peer can be given.
var allRoles = []object.Role{
	object.RoleGateway, object.RoleDelivery, object.RoleSpool, object.RoleIndex,
	object.RoleMonitor, object.RoleArchive, object.RoleAdmin,
}

// ParseRoles reads the map of a configuration: role names with the users, by
// name or number, that hold them. Root and the server's own user hold all.
func ParseRoles(settings map[string][]string) (Roles, error) {
	r := Roles{byUID: map[uint32][]object.Role{0: allRoles, uint32(os.Getuid()): allRoles}}
	for name, users := range settings {
		role, ok := object.ParseRole(name)
		if !ok || !slices.Contains(allRoles, role) {
			return Roles{}, fmt.Errorf("read roles: %q is no role", name)
		}
		for _, u := range users {
			uid, err := lookupUID(u)
			if err != nil {
				return Roles{}, fmt.Errorf("read role %s: %w", name, err)
			}
			if !slices.Contains(r.byUID[uid], role) {
				r.byUID[uid] = append(slices.Clip(r.byUID[uid]), role)
			}
		}
	}
	return r, nil
}

func lookupUID(name string) (uint32, error) {
	digits := name
	if _, err := strconv.ParseUint(name, 10, 32); err != nil {
		u, err := user.Lookup(name)
		if err != nil {
			return 0, fmt.Errorf("find user %q: %w", name, err)
		}
		digits = u.Uid
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), err
}

// Of are the roles that a peer holds.
func (r Roles) Of(p Peer) []object.Role {
	if !p.Known {
		return nil
	}
	return slices.Clone(r.byUID[p.UID])
}
