// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"twiga/lib/config"
	"twiga/lib/mapi/object"
)

// storeJSON is how a mailbox is told to programs.
type storeJSON struct {
	GUID     string    `json:"guid"`
	Kind     string    `json:"kind"`
	Owner    string    `json:"owner"`
	Language string    `json:"language"`
	Messages int64     `json:"messages"`
	Size     int64     `json:"size"`
	Limits   quotaJSON `json:"limits"`
}

func newStoreJSON(s *object.Store) storeJSON {
	return storeJSON{
		GUID: s.GUID.String(), Kind: kindName(s.Kind), Owner: s.Owner, Language: s.Language,
		Messages: s.Messages, Size: s.Size, Limits: quotaJSON(s.Limits),
	}
}

func kindName(k object.StoreKind) string {
	switch k {
	case object.StorePublic:
		return "public"
	case object.StoreArchive:
		return "archive"
	}
	return "private"
}

// printJSON prints a value in lines that people can read, too.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// told tells a result to programs, or to people in a sentence.
func (a *app) told(cmd *cobra.Command, result any, format string, args ...any) error {
	if a.json {
		return printJSON(cmd.OutOrStdout(), result)
	}
	for i := range args {
		if s, ok := args[i].(string); ok {
			args[i] = printable(s)
		}
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...)
	return err
}

// table prints rows under a head.
func table(w io.Writer, head string, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if _, err := fmt.Fprintln(t, strings.ReplaceAll(head, " ", "\t")); err != nil {
		return err
	}
	for _, r := range rows {
		cells := make([]string, len(r))
		for i := range r {
			cells[i] = printable(r[i])
		}
		if _, err := fmt.Fprintln(t, strings.Join(cells, "\t")); err != nil {
			return err
		}
	}
	return t.Flush()
}

// facts prints names and values, one a line.
func facts(w io.Writer, pairs ...string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if _, err := fmt.Fprintf(t, "%s:\t%s\n", pairs[i], printable(pairs[i+1])); err != nil {
			return err
		}
	}
	return t.Flush()
}

// printable keeps a text, which may be what somebody else wrote, from making
// rows or commanding the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, s)
}

// bytesText is a number of bytes for people.
func bytesText(n int64) string {
	const units = "kMGT"
	if n < 10<<10 {
		return fmt.Sprintf("%d", n)
	}
	value, unit := float64(n), -1
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f%c", value, units[unit])
}

// limitText is a quota for people.
func limitText(n int64) string {
	switch {
	case n == 0:
		return "default"
	case n < 0:
		return "none"
	}
	return config.Size(n).String()
}

// textOr is a text, or another where it is empty.
func textOr(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
