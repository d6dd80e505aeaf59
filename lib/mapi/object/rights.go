// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import "twiga/lib/mapi"

// The members of a permission list that are nobody in particular, [MS-OXCPERM] 2.2.5:
// Default counts for everybody who logged on and is not listed, Anonymous for
// who did not log on.
var (
	MemberDefault   = mapi.GUID{}
	MemberAnonymous = mapi.GUID{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// MaxPermissions is the largest number of members of one permission list.
const MaxPermissions = 4000

// Permission is what one member may do in a folder. A user who is listed has
// the rights listed there; else all those of the groups that are listed and
// that the user is in; else those of MemberDefault. Who may read or owns a
// folder sees it; what is not seen is not there (NotFound), but that who may create
// messages in it may put them there, and copy and move them there. Flags and the read
// state are part of a message: to change them takes RightEditAny, or
// RightEditOwned for messages that one made; to mark them as deleted, who may
// delete them may, too. The owner of a mailbox may do
// everything in it.
type Permission struct {
	Member mapi.GUID // id of a user or a group, or one of the two above
	Rights mapi.Rights
}

// ModifyPermissionsRequest changes the permission list of a folder.
type ModifyPermissionsRequest struct {
	Store      mapi.GUID
	Folder     mapi.ID
	Replace    bool // forget the list as it was
	Set        []Permission
	Remove     []mapi.GUID
	Subfolders bool // do the same with all folders below
}

// GetRightsRequest names folders; none is all.
type GetRightsRequest struct {
	Store   mapi.GUID
	Folders []mapi.ID
}

// GetRightsResponse has the folders asked for that the principal sees.
type GetRightsResponse struct{ Folders []FolderRights }

// FolderRights is what the principal may do in a folder.
type FolderRights struct {
	Folder mapi.ID
	Rights mapi.Rights
}

// Delegate is somebody who acts for a mailbox's owner, [MS-OXODLGT]. What a
// delegate may do in the folders stands in their permission lists. Items that
// are marked as private (PidTagSensitivity, PidLidPrivate) are there for nobody
// but the owner and delegates with Private.
type Delegate struct {
	User     mapi.GUID
	Name     string // login name; in answers
	Private  bool   // sees items marked as private
	OnBehalf bool   // may send on the owner's behalf
	Meetings bool   // receives copies of the owner's meeting requests
}

// MaxDelegates is the largest number of delegates of a mailbox.
const MaxDelegates = 100

// GetDelegatesRequest names a mailbox; zero is the own.
type GetDelegatesRequest struct{ Store mapi.GUID }

// GetDelegatesResponse has the delegates by name.
type GetDelegatesResponse struct{ Delegates []Delegate }

// SetDelegatesRequest replaces the delegates.
type SetDelegatesRequest struct {
	Store     mapi.GUID
	Delegates []Delegate
}
