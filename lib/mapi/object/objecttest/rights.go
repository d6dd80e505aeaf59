// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"context"
	"reflect"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// The roles that permission lists give, [MS-OXODLGT] 3.1.4.3.2, and what else
// the cases want.
const (
	rightsReviewer    = mapi.RightReadAny | mapi.RightFolderVisible
	rightsContributor = mapi.RightCreate | mapi.RightFolderVisible
	rightsAuthor      = rightsReviewer | mapi.RightCreate | mapi.RightEditOwned | mapi.RightDeleteOwned
	rightsEditor      = rightsAuthor | mapi.RightEditAny | mapi.RightDeleteAny
)

func rightsCases() []testCase {
	return []testCase{
		{"each call has its rows", rightsComplete},
		{"each principal may do what it is for and no more", rightsMatrix},
		{"lists are set, changed and forgotten", permissionLists},
		{"lists that cannot be", permissionErrors},
		{"the table of permissions", permissionTable},
		{"default is for who is not listed", permissionDefault},
		{"rights by a group", permissionGroups},
		{"what is not seen is not there", permissionHidden},
		{"who does not see a folder may put messages into it", permissionDrop},
		{"new folders have the list of the one above", permissionInherited},
		{"folders below are changed along", permissionBelow},
		{"who made a message", permissionAuthors},
		{"flags come along as rights let them", permissionFlags},
		{"deleted is a flag of who may delete", permissionDeleted},
		{"an expunge takes what one may delete", permissionExpunge},
		{"a watch tells of what one may see", permissionWatch},
		{"an orphan is nobody's", permissionOrphan},
		{"delegates are set and shown", delegateList},
		{"delegates that cannot be", delegateErrors},
		{"private items are for the owner and some delegates", privateItems},
		{"what becomes private is gone", privateChanges},
		{"senders' names are their own", senderNames},
		{"send as and on behalf", senderAllowed},
		{"an administrator acts as a user", impersonation},
		{"an administrator by name and password", adminLogon},
		{"an administrator of users", adminOfUsers},
		{"quotas by administrators", quotasByAdministrators},
	}
}

// rightsUsers are the users of the matrix, in the order of its columns. Who is
// not listed at all has rights nowhere in the mailbox.
var rightsUsers = []struct {
	name   string
	listed bool
	rights mapi.Rights
}{
	{"owner", false, 0},
	{"manager", true, mapi.RightsAll},
	{"editor", true, rightsEditor},
	{"author", true, rightsAuthor},
	{"contributor", true, rightsContributor},
	{"reviewer", true, rightsReviewer},
	{"listed with nothing", true, 0},
	{"stranger", false, 0},
}

// rightsRoles are the other principals, in the order of the matrix's columns;
// RoleUser stands for an administrator who acts as the owner.
var rightsRoles = []object.Role{
	object.RoleAdmin, object.RoleUser, object.RoleGateway, object.RoleDelivery, object.RoleSpool,
	object.RoleIndex, object.RoleMonitor, object.RoleArchive,
}

// rightsRow is an operation and its outcome for each of rightsUsers and
// rightsRoles: y it is done, n NoAccess, m NotFound or nothing is given, ? the
// contract leaves it open.
type rightsRow struct {
	method string // of object.Session
	what   string
	users  string
	roles  string
	call   func(x *rightsTry) error
}

// rightsRows are all operations.
func rightsRows() (out []rightsRow) {
	for _, part := range [][]rightsRow{
		rightsStores(), rightsLists(), rightsFolders(), rightsTables(), rightsMessages(), rightsOwnMessages(),
		rightsStreams(), rightsMail(), rightsUsersCalls(), rightsDirectory(), rightsMaintenance(), rightsSession(),
	} {
		out = append(out, part...)
	}
	return out
}

// rightsComplete wants a row for every call of the contract.
func rightsComplete(k *kit) {
	have := map[string]bool{}
	for _, r := range rightsRows() {
		have[r.method] = true
		if len(r.users) != len(rightsUsers) || len(r.roles) != len(rightsRoles) {
			k.Errorf("%s, %s: %d and %d outcomes", r.method, r.what, len(r.users), len(r.roles))
		}
	}
	calls := reflect.TypeFor[object.Session]()
	for i := range calls.NumMethod() {
		if name := calls.Method(i).Name; !have[name] {
			k.Errorf("%s has no row in the matrix of rights", name)
		}
		delete(have, calls.Method(i).Name)
	}
	for name := range have {
		k.Errorf("%s is in the matrix of rights, but no call", name)
	}
}

// rightsScene is what the matrix is tried on: a folder of somebody's mailbox.
type rightsScene struct {
	*mailbox
	folder mapi.ID
	victim directory.User // whom administrators change
}

// rightsTry is one principal at one operation.
type rightsTry struct {
	*rightsScene
	s   object.Session // the principal's, which hides the owner's
	own mapi.GUID      // the principal's mailbox; that of the owner for service roles
}

func (x *rightsTry) ctx() context.Context { return x.Context() }

// msg is a new message of the owner's.
func (x *rightsTry) msg() object.SavedMessage {
	x.Helper()
	return x.save(x.folder, plain("of the owner"))[0]
}

// mine is a new message that the principal made, where it may.
func (x *rightsTry) mine() object.SavedMessage {
	x.Helper()
	resp, err := x.s.SaveMessages(x.ctx(), object.SaveMessagesRequest{Store: x.guid, Folder: x.folder, Messages: []object.NewMessage{plain("mine")}})
	if err != nil {
		return x.msg()
	}
	return resp.Saved[0]
}

// sub is a new folder below, of which the list is the same.
func (x *rightsTry) sub() mapi.ID {
	x.Helper()
	return x.mailbox.folder(x.folder, "sub"+mapi.NewGUID().String())
}

func newRightsScene(k *kit) (*rightsScene, []object.Session) {
	k.Helper()
	owner := k.mailbox()
	scene := &rightsScene{mailbox: owner, folder: owner.folder(0, "shared"), victim: k.newUser()}
	other := owner.folder(0, "other")
	sessions := []object.Session{owner.s}
	set := []object.Permission{{Member: object.MemberAnonymous, Rights: mapi.RightsAll}}
	for _, p := range rightsUsers[1:] {
		u := k.newUser()
		if p.listed {
			set = append(set, object.Permission{Member: u.ID, Rights: p.rights})
			owner.permit(other, u, mapi.RightFolderVisible)
		}
		sessions = append(sessions, k.logon(u))
	}
	_, err := owner.s.ModifyPermissions(k.Context(), object.ModifyPermissionsRequest{Store: owner.guid, Folder: scene.folder, Set: set})
	k.ok(err)
	return scene, sessions
}

// permit gives somebody rights in a folder.
func (m *mailbox) permit(folder mapi.ID, to directory.User, rights mapi.Rights) {
	m.Helper()
	_, err := m.s.ModifyPermissions(m.Context(), object.ModifyPermissionsRequest{Store: m.guid, Folder: folder,
		Set: []object.Permission{{Member: to.ID, Rights: rights}}})
	m.ok(err)
}

// impersonate opens somebody's session as an administrator.
func (k *kit) impersonate(u directory.User) object.Session {
	k.Helper()
	s, err := k.env.Service(object.RoleAdmin).Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: u.Name, Impersonate: true})
	k.ok(err)
	return s
}

func rightsMatrix(k *kit) {
	scene, sessions := newRightsScene(k)
	for _, role := range rightsRoles {
		if role == object.RoleUser {
			sessions = append(sessions, k.impersonate(scene.user))
		} else {
			sessions = append(sessions, k.role(role))
		}
	}
	for _, r := range rightsRows() {
		outcomes := r.users + r.roles
		for i, s := range sessions {
			x := &rightsTry{rightsScene: scene, s: s, own: s.Whoami().Store}
			name := "owner impersonated"
			switch {
			case i < len(rightsUsers):
				name = rightsUsers[i].name
			case s.Whoami().Role != object.RoleUser:
				name = "role " + s.Whoami().Role.String()
			}
			if x.own.IsZero() {
				x.own = scene.guid
			}
			if r.method == "Logoff" && i == 0 {
				continue // the other cases want the owner
			}
			checkRight(k, &r, name, outcomes[i], r.call(x))
		}
	}
}

// checkRight compares an outcome with that of the matrix.
func checkRight(k *kit, r *rightsRow, name string, want byte, err error) {
	k.Helper()
	code := mapi.CodeOf(err)
	ok := true
	switch want {
	case 'y':
		ok = err == nil
	case 'n':
		ok = code == mapi.NoAccess
	case 'm':
		ok = code == mapi.NotFound
	}
	if !ok {
		k.Errorf("%s, %s, as %s: %v, want %c", r.method, r.what, name, err, want)
	}
}

// there is err, or NotFound where nothing was given.
func there(n int, err error) error {
	if err == nil && n == 0 {
		return mapi.NotFound
	}
	return err
}

// passing is err unless it has one of the codes, which show that the call was
// let in.
func passing(err error, codes ...mapi.Code) error {
	for _, code := range codes {
		if err != nil && mapi.CodeOf(err) == code {
			return nil
		}
	}
	return err
}
