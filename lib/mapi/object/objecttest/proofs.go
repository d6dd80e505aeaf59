// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func proofCases() []testCase {
	return []testCase{
		{"kinds", logonKinds},
		{"proof of the password", proveRight},
		{"proofs that fail", proveWrong},
		{"strangers look like users", proveStranger},
		{"app passwords", proveApp},
		{"who may start", proveWho},
		{"another user", actAs},
		{"credentials of other kinds", otherKinds},
	}
}

func logonKinds(k *kit) {
	got, err := k.gateway.GetLogonKinds(k.Context(), object.GetLogonKindsRequest{})
	k.ok(err)
	equal(k, "the kinds", got, object.LogonKinds{Passwords: true, Proofs: true})
}

// client is what a client of SCRAM-SHA-256 makes of the start.
type client struct {
	proof     object.LogonProof
	signature []byte
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func prove(k *kit, start object.StartProofResponse, user, password string) client {
	k.Helper()
	salted, err := pbkdf2.Key(sha256.New, password, start.Salt, start.Iterations, sha256.Size)
	k.ok(err)
	message := fmt.Sprintf("n=%s,r=abc,r=abc%s,s=%s,i=%d,c=biws,r=abc%[2]s", user, start.Nonce,
		base64.StdEncoding.EncodeToString(start.Salt), start.Iterations)
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	proof := mac(stored[:], message)
	for i := range proof {
		proof[i] ^= key[i]
	}
	return client{object.LogonProof{Nonce: start.Nonce, Message: message, Proof: proof}, mac(mac(salted, "Server Key"), message)}
}

func (k *kit) start(user string) object.StartProofResponse {
	k.Helper()
	start, err := k.gateway.StartProof(k.Context(), object.StartProofRequest{User: user})
	k.ok(err)
	return start
}

func (k *kit) showProof(user string, p object.LogonProof) (object.Session, error) {
	return k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: user, Proof: p, Service: "imap", Program: "objecttest"})
}

func proveRight(k *kit) {
	u := k.newUser()
	start := k.start(u.Name)
	if start.Iterations < 4096 || len(start.Salt) < 8 || bytes.ContainsRune([]byte(start.Nonce), ',') {
		k.Errorf("start %+v", start)
	}
	c := prove(k, start, u.Name, password)
	s, err := k.showProof(u.Name, c.proof)
	k.ok(err)
	equal(k, "the principal", s.Whoami(), object.Principal{Role: object.RoleUser, User: u.Name, ID: u.ID, Store: u.Store})
	signed, ok := s.(object.Signed)
	if !ok || !bytes.Equal(signed.Signature(), c.signature) {
		k.Error("the signature is not that of the password")
	}
	k.ok(s.Logoff(k.Context()))
	_, err = k.showProof(u.Name, c.proof)
	k.fails(err, mapi.LogonFailed) // the nonce was used
}

func proveWrong(k *kit) {
	u, other := k.newUser(), k.newUser()
	for name, change := range map[string]func(c *client){
		"a bit":           func(c *client) { c.proof.Proof[3] ^= 4 },
		"nothing":         func(c *client) { c.proof.Proof = nil },
		"own nonce":       func(c *client) { c.proof.Nonce = base64.StdEncoding.EncodeToString(make([]byte, 40)) },
		"another's nonce": func(c *client) { c.proof.Nonce = k.start(other.Name).Nonce },
		"another message": func(c *client) { c.proof.Message += "x" },
		"nonce not in it": func(c *client) {
			c.proof = prove(k, object.StartProofResponse{Salt: []byte("s"), Iterations: 4096, Nonce: "x"}, u.Name, password).proof
		},
	} {
		c := prove(k, k.start(u.Name), u.Name, password)
		change(&c)
		if _, err := k.showProof(u.Name, c.proof); mapi.CodeOf(err) != mapi.LogonFailed {
			k.Errorf("%s: %v", name, err)
		}
	}
	_, err := k.showProof(u.Name, prove(k, k.start(u.Name), u.Name, "wrong").proof)
	k.fails(err, mapi.LogonFailed)
	off := []string{"imap"}
	_, err = k.admin.SetUser(k.Context(), object.SetUserRequest{Name: u.Name, Changes: directory.Changes{NoServices: &off}})
	k.ok(err)
	_, err = k.showProof(u.Name, prove(k, k.start(u.Name), u.Name, password).proof)
	k.fails(err, mapi.LogonFailed)
}

// proveStranger: what StartProof says of nobody stays the same, differs from
// user to user and has the form that everybody's has.
func proveStranger(k *kit) {
	u := k.newUser()
	real, one, again, two := k.start(u.Name), k.start("nobody-one"), k.start("Nobody-One"), k.start("nobody-two")
	equal(k, "the iterations", one.Iterations, real.Iterations)
	equal(k, "the size of the salt", len(one.Salt), len(real.Salt))
	equal(k, "the size of the nonce", len(one.Nonce), len(real.Nonce))
	if !bytes.Equal(one.Salt, again.Salt) || bytes.Equal(one.Salt, two.Salt) || bytes.Equal(one.Salt, real.Salt) || one.Nonce == again.Nonce {
		k.Errorf("nobody: %+v, %+v, %+v", one, again, two)
	}
	_, err := k.showProof("nobody-one", prove(k, one, "nobody-one", password).proof)
	k.fails(err, mapi.LogonFailed)
}

func proveApp(k *kit) {
	u := k.newUser()
	made, err := k.admin.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{User: u.Name, Name: "phone", Services: []string{"imap"}})
	k.ok(err)
	s, err := k.showProof(u.Name, prove(k, k.start(u.Name), u.Name, made.Password).proof)
	k.ok(err)
	_, err = s.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{Name: "another"})
	k.fails(err, mapi.NoAccess)
	_, err = k.admin.RevokeAppPassword(k.Context(), object.RevokeAppPasswordRequest{User: u.Name, Name: "phone"})
	k.ok(err)
	_, err = s.GetStore(k.Context(), object.GetStoreRequest{})
	k.fails(err, mapi.EndOfSession)
	_, err = k.showProof(u.Name, prove(k, k.start(u.Name), u.Name, made.Password).proof)
	k.fails(err, mapi.LogonFailed)
}

func proveWho(k *kit) {
	for _, r := range []object.Role{object.RoleDelivery, object.RoleIndex, object.RoleMonitor} {
		_, err := k.env.Service(r).StartProof(k.Context(), object.StartProofRequest{User: "anna"})
		k.fails(err, mapi.NoAccess)
	}
}

// actAs: an administrator of the server acts for another user, by a password or
// a proof; nobody else does.
func actAs(k *kit) {
	level := func(l directory.AdminLevel) directory.User {
		return k.newUser(func(u *directory.User) { u.Admin = l })
	}
	boss, helper, plain, target := level(directory.AdminServer), level(directory.AdminUsers), level(directory.AdminNone), k.newUser()
	app, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: boss.Name, Password: password})
	k.ok(err)
	made, err := app.CreateAppPassword(k.Context(), object.CreateAppPasswordRequest{Name: "phone"})
	k.ok(err)
	for _, tc := range []struct {
		name, user, password, identity string
		want                           mapi.Code
	}{
		{"administrator", boss.Name, password, target.Name, 0},
		{"administrator as nobody", boss.Name, password, "nobody-at-all", mapi.NoAccess},
		{"administrator by app password", boss.Name, made.Password, target.Name, mapi.NoAccess},
		{"administrator, wrong password", boss.Name, "wrong", target.Name, mapi.LogonFailed},
		{"administrator of users", helper.Name, password, target.Name, mapi.NoAccess},
		{"somebody", plain.Name, password, target.Name, mapi.NoAccess},
		{"somebody as nobody", plain.Name, password, "nobody-at-all", mapi.NoAccess},
		{"oneself", plain.Name, password, plain.Name, 0},
	} {
		req := object.LogonRequest{Role: object.RoleUser, User: tc.user, Password: tc.password, Identity: tc.identity, Service: "imap"}
		s, err := k.gateway.Logon(k.Context(), req)
		if mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v", tc.name, err)
		}
		if err == nil {
			equal(k, tc.name, s.Whoami().User, tc.identity)
			equal(k, tc.name, s.Whoami().Impersonated, tc.identity != tc.user)
		}
	}
	c := prove(k, k.start(boss.Name), boss.Name, password)
	s, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: boss.Name, Proof: c.proof, Identity: target.Name})
	k.ok(err)
	equal(k, "the user", s.Whoami().User, target.Name)
	if signed, ok := s.(object.Signed); !ok || !bytes.Equal(signed.Signature(), c.signature) {
		k.Error("no signature")
	}
}

// otherKinds: what is not configured is not supported, and one kind is enough.
func otherKinds(k *kit) {
	u := k.newUser()
	for name, tc := range map[string]struct {
		req  object.LogonRequest
		want mapi.Code
	}{
		"token":       {object.LogonRequest{Token: "abc"}, mapi.NoSupport},
		"certificate": {object.LogonRequest{Certificate: [][]byte{{1}}}, mapi.NoSupport},
		"two kinds":   {object.LogonRequest{Token: "abc", Password: password}, mapi.InvalidParameter},
		"none":        {object.LogonRequest{}, mapi.LogonFailed},
	} {
		tc.req.Role, tc.req.User = object.RoleUser, u.Name
		if _, err := k.gateway.Logon(k.Context(), tc.req); mapi.CodeOf(err) != tc.want {
			k.Errorf("%s: %v", name, err)
		}
	}
}
