// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"time"

	"twiga/lib/mapi"
)

// CheckRequest names a mailbox.
type CheckRequest struct {
	Store  mapi.GUID
	Repair bool
	Blobs  bool // read every blob and compare it with its name
}

// Problem is one thing that is wrong.
type Problem struct {
	Store    mapi.GUID
	Kind     string // stable word: "counter", "uid-order", "blob-missing" ...
	Object   string // what it is about: "folder 0x1f", "message 0x2a"
	Text     string
	Repaired bool
}

// Progress is how far long work is.
type Progress struct{ Done, Total int64 }

// PurgeDeletedRequest removes soft-deleted messages and folders for good.
type PurgeDeletedRequest struct {
	Store  mapi.GUID
	Folder mapi.ID   // of this folder, or this soft-deleted folder itself; 0 is all
	Before time.Time // deleted before; zero is all
}

// PurgeDeletedResponse tells what was removed.
type PurgeDeletedResponse struct {
	Messages int64
	Folders  int64
	Bytes    int64
}

// CompactRequest names a mailbox whose file is to be written anew without its
// free pages, and whose old tombstones are to be pruned.
type CompactRequest struct{ Store mapi.GUID }

// CompactResponse tells the size of the mailbox's file in bytes.
type CompactResponse struct{ Before, After int64 }

// CollectBlobsRequest removes the blobs that nothing refers to.
type CollectBlobsRequest struct{ DryRun bool }

// CollectBlobsResponse tells about all blobs of the server; bytes are those on disk.
type CollectBlobsResponse struct {
	Kept, Removed           int64
	KeptBytes, RemovedBytes int64
	Young                   int64 // unreferenced, but within the grace time
}

// StoreStatisticsRequest names a mailbox.
type StoreStatisticsRequest struct {
	Store mapi.GUID
	Top   int // how many of the largest folders and blobs to list
}

// StoreStatistics says where a mailbox's bytes go.
type StoreStatistics struct {
	Messages, Associated, Deleted int64 // messages, of each kind
	Content                       int64 // bytes of the messages as MIME
	DeletedContent                int64 // of the soft-deleted ones
	File                          int64 // bytes of the mailbox's database
	Free                          int64 // of them unused
	Inline                        int64 // bytes of content that lie in the database
	Blobs                         int64 // different blobs that it refers to
	BlobRefs                      int64 // references to them
	BlobBytes                     int64 // bytes of the blobs on disk
	BlobContent                   int64 // bytes that the references stand for
	Folders                       []FolderSize
	Largest                       []BlobSize
}

// FolderSize is a folder's share.
type FolderSize struct {
	Folder   mapi.ID
	Name     string // path, parts separated by "/"
	Messages int64
	Bytes    int64
}

// BlobSize is a blob's share.
type BlobSize struct {
	ID    BlobID
	Bytes int64 // of the content
	Disk  int64
	Refs  int64 // in this mailbox
}

// DumpRequest asks for a mailbox as a stream of bytes in the form of
// twiga-backup(5): complete but for the blobs, which it names.
type DumpRequest struct {
	Store    mapi.GUID
	Since    mapi.Change // only what changed since; 0 is all
	Folder   mapi.ID     // only this folder and those below; 0 is all
	Messages []mapi.ID   // only these, where any is given
}

// DumpChunk is the next bytes of the stream.
type DumpChunk struct{ Data []byte }

// LoadRequest says where a dumped mailbox goes: into a new one, which has the
// dump's owner and is an orphan where that user has another, on top of one that
// was loaded before, or below a folder (without search folders and what is
// soft-deleted). The blobs that it names are to be there.
// Quotas do not count.
type LoadRequest struct {
	Store    mapi.GUID // into this mailbox; zero makes one
	As       mapi.GUID // the GUID of the new mailbox; zero is the dump's own
	Folder   mapi.ID   // put it below this folder, as new messages; 0 keeps ids and UIDs, of a new mailbox or with Continue
	Continue bool      // an increment on top of what was loaded before
}

// LoadResponse tells what came in.
type LoadResponse struct {
	Store    mapi.GUID
	Folders  int64
	Messages int64
	Skipped  int64 // below a folder: their content is in theirs already
}

// ReadBlobRequest names a blob.
type ReadBlobRequest struct{ ID BlobID }

// KickSessionRequest names a session by the id in the table of sessions.
type KickSessionRequest struct{ ID uint64 }

// ExplainResponse tells how a query is answered.
type ExplainResponse struct{ Plan string }
