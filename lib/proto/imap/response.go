// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

// Status is the kind of a status response.
type Status string

// Kinds of status responses (RFC 3501 7.1).
const (
	StatusOK  Status = "OK"
	StatusNO  Status = "NO"
	StatusBAD Status = "BAD"
	StatusBYE Status = "BYE"
)

// Response codes without arguments (RFC 3501 7.1, RFC 5530 3, RFC 4315 3,
// RFC 3516 4.3, RFC 4469 4.2, RFC 7162 3.2.11). A code with arguments is written as a whole, "BADCHARSET (UTF-8)".
const (
	CodeAlert                = "ALERT"
	CodeAlreadyExists        = "ALREADYEXISTS"
	CodeAuthenticationFailed = "AUTHENTICATIONFAILED"
	CodeAuthorizationFailed  = "AUTHORIZATIONFAILED"
	CodeCannot               = "CANNOT"
	CodeClientBug            = "CLIENTBUG"
	CodeClosed               = "CLOSED"
	CodeContactAdmin         = "CONTACTADMIN"
	CodeExpired              = "EXPIRED"
	CodeHasChildren          = "HASCHILDREN"
	CodeInUse                = "INUSE"
	CodeLimit                = "LIMIT"
	CodeNonExistent          = "NONEXISTENT"
	CodeNoPerm               = "NOPERM"
	CodeNotificationOverflow = "NOTIFICATIONOVERFLOW"
	CodeOverQuota            = "OVERQUOTA"
	CodeParse                = "PARSE"
	CodePrivacyRequired      = "PRIVACYREQUIRED"
	CodeReadOnly             = "READ-ONLY"
	CodeReadWrite            = "READ-WRITE"
	CodeServerBug            = "SERVERBUG"
	CodeTooBig               = "TOOBIG"
	CodeTryCreate            = "TRYCREATE"
	CodeUIDNotSticky         = "UIDNOTSTICKY"
	CodeUIDRequired          = "UIDREQUIRED"
	CodeUnavailable          = "UNAVAILABLE"
	CodeUnknownCTE           = "UNKNOWN-CTE"
	CodeUseAttr              = "USEATTR"
)

// Error is an answer to a command other than OK.
type Error struct {
	Status Status // StatusNO, StatusBAD, or StatusBYE to end the connection
	Code   string // response code without brackets, or empty
	Text   string // for people, one line of ASCII
}

// Error returns the response as it is sent, without its tag.
func (e *Error) Error() string {
	if e.Code == "" {
		return string(e.Status) + " " + e.Text
	}
	return string(e.Status) + " [" + e.Code + "] " + e.Text
}

// No returns the error that answers NO.
func No(code, text string) *Error { return &Error{Status: StatusNO, Code: code, Text: text} }

// Bad returns the error that answers BAD: the client broke the protocol.
func Bad(text string) *Error { return &Error{Status: StatusBAD, Text: text} }

// Bye returns the error that ends the connection.
func Bye(code, text string) *Error { return &Error{Status: StatusBYE, Code: code, Text: text} }

// Errors that every backend has use for.
var (
	ErrAuthenticationFailed = No(CodeAuthenticationFailed, "Authentication failed")
	ErrNoSuchMailbox        = No(CodeNonExistent, "No such mailbox")
	ErrTryCreate            = No(CodeTryCreate, "No such mailbox, create it first")
	ErrMailboxExists        = No(CodeAlreadyExists, "Mailbox exists already")
	ErrReadOnly             = No(CodeReadOnly, "Mailbox is open read-only")
	ErrOverQuota            = No(CodeOverQuota, "Mailbox is full")
	ErrUnavailable          = No(CodeUnavailable, "Temporary trouble, try again later")
)
