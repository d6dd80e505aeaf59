// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// Limits of ResolveNames.
const (
	maxNames     = 1000
	maxMatches   = 1000
	defaultMatch = 20
)

// seesHidden says whether the session sees entries that are not in the address book.
func (s *session) seesHidden() bool { return s.who.Role == object.RoleAdmin }

// ResolveNames implements object.Directory. A login name, group name or address
// means that entry alone, and so does a full name that only one has.
func (s *session) ResolveNames(ctx context.Context, req object.ResolveNamesRequest) (object.ResolveNamesResponse, error) {
	if err := s.may(actBook); err != nil {
		return object.ResolveNamesResponse{}, err
	}
	if len(req.Names) > maxNames || req.Limit < 0 || req.Limit > maxMatches {
		return object.ResolveNamesResponse{}, fmt.Errorf("resolve %d names, %d matches each: %w", len(req.Names), req.Limit, mapi.InvalidParameter)
	}
	limit := req.Limit
	if limit == 0 {
		limit = defaultMatch
	}
	out := object.ResolveNamesResponse{Results: make([]object.ResolvedName, len(req.Names))}
	for i, name := range req.Names {
		matches, err := s.resolveName(ctx, name, limit)
		if err != nil {
			return object.ResolveNamesResponse{}, fmt.Errorf("resolve %q: %w", name, coded(err))
		}
		out.Results[i].Matches = matches
	}
	return out, nil
}

func (s *session) resolveName(ctx context.Context, name string, limit int) ([]directory.Entry, error) {
	entry, err := s.e.dir.Find(ctx, name)
	switch {
	case err == nil && (!entry.Hidden || s.seesHidden()):
		return []directory.Entry{entry}, nil
	case err != nil && mapi.CodeOf(err) != mapi.NotFound:
		return nil, err
	}
	list, err := s.e.dir.Search(ctx, name, s.seesHidden(), maxMatches)
	if err != nil {
		return nil, err
	}
	var exact []directory.Entry
	for _, e := range list {
		if strings.EqualFold(e.FullName, strings.TrimSpace(name)) {
			exact = append(exact, e)
		}
	}
	if len(exact) == 1 {
		return exact, nil
	}
	return list[:min(limit, len(list))], nil
}

// DirectoryChanges implements object.Journal. Who does not see hidden entries
// is told that they are gone.
func (s *session) DirectoryChanges(ctx context.Context, req object.DirectoryChangesRequest) iter.Seq2[object.DirectoryChange, error] {
	if err := s.may(actBook); err != nil {
		return failing[object.DirectoryChange](err)
	}
	return func(yield func(object.DirectoryChange, error) bool) {
		for ch, err := range s.e.dir.Changes(ctx, req.Since) {
			if err == nil && ch.Entry.Hidden && !s.seesHidden() {
				if req.Since == 0 {
					continue
				}
				ch = object.DirectoryChange{Kind: directory.ChangeGone, Version: ch.Version,
					Entry: directory.Entry{ID: ch.Entry.ID, Kind: ch.Entry.Kind}}
			}
			if !yield(ch, coded(err)) || err != nil {
				return
			}
		}
	}
}

// addressBookRows gives the rows of TableAddressBook.
func (s *session) addressBookRows(ctx context.Context, _ *object.QueryRequest) ([]mapi.Props, error) {
	if err := s.may(actBook); err != nil {
		return nil, err
	}
	var out []mapi.Props
	for ch, err := range s.e.dir.Changes(ctx, 0) {
		if err != nil {
			return nil, fmt.Errorf("read address book: %w", coded(err))
		}
		if ch.Kind == directory.ChangeUpsert && (!ch.Entry.Hidden || s.seesHidden()) {
			out = append(out, bookRow(&ch.Entry))
		}
	}
	return out, nil
}

// displayTypesEx are the values of PidTagDisplayTypeEx of what lies here,
// [MS-OXOABK] 2.2.3.12: DTE_FLAG_ACL_CAPABLE and the type.
const (
	aclCapable  = 0x40000000
	roomType    = 7
	deviceType  = 8
	dynamicType = 3 // DT_AGENT
)

// bookRow makes an entry's row, [MS-OXOABK] 2.2.
func bookRow(e *directory.Entry) mapi.Props {
	object, display, ex := mapi.ObjectMailUser, mapi.DisplayMailUser, int32(aclCapable)
	switch e.Kind {
	case directory.KindRoom:
		ex = aclCapable | roomType
	case directory.KindEquipment:
		ex = aclCapable | deviceType
	case directory.KindGroup:
		object, display, ex = mapi.ObjectDistList, mapi.DisplayDistList, aclCapable|int32(mapi.DisplayDistList)
	case directory.KindDynamicGroup:
		object, display, ex = mapi.ObjectDistList, mapi.DisplayAgent, dynamicType
	case directory.KindContact:
		display, ex = mapi.DisplayRemoteMailUser, int32(mapi.DisplayRemoteMailUser)
	}
	var p mapi.Props
	p.Set(tag.EntryId, mapi.Binary(e.ID[:]))
	p.Set(tag.ObjectType, mapi.Int32(int32(object)))
	p.Set(tag.DisplayType, mapi.Int32(int32(display)))
	p.Set(tag.DisplayTypeEx, mapi.Int32(ex))
	p.Set(tag.ChangeNumber, mapi.Int64(int64(e.Version)))
	a := &e.Attributes
	name := e.FullName
	if name == "" {
		name = e.Name
	}
	for _, t := range []struct {
		tag  mapi.PropTag
		text string
	}{
		{tag.DisplayName, name}, {tag.Account, e.Name}, {tag.SmtpAddress, e.Address}, {tag.EmailAddress, e.Address},
		{tag.GivenName, a.GivenName}, {tag.Surname, a.Surname}, {tag.Title, a.Title}, {tag.DepartmentName, a.Department},
		{tag.CompanyName, a.Company}, {tag.OfficeLocation, a.Office}, {tag.BusinessTelephoneNumber, a.Phone},
		{tag.MobileTelephoneNumber, a.Mobile}, {tag.Locality, a.City}, {tag.Country, a.Country},
	} {
		if t.text != "" {
			p.Set(t.tag, mapi.String(t.text))
		}
	}
	if e.Address == "" {
		return p
	}
	p.Set(tag.AddressType, mapi.String("SMTP"))
	proxies := []string{"SMTP:" + e.Address} // the primary one in capitals, [MS-OXOABK] 2.2.3.23
	for _, alias := range e.Aliases {
		proxies = append(proxies, "smtp:"+alias)
	}
	p.Set(tag.AddressBookProxyAddresses, mapi.Strings(proxies...))
	return p
}

// mailingGroup finds the members of the mailing group that has an address.
func (e *Engine) mailingGroup(ctx context.Context, address string) (object.ResolvedRecipient, error) {
	g, err := e.dir.Group(ctx, address)
	if errors.Is(err, mapi.NotFound) || err == nil && !(g.Mailing && receives(&g, address)) {
		return object.ResolvedRecipient{Code: mapi.NotFound}, nil
	}
	if err != nil {
		return object.ResolvedRecipient{}, fmt.Errorf("resolve %q: %w", address, coded(err))
	}
	list, err := e.dir.Members(ctx, g.ID)
	if err != nil {
		return object.ResolvedRecipient{}, fmt.Errorf("resolve %q: %w", address, coded(err))
	}
	var out object.ResolvedRecipient
	for i := range list {
		m, err := e.member(ctx, &list[i])
		if err != nil {
			return object.ResolvedRecipient{}, fmt.Errorf("resolve %q: %w", address, coded(err))
		}
		if m.Address != "" || !m.Store.IsZero() {
			out.Members = append(out.Members, m)
		}
	}
	if len(out.Members) == 0 {
		out.Code = mapi.NotFound
	}
	return out, nil
}

// receives says whether the address is one of the group's, which is also found
// by its name.
func receives(g *directory.Group, address string) bool {
	for _, a := range append([]string{g.Address}, g.Aliases...) {
		local, _, _ := strings.Cut(a, "@")
		if strings.EqualFold(a, address) || strings.EqualFold(local, address) {
			return true
		}
	}
	return false
}

// member finds the mailbox of somebody in a group; who has none, as one who was
// deleted meanwhile, gives nothing.
func (e *Engine) member(ctx context.Context, entry *directory.Entry) (object.ResolvedMember, error) {
	if !entry.Kind.HasMailbox() {
		return object.ResolvedMember{Address: entry.Address}, nil
	}
	u, err := e.dir.ByID(ctx, entry.ID)
	if mapi.CodeOf(err) == mapi.NotFound || err == nil && u.Store.IsZero() {
		return object.ResolvedMember{}, nil
	}
	if err != nil {
		return object.ResolvedMember{}, err
	}
	code, err := e.takesMail(ctx, u.Store)
	return object.ResolvedMember{Code: code, User: u.Name, Store: u.Store}, err
}
