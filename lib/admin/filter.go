// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"fmt"
	"strings"

	"twiga/lib/directory"
)

// filterText is one pattern of a filter.
type filterText struct {
	key string
	of  func(*directory.Filter) *string
}

func filterTexts() []filterText {
	return []filterText{
		{"name", func(f *directory.Filter) *string { return &f.Name }},
		{"address", func(f *directory.Filter) *string { return &f.Address }},
		{"department", func(f *directory.Filter) *string { return &f.Department }},
		{"company", func(f *directory.Filter) *string { return &f.Company }},
		{"title", func(f *directory.Filter) *string { return &f.Title }},
		{"city", func(f *directory.Filter) *string { return &f.City }},
	}
}

// parseFilter reads conditions such as department=Sales; kind may come several
// times. Empty ones are skipped, so that "" is the filter of no dynamic group.
func parseFilter(conditions []string) (directory.Filter, error) {
	var f directory.Filter
	for _, c := range conditions {
		if c == "" {
			continue
		}
		key, value, ok := strings.Cut(c, "=")
		if !ok || value == "" {
			return f, fmt.Errorf("filter %q: want a condition like department=Sales", c)
		}
		if key == "kind" {
			kind, ok := directory.ParseKind(value)
			if !ok || !kind.HasMailbox() {
				return f, fmt.Errorf("filter %q: the kind is user, shared, room or equipment", c)
			}
			f.Kinds = append(f.Kinds, kind)
			continue
		}
		if err := setFilterText(&f, key, value); err != nil {
			return f, err
		}
	}
	return f, nil
}

func setFilterText(f *directory.Filter, key, value string) error {
	keys := []string{"kind"}
	for _, t := range filterTexts() {
		if keys = append(keys, t.key); t.key == key {
			if *t.of(f) != "" {
				return fmt.Errorf("filter: %s comes twice", key)
			}
			*t.of(f) = value
			return nil
		}
	}
	return fmt.Errorf("filter %q: want one of %s", key, strings.Join(keys, ", "))
}

// conditions are a filter as parseFilter reads it.
func conditions(f *directory.Filter) []string {
	out := []string{}
	for _, k := range f.Kinds {
		out = append(out, "kind="+k.String())
	}
	for _, t := range filterTexts() {
		if v := *t.of(f); v != "" {
			out = append(out, t.key+"="+v)
		}
	}
	return out
}
