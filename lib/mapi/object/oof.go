// SPDX-License-Identifier: AGPL-3.0-or-later

package object

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// Limits on an out-of-office reply.
const (
	MaxReplySubject = 255      // characters
	MaxReplyText    = 64 << 10 // bytes of each text
)

// ReplyAudience says who outside gets an out-of-office reply. Values are kept on disk.
type ReplyAudience uint8

// The audiences.
const (
	ReplyAll   ReplyAudience = iota
	ReplyKnown               // whom the owner's contacts know
	ReplyNone
)

var audienceNames = [...]string{"all", "known", "none"}

// String is the audience's name as commands print and take it.
func (a ReplyAudience) String() string {
	if int(a) < len(audienceNames) {
		return audienceNames[a]
	}
	return "unknown"
}

// ParseReplyAudience is the inverse of String.
func ParseReplyAudience(name string) (ReplyAudience, bool) {
	for i, n := range audienceNames {
		if n == name {
			return ReplyAudience(i), true
		}
	}
	return 0, false
}

// OutOfOffice is what a store answers while its owner is away. It is kept as
// properties of the store (GetStoreProps, SetStoreProps).
type OutOfOffice struct {
	On       bool
	Subject  string    // "" is that of the message with words before it
	Text     string    // plain text
	HTML     string    // the same as HTML; "" is none
	From     time.Time // zero is at once
	Until    time.Time // zero is until it is turned off
	External string    // plain text for people outside; "" is Text
	Audience ReplyAudience
}

// OutOfOfficeColumns are the properties that make up an OutOfOffice.
func OutOfOfficeColumns() []mapi.PropTag {
	return []mapi.PropTag{tag.OutOfOfficeState, tag.TwigaReplyText, tag.TwigaReplyHTML, tag.TwigaReplySubject,
		tag.TwigaReplyFrom, tag.TwigaReplyUntil, tag.TwigaReplyExternalText, tag.TwigaReplyAudience}
}

// Active says whether replies are to be sent at a moment.
func (o *OutOfOffice) Active(now time.Time) bool {
	return o.On && !now.Before(o.From) && (o.Until.IsZero() || now.Before(o.Until))
}

// Reply is what a sender is told, false for nothing: inside is one of this
// server's users, known one whom the owner's contacts know.
func (o *OutOfOffice) Reply(now time.Time, inside, known bool) (text, html string, ok bool) {
	switch {
	case !o.Active(now):
		return "", "", false
	case inside:
		return o.Text, o.HTML, true
	case o.Audience == ReplyNone || o.Audience == ReplyKnown && !known:
		return "", "", false
	case o.External != "":
		return o.External, "", true
	}
	return o.Text, o.HTML, true
}

// Check says what is wrong with it: StringTooLong, TooBig or InvalidParameter.
func (o *OutOfOffice) Check() error {
	switch {
	case utf8.RuneCountInString(o.Subject) > MaxReplySubject:
		return fmt.Errorf("check out-of-office subject: %d characters: %w", utf8.RuneCountInString(o.Subject), mapi.StringTooLong)
	case strings.ContainsFunc(o.Subject, unicode.IsControl):
		return fmt.Errorf("check out-of-office subject %q: %w", o.Subject, mapi.InvalidParameter)
	case max(len(o.Text), len(o.HTML), len(o.External)) > MaxReplyText:
		return fmt.Errorf("check out-of-office text: more than %d bytes: %w", MaxReplyText, mapi.TooBig)
	case !utf8.ValidString(o.Subject + o.Text + o.HTML + o.External):
		return fmt.Errorf("check out-of-office text: no UTF-8: %w", mapi.InvalidParameter)
	case !o.From.IsZero() && !o.Until.IsZero() && !o.From.Before(o.Until):
		return fmt.Errorf("check out-of-office time: ends %s, begins %s: %w", o.Until, o.From, mapi.InvalidParameter)
	case o.Audience > ReplyNone:
		return fmt.Errorf("check out-of-office audience %d: %w", o.Audience, mapi.InvalidParameter)
	}
	return nil
}

// Props is what to set in the store and what to delete, so that it says just this.
func (o *OutOfOffice) Props() (set mapi.Props, deleted []mapi.PropTag) {
	set.Set(tag.OutOfOfficeState, mapi.Bool(o.On))
	texts := []struct {
		tag  mapi.PropTag
		text string
	}{
		{tag.TwigaReplyText, o.Text}, {tag.TwigaReplyHTML, o.HTML}, {tag.TwigaReplySubject, o.Subject}, {tag.TwigaReplyExternalText, o.External},
	}
	for _, e := range texts {
		if e.text == "" {
			deleted = append(deleted, e.tag)
			continue
		}
		set.Set(e.tag, mapi.String(e.text))
	}
	for _, e := range []struct {
		tag mapi.PropTag
		at  time.Time
	}{{tag.TwigaReplyFrom, o.From}, {tag.TwigaReplyUntil, o.Until}} {
		if e.at.IsZero() {
			deleted = append(deleted, e.tag)
			continue
		}
		set.Set(e.tag, mapi.Time(e.at))
	}
	if o.Audience == ReplyAll {
		return set, append(deleted, tag.TwigaReplyAudience)
	}
	set.Set(tag.TwigaReplyAudience, mapi.Int32(int32(o.Audience)))
	return set, deleted
}

// ReadOutOfOffice is the inverse of Props; what is missing is zero. An audience
// that it does not know is ReplyNone.
func ReadOutOfOffice(p mapi.Props) OutOfOffice {
	on, _ := p.Get(tag.OutOfOfficeState)
	o := OutOfOffice{
		On: on.Bool(), Subject: p.Text(tag.TwigaReplySubject), Text: p.Text(tag.TwigaReplyText), HTML: p.Text(tag.TwigaReplyHTML),
		External: p.Text(tag.TwigaReplyExternalText), Audience: ReplyNone,
	}
	if v, ok := p.Get(tag.TwigaReplyFrom); ok {
		o.From = v.Time()
	}
	if v, ok := p.Get(tag.TwigaReplyUntil); ok {
		o.Until = v.Time()
	}
	if n := p.Int(tag.TwigaReplyAudience); n >= 0 && n <= int64(ReplyNone) {
		o.Audience = ReplyAudience(n)
	}
	return o
}
