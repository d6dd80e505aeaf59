// SPDX-License-Identifier: AGPL-3.0-or-later

// Package config turns one typed struct into a daemon's whole configuration.
//
// The struct's tags say everything a reader of the configuration has to know:
//
//	type Config struct {
//		daemon.Common                                      // embedded: its keys stand beside ours
//		Listen []string      `key:"listen" default:"tcp:127.0.0.1:2003" doc:"Where to listen."`
//		Limit  config.Size   `key:"message_limit" default:"50M" doc:"Largest message." reload:"true"`
//		TLS    TLS           `key:"tls" doc:"Transport security."` // nested: the TOML table [tls]
//	}
//
// A value comes from, the later the stronger: the default in the tag, the TOML
// file, the environment (TWIGA_<DAEMON>_<KEY>, dots become underscores), the
// command line (--key, dots and underscores become dashes). A key marked
// secret has no flag, since a command line can be read by every user of the
// machine, and is masked in dumps.
//
// Field types are string, bool, int, int64, [Size], [time.Duration], []string
// and map[string][]string. In the environment and on the command line a list
// is written a,b and a map k=a,b;l=c.
package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Dir holds the configuration files of an installed system.
const Dir = "/etc/twiga"

// Path is the file that is read when none is named. It may be missing.
func Path(name string) string { return filepath.Join(Dir, name+".toml") }

// Options say where Load looks.
type Options struct {
	// File is the TOML file. A named file must exist; when empty, the file of
	// TWIGA_<DAEMON>_CONFIG or else [Path] is read, and the latter may be missing.
	File string
	// Flags is the parsed command line, prepared by [AddFlags]. It may be nil.
	Flags *pflag.FlagSet
}

// checker is what a configuration struct, or a table in it, may have: it
// refuses values that are well formed and still wrong.
type checker interface{ Check() error }

// Load builds the effective configuration of the daemon called name. The
// error names every unknown key and bad value at once, each with its place.
func Load[T any](name string, opts Options) (*T, error) {
	keys, err := keysOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	file, must := opts.File, opts.File != ""
	if file == "" {
		if file = os.Getenv(envName(name, "config")); file != "" {
			must = true
		} else {
			file = Path(name)
		}
	}
	fromTOML, errs := readFile(file, must, keys)
	errs = append(errs, unknownEnv(name, keys)...)
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	v, err := layers(name, keys, fromTOML, opts.Flags)
	if err != nil {
		return nil, err
	}
	cfg := new(T)
	root := reflect.ValueOf(cfg).Elem()
	for _, k := range keys {
		if err := k.set(root, v.Get(k.Name)); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", k.origin(name, file, opts.Flags), err))
		}
	}
	if len(errs) == 0 {
		errs = check(root, file)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return cfg, nil
}

// layers stacks default, file, environment and flags in one viper of our own.
func layers(name string, keys []Key, file map[string]any, flags *pflag.FlagSet) (*viper.Viper, error) {
	v := viper.New()
	v.AllowEmptyEnv(true)
	for _, k := range keys {
		v.SetDefault(k.Name, k.Default)
		if raw, ok := file[k.Name]; ok {
			if err := v.MergeConfigMap(nested(k.Name, fileValue{raw})); err != nil {
				return nil, fmt.Errorf("merge key %s: %w", k.Name, err)
			}
		}
		if err := v.BindEnv(k.Name, k.Env(name)); err != nil {
			return nil, fmt.Errorf("bind environment of key %s: %w", k.Name, err)
		}
		if flags == nil {
			continue
		}
		if f := flags.Lookup(k.Flag()); f != nil {
			if err := v.BindPFlag(k.Name, f); err != nil {
				return nil, fmt.Errorf("bind flag of key %s: %w", k.Name, err)
			}
		}
	}
	return v, nil
}

// fileValue keeps a value of the file as it was read: viper folds the case of
// the keys in the maps that it can see into.
type fileValue struct{ raw any }

// nested spells a dotted key as the tree of maps that viper merges.
func nested(key string, value any) map[string]any {
	parts := strings.Split(key, ".")
	tree := map[string]any{parts[len(parts)-1]: value}
	for _, p := range slices.Backward(parts[:len(parts)-1]) {
		tree = map[string]any{p: tree}
	}
	return tree
}

// unknownEnv refuses variables with our prefix that name no key.
func unknownEnv(name string, keys []Key) []error {
	prefix := envName(name, "")
	known := []string{envName(name, "config")}
	for _, k := range keys {
		known = append(known, k.Env(name))
	}
	var errs []error
	for _, pair := range os.Environ() {
		v, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(v, prefix) && !slices.Contains(known, v) {
			errs = append(errs, fmt.Errorf("read environment: unknown variable %s%s", v, suggest(v, known)))
		}
	}
	return errs
}

// check calls Check on the tables from the inside out and on the whole last,
// which may rely on sound tables.
func check(v reflect.Value, file string) []error {
	var errs []error
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Type.Kind() == reflect.Struct && f.IsExported() {
			errs = append(errs, check(v.Field(i), file)...)
		}
	}
	if c, ok := v.Addr().Interface().(checker); ok && len(errs) == 0 {
		if err := c.Check(); err != nil {
			errs = append(errs, fmt.Errorf("check %s: %w", file, err))
		}
	}
	return errs
}
