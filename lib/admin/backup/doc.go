// SPDX-License-Identifier: AGPL-3.0-or-later

// Package backup is a repository of backups on disk, as in twiga-backup(5): the
// dumps of mailboxes with their manifests, and the contents that they name, each
// once. It knows files and nothing of the store.
package backup

import (
	"errors"
	"fmt"
	"path"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// version is the version of the form of a repository.
const version = 1

// Names in a repository.
const (
	formatName    = "format"
	lockName      = "lock"
	tempName      = "tmp"
	blobsName     = "blobs"
	storesName    = "stores"
	directoryName = "directory"
	staleName     = "stale"
	manifestExt   = ".json"
	dumpExt       = ".dump"
	packedExt     = ".zst"
	sealedExt     = ".age"
)

// maxSmall is how many bytes a format file or a manifest may have.
const maxSmall = 16 << 20

// The errors of repositories.
var (
	ErrNone       = errors.New("there is no backup")
	ErrDamaged    = errors.New("the backup is damaged")
	ErrVersion    = errors.New("the backup was written by a later version")
	ErrSealed     = errors.New("the backup is encrypted: an identity is wanted")
	ErrRecipients = errors.New("the backups there are encrypted to others, or not at all")
	ErrBusy       = errors.New("another backup writes there")
)

// Format is the file that makes a folder a repository.
type Format struct {
	Format     string    `json:"format"` // formatIs
	Version    int       `json:"version"`
	Created    time.Time `json:"created"`
	Recipients []string  `json:"recipients,omitempty"` // whose identities open what is written; none: nothing is encrypted
}

const formatIs = "twiga-backup"

// File is a file of the repository as it lies there.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Manifest describes one dump of a mailbox. It is written last.
type Manifest struct {
	Version  int       `json:"version"`
	Sequence int       `json:"sequence"` // rises with each dump of the mailbox
	Created  time.Time `json:"created"`
	Store    string    `json:"store"`
	Kind     string    `json:"kind"` // private, public or archive
	Owner    string    `json:"owner"`
	OwnerID  string    `json:"owner_id"`
	Since    uint64    `json:"since"`              // only what changed since; 0 is all
	Change   uint64    `json:"change"`             // the mailbox's change number
	Schema   uint64    `json:"schema"`             // version of the mailbox's tables
	Folder   string    `json:"folder,omitempty"`   // only this folder and those below
	Messages []string  `json:"messages,omitempty"` // only these
	Dump     File      `json:"dump"`
	Counts   Counts    `json:"counts"`
}

// Counts tell what a dump has; of an increment, what changed.
type Counts struct {
	Folders  int64 `json:"folders"`
	Messages int64 `json:"messages"`
	Blobs    int64 `json:"blobs"`
}

// Part says whether the dump has a part of the mailbox only.
func (m *Manifest) Part() bool { return m.Folder != "" || len(m.Messages) > 0 }

// What names a manifest to people.
func (m *Manifest) What() string {
	switch {
	case m.Part():
		return "part"
	case m.Since != 0:
		return "increment"
	}
	return "full"
}

func storeDir(store string) string { return path.Join(storesName, store) }

func manifestFile(store string, sequence int) string {
	return path.Join(storeDir(store), fmt.Sprintf("%06d", sequence)+manifestExt)
}

// DumpFile is the name of a dump without what says how it is packed.
func DumpFile(store mapi.GUID, sequence int) string {
	return path.Join(storeDir(store.String()), fmt.Sprintf("%06d", sequence)+dumpExt)
}

// BlobFile is the name of a content without what says how it is packed.
func BlobFile(id object.BlobID) string {
	name := fmt.Sprintf("%x", id[:])
	return path.Join(blobsName, name[:2], name[2:])
}
