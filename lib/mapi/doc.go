// SPDX-License-Identifier: AGPL-3.0-or-later

// Package mapi holds MAPI's values: property types, tags, values, named
// properties, restrictions, sort orders, ids and result codes. It knows no
// storage and no transport.
//
// Names follow [MS-OXCDATA] and [MS-OXPROPS]; every public type cites the
// section that defines it.
package mapi
