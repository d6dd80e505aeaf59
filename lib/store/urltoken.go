// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// urlTokenVersion is the first byte of a token, whose form twiga-rpc(7) has.
const urlTokenVersion = 1

// urlTokenFixed is the size of a token but for the user's name, with the MAC.
const urlTokenFixed = 1 + 1 + 1 + 16 + 16 + 8 + 4 + 4 + 8 + 8 + 8 + sha256.Size

// urlDomain keeps what is signed apart from anything else that a key might sign.
const urlDomain = "twiga url 1\x00"

// urlToken is what a token says: all but the text of grant.URL is in it.
type urlToken struct {
	issuer   mapi.GUID // the user who had it signed
	store    mapi.GUID
	folder   mapi.ID
	validity uint32
	grant    object.URLGrant
}

// check says whether the grant can be signed.
func (t *urlToken) check() error {
	g := &t.grant
	named := g.Access == object.URLUser || g.Access == object.URLSubmit
	switch {
	case len(g.URL) > object.MaxURL || len(g.User) > object.MaxURLToken-urlTokenFixed:
		return fmt.Errorf("sign URL of %d bytes: %w", len(g.URL), mapi.TooBig)
	case g.Access < object.URLAnonymous || g.Access > object.URLSubmit || named != (g.User != "") || g.Offset < 0 ||
		!g.Expire.IsZero() && g.Expire.Unix() <= 0:
		return fmt.Errorf("sign URL: %w", mapi.InvalidParameter)
	}
	return nil
}

// append appends the token without its MAC.
func (t *urlToken) append(b []byte) []byte {
	g := &t.grant
	expire := uint64(0)
	if !g.Expire.IsZero() {
		expire = uint64(g.Expire.Unix())
	}
	b = append(b, urlTokenVersion, byte(g.Access), g.Form)
	b = append(b, t.issuer[:]...)
	b = append(b, t.store[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(t.folder))
	b = binary.LittleEndian.AppendUint32(b, t.validity)
	b = binary.LittleEndian.AppendUint32(b, uint32(g.UID))
	b = binary.LittleEndian.AppendUint64(b, uint64(g.Offset))
	b = binary.LittleEndian.AppendUint64(b, uint64(g.Length))
	b = binary.LittleEndian.AppendUint64(b, expire)
	return append(b, g.User...)
}

// sign gives the token.
func (t *urlToken) sign(key []byte) []byte { return append(t.append(nil), t.mac(key)...) }

// signed says whether mac is the token's.
func (t *urlToken) signed(key, mac []byte) bool { return hmac.Equal(t.mac(key), mac) }

func (t *urlToken) mac(key []byte) []byte {
	h := hmac.New(sha256.New, key)
	b := append(make([]byte, 0, 1<<10), urlDomain...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(t.grant.URL)))
	b = append(b, t.grant.URL...)
	h.Write(t.append(b))
	return h.Sum(nil)
}

// parseURLToken is the inverse of sign; nothing of it is to be believed before
// the MAC was compared.
func parseURLToken(b []byte) (*urlToken, []byte, error) {
	if len(b) < urlTokenFixed || len(b) > object.MaxURLToken || b[0] != urlTokenVersion {
		return nil, nil, errURL
	}
	b, mac := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	t := &urlToken{}
	g := &t.grant
	g.Access, g.Form = object.URLAccess(b[1]), b[2]
	b = b[3:]
	b = b[copy(t.issuer[:], b):]
	b = b[copy(t.store[:], b):]
	t.folder = mapi.ID(binary.LittleEndian.Uint64(b))
	t.validity, g.UID = binary.LittleEndian.Uint32(b[8:]), mapi.UID(binary.LittleEndian.Uint32(b[12:]))
	g.Offset, g.Length = int64(binary.LittleEndian.Uint64(b[16:])), int64(binary.LittleEndian.Uint64(b[24:]))
	if expire := binary.LittleEndian.Uint64(b[32:]); expire > math.MaxInt32*1000 {
		return nil, nil, errURL
	} else if expire > 0 {
		g.Expire = time.Unix(int64(expire), 0)
	}
	g.User = string(b[40:])
	return t, mac, nil
}
