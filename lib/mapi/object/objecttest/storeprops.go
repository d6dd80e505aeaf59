// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"
	"time"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func storePropCases() []testCase {
	return []testCase{
		{"a store tells about itself", storePropsComputed},
		{"properties of a store are set and deleted", storePropsSet},
		{"properties are changed as they are known", propsConditional},
		{"out-of-office is kept", storePropsOutOfOffice},
		{"what cannot be set", storePropsFails},
	}
}

func (m *mailbox) storeProps(s object.Session, columns ...mapi.PropTag) mapi.Props {
	m.Helper()
	resp, err := s.GetStoreProps(m.Context(), object.GetStorePropsRequest{Store: m.guid, Columns: columns})
	m.ok(err)
	return resp.Props
}

func (m *mailbox) setStoreProps(s object.Session, set mapi.Props, deleted ...mapi.PropTag) error {
	_, err := s.SetStoreProps(m.Context(), object.SetStorePropsRequest{Store: m.guid, Set: set, Delete: deleted})
	return err
}

func storePropsComputed(k *kit) {
	m := k.mailbox(func(u *directory.User) { u.Quota = directory.Quota{Warn: 1 << 20, Soft: -1, Hard: 3 << 20} })
	m.fill(m.inbox, 2)
	st, err := m.s.GetStore(k.Context(), object.GetStoreRequest{})
	k.ok(err)
	p := m.storeProps(m.s)
	key, _ := p.Get(tag.StoreRecordKey)
	if len(p) < 10 || p.Text(tag.DisplayName) != m.user.Name || p.Text(tag.MailboxOwnerName) != m.user.Name || string(key.Bytes()) != string(m.guid[:]) ||
		p.Int(tag.MessageSizeExtended) != st.Size || p.Int(tag.ContentCount) != 2 || p.Int(tag.StorageQuotaLimit) != 1<<10 || p.Int(tag.ProhibitReceiveQuota) != 3<<10 {
		k.Errorf("the properties are %+v", p)
	}
	if _, ok := p.Get(tag.ProhibitSendQuota); ok {
		k.Error("there is a limit on sending")
	}
	const all = mapi.ValidIpmSubtree | mapi.ValidInbox | mapi.ValidOutbox | mapi.ValidWastebasket | mapi.ValidSentMail
	if got := mapi.ValidFolders(p.Int(tag.ValidFolderMask)); got&all != all {
		k.Errorf("the standard folders are 0x%x", got)
	}
	if got := mapi.StoreSupport(p.Int(tag.StoreSupportMask)); got&mapi.SupportSubmit == 0 || got&mapi.SupportPublicFolders != 0 {
		k.Errorf("the store can 0x%x", got)
	}
	one := m.storeProps(m.s, tag.ContentCount, tag.Subject)
	if len(one) != 1 || one.Int(tag.ContentCount) != 2 {
		k.Errorf("one of two columns is %+v", one)
	}
}

func storePropsSet(k *kit) {
	m := k.mailbox()
	before := m.state(m.inbox)
	k.ok(m.setStoreProps(m.s, mapi.Props{{Tag: tag.Comment, Value: mapi.String("one")}, {Tag: tag.OutOfOfficeState, Value: mapi.Bool(true)}}))
	k.ok(m.setStoreProps(m.s, mapi.Props{{Tag: tag.DisplayName, Value: mapi.String("computed")}, {Tag: tag.Comment, Value: mapi.String("two")}}, tag.OutOfOfficeState, tag.Subject))
	p := m.storeProps(m.s)
	equal(k, "the comment", p.Text(tag.Comment), "two")
	equal(k, "the name", p.Text(tag.DisplayName), m.user.Name)
	if _, ok := p.Get(tag.OutOfOfficeState); ok {
		k.Error("the deleted property is there")
	}
	k.ok(m.setStoreProps(k.admin, mapi.Props{{Tag: tag.Comment, Value: mapi.String("three")}}))
	equal(k, "what the administrator set", m.storeProps(k.role(object.RoleDelivery), tag.Comment).Text(tag.Comment), "three")
	equal(k, "the Inbox", m.state(m.inbox), before)
}

func storePropsOutOfOffice(k *kit) {
	m := k.mailbox()
	want := object.OutOfOffice{On: true, Subject: "away", Text: "back soon", HTML: "<p>back soon</p>", From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
		External: "away", Audience: object.ReplyKnown}
	for _, o := range []object.OutOfOffice{want, {Text: "kept"}, {}} {
		set, deleted := o.Props()
		k.ok(m.setStoreProps(m.s, set, deleted...))
		got := object.ReadOutOfOffice(m.storeProps(k.role(object.RoleDelivery), object.OutOfOfficeColumns()...))
		equal(k, "what is kept", got, o)
	}
}

func storePropsFails(k *kit) {
	m := k.mailbox()
	large := mapi.Props{{Tag: tag.Comment, Value: mapi.String(strings.Repeat("x", 2<<20))}}
	k.fails(m.setStoreProps(m.s, large), mapi.TooBig)
	for _, r := range []object.Role{object.RoleDelivery, object.RoleMonitor, object.RoleIndex} {
		k.fails(m.setStoreProps(k.role(r), mapi.Props{{Tag: tag.Comment, Value: mapi.String("no")}}), mapi.NoAccess)
	}
	other := k.mailbox()
	k.fails(m.setStoreProps(other.s, mapi.Props{{Tag: tag.Comment, Value: mapi.String("no")}}), mapi.NoAccess)
	_, err := other.s.GetStoreProps(k.Context(), object.GetStorePropsRequest{Store: m.guid})
	k.fails(err, mapi.NoAccess)
	_, err = k.role(object.RoleIndex).GetStoreProps(k.Context(), object.GetStorePropsRequest{Store: m.guid})
	k.fails(err, mapi.NoAccess)
	_, err = k.admin.GetStoreProps(k.Context(), object.GetStorePropsRequest{Store: mapi.GUID{1}})
	k.fails(err, mapi.NotFound)
	_, err = m.s.GetStoreProps(k.Context(), object.GetStorePropsRequest{Columns: make([]mapi.PropTag, object.MaxColumns+1)})
	k.fails(err, mapi.InvalidParameter)
}

// propsConditional: what is to be changed as it is known stays where it is not.
func propsConditional(k *kit) {
	m := k.mailbox()
	folder := m.folder(0, "noted")
	note := func(text string) mapi.Props { return mapi.Props{{Tag: tag.Comment, Value: mapi.String(text)}} }
	unset := []mapi.PropTag{tag.Comment}
	for _, target := range []struct {
		name string
		set  func(set, is mapi.Props, unset []mapi.PropTag) error
		get  func() string
	}{
		{"store", func(set, is mapi.Props, unset []mapi.PropTag) error {
			_, err := m.s.SetStoreProps(k.Context(), object.SetStorePropsRequest{Store: m.guid, Set: set, If: is, IfUnset: unset})
			return err
		}, func() string { return m.storeProps(m.s, tag.Comment).Text(tag.Comment) }},
		{"folder", func(set, is mapi.Props, unset []mapi.PropTag) error {
			_, err := m.s.SetFolderProps(k.Context(), object.SetFolderPropsRequest{Store: m.guid, Folder: folder, Set: set, If: is, IfUnset: unset})
			return err
		}, func() string {
			return bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, IDs: []mapi.ID{folder}, Columns: unset}))[0].Text(tag.Comment)
		}},
	} {
		for _, step := range []struct {
			what  string
			set   string
			is    mapi.Props
			unset []mapi.PropTag
			want  mapi.Code
			left  string
		}{
			{"it is not there", "x", note("a"), nil, mapi.ObjectChanged, ""},
			{"it is to be unset", "a", nil, unset, 0, "a"},
			{"it is set", "x", nil, unset, mapi.ObjectChanged, "a"},
			{"it is another", "x", note("b"), nil, mapi.ObjectChanged, "a"},
			{"it is as known", "b", note("a"), nil, 0, "b"},
			{"one is, one is not", "x", append(mapi.Props{{Tag: tag.Subject, Value: mapi.String("s")}}, note("b")...), nil, mapi.ObjectChanged, "b"},
		} {
			if err := target.set(note(step.set), step.is, step.unset); mapi.CodeOf(err) != step.want {
				k.Errorf("%s, %s: got %v, want %v", target.name, step.what, err, step.want)
			}
			equal(k, target.name+", "+step.what, target.get(), step.left)
		}
	}
}
