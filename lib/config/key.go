// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Key is one setting as the struct's tags describe it.
type Key struct {
	Name    string // dotted TOML path, "tls.certificate"
	Table   string // the tables it stands in, "tls"; "" for the root
	Type    string // string, bool, int, size, duration, list or map
	Default string // as written in the tag
	Doc     string // for people, sentences
	Reload  bool   // a reload applies it, else it takes a restart
	Secret  bool   // masked in dumps, no flag
	path    []int  // the field, for reflect
}

// Flag is the key's name on the command line, without the dashes before it.
func (k Key) Flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name) }

// Env is the key's name in the environment of the daemon called name.
func (k Key) Env(name string) string { return envName(name, k.Name) }

// leaf is the key's name inside its table.
func (k Key) leaf() string { return k.Name[strings.LastIndexByte(k.Name, '.')+1:] }

// origin says where the key's effective value was written, for an error.
func (k Key) origin(name, file string, flags *pflag.FlagSet) string {
	if flags != nil && flags.Changed(k.Flag()) {
		return "read flag --" + k.Flag()
	}
	if _, ok := lookupEnv(k.Env(name)); ok {
		return "read environment " + k.Env(name)
	}
	return fmt.Sprintf("read %s: key %s", file, k.Name)
}

// Keys lists the settings of T in the order of its fields. It panics when the
// tags are wrong, which no input can cause.
func Keys[T any]() []Key {
	keys, err := keysOf(reflect.TypeFor[T]())
	if err != nil {
		panic(err)
	}
	return keys
}

func envName(name, key string) string {
	s := strings.ToUpper("TWIGA_" + name + "_" + key)
	return strings.NewReplacer("-", "_", ".", "_").Replace(s)
}

var keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// keysOf reads the tags of struct type t.
func keysOf(t reflect.Type) ([]Key, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("read tags of %s: not a struct", t)
	}
	keys, err := walk(t, "", nil)
	if err != nil {
		return nil, fmt.Errorf("read tags of %s: %w", t, err)
	}
	seen := map[string]string{}
	for _, k := range keys {
		if other, dup := seen[k.Flag()]; dup {
			return nil, fmt.Errorf("read tags of %s: keys %s and %s share a flag", t, other, k.Name)
		}
		seen[k.Flag()] = k.Name
	}
	return keys, nil
}

func walk(t reflect.Type, table string, path []int) ([]Key, error) {
	var keys []Key
	for f := range t.Fields() {
		name, tagged := f.Tag.Lookup("key")
		at := append(slices.Clone(path), f.Index...)
		switch {
		case name == "-" || !f.IsExported():
			continue
		case f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct:
			sub, err := walk(f.Type, table, at)
			if err != nil {
				return nil, err
			}
			keys = append(keys, sub...)
			continue
		case !keyForm.MatchString(name):
			return nil, fmt.Errorf("field %s: bad key %q", f.Name, name)
		}
		full := name
		if table != "" {
			full = table + "." + name
		}
		if f.Type.Kind() == reflect.Struct {
			sub, err := walk(f.Type, full, at)
			if err != nil {
				return nil, err
			}
			keys = append(keys, sub...)
			continue
		}
		k, err := leafKey(f, full, table, at)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func leafKey(f reflect.StructField, full, table string, at []int) (Key, error) {
	k := Key{
		Name: full, Table: table, Type: typeName(f.Type),
		Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"),
		Reload: f.Tag.Get("reload") == "true", Secret: f.Tag.Get("secret") == "true",
		path: at,
	}
	if k.Type == "" {
		return k, fmt.Errorf("key %s: no configuration type: %s", full, f.Type)
	}
	if k.Doc == "" {
		return k, fmt.Errorf("key %s: no doc tag", full)
	}
	if _, err := parse(f.Type, k.Default); err != nil {
		return k, fmt.Errorf("key %s: default: %w", full, err)
	}
	return k, nil
}
