// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// width is the column at which documentation is wrapped.
const width = 78

// mask stands in dumps where a secret is set.
const mask = "********"

// Dump renders the effective configuration as a TOML file with the
// documentation as comments. Secrets are masked.
func Dump[T any](name string, cfg *T) string {
	return render(name, Keys[T](), tables(reflect.TypeFor[T](), ""), func(k Key) string {
		v := reflect.ValueOf(cfg).Elem().FieldByIndex(k.path)
		if k.Secret && !v.IsZero() {
			return k.leaf() + " = " + quote(mask)
		}
		return k.leaf() + " = " + format(v)
	})
}

// Sample renders the configuration file to start from: every key with its
// documentation, commented out at its default.
func Sample[T any](name string) string {
	t := reflect.TypeFor[T]()
	return render(name, Keys[T](), tables(t, ""), func(k Key) string {
		v, err := parse(t.FieldByIndex(k.path).Type, k.Default)
		if err != nil {
			panic(err) // Keys has parsed it already
		}
		field := reflect.New(t.FieldByIndex(k.path).Type).Elem()
		field.Set(reflect.ValueOf(v).Convert(field.Type()))
		return "#" + k.leaf() + " = " + format(field)
	})
}

// tables collects the documentation of the nested structs by table name.
func tables(t reflect.Type, prefix string) map[string]string {
	docs := map[string]string{}
	for f := range t.Fields() {
		if f.Type.Kind() != reflect.Struct || !f.IsExported() {
			continue
		}
		sub := prefix
		if name := f.Tag.Get("key"); name != "" {
			docs[prefix+name] = f.Tag.Get("doc")
			sub = prefix + name + "."
		}
		for k, v := range tables(f.Type, sub) {
			docs[k] = v
		}
	}
	return docs
}

func render(name string, keys []Key, docs map[string]string, line func(Key) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Configuration of twiga-%s, see twiga-%s.toml(5).\n", name, name)
	order := []string{""} // the root's keys must stand before the first table
	for _, k := range keys {
		if !slices.Contains(order, k.Table) {
			order = append(order, k.Table)
		}
	}
	for _, table := range order {
		if table != "" {
			b.WriteByte('\n')
			comment(&b, docs[table])
			b.WriteString("[" + table + "]\n")
		}
		for _, k := range keys {
			if k.Table != table {
				continue
			}
			b.WriteByte('\n')
			comment(&b, k.Doc)
			b.WriteString(line(k) + "\n")
		}
	}
	return b.String()
}

func comment(b *strings.Builder, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	if line != "#" {
		b.WriteString(line + "\n")
	}
}
