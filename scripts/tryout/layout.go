// SPDX-License-Identifier: AGPL-3.0-or-later

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"twiga/lib/daemon"
)

// layout says where things are in the folder, and on which ports.
type layout struct {
	dir  string
	base int
}

func newLayout(dir string, base int) layout { return layout{dir, base} }

func (l layout) path(names ...string) string {
	return filepath.Join(append([]string{l.dir}, names...)...)
}

// longestSocket is the longest name of a socket, and maxSocketPath the room for
// its path (unix(7)).
const (
	longestSocket = "spooler.metrics"
	maxSocketPath = 107
)

// sockets is the folder of the Unix sockets: run, or where its path is too
// long for a socket's address, one below the system's folder for temporary files.
func (l layout) sockets() string {
	dir := l.path("run")
	if len(filepath.Join(dir, longestSocket)) <= maxSocketPath {
		return dir
	}
	sum := sha256.Sum256([]byte(l.dir))
	return filepath.Join(os.TempDir(), fmt.Sprintf("twiga-%d-%x", os.Getuid(), sum[:8]))
}

func (l layout) data() string        { return l.path("data") }
func (l layout) socket() string      { return filepath.Join(l.sockets(), "store.sock") }
func (l layout) adminSocket() string { return filepath.Join(l.sockets(), "admin.sock") }
func (l layout) metrics(d string) string {
	return filepath.Join(l.sockets(), d+".metrics")
}
func (l layout) notify(d string) string { return filepath.Join(l.sockets(), d+".notify") }
func (l layout) config(d string) string {
	return l.path("etc", d+".toml")
}
func (l layout) log(d string) string { return l.path("log", d+".log") }

// The ports, from the base up. Submission has its own reserved.
func (l layout) lmtp() string  { return l.address(0) }
func (l layout) imap() string  { return l.address(1) }
func (l layout) imaps() string { return l.address(2) }

func (l layout) pop3() string  { return l.address(3) }
func (l layout) pop3s() string { return l.address(4) }

func (l layout) address(n int) string { return fmt.Sprintf("127.0.0.1:%d", l.base+n) }

// make makes the folders, with room for nobody else.
func (l layout) make() error {
	for _, d := range []string{l.dir, l.data(), l.path("etc"), l.path("log"), l.path("run"), l.sockets()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	if l.sockets() != l.path("run") {
		return checkOwn(l.sockets())
	}
	return nil
}

// checkOwn refuses a folder that somebody else could have put in our place:
// below the system's folder for temporary files anybody may.
func checkOwn(dir string) error {
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return fmt.Errorf("look at folder %s: %w", dir, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != os.Getuid() || st.Mode&0o077 != 0 {
		return fmt.Errorf("use folder %s: it is not ours alone", dir)
	}
	return nil
}

// checkPorts says which port is taken, and by whom.
func (l layout) checkPorts(ctx context.Context) error {
	var errs []error
	for _, address := range []string{l.lmtp(), l.imap(), l.imaps(), l.pop3(), l.pop3s()} {
		a, err := daemon.ParseAddress(address)
		if err != nil {
			return err
		}
		ln, err := daemon.Listen(ctx, a)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		_ = ln.Close()
	}
	if len(errs) > 0 {
		return fmt.Errorf("%w\n(another --base-port helps)", errors.Join(errs...))
	}
	return nil
}

// errRunning says that a system runs in the folder.
var errRunning = errors.New("a system runs in this folder already")

// lock makes this process the one that runs in the folder, until release.
func (l layout) lock() (release func(), err error) {
	f, err := os.OpenFile(l.path("run", "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errRunning
	}
	return func() { _ = f.Close() }, nil
}

// running says whether a system runs in the folder.
func (l layout) running() bool {
	release, err := l.lock()
	if err == nil {
		release()
	}
	return errors.Is(err, errRunning)
}

// user is one account that was made.
type user struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Password string `json:"password"`
}

// state is what --json prints and what the folder keeps of a running system.
type state struct {
	LMTP   string         `json:"lmtp"`
	IMAP   string         `json:"imap"`
	IMAPS  string         `json:"imaps"`
	POP3   string         `json:"pop3"`
	POP3S  string         `json:"pop3s"`
	Socket string         `json:"socket"`
	Bin    string         `json:"bin"`
	Data   string         `json:"data"`
	PIDs   map[string]int `json:"pids"`
	Users  []user         `json:"users"`
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// writeJSON replaces a file that holds passwords.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
