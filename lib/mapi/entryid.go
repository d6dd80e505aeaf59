// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"encoding/binary"
	"fmt"
)

// Limits of entry ids.
const (
	MaxEntryID = 4096      // bytes of an entry id from outside
	MaxCounter = 1<<48 - 1 // largest ID that an entry id holds, [MS-OXCDATA] 2.2.4
)

// EntryKind says what an entry id names.
type EntryKind uint8

// The kinds of entry ids that Twiga makes and reads.
const (
	EntryUnknown EntryKind = iota
	EntryFolder            // FolderEntryID
	EntryMessage           // MessageEntryID
	EntryStore             // StoreEntryID
	EntryAddress           // AddressEntryID
	EntryOneOff            // OneOffEntryID
)

// The provider UIDs of [MS-OXCDATA] 2.2.1 and [MS-OXCDATA] 2.2.4, as they stand in entry ids.
const (
	uidPublicStore = "\x1a\x44\x73\x90\xaa\x66\x11\xcd\x9b\xc8\x00\xaa\x00\x2f\xc4\x5a"
	uidStore       = "\x38\xa1\xbb\x10\x05\xe5\x10\x1a\xa1\xbb\x08\x00\x2b\x2a\x56\xc2"
	uidAddressBook = "\xdc\xa7\x40\xc8\xc0\x42\x10\x1a\xb4\xb9\x08\x00\x2b\x2f\xe1\x82"
	uidOneOff      = "\x81\x2b\x1f\xa4\xbe\xa3\x10\x19\x9d\x6e\x00\xdd\x01\x0f\x54\x02"
)

// Sizes of the fixed parts, [MS-OXCDATA] 2.2.4.
const (
	entryHead    = 20 // flags and provider UID
	folderSize   = 46
	messageSize  = 70
	counterBytes = 6
)

// The object types within folder and message entry ids, [MS-OXCDATA] 2.2.4.1 and 2.2.4.2.
const (
	typePrivateFolder  = 0x0001
	typePublicFolder   = 0x0003
	typePrivateMessage = 0x0007
	typePublicMessage  = 0x0009
)

// EntryKindOf says which kind of entry id the bytes are, by provider and
// length; the reader of that kind checks the rest.
func EntryKindOf(b []byte) EntryKind {
	if len(b) < entryHead || len(b) > MaxEntryID {
		return EntryUnknown
	}
	switch string(b[4:entryHead]) {
	case uidStore:
		return EntryStore
	case uidAddressBook:
		return EntryAddress
	case uidOneOff:
		return EntryOneOff
	}
	switch len(b) {
	case folderSize:
		return EntryFolder
	case messageSize:
		return EntryMessage
	}
	return EntryUnknown
}

// FolderEntryID names a folder, [MS-OXCDATA] 2.2.4.1. The store's GUID stands
// for both the provider (a public store has a fixed one) and the database.
type FolderEntryID struct {
	Store  GUID
	Public bool
	Folder ID
}

// Bytes is the encoded entry id, 46 bytes. Folder is at most MaxCounter.
func (e FolderEntryID) Bytes() []byte {
	b := appendHead(make([]byte, 0, folderSize), e.Store, e.Public, typePrivateFolder, typePublicFolder)
	return appendCounter(b, e.Store, e.Folder)
}

// ReadFolderEntryID decodes what Bytes gives; InvalidEntryID for all else.
func ReadFolderEntryID(b []byte) (FolderEntryID, error) {
	if EntryKindOf(b) != EntryFolder {
		return FolderEntryID{}, entryError("folder", b, "not of this kind")
	}
	store, folder := readCounter(b[22:])
	e := FolderEntryID{store, string(b[4:entryHead]) == uidPublicStore, folder}
	if string(e.Bytes()) != string(b) {
		return FolderEntryID{}, entryError("folder", b, "of another system")
	}
	return e, nil
}

// MessageEntryID names a message, [MS-OXCDATA] 2.2.4.2.
type MessageEntryID struct {
	Store   GUID
	Public  bool
	Folder  ID
	Message ID
}

// Bytes is the encoded entry id, 70 bytes. Both ids are at most MaxCounter.
func (e MessageEntryID) Bytes() []byte {
	b := appendHead(make([]byte, 0, messageSize), e.Store, e.Public, typePrivateMessage, typePublicMessage)
	return appendCounter(appendCounter(b, e.Store, e.Folder), e.Store, e.Message)
}

// ReadMessageEntryID decodes what Bytes gives; InvalidEntryID for all else.
func ReadMessageEntryID(b []byte) (MessageEntryID, error) {
	if EntryKindOf(b) != EntryMessage {
		return MessageEntryID{}, entryError("message", b, "not of this kind")
	}
	store, folder := readCounter(b[22:])
	_, message := readCounter(b[46:])
	e := MessageEntryID{store, string(b[4:entryHead]) == uidPublicStore, folder, message}
	if string(e.Bytes()) != string(b) {
		return MessageEntryID{}, entryError("message", b, "of another system")
	}
	return e, nil
}

// appendHead starts a folder's or message's entry id: flags (0: long-term),
// provider UID and type.
func appendHead(dst []byte, store GUID, public bool, private, publicType uint16) []byte {
	dst = append(dst, 0, 0, 0, 0)
	if public {
		return binary.LittleEndian.AppendUint16(append(dst, uidPublicStore...), publicType)
	}
	uid := store.Wire()
	return binary.LittleEndian.AppendUint16(append(dst, uid[:]...), private)
}

// appendCounter appends database GUID, global counter and padding, 24 bytes.
func appendCounter(dst []byte, store GUID, id ID) []byte {
	uid := store.Wire()
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(id))
	dst = append(append(dst, uid[:]...), counter[8-counterBytes:]...)
	return append(dst, 0, 0)
}

func readCounter(b []byte) (GUID, ID) {
	var counter [8]byte
	copy(counter[8-counterBytes:], b[16:16+counterBytes])
	return WireGUID(b), ID(binary.BigEndian.Uint64(counter[:]))
}

// entryError is InvalidEntryID with what was wrong.
func entryError(kind string, b []byte, what string) error {
	return fmt.Errorf("read %s entry id of %d bytes: %s: %w", kind, len(b), what, InvalidEntryID)
}
