// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"strings"
	"time"

	"twiga/lib/charset"
	"twiga/lib/conv/arrange"
	"twiga/lib/conv/casemap"
)

// AppendArrangement appends the packed arrange.Record of the message.
func (s *Structure) AppendArrangement(dst []byte) []byte {
	return AppendArrangement(dst, s.Parts[0].Header.in(s.data))
}

// AppendArrangement appends the packed arrange.Record of a message with this
// header: what SORT and THREAD need of it (RFC 5256). Of a field that is there
// more than once, the first counts.
func AppendArrangement(dst, header []byte) []byte {
	v := envelopeValues(header)
	refs := firstValue(header, "references")
	var r arrange.Record
	if t, zone, ok := ParseZonedDate(v[envDate]); ok {
		r.HasDate, r.Sent, r.Zone = true, t.Unix(), int(zone/time.Minute)
	}
	r.ID = arrange.FirstID(v[envMessageID])
	if r.Refs = arrange.IDs(refs); len(r.Refs) > 0 {
		r.References = true
	} else if id := arrange.FirstID(v[envInReplyTo]); id != 0 {
		r.Refs = []arrange.ID{id}
	}
	r.SetSubject(charset.DecodeHeader(v[envSubject][:min(len(v[envSubject]), arrange.MaxSubject)]))
	r.From, r.DisplayFrom = addressKeys(v[envFrom])
	r.To, r.DisplayTo = addressKeys(v[envTo])
	r.Cc, _ = addressKeys(v[envCc])
	return r.Append(dst)
}

// firstValue is the value of a field, nil if there is none.
func firstValue(header []byte, field string) (value []byte) {
	eachField(header, func(name, v []byte, _ headerField) bool {
		if equalFold(name, field) {
			value = v
			return false
		}
		return true
	})
	return value
}

// maxFirstAddress is how much of an address list is read for its first element.
const maxFirstAddress = 2000

// addressKeys are the keys of the mailbox and of the display name of the first
// address in a list: the name, else the address (RFC 5957 3). A group is called
// by its name in both.
func addressKeys(list []byte) (box, display string) {
	EachAddress(list[:min(len(list), maxFirstAddress)], func(a Address) bool {
		box = casemap.Key(charset.OneLine(charset.String("", a.Local)))
		if a.Kind == GroupStart {
			box = casemap.Key(strings.TrimSpace(charset.DecodeHeader(a.Name)))
		}
		if display = casemap.Key(strings.TrimSpace(charset.DecodeHeader(a.Name))); display == "" {
			display = box
			if len(a.Host) > 0 {
				display += "@" + casemap.Key(charset.OneLine(charset.String("", a.Host)))
			}
		}
		return false
	})
	return box, display
}
