// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Code is a result code, [MS-OXCDATA] 2.4. It is an error, so that callers
// wrap it (%w) and ask with errors.Is; it survives the wire.
type Code uint32

// The result codes that Twiga gives; values and names as in [MS-OXCDATA] 2.4,
// the names in Go's manner (ecNotFound, MAPI_E_NOT_FOUND: NotFound).
const (
	GeneralFailure     Code = 0x80004005 // MAPI_E_CALL_FAILED
	NoSupport          Code = 0x80040102
	BadCharWidth       Code = 0x80040103
	StringTooLong      Code = 0x80040105
	UnknownFlags       Code = 0x80040106
	InvalidEntryID     Code = 0x80040107
	InvalidObject      Code = 0x80040108
	ObjectChanged      Code = 0x80040109
	ObjectDeleted      Code = 0x8004010a
	Busy               Code = 0x8004010b
	NotEnoughDisk      Code = 0x8004010d
	NotEnoughResources Code = 0x8004010e
	NotFound           Code = 0x8004010f
	Version            Code = 0x80040110
	LogonFailed        Code = 0x80040111
	SessionLimit       Code = 0x80040112
	NetworkError       Code = 0x80040115
	DiskError          Code = 0x80040116
	TooComplex         Code = 0x80040117
	BadColumn          Code = 0x80040118
	CorruptData        Code = 0x8004011b
	Unconfigured       Code = 0x8004011c
	PasswordExpired    Code = 0x80040121
	AccountDisabled    Code = 0x80040124
	EndOfSession       Code = 0x80040200
	UnknownEntryID     Code = 0x80040201
	BadValue           Code = 0x80040301
	InvalidType        Code = 0x80040302
	TypeNoSupport      Code = 0x80040303
	TooBig             Code = 0x80040305
	UnableToComplete   Code = 0x80040400
	Timeout            Code = 0x80040401
	Cancel             Code = 0x80040501
	CorruptStore       Code = 0x80040600
	NotSubmitted       Code = 0x80040601 // MAPI_E_NOT_IN_QUEUE: no such entry in the outgoing queue
	AlreadyExists      Code = 0x80040604 // MAPI_E_COLLISION
	NoRecipients       Code = 0x80040607
	Submitted          Code = 0x80040608
	HasFolders         Code = 0x80040609 // the folder has subfolders
	HasMessages        Code = 0x8004060a // the folder has messages
	FolderCycle        Code = 0x8004060b
	StoreFull          Code = 0x8004060c // the disk is full or read-only
	AmbiguousRecipient Code = 0x80040700
	SyncIgnore         Code = 0x80040801 // SYNC_E_IGNORE: this version or a later one is there
	SyncConflict       Code = 0x80040802 // SYNC_E_CONFLICT: both sides changed it
	SyncTooOld         Code = 0x80040805 // SYNC_E_UNSYNCHRONIZED: changes so old were pruned; resync
	QuotaExceeded      Code = 0x000004d9 // ecQuotaExceeded
	InUse              Code = 0x80030021 // STG_E_LOCKVIOLATION: another session has it
	NoAccess           Code = 0x80070005
	NotEnoughMemory    Code = 0x8007000e
	InvalidParameter   Code = 0x80070057
	TooEarly           Code = 0x800704d7 // ERROR_LOGIN_TIME_RESTRICTION: the last logon is not long enough ago
)

// codeTable has the constant's name and the words of each code.
var codeTable = [...]struct {
	code        Code
	name, words string
}{
	{GeneralFailure, "GeneralFailure", "general failure"},
	{NoSupport, "NoSupport", "not supported"},
	{BadCharWidth, "BadCharWidth", "bad character width"},
	{StringTooLong, "StringTooLong", "string too long"},
	{UnknownFlags, "UnknownFlags", "unknown flags"},
	{InvalidEntryID, "InvalidEntryID", "invalid entry id"},
	{InvalidObject, "InvalidObject", "invalid object"},
	{ObjectChanged, "ObjectChanged", "object changed meanwhile"},
	{ObjectDeleted, "ObjectDeleted", "object deleted"},
	{Busy, "Busy", "busy"},
	{NotEnoughDisk, "NotEnoughDisk", "not enough disk"},
	{NotEnoughResources, "NotEnoughResources", "not enough resources"},
	{NotFound, "NotFound", "not found"},
	{Version, "Version", "version not supported"},
	{LogonFailed, "LogonFailed", "logon failed"},
	{SessionLimit, "SessionLimit", "too many sessions"},
	{NetworkError, "NetworkError", "network error"},
	{DiskError, "DiskError", "disk error"},
	{TooComplex, "TooComplex", "too complex"},
	{BadColumn, "BadColumn", "bad column"},
	{CorruptData, "CorruptData", "damaged data"},
	{Unconfigured, "Unconfigured", "not configured"},
	{PasswordExpired, "PasswordExpired", "password expired"},
	{AccountDisabled, "AccountDisabled", "account disabled"},
	{EndOfSession, "EndOfSession", "session ended"},
	{UnknownEntryID, "UnknownEntryID", "unknown entry id"},
	{BadValue, "BadValue", "bad value"},
	{InvalidType, "InvalidType", "invalid type"},
	{TypeNoSupport, "TypeNoSupport", "type not supported"},
	{TooBig, "TooBig", "too big"},
	{UnableToComplete, "UnableToComplete", "unable to complete"},
	{Timeout, "Timeout", "timed out"},
	{Cancel, "Cancel", "cancelled"},
	{CorruptStore, "CorruptStore", "damaged store"},
	{NotSubmitted, "NotSubmitted", "not submitted"},
	{AlreadyExists, "AlreadyExists", "already exists"},
	{NoRecipients, "NoRecipients", "no recipients"},
	{Submitted, "Submitted", "already submitted"},
	{HasFolders, "HasFolders", "has subfolders"},
	{HasMessages, "HasMessages", "has messages"},
	{FolderCycle, "FolderCycle", "folder cycle"},
	{StoreFull, "StoreFull", "store full or read-only"},
	{AmbiguousRecipient, "AmbiguousRecipient", "ambiguous recipient"},
	{SyncIgnore, "SyncIgnore", "this or a later version is there"},
	{SyncConflict, "SyncConflict", "changed on both sides"},
	{SyncTooOld, "SyncTooOld", "changes pruned, resync needed"},
	{QuotaExceeded, "QuotaExceeded", "quota exceeded"},
	{InUse, "InUse", "in use by another session"},
	{NoAccess, "NoAccess", "permission denied"},
	{NotEnoughMemory, "NotEnoughMemory", "not enough memory"},
	{InvalidParameter, "InvalidParameter", "invalid parameter"},
	{TooEarly, "TooEarly", "too soon after the last logon"},
}

// Error is the code in words.
func (c Code) Error() string {
	for i := range codeTable {
		if codeTable[i].code == c {
			return codeTable[i].words
		}
	}
	return fmt.Sprintf("error 0x%08x", uint32(c))
}

// Name is the constant's name, such as "NotFound", else the number as
// 0x8004010f. It is what faults and logs carry and never changes.
func (c Code) Name() string {
	for i := range codeTable {
		if codeTable[i].code == c {
			return codeTable[i].name
		}
	}
	return fmt.Sprintf("0x%08x", uint32(c))
}

// ParseCode is the inverse of Name.
func ParseCode(name string) (Code, bool) {
	for i := range codeTable {
		if codeTable[i].name == name {
			return codeTable[i].code, true
		}
	}
	digits, ok := strings.CutPrefix(name, "0x")
	n, err := strconv.ParseUint(digits, 16, 32)
	return Code(n), ok && err == nil
}

// CodeOf finds the code that an error carries: 0 for nil, Cancel and Timeout
// for a context's end, GeneralFailure where none is in it.
func CodeOf(err error) Code {
	var c Code
	switch {
	case err == nil:
		return 0
	case errors.As(err, &c):
		return c
	case errors.Is(err, context.Canceled):
		return Cancel
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return GeneralFailure
}
