// SPDX-License-Identifier: AGPL-3.0-or-later

// Package lmtp is the server's side of LMTP, the Local Mail Transfer Protocol
// (RFC 2033): the grammar of its commands, the state of a session and the
// transparent reading of DATA. What becomes of recipients and messages is a
// Handler's business; the package knows nothing of it.
//
// Extensions: PIPELINING (RFC 2920), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531),
// ENHANCEDSTATUSCODES (RFC 2034) and SIZE (RFC 1870).
//
// DATA is transparent byte for byte: bare CR, bare LF, NUL and lines of any
// length pass; only CRLF "." CRLF ends it. Replies to pipelined commands go
// out together, and recipients that were pipelined are asked for together.
package lmtp
