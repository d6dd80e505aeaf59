// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import "twiga/lib/mapi"

// Failure is an error that came from the server: the code, for errors.Is and
// mapi.CodeOf, and the server's words.
type Failure struct {
	Code mapi.Code
	Text string
}

// Error is the server's words.
func (f *Failure) Error() string {
	if f.Text == "" {
		return f.Code.Error()
	}
	return f.Text
}

// Unwrap is the code.
func (f *Failure) Unwrap() error { return f.Code }
