// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"testing"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func TestThrottle(t *testing.T) {
	limits := LogonLimits{AddressFailures: 3, UserFailures: 2, Delay: 2 * time.Second, MaxDelay: 5 * time.Minute, Forget: time.Hour}
	type step struct {
		user, peer, password string
		later                time.Duration
		right                bool
		want                 mapi.Code // of the check; 0: the try is looked at
	}
	const here, there, local = "192.0.2.1:4711", "198.51.100.7:1", "127.0.0.1:5"
	for _, tc := range []struct {
		name  string
		steps []step
	}{
		{"a user, from wherever", []step{
			{"anna", here, "a", 0, false, 0}, {"anna", there, "b", 0, false, 0}, {"anna", here, "c", 0, false, 0},
			{"Anna ", there, "d", time.Second, false, mapi.Busy}, {"anna", local, "d", 0, false, mapi.Busy},
			{"anna", here, "d", time.Second, false, 0}, {"anna", here, "e", 3 * time.Second, false, mapi.Busy}, {"anna", there, "e", time.Second, false, 0},
			{"bert", there, "x", 0, false, 0},
		}},
		{"the same wrong one counts once", []step{
			{"anna", here, "a", 0, false, 0}, {"anna", here, "a", 0, false, 0}, {"anna", here, "a", 0, false, 0}, {"anna", here, "a", 0, false, 0},
			{"anna", here, "b", 0, false, 0},
		}},
		{"proofs cannot be told from each other", []step{
			{"anna", here, "", 0, false, 0}, {"anna", here, "", 0, false, 0}, {"anna", here, "", 0, false, 0}, {"anna", here, "", 0, false, mapi.Busy},
		}},
		{"an address, of whomever", []step{
			{"a", here, "x", 0, false, 0}, {"b", here, "x", 0, false, 0}, {"c", here, "x", 0, false, 0}, {"d", here, "x", 0, false, 0},
			{"e", "192.0.2.1:9", "x", 0, false, mapi.Busy}, {"e", there, "x", 0, false, 0}, {"e", here, "x", 2 * time.Second, false, 0},
		}},
		{"a network of IPv6", []step{
			{"a", "[2001:db8::1]:1", "x", 0, false, 0}, {"b", "[2001:db8::2]:1", "x", 0, false, 0}, {"c", "[2001:db8::3]:1", "x", 0, false, 0},
			{"d", "[2001:db8:0:0:ffff::]:1", "x", 0, false, 0}, {"e", "[2001:db8::5]:1", "x", 0, false, mapi.Busy}, {"e", "[2001:db8:0:1::]:1", "x", 0, false, 0},
		}},
		{"this machine, and who has no address", []step{
			{"a", local, "x", 0, false, 0}, {"b", local, "x", 0, false, 0}, {"c", local, "x", 0, false, 0}, {"d", local, "x", 0, false, 0},
			{"e", local, "x", 0, false, 0}, {"f", "[::1]:1", "x", 0, false, 0}, {"g", "@", "x", 0, false, 0},
		}},
		{"where the user was let in", []step{
			{"anna", here, "", 0, true, 0},
			{"anna", there, "a", 0, false, 0}, {"anna", there, "b", 0, false, 0}, {"anna", there, "c", 0, false, 0}, {"anna", there, "d", 0, false, mapi.Busy},
			{"anna", here, "", 0, true, 0},
			{"anna", here, "e", 0, false, 0}, {"anna", here, "f", 0, false, 0}, {"anna", here, "g", 0, false, 0}, {"anna", here, "h", 0, false, mapi.Busy},
		}},
		{"what is long ago", []step{
			{"anna", here, "a", 0, false, 0}, {"anna", here, "b", 0, false, 0}, {"anna", here, "c", 2 * time.Hour, false, 0}, {"anna", here, "d", 0, false, 0},
		}},
	} {
		th, now := newThrottle(limits), time.Unix(1e9, 0)
		for i, s := range tc.steps {
			now = now.Add(s.later)
			from := addressOf(s.peer)
			err := th.check(s.user, from, now)
			if mapi.CodeOf(err) != s.want {
				t.Errorf("%s, %d: %v", tc.name, i, err)
			}
			if err != nil {
				continue
			}
			var failed error = mapi.LogonFailed
			if s.right {
				failed = nil
			}
			th.judged(&object.LogonRequest{User: s.user, Password: s.password, Peer: s.peer}, from, failed, now)
		}
	}
}

// TestThrottleGrows: the delay doubles, up to the most.
func TestThrottleGrows(t *testing.T) {
	th, now := newThrottle(LogonLimits{AddressFailures: 1, Delay: time.Second, MaxDelay: 10 * time.Second, Forget: time.Hour}), time.Unix(1e9, 0)
	from := addressOf("192.0.2.1:1")
	for i, seconds := range []int{0, 1, 2, 4, 8, 10, 10} {
		want := time.Duration(seconds) * time.Second
		th.judged(&object.LogonRequest{User: "anna"}, from, mapi.LogonFailed, now)
		if got := th.addresses[from].until; want > 0 && got.Sub(now) != want {
			t.Errorf("failure %d: %s", i+1, got.Sub(now))
		}
	}
	for i := range throttleMax + 10 {
		count(th, th.users, string(rune(i+1000)), 1, time.Second, nil, now)
	}
	if len(th.users) > throttleMax {
		t.Errorf("%d users are kept", len(th.users))
	}
}

func TestNonces(t *testing.T) {
	n, now := newNonces(), time.Unix(1e9, 0)
	made := n.make("anna", now)
	message := "n=anna,r=x,r=x" + made + ",s="
	for _, tc := range []struct {
		name, nonce, user, message string
		at                         time.Time
		want                       bool
	}{
		{"another user's", made, "bert", message, now, false},
		{"another message", made, "anna", "n=anna,r=x,r=xy,s=", now, false},
		{"too late", made, "anna", message, now.Add(nonceLife + 1), false},
		{"of another process", newNonces().make("anna", now), "anna", message, now, false},
		{"no nonce", "abc", "anna", message, now, false},
		{"in time", made, "anna", message, now.Add(nonceLife), true},
		{"twice", made, "anna", message, now.Add(nonceLife), false},
	} {
		if got := n.take(tc.nonce, tc.user, tc.message, tc.at); got != tc.want {
			t.Errorf("%s: %v", tc.name, got)
		}
	}
	later := n.make("bert", now.Add(time.Hour))
	if !n.take(later, "bert", "r="+later+",s=", now.Add(time.Hour)) || len(n.used) != 1 {
		t.Errorf("%d used ones are kept", len(n.used))
	}
}
