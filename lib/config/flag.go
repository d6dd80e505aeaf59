// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"reflect"
	"strings"

	"github.com/spf13/pflag"
)

// AddFlags gives flags one flag for each key of T that is no secret. A value
// that its key cannot take is refused while the command line is parsed.
func AddFlags[T any](flags *pflag.FlagSet) {
	t := reflect.TypeFor[T]()
	for _, k := range Keys[T]() {
		if k.Secret {
			continue
		}
		f := flags.VarPF(&flagValue{key: k, of: t.FieldByIndex(k.path).Type, text: k.Default}, k.Flag(), "", usage(k.Doc))
		if k.Type == "bool" {
			f.NoOptDefVal = "true"
		}
	}
}

// usage is the first sentence of doc, as the help text shows it.
func usage(doc string) string {
	if i := strings.Index(doc, ". "); i >= 0 {
		doc = doc[:i]
	}
	return strings.TrimSuffix(doc, ".")
}

// flagValue is a flag that keeps its text; Load parses it again with all else.
// A list may be given in parts, by repeating the flag.
type flagValue struct {
	key  Key
	of   reflect.Type
	text string
	set  bool
}

func (f *flagValue) String() string { return f.text }
func (f *flagValue) Type() string   { return f.key.Type }

func (f *flagValue) Set(s string) error {
	if _, err := parse(f.of, s); err != nil {
		return err
	}
	separator := map[string]string{"list": ",", "map": ";"}[f.key.Type]
	if f.set && separator != "" {
		s = f.text + separator + s
	}
	f.text, f.set = s, true
	return nil
}
