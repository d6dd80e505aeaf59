// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"twiga/lib/directory"
)

// attribute is one of directory.Attributes on the command line and, with
// underscores, in files.
type attribute struct {
	flag, doc string
	of        func(*directory.Attributes) *string
}

func attributes() []attribute {
	type a = directory.Attributes
	return []attribute{
		{"given-name", "given name", func(x *a) *string { return &x.GivenName }},
		{"surname", "surname", func(x *a) *string { return &x.Surname }},
		{"title", "job title", func(x *a) *string { return &x.Title }},
		{"department", "department", func(x *a) *string { return &x.Department }},
		{"company", "company", func(x *a) *string { return &x.Company }},
		{"office", "office or room number", func(x *a) *string { return &x.Office }},
		{"phone", "telephone number", func(x *a) *string { return &x.Phone }},
		{"mobile", "mobile telephone number", func(x *a) *string { return &x.Mobile }},
		{"city", "city", func(x *a) *string { return &x.City }},
		{"country", "country", func(x *a) *string { return &x.Country }},
	}
}

func addAttributes(flags *pflag.FlagSet, to *directory.Attributes) {
	for _, a := range attributes() {
		flags.StringVar(a.of(to), a.flag, "", a.doc)
	}
}

// overAttributes puts those whose flags were given over the old ones, and says
// whether there were any.
func overAttributes(flags *pflag.FlagSet, given, old *directory.Attributes) (any bool) {
	for _, a := range attributes() {
		if flags.Changed(a.flag) {
			*a.of(old), any = *a.of(given), true
		}
	}
	return any
}

// pairs are the attributes that there are, for facts.
func attributePairs(x *directory.Attributes) []string {
	var out []string
	for _, a := range attributes() {
		if v := *a.of(x); v != "" {
			out = append(out, a.doc, v)
		}
	}
	return out
}

// kindFlag reads the kind of a user.
type kindFlag struct{ kind *directory.Kind }

func addKind(cmd *cobra.Command, kind *directory.Kind, doc string) {
	cmd.Flags().Var(kindFlag{kind}, "kind", doc+": user, shared, room or equipment")
	completeWords(cmd, "kind", "user", "shared", "room", "equipment")
}

// String implements pflag.Value.
func (f kindFlag) String() string {
	if f.kind == nil {
		return ""
	}
	return f.kind.String()
}

// Set implements pflag.Value.
func (f kindFlag) Set(name string) error {
	kind, ok := directory.ParseKind(name)
	if !ok || !kind.HasMailbox() {
		return fmt.Errorf("kind %q: user, shared, room or equipment wanted", name)
	}
	*f.kind = kind
	return nil
}

// Type implements pflag.Value.
func (f kindFlag) Type() string { return "kind" }
