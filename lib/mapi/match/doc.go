// SPDX-License-Identifier: AGPL-3.0-or-later

// Package match evaluates restrictions and sort orders on an object's
// properties, [MS-OXCDATA] 2.12 and 2.13.
//
// A restriction is compiled once for a pass over many objects. Nothing is ever
// undefined: a condition on a property that is missing, or whose value cannot
// be compared with the one asked for, is false (and so Not of it is true).
package match
