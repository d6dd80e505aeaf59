// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// The parts of a store's entry id, [MS-OXCDATA] 2.2.4.3.
const (
	storeDLL       = "emsmdb.dll\x00\x00\x00\x00"
	uidPrivateMDB  = "\x1b\x55\xfa\x20\xaa\x66\x11\xcd\x9b\xc8\x00\xaa\x00\x2f\xc4\x5a"
	uidPublicMDB   = "\x1c\x83\x02\x10\xaa\x66\x11\xcd\x9b\xc8\x00\xaa\x00\x2f\xc4\x5a"
	typePrivateMDB = 0x0c
	typePublicMDB  = 0x06
	storeFixed     = entryHead + 2 + len(storeDLL) + 4 + 16 + 4
)

// StoreEntryID names a store, [MS-OXCDATA] 2.2.4.3. Both strings are ASCII
// without nulls.
type StoreEntryID struct {
	Public  bool
	Server  string // short name of the server
	Mailbox string // distinguished name of the mailbox; unused for a public store
}

// Bytes is the encoded entry id.
func (e StoreEntryID) Bytes() []byte {
	b := append(make([]byte, 4, storeFixed+len(e.Server)+len(e.Mailbox)+2), uidStore...)
	b = append(append(b, 0, 0), storeDLL...) // version, flag
	uid, kind := uidPrivateMDB, uint32(typePrivateMDB)
	if e.Public {
		uid, kind = uidPublicMDB, typePublicMDB
	}
	b = append(append(b, 0, 0, 0, 0), uid...)
	b = binary.LittleEndian.AppendUint32(b, kind)
	b = append(append(b, e.Server...), 0)
	if e.Public {
		return b
	}
	return append(append(b, e.Mailbox...), 0)
}

// ReadStoreEntryID decodes a store's entry id; what newer clients append
// behind the strings is passed over.
func ReadStoreEntryID(b []byte) (StoreEntryID, error) {
	if EntryKindOf(b) != EntryStore || len(b) < storeFixed {
		return StoreEntryID{}, entryError("store", b, "not of this kind")
	}
	var e StoreEntryID
	switch string(b[storeFixed-20 : storeFixed-4]) {
	case uidPublicMDB:
		e.Public = true
	case uidPrivateMDB:
	default:
		return StoreEntryID{}, entryError("store", b, "unknown provider")
	}
	server, rest, ok := cutText(b[storeFixed:], false)
	if !ok {
		return StoreEntryID{}, entryError("store", b, "cut short")
	}
	if e.Server = server; e.Public {
		return e, nil
	}
	if e.Mailbox, _, ok = cutText(rest, false); !ok {
		return StoreEntryID{}, entryError("store", b, "cut short")
	}
	return e, nil
}

// AddressEntryID names an object of the address book, [MS-OXCDATA] 2.2.5.2
// (permanent entry id).
type AddressEntryID struct {
	Type DisplayType
	DN   string // distinguished name, ASCII without nulls
}

// Bytes is the encoded entry id.
func (e AddressEntryID) Bytes() []byte {
	b := append(make([]byte, 4, entryHead+8+len(e.DN)+1), uidAddressBook...)
	b = binary.LittleEndian.AppendUint32(b, 1) // version
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Type))
	return append(append(b, e.DN...), 0)
}

// ReadAddressEntryID decodes an address book entry id.
func ReadAddressEntryID(b []byte) (AddressEntryID, error) {
	if EntryKindOf(b) != EntryAddress || len(b) < entryHead+8 {
		return AddressEntryID{}, entryError("address book", b, "not of this kind")
	}
	dn, rest, ok := cutText(b[entryHead+8:], false)
	if !ok || len(rest) > 0 {
		return AddressEntryID{}, entryError("address book", b, "one string with a null wanted")
	}
	return AddressEntryID{DisplayType(binary.LittleEndian.Uint32(b[entryHead+4:])), dn}, nil
}

// The bits of a one-off entry id, [MS-OXCDATA] 2.2.5.1.
const (
	oneOffMIME    = 0x0001 // M: the recipient takes MIME, not TNEF
	oneOffUnicode = 0x8000 // U: the strings are UTF-16
)

// OneOffEntryID holds an address that no address book has, [MS-OXCDATA]
// 2.2.5.1. Strings have no nulls.
type OneOffEntryID struct {
	Name, Type, Address string // Type is "SMTP"
}

// Bytes is the encoded entry id, its strings in UTF-16.
func (e OneOffEntryID) Bytes() []byte {
	b := append(make([]byte, 4, entryHead+4+2*(len(e.Name)+len(e.Type)+len(e.Address)+3)), uidOneOff...)
	b = append(b, 0, 0) // version
	b = binary.LittleEndian.AppendUint16(b, oneOffMIME|oneOffUnicode)
	for _, s := range [...]string{e.Name, e.Type, e.Address} {
		for _, unit := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, unit)
		}
		b = append(b, 0, 0)
	}
	return b
}

// ReadOneOffEntryID decodes a one-off entry id. Strings that are not UTF-16
// are taken as they are.
func ReadOneOffEntryID(b []byte) (OneOffEntryID, error) {
	if EntryKindOf(b) != EntryOneOff || len(b) < entryHead+4 {
		return OneOffEntryID{}, entryError("one-off", b, "not of this kind")
	}
	var e OneOffEntryID
	wide := binary.LittleEndian.Uint16(b[entryHead+2:])&oneOffUnicode != 0
	rest := b[entryHead+4:]
	for _, s := range [...]*string{&e.Name, &e.Type, &e.Address} {
		var ok bool
		if *s, rest, ok = cutText(rest, wide); !ok {
			return OneOffEntryID{}, entryError("one-off", b, "cut short")
		}
	}
	return e, nil
}

// cutText takes a string that ends with a null off, of bytes or of UTF-16 units.
func cutText(b []byte, wide bool) (s string, rest []byte, ok bool) {
	if !wide {
		text, rest, ok := bytes.Cut(b, []byte{0})
		return string(text), rest, ok
	}
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		unit := binary.LittleEndian.Uint16(b)
		if unit == 0 {
			return string(utf16.Decode(units)), b[2:], true
		}
		units = append(units, unit)
	}
	return "", nil, false
}

// SearchKey is the byte string by which equal addresses are found
// (PidTagSearchKey of a recipient, [MS-OXCPRPT] 2.2.1.9): TYPE:ADDRESS in
// capitals and a null.
func SearchKey(addressType, address string) []byte {
	return append([]byte(strings.ToUpper(addressType+":"+address)), 0)
}
