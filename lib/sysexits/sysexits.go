// SPDX-License-Identifier: AGPL-3.0-or-later

// Package sysexits gives errors the exit codes of sysexits.h, which Postfix's
// pipe(8) and scripts understand.
package sysexits

import "errors"

// The exit codes.
const (
	OK          = 0
	Failure     = 1  // anything that has no code of its own
	Usage       = 64 // wrong command line
	DataErr     = 65 // wrong input
	NoInput     = 66 // input cannot be read
	NoUser      = 67 // no such user, mailbox or message
	NoHost      = 68 // no such host
	Unavailable = 69 // a service or a resource that is needed is not there
	Software    = 70 // an error of ours
	OSErr       = 71 // the system refused
	OSFile      = 72 // a system file is missing or wrong
	CantCreat   = 73 // output cannot be created, or exists already
	IOErr       = 74 // input or output failed
	TempFail    = 75 // try again later
	Protocol    = 76 // the peer broke the protocol
	NoPerm      = 77 // not allowed
	Config      = 78 // wrong configuration
)

// With gives err the exit code that the process shall end with.
func With(code int, err error) error {
	if err == nil {
		return nil
	}
	return coded{err, code}
}

type coded struct {
	error
	code int
}

func (e coded) Unwrap() error { return e.error }

// Code is the exit code for err: [OK] for nil, that of the outermost [With] in
// its chain, else [Failure].
func Code(err error) int {
	if err == nil {
		return OK
	}
	var c coded
	if errors.As(err, &c) {
		return c.code
	}
	return Failure
}
