// SPDX-License-Identifier: AGPL-3.0-or-later

package mime

import (
	"bytes"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
)

// setClass sets PidTagMessageClass.
func (m *Message) setClass() {
	m.Props.Set(tag.MessageClass, mapi.String(m.Structure.class()))
}

// class gives the message class ([MS-OXCMAIL] 2.2.3.3, 2.2.3.4). An invitation
// (text/calendar) is a note like any until calendars are understood.
func (s *Structure) class() string {
	switch {
	case s.Is(0, "multipart", "signed"):
		return "IPM.Note.SMIME.MultipartSigned"
	case s.Is(0, "application", "pkcs7-mime"), s.Is(0, "application", "x-pkcs7-mime"):
		if kind, _ := s.TypeParam(0, "smime-type"); strings.EqualFold(kind, "certs-only") {
			break
		}
		return "IPM.Note.SMIME"
	case s.Is(0, "application", "octet-stream"):
		if strings.HasSuffix(strings.ToLower(s.Filename(0)), ".p7m") {
			return "IPM.Note.SMIME"
		}
	case s.Is(0, "multipart", "report"):
		return s.reportClass()
	}
	return "IPM.Note"
}

// maxReport is how much of a report's machine-readable part is read.
const maxReport = 64 << 10

// reportClass reads what a report tells (RFC 3464, RFC 8098).
func (s *Structure) reportClass() string {
	for c := s.Parts[0].First; c >= 0; c = s.Parts[c].Next {
		body := s.Parts[c].Body.in(s.data)
		body = body[:min(len(body), maxReport)]
		switch {
		case s.Is(c, "message", "delivery-status"), s.Is(c, "message", "global-delivery-status"):
			switch action := reportField(body, "action", s.eol); {
			case bytes.HasPrefix(action, []byte("failed")):
				return "REPORT.IPM.Note.NDR"
			case bytes.HasPrefix(action, []byte("delayed")):
				return "REPORT.IPM.Note.Delayed.DR"
			case bytes.HasPrefix(action, []byte("relayed")):
				return "REPORT.IPM.Note.Relayed.DR"
			case bytes.HasPrefix(action, []byte("expanded")):
				return "REPORT.IPM.Note.Expanded.DR"
			case bytes.HasPrefix(action, []byte("delivered")):
				return "REPORT.IPM.Note.DR"
			}
			return "REPORT.IPM.Note.NDR"
		case s.Is(c, "message", "disposition-notification"), s.Is(c, "message", "global-disposition-notification"):
			if bytes.Contains(reportField(body, "disposition", s.eol), []byte("deleted")) {
				return "REPORT.IPM.Note.IPNNRN"
			}
			return "REPORT.IPM.Note.IPNRN"
		}
	}
	return "IPM.Note"
}

// reportField gives the value of the first field of a name in a report, which
// is several headers one after the other, in lower case.
func reportField(body []byte, name string, eol byte) []byte {
	for pos := 0; pos < len(body); {
		f, ok := scanField(body, pos, eol)
		if ok {
			if equalFold(body[f.start:f.name], name) {
				return bytes.ToLower(f.value.in(body))
			}
			pos = f.next
			continue
		}
		i := bytes.IndexByte(body[pos:], eol)
		if i < 0 {
			break
		}
		pos += i + 1
	}
	return nil
}
