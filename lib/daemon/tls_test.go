// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// written is when the files of these tests change, in minutes from the first:
// the clock of the file system may be too coarse to tell.
func written(t *testing.T, file string, minutes int) {
	t.Helper()
	at := time.Unix(1_700_000_000, 0).Add(time.Duration(minutes) * time.Minute)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// shown is the name in the certificate that a server shows to a client who asks
// for a name.
func shown(t *testing.T, cfg *tls.Config, ask string) string {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = tls.Server(b, cfg).Handshake()
		_ = b.Close()
	}()
	c := tls.Client(a, &tls.Config{InsecureSkipVerify: true, ServerName: ask})
	if err := c.Handshake(); err != nil {
		t.Fatalf("ask for %q: %v", ask, err)
	}
	<-done
	return c.ConnectionState().PeerCertificates[0].DNSNames[0]
}

// TestCertificateByName: the certificate is that of the name asked for, and the
// one that the file has now, also where it changed before the first handshake.
func TestCertificateByName(t *testing.T) {
	dir := t.TempDir()
	first, second, wild := filepath.Join(dir, "1"), filepath.Join(dir, "2"), filepath.Join(dir, "3")
	for file, name := range map[string]string{first: "one.test", second: "two.test", wild: "*.wild.test"} {
		certificate(t, file, name)
		written(t, file, 0)
	}
	settings := TLS{Certificate: first, Further: []string{second, wild}}
	for i, tc := range []struct {
		name, change, to string // the file that changes after the start
		ask, want        string
	}{
		{"first", "", "", "one.test", "one.test"},
		{"further", "", "", "two.test", "two.test"},
		{"in capitals", "", "", "TWO.test", "two.test"},
		{"wildcard", "", "", "a.wild.test", "*.wild.test"},
		{"of nobody", "", "", "three.test", "one.test"},
		{"no name", "", "", "", "one.test"},
		{"changed", second, "four.test", "four.test", "four.test"},
		{"changed, the old name", second, "five.test", "four.test", "one.test"},
	} {
		cfg, err := newEnv("test", &Common{}, io.Discard).ServerTLS(settings)
		if err != nil {
			t.Fatal(err)
		}
		if tc.change != "" {
			certificate(t, tc.change, tc.to)
			written(t, tc.change, i+1)
		}
		if got := shown(t, cfg, tc.ask); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestCertificatesAreLookedAt once a minute, and again until they can be read.
func TestCertificatesAreLookedAt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pem")
	certificate(t, file, "one.test")
	written(t, file, 0)
	k := &keyring{settings: TLS{Certificate: file}}
	if err := k.read(); err != nil {
		t.Fatal(err)
	}
	start := time.Unix(1_700_000_000, 0)
	for i, tc := range []struct {
		name   string
		change func() error // of the file
		after  time.Duration
		broken bool
		want   string
	}{
		{"as it was", nil, 0, false, "one.test"},
		{"too early", func() error { certificate(t, file, "two.test"); return nil }, 59 * time.Second, false, "one.test"},
		{"changed", nil, time.Minute, false, "two.test"},
		{"broken", func() error { return os.WriteFile(file, []byte("x"), 0o600) }, 2 * time.Minute, true, "two.test"},
		{"still broken", nil, 3 * time.Minute, true, "two.test"},
		{"mended", func() error { certificate(t, file, "three.test"); return nil }, 4 * time.Minute, false, "three.test"},
		{"away", func() error { return os.Rename(file, file+".old") }, 5 * time.Minute, true, "three.test"},
		{"back", func() error { return os.Rename(file+".old", file) }, 6 * time.Minute, false, "three.test"},
	} {
		if tc.change != nil {
			if err := tc.change(); err != nil {
				t.Fatal(err)
			}
			if tc.name != "away" {
				written(t, file, i)
			}
		}
		if err := k.look(start.Add(tc.after)); (err != nil) != tc.broken {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := k.choose("").Leaf.DNSNames[0]; got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
