// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc/soap"
)

// maxSOAPAnswer is how many bytes of items one SOAP response has before the
// rest is left for the next.
const maxSOAPAnswer = 16 << 20

// wsdlAddress is where the description says that the service is; on a Unix
// socket any host will do.
const wsdlAddress = "http://localhost" + path

// soapServer answers SOAP requests.
type soapServer struct {
	s      *Server
	byName map[string]*soapOperation
	wsdl   func() []byte
}

// soapOperation is an entry of the table in XML.
type soapOperation struct {
	*operation
	request, result *soap.Type
}

// uploadField is where the bytes of an upload stand, beside its request.
const uploadField = "Content"

// uploadType is the request of an operation that takes bytes: the request
// proper and the bytes.
func uploadType(request reflect.Type) reflect.Type {
	return reflect.StructOf([]reflect.StructField{
		{Name: "Request", Type: request},
		{Name: uploadField, Type: reflect.TypeFor[[]byte]()},
	})
}

// describeTable is the table for the description.
func describeTable() []soap.Operation {
	var out []soap.Operation
	for _, op := range table {
		d := soap.Operation{Name: op.name, Request: op.request.GoType(), Response: op.result.GoType()}
		d.Stream = op.kind == kindStream || op.kind == kindWatch
		if op.kind == kindUpload {
			d.Request = uploadType(d.Request)
		}
		if d.Response.Kind() == reflect.Array { // a lone value has an element of its own
			d.Response = reflect.StructOf([]reflect.StructField{{Name: "Value", Type: d.Response}})
		}
		out = append(out, d)
	}
	return out
}

// soapTable is the table by name.
func soapTable() map[string]*soapOperation {
	out := map[string]*soapOperation{}
	for i, d := range describeTable() {
		out[d.Name] = &soapOperation{table[i], soap.Compile(d.Request), soap.Compile(d.Response)}
	}
	return out
}

func newSOAPServer(s *Server) *soapServer {
	return &soapServer{s: s, byName: soapTable(), wsdl: sync.OnceValue(func() []byte {
		return soap.Describe(describeTable(), wsdlAddress)
	})}
}

// describe answers with the WSDL.
func (x *soapServer) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", soap.ContentType)
	_, _ = w.Write(x.wsdl())
}

// serve answers one request.
func (x *soapServer) serve(d *door, w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(x.s.opt.Stall))
	ctx := r.Context()
	answer, err := x.answer(ctx, d, &body{Reader: http.MaxBytesReader(w, r.Body, x.s.opt.MaxBody), left: maxStranger})
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError // SOAP 1.1 6.2
		answer = soap.AppendEnvelope(nil, soap.Header{}, soap.FaultOf(err).Append)
	}
	_ = control.SetWriteDeadline(time.Now().Add(x.s.opt.Stall))
	w.Header().Set("Content-Type", soap.ContentType)
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// maxStranger is how many bytes of a request are read before it has named a
// session: as long as there is none, nothing large is to be said.
const maxStranger = 64 << 10

// body gives the errors of a request's body their codes.
type body struct {
	io.Reader
	left  int64 // bytes that may still come without one
	known bool  // there is one
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 && !b.known {
		return 0, fmt.Errorf("read request: more than %d bytes without a session: %w", maxStranger, mapi.TooBig)
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fmt.Errorf("read request: more than %d bytes: %w", tooBig.Limit, mapi.TooBig)
	} else if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		err = fmt.Errorf("read request: %w", mapi.Timeout)
	}
	return n, err
}

// soapCall is one call.
type soapCall struct {
	*door
	op     *soapOperation
	header soap.Header
	peer   Peer
	live   *liveSession
	req    any
	bytes  []byte // of an upload
}

// answer reads a request, does the call and gives the envelope of its response.
func (x *soapServer) answer(ctx context.Context, d *door, in *body) (out []byte, err error) {
	c := &soapCall{door: d}
	c.peer, _ = ctx.Value(peerKey{}).(Peer)
	if err := c.read(x, in); err != nil {
		return nil, err
	}
	h := callHeader{request: c.header.Request}
	if c.op.kind != kindWatch {
		h.timeout = time.Duration(c.header.Timeout) * time.Millisecond
	}
	ctx, cancel := callContext(ctx, h)
	defer cancel()
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, panicked(ctx, c.op.operation, p)
		}
		d.observe(ctx, c.op.operation, c.live, began, err)
	}()
	if c.op.operation == opWatch.operation {
		return c.watch(ctx) // it waits without taking a place from others
	}
	if err := d.calls.enter(ctx); err != nil {
		return nil, err
	}
	out, err = c.do(ctx)
	d.calls.leave()
	if c.op.operation == opLogon.operation && errors.Is(err, mapi.LogonFailed) {
		pause(ctx, d.opt.LogonDelay)
	}
	return out, err
}

// read reads the request: what it is to be done with only where the session
// is there.
func (c *soapCall) read(x *soapServer, in *body) (err error) {
	env := soap.NewEnvelope(in, x.s.opt.MaxDepth)
	var name string
	if c.header, name, err = env.Open(); err != nil {
		return err
	}
	if c.op = x.byName[name]; c.op == nil {
		return fmt.Errorf("find operation %.40q: %w", name, mapi.NoSupport)
	}
	if c.op.operation != opPing.operation && c.op.operation != opLogon.operation && c.op.door == nil {
		live, err := c.sessions.use(c.header.Session, c.peer)
		if err != nil {
			return err
		}
		live.done()
		in.known = true
	}
	if c.op.kind == kindUpload {
		both := reflect.New(c.op.request.GoType())
		err = env.Read(c.op.request, both.Interface())
		c.req, c.bytes = both.Elem().Field(0).Addr().Interface(), both.Elem().Field(1).Bytes()
	} else {
		c.req = c.op.newRequest()
		err = env.Read(c.op.request, c.req)
	}
	if err != nil {
		return err
	}
	return env.Close()
}

// do does the call.
func (c *soapCall) do(ctx context.Context) ([]byte, error) {
	switch c.op.operation {
	case opPing.operation:
		return c.respond(&object.Empty{}), nil
	case opLogon.operation:
		resp, err := c.logon(ctx, c.req.(*object.LogonRequest), c.peer, nil)
		if err != nil {
			return nil, err
		}
		return c.respond(resp), nil
	}
	if c.op.door != nil {
		resp, err := c.op.door(ctx, c.opt.Service(c.peer), c.req)
		if err != nil {
			return nil, err
		}
		return c.respond(resp), nil
	}
	live, err := c.sessions.use(c.header.Session, c.peer)
	if err != nil {
		return nil, err
	}
	c.live = live
	defer live.measure().done()
	switch {
	case c.op.operation == opLogoff.operation:
		if err := c.logoff(ctx, live); err != nil {
			return nil, err
		}
		return c.respond(&object.Empty{}), nil
	case c.op.kind == kindStream:
		return c.stream(ctx, live.session)
	}
	var resp any
	if c.op.kind == kindUpload {
		resp, err = c.op.upload(ctx, live.session, c.req, bytes.NewReader(c.bytes))
	} else {
		resp, err = c.op.unary(ctx, live.session, c.req)
	}
	if err != nil {
		return nil, err
	}
	return c.respond(resp), nil
}

// respond is the envelope of a response.
func (c *soapCall) respond(resp any) []byte {
	if t := c.op.result.GoType(); t != reflect.TypeOf(resp).Elem() { // a lone value
		boxed := reflect.New(t)
		boxed.Elem().Field(0).Set(reflect.ValueOf(resp).Elem())
		resp = boxed.Interface()
	}
	return soap.AppendEnvelope(nil, soap.Header{}, func(dst []byte) []byte {
		return c.op.result.Append(dst, c.op.name+"Response", resp)
	})
}

// stream is the envelope of a stream's items: those that the header asks for,
// as far as they fit, and whether there are more.
func (c *soapCall) stream(ctx context.Context, s object.Session) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := uint32(c.opt.MaxRows)
	if c.header.Limit > 0 {
		limit = min(limit, c.header.Limit)
	}
	var items []byte
	var failed error
	n, skip, more := uint32(0), c.header.Skip, false
	c.op.stream(ctx, s, c.req, func(item any, err error) bool {
		switch {
		case err != nil:
			failed = err
			return false
		case skip > 0:
			skip--
			return true
		case n == limit || len(items) > maxSOAPAnswer:
			more = true
			return false
		}
		n++
		items = c.op.result.Append(items, "Item", item)
		return true
	})
	if failed != nil {
		return nil, failed
	}
	return c.items(items, more, ""), nil
}

// items is the envelope of items.
func (c *soapCall) items(items []byte, more bool, watch string) []byte {
	return soap.AppendEnvelope(nil, soap.Header{}, func(dst []byte) []byte {
		dst = append(dst, "<"+c.op.name+"Response>"...)
		dst = append(dst, items...)
		dst = fmt.Appendf(dst, "<More>%t</More>", more)
		if watch != "" {
			dst = append(dst, "<Watch>"+watch+"</Watch>"...)
		}
		return append(dst, "</"+c.op.name+"Response>"...)
	})
}

// Close ends all sessions. Call it when Serve has returned.
func (s *Server) Close(ctx context.Context) {
	end(ctx, s.sessions.all())
}
