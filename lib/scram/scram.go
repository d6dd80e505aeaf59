// SPDX-License-Identifier: AGPL-3.0-or-later

// Package scram has the keys, proofs and signatures of SCRAM-SHA-256 (RFC 5802
// 3, RFC 7677).
package scram

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

// Bounds of the iteration count: the least is that of RFC 7677 4, the most
// keeps a damaged row or setting from costing minutes.
const (
	MinIterations = 4096
	MaxIterations = 10_000_000
)

// Keys are what a server keeps of a password.
type Keys struct {
	Salt       []byte
	Iterations int
	Stored     [sha256.Size]byte // StoredKey
	Server     [sha256.Size]byte // ServerKey
}

// Derive makes the keys of a password, which is prepared as RFC 4013 has it
// where it can be. It takes as long as the iterations want.
func Derive(password string, salt []byte, iterations int) (k Keys, err error) {
	if iterations < MinIterations || iterations > MaxIterations {
		return k, fmt.Errorf("derive keys: %d iterations", iterations)
	}
	salted, err := pbkdf2.Key(sha256.New, Prepare(password), salt, iterations, sha256.Size)
	if err != nil {
		return k, fmt.Errorf("derive keys: %w", err)
	}
	client := mac(salted, "Client Key")
	k = Keys{Salt: salt, Iterations: iterations, Stored: sha256.Sum256(client[:]), Server: mac(salted, "Server Key")}
	return k, nil
}

// Check says, in constant time, whether a client's proof is right for the
// AuthMessage of an exchange.
func (k *Keys) Check(message string, proof []byte) bool {
	key := mac(k.Stored[:], message)
	if len(proof) != len(key) {
		return false
	}
	subtle.XORBytes(key[:], key[:], proof)
	shown := sha256.Sum256(key[:])
	return subtle.ConstantTimeCompare(shown[:], k.Stored[:]) == 1
}

// Sign is the server's signature of an AuthMessage: it shows the client that
// the server knows the keys.
func (k *Keys) Sign(message string) []byte {
	sum := mac(k.Server[:], message)
	return sum[:]
}

func mac(key []byte, text string) (sum [sha256.Size]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	h.Sum(sum[:0])
	return sum
}
