// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"fmt"
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func categoryCases() []testCase {
	return []testCase{
		{"rows are grouped", categoryGroups},
		{"groups within groups", categoryNested},
		{"groups of values", categoryInstances},
		{"groups of a small table", categorySmall},
	}
}

// grouped is a query by sender and importance, newest first.
func (m *mailbox) grouped(categories, expanded int) object.QueryRequest {
	return object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Categories: categories, Expanded: expanded,
		Sort: mapi.SortOrder{{Tag: tag.SenderName}, {Tag: tag.Importance, Descending: true}, {Tag: tag.MessageDeliveryTime, Descending: true}}}
}

// senders is a mailbox with seven messages of three senders and one of none.
func senders(k *kit) *mailbox {
	m := k.mailbox()
	for i, from := range []string{"bob", "Ann", "BOB", "ann", "cem", "", "bob"} {
		n := plain(fmt.Sprint(i + 1))
		n.Received = received.Add(time.Duration(i) * time.Minute)
		n.Props.Set(tag.Importance, mapi.Int32(int32(i%2)))
		if from != "" {
			n.Props.Set(tag.SenderName, mapi.String(from))
		}
		if i < 2 {
			n.Flags = object.FlagSeen
		}
		m.save(m.inbox, n)
	}
	return m
}

// outline draws rows: a header as [value count/unread], "+" before it where it
// is collapsed, a row as its UID, all with a dot for each level.
func (m *mailbox) outline(req object.QueryRequest) string {
	m.Helper()
	req.Columns = append(req.Columns, tag.RowType, tag.Depth, tag.ContentCount, tag.ContentUnreadCount, tag.SenderName, tag.Importance, tag.InternetArticleNumber, tag.DisplayName)
	var out []string
	for _, b := range bags(m.kit, m.s.Query(m.Context(), req)) {
		text := strings.Repeat(".", int(b.Int(tag.Depth)))
		if b.Int(tag.RowType) == 1 {
			out = append(out, text+fmt.Sprint(b.Int(tag.InternetArticleNumber)))
			continue
		}
		if b.Int(tag.RowType) == 4 {
			text += "+"
		}
		value := ""
		for _, p := range b.Props() {
			switch p.Tag.ID() {
			case tag.RowType.ID(), tag.Depth.ID(), tag.ContentCount.ID(), tag.ContentUnreadCount.ID():
			default:
				value += p.Value.String()
			}
		}
		out = append(out, text+fmt.Sprintf("[%s %d/%d]", value, b.Int(tag.ContentCount), b.Int(tag.ContentUnreadCount)))
	}
	return strings.Join(out, " ")
}

// headers are the ids of the headers, by the order of the rows.
func (m *mailbox) headers(req object.QueryRequest) (out []int64) {
	m.Helper()
	req.Columns = []mapi.PropTag{tag.InstID, tag.RowType}
	for _, b := range bags(m.kit, m.s.Query(m.Context(), req)) {
		if b.Int(tag.RowType) != 1 {
			out = append(out, b.Int(tag.InstID))
		}
	}
	return out
}

func categoryGroups(k *kit) {
	m := senders(k)
	req := m.grouped(1, 0)
	equal(k, "collapsed groups", m.outline(req), "+[ 1/1] +[Ann 2/1] +[bob 3/2] +[cem 1/1]")
	ids := m.headers(req)
	req.Expanded = 1
	const whole = "[ 1/1] .6 [Ann 2/1] .4 .2 [bob 3/2] .7 .3 .1 [cem 1/1] .5"
	equal(k, "expanded groups", m.outline(req), whole)
	same(k, "the ids of expanded groups", m.headers(req), ids)
	req.Toggled = []int64{ids[2], 12345}
	equal(k, "one collapsed", m.outline(req), "[ 1/1] .6 [Ann 2/1] .4 .2 +[bob 3/2] [cem 1/1] .5")
	req.Expanded = 0
	equal(k, "one expanded", m.outline(req), "+[ 1/1] +[Ann 2/1] [bob 3/2] .7 .3 .1 +[cem 1/1]")
	req.Sort[0].Descending = true
	equal(k, "one expanded the other way round", m.outline(req), "+[cem 1/1] [bob 3/2] .7 .3 .1 +[Ann 2/1] +[ 1/1]")
	req = m.grouped(1, 1)
	lines := strings.Split(whole, " ")
	var joined []string // headers hold a space
	for i := 0; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "[") {
			joined = append(joined, lines[i]+" "+lines[i+1])
			i++
			continue
		}
		joined = append(joined, lines[i])
	}
	for offset := range joined {
		req.Offset, req.Limit = offset, 3
		equal(k, fmt.Sprint("lines from ", offset), m.outline(req), strings.Join(joined[offset:min(offset+3, len(joined))], " "))
	}
	req.Offset, req.Limit, req.Where = 0, 0, mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	equal(k, "groups of those unread", m.outline(req), "[ 1/1] .6 [ann 1/1] .4 [BOB 2/2] .7 .3 [cem 1/1] .5")
	found, err := m.s.FindRow(k.Context(), object.FindRowRequest{Query: m.grouped(1, 1), Find: mapi.Property{Op: mapi.EQ, Tag: tag.InternetArticleNumber, Value: mapi.Int32(3)}})
	k.ok(err)
	if !found.Found || found.Position != 7 || found.Count != 11 {
		k.Errorf("found row %+v", found)
	}
	req = m.grouped(1, 0)
	found, err = m.s.FindRow(k.Context(), object.FindRowRequest{Query: req, Find: mapi.Property{Op: mapi.EQ, Tag: tag.SenderName, Value: mapi.String("BOB")}})
	k.ok(err)
	if !found.Found || found.Position != 2 || found.Count != 4 {
		k.Errorf("found header %+v", found)
	}
}

func categoryNested(k *kit) {
	m := senders(k)
	equal(k, "outer groups", m.outline(m.grouped(2, 0)), "+[ 1/1] +[Ann 2/1] +[bob 3/2] +[cem 1/1]")
	equal(k, "outer groups expanded", m.outline(m.grouped(2, 1)),
		"[ 1/1] .+[1 1/1] [Ann 2/1] .+[1 2/1] [bob 3/2] .+[0 3/2] [cem 1/1] .+[0 1/1]")
	all := m.grouped(2, 2)
	equal(k, "all expanded", m.outline(all), "[ 1/1] .[1 1/1] ..6 [Ann 2/1] .[1 2/1] ..4 ..2 [bob 3/2] .[0 3/2] ..7 ..3 ..1 [cem 1/1] .[0 1/1] ..5")
	ids := m.headers(all)
	all.Toggled = []int64{ids[2], ids[5]}
	equal(k, "some collapsed", m.outline(all), "[ 1/1] .[1 1/1] ..6 +[Ann 2/1] [bob 3/2] .+[0 3/2] [cem 1/1] .[0 1/1] ..5")
	seen := map[int64]bool{}
	for _, id := range ids {
		if seen[id] {
			k.Errorf("two groups have the id %d", id)
		}
		seen[id] = true
	}
}

func categoryInstances(k *kit) {
	m := k.mailbox()
	for _, words := range [][]string{{"red", "blue"}, nil, {"Blue"}} {
		n := plain("x")
		n.Keywords = words
		m.save(m.inbox, n)
	}
	column := mvi(tag.TwigaKeywords)
	req := object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Categories: 1, Expanded: 1,
		Sort: mapi.SortOrder{{Tag: column}, {Tag: tag.InternetArticleNumber}}, Columns: []mapi.PropTag{column}}
	equal(k, "groups of values", m.outline(req), "[ 1/1] .2 [blue 2/2] .1 .3 [red 1/1] .1")
}

func categorySmall(k *kit) {
	m := k.mailbox()
	n := plain("recipients")
	for i, name := range []string{"a", "b", "c"} {
		n.Recipients = append(n.Recipients, sorted(mapi.Props{{Tag: tag.Importance, Value: mapi.Int32(int32(i % 2))}, {Tag: tag.InternetArticleNumber, Value: mapi.Int32(int32(i))}, {Tag: tag.Comment, Value: mapi.String(name)}}))
	}
	id := m.save(m.inbox, n)[0].ID
	equal(k, "groups of recipients", m.outline(object.QueryRequest{Store: m.guid, Table: object.TableRecipients, Message: id, Categories: 1, Expanded: 1,
		Sort: mapi.SortOrder{{Tag: tag.Importance}}}), "[0 2/0] .0 .2 [1 1/0] .1")
}
