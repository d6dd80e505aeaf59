// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds a configuration file, so that a wrong path such as a device
// or a mailbox ends in an error.
const maxFile = 1 << 20

// readFile reads the TOML file and returns its values by dotted key. A missing
// file is empty unless must is set.
func readFile(file string, must bool, keys []Key) (map[string]any, []error) {
	text, err := slurp(file)
	if errors.Is(err, fs.ErrNotExist) && !must {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read configuration: %w", err)}
	}
	return decode(file, text, keys)
}

func slurp(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: larger than %d bytes", file, maxFile)
	}
	return text, err
}

func decode(file string, text []byte, keys []Key) (map[string]any, []error) {
	var tree map[string]any
	if err := toml.Unmarshal(text, &tree); err != nil {
		if at, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, col := at.Position()
			return nil, []error{fmt.Errorf("read %s:%d:%d: %w", file, line, col, err)}
		}
		return nil, []error{fmt.Errorf("read %s: %w", file, err)}
	}
	f := flattener{file: file, leaves: map[string]any{}, known: map[string]bool{}}
	for _, k := range keys {
		f.known[k.Name] = true
		f.names = append(f.names, k.Name)
		for t := k.Table; t != ""; t = parent(t) {
			if _, seen := f.known[t]; !seen {
				f.known[t] = false
				f.names = append(f.names, t)
			}
		}
	}
	f.walk("", tree)
	return f.leaves, f.errs
}

func parent(table string) string {
	return table[:max(0, strings.LastIndexByte(table, '.'))]
}

// flattener holds a file's tree against the keys: known is true for a key and
// false for a table.
type flattener struct {
	file   string
	known  map[string]bool
	names  []string
	leaves map[string]any
	errs   []error
}

func (f *flattener) walk(prefix string, tree map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		full := prefix + name
		leaf, ok := f.known[full]
		if !ok {
			f.errs = append(f.errs, fmt.Errorf("read %s: unknown key %s%s", f.file, full, suggest(full, f.names)))
			continue
		}
		if leaf {
			f.leaves[full] = tree[name]
			continue
		}
		sub, ok := tree[name].(map[string]any)
		if !ok {
			f.errs = append(f.errs, fmt.Errorf("read %s: key %s: want a table, got %v", f.file, full, tree[name]))
			continue
		}
		f.walk(full+".", sub)
	}
}
