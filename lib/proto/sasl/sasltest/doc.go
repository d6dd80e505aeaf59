// SPDX-License-Identifier: AGPL-3.0-or-later

// Package sasltest has what tests of SASL need on the other side: a client of
// SCRAM-SHA-256 and an Authenticator with one account in memory.
package sasltest
