// SPDX-License-Identifier: AGPL-3.0-or-later

package sasltest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Scram is a client of SCRAM-SHA-256 (RFC 5802). It has the methods of
// go-sasl's Client.
type Scram struct {
	User, Password, Identity string

	Binding      string // type of the channel binding, "" is none
	BindingValue []byte
	Could        bool   // says "y": could bind, but the server does not offer it
	Nonce        string // chosen at random where it is empty

	bare      string
	signature []byte // that the server has to show
	step      int
}

var errServer = errors.New("server broke the rules of SCRAM")

func (c *Scram) header() string {
	flag := "n"
	switch {
	case c.Binding != "":
		flag = "p=" + c.Binding
	case c.Could:
		flag = "y"
	}
	identity := ""
	if c.Identity != "" {
		identity = "a=" + escape(c.Identity)
	}
	return flag + "," + identity + ","
}

func escape(name string) string { return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(name) }

// Start gives the mechanism's name and the client-first-message.
func (c *Scram) Start() (mechanism string, initial []byte, err error) {
	mechanism = "SCRAM-SHA-256"
	if c.Binding != "" {
		mechanism += "-PLUS"
	}
	if c.Nonce == "" {
		c.Nonce = rand.Text()
	}
	c.bare = "n=" + escape(c.User) + ",r=" + c.Nonce
	return mechanism, []byte(c.header() + c.bare), nil
}

// Next answers the server's first message with the proof, and its last with
// nothing where the signature in it is right.
func (c *Scram) Next(challenge []byte) ([]byte, error) {
	c.step++
	switch c.step {
	case 1:
		return c.prove(string(challenge))
	case 2:
		if string(challenge) != "v="+base64.StdEncoding.EncodeToString(c.signature) {
			return nil, errServer
		}
		return []byte{}, nil
	}
	return nil, errServer
}

func (c *Scram) prove(first string) ([]byte, error) {
	fields := strings.Split(first, ",")
	if len(fields) < 3 || !strings.HasPrefix(fields[0], "r="+c.Nonce) || len(fields[0]) == len("r="+c.Nonce) {
		return nil, errServer
	}
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(fields[1], "s="))
	if err != nil {
		return nil, err
	}
	iterations, err := strconv.Atoi(strings.TrimPrefix(fields[2], "i="))
	if err != nil {
		return nil, err
	}
	salted, err := pbkdf2.Key(sha256.New, c.Password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	binding := base64.StdEncoding.EncodeToString(append([]byte(c.header()), c.BindingValue...))
	without := "c=" + binding + "," + fields[0]
	message := c.bare + "," + first + "," + without
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	proof := mac(stored[:], message)
	for i := range proof {
		proof[i] ^= key[i]
	}
	c.signature = mac(mac(salted, "Server Key"), message)
	return fmt.Appendf(nil, "%s,p=%s", without, base64.StdEncoding.EncodeToString(proof)), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
