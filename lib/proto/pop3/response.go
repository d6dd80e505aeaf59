// SPDX-License-Identifier: AGPL-3.0-or-later

package pop3

// Response codes (RFC 2449 8, RFC 3206 4).
const (
	CodeInUse      = "IN-USE"
	CodeLoginDelay = "LOGIN-DELAY"
	CodeTemporary  = "SYS/TEMP"
	CodePermanent  = "SYS/PERM"
	CodeAuth       = "AUTH"
)

// Error is an answer -ERR to a command.
type Error struct {
	Code string // response code without brackets, or empty
	Text string // for people, one line of ASCII, in English; see LANG
	bad  bool   // the client broke the protocol
	end  bool   // the connection ends
}

// Error returns the response as it is sent.
func (e *Error) Error() string {
	if e.Code == "" {
		return "-ERR " + e.Text
	}
	return "-ERR [" + e.Code + "] " + e.Text
}

// Err returns the error that answers -ERR.
func Err(code, text string) *Error { return &Error{Code: code, Text: text} }

// Bad returns the error that answers -ERR to a client that broke the protocol.
func Bad(text string) *Error { return &Error{Text: text, bad: true} }

// Bye returns the error that answers -ERR and ends the connection.
func Bye(code, text string) *Error { return &Error{Code: code, Text: text, end: true} }

// Errors that every backend has use for.
var (
	ErrAuthenticationFailed = Err(CodeAuth, "Authentication failed")
	ErrInUse                = Err(CodeInUse, "Maildrop is in use by another session")
	ErrLoginDelay           = Err(CodeLoginDelay, "Minimum time between logins has not passed")
	ErrTemporary            = Err(CodeTemporary, "Temporary trouble, try again later")
	ErrNoAccess             = Err(CodePermanent, "Permission denied")
	ErrTooManyConnections   = Err(CodeTemporary, "Too many connections of this user")
	ErrMessageGone          = Err("", "Message was removed by another session")
	ErrSessionLost          = Bye(CodeTemporary, "Mailbox service restarted, log in again")
	ErrIdentity             = Err(CodeAuth, "Acting for another user is not possible")
	ErrExpired              = Err(CodeAuth, "Password is too old, set another one")
	ErrTooManyFailures      = Err(CodeTemporary, "Too many failures, try again later")
	ErrNotSetUp             = Err(CodePermanent, "Account is not in order")
	ErrNoSuchCredentials    = Err("", "Credentials of this kind are not taken")
)
