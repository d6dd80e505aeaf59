// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
)

// stressed are the mailboxes of the first user that the clients work on, and
// which the other users see as hers.
var stressed = []string{"INBOX", "second", "third"}

// stressUsers is how many users' clients work on them, in turns.
const stressUsers = 3

// TestStress has 20 clients of several users do random things to the same
// mailboxes for three seconds, or as long as TWIGA_STRESS says (make
// imap-stress). After each round all of them agree with a client that comes
// anew, at the end the store finds its mailboxes in order, and the gateway has
// given back all that it took.
func TestStress(t *testing.T) {
	lasts := 3 * time.Second
	if text := os.Getenv("TWIGA_STRESS"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, stressUsers)
	owner := dialIMAP(t, s, login(0), "")
	for _, mailbox := range stressed {
		if mailbox != "INBOX" {
			owner.OK("CREATE %s", mailbox)
		}
		for i := 1; i < stressUsers; i++ {
			owner.OK("SETACL %s %s lrswite", mailbox, login(i))
		}
	}
	metrics := filepath.Join(filepath.Dir(s.Socket), "imapgw.metrics")
	warm := imaptest.Stress{Connect: s.stressClient, Mailboxes: stressed, Name: stressName, Clients: 20, Steps: 10,
		More: func(round int) bool { return round < 1 }}
	warm.Run(t)
	const poolFiles = 2 * 20 // of connections to the store that the pool keeps: two each, and one a client
	before := gauges(t, metrics)
	until := time.Now().Add(lasts)
	long := imaptest.Stress{
		Connect: s.stressClient, Mailboxes: stressed, Name: stressName, Clients: 20, Steps: 50, Seed: warm.Seed,
		More: func(round int) bool { return round == 0 || time.Now().Before(until) },
	}
	began := time.Now()
	n := long.Run(t)
	t.Logf("%d commands in %s", n, time.Since(began).Round(time.Second))
	s.check()
	for _, leak := range []struct {
		name string
		more float64 // what may be left, the garbage collector's own among it
	}{{"go_goroutines", 5}, {"process_open_fds", 5 + poolFiles}} {
		after := 0.0
		eventually(t, leak.name+" falls back", 20*time.Second, func() bool {
			after = gauges(t, metrics)[leak.name]
			return after <= before[leak.name]+leak.more
		})
		t.Logf("%s: %.0f before, %.0f after", leak.name, before[leak.name], after)
	}
}

// stressClient logs on as one of the users.
func (s *system) stressClient(tb testing.TB, n int) *imaptest.Client {
	tb.Helper()
	c := imaptest.Dial(tb, "tcp", s.IMAP)
	c.Login(login(n%stressUsers), password)
	return c
}

// stressName is what that user calls a mailbox of the first one.
func stressName(n int, mailbox string) string {
	if n%stressUsers == 0 {
		return mailbox
	}
	return "Other Users/" + login(0) + "/" + mailbox
}

// gauges reads the numbers that a daemon shows on a socket, those without
// labels.
func gauges(t *testing.T, socket string) map[string]float64 {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", socket)
	}}}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://localhost/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out := map[string]float64{}
	for in := bufio.NewScanner(res.Body); in.Scan(); {
		name, value, _ := strings.Cut(in.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		}
	}
	if len(out) == 0 {
		t.Fatal(fmt.Errorf("no numbers on %s", socket))
	}
	return out
}
