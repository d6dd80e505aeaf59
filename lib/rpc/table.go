// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"twiga/lib/mapi/object"
)

// The operations. A number once given is never given to another operation;
// one that changes its request or its answer gets a new number.
var (
	opLogon  = plain[object.LogonRequest, logonResponse](1, "Logon")
	opLogoff = plain[object.Empty, object.Empty](2, "Logoff")
	opPing   = plain[object.Empty, object.Empty](3, "Ping")

	opGetStore    = query(10, "GetStore", object.Session.GetStore)
	opListStores  = stream(11, "ListStores", object.Session.ListStores)
	opRemoveStore = unary(12, "RemoveStore", object.Session.RemoveStore)

	opCreateFolders  = unary(20, "CreateFolders", object.Session.CreateFolders)
	opMoveFolder     = unary(21, "MoveFolder", object.Session.MoveFolder)
	opDeleteFolder   = unary(22, "DeleteFolder", object.Session.DeleteFolder)
	opSetFolderProps = unary(23, "SetFolderProps", object.Session.SetFolderProps)
	opFolderStates   = query(24, "FolderStates", object.Session.FolderStates)

	opQuery = stream(30, "Query", object.Session.Query)

	opGetMessages    = stream(40, "GetMessages", object.Session.GetMessages)
	opSaveMessages   = unary(41, "SaveMessages", object.Session.SaveMessages)
	opSetProps       = unary(42, "SetProps", object.Session.SetProps)
	opSetFlags       = unary(43, "SetFlags", object.Session.SetFlags)
	opTransfer       = unary(44, "Transfer", object.Session.Transfer)
	opDeleteMessages = unary(45, "DeleteMessages", object.Session.DeleteMessages)

	opRead     = stream(50, "Read", object.Session.Read)
	opUpload   = upload(51, "Upload", object.Session.Upload)
	opHasBlobs = query(52, "HasBlobs", object.Session.HasBlobs)

	opChanges = stream(60, "Changes", object.Session.Changes)
	opWatch   = watch(61, "Watch", object.Session.Watch)

	opResolveRecipients = query(70, "ResolveRecipients", object.Session.ResolveRecipients)
	opDeliver           = unary(71, "Deliver", object.Session.Deliver)

	opSubmit       = unary(80, "Submit", object.Session.Submit)
	opAbortSubmit  = unary(81, "AbortSubmit", object.Session.AbortSubmit)
	opOutgoing     = stream(82, "Outgoing", object.Session.Outgoing)
	opFinishSubmit = unary(83, "FinishSubmit", object.Session.FinishSubmit)

	opCreateUser  = unary(90, "CreateUser", object.Session.CreateUser)
	opGetUser     = query(91, "GetUser", object.Session.GetUser)
	opListUsers   = stream(92, "ListUsers", object.Session.ListUsers)
	opSetUser     = unary(93, "SetUser", object.Session.SetUser)
	opSetPassword = unary(94, "SetPassword", object.Session.SetPassword)
	opDeleteUser  = unary(95, "DeleteUser", object.Session.DeleteUser)

	opCheck = work(100, "Check", object.Session.Check)
)

// table has every operation, in order of the numbers.
var table = []*operation{
	opLogon.operation, opLogoff.operation, opPing.operation,
	opGetStore.operation, opListStores.operation, opRemoveStore.operation,
	opCreateFolders.operation, opMoveFolder.operation, opDeleteFolder.operation,
	opSetFolderProps.operation, opFolderStates.operation,
	opQuery.operation,
	opGetMessages.operation, opSaveMessages.operation, opSetProps.operation,
	opSetFlags.operation, opTransfer.operation, opDeleteMessages.operation,
	opRead.operation, opUpload.operation, opHasBlobs.operation,
	opChanges.operation, opWatch.operation,
	opResolveRecipients.operation, opDeliver.operation,
	opSubmit.operation, opAbortSubmit.operation, opOutgoing.operation, opFinishSubmit.operation,
	opCreateUser.operation, opGetUser.operation, opListUsers.operation,
	opSetUser.operation, opSetPassword.operation, opDeleteUser.operation,
	opCheck.operation,
}

// logonResponse names the session that was opened.
type logonResponse struct {
	Session   sessionID
	Principal object.Principal
}

// sessionID is the random name of a session; whoever knows it and has the
// user id that opened it has the session.
type sessionID [16]byte
