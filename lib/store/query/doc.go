// SPDX-License-Identifier: AGPL-3.0-or-later

// Package query is what tables have in common, whatever their rows are: what
// of a restriction and a sort order can be SQL, the order of rows in memory,
// categories and instances ([MS-OXCTABL] 2.2.2.3), cells and windows. It knows
// neither databases nor mailboxes.
package query
