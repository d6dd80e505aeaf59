// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

func queryCases() []testCase {
	return []testCase{
		{"a contents table has the columns asked", queryColumns},
		{"rows are chosen", queryChoose},
		{"rows are restricted", queryWhere},
		{"rows are sorted and cut", querySort},
		{"many rows stream", queryMany},
		{"a query that cannot be", queryFails},
	}
}

// contents queries the messages of the Inbox and gives their UIDs.
func (m *mailbox) contents(req object.QueryRequest) []mapi.UID {
	m.Helper()
	req.Store, req.Table = m.guid, object.TableContents
	req.Columns = []mapi.PropTag{tag.InternetArticleNumber}
	var out []mapi.UID
	for _, b := range bags(m.kit, m.s.Query(m.Context(), req)) {
		out = append(out, mapi.UID(b.Int(tag.InternetArticleNumber)))
	}
	return out
}

func queryColumns(k *kit) {
	m := k.mailbox()
	when := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	msg := plain("columns")
	msg.Flags, msg.Keywords, msg.Received = object.FlagSeen|object.FlagFlagged, []string{"word"}, when
	msg.Props.Set(tag.MessageClass, mapi.String("IPM.Note"))
	saved := m.save(m.inbox, msg)[0]
	rows := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Columns: []mapi.PropTag{
		tag.Subject, tag.Mid, tag.FolderId, tag.ParentFolderId, tag.InternetArticleNumber, tag.ChangeNumber, tag.MessageFlags, tag.FlagStatus,
		tag.MessageSize, tag.MessageDeliveryTime, tag.MessageClass, tag.TwigaFlags, tag.TwigaKeywords, tag.TwigaContentSize, tag.Body,
	}}))
	equal(k, "the number of rows", len(rows), 1)
	b := rows[0]
	equal(k, "the subject", b.Text(tag.Subject), "columns")
	equal(k, "the class", b.Text(tag.MessageClass), "IPM.Note")
	for _, want := range []struct {
		tag  mapi.PropTag
		want int64
	}{
		{tag.Mid, int64(saved.ID)}, {tag.InternetArticleNumber, int64(saved.UID)}, {tag.ChangeNumber, int64(saved.Change)},
		{tag.ParentFolderId, int64(m.inbox)}, {tag.FlagStatus, 2}, {tag.TwigaFlags, int64(msg.Flags)},
		{tag.TwigaContentSize, int64(len(msg.Content[0].Inline))},
	} {
		equal(k, "the column "+tag.Name(want.tag), b.Int(want.tag), want.want)
	}
	if b.Int(tag.MessageFlags)&1 == 0 || b.Int(tag.MessageSize) <= 0 {
		k.Errorf("message flags 0x%x, size %d", b.Int(tag.MessageFlags), b.Int(tag.MessageSize))
	}
	if v, _ := b.Get(tag.MessageDeliveryTime); !v.Time().Equal(when) {
		k.Errorf("delivery time %v", v.Time())
	}
	v, _ := b.Get(tag.TwigaKeywords)
	same(k, "the keywords", v.Texts(), []string{"word"})
	if _, there := b.Get(tag.Body); there {
		k.Error("a column that the row has not got")
	}
	k.ok(b.Check())
}

func queryChoose(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 6)
	other := m.folder(0, "other")
	elsewhere := m.fill(other, 1)
	same(k, "all rows", m.contents(object.QueryRequest{Folder: m.inbox}), []mapi.UID{1, 2, 3, 4, 5, 6})
	same(k, "rows by UID", m.contents(object.QueryRequest{Folder: m.inbox, UIDs: []mapi.UIDRange{{First: 5, Last: 9}, {First: 2, Last: 3}}}), []mapi.UID{2, 3, 5, 6})
	same(k, "rows by id", m.contents(object.QueryRequest{Folder: m.inbox, IDs: []mapi.ID{saved[3].ID, 1 << 40, saved[1].ID, elsewhere[0].ID}}), []mapi.UID{2, 4})
	equal(k, "rows by id in any folder", len(m.contents(object.QueryRequest{IDs: []mapi.ID{saved[3].ID, elsewhere[0].ID}})), 2)
	equal(k, "rows of an empty folder", len(m.contents(object.QueryRequest{Folder: m.store.SpecialFolder(object.KindDrafts)})), 0)
}

func queryWhere(k *kit) {
	m := k.mailbox()
	var list []object.NewMessage
	for i := range 6 {
		msg := plain(fmt.Sprintf("Report %d", i+1))
		msg.Props.Set(tag.Importance, mapi.Int32(int32(i%3)))
		if i == 0 {
			msg.Props.Set(tag.Comment, mapi.String("x"))
			msg.Flags = object.FlagSeen
		}
		msg.Recipients = []mapi.Props{{{Tag: tag.DisplayName, Value: mapi.String(fmt.Sprintf("to %d", i+1))}}}
		list = append(list, msg)
	}
	m.save(m.inbox, list...)
	important := mapi.Property{Op: mapi.GE, Tag: tag.Importance, Value: mapi.Int32(2)}
	for name, tc := range map[string]struct {
		where mapi.Restriction
		want  []mapi.UID
	}{
		"property":       {important, []mapi.UID{3, 6}},
		"exist":          {mapi.Exist{Tag: tag.Comment}, []mapi.UID{1}},
		"not":            {mapi.Not{Of: mapi.Exist{Tag: tag.Comment}}, []mapi.UID{2, 3, 4, 5, 6}},
		"content":        {mapi.Content{Tag: tag.Subject, Match: mapi.Substring | mapi.IgnoreCase, Value: mapi.String("PORT 4")}, []mapi.UID{4}},
		"and":            {mapi.And{important, mapi.Content{Tag: tag.Subject, Match: mapi.Prefix, Value: mapi.String("Report 6")}}, []mapi.UID{6}},
		"or":             {mapi.Or{important, mapi.Exist{Tag: tag.Comment}}, []mapi.UID{1, 3, 6}},
		"and of nothing": {mapi.And{}, []mapi.UID{1, 2, 3, 4, 5, 6}},
		"or of nothing":  {mapi.Or{}, nil},
		"bitmask":        {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1, NonZero: true}, []mapi.UID{1}},
		"size":           {mapi.Size{Op: mapi.GT, Tag: tag.Comment, Size: 0}, []mapi.UID{1}},
		"recipients":     {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Property{Op: mapi.EQ, Tag: tag.DisplayName, Value: mapi.String("to 5")}}, []mapi.UID{5}},
		"comment":        {mapi.Comment{Props: values(), Of: important}, []mapi.UID{3, 6}},
		"count":          {mapi.Count{N: 1, Of: important}, []mapi.UID{3}},
		"UID":            {mapi.Property{Op: mapi.LT, Tag: tag.InternetArticleNumber, Value: mapi.Int32(3)}, []mapi.UID{1, 2}},
	} {
		got := m.contents(object.QueryRequest{Folder: m.inbox, Where: tc.where})
		same(k, "the rows of "+name, got, tc.want)
	}
}

func querySort(k *kit) {
	m := k.mailbox()
	for _, text := range []string{"b", "a", "d", "c"} {
		msg := plain(text)
		msg.Props.Set(tag.Importance, mapi.Int32(int32(text[0]%2)))
		m.save(m.inbox, msg)
	}
	for name, tc := range map[string]struct {
		sort          mapi.SortOrder
		offset, limit int
		want          []mapi.UID
	}{
		"as they are":    {nil, 0, 0, []mapi.UID{1, 2, 3, 4}},
		"rising":         {mapi.SortOrder{{Tag: tag.Subject}}, 0, 0, []mapi.UID{2, 1, 4, 3}},
		"falling":        {mapi.SortOrder{{Tag: tag.Subject, Descending: true}}, 0, 0, []mapi.UID{3, 4, 1, 2}},
		"by two keys":    {mapi.SortOrder{{Tag: tag.Importance, Descending: true}, {Tag: tag.Subject}}, 0, 0, []mapi.UID{2, 4, 1, 3}},
		"by UID falling": {mapi.SortOrder{{Tag: tag.InternetArticleNumber, Descending: true}}, 0, 0, []mapi.UID{4, 3, 2, 1}},
		"cut":            {mapi.SortOrder{{Tag: tag.Subject}}, 1, 2, []mapi.UID{1, 4}},
		"cut unsorted":   {nil, 2, 1, []mapi.UID{3}},
		"beyond the end": {nil, 9, 1, nil},
	} {
		got := m.contents(object.QueryRequest{Folder: m.inbox, Sort: tc.sort, Offset: tc.offset, Limit: tc.limit})
		same(k, "the rows "+name, got, tc.want)
	}
}

func queryMany(k *kit) {
	m := k.mailbox()
	const rows = 1500
	for range rows / 500 {
		m.fill(m.inbox, 500)
	}
	n := 0
	for b, err := range m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox,
		Columns: []mapi.PropTag{tag.InternetArticleNumber, tag.Subject}}) {
		k.ok(err)
		n++
		if mapi.UID(b.Int(tag.InternetArticleNumber)) != mapi.UID(n) {
			k.Fatalf("row %d has UID %d", n, b.Int(tag.InternetArticleNumber))
		}
	}
	equal(k, "the number of rows", n, rows)
	for range m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox}) {
		break // a consumer that has enough
	}
	m.fill(m.inbox, 1) // is not in the way of anything
}

func queryFails(k *kit) {
	m := k.mailbox()
	deep := mapi.Restriction(mapi.Exist{Tag: tag.Subject})
	for range mapi.MaxRestrictionDepth + 1 {
		deep = mapi.Not{Of: deep}
	}
	for name, tc := range map[string]struct {
		req  object.QueryRequest
		want mapi.Code
	}{
		"of a folder that is not there": {object.QueryRequest{Table: object.TableContents, Folder: 1 << 40}, mapi.NotFound},
		"of a table that is none":       {object.QueryRequest{Table: 99, Folder: m.inbox}, mapi.InvalidParameter},
		"too deep":                      {object.QueryRequest{Table: object.TableContents, Folder: m.inbox, Where: deep}, mapi.TooComplex},
		"of too many columns":           {object.QueryRequest{Table: object.TableContents, Folder: m.inbox, Columns: make([]mapi.PropTag, object.MaxColumns+1)}, mapi.InvalidParameter},
	} {
		tc.req.Store = m.guid
		var rows []wire.Bag
		rows, err := collect(m.s.Query(k.Context(), tc.req))
		if code := mapi.CodeOf(err); code != tc.want || len(rows) > 0 {
			k.Errorf("query %s: %d rows, %v", name, len(rows), err)
		}
	}
}
