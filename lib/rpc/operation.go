// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"io"
	"iter"

	"twiga/lib/mapi/object"
	"twiga/lib/rpc/codec"
)

// kind says how an operation's bodies travel.
type kind uint8

const (
	kindUnary  kind = iota + 1 // one request, one response
	kindStream                 // one request, many items
	kindUpload                 // one request and bytes, one response
	kindWatch                  // one request, items that are pushed for as long as it lasts
)

// operation is an entry of the table without its Go types, as the server and
// the descriptions see it. Requests, responses and items are passed as
// pointers to values of the types that request and result name.
type operation struct {
	number  uint16
	name    string
	kind    kind
	reads   bool // changes nothing: may be tried again when its fate is unknown
	request *codec.Type
	result  *codec.Type

	newRequest func() any
	newResult  func() any
	door       func(ctx context.Context, s object.Service, req any) (any, error) // of calls that need no session
	unary      func(ctx context.Context, s object.Session, req any) (any, error)
	stream     func(ctx context.Context, s object.Session, req any, yield func(item any, err error) bool)
	upload     func(ctx context.Context, s object.Session, req any, content io.Reader) (any, error)
}

// The typed forms of an entry: they keep the client's stubs honest.
type (
	unaryOp[Req, Resp any]  struct{ *operation }
	streamOp[Req, Item any] struct{ *operation }
	uploadOp[Req, Resp any] struct{ *operation }
)

func newOperation[Req, Result any](number uint16, name string, k kind) *operation {
	return &operation{
		number: number, name: name, kind: k,
		request: codec.Of[Req](), result: codec.Of[Result](),
		newRequest: func() any { return new(Req) },
		newResult:  func() any { return new(Result) },
	}
}

// unary makes an entry from a method of the session.
func unary[Req, Resp any](number uint16, name string, call func(object.Session, context.Context, Req) (Resp, error)) unaryOp[Req, Resp] {
	op := newOperation[Req, Resp](number, name, kindUnary)
	op.unary = func(ctx context.Context, s object.Session, req any) (any, error) {
		resp, err := call(s, ctx, *req.(*Req))
		return &resp, err
	}
	return unaryOp[Req, Resp]{op}
}

// query is unary for a call that changes nothing.
func query[Req, Resp any](number uint16, name string, call func(object.Session, context.Context, Req) (Resp, error)) unaryOp[Req, Resp] {
	op := unary(number, name, call)
	op.reads = true
	return op
}

// ask makes an entry from a method of the service, which changes nothing.
func ask[Req, Resp any](number uint16, name string, call func(object.Service, context.Context, Req) (Resp, error)) unaryOp[Req, Resp] {
	op := newOperation[Req, Resp](number, name, kindUnary)
	op.reads = true
	op.door = func(ctx context.Context, s object.Service, req any) (any, error) {
		resp, err := call(s, ctx, *req.(*Req))
		return &resp, err
	}
	return unaryOp[Req, Resp]{op}
}

// stream makes an entry from a method that yields.
func stream[Req, Item any](number uint16, name string, call func(object.Session, context.Context, Req) iter.Seq2[Item, error]) streamOp[Req, Item] {
	op := newOperation[Req, Item](number, name, kindStream)
	op.reads = true
	op.stream = func(ctx context.Context, s object.Session, req any, yield func(any, error) bool) {
		var item Item
		var err error
		for item, err = range call(s, ctx, *req.(*Req)) {
			if !yield(&item, err) {
				return
			}
		}
	}
	return streamOp[Req, Item]{op}
}

// work is stream for a call that may change something.
func work[Req, Item any](number uint16, name string, call func(object.Session, context.Context, Req) iter.Seq2[Item, error]) streamOp[Req, Item] {
	op := stream(number, name, call)
	op.reads = false
	return op
}

// watch makes an entry from a method that yields until it is stopped.
func watch[Req, Item any](number uint16, name string, call func(object.Session, context.Context, Req) iter.Seq2[Item, error]) streamOp[Req, Item] {
	op := stream(number, name, call)
	op.kind = kindWatch
	return op
}

// upload makes an entry from a method that takes bytes.
func upload[Req, Resp any](number uint16, name string, call func(object.Session, context.Context, Req, io.Reader) (Resp, error)) uploadOp[Req, Resp] {
	op := newOperation[Req, Resp](number, name, kindUpload)
	op.upload = func(ctx context.Context, s object.Session, req any, content io.Reader) (any, error) {
		resp, err := call(s, ctx, *req.(*Req), content)
		return &resp, err
	}
	return uploadOp[Req, Resp]{op}
}

// plain makes an entry that the server answers by itself.
func plain[Req, Resp any](number uint16, name string) unaryOp[Req, Resp] {
	return unaryOp[Req, Resp]{newOperation[Req, Resp](number, name, kindUnary)}
}
