// SPDX-License-Identifier: AGPL-3.0-or-later

package admin_test

import (
	"strings"
	"testing"

	"twiga/lib/store/storetest"
)

// TestOffers: what a shell is offered comes from the store.
func TestOffers(t *testing.T) {
	e := storetest.Open(t)
	submit(t, e, "anna")
	for _, row := range []struct {
		name string
		args []string
		want string
	}{
		{"users", []string{"folder", "list", "an"}, "anna@example.test\n:"},
		{"nobody", []string{"oof", "show", "x"}, ":"},
		{"users before folders", []string{"folder", "rights", "show", "be"}, "bert@example.test\n:"},
		{"folders", []string{"folder", "rights", "show", "anna", "cal"}, "Calendar\n:"},
		{"folders of nobody", []string{"folder", "rights", "show", "nobody", ""}, ":"},
		{"folders of the public store, which is not there", []string{"folder", "rights", "show", "--public", ""}, ":"},
		{"public folders, where there is no public store", []string{"public", "delete", ""}, ":"},
		{"deleted public folders, likewise", []string{"public", "restore", ""}, ":"},
		{"classes", []string{"public", "create", "x", "--class", "IPF.A"}, "IPF.Appointment\n:"},
		{"orphans", []string{"store", "hook", ""}, ":"},
		{"whose an orphan becomes", []string{"store", "hook", "x", "an"}, "anna@example.test\n:"},
		{"presets", []string{"delegate", "set", "anna", "bert", "--calendar", ""}, "none\nreviewer\nauthor\neditor\n:"},
		{"queue", []string{"queue", "show", "0x"}, "\tanna@example.test\n:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, exit, err := run(t, dialer(e), "", append([]string{"__complete"}, row.args...)...)
			if exit != 0 || !strings.Contains(out, row.want) || row.want == ":" && !strings.HasPrefix(out, ":") {
				t.Errorf("exit %d, %v: %q, want %q", exit, err, out, row.want)
			}
		})
	}
}

// TestReplyTimes: a reply that ends before it begins is refused.
func TestReplyTimes(t *testing.T) {
	_, exit, err := run(t, dialer(storetest.Open(t)), "", "oof", "set", "anna", "--text", "x", "--from", "2099-01-01", "--until", "2098-01-01")
	if exit != 65 {
		t.Errorf("exit %d: %v", exit, err)
	}
}

// TestPublicOffers: so does what is public.
func TestPublicOffers(t *testing.T) {
	e := storetest.Open(t)
	for _, args := range []string{"store create --public", "public create Sales Sales/Offers Old", "public delete Old"} {
		if _, exit, err := run(t, dialer(e), "", strings.Fields(args)...); exit != 0 {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		name, args, want string
	}{
		{"folders", "public delete sales", "Sales\nSales/Offers\n:"},
		{"the place of a move", "public move Old sales/", "Sales/Offers\n:"},
		{"deleted ones", "public restore ", "Old\n:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, exit, err := run(t, dialer(e), "", append([]string{"__complete"}, strings.Split(row.args, " ")...)...)
			if exit != 0 || !strings.HasPrefix(out, row.want) {
				t.Errorf("exit %d, %v: %q, want %q", exit, err, out, row.want)
			}
		})
	}
}
