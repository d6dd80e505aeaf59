// SPDX-License-Identifier: AGPL-3.0-or-later

// Package login lets clients of all gateways in: it passes on to the store what
// the mechanisms of lib/proto/sasl bring, says why a client was refused, and
// writes the lines that who blocks attackers reads.
//
// A gateway makes one [Door], and for each connection a [Client], which is the
// connection's sasl.Authenticator. What is wrong with credentials is judged by
// the store alone, which also counts the failures and the sessions of all
// gateways: see object.Service.
package login
