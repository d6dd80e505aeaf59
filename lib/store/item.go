// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sqlite"
)

// item is a message's row in its folder's narrow view.
type item struct {
	uid      mapi.UID
	id       mapi.ID
	change   mapi.Change
	flags    object.Flags
	received uint64 // FILETIME, as all times here
	sent     uint64 // 0 is not known
	size     int64  // what counts for the quota
	content  int64  // bytes of the MIME, -1 where there is none
	class    string // "" is defaultClass
	keywords string // each followed by a line feed

	modified mapi.Change // last change to more than flags and keywords
	saved    uint64      // when it came into the folder, 0 where that is received
	email    string      // the EMAILID it was copied with, "" where it is its own
	list     list        // of its folder, that it is in
}

// defaultClass is the message class that takes no room.
const defaultClass = "IPM.Note"

// modified is NULL where it is the same as change.
const (
	itemInserted = "uid, id, change, flags, received, sent, size, content, class, keywords, saved, email"
	itemColumns  = itemInserted + ", modified"
	itemWidth    = 13 // how many they are
)

// scanItem reads itemColumns from column at on.
func scanItem(r *sqlite.Rows, at int, it *item) {
	it.uid, it.id, it.change = mapi.UID(r.Int(at)), mapi.ID(r.Int(at+1)), mapi.Change(r.Int(at+2))
	it.flags, it.received, it.sent = object.Flags(r.Int(at+3)), uint64(r.Int(at+4)), uint64(r.Int(at+5))
	it.size, it.content = r.Int(at+6), r.Int(at+7)
	if r.Null(at + 7) {
		it.content = it.size
	}
	it.class, it.keywords = r.Text(at+8), r.Text(at+9)
	it.saved, it.email = uint64(r.Int(at+10)), r.Text(at+11)
	if it.modified = it.change; !r.Null(at + 12) {
		it.modified = mapi.Change(r.Int(at + 12))
	}
}

// submitted says whether the message is in the outgoing queue.
func (it item) submitted() bool { return it.flags&object.FlagSubmitted != 0 }

// insert writes the item into its list of a folder.
func (it *item) insert(c *sqlite.Conn, folder mapi.ID) error {
	return c.Exec("INSERT INTO item (folder, "+itemInserted+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		uint64(it.list.of(folder)), uint32(it.uid), uint64(it.id), uint64(it.change), uint32(it.flags), it.received, it.sent,
		it.size, it.contentColumn(), textOrNull(it.class), textOrNull(it.keywords), it.savedColumn(), it.emailColumn())
}

// contentColumn is NULL where the content's size is the message's.
func (it *item) contentColumn() any {
	if it.content == it.size {
		return nil
	}
	return it.content
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// packKeywords checks keywords and packs them; doubles, by letters of any
// case, count once.
func packKeywords(list []string) (string, error) {
	if len(list) > object.MaxKeywords {
		return "", fmt.Errorf("set keywords: %d of them: %w", len(list), mapi.TooBig)
	}
	var out strings.Builder
	for i, k := range list {
		if k == "" || len(k) > object.MaxKeywordLength || strings.ContainsFunc(k, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			return "", fmt.Errorf("set keyword %q: %w", k, mapi.InvalidParameter)
		}
		if !slices.ContainsFunc(list[:i], func(o string) bool { return strings.EqualFold(o, k) }) {
			out.WriteString(k)
			out.WriteByte('\n')
		}
	}
	return out.String(), nil
}

// unpackKeywords is the inverse of packKeywords; nil for none.
func unpackKeywords(packed string) []string {
	if packed == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(packed, "\n"), "\n")
}

// mergeKeywords adds keywords to a packed list or takes them off. The order of
// those that stay is kept.
func mergeKeywords(packed string, list []string, add bool) string {
	if len(list) == 0 || packed == "" && !add {
		return packed
	}
	have := unpackKeywords(packed)
	for _, k := range list {
		at := slices.IndexFunc(have, func(h string) bool { return strings.EqualFold(h, k) })
		switch {
		case add && at < 0:
			have = append(have, k)
		case !add && at >= 0:
			have = slices.Delete(have, at, at+1)
		}
	}
	if len(have) == 0 {
		return ""
	}
	return strings.Join(have, "\n") + "\n"
}
