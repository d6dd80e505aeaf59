// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"twiga/lib/mapi"
)

// Fault is an error as SOAP 1.1 4.4 carries it: the class (Client, Server,
// VersionMismatch, MustUnderstand) says whose it is, the code in the detail
// what it is.
type Fault struct {
	Class string
	Code  mapi.Code
	Text  string
}

// Error is the text.
func (f *Fault) Error() string { return f.Text }

// Unwrap is the code.
func (f *Fault) Unwrap() error { return f.Code }

// FaultOf is the fault that tells of an error.
func FaultOf(err error) *Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f
	}
	f := &Fault{Class: "Client", Code: mapi.CodeOf(err), Text: err.Error()}
	switch f.Code {
	case mapi.GeneralFailure, mapi.Busy, mapi.NotEnoughDisk, mapi.NotEnoughResources, mapi.NotEnoughMemory,
		mapi.StoreFull, mapi.NetworkError, mapi.Timeout, mapi.Cancel, mapi.Unconfigured:
		f.Class = "Server"
	}
	return f
}

// faultElement is what is read of <soap:Fault>.
type faultElement struct {
	Faultcode   string
	Faultstring string
	Detail      struct{ Error errorElement }
}

// errorElement is our detail.
type errorElement struct {
	Code mapi.Code
	Name string
}

var faultType = Compile(reflect.TypeFor[faultElement]())

func (f *faultElement) fault() *Fault {
	_, class, found := strings.Cut(f.Faultcode, ":")
	if !found {
		class = f.Faultcode
	}
	code := f.Detail.Error.Code
	if code == 0 {
		code = mapi.GeneralFailure
	}
	return &Fault{Class: class, Code: code, Text: f.Faultstring}
}

// Append appends the fault as the element in a body.
func (f *Fault) Append(dst []byte) []byte {
	dst = append(dst, "<soap:Fault>"...)
	dst = append(dst, `<faultcode xmlns="">soap:`+f.Class+`</faultcode>`...)
	dst = append(dst, `<faultstring xmlns="">`...)
	if portable(f.Text) {
		dst = appendText(dst, f.Text)
	} else {
		dst = appendText(dst, strings.ToValidUTF8(fmt.Sprintf("%+q", f.Text), ""))
	}
	dst = append(dst, `</faultstring><detail xmlns=""><Error xmlns="`+Space+`">`...)
	dst = fmt.Appendf(dst, "<Code>0x%08x</Code><Name>%s</Name>", uint32(f.Code), f.Code.Name())
	return append(dst, "</Error></detail></soap:Fault>"...)
}
