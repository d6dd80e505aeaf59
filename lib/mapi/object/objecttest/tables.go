// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func tableCases() []testCase {
	return []testCase{
		{"any window of any order", tableWindows},
		{"strings are sorted as a locale does", tableLocale},
		{"a row for each value", tableInstances},
		{"cells are cut off", tableCells},
		{"a row is found", tableFind},
		{"folders down to a depth", tableHierarchy},
		{"recipients and attachments", tableParts},
		{"the outgoing queue", tableOutgoing},
		{"lists beside the contents", tableLists},
		{"a query is explained", tableExplain},
		{"tables that cannot be", tableFails},
	}
}

// mvi is a multi-value property with a row for each value.
func mvi(t mapi.PropTag) mapi.PropTag { return t.WithType(t.Type() | 0x3000) }

func tableWindows(k *kit) {
	m := k.mailbox()
	var list []object.NewMessage
	for i := range 12 {
		n := plain(fmt.Sprintf("subject %c", 'a'+i*5%7))
		n.Received = received.Add(time.Duration(i*7%5) * time.Hour)
		n.Props.Set(tag.Importance, mapi.Int32(int32(i%3)))
		n.Flags = object.Flags(i % 2)
		list = append(list, n)
	}
	m.save(m.inbox, list...)
	key := func(t mapi.PropTag) mapi.SortKey { return mapi.SortKey{Tag: t} }
	down := func(t mapi.PropTag) mapi.SortKey { return mapi.SortKey{Tag: t, Descending: true} }
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	some := mapi.Property{Op: mapi.GT, Tag: tag.Importance, Value: mapi.Int32(0)}
	for name, order := range map[string]struct {
		sort  mapi.SortOrder
		first []mapi.UID
	}{
		"none":                  {nil, []mapi.UID{1, 2, 3}},
		"the UID":               {mapi.SortOrder{down(tag.InternetArticleNumber)}, []mapi.UID{12, 11, 10}},
		"the date":              {mapi.SortOrder{key(tag.MessageDeliveryTime)}, []mapi.UID{1, 6, 11}},
		"the newest":            {mapi.SortOrder{down(tag.MessageDeliveryTime)}, []mapi.UID{3, 8, 5}},
		"flags, then date":      {mapi.SortOrder{down(tag.MessageFlags), key(tag.MessageDeliveryTime)}, []mapi.UID{6, 4, 2}},
		"importance, then date": {mapi.SortOrder{down(tag.Importance), key(tag.MessageDeliveryTime)}, []mapi.UID{6, 9, 12}},
		"subject, then newest":  {mapi.SortOrder{key(tag.Subject), down(tag.MessageDeliveryTime)}, []mapi.UID{8, 1, 4}},
	} {
		for where, restriction := range map[string]mapi.Restriction{"all": nil, "unread": unread, "important": some, "both": mapi.And{unread, some}} {
			whole := m.contents(object.QueryRequest{Folder: m.inbox, Sort: order.sort, Where: restriction})
			if restriction == nil {
				same(k, "the first rows by "+name, whole[:3], order.first)
				equal(k, "the number of rows by "+name, len(whole), 12)
			}
			for offset := range len(whole) + 2 {
				limit := offset%4 + 1
				from := min(offset, len(whole))
				same(k, fmt.Sprintf("rows from %d of %s by %s", offset, where, name),
					m.contents(object.QueryRequest{Folder: m.inbox, Sort: order.sort, Where: restriction, Offset: offset, Limit: limit}),
					whole[from:min(from+limit, len(whole))])
			}
			part := slices.DeleteFunc(slices.Clone(whole), func(u mapi.UID) bool { return u < 3 || u > 9 })
			same(k, "rows of a range of "+where+" by "+name, m.contents(object.QueryRequest{Folder: m.inbox, Sort: order.sort, Where: restriction,
				UIDs: []mapi.UIDRange{{First: 3, Last: 9}}}), part)
			same(k, "rows of two ranges of "+where+" by "+name, m.contents(object.QueryRequest{Folder: m.inbox, Sort: order.sort, Where: restriction,
				UIDs: []mapi.UIDRange{{First: 7, Last: 9}, {First: 3, Last: 5}}}), slices.DeleteFunc(part, func(u mapi.UID) bool { return u == 6 }))
		}
	}
}

func tableLocale(k *kit) {
	m := k.mailbox()
	for _, s := range []string{"zahn", "Öl", "ärger", "Apfel", "ä"} {
		m.save(m.inbox, plain(s))
	}
	for locale, want := range map[string][]mapi.UID{"": {5, 4, 3, 2, 1}, "de": {5, 4, 3, 2, 1}, "sv": {4, 1, 5, 3, 2}} {
		same(k, "rows in the order of "+locale, m.contents(object.QueryRequest{Folder: m.inbox, Sort: mapi.SortOrder{{Tag: tag.Subject}}, Locale: locale}), want)
	}
	same(k, "the last rows of a locale", m.contents(object.QueryRequest{Folder: m.inbox, Sort: mapi.SortOrder{{Tag: tag.Subject, Descending: true}}, Locale: "sv-SE", Offset: 1, Limit: 2}), []mapi.UID{3, 5})
	for _, locale := range []string{"!", strings.Repeat("a", 1000)} {
		_, err := collect(m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Locale: locale}))
		k.fails(err, mapi.InvalidParameter)
	}
}

// cells are the rows of a query as text, a cell behind the other.
func (m *mailbox) cells(req object.QueryRequest) []string {
	m.Helper()
	req.Store = m.guid
	var out []string
	for _, b := range bags(m.kit, m.s.Query(m.Context(), req)) {
		var row []string
		for _, t := range req.Columns {
			if t.Type()&0x3000 == 0x3000 {
				t = t.WithType(t.Type() &^ 0x3000)
			}
			v, _ := b.Get(t)
			row = append(row, v.String())
		}
		out = append(out, strings.Join(row, " "))
	}
	return out
}

func tableInstances(k *kit) {
	m := k.mailbox()
	for _, words := range [][]string{{"red", "blue"}, nil, {"Blue"}} {
		n := plain("x")
		n.Keywords = words
		m.save(m.inbox, n)
	}
	column := mvi(tag.TwigaKeywords)
	req := object.QueryRequest{Table: object.TableContents, Folder: m.inbox, Columns: []mapi.PropTag{tag.InternetArticleNumber, column, tag.InstanceNum}}
	same(k, "a row for each value", m.cells(req), []string{"1 red 0", "1 blue 1", "2  0", "3 Blue 0"})
	req.Offset, req.Limit = 1, 2
	same(k, "some of them", m.cells(req), []string{"1 blue 1", "2  0"})
	req.Sort = mapi.SortOrder{{Tag: column, Descending: true}, {Tag: tag.InternetArticleNumber}}
	same(k, "some of them in order", m.cells(req), []string{"1 blue 1", "3 Blue 0"})
	req.Offset, req.Limit, req.Columns = 0, 0, []mapi.PropTag{tag.InternetArticleNumber}
	same(k, "sorted by a column that is not shown", m.cells(req), []string{"1", "1", "3", "2"})
	req.Where = mapi.Content{Tag: tag.TwigaKeywords, Match: mapi.FullString, Value: mapi.String("red")}
	same(k, "of a restriction on the whole", m.cells(req), []string{"1", "1"})
	ids := bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Columns: []mapi.PropTag{tag.InstID, tag.Mid, tag.RowType, tag.Depth, column}}))
	for _, b := range ids {
		if b.Int(tag.InstID) == 0 || b.Int(tag.InstID) != b.Int(tag.Mid) || b.Int(tag.RowType) != 1 || b.Int(tag.Depth) != 0 {
			k.Errorf("a row of %v", b.Props())
		}
	}
}

func tableCells(k *kit) {
	m := k.mailbox()
	n := plain("Übergröße")
	n.Props.Set(tag.ConversationIndex, mapi.Binary([]byte("abcdef")))
	n.Props.Set(tag.Comment, mapi.String("ab"))
	n.Keywords = []string{"ab", "cd", "ef"}
	m.save(m.inbox, n)
	columns := []mapi.PropTag{tag.Subject, tag.ConversationIndex, tag.Comment, tag.TwigaKeywords, tag.TwigaCapped, tag.Mid, tag.TwigaEnvelope}
	req := object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Columns: columns, MaxCell: 4}
	for _, sort := range []mapi.SortOrder{nil, {{Tag: tag.Subject}}} {
		req.Sort = sort
		b := bags(k, m.s.Query(k.Context(), req))[0]
		k.ok(b.Check())
		equal(k, "characters of a string", b.Text(tag.Subject), "Über")
		equal(k, "bytes of a byte string", string(b.Bytes(tag.ConversationIndex)), "abcd")
		equal(k, "a short string", b.Text(tag.Comment), "ab")
		words, _ := b.Get(tag.TwigaKeywords)
		same(k, "a list", words.Texts(), []string{"ab", "cd"})
		capped, _ := b.Get(tag.TwigaCapped)
		var names []int64
		for _, t := range []mapi.PropTag{tag.Subject, tag.ConversationIndex, tag.TwigaKeywords} {
			names = append(names, int64(t))
		}
		same(k, "what was cut off", capped.Ints(), names)
	}
	req.MaxCell = 9
	if v, there := bags(k, m.s.Query(k.Context(), req))[0].Get(tag.TwigaCapped); there {
		k.Errorf("%v cut off where all fits", v)
	}
}

func tableFind(k *kit) {
	m := k.mailbox()
	for i := range 10 {
		n := plain(fmt.Sprintf("%c", 'a'+i*3%10))
		n.Flags = object.Flags(i % 2)
		n.Received = received.Add(time.Duration(-i) * time.Hour)
		m.save(m.inbox, n)
	}
	bySubject, byDate := mapi.SortOrder{{Tag: tag.Subject}}, mapi.SortOrder{{Tag: tag.MessageDeliveryTime}}
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	uid := func(n int32) mapi.Restriction {
		return mapi.Property{Op: mapi.EQ, Tag: tag.InternetArticleNumber, Value: mapi.Int32(n)}
	}
	from := func(text string) mapi.Restriction {
		return mapi.Property{Op: mapi.GE, Tag: tag.Subject, Value: mapi.String(text)}
	}
	for name, row := range map[string]struct {
		sort     mapi.SortOrder
		where    mapi.Restriction
		find     mapi.Restriction
		offset   int
		backward bool
		position int // -1: none
		count    int
		uid      int64
	}{
		"any":                        {nil, nil, nil, 0, false, 0, 10, 1},
		"any from a place":           {byDate, nil, nil, 4, false, 4, 10, 6},
		"any back from a place":      {byDate, nil, nil, 4, true, 4, 10, 6},
		"any back from beyond":       {nil, nil, nil, 40, true, 9, 10, 10},
		"any from beyond":            {nil, nil, nil, 10, false, -1, 10, 0},
		"a message":                  {nil, nil, uid(7), 0, false, 6, 10, 7},
		"a message by date":          {byDate, nil, uid(7), 0, false, 3, 10, 7},
		"a message by subject":       {bySubject, nil, uid(8), 0, false, 1, 10, 8},
		"a message that came before": {byDate, nil, uid(7), 4, false, -1, 10, 0},
		"the same backward":          {byDate, nil, uid(7), 4, true, 3, 10, 7},
		"a message not shown":        {byDate, unread, uid(8), 0, false, -1, 5, 0},
		"what people type":           {bySubject, nil, from("d"), 0, false, 3, 10, 2},
		"what people type, unread":   {bySubject, unread, from("d"), 0, false, 2, 5, 9},
		"the last":                   {bySubject, nil, from("d"), 8, true, 8, 10, 7},
		"of a bag's restriction":     {byDate, from("f"), unread, 1, false, 1, 5, 7},
	} {
		req := object.FindRowRequest{Find: row.find, Backward: row.backward, Query: object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox,
			Columns: []mapi.PropTag{tag.InternetArticleNumber}, Sort: row.sort, Where: row.where, Offset: row.offset}}
		got, err := m.s.FindRow(k.Context(), req)
		k.ok(err)
		equal(k, "finding "+name, got.Found, row.position >= 0)
		equal(k, "the count of "+name, got.Count, row.count)
		if got.Found {
			equal(k, "the position of "+name, got.Position, row.position)
			equal(k, "the row of "+name, got.Row.Int(tag.InternetArticleNumber), row.uid)
		}
	}
}

func tableHierarchy(k *kit) {
	m := k.mailbox()
	top := m.folder(0, "top")
	b := m.folder(top, "b")
	m.folder(b, "ä")
	m.folder(m.folder(b, "z"), "deep")
	m.folder(top, "A")
	names := func(req object.QueryRequest) string {
		req.Table, req.Folder = object.TableHierarchy, top
		req.Columns = append(req.Columns, tag.DisplayName)
		return strings.Join(m.cells(req), " ")
	}
	byName := mapi.SortOrder{{Tag: tag.DisplayName}}
	equal(k, "all folders", names(object.QueryRequest{}), "b ä z deep A")
	equal(k, "folders on one level", names(object.QueryRequest{Depth: 1}), "b A")
	equal(k, "folders on two levels", names(object.QueryRequest{Depth: 2}), "b ä z A")
	equal(k, "folders with their depth", names(object.QueryRequest{Columns: []mapi.PropTag{tag.Depth}}), "1 b 2 ä 2 z 3 deep 1 A")
	equal(k, "sorted folders", names(object.QueryRequest{Sort: byName, Locale: "sv"}), "A b deep z ä")
	equal(k, "some of them", names(object.QueryRequest{Sort: byName, Offset: 1, Limit: 2}), "A b")
	equal(k, "folders with subfolders", names(object.QueryRequest{Where: mapi.Property{Op: mapi.EQ, Tag: tag.Subfolders, Value: mapi.Bool(true)}}), "b z")
	equal(k, "folders by id", names(object.QueryRequest{IDs: []mapi.ID{b, m.inbox}}), "b")
	equal(k, "the type of a folder", names(object.QueryRequest{IDs: []mapi.ID{b}, Columns: []mapi.PropTag{tag.FolderType}}), "1 b")
	found, err := m.s.FindRow(k.Context(), object.FindRowRequest{Query: object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, Folder: top, Sort: byName},
		Find: mapi.Content{Tag: tag.DisplayName, Match: mapi.Prefix, Value: mapi.String("z")}})
	k.ok(err)
	if !found.Found || found.Position != 4 || found.Count != 5 {
		k.Errorf("found folder %+v", found)
	}
	_, err = collect(m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableHierarchy, Folder: 1 << 40}))
	k.fails(err, mapi.NotFound)
}

func tableParts(k *kit) {
	m := k.mailbox()
	n := plain("parts")
	for i, name := range []string{"bob", "Ann", "cem"} {
		n.Recipients = append(n.Recipients, mapi.Props{{Tag: tag.RecipientType, Value: mapi.Int32(int32(i%2 + 1))}, {Tag: tag.DisplayName, Value: mapi.String(name)}})
		n.Attachments = append(n.Attachments, object.NewAttachment{Content: inline(name), Props: mapi.Props{{Tag: tag.AttachLongFilename, Value: mapi.String(name + ".txt")}}})
	}
	for i := range n.Recipients {
		n.Recipients[i] = sorted(n.Recipients[i])
	}
	id := m.save(m.inbox, n)[0].ID
	recipients := object.QueryRequest{Table: object.TableRecipients, Message: id, Columns: []mapi.PropTag{tag.Rowid, tag.DisplayName}}
	same(k, "recipients", m.cells(recipients), []string{"0 bob", "1 Ann", "2 cem"})
	recipients.Sort = mapi.SortOrder{{Tag: tag.DisplayName}}
	same(k, "sorted recipients", m.cells(recipients), []string{"1 Ann", "0 bob", "2 cem"})
	recipients.Where = mapi.Property{Op: mapi.EQ, Tag: tag.RecipientType, Value: mapi.Int32(1)}
	recipients.Offset, recipients.MaxCell = 1, 2
	same(k, "some recipients", m.cells(recipients), []string{"2 ce"})
	attachments := object.QueryRequest{Table: object.TableAttachments, Message: id, Columns: []mapi.PropTag{tag.AttachNumber, tag.AttachLongFilename}}
	same(k, "attachments", m.cells(attachments), []string{"1 bob.txt", "2 Ann.txt", "3 cem.txt"})
	equal(k, "the content of an attachment by its number", string(m.read(object.ReadItem{Message: id, Attachment: 3, Length: -1})), "cem")
	for _, table := range []object.TableKind{object.TableRecipients, object.TableAttachments} {
		_, err := collect(m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: table, Message: 1 << 40}))
		k.fails(err, mapi.NotFound)
		_, err = collect(k.mailbox().s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: table, Message: id}))
		k.fails(err, mapi.NoAccess)
	}
}

func tableOutgoing(k *kit) {
	m := k.mailbox()
	first, second := m.outbox("first"), m.outbox("second")
	k.ok(m.submit(first.ID))
	k.ok(m.submit(second.ID))
	req := object.QueryRequest{Table: object.TableOutgoing, Columns: []mapi.PropTag{tag.Mid, tag.SenderName, tag.TwigaQueueAttempts}}
	want := []string{fmt.Sprint(int64(first.ID), " ", m.user.Name, " 0"), fmt.Sprint(int64(second.ID), " ", m.user.Name, " 0")}
	same(k, "the queue", m.cells(req), want)
	req.Store, req.Where = m.guid, mapi.Property{Op: mapi.EQ, Tag: tag.Mid, Value: mapi.Int64(int64(second.ID))}
	for _, s := range []object.Session{k.admin, k.role(object.RoleSpool)} {
		rows := bags(k, s.Query(k.Context(), req))
		if len(rows) != 1 || rows[0].Int(tag.Mid) != int64(second.ID) {
			k.Errorf("the queue as a server sees it has %d rows", len(rows))
		}
	}
	_, err := collect(k.role(object.RoleIndex).Query(k.Context(), req))
	k.fails(err, mapi.NoAccess)
	_, err = collect(k.mailbox().s.Query(k.Context(), req))
	k.fails(err, mapi.NoAccess)
}

func tableLists(k *kit) {
	m := k.mailbox()
	id := m.fill(m.inbox, 2)[0].ID
	for _, table := range []object.TableKind{object.TableAssociated, object.TableSoftDeleted} {
		req := object.QueryRequest{Store: m.guid, Table: table, Folder: m.inbox}
		equal(k, "rows of a list that is empty", len(bags(k, m.s.Query(k.Context(), req))), 0)
		req.IDs = []mapi.ID{id}
		equal(k, "rows of a list by the id of another", len(bags(k, m.s.Query(k.Context(), req))), 0)
		req.IDs, req.Folder = nil, 1<<40
		_, err := collect(m.s.Query(k.Context(), req))
		k.fails(err, mapi.NotFound)
	}
	equal(k, "soft-deleted folders", len(bags(k, m.s.Query(k.Context(), object.QueryRequest{Store: m.guid, Table: object.TableSoftDeletedFolders}))), 0)
}

func tableExplain(k *kit) {
	m := k.mailbox()
	req := object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Columns: []mapi.PropTag{tag.Subject}, Limit: 5}
	req.Where = mapi.And{mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}, mapi.Content{Tag: tag.Subject, Match: mapi.Substring, Value: mapi.String("x")}}
	for name, row := range map[string]struct {
		change func(*object.QueryRequest)
		want   []string
	}{
		"as they are": {func(*object.QueryRequest) {}, []string{"where, in SQL: ((", "where, on the row: Subject contains", "reads: item, bag", "SQL: SEARCH i USING PRIMARY KEY"}},
		"the newest": {func(r *object.QueryRequest) {
			r.Sort = mapi.SortOrder{{Tag: tag.MessageDeliveryTime, Descending: true}}
		}, []string{"order, in SQL: i.received DESC", "item_received"}},
		"by a subject": {func(r *object.QueryRequest) { r.Sort = mapi.SortOrder{{Tag: tag.Subject}} }, []string{"order, in memory: Subject", "kept: the first 5"}},
		"by ids":       {func(r *object.QueryRequest) { r.IDs = []mapi.ID{1, 2} }, []string{"rows: by 2 ids", "where, on the row: (MessageFlags has no bit"}},
		"groups":       {func(r *object.QueryRequest) { r.Sort, r.Categories = mapi.SortOrder{{Tag: mvi(tag.TwigaKeywords)}}, 1 }, []string{"groups: 1 keys", "instances: a row for each value of 0x67f1101f"}},
		"folders":      {func(r *object.QueryRequest) { r.Table, r.Folder = object.TableHierarchy, 0 }, []string{"made in memory", "where, on each: (MessageFlags"}},
	} {
		r := req
		row.change(&r)
		got, err := m.s.Explain(k.Context(), r)
		k.ok(err)
		for _, want := range row.want {
			if !strings.Contains(got.Plan, want) {
				k.Errorf("the plan of %s has no %q:\n%s", name, want, got.Plan)
			}
		}
	}
	req.Folder = 1 << 40
	_, err := m.s.Explain(k.Context(), req)
	k.fails(err, mapi.NotFound)
	req.Limit = -1
	_, err = m.s.Explain(k.Context(), req)
	k.fails(err, mapi.InvalidParameter)
}

func tableFails(k *kit) {
	m := k.mailbox()
	bySubject := mapi.SortOrder{{Tag: tag.Subject}}
	words := mvi(tag.TwigaKeywords)
	for name, row := range map[string]struct {
		req  object.QueryRequest
		want mapi.Code
	}{
		"negative offset":          {object.QueryRequest{Offset: -1}, mapi.InvalidParameter},
		"negative limit":           {object.QueryRequest{Limit: -1}, mapi.InvalidParameter},
		"negative cell":            {object.QueryRequest{MaxCell: -1}, mapi.InvalidParameter},
		"negative depth":           {object.QueryRequest{Depth: -1}, mapi.InvalidParameter},
		"negative expansion":       {object.QueryRequest{Expanded: -1}, mapi.InvalidParameter},
		"negative categories":      {object.QueryRequest{Categories: -1}, mapi.InvalidParameter},
		"categories without keys":  {object.QueryRequest{Categories: 2, Sort: bySubject}, mapi.InvalidParameter},
		"many categories":          {object.QueryRequest{Categories: object.MaxCategories + 1, Sort: slices.Repeat(bySubject, object.MaxCategories+1)}, mapi.TooComplex},
		"many sort keys":           {object.QueryRequest{Sort: slices.Repeat(bySubject, object.MaxSortKeys+1)}, mapi.TooComplex},
		"a column of no type":      {object.QueryRequest{Columns: []mapi.PropTag{0x00370099}}, mapi.BadColumn},
		"a sort key of no type":    {object.QueryRequest{Sort: mapi.SortOrder{{Tag: 0x00370099}}}, mapi.BadColumn},
		"values of booleans":       {object.QueryRequest{Columns: []mapi.PropTag{0x0037300b}}, mapi.BadColumn},
		"the instance bit alone":   {object.QueryRequest{Columns: []mapi.PropTag{0x0037201f}}, mapi.BadColumn},
		"values of two properties": {object.QueryRequest{Columns: []mapi.PropTag{words}, Sort: mapi.SortOrder{{Tag: mvi(0x1234101f)}}}, mapi.BadColumn},
		"the top":                  {object.QueryRequest{Folder: 1}, mapi.NotFound},
	} {
		row.req.Store, row.req.Table = m.guid, object.TableContents
		if row.req.Folder == 0 {
			row.req.Folder = m.inbox
		}
		_, err := collect(m.s.Query(k.Context(), row.req))
		if mapi.CodeOf(err) != row.want {
			k.Errorf("query with %s: %v, want %v", name, err, row.want)
		}
		if _, err := m.s.FindRow(k.Context(), object.FindRowRequest{Query: row.req}); mapi.CodeOf(err) != row.want {
			k.Errorf("find row with %s: %v, want %v", name, err, row.want)
		}
	}
	foreign := object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox}
	_, err := k.mailbox().s.FindRow(k.Context(), object.FindRowRequest{Query: foreign})
	k.fails(err, mapi.NoAccess)
	_, err = k.mailbox().s.Explain(k.Context(), foreign)
	k.fails(err, mapi.NoAccess)
}
