// SPDX-License-Identifier: AGPL-3.0-or-later

// Package admin is the operator's command line for users and mailboxes: one
// verb a file, each a short conversation with the store.
//
// What a command did is told on standard output, for people or with --json
// for programs; what it could not do on standard error, with an exit code of
// sysexits.h. A password never stands on the command line, which every user of
// the machine can read.
package admin
