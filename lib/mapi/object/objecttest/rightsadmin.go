// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"errors"
	"io"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// What only administrators may do, what only the owner, and what nobody.
const (
	nobody    = "nnnnnnnn"
	adminOnly = "ynnnnnnn"
	ownerOnly = "ynnnnnnn"
)

func contentOf(text string) io.Reader { return strings.NewReader(text) }

// noStore is a mailbox that is not there.
var noStore = mapi.GUID{0x0f}

func rightsStores() []rightsRow {
	return []rightsRow{
		{"GetStore", "", "yyyyyyyn", "yynyyyyy", func(x *rightsTry) error {
			_, err := x.s.GetStore(x.ctx(), object.GetStoreRequest{GUID: x.guid})
			return err
		}},
		{"GetStore", "by name", "yyyyyyyn", "yynyyyyy", func(x *rightsTry) error {
			_, err := x.s.GetStore(x.ctx(), object.GetStoreRequest{User: x.user.Name})
			return err
		}},
		{"GetStore", "that is not there", nobody, "mnnmmmmm", func(x *rightsTry) error {
			_, err := x.s.GetStore(x.ctx(), object.GetStoreRequest{GUID: noStore})
			return err
		}},
		{"ListStores", "", nobody, "ynnnnyyy", func(x *rightsTry) error {
			_, err := collect(x.s.ListStores(x.ctx(), object.ListStoresRequest{}))
			return err
		}},
		{"RemoveStore", "that has an owner", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.RemoveStore(x.ctx(), object.RemoveStoreRequest{GUID: x.guid})
			return passing(err, mapi.InvalidObject)
		}},
		{"CreateStore", "of a kind that is made with the user", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CreateStore(x.ctx(), object.CreateStoreRequest{Kind: object.StorePrivate})
			return passing(err, mapi.InvalidParameter)
		}},
		{"HookStore", "that has an owner", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.HookStore(x.ctx(), object.HookStoreRequest{GUID: x.guid, Kind: object.StoreArchive, User: x.user.Name})
			return passing(err, mapi.InvalidObject, mapi.AlreadyExists)
		}},
		{"UnhookStore", "that is not there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.UnhookStore(x.ctx(), object.UnhookStoreRequest{GUID: noStore})
			return passing(err, mapi.NotFound)
		}},
		{"CopyToPublic", "what is not there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.CopyToPublic(x.ctx(), object.CopyToPublicRequest{GUID: noStore}))
			return passing(err, mapi.NotFound)
		}},
		{"GetStoreProps", "", "y??????n", "?yn?????", func(x *rightsTry) error {
			_, err := x.s.GetStoreProps(x.ctx(), object.GetStorePropsRequest{Store: x.guid})
			return err
		}},
		{"SetStoreProps", "", ownerOnly, "?ynnnnnn", func(x *rightsTry) error {
			_, err := x.s.SetStoreProps(x.ctx(), object.SetStorePropsRequest{Store: x.guid})
			return err
		}},
		{"ReceiveFolder", "", "y??????n", "?yn?????", func(x *rightsTry) error {
			_, err := x.s.ReceiveFolder(x.ctx(), object.ReceiveFolderRequest{Store: x.guid})
			return err
		}},
		{"SetReceiveFolder", "", ownerOnly, "?ynnnnnn", func(x *rightsTry) error {
			_, err := x.s.SetReceiveFolder(x.ctx(), object.SetReceiveFolderRequest{Store: x.guid, Class: "IPM.Rights", Folder: x.inbox})
			return err
		}},
		{"NamesToIDs", "none", "y??????n", "?yn?????", func(x *rightsTry) error {
			_, err := x.s.NamesToIDs(x.ctx(), object.NamesToIDsRequest{Store: x.guid})
			return err
		}},
		{"IDsToNames", "none", "y??????n", "?yn?????", func(x *rightsTry) error {
			_, err := x.s.IDsToNames(x.ctx(), object.IDsToNamesRequest{Store: x.guid})
			return err
		}},
	}
}

func rightsLists() []rightsRow {
	return []rightsRow{
		{"ModifyPermissions", "", "yynnnnmn", "yynnnnnn", func(x *rightsTry) error {
			_, err := x.s.ModifyPermissions(x.ctx(), object.ModifyPermissionsRequest{Store: x.guid, Folder: x.folder, Remove: []mapi.GUID{x.victim.ID}})
			return err
		}},
		{"GetRights", "", "yyyyyymn", "yynnnyny", func(x *rightsTry) error {
			resp, err := x.s.GetRights(x.ctx(), object.GetRightsRequest{Store: x.guid, Folders: []mapi.ID{x.folder}})
			return there(len(resp.Folders), err)
		}},
		{"SharedStores", "", "yyyyyyyy", "nynnnnnn", func(x *rightsTry) error {
			_, err := x.s.SharedStores(x.ctx(), object.SharedStoresRequest{})
			return err
		}},
		{"GetDelegates", "", ownerOnly, "yynnnnnn", func(x *rightsTry) error {
			_, err := x.s.GetDelegates(x.ctx(), object.GetDelegatesRequest{Store: x.guid})
			return err
		}},
		{"SetDelegates", "none", ownerOnly, "yynnnnnn", func(x *rightsTry) error {
			_, err := x.s.SetDelegates(x.ctx(), object.SetDelegatesRequest{Store: x.guid})
			return err
		}},
	}
}

// rightsMail are the calls of delivery and submission.
func rightsMail() []rightsRow {
	return []rightsRow{
		{"ResolveRecipients", "", nobody, "ynnynnnn", func(x *rightsTry) error {
			_, err := x.s.ResolveRecipients(x.ctx(), object.ResolveRecipientsRequest{Addresses: []string{x.user.Address}})
			return err
		}},
		{"Deliver", "", nobody, "nnnynnnn", func(x *rightsTry) error {
			_, err := x.s.Deliver(x.ctx(), object.DeliverRequest{To: []object.DeliverTo{{Store: x.guid}}, Message: plain("delivered")})
			return err
		}},
		{"Submit", "", ownerOnly, "nynnnnnn", func(x *rightsTry) error {
			_, err := x.s.Submit(x.ctx(), object.SubmitRequest{Store: x.guid, Message: x.outbox("sent").ID})
			return err
		}},
		{"AbortSubmit", "what is not submitted", ownerOnly, "nynnnnnn", func(x *rightsTry) error {
			_, err := x.s.AbortSubmit(x.ctx(), object.SubmitRequest{Store: x.guid, Message: x.outbox("unsent").ID})
			return passing(err, mapi.NotSubmitted)
		}},
		{"Outgoing", "", "yyyyyyyy", "yynnynnn", func(x *rightsTry) error {
			list, err := collect(x.s.Outgoing(x.ctx(), object.OutgoingRequest{}))
			for _, e := range list {
				if x.s.Whoami().Role == object.RoleUser && e.Store != x.own {
					return errors.New("the queue of another is shown")
				}
			}
			return err
		}},
		{"FinishSubmit", "what is not submitted", nobody, "nnnnynnn", func(x *rightsTry) error {
			_, err := x.s.FinishSubmit(x.ctx(), object.FinishSubmitRequest{Store: x.guid, Message: x.msg().ID, Outcome: object.OutcomeSent})
			return passing(err, mapi.NotSubmitted)
		}},
	}
}

func rightsUsersCalls() []rightsRow {
	return []rightsRow{
		{"CreateUser", "who is there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CreateUser(x.ctx(), object.CreateUserRequest{User: directory.User{Name: x.user.Name}})
			return passing(err, mapi.AlreadyExists)
		}},
		{"GetUser", "", ownerOnly, "yynnnnnn", func(x *rightsTry) error {
			_, err := x.s.GetUser(x.ctx(), object.GetUserRequest{Name: x.user.Name})
			return err
		}},
		{"ListUsers", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.ListUsers(x.ctx(), object.ListUsersRequest{}))
			return err
		}},
		{"SetUser", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.SetUser(x.ctx(), object.SetUserRequest{Name: x.victim.Name})
			return err
		}},
		{"SetPassword", "of another", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.SetPassword(x.ctx(), object.SetPasswordRequest{Name: x.victim.Name, Old: password, New: password})
			return err
		}},
		{"DeleteUser", "who is not there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.DeleteUser(x.ctx(), object.DeleteUserRequest{Name: "nobody-at-all"})
			return passing(err, mapi.NotFound)
		}},
		{"GetPolicy", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.GetPolicy(x.ctx(), object.GetPolicyRequest{})
			return err
		}},
		{"GetLogonState", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.GetLogonState(x.ctx(), object.GetLogonStateRequest{User: x.user.Name})
			return err
		}},
		{"UnlockUser", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.UnlockUser(x.ctx(), object.UnlockUserRequest{User: x.user.Name})
			return err
		}},
		{"CreateAppPassword", "of another", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CreateAppPassword(x.ctx(), object.CreateAppPasswordRequest{User: x.victim.Name, Name: "phone"})
			return err
		}},
		{"ListAppPasswords", "of another", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.ListAppPasswords(x.ctx(), object.ListAppPasswordsRequest{User: x.victim.Name}))
			return err
		}},
		{"RevokeAppPassword", "of another", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.RevokeAppPassword(x.ctx(), object.RevokeAppPasswordRequest{User: x.victim.Name, Name: "phone"})
			return passing(err, mapi.NotFound)
		}},
	}
}

// rightsDirectory are the calls about groups and contacts, here ones that are
// not there.
func rightsDirectory() []rightsRow {
	const name = "no-such-entry"
	rows := []rightsRow{
		{"CreateGroup", "without a name", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CreateGroup(x.ctx(), object.CreateGroupRequest{})
			return passing(err, mapi.InvalidParameter)
		}},
		{"GetGroup", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.GetGroup(x.ctx(), object.GetGroupRequest{Name: name})
			return passing(err, mapi.NotFound)
		}},
		{"ListGroups", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.ListGroups(x.ctx(), object.ListGroupsRequest{}))
			return err
		}},
		{"SetGroup", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.SetGroup(x.ctx(), object.SetGroupRequest{Name: name})
			return passing(err, mapi.NotFound)
		}},
		{"DeleteGroup", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.DeleteGroup(x.ctx(), object.DeleteGroupRequest{Name: name})
			return passing(err, mapi.NotFound)
		}},
		{"ChangeMembers", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.ChangeMembers(x.ctx(), object.ChangeMembersRequest{Group: name})
			return passing(err, mapi.NotFound)
		}},
		{"CreateContact", "without a name", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CreateContact(x.ctx(), object.CreateContactRequest{})
			return passing(err, mapi.InvalidParameter)
		}},
		{"ListContacts", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.ListContacts(x.ctx(), object.ListContactsRequest{}))
			return err
		}},
		{"SetContact", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.SetContact(x.ctx(), object.SetContactRequest{Name: name})
			return passing(err, mapi.NotFound)
		}},
		{"DeleteContact", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.DeleteContact(x.ctx(), object.DeleteContactRequest{Name: name})
			return passing(err, mapi.NotFound)
		}},
	}
	return append(rows,
		rightsRow{"ResolveNames", "", "yyyyyyyy", "yy??????", func(x *rightsTry) error {
			_, err := x.s.ResolveNames(x.ctx(), object.ResolveNamesRequest{Names: []string{"user"}})
			return err
		}},
		rightsRow{"DirectoryChanges", "", "????????", "????????", func(x *rightsTry) error {
			_, err := collect(x.s.DirectoryChanges(x.ctx(), object.DirectoryChangesRequest{}))
			return err
		}})
}

func rightsMaintenance() []rightsRow {
	return []rightsRow{
		{"Check", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.Check(x.ctx(), object.CheckRequest{Store: x.guid}))
			return err
		}},
		{"PurgeDeleted", "", ownerOnly, "yynnnnnn", func(x *rightsTry) error {
			_, err := x.s.PurgeDeleted(x.ctx(), object.PurgeDeletedRequest{Store: x.guid})
			return err
		}},
		{"Compact", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.Compact(x.ctx(), object.CompactRequest{Store: x.guid})
			return err
		}},
		{"CollectBlobs", "dry", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.CollectBlobs(x.ctx(), object.CollectBlobsRequest{DryRun: true})
			return err
		}},
		{"StoreStatistics", "", nobody, "ynnnnnnn", func(x *rightsTry) error {
			_, err := x.s.StoreStatistics(x.ctx(), object.StoreStatisticsRequest{Store: x.guid})
			return err
		}},
		{"Dump", "", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.Dump(x.ctx(), object.DumpRequest{Store: x.guid}))
			return err
		}},
		{"Load", "what is no dump", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.Load(x.ctx(), object.LoadRequest{Store: x.guid, Folder: x.folder}, contentOf("no dump"))
			return passing(err, mapi.CorruptData)
		}},
		{"ReadBlob", "that is not there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := collect(x.s.ReadBlob(x.ctx(), object.ReadBlobRequest{ID: object.BlobID{1}}))
			return passing(err, mapi.NotFound)
		}},
		{"KickSession", "that is not there", nobody, adminOnly, func(x *rightsTry) error {
			_, err := x.s.KickSession(x.ctx(), object.KickSessionRequest{ID: 1 << 60})
			return passing(err, mapi.NotFound)
		}},
	}
}

func rightsSession() []rightsRow {
	return []rightsRow{
		{"Whoami", "", "yyyyyyyy", "yyyyyyyy", func(x *rightsTry) error {
			x.s.Whoami()
			return nil
		}},
		{"Logoff", "", "yyyyyyyy", "yyyyyyyy", func(x *rightsTry) error { return x.s.Logoff(x.ctx()) }},
	}
}
