// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"bytes"
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// FuzzURLToken looks for bytes that make reading a token fall over, or that it
// reads as something else than they say.
func FuzzURLToken(f *testing.F) {
	key := make([]byte, urlKeySize)
	for _, g := range []object.URLGrant{
		{UID: 7, Length: -1, Access: object.URLAnonymous},
		{UID: 7, Offset: 1, Length: 2, Form: 1, Access: object.URLUser, User: "fred@example.test", Expire: time.Unix(2e9, 0)},
	} {
		t := urlToken{issuer: mapi.NewGUID(), store: mapi.NewGUID(), folder: 3, validity: 4, grant: g}
		f.Add(t.sign(key))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		token, mac, err := parseURLToken(in)
		if err != nil {
			return
		}
		if !bytes.Equal(append(token.append(nil), mac...), in) {
			t.Fatalf("%x is read as %+v", in, token)
		}
		token.signed(key, mac)
	})
}
