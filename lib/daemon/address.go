// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// Address is a parsed listening address. Its forms are
//
//	tcp:HOST:PORT or HOST:PORT       ":24" is every address of the machine
//	unix:/PATH[?mode=0660&group=G]   mode and group of the socket file
//	systemd:NAME                     the socket unit's FileDescriptorName
type Address struct {
	Network string // tcp, unix or systemd
	Address string // host:port, path or name
	Mode    uint32 // of a unix socket; 0660 unless given
	Group   string // of a unix socket; the process's own unless given
}

// defaultMode lets the socket's group connect: connecting takes write
// permission.
const defaultMode = 0o660

// maxUnixPath is sockaddr_un's room for a path less its end (unix(7)).
const maxUnixPath = 107

// String spells the address as ParseAddress reads it, without mode and group.
func (a Address) String() string {
	if a.Network == "tcp" {
		return a.Address
	}
	return a.Network + ":" + a.Address
}

// ParseAddress reads a listening address.
func ParseAddress(spec string) (Address, error) {
	network, rest, _ := strings.Cut(spec, ":")
	switch network {
	case "unix":
		return parseUnix(spec, rest)
	case "systemd":
		if rest == "" {
			return Address{}, fmt.Errorf("parse address %q: no socket name", spec)
		}
		return Address{Network: network, Address: rest}, nil
	case "tcp":
		spec = rest
	}
	_, port, err := net.SplitHostPort(spec)
	if err != nil {
		return Address{}, fmt.Errorf("parse address %q: want host:port, unix:/path or systemd:name", spec)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return Address{}, fmt.Errorf("parse address %q: bad port %q", spec, port)
	}
	return Address{Network: "tcp", Address: spec}, nil
}

func parseUnix(spec, rest string) (Address, error) {
	path, query, _ := strings.Cut(rest, "?")
	a := Address{Network: "unix", Address: path, Mode: defaultMode}
	if !filepath.IsAbs(path) {
		return a, fmt.Errorf("parse address %q: the path must begin with /", spec)
	}
	if len(path) > maxUnixPath {
		return a, fmt.Errorf("parse address %q: the path is longer than %d bytes", spec, maxUnixPath)
	}
	opts, err := url.ParseQuery(query)
	if err != nil {
		return a, fmt.Errorf("parse address %q: %w", spec, err)
	}
	for k, v := range opts {
		switch k {
		case "mode":
			m, err := strconv.ParseUint(v[0], 8, 32)
			if err != nil || m > 0o777 {
				return a, fmt.Errorf("parse address %q: bad mode %q", spec, v[0])
			}
			a.Mode = uint32(m)
		case "group":
			a.Group = v[0]
		default:
			return a, fmt.Errorf("parse address %q: unknown option %q", spec, k)
		}
	}
	return a, nil
}
