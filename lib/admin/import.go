// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"twiga/lib/admin/roster"
	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// What became of a row.
const (
	created   = "created"
	updated   = "updated"
	unchanged = "unchanged"
	failed    = "failed"
)

// outcome is what became of a row.
type outcome struct {
	Line     int    `json:"line"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Result   string `json:"result"`
	Reason   string `json:"reason,omitempty"`
	Password string `json:"password,omitempty"` // a generated one
}

// importer brings the rows of a file into the directory.
type importer struct {
	s                        object.Session
	update, dryRun, generate bool

	b         *book
	contacts  map[string]directory.Contact // by name and address; nil: to be read
	names     map[string]int               // of the file, to the lines that they stand in
	addresses map[string]int               // likewise
	tell      func(*outcome) error         // is told what became of each row, at once
}

// run imports rows: first every entry for itself, then who is in what and may
// send as whom, since a row may name one that comes later. The error is what
// ends it early; what a row has wrong is its outcome.
func (i *importer) run(ctx context.Context, rows []roster.Row) ([]outcome, error) {
	i.names, i.addresses = map[string]int{}, map[string]int{}
	out := make([]outcome, 0, len(rows))
	for n := range rows {
		o, err := i.row(ctx, &rows[n])
		if err != nil {
			return out, err
		}
		out = append(out, o)
		if err := i.tell(&out[n]); err != nil {
			return out, err
		}
	}
	i.contacts, i.b = nil, newBook(i.s)
	for n := range rows {
		before := out[n]
		if err := i.linkRow(ctx, &rows[n], &out[n]); err != nil {
			return out, err
		}
		if out[n] == before {
			continue
		}
		if err := i.tell(&out[n]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// linkRow links an entry that was made or may be changed.
func (i *importer) linkRow(ctx context.Context, r *roster.Row, o *outcome) error {
	if o.Result == failed || o.Result == unchanged && !i.update {
		return nil
	}
	kind, err := kindOf(r)
	var changed bool
	if err == nil {
		changed, err = i.link(ctx, r, kind, o.Name)
	}
	switch {
	case isFatal(ctx, err):
		return err
	case err != nil:
		if o.Reason = err.Error(); o.Result != unchanged && !i.dryRun {
			o.Reason = o.Result + ", but " + o.Reason
		}
		o.Result = failed
	case changed && o.Result == unchanged:
		o.Result = updated
	}
	return nil
}

// row imports an entry for itself.
func (i *importer) row(ctx context.Context, r *roster.Row) (outcome, error) {
	o := outcome{Line: r.Line, Name: r.Text("name"), Kind: r.Text("kind"), Result: unchanged}
	err := i.entry(ctx, r, &o)
	if isFatal(ctx, err) {
		return o, err
	}
	if err != nil {
		o.Result, o.Reason = failed, err.Error()
	}
	return o, nil
}

func (i *importer) entry(ctx context.Context, r *roster.Row, o *outcome) error {
	if r.Err != nil {
		return r.Err
	}
	kind, err := kindOf(r)
	if err != nil {
		return err
	}
	if o.Kind = kind.String(); o.Name == "" {
		return errors.New("name: it is missing")
	}
	name := strings.ToLower(o.Name)
	if line := i.names[name]; line > 0 {
		return fmt.Errorf("name: line %d has it, too", line)
	}
	i.names[name] = r.Line
	if err := i.expect(r); err != nil {
		return err
	}
	switch {
	case isGroup(kind):
		return i.importGroup(ctx, r, kind, o)
	case isContact(kind):
		return i.importContact(ctx, r, o)
	}
	return i.importUser(ctx, r, kind, o)
}

// expect keeps the addresses that a row brings. In a dry run, where the store
// does not see both, two rows with one address are found here.
func (i *importer) expect(r *roster.Row) error {
	addresses := words(r, "aliases")
	if address := r.Text("address"); address != "" {
		addresses = append(addresses, address)
	}
	for n := range addresses {
		addresses[n] = strings.ToLower(addresses[n])
		if line := i.addresses[addresses[n]]; i.dryRun && line > 0 {
			return fmt.Errorf("address %q: line %d has it, too", addresses[n], line)
		}
	}
	for _, address := range addresses {
		i.addresses[address] = r.Line
	}
	return nil
}

// isFatal says whether an error is not about a row: further rows would fail, too.
func isFatal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	for _, code := range []mapi.Code{mapi.NetworkError, mapi.EndOfSession, mapi.Busy, mapi.Timeout, mapi.NotEnoughDisk} {
		if errors.Is(err, code) {
			return true
		}
	}
	return ctx.Err() != nil
}
