// SPDX-License-Identifier: AGPL-3.0-or-later

// Package tag names property tags: those of [MS-OXPROPS], generated from
// props.txt, and the few that Twiga keeps for itself.
//
// A tagged property is a constant without PidTag (Subject, InternetMessageId).
// A named property, generated from named.txt, is a constant without Pid
// (LidLocation, NameKeywords), whose Name is what a store gives an id to.
package tag
