// SPDX-License-Identifier: AGPL-3.0-or-later

package directory

import (
	"time"

	"twiga/lib/mapi"
)

// Kind says what an entry of the directory is.
type Kind uint8

// The kinds of entry. Values are kept on disk.
const (
	KindUser      Kind = iota // a person
	KindShared                // a mailbox of several people: no logon of its own
	KindRoom                  // a resource to be booked: no logon of its own
	KindEquipment             // likewise
	KindGroup
	KindDynamicGroup
	KindContact // an address outside
)

var kindNames = [...]string{"user", "shared", "room", "equipment", "group", "dynamic-group", "contact"}

// String is the kind's name as commands print and take it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind is the inverse of String.
func ParseKind(name string) (Kind, bool) {
	for i, n := range kindNames {
		if n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// HasLogon says whether entries of the kind may log on.
func (k Kind) HasLogon() bool { return k == KindUser }

// HasMailbox says whether entries of the kind are users of the store.
func (k Kind) HasMailbox() bool { return k <= KindEquipment }

// Services are those that can be turned off for a user, as LogonRequest and app
// passwords name them.
var Services = []string{"imap", "pop3", "dav", "web", "mobile", "mapi", "smtp"}

// AdminLevel is what a user may administer.
type AdminLevel uint8

// The levels.
const (
	AdminNone   AdminLevel = iota
	AdminUsers             // users, groups and their mailboxes' settings, but no administrators
	AdminServer            // everything
)

var adminNames = [...]string{"none", "users", "server"}

// String is the level's name as commands print and take it.
func (l AdminLevel) String() string {
	if int(l) < len(adminNames) {
		return adminNames[l]
	}
	return "unknown"
}

// ParseAdminLevel is the inverse of String.
func ParseAdminLevel(name string) (AdminLevel, bool) {
	for i, n := range adminNames {
		if n == name {
			return AdminLevel(i), true
		}
	}
	return 0, false
}

// Resource is how a room or a piece of equipment answers to meeting requests.
type Resource struct {
	AutoAccept       bool
	DeclineConflict  bool
	DeclineRecurring bool
	Capacity         int // of equipment: how many bookings at a time; of a room: seats
}

// User is a person or a resource who owns a mailbox.
type User struct {
	ID       mapi.GUID // given at creation, never changes
	Kind     Kind      // one that HasMailbox
	Name     string    // login name in lower case, with its domain: "anna@example.test"
	FullName string
	Address  string   // primary mail address in lower case
	Aliases  []string // further addresses in lower case
	Language string   // BCP 47, of the folder names; "" is the server's
	Store    mapi.GUID
	Archive  mapi.GUID // zero is none
	Quota    Quota
	Admin    AdminLevel
	Disabled bool // no logon; mail is still delivered
	Hidden   bool // not in the address book
	Created  time.Time

	NoServices      []string    // services turned off
	SendAs          []mapi.GUID // who may send as this user
	Resource        Resource
	PasswordChanged time.Time // zero: there is none
	Attributes      Attributes
}

// Attributes are what the address book tells about a person beside.
type Attributes struct {
	GivenName, Surname, Title, Department, Company, Office, Phone, Mobile, City, Country string
}

// Quota are the limits of a mailbox in bytes; 0 is the server's default, a
// negative number no limit. Beyond Warn the user is told, beyond Soft nothing
// is sent, beyond Hard nothing is saved.
type Quota struct{ Warn, Soft, Hard int64 }

// Changes say which fields of a user to set: the nil ones stay.
type Changes struct {
	Name       *string
	Kind       *Kind
	FullName   *string
	Address    *string
	Aliases    *[]string
	Language   *string
	Quota      *Quota
	Admin      *AdminLevel
	Disabled   *bool
	Hidden     *bool
	Store      *mapi.GUID
	Archive    *mapi.GUID
	NoServices *[]string
	SendAs     *[]mapi.GUID // who may send as this user
	Resource   *Resource
	Attributes *Attributes
}

// Group is a list of users, groups and contacts.
type Group struct {
	ID       mapi.GUID
	Name     string // in lower case, without a domain or with: "sales"
	FullName string
	Address  string // "" is none
	Aliases  []string
	Mailing  bool // receives mail for its members
	Security bool // may stand in permission lists
	Hidden   bool
	SendAs   []mapi.GUID
	Members  []mapi.GUID // direct ones; of a dynamic group those that fit now
	Filter   Filter      // of a dynamic group; then Members cannot be changed
	Created  time.Time
}

// Filter chooses the members of a dynamic group: users that fit each field that
// is not empty, patterns with "*" without regard to case. The zero Filter is none.
type Filter struct {
	Kinds                                           []Kind
	Name, Address, Department, Company, Title, City string
}

// IsZero says whether the group is not dynamic.
func (f *Filter) IsZero() bool {
	return len(f.Kinds) == 0 && f.Name == "" && f.Address == "" && f.Department == "" && f.Company == "" && f.Title == "" && f.City == ""
}

// GroupChanges say which fields of a group to set.
type GroupChanges struct {
	Name     *string
	FullName *string
	Address  *string
	Aliases  *[]string
	Mailing  *bool
	Security *bool
	Hidden   *bool
	SendAs   *[]mapi.GUID
	Filter   *Filter
}

// Contact is an address outside that the address book knows.
type Contact struct {
	ID         mapi.GUID
	Name       string // in lower case, as a group's
	FullName   string
	Address    string // outside
	Hidden     bool
	Attributes Attributes
	Created    time.Time
}

// ContactChanges say which fields of a contact to set.
type ContactChanges struct {
	Name       *string
	FullName   *string
	Address    *string
	Hidden     *bool
	Attributes *Attributes
}

// AppPassword is a further password of a user, for one program or device.
type AppPassword struct {
	Name     string
	Services []string // for these only; none is all
	Created  time.Time
	Used     time.Time // to the hour; zero is never
}

// Entry is what the address book shows of anybody.
type Entry struct {
	ID         mapi.GUID
	Kind       Kind
	Name       string
	FullName   string
	Address    string
	Aliases    []string
	Hidden     bool
	Attributes Attributes
	Version    uint64 // of the directory at the entry's last change
}

// ChangeKind says what a Change is.
type ChangeKind uint8

// The kinds of change.
const (
	ChangeVersion ChangeKind = iota + 1 // the first: Version is that of the directory
	ChangeUpsert                        // an entry that is new or changed
	ChangeGone                          // one that was deleted; Entry.ID and Kind count
)

// Change is one entry of the stream of changes to the address book.
type Change struct {
	Kind    ChangeKind
	Version uint64
	Entry   Entry
}
