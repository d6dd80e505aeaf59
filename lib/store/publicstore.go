// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// The file "public" in the data folder holds the GUID of the public store in
// its text form, so that a start need not open every mailbox to find it.

// publicRights is what everybody may do in the folders that are made in the
// public store: what [MS-OXCPERM] 2.2.7 leads to for the role of an author.
// Making folders at the top is left to those who are given the right.
const publicRights = mapi.RightFolderVisible | mapi.RightReadAny | mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned

// openPublic gives everybody the rights that the public store begins with.
func openPublic(c *sqlite.Conn, top mapi.ID) error {
	return c.Exec("INSERT INTO acl (folder, member, rights) VALUES (?, ?, ?)", uint64(top), object.MemberDefault[:], uint32(publicRights))
}

// publicGUID is the public store's; zero is none.
func (e *Engine) publicGUID() mapi.GUID {
	if g := e.public.Load(); g != nil {
		return *g
	}
	return mapi.GUID{}
}

// loadPublic reads which store is the public one. Whether it is there shows when
// it is opened: it may be on a disk that is not mounted yet.
func (e *Engine) loadPublic() error {
	b, err := os.ReadFile(filepath.Join(e.path, publicName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskError(err)
	}
	guid, err := mapi.ParseGUID(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("read %s: %w: %w", publicName, err, mapi.CorruptStore)
	}
	e.public.Store(&guid)
	return nil
}

// exists says whether a mailbox is on disk.
func (e *Engine) exists(guid mapi.GUID) bool {
	if guid.IsZero() {
		return false
	}
	_, err := os.Stat(e.mailboxDir(guid))
	return !errors.Is(err, fs.ErrNotExist)
}

// setPublic makes a store the public one, or with the zero GUID none, for good
// when it returns. It wants e.hooking.
func (e *Engine) setPublic(guid mapi.GUID) error {
	path := filepath.Join(e.path, publicName)
	var err error
	if guid.IsZero() {
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	} else {
		err = replaceFile(path, []byte(guid.String()+"\n"))
	}
	if err == nil {
		err = syncDir(e.path)
	}
	if err != nil {
		return fmt.Errorf("note public store: %w", diskError(err))
	}
	if guid.IsZero() {
		e.public.Store(nil)
	} else {
		e.public.Store(&guid)
	}
	e.shares.changed()
	return nil
}

// replaceFile writes a file in one step; the folder is the caller's to sync.
func replaceFile(path string, content []byte) error {
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what could not be written says so itself
	}
	return err
}
