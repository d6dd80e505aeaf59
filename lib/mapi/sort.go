// SPDX-License-Identifier: AGPL-3.0-or-later

package mapi

// SortKey is one column of a sort order, [MS-OXCDATA] 2.13.
type SortKey struct {
	Tag        PropTag
	Descending bool
}

// SortOrder sorts by the first key, equal rows by the second, and so on.
type SortOrder []SortKey
