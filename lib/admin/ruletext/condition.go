// SPDX-License-Identifier: AGPL-3.0-or-later

// Package ruletext makes the conditions and actions of rules from what people
// say on a command line, and tells them those of any rule.
package ruletext

import (
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// anyCase is how texts are searched.
const anyCase = mapi.Substring | mapi.IgnoreCase

// From is true for messages whose sender's name or address holds the text.
func From(text string) mapi.Restriction {
	return holds(text, tag.SentRepresentingName, tag.SentRepresentingEmailAddress, tag.SenderName, tag.SenderEmailAddress)
}

// To is true for messages one of whose recipients' names or addresses holds the text.
func To(text string) mapi.Restriction {
	return mapi.Sub{Of: tag.MessageRecipients, Part: holds(text, tag.DisplayName, tag.EmailAddress)}
}

// Subject is true for messages whose subject holds the text.
func Subject(text string) mapi.Restriction { return holds(text, tag.Subject)[0] }

// HasAttachment is true for messages with attachments.
func HasAttachment() mapi.Restriction {
	return mapi.Property{Op: mapi.EQ, Tag: tag.HasAttachments, Value: mapi.Bool(true)}
}

// Larger is true for messages of more than so many bytes.
func Larger(bytes int32) mapi.Restriction {
	return mapi.Property{Op: mapi.GT, Tag: tag.MessageSize, Value: mapi.Int32(bytes)}
}

func holds(text string, in ...mapi.PropTag) mapi.Or {
	var out mapi.Or
	for _, t := range in {
		out = append(out, mapi.Content{Tag: t, Match: anyCase, Value: mapi.String(text)})
	}
	return out
}

// words are what properties are called; several may be one thing to people.
var words = map[mapi.PropTag]string{
	tag.SentRepresentingName: "from", tag.SentRepresentingEmailAddress: "from", tag.SentRepresentingSmtpAddress: "from",
	tag.SenderName: "from", tag.SenderEmailAddress: "from", tag.SenderSmtpAddress: "from", tag.SenderSearchKey: "from",
	tag.SentRepresentingSearchKey: "from", tag.DisplayName: "recipient", tag.EmailAddress: "recipient", tag.SmtpAddress: "recipient",
	tag.SearchKey: "recipient", tag.DisplayTo: "to", tag.DisplayCc: "cc", tag.Subject: "subject", tag.NormalizedSubject: "subject",
	tag.Body: "body", tag.MessageClass: "class", tag.MessageSize: "size", tag.Importance: "importance", tag.Sensitivity: "sensitivity",
	tag.TransportMessageHeaders: "header", tag.MessageDeliveryTime: "received", tag.ClientSubmitTime: "sent",
}

func word(t mapi.PropTag) string {
	if w := words[t]; w != "" {
		return w
	}
	return tag.Name(t)
}

// comparisons are the relations as people write them.
var comparisons = map[mapi.RelOp]string{
	mapi.LT: "<", mapi.LE: "<=", mapi.GT: ">", mapi.GE: ">=", mapi.EQ: "=", mapi.NE: "!=", mapi.RE: "matches", mapi.MemberOfDL: "is in",
}

// Condition tells a condition in words.
func Condition(r mapi.Restriction) string {
	text, _ := condition(r)
	return text
}

// condition tells it and says whether it is one thing, which needs no
// parentheses beside others.
func condition(r mapi.Restriction) (text string, one bool) {
	switch r := r.(type) {
	case nil:
		return "always", true
	case mapi.And:
		return list(r, "and", "always")
	case mapi.Or:
		return list(r, "or", "never")
	case mapi.Not:
		text, one := condition(r.Of)
		return "not " + inside(text, one), true
	case mapi.Content:
		return fmt.Sprintf("%s %s %s", word(r.Tag), fuzzy(r.Match), value(r.Value)), true
	case mapi.Property:
		if r.Tag == tag.HasAttachments && r.Op == mapi.EQ && r.Value.Bool() {
			return "has attachment", true
		}
		return fmt.Sprintf("%s %s %s", word(r.Tag), comparisons[r.Op], value(r.Value)), true
	case mapi.Sub:
		text, one := condition(r.Part)
		if r.Of == tag.MessageRecipients {
			return text, one
		}
		return "attachment: " + inside(text, one), true
	case mapi.Comment:
		return condition(r.Of)
	}
	return rare(r), true
}

// rare tells conditions that programs make rather than people.
func rare(r mapi.Restriction) string {
	switch r := r.(type) {
	case mapi.Compare:
		return fmt.Sprintf("%s %s %s", word(r.A), comparisons[r.Op], word(r.B))
	case mapi.Bitmask:
		if r.NonZero {
			return fmt.Sprintf("%s has bits 0x%x", word(r.Tag), r.Mask)
		}
		return fmt.Sprintf("%s lacks bits 0x%x", word(r.Tag), r.Mask)
	case mapi.Size:
		return fmt.Sprintf("length of %s %s %d", word(r.Tag), comparisons[r.Op], r.Size)
	case mapi.Exist:
		return "has " + word(r.Tag)
	case mapi.Count:
		return fmt.Sprintf("the first %d where %s", r.N, Condition(r.Of))
	}
	return "unknown"
}

// list tells the parts, what is told alike once.
func list[L ~[]mapi.Restriction](parts L, between, none string) (string, bool) {
	var texts []string
	single := true
	for _, p := range parts {
		text, one := condition(p)
		if len(parts) > 1 {
			text = inside(text, one)
		}
		if !slices.Contains(texts, text) {
			texts, single = append(texts, text), one
		}
	}
	switch len(texts) {
	case 0:
		return none, true
	case 1:
		return texts[0], single || len(parts) > 1
	}
	return strings.Join(texts, " "+between+" "), false
}

func inside(text string, one bool) string {
	if one {
		return text
	}
	return "(" + text + ")"
}

func fuzzy(f mapi.FuzzyLevel) string {
	switch f & 0xffff {
	case mapi.FullString:
		return "is"
	case mapi.Prefix:
		return "begins with"
	}
	return "contains"
}

func value(v mapi.Value) string {
	if v.Type() == mapi.PtypString {
		return fmt.Sprintf("%q", v.Text())
	}
	return mapi.Format(v)
}
