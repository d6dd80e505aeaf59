// SPDX-License-Identifier: AGPL-3.0-or-later

// Package integration runs the built daemons together with real peers from
// Debian: Postfix, swaks, mbsync, mutt, curl, Python's imaplib. Each system has
// a folder and loopback ports of its own and ends with its test. A test whose
// peer is not installed is skipped and says what to install; with
// TWIGA_TEST_ALL=1 that is a failure. TWIGA_LONG=1 makes the crash tests long.
package integration
