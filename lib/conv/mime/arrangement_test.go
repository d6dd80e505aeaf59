// SPDX-License-Identifier: AGPL-3.0-or-later

package mime_test

import (
	"reflect"
	"strings"
	"testing"

	"twiga/lib/conv/arrange"
	"twiga/lib/conv/mime"
)

func TestAppendArrangement(t *testing.T) {
	id := func(s string) arrange.ID { return arrange.FirstID([]byte(s)) }
	for name, c := range map[string]struct {
		header string
		want   arrange.Record
	}{
		"nothing": {"", arrange.Record{}},
		"usual": {
			"Date: Tue, 1 Jul 2003 10:52:37 +0200\nMessage-ID: <1@x>\nSubject: Re: Hello\nFrom: Jane <jane@x.org>, Joe <joe@x.org>\n" +
				"To: list@x.org\nCc: =?utf-8?q?J=C3=BCrgen?= <j@x.org>\n\n",
			arrange.Record{HasDate: true, Sent: 1057049557, Zone: 120, ID: id("<1@x>"), Reply: true, Subject: "HELLO",
				From: "JANE", DisplayFrom: "JANE", To: "LIST", DisplayTo: "LIST@X.ORG", Cc: "J"},
		},
		"references": {
			"References: <1@x>\n <2@x>\nIn-Reply-To: <9@x>\n\n",
			arrange.Record{Refs: []arrange.ID{id("<1@x>"), id("<2@x>")}, References: true},
		},
		"references without ids": {
			"References: none\nIn-Reply-To: Your message <9@x> <10@x>\n\n",
			arrange.Record{Refs: []arrange.ID{id("<9@x>")}},
		},
		"the first of two fields": {"Subject: a\nSubject: b\n\n", arrange.Record{Subject: "A"}},
		"group":                   {"To: Friends: a@x, b@x;\n\n", arrange.Record{To: "FRIENDS", DisplayTo: "FRIENDS"}},
		"comment as name":         {"From: a@x (The A)\n\n", arrange.Record{From: "A", DisplayFrom: "THE A"}},
		"encoded subject":         {"Subject: =?iso-8859-1?q?Re:_=E4?=\n\n", arrange.Record{Reply: true, Subject: "A\u0308"}},
		"date that is none":       {"Date: yesterday\n\n", arrange.Record{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := arrange.ParseRecord(mime.AppendArrangement(nil, []byte(strings.ReplaceAll(c.header, "\n", "\r\n"))))
			if !ok || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}
