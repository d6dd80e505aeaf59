// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/store/query"
)

// sqlColumns are those of the properties in computed that SQL can give from
// the item's row.
var sqlColumns = query.Columns{
	{Tag: tag.MessageClass, Kind: query.Text, Expr: "COALESCE(i.class, '" + defaultClass + "')"},
	{Tag: tag.ClientSubmitTime, Kind: query.Time, Expr: "i.sent", Has: "i.sent <> 0", Sort: true},
	{Tag: tag.MessageDeliveryTime, Kind: query.Time, Expr: "i.received", Sort: true},
	{Tag: tag.MessageFlags, Kind: query.Number, Expr: flagSum(messageFlagBits, "2"), Sort: true},
	{Tag: tag.MessageSize, Kind: query.Number, Expr: "CASE WHEN i.size < 2147483647 THEN i.size ELSE 2147483647 END", Sort: true},
	{Tag: tag.MessageSizeExtended, Kind: query.Number, Expr: "i.size", Sort: true},
	{Tag: tag.HasAttachments, Kind: query.Number, Expr: flagCase(object.FlagHasAttachment, 1), Sort: true},
	{Tag: tag.InternetArticleNumber, Kind: query.Number, Expr: "CASE WHEN i.uid < 2147483648 THEN i.uid ELSE i.uid - 4294967296 END", Sort: true},
	{Tag: tag.LastVerbExecuted, Kind: query.Number, Has: flagAny(object.FlagAnswered | object.FlagForwarded), Sort: true,
		Expr: fmt.Sprintf("CASE WHEN %s THEN %d WHEN %s THEN %d ELSE 0 END", flagAny(object.FlagAnswered), verbReply, flagAny(object.FlagForwarded), verbForward)},
	{Tag: tag.FlagStatus, Kind: query.Number, Expr: flagCase(object.FlagFlagged, followup), Has: flagAny(object.FlagFlagged), Sort: true},
	{Tag: tag.FolderId, Kind: query.Number, Expr: folderOfI, Sort: true},
	{Tag: tag.ParentFolderId, Kind: query.Number, Expr: folderOfI, Sort: true},
	{Tag: tag.Mid, Kind: query.Number, Expr: "i.id", Sort: true},
	{Tag: tag.ChangeNumber, Kind: query.Number, Expr: "i.change", Sort: true},
	{Tag: tag.TwigaSaved, Kind: query.Time, Expr: "COALESCE(i.saved, i.received)", Sort: true},
	{Tag: tag.TwigaFlags, Kind: query.Number, Expr: "i.flags", Sort: true},
	{Tag: tag.TwigaKeywords, Kind: query.List, Expr: "COALESCE(i.keywords, '')", Has: "i.keywords IS NOT NULL"},
	{Tag: tag.TwigaContentSize, Kind: query.Number, Expr: "COALESCE(i.content, i.size)", Has: "COALESCE(i.content, i.size) >= 0", Sort: true},
}

// searchColumns are those of sqlColumns that are the same in a search folder:
// where its messages lie SQL does not know.
var searchColumns = slices.DeleteFunc(slices.Clone(sqlColumns), func(c query.Column) bool { return c.Tag == tag.ParentFolderId })

// folderOfI is a list's folder, as listOf has it.
var folderOfI = fmt.Sprintf("(i.folder & %d)", int64(1)<<listShift-1)

// flagAny is the condition that one of the flags is set.
func flagAny(f object.Flags) string { return fmt.Sprintf("(i.flags & %d) <> 0", uint32(f)) }

// flagCase is a number where a flag is set, else 0.
func flagCase(f object.Flags, n int32) string {
	return fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", flagAny(f), n)
}

// flagSum is the sum of bits for the flags that are set, and some that always are.
func flagSum(bits []flagBit, always string) string {
	var out strings.Builder
	out.WriteString("(" + always)
	for _, b := range bits {
		out.WriteString(" + " + flagCase(b.flag, b.bit))
	}
	return out.String() + ")"
}

// isSearch says whether a folder is a search folder.
func (m *mailbox) isSearch(id mapi.ID) bool {
	f := m.folder(id)
	return f != nil && f.search
}
