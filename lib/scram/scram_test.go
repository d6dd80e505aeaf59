// SPDX-License-Identifier: AGPL-3.0-or-later

package scram

import (
	"encoding/base64"
	"testing"
)

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVector is the example of RFC 7677 3.
func TestVector(t *testing.T) {
	const message = "n=user,r=rOprNGfwEbeRWgbNEkqO," +
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096," +
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	proof := decode(t, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
	k, err := Derive("pencil", decode(t, "W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
	if err != nil {
		t.Fatal(err)
	}
	if !k.Check(message, proof) {
		t.Error("the right proof is wrong")
	}
	if got := base64.StdEncoding.EncodeToString(k.Sign(message)); got != "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" {
		t.Errorf("signature %s", got)
	}
	proof[5] ^= 1
	for name, wrong := range map[string]bool{
		"a bit": k.Check(message, proof), "short": k.Check(message, proof[:31]), "none": k.Check(message, nil),
		"another message": k.Check(message+"x", decode(t, "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")),
	} {
		if wrong {
			t.Errorf("%s: the proof is taken", name)
		}
	}
}

func TestIterations(t *testing.T) {
	for n, ok := range map[int]bool{MinIterations - 1: false, MinIterations: true, MaxIterations + 1: false, -1: false} {
		if _, err := Derive("x", []byte("salt"), n); (err == nil) != ok {
			t.Errorf("%d: %v", n, err)
		}
	}
}

// TestPrepare has the examples of RFC 4013 3 and what is left alone.
func TestPrepare(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"soft hyphen", "I\u00adX", "IX"}, {"plain", "user", "user"}, {"case stays", "USER", "USER"},
		{"feminine ordinal", "\u00aa", "a"}, {"roman nine", "\u2168", "IX"}, {"no-break space", "a\u00a0ü", "a ü"},
		{"decomposed", "u\u0308", "ü"}, {"control stays", "ü\x07\u00a0", "ü\x07\u00a0"}, {"not UTF-8", "\xff\u00a0", "\xff\u00a0"},
		{"nothing left", "\u00ad", "\u00ad"},
	} {
		if got := Prepare(tc.in); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
