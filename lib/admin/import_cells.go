// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"twiga/lib/admin/roster"
	"twiga/lib/config"
	"twiga/lib/directory"
)

// columns are those of the files that user import reads and user export writes.
func columns() []string {
	out := []string{"kind", "name", "full_name", "address", "aliases", "language", "admin", "disabled", "hidden",
		"quota_warn", "quota_soft", "quota_hard", "services_off", "send_as"}
	for _, a := range attributes() {
		out = append(out, a.column())
	}
	return append(out, "auto_accept", "decline_conflict", "decline_recurring", "capacity",
		"mailing", "security", "members", "filter", "password")
}

// column is an attribute's name in files.
func (a *attribute) column() string { return strings.ReplaceAll(a.flag, "-", "_") }

// kindOf is what a row is about; without a word it is a user.
func kindOf(r *roster.Row) (directory.Kind, error) {
	kind, ok := directory.ParseKind(strings.ToLower(textOr(r.Text("kind"), "user")))
	if !ok {
		return 0, fmt.Errorf("kind: %q is none", r.Text("kind"))
	}
	return kind, nil
}

// cells takes cells of a row over into fields; the cells that a row has not
// leave them as they are. The first error stays.
type cells struct {
	r   *roster.Row
	err error
}

func (c *cells) text(column string, to *string) {
	if c.r.Has(column) {
		*to = c.r.Text(column)
	}
}

// address takes over an address, which cannot be taken away.
func (c *cells) address(column string, to *string) {
	if text := c.r.Text(column); text != "" {
		*to = text
		c.plausible(column, text)
	}
}

// words are the items of a cell that have no commas in them, which may stand
// between them, too.
func words(r *roster.Row, column string) []string {
	out := []string{}
	for _, item := range r.List(column) {
		out = append(out, strings.FieldsFunc(item, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return out
}

func (c *cells) addresses(column string, to *[]string) {
	if c.r.Has(column) {
		*to = words(c.r, column)
		for _, a := range *to {
			c.plausible(column, a)
		}
	}
}

// plausible refuses what cannot be an address; the store knows more.
func (c *cells) plausible(column, address string) {
	local, domain, at := strings.Cut(address, "@")
	if local == "" || at && domain == "" || strings.Contains(domain, "@") || strings.ContainsFunc(address, unicode.IsSpace) {
		c.fail(column, fmt.Errorf("%q is no address", address))
	}
}

func (c *cells) bool(column string, empty bool, to *bool) {
	if c.r.Has(column) {
		v, err := c.r.Bool(column, empty)
		if *to = v; err != nil && c.err == nil {
			c.err = err
		}
	}
}

func (c *cells) number(column string, to *int) {
	if !c.r.Has(column) {
		return
	}
	n, err := strconv.Atoi(textOr(c.r.Text(column), "0"))
	if *to = n; err != nil || n < 0 {
		c.fail(column, fmt.Errorf("want a number, got %q", c.r.Text(column)))
	}
}

func (c *cells) limit(column string, to *int64) {
	if c.r.Has(column) {
		var l limit
		c.fail(column, l.Set(textOr(c.r.Text(column), "default")))
		*to = l.bytes
	}
}

func (c *cells) fail(column string, err error) {
	if err != nil && c.err == nil {
		c.err = fmt.Errorf("%s: %w", column, err)
	}
}

func (c *cells) attributes(to *directory.Attributes) {
	for _, a := range attributes() {
		c.text(a.column(), a.of(to))
	}
}

// fillUser puts what a row says over a user.
func fillUser(r *roster.Row, u *directory.User) error {
	c := cells{r: r}
	c.text("full_name", &u.FullName)
	c.address("address", &u.Address)
	c.addresses("aliases", &u.Aliases)
	c.text("language", &u.Language)
	c.bool("disabled", false, &u.Disabled)
	c.bool("hidden", false, &u.Hidden)
	c.limit("quota_warn", &u.Quota.Warn)
	c.limit("quota_soft", &u.Quota.Soft)
	c.limit("quota_hard", &u.Quota.Hard)
	c.fail("quota_hard", checkQuota(u.Quota))
	c.attributes(&u.Attributes)
	c.bool("auto_accept", false, &u.Resource.AutoAccept)
	c.bool("decline_conflict", false, &u.Resource.DeclineConflict)
	c.bool("decline_recurring", false, &u.Resource.DeclineRecurring)
	c.number("capacity", &u.Resource.Capacity)
	if r.Has("admin") {
		c.fail("admin", levelFlag{&u.Admin}.Set(textOr(r.Text("admin"), "none")))
	}
	if r.Has("services_off") {
		var err error
		u.NoServices, err = turned(nil, nil, words(r, "services_off"))
		c.fail("services_off", err)
	}
	return c.err
}

// fillGroup puts what a row says over a group, but for the members.
func fillGroup(r *roster.Row, g *directory.Group) error {
	c := cells{r: r}
	c.text("full_name", &g.FullName)
	c.address("address", &g.Address)
	c.addresses("aliases", &g.Aliases)
	c.bool("mailing", true, &g.Mailing)
	c.bool("security", false, &g.Security)
	c.bool("hidden", false, &g.Hidden)
	if r.Has("filter") {
		filter, err := parseFilter(r.List("filter"))
		g.Filter = filter
		c.fail("filter", err)
	}
	if !g.Filter.IsZero() && len(r.List("members")) > 0 {
		c.fail("members", errors.New("the group is dynamic"))
	}
	return c.err
}

// fillContact puts what a row says over a contact.
func fillContact(r *roster.Row, k *directory.Contact) error {
	c := cells{r: r}
	c.text("full_name", &k.FullName)
	c.address("address", &k.Address)
	c.bool("hidden", false, &k.Hidden)
	c.attributes(&k.Attributes)
	return c.err
}

// limitCell is a quota as a cell.
func limitCell(n int64) string {
	switch {
	case n == 0:
		return ""
	case n < 0:
		return "none"
	}
	return config.Size(n).String()
}
