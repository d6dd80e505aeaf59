// SPDX-License-Identifier: AGPL-3.0-or-later

package soap

import (
	"encoding/xml"
	"io"
	"reflect"

	"twiga/lib/mapi"
)

// Header is what the elements of a SOAP header say. Unknown elements are
// passed over unless they must be understood.
type Header struct {
	Session [16]byte // of the session; zero for none
	Request string   // names the call in logs
	Skip    uint32   // items of a stream to pass over
	Limit   uint32   // items of a stream to give; 0 is as many as the server likes
	Timeout uint32   // milliseconds until the caller gives up; for Watch: to wait for an event
	WatchID [16]byte // the watch to go on with; zero begins one
}

// Envelope is an envelope that is read from front to end: Open, Read, Close.
type Envelope struct {
	r     *reader
	start xml.StartElement // of the operation
}

// NewEnvelope reads an envelope whose elements are nested at most so deep.
func NewEnvelope(r io.Reader, maxDepth int) *Envelope { return &Envelope{r: newReader(r, maxDepth)} }

// Open reads up to the element in the body, and gives the header and the
// element's name. Errors are a *Fault where SOAP has its own code for them.
func (e *Envelope) Open() (h Header, name string, err error) {
	root := e.first()
	switch {
	case e.r.err != nil:
	case root.Name.Local != "Envelope":
		e.r.fail("read envelope: the document is <%s>", root.Name.Local)
	case root.Name.Space != EnvelopeSpace:
		return h, "", &Fault{Class: "VersionMismatch", Code: mapi.Version, Text: "envelope of another SOAP version"}
	}
	for {
		part, more := e.r.child()
		if !more {
			e.r.fail("read envelope: no body")
			return h, "", e.r.err
		}
		switch {
		case part.Name.Space != EnvelopeSpace:
			e.r.skip()
		case part.Name.Local == "Header":
			if err := e.header(&h); err != nil {
				return h, "", err
			}
		case part.Name.Local == "Body":
			if e.start, more = e.r.child(); !more {
				e.r.fail("read envelope: empty body")
			}
			return h, e.start.Name.Local, e.r.err
		default:
			e.r.skip()
		}
	}
}

// first is the document's element.
func (e *Envelope) first() xml.StartElement {
	start, _ := e.r.child()
	return start
}

var headerType = Compile(reflect.TypeFor[Header]())

// header reads the blocks of the header that are ours.
func (e *Envelope) header(h *Header) error {
	v := reflect.ValueOf(h).Elem()
	for {
		block, more := e.r.child()
		if !more {
			return e.r.err
		}
		field, known := v.Type().FieldByName(block.Name.Local)
		if block.Name.Space != Space || !known {
			if mustUnderstand(block) {
				return &Fault{Class: "MustUnderstand", Code: mapi.NoSupport, Text: "header " + block.Name.Local + " is not understood"}
			}
			e.r.skip()
			continue
		}
		compile(field.Type).get(e.r, block, v.FieldByIndex(field.Index))
	}
}

// mustUnderstand reads the attribute of SOAP 1.1 4.2.3.
func mustUnderstand(block xml.StartElement) bool {
	for _, a := range block.Attr {
		if a.Name.Space == EnvelopeSpace && a.Name.Local == "mustUnderstand" {
			return a.Value == "1" || a.Value == "true"
		}
	}
	return false
}

// Read reads the element in the body into the value that ptr, a *T, points to.
func (e *Envelope) Read(t *Type, ptr any) error {
	t.part.get(e.r, e.start, reflect.ValueOf(ptr).Elem())
	return e.r.err
}

// Fault reads the element in the body where it is a fault.
func (e *Envelope) Fault() error {
	var f faultElement
	faultType.part.get(e.r, e.start, reflect.ValueOf(&f).Elem())
	if e.r.err != nil {
		return e.r.err
	}
	return f.fault()
}

// Close reads what follows the element in the body: there is to be nothing.
func (e *Envelope) Close() error {
	if _, more := e.r.child(); more {
		e.r.fail("read envelope: more than one element in the body")
	}
	return e.r.err
}

// AppendEnvelope appends an envelope whose body put appends. A zero header is
// left out.
func AppendEnvelope(dst []byte, h Header, put func([]byte) []byte) []byte {
	dst = append(dst, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<soap:Envelope xmlns:soap="`+EnvelopeSpace+`" xmlns="`+Space+`">`...)
	if h != (Header{}) {
		dst = headerType.Append(dst, "soap:Header", &h)
	}
	dst = put(append(dst, "<soap:Body>"...))
	return append(dst, "</soap:Body></soap:Envelope>\n"...)
}
