// SPDX-License-Identifier: AGPL-3.0-or-later

// Package dump is the form of a dumped mailbox: a stream of records as in
// twiga-backup(5). It knows rows of tables and nothing of their meaning.
package dump

import (
	"errors"
	"hash/crc32"

	"twiga/lib/mapi/object"
)

// Limits of a stream.
const (
	maxRecord  = 1 << 30 // bytes of a record's payload
	maxTables  = 256
	maxColumns = 256
	maxName    = 64 // bytes of the name of a table or column
	blobsEach  = 512
)

// Version is the version of the form.
const Version = 1

// magic begins a stream; the version follows.
const magic = "TwD"

// The types of record.
const (
	recordHeader = 1
	recordTable  = 2
	recordRow    = 3
	recordBlobs  = 4
	recordEnd    = 5
)

// The types of value in a row.
const (
	valueNull  = 0
	valueInt   = 1
	valueText  = 2
	valueBytes = 3
)

// headSize is the size of what stands before a payload: 4 bytes of length, one
// of type. 4 bytes of CRC-32C follow it.
const headSize = 5

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The errors of a stream.
var (
	ErrDamaged = errors.New("dump is damaged")
	ErrVersion = errors.New("dump was written by a later version")
)

// Header says what a stream holds.
type Header struct {
	Store    [16]byte // the mailbox's GUID
	Schema   uint64   // version of the schema of its tables
	Since    uint64   // only what changed since; 0 is all
	Change   uint64   // the mailbox's change number when it was dumped
	Folder   uint64   // only this folder and those below; 0 is all
	Messages bool     // only some messages
}

// Whole says whether the stream has a whole mailbox, as it is or as it changed.
func (h *Header) Whole() bool { return h.Folder == 0 && !h.Messages }

// Table announces a table; its rows name it by its number, counted from 0.
type Table struct {
	Name    string
	Columns []string
}

// Row is a row of a table. Values are nil, int64, string or []byte.
type Row struct {
	Table  int
	Values []any
}

// Blobs are contents that the messages need.
type Blobs []object.BlobID

// End ends the stream, with what was before it.
type End struct {
	Records uint64 // without this one
	Rows    uint64
	Blobs   uint64
}
