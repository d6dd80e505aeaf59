// SPDX-License-Identifier: AGPL-3.0-or-later

package dbdir

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"twiga/lib/directory"
	"twiga/lib/mapi"
	"twiga/lib/sqlite"
)

// wordsVersion counts the ways in which words are made: where another one was
// at work, they are made anew.
const wordsVersion = 1

// Limits of a search.
const (
	defaultLimit  = 20
	maxCandidates = 10_000 // entries with a word, of which those are taken that have the others, too
	maxFound      = 1000   // that are put in order
	maxSearch     = 256    // bytes of the text
	maxWords      = 8
)

// foldWord takes case and accents away: "Änne" is "anne", "ß" is "ss".
func foldWord(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
		return strings.ToLower(s)
	}
	out, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), norm.NFC), s)
	if err != nil {
		return strings.ToLower(s) // no transformer of these fails
	}
	return out
}

// split gives the words of a text.
func split(s string) []string {
	return strings.FieldsFunc(foldWord(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// words are by what an entry is found: the words of its names, and its login
// and addresses as they are.
func (e *row) words() []string {
	out := split(e.FullName + " " + e.Attributes.GivenName + " " + e.Attributes.Surname)
	for _, s := range append([]string{e.Name, e.Address}, e.Aliases...) {
		if s != "" {
			out = append(out, foldWord(s))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func setWords(c *sqlite.Conn, e *row) error {
	if err := c.Exec("DELETE FROM word WHERE account = ?", e.ID[:]); err != nil {
		return err
	}
	for _, w := range e.words() {
		if err := c.Exec("INSERT INTO word (word, account) VALUES (?, ?)", w, e.ID[:]); err != nil {
			return err
		}
	}
	return nil
}

// indexWords makes the words of all entries where they are of another making.
func indexWords(c *sqlite.Conn) error {
	if v, err := c.Int("SELECT words FROM directory WHERE one = 1"); err != nil || v == wordsVersion {
		return err
	}
	return c.Update(func() error {
		after := ""
		for {
			batch, err := list(c, byKinds, after, 0, uint8(directory.KindContact), listBatch)
			if err != nil {
				return err
			}
			for i := range batch {
				if err := setWords(c, &batch[i]); err != nil {
					return err
				}
				after = batch[i].Name
			}
			if len(batch) < listBatch {
				return c.Exec("UPDATE directory SET words = ? WHERE one = 1", wordsVersion)
			}
		}
	})
}

// Entry implements directory.Directory.
func (d *DB) Entry(_ context.Context, id mapi.GUID) (out directory.Entry, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		e, err := find(c, byID, id[:], nil)
		out = e.entry()
		return err
	})
	return out, err
}

// Find implements directory.Directory.
func (d *DB) Find(_ context.Context, name string) (out directory.Entry, err error) {
	err = d.view(func(c *sqlite.Conn) error {
		e, err := find(c, byName, plain(name), nil)
		if errors.Is(err, mapi.NotFound) {
			e, err = find(c, byName, d.fold(name), nil)
		}
		if errors.Is(err, mapi.NotFound) {
			e, err = find(c, byAddress, d.fold(name), nil)
		}
		out = e.entry()
		return err
	})
	return out, err
}

// Search implements directory.Directory.
func (d *DB) Search(_ context.Context, text string, hidden bool, limit int) (out []directory.Entry, err error) {
	whole := foldWord(strings.TrimSpace(text))
	if whole == "" || len(whole) > maxSearch {
		return nil, nil
	}
	if limit <= 0 {
		limit = defaultLimit
	}
	err = d.view(func(c *sqlite.Conn) error {
		found, err := meant(c, whole, split(text))
		if err != nil {
			return err
		}
		rows := make([]row, 0, len(found))
		for _, id := range found {
			e, err := get(c, byID, id[:])
			if err != nil {
				return err
			}
			if !e.Hidden || hidden {
				rows = append(rows, e)
			}
		}
		keys := make(map[mapi.GUID]string, len(rows))
		for i := range rows {
			keys[rows[i].ID] = foldWord(rows[i].FullName)
		}
		slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(keys[a.ID], keys[b.ID]), cmp.Compare(a.Name, b.Name)) })
		for i := range rows[:min(limit, len(rows))] {
			if err := addLists(c, &rows[i]); err != nil {
				return err
			}
			out = append(out, rows[i].entry())
		}
		return nil
	})
	return out, err
}

// meant finds the entries that may be meant: the text begins their login, an
// address or a word, or each of its words begins one of theirs.
func meant(c *sqlite.Conn, whole string, words []string) ([]mapi.GUID, error) {
	beginning := func(w string) ([]mapi.GUID, error) {
		return ids(c, "SELECT DISTINCT account FROM word WHERE word >= ? AND word < ? LIMIT ?", w, w+"\U0010ffff", maxCandidates)
	}
	out, err := beginning(whole)
	if err != nil {
		return nil, err
	}
	taken := make(map[mapi.GUID]bool, len(out))
	for _, id := range out {
		taken[id] = true
	}
	words = words[:min(len(words), maxWords)]
	has := map[mapi.GUID]int{} // how many of the words
	for i, w := range words {
		list, err := beginning(w)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			if has[id] == i {
				has[id]++
			}
			if has[id] == len(words) && !taken[id] {
				out = append(out, id)
			}
		}
	}
	return out[:min(len(out), maxFound)], nil
}
