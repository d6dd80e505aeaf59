// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func rightsFolders() []rightsRow {
	const owners, service = "yynnnnmn", "nynnnnny"
	return []rightsRow{
		{"CreateFolders", "below", owners, service, func(x *rightsTry) error {
			_, err := x.s.CreateFolders(x.ctx(), object.CreateFoldersRequest{Store: x.guid, OpenExisting: true,
				Folders: []object.NewFolder{{Parent: x.folder, Name: "below"}}})
			return err
		}},
		{"MoveFolder", "rename", owners, service, func(x *rightsTry) error {
			_, err := x.s.MoveFolder(x.ctx(), object.MoveFolderRequest{Store: x.guid, Folder: x.sub(), Name: mapi.NewGUID().String()})
			return err
		}},
		{"DeleteFolder", "below", owners, service, func(x *rightsTry) error {
			_, err := x.s.DeleteFolder(x.ctx(), object.DeleteFolderRequest{Store: x.guid, Folder: x.sub()})
			return err
		}},
		{"SetFolderProps", "", owners, service, func(x *rightsTry) error {
			_, err := x.s.SetFolderProps(x.ctx(), object.SetFolderPropsRequest{Store: x.guid, Folder: x.folder,
				Set: mapi.Props{{Tag: tag.Comment, Value: mapi.String("shared")}}})
			return err
		}},
		{"RaiseFolder", "", "yyyyyymn", "nynnnnnn", func(x *rightsTry) error {
			_, err := x.s.RaiseFolder(x.ctx(), object.RaiseFolderRequest{Store: x.guid, Folder: x.folder})
			return err
		}},
		{"FolderStates", "", "yyyyyymn", "yynnnyyy", func(x *rightsTry) error {
			resp, err := x.s.FolderStates(x.ctx(), object.FolderStatesRequest{Store: x.guid, Folders: []mapi.ID{x.folder}})
			return there(len(resp.Folders), err)
		}},
		{"CopyFolder", "below", owners, "nynnnnn?", func(x *rightsTry) error {
			_, err := collect(x.s.CopyFolder(x.ctx(), object.CopyFolderRequest{Store: x.guid, Folder: x.sub(), ToParent: x.folder, Name: mapi.NewGUID().String()}))
			return err
		}},
		{"EmptyFolder", "", "yy??nnmn", "nynnnnn?", func(x *rightsTry) error {
			_, err := x.s.EmptyFolder(x.ctx(), object.EmptyFolderRequest{Store: x.guid, Folder: x.sub()})
			return err
		}},
		{"RestoreFolder", "one that is not deleted", "y??????n", "ny?nnn??", func(x *rightsTry) error {
			_, err := x.s.RestoreFolder(x.ctx(), object.RestoreFolderRequest{Store: x.guid, Folder: x.folder})
			return passing(err, mapi.NotFound, mapi.InvalidParameter, mapi.InvalidObject, mapi.AlreadyExists)
		}},
		{"SetSearchCriteria", "of what is no search folder", "y?????mn", "?y?nnn??", func(x *rightsTry) error {
			_, err := x.s.SetSearchCriteria(x.ctx(), object.SetSearchCriteriaRequest{Store: x.guid, Folder: x.folder, Criteria: object.SearchCriteria{Scope: []mapi.ID{x.folder}}})
			return passing(err, mapi.InvalidObject)
		}},
		{"GetSearchCriteria", "of what is no search folder", "y?????mn", "?y?nn???", func(x *rightsTry) error {
			_, err := x.s.GetSearchCriteria(x.ctx(), object.GetSearchCriteriaRequest{Store: x.guid, Folder: x.folder})
			return passing(err, mapi.InvalidObject)
		}},
		{"GetRules", "", owners, "?yny????", func(x *rightsTry) error {
			_, err := x.s.GetRules(x.ctx(), object.GetRulesRequest{Store: x.guid, Folder: x.folder})
			return err
		}},
		{"ModifyRules", "", owners, "?ynnnnnn", func(x *rightsTry) error {
			_, err := x.s.ModifyRules(x.ctx(), object.ModifyRulesRequest{Store: x.guid, Folder: x.folder})
			return err
		}},
	}
}

func rightsTables() []rightsRow {
	const readers = "yyyynymn"
	contents := func(x *rightsTry) object.QueryRequest {
		return object.QueryRequest{Store: x.guid, Table: object.TableContents, Folder: x.folder, Columns: []mapi.PropTag{tag.Mid}}
	}
	return []rightsRow{
		{"Query", "contents", readers, "yynnmyny", func(x *rightsTry) error {
			x.msg()
			rows, err := collect(x.s.Query(x.ctx(), contents(x)))
			return there(len(rows), err)
		}},
		{"Query", "contents by id", "yyyymymn", "yynnmyny", func(x *rightsTry) error {
			req := contents(x)
			req.Folder, req.IDs = 0, []mapi.ID{x.msg().ID}
			rows, err := collect(x.s.Query(x.ctx(), req))
			return there(len(rows), err)
		}},
		{"Query", "hierarchy", "yyyyyymn", "yynnyyny", func(x *rightsTry) error {
			rows, err := collect(x.s.Query(x.ctx(), object.QueryRequest{Store: x.guid, Table: object.TableHierarchy, IDs: []mapi.ID{x.folder}}))
			return there(len(rows), err)
		}},
		{"Query", "permissions", "yynnnnmn", "yynnnnnn", func(x *rightsTry) error {
			_, err := collect(x.s.Query(x.ctx(), object.QueryRequest{Store: x.guid, Table: object.TablePermissions, Folder: x.folder}))
			return err
		}},
		{"FindRow", "contents", readers, "yynn?yny", func(x *rightsTry) error {
			x.msg()
			_, err := x.s.FindRow(x.ctx(), object.FindRowRequest{Query: contents(x)})
			return err
		}},
		{"Query", "soft-deleted", "yyynnnmn", "yynn?yny", func(x *rightsTry) error {
			req := contents(x)
			req.Table = object.TableSoftDeleted
			_, err := collect(x.s.Query(x.ctx(), req))
			return err
		}},
		{"Explain", "contents", readers, "yynn?yny", func(x *rightsTry) error {
			_, err := x.s.Explain(x.ctx(), contents(x))
			return err
		}},
		{"Changes", "", readers, "yynnnyny", func(x *rightsTry) error {
			_, err := collect(x.s.Changes(x.ctx(), object.ChangesRequest{Store: x.guid, Folder: x.folder}))
			return err
		}},
		{"FolderChanges", "", "yyyyyyyn", "?ynn?y?y", func(x *rightsTry) error {
			_, err := collect(x.s.FolderChanges(x.ctx(), object.FolderChangesRequest{Store: x.guid}))
			return err
		}},
		{"SourceKeys", "none", "yyyyyyyn", "?ynn????", func(x *rightsTry) error {
			_, err := x.s.SourceKeys(x.ctx(), object.SourceKeysRequest{Store: x.guid})
			return err
		}},
		{"Watch", "", "yyyyyyyn", "yynnyyny", func(x *rightsTry) error {
			for _, err := range x.s.Watch(x.ctx(), object.WatchRequest{Stores: []mapi.GUID{x.guid}}) {
				return err // the first event is EventStarted
			}
			return mapi.NotFound
		}},
	}
}

// rightsMessages are calls on a message of the owner's.
func rightsMessages() []rightsRow {
	const editors, service = "yyynnnmn", "nynnnnny"
	return []rightsRow{
		{"GetMessages", "", "yyyymymn", "yynnmyny", func(x *rightsTry) error {
			list, err := collect(x.s.GetMessages(x.ctx(), object.GetMessagesRequest{Store: x.guid, IDs: []mapi.ID{x.msg().ID}}))
			return there(len(list), err)
		}},
		{"SaveMessages", "new", "yyyyynmn", "nynynnny", func(x *rightsTry) error {
			_, err := x.s.SaveMessages(x.ctx(), object.SaveMessagesRequest{Store: x.guid, Folder: x.folder, Messages: []object.NewMessage{plain("new")}})
			return err
		}},
		{"SaveMessages", "replace", editors, service, func(x *rightsTry) error { return x.replace(x.msg()) }},
		{"ReplaceMessage", "", editors, service, func(x *rightsTry) error { return x.replaceMessage(x.msg()) }},
		{"SignURLs", "", "yyyynymn", "nnnnnnnn", func(x *rightsTry) error { return x.sign(x.msg()) }},
		{"ReadURL", "for everybody", "yyyyyyyy", "nynnynnn", func(x *rightsTry) error {
			_, err := collect(x.s.ReadURL(x.ctx(), x.signed(x.folder, object.URLGrant{URL: "u", UID: x.msg().UID, Length: -1, Access: object.URLAnonymous})))
			return err
		}},
		{"ReadURL", "for submission", "mmmmmmmm", "nmnnynnn", func(x *rightsTry) error {
			_, err := collect(x.s.ReadURL(x.ctx(), x.signed(x.folder,
				object.URLGrant{URL: "u", UID: x.msg().UID, Length: -1, Access: object.URLSubmit, User: "x"})))
			return err
		}},
		{"ResetURLKeys", "", "yyyyyyyy", "nynnnnnn", func(x *rightsTry) error {
			_, err := x.s.ResetURLKeys(x.ctx(), object.ResetURLKeysRequest{})
			return err
		}},
		{"SetProps", "", editors, "nynnnnnn", func(x *rightsTry) error { return x.setProps(x.msg()) }},
		{"SetFlags", "", editors, "nynnnnnn", func(x *rightsTry) error { return x.setFlags(x.msg()) }},
		{"Transfer", "copy in place", "yyyynnmn", service, func(x *rightsTry) error { return x.transfer(x.msg(), x.guid, x.folder, false) }},
		{"Transfer", "copy to the own mailbox", "yyyynymn", service, func(x *rightsTry) error { return x.transfer(x.msg(), x.own, x.inbox, false) }},
		{"Transfer", "move to the own mailbox", editors, service, func(x *rightsTry) error { return x.transfer(x.msg(), x.own, x.inbox, true) }},
		{"Transfer", "move in place", editors, service, func(x *rightsTry) error { return x.transfer(x.msg(), x.guid, x.folder, true) }},
		{"Transfer", "from the own mailbox", "yyyyynmn", "nynnnnny", func(x *rightsTry) error {
			_, err := x.s.Transfer(x.ctx(), object.TransferRequest{Store: x.own, Folder: x.inbox, UIDs: one(1), ToStore: x.guid, ToFolder: x.folder})
			return err
		}},
		{"DeleteMessages", "", editors, service, func(x *rightsTry) error { return x.remove(x.msg()) }},
	}
}

// rightsOwnMessages are calls on a message that the principal made, where it may.
func rightsOwnMessages() []rightsRow {
	const authors, service = "yyyynnmn", "nynnnnny"
	return []rightsRow{
		{"SaveMessages", "replace the own", authors, service, func(x *rightsTry) error { return x.replace(x.mine()) }},
		{"ReplaceMessage", "of the own", authors, service, func(x *rightsTry) error { return x.replaceMessage(x.mine()) }},
		{"SetProps", "of the own", authors, "nynnnnnn", func(x *rightsTry) error { return x.setProps(x.mine()) }},
		{"SetFlags", "of the own", authors, "nynnnnnn", func(x *rightsTry) error { return x.setFlags(x.mine()) }},
		{"Transfer", "move the own", authors, service, func(x *rightsTry) error { return x.transfer(x.mine(), x.guid, x.folder, true) }},
		{"DeleteMessages", "the own", authors, service, func(x *rightsTry) error { return x.remove(x.mine()) }},
	}
}

func (x *rightsTry) replace(msg object.SavedMessage) error {
	n := plain("replaced")
	n.ID = msg.ID
	_, err := x.s.SaveMessages(x.ctx(), object.SaveMessagesRequest{Store: x.guid, Folder: x.folder, Messages: []object.NewMessage{n}})
	return err
}

func (x *rightsTry) replaceMessage(msg object.SavedMessage) error {
	_, err := x.s.ReplaceMessage(x.ctx(), object.ReplaceMessageRequest{Store: x.guid, Folder: x.folder, UID: msg.UID, ToFolder: x.folder, Message: plain("replaced")})
	return err
}

func (x *rightsTry) sign(msg object.SavedMessage) error {
	_, err := x.s.SignURLs(x.ctx(), object.SignURLsRequest{Store: x.guid, Folder: x.folder,
		URLs: []object.URLGrant{{URL: "u", UID: msg.UID, Length: -1, Access: object.URLAnonymous}}})
	return err
}

func (x *rightsTry) setProps(msg object.SavedMessage) error {
	resp, err := x.s.SetProps(x.ctx(), object.SetPropsRequest{Store: x.guid, IDs: []mapi.ID{msg.ID},
		Set: mapi.Props{{Tag: tag.Subject, Value: mapi.String("changed")}}})
	if err == nil && resp.Changes[0] == 0 {
		err = mapi.NotFound
	}
	return err
}

func (x *rightsTry) setFlags(msg object.SavedMessage) error {
	_, err := x.s.SetFlags(x.ctx(), object.SetFlagsRequest{Store: x.guid, Folder: x.folder, UIDs: one(msg.UID), Mode: object.FlagsAdd, Flags: object.FlagSeen})
	return err
}

func (x *rightsTry) transfer(msg object.SavedMessage, store mapi.GUID, folder mapi.ID, move bool) error {
	_, err := x.s.Transfer(x.ctx(), object.TransferRequest{Store: x.guid, Folder: x.folder, UIDs: one(msg.UID), ToStore: store, ToFolder: folder, Move: move})
	return err
}

func (x *rightsTry) remove(msg object.SavedMessage) error {
	resp, err := x.s.DeleteMessages(x.ctx(), object.DeleteMessagesRequest{Store: x.guid, Folder: x.folder, UIDs: one(msg.UID)})
	return there(len(resp.UIDs), err)
}

func rightsStreams() []rightsRow {
	const everybody, service = "yyyyyyyy", "yynyynny"
	return []rightsRow{
		{"Read", "", "yyyymymn", "yynnmyny", func(x *rightsTry) error {
			for c, err := range x.s.Read(x.ctx(), object.ReadRequest{Store: x.guid, Items: []object.ReadItem{{Message: x.msg().ID, Length: -1}}}) {
				if err == nil && c.Code != 0 {
					err = c.Code
				}
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"Upload", "", everybody, service, func(x *rightsTry) error {
			_, err := x.s.Upload(x.ctx(), object.UploadRequest{Size: -1}, contentOf("uploaded"))
			return err
		}},
		{"HasBlobs", "", everybody, service, func(x *rightsTry) error {
			_, err := x.s.HasBlobs(x.ctx(), object.HasBlobsRequest{IDs: []object.BlobID{{1}}})
			return err
		}},
	}
}
