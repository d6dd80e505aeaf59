// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"strings"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func restrictCases() []testCase {
	return []testCase{
		{"content is searched", restrictContent},
		{"properties are compared", restrictProperty},
		{"bits, sizes, pairs and existence", restrictOther},
		{"restrictions are combined", restrictCombined},
		{"restrictions that cannot be", restrictFails},
	}
}

// received is when the third of restrictable's messages came.
var received = time.Date(2026, 3, 3, 3, 3, 3, 0, time.UTC)

// restrictable is a mailbox with four messages that differ in all that a
// restriction can look at: in columns and in bags.
func restrictable(k *kit) *mailbox {
	m := k.mailbox()
	list := []object.NewMessage{plain("Crème brûlée"), plain("creme BRULEE"), plain("Straße 3"), plain("")}
	for i := range list {
		n := &list[i]
		n.Received = received.Add(time.Duration(i-2) * time.Hour)
		n.Props.Set(tag.Importance, mapi.Int32(int32(i-1)))
		n.Props.Set(tag.MessageClass, mapi.String([]string{"IPM.Note", "IPM.Task", "IPM.Note.Längs", "ipm.appointment"}[i]))
	}
	list[0].Flags, list[0].Keywords = object.FlagSeen|object.FlagFlagged, []string{"Work", "später"}
	list[1].Flags, list[1].Keywords = object.FlagAnswered, []string{"work_2"}
	list[2].Props.Set(tag.Comment, mapi.String("xyz"))
	list[2].Props.Set(tag.ConversationIndex, mapi.Binary([]byte{1, 0, 'A'}))
	list[2].Props.Set(tag.ClientSubmitTime, mapi.Time(received))
	list[2].Attachments = []object.NewAttachment{{Content: inline("data"), Props: mapi.Props{{Tag: tag.AttachLongFilename, Value: mapi.String("a.txt")}}}}
	list[3].Props.Set(tag.SenderName, mapi.String("ann"))
	list[3].Props.Set(tag.SentRepresentingName, mapi.String("Ann"))
	list[3].Recipients = []mapi.Props{{{Tag: tag.RecipientType, Value: mapi.Int32(1)}, {Tag: tag.DisplayName, Value: mapi.String("bob")}}}
	m.save(m.inbox, list...)
	return m
}

// restrictions wants restrictions to choose what a string of digits, the UIDs, says.
func (m *mailbox) restrictions(rows map[string]struct {
	where mapi.Restriction
	want  string
}) {
	m.Helper()
	for name, row := range rows {
		for _, sort := range []mapi.SortOrder{nil, {{Tag: tag.MessageDeliveryTime}}, {{Tag: tag.Importance}}} {
			got := ""
			for _, uid := range m.contents(object.QueryRequest{Folder: m.inbox, Where: row.where, Sort: sort}) {
				got += string(rune('0' + uid))
			}
			equal(m.kit, "the rows of "+name, got, row.want)
		}
	}
}

type restrictRows = map[string]struct {
	where mapi.Restriction
	want  string
}

func restrictContent(k *kit) {
	m := restrictable(k)
	of := func(t mapi.PropTag, how mapi.FuzzyLevel, text string) mapi.Restriction {
		return mapi.Content{Tag: t, Match: how, Value: mapi.String(text)}
	}
	m.restrictions(restrictRows{
		"full string":                      {of(tag.Subject, mapi.FullString, "Crème brûlée"), "1"},
		"full string in the wrong case":    {of(tag.Subject, mapi.FullString, "crème brûlée"), ""},
		"full string without case":         {of(tag.Subject, mapi.FullString|mapi.IgnoreCase, "CRÈME BRÛLÉE"), "1"},
		"full string without diacritics":   {of(tag.Subject, mapi.FullString|mapi.IgnoreNonSpace, "Creme brulee"), "1"},
		"full string loosely":              {of(tag.Subject, mapi.FullString|mapi.Loose, "Crème Brûlée"), "12"},
		"substring":                        {of(tag.Subject, mapi.Substring, "br"), "1"},
		"substring without case":           {of(tag.Subject, mapi.Substring|mapi.IgnoreCase, "STRASSE"), "3"},
		"substring with both":              {of(tag.Subject, mapi.Substring|mapi.IgnoreCase|mapi.IgnoreNonSpace, "BRULEE"), "12"},
		"empty substring":                  {of(tag.Subject, mapi.Substring, ""), "1234"},
		"prefix":                           {of(tag.Subject, mapi.Prefix, "creme"), "2"},
		"prefix loosely":                   {of(tag.Subject, mapi.Prefix|mapi.Loose, "crème"), "12"},
		"class in full":                    {of(tag.MessageClass, mapi.FullString, "IPM.Note"), "1"},
		"class in full without case":       {of(tag.MessageClass, mapi.FullString|mapi.IgnoreCase, "ipm.TASK"), "2"},
		"class by prefix":                  {of(tag.MessageClass, mapi.Prefix|mapi.IgnoreCase, "ipm.note"), "13"},
		"class by prefix in its case":      {of(tag.MessageClass, mapi.Prefix, "ipm."), "4"},
		"class by substring":               {of(tag.MessageClass, mapi.Substring|mapi.IgnoreCase, ".A"), "4"},
		"class by wide substring":          {of(tag.MessageClass, mapi.Substring|mapi.IgnoreCase, "LÄN"), "3"},
		"class without diacritics":         {of(tag.MessageClass, mapi.Substring|mapi.Loose, "lan"), "3"},
		"class with what LIKE would take":  {of(tag.MessageClass, mapi.Substring, "%"), ""},
		"keyword in full":                  {of(tag.TwigaKeywords, mapi.FullString|mapi.IgnoreCase, "WORK"), "1"},
		"keyword by prefix":                {of(tag.TwigaKeywords, mapi.Prefix|mapi.IgnoreCase, "wor"), "12"},
		"keyword by substring":             {of(tag.TwigaKeywords, mapi.Substring, "k_"), "2"},
		"keyword loosely":                  {of(tag.TwigaKeywords, mapi.FullString|mapi.Loose, "SPATER"), "1"},
		"bytes":                            {mapi.Content{Tag: tag.ConversationIndex, Match: mapi.Substring, Value: mapi.Binary([]byte{0, 'A'})}, "3"},
		"bytes in text":                    {mapi.Content{Tag: tag.Subject, Match: mapi.Substring, Value: mapi.Binary([]byte("br"))}, ""},
		"text in a number":                 {of(tag.InternetArticleNumber, mapi.Substring, ""), ""},
		"text that is missing":             {of(tag.Comment, mapi.Prefix, ""), "3"},
		"a long text":                      {of(tag.MessageClass, mapi.Substring, strings.Repeat("x", 5000)), ""},
		"a column asked with another type": {of(tag.MessageClass.WithType(mapi.PtypString8), mapi.FullString, "IPM.Task"), "2"},
	})
}

func restrictProperty(k *kit) {
	m := restrictable(k)
	of := func(t mapi.PropTag, op mapi.RelOp, v mapi.Value) mapi.Restriction {
		return mapi.Property{Op: op, Tag: t, Value: v}
	}
	importance, uid, at := tag.Importance, tag.InternetArticleNumber, tag.MessageDeliveryTime
	m.restrictions(restrictRows{
		"bag less":                   {of(importance, mapi.LT, mapi.Int32(0)), "1"},
		"bag at most":                {of(importance, mapi.LE, mapi.Int64(0)), "12"},
		"bag greater":                {of(importance, mapi.GT, mapi.Int16(0)), "34"},
		"bag at least":               {of(importance, mapi.GE, mapi.Float64(0.5)), "34"},
		"bag equal":                  {of(importance, mapi.EQ, mapi.Int32(2)), "4"},
		"bag not equal":              {of(importance, mapi.NE, mapi.Int32(2)), "123"},
		"bag text":                   {of(tag.Subject, mapi.EQ, mapi.String("CREME brulee")), "2"},
		"bag text order":             {of(tag.Subject, mapi.GT, mapi.String("creme z")), "13"},
		"bag pattern":                {of(tag.Subject, mapi.RE, mapi.String(`^cr.me\b`)), "12"},
		"bag missing":                {of(tag.Comment, mapi.NE, mapi.String("")), "3"},
		"column less":                {of(uid, mapi.LT, mapi.Int32(3)), "12"},
		"column at most":             {of(uid, mapi.LE, mapi.Int64(3)), "123"},
		"column greater":             {of(uid, mapi.GT, mapi.Float64(2.5)), "34"},
		"column at least":            {of(uid, mapi.GE, mapi.Int32(4)), "4"},
		"column equal":               {of(uid, mapi.EQ, mapi.Int32(4)), "4"},
		"column not equal":           {of(uid, mapi.NE, mapi.Int32(4)), "123"},
		"column and text":            {of(uid, mapi.NE, mapi.String("4")), ""},
		"column pattern":             {of(uid, mapi.RE, mapi.String("4")), ""},
		"time less":                  {of(at, mapi.LT, mapi.Time(received)), "12"},
		"time equal":                 {of(at, mapi.EQ, mapi.Time(received)), "3"},
		"time at least":              {of(at, mapi.GE, mapi.Time(received)), "34"},
		"time and number":            {of(at, mapi.NE, mapi.Int64(1)), ""},
		"time that some have":        {of(tag.ClientSubmitTime, mapi.GT, mapi.Time(received.Add(-time.Hour))), "3"},
		"not the time of others":     {of(tag.ClientSubmitTime, mapi.NE, mapi.Time(received)), ""},
		"class equal":                {of(tag.MessageClass, mapi.EQ, mapi.String("ipm.note")), "1"},
		"class not equal":            {of(tag.MessageClass, mapi.NE, mapi.String("IPM.NOTE")), "234"},
		"class order":                {of(tag.MessageClass, mapi.LT, mapi.String("ipm.note")), "4"},
		"class beyond ASCII":         {of(tag.MessageClass, mapi.EQ, mapi.String("IPM.Note.LÄNGS")), "3"},
		"class pattern":              {of(tag.MessageClass, mapi.RE, mapi.String("^ipm\\.(task|app)")), "24"},
		"one keyword":                {of(tag.TwigaKeywords, mapi.EQ, mapi.String("WORK")), "1"},
		"a keyword that is not this": {of(tag.TwigaKeywords, mapi.NE, mapi.String("work")), "12"},
		"all keywords":               {of(tag.TwigaKeywords, mapi.EQ, mapi.Strings("work", "SPÄTER")), "1"},
		"keyword pattern":            {of(tag.TwigaKeywords, mapi.RE, mapi.String("_")), "2"},
		"flag status":                {of(tag.FlagStatus, mapi.EQ, mapi.Int32(2)), "1"},
		"last verb":                  {of(tag.LastVerbExecuted, mapi.EQ, mapi.Int32(102)), "2"},
		"has attachments":            {of(tag.HasAttachments, mapi.EQ, mapi.Bool(true)), "3"},
		"folder":                     {of(tag.ParentFolderId, mapi.EQ, mapi.Int64(int64(m.inbox))), "1234"},
		"size":                       {of(tag.MessageSizeExtended, mapi.GT, mapi.Int64(0)), "1234"},
	})
}

func restrictOther(k *kit) {
	m := restrictable(k)
	m.restrictions(restrictRows{
		"a bit set":                    {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1, NonZero: true}, "1"},
		"a bit not set":                {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}, "234"},
		"one of several bits":          {mapi.Bitmask{Tag: tag.MessageFlags, Mask: 0x11, NonZero: true}, "13"},
		"bits of the store's flags":    {mapi.Bitmask{Tag: tag.TwigaFlags, Mask: uint32(object.FlagFlagged | object.FlagAnswered), NonZero: true}, "12"},
		"bits of what is missing":      {mapi.Bitmask{Tag: tag.FlagStatus, Mask: 1}, "1"},
		"bits of a bag's number":       {mapi.Bitmask{Tag: tag.Importance, Mask: 2, NonZero: true}, "14"},
		"bits of text":                 {mapi.Bitmask{Tag: tag.MessageClass, Mask: 1}, ""},
		"size of a bag's text":         {mapi.Size{Op: mapi.EQ, Tag: tag.Comment, Size: 3}, "3"},
		"size of a class":              {mapi.Size{Op: mapi.LE, Tag: tag.MessageClass, Size: 8}, "12"},
		"size of a number":             {mapi.Size{Op: mapi.EQ, Tag: tag.InternetArticleNumber, Size: 4}, "1234"},
		"size of keywords":             {mapi.Size{Op: mapi.GT, Tag: tag.TwigaKeywords, Size: 8}, "1"},
		"equal in the bag":             {mapi.Compare{Op: mapi.EQ, A: tag.SenderName, B: tag.SentRepresentingName}, "4"},
		"columns compared":             {mapi.Compare{Op: mapi.EQ, A: tag.ClientSubmitTime, B: tag.MessageDeliveryTime}, "3"},
		"column compared with the bag": {mapi.Compare{Op: mapi.GT, A: tag.InternetArticleNumber, B: tag.Importance}, "1234"},
		"classes that do not compare":  {mapi.Compare{Op: mapi.NE, A: tag.Mid, B: tag.MessageDeliveryTime}, ""},
		"exists in the bag":            {mapi.Exist{Tag: tag.Comment}, "3"},
		"exists in a column":           {mapi.Exist{Tag: tag.TwigaKeywords}, "12"},
		"exists whatever the type":     {mapi.Exist{Tag: tag.ClientSubmitTime.WithType(mapi.PtypUnspecified)}, "3"},
		"exists everywhere":            {mapi.Exist{Tag: tag.Mid}, "1234"},
		"a recipient":                  {mapi.Sub{Of: tag.MessageRecipients, Part: mapi.Content{Tag: tag.DisplayName, Match: mapi.FullString | mapi.IgnoreCase, Value: mapi.String("BOB")}}, "4"},
		"an attachment":                {mapi.Sub{Of: tag.MessageAttachments, Part: mapi.Content{Tag: tag.AttachLongFilename, Match: mapi.Substring, Value: mapi.String(".txt")}}, "3"},
	})
}

func restrictCombined(k *kit) {
	m := restrictable(k)
	unread := mapi.Bitmask{Tag: tag.MessageFlags, Mask: 1}
	comment := mapi.Exist{Tag: tag.Comment}
	class := mapi.Content{Tag: tag.MessageClass, Match: mapi.Prefix, Value: mapi.String("IPM.")}
	var wide mapi.Or
	for i := range 2000 {
		wide = append(wide, mapi.Property{Op: mapi.EQ, Tag: tag.InternetArticleNumber, Value: mapi.Int32(int32(i + 3))})
	}
	m.restrictions(restrictRows{
		"column and column":            {mapi.And{unread, class}, "23"},
		"column and bag":               {mapi.And{unread, comment}, "3"},
		"and within and":               {mapi.And{mapi.And{unread, comment}, mapi.And{class}}, "3"},
		"and of nothing":               {mapi.And{}, "1234"},
		"column or column":             {mapi.Or{mapi.Not{Of: unread}, mapi.Not{Of: class}}, "14"},
		"column or bag":                {mapi.Or{mapi.Not{Of: unread}, comment}, "13"},
		"or of nothing":                {mapi.Or{}, ""},
		"a wide or":                    {wide, "34"},
		"not a column":                 {mapi.Not{Of: unread}, "1"},
		"not what is missing":          {mapi.Not{Of: mapi.Property{Op: mapi.EQ, Tag: tag.FlagStatus, Value: mapi.Int32(2)}}, "234"},
		"not an inexact column":        {mapi.Not{Of: mapi.Property{Op: mapi.EQ, Tag: tag.MessageClass, Value: mapi.String("ipm.note")}}, "234"},
		"not both":                     {mapi.Not{Of: mapi.And{unread, comment}}, "124"},
		"comment":                      {mapi.Comment{Props: values(), Of: unread}, "234"},
		"comment on nothing":           {mapi.Comment{Props: values()}, "1234"},
		"the first two":                {mapi.Count{N: 2, Of: unread}, "23"},
		"the first of those before it": {mapi.And{class, mapi.Count{N: 1, Of: unread}}, "2"},
		"the first before the others":  {mapi.And{mapi.Count{N: 2, Of: unread}, comment}, "3"},
		"none":                         {mapi.Count{N: 0, Of: unread}, ""},
	})
}

func restrictFails(k *kit) {
	m := k.mailbox()
	for name, row := range map[string]struct {
		where mapi.Restriction
		want  mapi.Code
	}{
		"a pattern that is none":    {mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String("(")}, mapi.InvalidParameter},
		"a pattern that is long":    {mapi.Property{Op: mapi.RE, Tag: tag.Subject, Value: mapi.String(strings.Repeat("a", 2000))}, mapi.TooComplex},
		"membership in a list":      {mapi.Property{Op: mapi.MemberOfDL, Tag: tag.SenderEntryId, Value: mapi.Binary(nil)}, mapi.NoSupport},
		"a fuzzy level unknown":     {mapi.Content{Tag: tag.Subject, Match: 7, Value: mapi.String("a")}, mapi.InvalidParameter},
		"the content of many":       {mapi.Content{Tag: tag.Subject, Value: mapi.Strings("a")}, mapi.InvalidParameter},
		"more nodes than there may": {make(mapi.Or, mapi.MaxRestrictionNodes), mapi.TooComplex},
	} {
		if or, ok := row.where.(mapi.Or); ok {
			for i := range or {
				or[i] = mapi.Exist{Tag: tag.Subject}
			}
		}
		req := object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox, Where: row.where}
		_, err := collect(m.s.Query(k.Context(), req))
		k.fails(err, row.want)
		_, err = m.s.FindRow(k.Context(), object.FindRowRequest{Query: object.QueryRequest{Store: m.guid, Table: object.TableContents, Folder: m.inbox}, Find: row.where})
		k.fails(err, row.want)
		if k.Failed() {
			k.Fatalf("restriction with %s", name)
		}
	}
}
