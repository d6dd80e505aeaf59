// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"errors"

	"twiga/lib/mapi"
	proto "twiga/lib/proto/imap"
)

// codeExpungeIssued is the response code for messages that another session
// has removed (RFC 5530 3).
const codeExpungeIssued = "EXPUNGEISSUED"

// errNoPerm answers what the user may not (RFC 5530 3).
var errNoPerm = proto.No(proto.CodeNoPerm, "Permission denied")

// errLostStore ends connections whose session with the store is gone; clients
// log in again, and find the store as soon as it is there.
var errLostStore = proto.Bye(proto.CodeUnavailable, "Mailbox service restarted, log in again")

// answer turns an error of the store into the command's answer, which says no
// more than the client may know. What has no better answer stays as it is; the
// engine logs it and tells SERVERBUG.
func answer(err error) error {
	var told *proto.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	switch mapi.CodeOf(err) {
	case mapi.EndOfSession:
		return errLostStore
	case mapi.NetworkError, mapi.Busy, mapi.Timeout, mapi.NotEnoughDisk, mapi.StoreFull, mapi.NotEnoughResources, mapi.NotEnoughMemory:
		return proto.ErrUnavailable
	case mapi.NotFound:
		return proto.ErrNoSuchMailbox
	case mapi.AlreadyExists:
		return proto.ErrMailboxExists
	case mapi.NoAccess:
		return errNoPerm
	case mapi.QuotaExceeded:
		return proto.ErrOverQuota
	case mapi.TooBig:
		return proto.No(proto.CodeTooBig, "Too big")
	case mapi.HasFolders:
		return proto.No(proto.CodeHasChildren, "Mailbox has children")
	case mapi.FolderCycle:
		return proto.No(proto.CodeCannot, "A mailbox cannot be moved below itself")
	case mapi.StringTooLong:
		return proto.No(proto.CodeCannot, "Name is too long")
	case mapi.TooComplex:
		return proto.No(proto.CodeLimit, "Request is too complex")
	}
	return err
}
