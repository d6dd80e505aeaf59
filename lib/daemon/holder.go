// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// holder says which process listens on the port of address, as the tail of an
// error message; it is empty where /proc does not tell.
func holder(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return ""
	}
	inodes := map[string]bool{}
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		listening(table, n, inodes)
	}
	return who(inodes)
}

// listening adds the socket inodes that listen on port, from a table of proc(5).
func listening(table string, port int, inodes map[string]bool) {
	f, err := os.Open(table)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	const stateListen = "0A"
	suffix := fmt.Sprintf(":%04X", port)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		cols := strings.Fields(sc.Text())
		if len(cols) > 9 && cols[3] == stateListen && strings.HasSuffix(cols[1], suffix) {
			inodes["socket:["+cols[9]+"]"] = true
		}
	}
}

// who finds the process that has one of the sockets open.
func who(sockets map[string]bool) string {
	if len(sockets) == 0 {
		return ""
	}
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err != nil || !sockets[to] {
			continue
		}
		pid := strings.Split(fd, "/")[2]
		return fmt.Sprintf(" by %s (pid %s)", command(pid), pid)
	}
	return ""
}

func command(pid string) string {
	name, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return "a process"
	}
	return strings.TrimSpace(string(name))
}

// peer says who answered on a unix socket, like holder.
func peer(c net.Conn) string {
	uc, ok := c.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return ""
	}
	var cred *unix.Ucred
	if raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}) != nil || err != nil || cred.Pid == 0 {
		return ""
	}
	pid := strconv.Itoa(int(cred.Pid))
	return fmt.Sprintf(" by %s (pid %s)", command(pid), pid)
}
