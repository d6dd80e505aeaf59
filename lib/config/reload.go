// SPDX-License-Identifier: AGPL-3.0-or-later

package config

import "reflect"

// Change is a key whose value differs between two loads.
type Change struct {
	Key    string
	Reload bool // it is in effect; else it waits for a restart
}

// Merge returns what a running daemon has after a reload: next where a key can
// be reloaded, current elsewhere, and the keys in which the two differ. Neither
// argument is changed.
func Merge[T any](current, next *T) (*T, []Change) {
	merged := new(T)
	*merged = *current
	var changes []Change
	from, old, to := reflect.ValueOf(next).Elem(), reflect.ValueOf(current).Elem(), reflect.ValueOf(merged).Elem()
	for _, k := range Keys[T]() {
		if reflect.DeepEqual(from.FieldByIndex(k.path).Interface(), old.FieldByIndex(k.path).Interface()) {
			continue
		}
		changes = append(changes, Change{k.Name, k.Reload})
		if k.Reload {
			to.FieldByIndex(k.path).Set(from.FieldByIndex(k.path))
		}
	}
	return merged, changes
}
