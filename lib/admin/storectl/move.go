// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/sysexits"
)

// Names in the data folder, twiga-store(7). What begins with tempPrefix is
// removed when the store starts.
const (
	mailboxesName = "mailboxes"
	blobsName     = "blobs"
	tempPrefix    = "new-"
)

// moveFlags are what move is told.
type moveFlags struct {
	store, to string
	blobs     bool
}

// move is "move": it brings a mailbox, or all contents, to another file system.
func (a *app) move() *cobra.Command {
	f := new(moveFlags)
	cmd := &cobra.Command{
		Use: "move --store GUID|--blobs --to FOLDER", Short: "Move a mailbox or the contents to another file system", Args: command.Exactly(0),
		Long: "Move the files of a mailbox, or the contents of all, to another folder, and leave a\n" +
			"symbolic link in their place. With the mailboxes' own folder as FOLDER they come\n" +
			"back. stored must not run. Until the copy is complete and on the disk everything\n" +
			"stays as it was.",
		Example: "  twiga-storectl move --store 01234567-89ab-cdef-0123-456789abcdef --to /slow/mailboxes",
	}
	flags := cmd.Flags()
	flags.StringVar(&f.store, "store", "", "the mailbox with this GUID")
	flags.BoolVar(&f.blobs, "blobs", false, "the contents of all mailboxes")
	flags.StringVar(&f.to, "to", "", "the folder that they come into; it is made where it is missing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return a.runMove(cmd, f) }
	return cmd
}

// place is what is moved, in the data folder.
func (f *moveFlags) place(dir string) (string, error) {
	if (f.store == "") == !f.blobs || f.to == "" {
		return "", errors.New("--to, and one of --store and --blobs, are wanted")
	}
	if f.blobs {
		return filepath.Join(dir, blobsName), nil
	}
	guid, err := mapi.ParseGUID(f.store)
	return filepath.Join(dir, mailboxesName, guid.String()), err
}

func (a *app) runMove(cmd *cobra.Command, f *moveFlags) error {
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(settings.DataDir)
	if err != nil {
		return err
	}
	place, err := f.place(dir)
	if err != nil {
		return sysexits.With(sysexits.Usage, err)
	}
	root, err := filepath.Abs(f.to)
	if err != nil {
		return err
	}
	unlock, err := a.reach.Lock(dir)
	if err != nil {
		return err // somebody has the files
	}
	defer func() { _ = unlock() }()
	m := mover{place: place, root: root, bar: func(int) {}}
	bar := command.NewBar(cmd.ErrOrStderr(), "moving", -1)
	m.bar = func(n int) { _ = bar.Add(n) }
	err = m.run()
	_ = bar.Clear()
	if errors.Is(err, fs.ErrNotExist) {
		return sysexits.With(sysexits.NoInput, fmt.Errorf("move: %w", err))
	}
	if err != nil {
		return sysexits.With(sysexits.IOErr, fmt.Errorf("move: %w", err))
	}
	said := fmt.Sprintf("%s is in %s now: %d files, %s\n", filepath.Base(place), m.to, m.files, sizeText(m.bytes))
	if m.there {
		said = fmt.Sprintf("%s is in %s already\n", filepath.Base(place), m.to)
	}
	return a.told(cmd, struct {
		What    string `json:"what"`
		To      string `json:"to"`
		Files   int64  `json:"files"`
		Bytes   int64  `json:"bytes"`
		Existed bool   `json:"existed"`
	}{filepath.Base(place), m.to, m.files, m.bytes, m.there}, "%s", said)
}

// mover moves a folder that nobody uses.
type mover struct {
	place string // where the engine looks for it
	root  string // where it is to be
	bar   func(int)

	from, to     string // without links
	there        bool
	files, bytes int64
}

func (m *mover) run() error {
	home, err := filepath.EvalSymlinks(filepath.Dir(m.place))
	if err != nil {
		return err
	}
	m.place = filepath.Join(home, filepath.Base(m.place)) // a link, or m.from itself
	if m.from, err = filepath.EvalSymlinks(m.place); err != nil {
		return err
	}
	if err := m.makeRoot(); err != nil {
		return err
	}
	if m.to = filepath.Join(m.root, filepath.Base(m.place)); m.to == m.from {
		m.there = true
		return nil
	}
	temp := filepath.Join(m.root, tempPrefix+filepath.Base(m.place))
	if err := os.RemoveAll(temp); err != nil { // of a try that was interrupted
		return err
	}
	if err := m.copy(m.from, temp); err != nil {
		_ = os.RemoveAll(temp)
		return err
	}
	if m.root == home {
		if err := exchange(temp, m.place); err != nil {
			return errors.Join(err, os.RemoveAll(temp))
		}
		return m.removeOld(temp)
	}
	return m.link(temp)
}

// makeRoot makes the folder that takes what is moved, with the owner of that.
func (m *mover) makeRoot() error {
	st, err := os.Stat(m.from)
	if err != nil {
		return err
	}
	if err = os.Mkdir(m.root, 0o700); err == nil {
		err = own(m.root, st)
	} else if os.IsExist(err) {
		err = nil
	}
	if err == nil {
		m.root, err = filepath.EvalSymlinks(m.root)
	}
	return err
}

// link gives the copy its name and puts a link to it in the place.
func (m *mover) link(temp string) error {
	if err := os.Rename(temp, m.to); err != nil {
		_ = os.RemoveAll(temp)
		return err
	}
	if err := syncFolder(m.root); err != nil {
		return err
	}
	link := filepath.Join(filepath.Dir(m.place), tempPrefix+"link-"+filepath.Base(m.place))
	_ = os.Remove(link)
	err := os.Symlink(m.to, link)
	if err == nil {
		err = exchange(link, m.place)
	}
	if err != nil { // the original is in its place still
		return errors.Join(err, os.RemoveAll(link), os.RemoveAll(m.to))
	}
	return m.removeOld(link)
}

// exchange lets two names change places, in one step.
func exchange(fresh, place string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, place, unix.RENAME_EXCHANGE); err != nil {
		return fmt.Errorf("exchange %s: %w", place, err)
	}
	return nil
}

// removeOld removes what was in the place and has the name old now: the folder
// itself, or a link to it.
func (m *mover) removeOld(old string) error {
	if err := syncFolder(filepath.Dir(m.place)); err != nil {
		return err
	}
	if err := os.RemoveAll(old); err != nil {
		return err
	}
	if m.from == m.place {
		return nil
	}
	return os.RemoveAll(m.from)
}

// copy copies a folder of files and folders, durably.
func (m *mover) copy(from, to string) error {
	st, err := os.Stat(from)
	if err == nil {
		err = os.Mkdir(to, st.Mode().Perm())
	}
	if err == nil {
		err = own(to, st)
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		a, b := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		switch {
		case e.IsDir():
			err = m.copy(a, b)
		case e.Type().IsRegular():
			err = m.copyFile(a, b)
		default:
			err = fmt.Errorf("%s is neither a file nor a folder", a)
		}
		if err != nil {
			return err
		}
	}
	return syncFolder(to)
}

// copyFile copies a file, with its times: those of contents count for their
// grace.
func (m *mover) copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, st.Mode().Perm())
	if err != nil {
		return err
	}
	n, err := io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	m.files++
	m.bytes += n
	m.bar(1)
	return errors.Join(os.Chtimes(to, st.ModTime(), st.ModTime()), own(to, st))
}

// own gives a copy the owner of what it is a copy of, where that may be done.
func own(path string, of os.FileInfo) error {
	st, ok := of.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(path, int(st.Uid), int(st.Gid))
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
