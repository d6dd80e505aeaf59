// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes, written as an integer or with the suffix k, M, G
// or T for powers of 1024: "50M".
type Size int64

// String writes the size with the largest suffix that keeps it whole.
func (s Size) String() string {
	n, unit := int64(s), ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, u
	}
	return strconv.FormatInt(n, 10) + unit
}

// ParseSize reads a size as [Size] writes it; case does not matter. Sizes are
// not negative.
func ParseSize(s string) (Size, error) {
	digits, shift := strings.TrimSpace(s), 0
	if n := len(digits); n > 0 {
		if i := strings.IndexByte("kmgt", digits[n-1]|0x20); i >= 0 {
			digits, shift = digits[:n-1], 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>shift {
		return 0, fmt.Errorf("want a size like 50M, got %q", s)
	}
	return Size(n << shift), nil
}

var (
	typeSize     = reflect.TypeFor[Size]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeList     = reflect.TypeFor[[]string]()
	typeMap      = reflect.TypeFor[map[string][]string]()
)

// typeName is the word for a field's type, empty when it cannot be a setting.
func typeName(t reflect.Type) string {
	switch {
	case t == typeSize:
		return "size"
	case t == typeDuration:
		return "duration"
	case t == typeList:
		return "list"
	case t == typeMap:
		return "map"
	case t.PkgPath() != "":
		return ""
	case t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Bool:
		return "bool"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "int"
	}
	return ""
}

func lookupEnv(name string) (string, bool) { return os.LookupEnv(name) }

// set stores raw, a tag's, flag's or variable's text or a value of the file,
// in the key's field of the struct root.
func (k Key) set(root reflect.Value, raw any) error {
	field := root.FieldByIndex(k.path)
	var (
		v   any
		err error
	)
	switch raw := raw.(type) {
	case fileValue:
		v, err = convert(field.Type(), raw.raw)
	case string:
		v, err = parse(field.Type(), raw)
	case int, bool: // viper has read the flag already
		v, err = parse(field.Type(), fmt.Sprint(raw))
	default:
		err = fmt.Errorf("unexpected %T", raw)
	}
	if err != nil {
		return err
	}
	field.Set(reflect.ValueOf(v).Convert(field.Type()))
	return nil
}

// parse reads a value from text. Empty text is the zero value.
func parse(t reflect.Type, s string) (any, error) {
	if s == "" {
		return reflect.Zero(t).Interface(), nil
	}
	switch typeName(t) {
	case "string":
		return s, nil
	case "bool":
		switch strings.ToLower(s) {
		case "true", "yes", "on", "1":
			return true, nil
		case "false", "no", "off", "0":
			return false, nil
		}
		return nil, fmt.Errorf("want true or false, got %q", s)
	case "int":
		n, err := strconv.ParseInt(s, 10, t.Bits())
		if err != nil {
			return nil, fmt.Errorf("want a whole number, got %q", s)
		}
		return n, nil
	case "size":
		return ParseSize(s)
	case "duration":
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return nil, fmt.Errorf("want a duration like 30s or 1h, got %q", s)
		}
		return d, nil
	case "list":
		return splitList(s), nil
	case "map":
		return parseMap(s)
	}
	return nil, fmt.Errorf("no configuration type: %s", t)
}

func splitList(s string) []string {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

func parseMap(s string) (any, error) {
	m := map[string][]string{}
	for pair := range strings.SplitSeq(s, ";") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		k, v, ok := strings.Cut(pair, "=")
		if k = strings.TrimSpace(k); !ok || k == "" {
			return nil, fmt.Errorf("want name=item,item;name=item, got %q", s)
		}
		m[k] = splitList(v)
	}
	return m, nil
}

// convert takes a value as the TOML decoder gives it.
func convert(t reflect.Type, raw any) (any, error) {
	kind := typeName(t)
	switch raw := raw.(type) {
	case string:
		if kind == "string" {
			return raw, nil
		}
		if kind == "size" || kind == "duration" {
			return parse(t, raw)
		}
	case bool:
		if kind == "bool" {
			return raw, nil
		}
	case int64:
		if kind == "int" && !reflect.Zero(t).OverflowInt(raw) {
			return raw, nil
		}
		if kind == "size" && raw >= 0 {
			return Size(raw), nil
		}
		if kind == "duration" && raw == 0 {
			return time.Duration(0), nil
		}
	case []any:
		if kind == "list" {
			return stringList(raw)
		}
	case map[string]any:
		if kind == "map" {
			return stringMap(raw)
		}
	}
	return nil, fmt.Errorf("want %s, got %v", wanted[kind], raw)
}

// wanted is how a value of each type is spelled in TOML, for error messages.
var wanted = map[string]string{
	"string": "a string in quotes", "bool": "true or false", "int": "a whole number",
	"size": `a size like "50M"`, "duration": `a duration like "30s"`,
	"list": `a list like ["a", "b"]`, "map": `a table of lists like { name = ["a", "b"] }`,
}

func stringList(raw []any) (any, error) {
	list := make([]string, 0, len(raw))
	for _, item := range raw {
		s, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("want %s, got item %v", wanted["list"], item)
		}
		list = append(list, s)
	}
	return list, nil
}

func stringMap(raw map[string]any) (any, error) {
	m := make(map[string][]string, len(raw))
	for k, v := range raw {
		items, ok := v.([]any)
		if s, single := v.(string); single {
			items, ok = []any{s}, true
		}
		if !ok {
			return nil, fmt.Errorf("want %s, got %s = %v", wanted["map"], k, v)
		}
		list, err := stringList(items)
		if err != nil {
			return nil, err
		}
		m[k], _ = list.([]string)
	}
	return m, nil
}

// format spells a value in TOML.
func format(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case Size:
		return quote(x.String())
	case time.Duration:
		return quote(formatDuration(x))
	case []string:
		return formatList(x)
	case map[string][]string:
		items := make([]string, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			items = append(items, formatName(k)+" = "+formatList(x[k]))
		}
		if len(items) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(items, ", ") + " }"
	case string:
		return quote(x)
	}
	return fmt.Sprint(v.Interface())
}

func formatList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// formatName writes the key of a map, bare when TOML allows it.
func formatName(s string) string {
	for _, r := range s {
		bare := r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !bare {
			return quote(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}

// formatDuration drops the zero units that [time.Duration.String] ends in.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// quote writes a TOML basic string.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
