// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// probeTime bounds the wait for whoever holds a unix socket already.
const probeTime = 2 * time.Second

// How TCP looks for silent peers, as Go has it by default.
const (
	keepAliveIdle    = 15 // seconds of silence before the first probe
	keepAliveBetween = 15 // seconds between two
	keepAliveProbes  = 9
)

// Listen binds an address that is not systemd's. The error says who holds a
// port that is taken, where /proc tells.
func Listen(ctx context.Context, a Address) (net.Listener, error) {
	switch a.Network {
	case "unix":
		return listenUnix(ctx, a)
	case "tcp":
		// Go asks for probes on each connection, by four calls of the system.
		// On Linux connections have what was asked of their listener.
		lc := net.ListenConfig{KeepAlive: -1, Control: probe}
		ln, err := lc.Listen(ctx, "tcp", a.Address)
		if err == nil {
			return ln, nil
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("listen on %s: port is taken%s", a, holder(a.Address))
		}
		return nil, fmt.Errorf("listen on %s: %w", a, cause(err))
	}
	return nil, fmt.Errorf("listen on %s: no such socket was passed by the service manager", a)
}

// probe has TCP look for silent peers.
func probe(_, _ string, c syscall.RawConn) error {
	var serr error
	err := c.Control(func(fd uintptr) {
		serr = errors.Join(
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1),
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepAliveIdle),
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, keepAliveBetween),
			unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_KEEPCNT, keepAliveProbes))
	})
	return errors.Join(err, serr)
}

// cause takes the address out of a net.OpError, since we name it ourselves.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// listenUnix binds a unix socket, in place of a stale one if need be. The lock
// on the directory lets only one of two starting daemons look and bind.
func listenUnix(ctx context.Context, a Address) (net.Listener, error) {
	dir, err := os.Open(filepath.Dir(a.Address))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	defer func() { _ = dir.Close() }()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		return nil, fmt.Errorf("listen on %s: lock directory: %w", a, err)
	}
	if err := removeStale(ctx, a.Address); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	// Linux makes the file with the mode of the socket, less the umask: it is
	// never more open than asked for, not even for a moment.
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var ferr error
		err := c.Control(func(fd uintptr) { ferr = unix.Fchmod(int(fd), a.Mode) })
		return errors.Join(err, ferr)
	}}
	ln, err := lc.Listen(ctx, "unix", a.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, cause(err))
	}
	if err := own(a); err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	return ln, nil
}

// own gives the socket file its group and its mode.
func own(a Address) error {
	if a.Group != "" {
		g, err := user.LookupGroup(a.Group)
		if err != nil {
			return err
		}
		gid, err := strconv.Atoi(g.Gid)
		if err != nil {
			return fmt.Errorf("read id of group %s: %w", a.Group, err)
		}
		if err := os.Lchown(a.Address, -1, gid); err != nil {
			return err
		}
	}
	return os.Chmod(a.Address, fs.FileMode(a.Mode))
}

// removeStale takes away a socket that nobody listens on any more, and nothing
// else.
func removeStale(ctx context.Context, path string) error {
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.Mode().Type() != fs.ModeSocket {
		return errors.New("the path exists and is no socket")
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		defer func() { _ = c.Close() }()
		return fmt.Errorf("socket is taken%s", peer(c))
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("probe old socket: %w", cause(err))
	}
	return os.Remove(path)
}
