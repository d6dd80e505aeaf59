// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"twiga/lib/mapi/object"
)

// The operations. A number once given is never given to another operation;
// one that changes its request or its answer gets a new number.
var (
	opLogoff = plain[object.Empty, object.Empty](2, "Logoff")
	opPing   = plain[object.Empty, object.Empty](3, "Ping")

	opRemoveStore  = unary(12, "RemoveStore", object.Session.RemoveStore)
	opGetStore     = query(13, "GetStore", object.Session.GetStore)
	opListStores   = stream(14, "ListStores", object.Session.ListStores)
	opCreateStore  = unary(15, "CreateStore", object.Session.CreateStore)
	opHookStore    = unary(16, "HookStore", object.Session.HookStore)
	opUnhookStore  = unary(17, "UnhookStore", object.Session.UnhookStore)
	opCopyToPublic = work(18, "CopyToPublic", object.Session.CopyToPublic)

	opMoveFolder    = unary(21, "MoveFolder", object.Session.MoveFolder)
	opCreateFolders = unary(25, "CreateFolders", object.Session.CreateFolders)
	opDeleteFolder  = unary(26, "DeleteFolder", object.Session.DeleteFolder)
	opFolderStates  = query(27, "FolderStates", object.Session.FolderStates)
	opCopyFolder    = work(28, "CopyFolder", object.Session.CopyFolder)
	opEmptyFolder   = unary(29, "EmptyFolder", object.Session.EmptyFolder)

	opQuery             = stream(31, "Query", object.Session.Query)
	opFindRow           = query(32, "FindRow", object.Session.FindRow)
	opExplain           = query(33, "Explain", object.Session.Explain)
	opRestoreFolder     = unary(35, "RestoreFolder", object.Session.RestoreFolder)
	opSetSearchCriteria = unary(36, "SetSearchCriteria", object.Session.SetSearchCriteria)
	opGetSearchCriteria = query(37, "GetSearchCriteria", object.Session.GetSearchCriteria)

	opGetMessages  = stream(40, "GetMessages", object.Session.GetMessages)
	opSaveMessages = unary(46, "SaveMessages", object.Session.SaveMessages)
	opSetProps     = unary(47, "SetProps", object.Session.SetProps)
	opTransfer     = unary(49, "Transfer", object.Session.Transfer)

	opUpload         = upload(51, "Upload", object.Session.Upload)
	opHasBlobs       = query(52, "HasBlobs", object.Session.HasBlobs)
	opDeleteMessages = unary(53, "DeleteMessages", object.Session.DeleteMessages)

	opFolderChanges    = stream(64, "FolderChanges", object.Session.FolderChanges)
	opDirectoryChanges = stream(65, "DirectoryChanges", object.Session.DirectoryChanges)
	opSourceKeys       = query(66, "SourceKeys", object.Session.SourceKeys)

	opResolveRecipients = query(72, "ResolveRecipients", object.Session.ResolveRecipients)
	opDeliver           = unary(73, "Deliver", object.Session.Deliver)

	opSubmit       = unary(80, "Submit", object.Session.Submit)
	opAbortSubmit  = unary(81, "AbortSubmit", object.Session.AbortSubmit)
	opOutgoing     = stream(82, "Outgoing", object.Session.Outgoing)
	opFinishSubmit = unary(83, "FinishSubmit", object.Session.FinishSubmit)

	opSetPassword = unary(94, "SetPassword", object.Session.SetPassword)
	opDeleteUser  = unary(95, "DeleteUser", object.Session.DeleteUser)
	opCreateUser  = unary(96, "CreateUser", object.Session.CreateUser)
	opGetUser     = query(97, "GetUser", object.Session.GetUser)
	opListUsers   = stream(98, "ListUsers", object.Session.ListUsers)
	opSetUser     = unary(99, "SetUser", object.Session.SetUser)

	opCheck           = work(100, "Check", object.Session.Check)
	opPurgeDeleted    = unary(101, "PurgeDeleted", object.Session.PurgeDeleted)
	opCompact         = unary(102, "Compact", object.Session.Compact)
	opCollectBlobs    = unary(103, "CollectBlobs", object.Session.CollectBlobs)
	opStoreStatistics = query(104, "StoreStatistics", object.Session.StoreStatistics)
	opDump            = stream(105, "Dump", object.Session.Dump)
	opLoad            = upload(106, "Load", object.Session.Load)
	opKickSession     = unary(108, "KickSession", object.Session.KickSession)

	opGetStoreProps    = query(110, "GetStoreProps", object.Session.GetStoreProps)
	opReceiveFolder    = query(112, "ReceiveFolder", object.Session.ReceiveFolder)
	opSetReceiveFolder = unary(113, "SetReceiveFolder", object.Session.SetReceiveFolder)
	opNamesToIDs       = unary(114, "NamesToIDs", object.Session.NamesToIDs)
	opIDsToNames       = query(115, "IDsToNames", object.Session.IDsToNames)

	opModifyPermissions = unary(120, "ModifyPermissions", object.Session.ModifyPermissions)
	opGetRights         = query(121, "GetRights", object.Session.GetRights)
	opGetDelegates      = query(122, "GetDelegates", object.Session.GetDelegates)
	opSetDelegates      = unary(123, "SetDelegates", object.Session.SetDelegates)
	opGetRules          = query(124, "GetRules", object.Session.GetRules)
	opModifyRules       = unary(125, "ModifyRules", object.Session.ModifyRules)
	opSharedStores      = query(126, "SharedStores", object.Session.SharedStores)

	opCreateGroup   = unary(130, "CreateGroup", object.Session.CreateGroup)
	opGetGroup      = query(131, "GetGroup", object.Session.GetGroup)
	opListGroups    = stream(132, "ListGroups", object.Session.ListGroups)
	opSetGroup      = unary(133, "SetGroup", object.Session.SetGroup)
	opDeleteGroup   = unary(134, "DeleteGroup", object.Session.DeleteGroup)
	opChangeMembers = unary(135, "ChangeMembers", object.Session.ChangeMembers)

	opCreateContact = unary(140, "CreateContact", object.Session.CreateContact)
	opListContacts  = stream(141, "ListContacts", object.Session.ListContacts)
	opSetContact    = unary(142, "SetContact", object.Session.SetContact)
	opDeleteContact = unary(143, "DeleteContact", object.Session.DeleteContact)

	opCreateAppPassword = unary(150, "CreateAppPassword", object.Session.CreateAppPassword)
	opListAppPasswords  = stream(151, "ListAppPasswords", object.Session.ListAppPasswords)
	opRevokeAppPassword = unary(152, "RevokeAppPassword", object.Session.RevokeAppPassword)
	opResolveNames      = query(153, "ResolveNames", object.Session.ResolveNames)
	opGetPolicy         = query(154, "GetPolicy", object.Session.GetPolicy)
	opGetLogonState     = query(155, "GetLogonState", object.Session.GetLogonState)
	opUnlockUser        = unary(156, "UnlockUser", object.Session.UnlockUser)

	opGetLogonKinds  = ask(158, "GetLogonKinds", object.Service.GetLogonKinds)
	opStartProof     = ask(159, "StartProof", object.Service.StartProof)
	opSetFolderProps = unary(170, "SetFolderProps", object.Session.SetFolderProps)
	opSetStoreProps  = unary(171, "SetStoreProps", object.Session.SetStoreProps)
	opLogon          = plain[object.LogonRequest, logonResponse](172, "Logon")
	opWatch          = watch(173, "Watch", object.Session.Watch)
	opRaiseFolder    = unary(174, "RaiseFolder", object.Session.RaiseFolder)
	opSetFlags       = unary(180, "SetFlags", object.Session.SetFlags)
	opRead           = stream(190, "Read", object.Session.Read)
	opReadBlob       = stream(191, "ReadBlob", object.Session.ReadBlob)
	opChanges        = stream(192, "Changes", object.Session.Changes)
	opReplaceMessage = unary(195, "ReplaceMessage", object.Session.ReplaceMessage)
	opSignURLs       = unary(196, "SignURLs", object.Session.SignURLs)
	opReadURL        = stream(197, "ReadURL", object.Session.ReadURL)
	opResetURLKeys   = unary(198, "ResetURLKeys", object.Session.ResetURLKeys)
)

// table has every operation, in order of the numbers.
var table = []*operation{
	opLogoff.operation, opPing.operation,
	opRemoveStore.operation, opGetStore.operation, opListStores.operation, opCreateStore.operation, opHookStore.operation,
	opUnhookStore.operation, opCopyToPublic.operation,
	opMoveFolder.operation, opCreateFolders.operation, opDeleteFolder.operation,
	opFolderStates.operation, opCopyFolder.operation, opEmptyFolder.operation,
	opQuery.operation, opFindRow.operation, opExplain.operation, opRestoreFolder.operation, opSetSearchCriteria.operation,
	opGetSearchCriteria.operation,
	opGetMessages.operation, opSaveMessages.operation, opSetProps.operation, opTransfer.operation,
	opUpload.operation, opHasBlobs.operation, opDeleteMessages.operation,
	opFolderChanges.operation, opDirectoryChanges.operation,
	opSourceKeys.operation,
	opResolveRecipients.operation, opDeliver.operation,
	opSubmit.operation, opAbortSubmit.operation, opOutgoing.operation, opFinishSubmit.operation,
	opSetPassword.operation, opDeleteUser.operation, opCreateUser.operation, opGetUser.operation, opListUsers.operation,
	opSetUser.operation,
	opCheck.operation, opPurgeDeleted.operation, opCompact.operation, opCollectBlobs.operation,
	opStoreStatistics.operation, opDump.operation, opLoad.operation, opKickSession.operation,
	opGetStoreProps.operation, opReceiveFolder.operation, opSetReceiveFolder.operation,
	opNamesToIDs.operation, opIDsToNames.operation,
	opModifyPermissions.operation, opGetRights.operation, opGetDelegates.operation, opSetDelegates.operation,
	opGetRules.operation, opModifyRules.operation, opSharedStores.operation,
	opCreateGroup.operation, opGetGroup.operation, opListGroups.operation, opSetGroup.operation, opDeleteGroup.operation,
	opChangeMembers.operation,
	opCreateContact.operation, opListContacts.operation, opSetContact.operation, opDeleteContact.operation,
	opCreateAppPassword.operation, opListAppPasswords.operation, opRevokeAppPassword.operation, opResolveNames.operation,
	opGetPolicy.operation, opGetLogonState.operation, opUnlockUser.operation,
	opGetLogonKinds.operation, opStartProof.operation,
	opSetFolderProps.operation, opSetStoreProps.operation, opLogon.operation, opWatch.operation, opRaiseFolder.operation, opSetFlags.operation,
	opRead.operation, opReadBlob.operation, opChanges.operation,
	opReplaceMessage.operation, opSignURLs.operation, opReadURL.operation, opResetURLKeys.operation,
}

// logonResponse names the session that was opened.
type logonResponse struct {
	Session   sessionID
	Principal object.Principal
	Signature []byte // of a logon by a proof
}

// sessionID is the random name of a session; whoever knows it and has the
// user id that opened it has the session.
type sessionID [16]byte
