// SPDX-License-Identifier: AGPL-3.0-or-later

package store

// listing is how SQL comes to the rows of a contents table, each text constant
// so that it is prepared once: i is the item, m the rest of the message.
type listing struct {
	item, summary, bag, all string // SELECT and FROM, by what is read beside the item
	narrow                  string // the same for the summary and no more of the item than its place
	count                   string // the same for the number of rows
	within                  string // WHERE: in a folder
	uids                    string // AND: of a range of UIDs
	order                   string // by UID
	uid                     string // the column
	byID                    string // WHERE: of a message
	place                   string // folder and UID of a message
}

const (
	itemOfI    = "i.uid, i.id, i.change, i.flags, i.received, i.sent, i.size, i.content, i.class, i.keywords, i.saved, i.email, i.modified"
	selectItem = "SELECT i.folder, " + itemOfI + ", "
	fromItems  = "FROM item i "
	messages   = fromItems + "JOIN message m ON m.id = i.id "
	fromItem   = selectItem + "NULL, NULL, NULL, NULL " + fromItems
	fromBag    = selectItem + "m.summary, m.bag, NULL, NULL " + messages
	fromAll    = selectItem + "m.summary, m.bag, m.recipients, m.attachments " + messages
	fromSum    = selectItem + "m.summary, NULL, NULL, NULL " + messages
	fromNarrow = "SELECT i.folder, i.uid, i.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, m.summary, NULL, NULL, NULL " + messages
	countItems = "SELECT count(*) " + fromItems
	inList     = "WHERE i.folder = ?"
	inUIDs     = " AND i.uid >= ? AND i.uid <= ?"
	byUID      = " ORDER BY i.uid"

	uidsOfItems  = "SELECT i.uid AS uid " + fromItems
	indexedOrder = "i.received" // of which there is an index
	byID         = "WHERE i.folder IN ((SELECT folder FROM message WHERE id = ?1), (SELECT folder | 144115188075855872 FROM message WHERE id = ?1)) AND i.uid = (SELECT uid FROM message WHERE id = ?1)"
	byMember     = "WHERE i.folder = ?2 AND i.uid = (SELECT uid FROM member WHERE message = ?1 AND folder = ?2)"
)

// placed joins a message to its item. A message that was soft-deleted may name
// the contents still: it keeps its UID in the list of those.
const placed = "i.folder IN (m.folder, m.folder | 144115188075855872) AND i.uid = m.uid"

// inFolder lists the messages that lie in a folder.
var inFolder = listing{fromItem, fromSum, fromBag, fromAll, fromNarrow, countItems, inList, inUIDs, byUID, "i.uid",
	byID, "SELECT i.folder, i.uid FROM item i " + byID}

// inSearch lists the messages that a search folder found: they have items in it.
var inSearch = listing{fromItem, fromSum, fromBag, fromAll, fromNarrow, countItems, inList, inUIDs, byUID, "i.uid",
	byMember, "SELECT folder, uid FROM member WHERE message = ? AND folder = ?"}

// from is what a query begins with that needs so much.
func (l *listing) from(n needs) string {
	switch {
	case n.subs:
		return l.all
	case n.bag:
		return l.bag
	case n.summary && n.place:
		return l.narrow
	case n.summary:
		return l.summary
	}
	return l.item
}
