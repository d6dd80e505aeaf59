// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// check says whether an entry can be kept.
func (e *row) check() error {
	if err := e.checkName(); err != nil {
		return err
	}
	a := &e.Attributes
	for _, s := range []string{e.FullName, e.Language, a.GivenName, a.Surname, a.Title, a.Department, a.Company, a.Office, a.Phone,
		a.Mobile, a.City, a.Country, e.filter.Name, e.filter.Address, e.filter.Department, e.filter.Company, e.filter.Title, e.filter.City} {
		if len(s) > maxText {
			return fmt.Errorf("check entry %q: %w", e.Name, mapi.StringTooLong)
		}
	}
	if len(e.Aliases) > maxAliases || len(e.SendAs) > maxList {
		return fmt.Errorf("check entry %q: too many aliases or senders: %w", e.Name, mapi.StringTooLong)
	}
	addresses := e.Aliases
	if e.Address != "" || e.Kind.HasMailbox() || e.Kind == directory.KindContact || len(e.Aliases) > 0 {
		addresses = append([]string{e.Address}, e.Aliases...)
	}
	for _, a := range addresses {
		if err := checkAddress(a); err != nil {
			return err
		}
	}
	return e.checkValues()
}

func (e *row) checkValues() error {
	for _, s := range e.NoServices {
		if err := checkService(s); err != nil {
			return err
		}
	}
	for _, k := range e.filter.Kinds {
		if !k.HasMailbox() {
			return fmt.Errorf("check entry %q: a dynamic group of %ss: %w", e.Name, k, mapi.InvalidParameter)
		}
	}
	if e.Admin > directory.AdminServer || e.Resource.Capacity < 0 {
		return fmt.Errorf("check entry %q: %w", e.Name, mapi.InvalidParameter)
	}
	return nil
}

func checkService(s string) error {
	if !slices.Contains(directory.Services, s) {
		return fmt.Errorf("check service %q: want one of %s: %w", s, strings.Join(directory.Services, " "), mapi.InvalidParameter)
	}
	return nil
}

// checkName says whether the folded name can be kept: a user's is an address.
func (e *row) checkName() error {
	if e.Kind.HasMailbox() || strings.Contains(e.Name, "@") {
		return checkAddress(e.Name)
	}
	if e.Name == "" || len(e.Name) > maxAddress || strings.ContainsFunc(e.Name, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.IsControl(r) || r == '/' || r == '\\'
	}) {
		return fmt.Errorf("check name %q: %w", e.Name, mapi.InvalidParameter)
	}
	return nil
}

// insert adds an entry.
func (t *tx) insert(e *row) error {
	if err := t.free(e); err != nil {
		return err
	}
	if n, err := t.Int("SELECT count(*) FROM account WHERE id = ?", e.ID[:]); err != nil || n > 0 {
		return orExists(err, "entry", e.ID.String())
	}
	e.version = t.version
	err := t.Exec("INSERT INTO account ("+columns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", append([]any{e.ID[:]}, e.values()...)...)
	if err != nil {
		return err
	}
	return t.setLists(e)
}

// save writes an entry anew.
func (t *tx) save(e *row) error {
	if err := t.free(e); err != nil {
		return err
	}
	e.version = t.version
	err := t.Exec("UPDATE account SET name = ?, full_name = ?, language = ?, store = ?, warn = ?, soft = ?, hard = ?, admin = ?, disabled = ?, "+
		"created = ?, password = ?, kind = ?, hidden = ?, archive = ?, no_services = ?, resource = ?, attributes = ?, mailing = ?, security = ?, "+
		"filter = ?, password_changed = ?, version = ? WHERE id = ?", append(e.values(), e.ID[:])...)
	if err != nil {
		return err
	}
	return t.setLists(e)
}

// free says whether nobody else has the name. What differs only by the default
// domain is the same name to people.
func (t *tx) free(e *row) error {
	short, _ := strings.CutSuffix(e.Name, "@"+t.d.domain)
	n, err := t.Int("SELECT count(*) FROM account WHERE name IN (?, ?) AND id <> ?", short, t.d.fold(e.Name), e.ID[:])
	if err != nil || n > 0 {
		return orExists(err, "entry", e.Name)
	}
	return nil
}

func orExists(err error, what, name string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %q: %w", what, name, mapi.AlreadyExists)
}

// setLists writes what stands in tables beside the entry.
func (t *tx) setLists(e *row) error {
	if err := t.setAddresses(e); err != nil {
		return err
	}
	if err := t.setSenders(e); err != nil {
		return err
	}
	return setWords(t.Conn, e)
}

func (t *tx) setAddresses(e *row) error {
	if err := t.Exec("DELETE FROM address WHERE account = ?", e.ID[:]); err != nil {
		return err
	}
	if e.Address == "" {
		return nil
	}
	for i, a := range append([]string{e.Address}, e.Aliases...) {
		if n, err := t.Int("SELECT count(*) FROM address WHERE address = ?", a); err != nil || n > 0 {
			return orExists(err, "address", a)
		}
		if err := t.Exec("INSERT INTO address (address, account, place) VALUES (?, ?, ?)", a, e.ID[:], i); err != nil {
			return err
		}
	}
	return nil
}

// setSenders writes who may send as the entry.
func (t *tx) setSenders(e *row) error {
	if err := t.Exec("DELETE FROM send_as WHERE account = ?", e.ID[:]); err != nil {
		return err
	}
	for i, id := range e.SendAs {
		if slices.Contains(e.SendAs[:i], id) {
			continue
		}
		kind, err := t.kindOf(id)
		if err != nil {
			return err
		}
		if kind == directory.KindContact {
			return fmt.Errorf("let %s send as %q: it is a contact: %w", id, e.Name, mapi.InvalidObject)
		}
		if err := t.Exec("INSERT INTO send_as (account, sender, place) VALUES (?, ?, ?)", e.ID[:], id[:], i); err != nil {
			return err
		}
	}
	return nil
}

// kindOf says what an entry is.
func (t *tx) kindOf(id mapi.GUID) (k directory.Kind, err error) {
	err = t.Row(func(r *sqlite.Rows) { k = directory.Kind(r.Int(0)) }, "SELECT kind FROM account WHERE id = ?", id[:])
	return k, missing(err, "find entry", id.String())
}

// remove takes an entry out of everything.
func (t *tx) remove(e *row) error {
	t.teams = true
	for _, sql := range []string{
		"DELETE FROM account WHERE id = ?", "DELETE FROM address WHERE account = ?", "DELETE FROM word WHERE account = ?",
		"DELETE FROM member WHERE team = ?", "DELETE FROM member WHERE member = ?",
		"DELETE FROM send_as WHERE account = ?", "DELETE FROM send_as WHERE sender = ?",
		"DELETE FROM app_password WHERE account = ?", "DELETE FROM old_password WHERE account = ?",
		"DELETE FROM scram WHERE account = ?",
	} {
		if err := t.Exec(sql, e.ID[:]); err != nil {
			return err
		}
	}
	return t.bury(e)
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}
