// SPDX-License-Identifier: AGPL-3.0-or-later

package command

import (
	"twiga/lib/mapi"
	"twiga/lib/sysexits"
)

// exits says how a store's code ends a command.
var exits = map[mapi.Code]int{
	mapi.NotFound:         sysexits.NoUser,
	mapi.AlreadyExists:    sysexits.CantCreat,
	mapi.NetworkError:     sysexits.TempFail,
	mapi.Busy:             sysexits.TempFail,
	mapi.Timeout:          sysexits.TempFail,
	mapi.NotEnoughDisk:    sysexits.TempFail,
	mapi.StoreFull:        sysexits.TempFail,
	mapi.NoAccess:         sysexits.NoPerm,
	mapi.LogonFailed:      sysexits.NoPerm,
	mapi.NoSupport:        sysexits.Unavailable,
	mapi.InvalidParameter: sysexits.DataErr,
	mapi.InvalidObject:    sysexits.DataErr,
	mapi.StringTooLong:    sysexits.DataErr,
	mapi.NoRecipients:     sysexits.DataErr,
	mapi.BadValue:         sysexits.DataErr,
	mapi.FolderCycle:      sysexits.DataErr,
	mapi.HasFolders:       sysexits.DataErr,
	mapi.HasMessages:      sysexits.DataErr,
}

// ExitCode is the exit code for an error: its own, else that of the store's
// code in it, else 1.
func ExitCode(err error) int {
	if own := sysexits.Code(err); own != sysexits.Failure {
		return own
	}
	if code, ok := exits[mapi.CodeOf(err)]; ok {
		return code
	}
	return sysexits.Failure
}
