// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/binary"

	"twiga/lib/mapi"
)

// RestrictionVersion is the first byte of every encoded restriction of this form.
const RestrictionVersion = 1

// The kinds of nodes; the numbers of [MS-OXCDATA] 2.12, and one for no restriction.
const (
	nodeAnd      = 0x00
	nodeOr       = 0x01
	nodeNot      = 0x02
	nodeContent  = 0x03
	nodeProperty = 0x04
	nodeCompare  = 0x05
	nodeBitmask  = 0x06
	nodeSize     = 0x07
	nodeExist    = 0x08
	nodeSub      = 0x09
	nodeComment  = 0x0a
	nodeCount    = 0x0b
	nodeNone     = 0xff
)

// AppendRestriction appends an encoded restriction: the version and a node,
// which is a byte that says its kind and
//
//	and, or   uvarint number of nodes, the nodes
//	not       a node
//	content   tag, uint32 fuzzy level, typed value
//	property  byte comparison, tag, typed value
//	compare   byte comparison, tag, tag
//	bitmask   byte 1 for non-zero, tag, uint32 mask
//	size      byte comparison, tag, uint32 size
//	exist     tag
//	sub       tag, a node
//	comment   uvarint length and a bag, a node
//	count     uint32 number, a node
//
// Numbers are little endian; a typed value is its type in two bytes and the
// value as in a bag. No restriction (nil) is a kind of its own.
func AppendRestriction(dst []byte, r mapi.Restriction) []byte {
	return appendNode(append(dst, RestrictionVersion), r)
}

func appendNode(dst []byte, r mapi.Restriction) []byte {
	switch r := r.(type) {
	case mapi.And:
		return appendNodes(append(dst, nodeAnd), r)
	case mapi.Or:
		return appendNodes(append(dst, nodeOr), r)
	case mapi.Not:
		return appendNode(append(dst, nodeNot), r.Of)
	case mapi.Content:
		dst = appendTag(append(dst, nodeContent), r.Tag)
		return appendTyped(binary.LittleEndian.AppendUint32(dst, uint32(r.Match)), r.Value)
	case mapi.Property:
		return appendTyped(appendTag(append(dst, nodeProperty, byte(r.Op)), r.Tag), r.Value)
	case mapi.Compare:
		return appendTag(appendTag(append(dst, nodeCompare, byte(r.Op)), r.A), r.B)
	case mapi.Bitmask:
		dst = append(dst, nodeBitmask, 0)
		if r.NonZero {
			dst[len(dst)-1] = 1
		}
		return binary.LittleEndian.AppendUint32(appendTag(dst, r.Tag), r.Mask)
	case mapi.Size:
		return binary.LittleEndian.AppendUint32(appendTag(append(dst, nodeSize, byte(r.Op)), r.Tag), r.Size)
	case mapi.Exist:
		return appendTag(append(dst, nodeExist), r.Tag)
	case mapi.Sub:
		return appendNode(appendTag(append(dst, nodeSub), r.Of), r.Part)
	case mapi.Comment:
		bag := AppendBag(nil, r.Props)
		dst = binary.AppendUvarint(append(dst, nodeComment), uint64(len(bag)))
		return appendNode(append(dst, bag...), r.Of)
	case mapi.Count:
		return appendNode(binary.LittleEndian.AppendUint32(append(dst, nodeCount), r.N), r.Of)
	case nil:
		return append(dst, nodeNone)
	}
	return append(dst, nodeOr, 0) // a foreign type: matches nothing
}

func appendNodes(dst []byte, list []mapi.Restriction) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, r := range list {
		dst = appendNode(dst, r)
	}
	return dst
}

func appendTag(dst []byte, t mapi.PropTag) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(t))
}

// ReadRestriction decodes what AppendRestriction gives; empty input is no
// restriction. More than mapi.MaxRestrictionDepth or
// mapi.MaxRestrictionNodes is TooComplex.
func ReadRestriction(b []byte) (mapi.Restriction, error) {
	if len(b) == 0 {
		return nil, nil
	}
	out, rest, err := TakeRestriction(b)
	t := taker{what: "restriction", rest: rest, err: err}
	if t.end(); t.err != nil {
		return nil, t.err
	}
	return out, nil
}

// TakeRestriction cuts a restriction off the front of the bytes.
func TakeRestriction(b []byte) (out mapi.Restriction, rest []byte, err error) {
	r := &nodeReader{taker: taker{what: "restriction", rest: b}}
	r.version(RestrictionVersion)
	if out = r.node(1); r.err != nil {
		return nil, nil, r.err
	}
	return out, r.rest, nil
}

type nodeReader struct {
	taker
	nodes int
}

// node takes one node, which is depth nodes below the top.
func (r *nodeReader) node(depth int) mapi.Restriction {
	if r.nodes++; depth > mapi.MaxRestrictionDepth || r.nodes > mapi.MaxRestrictionNodes {
		r.fail(mapi.TooComplex, "more than %d levels or %d nodes", mapi.MaxRestrictionDepth, mapi.MaxRestrictionNodes)
		return nil
	}
	switch kind := r.byte(); kind {
	case nodeAnd:
		return mapi.And(r.list(depth))
	case nodeOr:
		return mapi.Or(r.list(depth))
	case nodeNot:
		return mapi.Not{Of: r.node(depth + 1)}
	case nodeContent:
		return mapi.Content{Tag: r.tag(), Match: mapi.FuzzyLevel(r.uint32()), Value: r.value()}
	case nodeProperty:
		return mapi.Property{Op: r.op(), Tag: r.tag(), Value: r.value()}
	case nodeCompare:
		return mapi.Compare{Op: r.op(), A: r.tag(), B: r.tag()}
	case nodeBitmask:
		return mapi.Bitmask{NonZero: r.byte() != 0, Tag: r.tag(), Mask: r.uint32()}
	case nodeSize:
		return mapi.Size{Op: r.op(), Tag: r.tag(), Size: r.uint32()}
	case nodeExist:
		return mapi.Exist{Tag: r.tag()}
	case nodeSub:
		return mapi.Sub{Of: r.tag(), Part: r.node(depth + 1)}
	case nodeComment:
		return mapi.Comment{Props: r.props(), Of: r.node(depth + 1)}
	case nodeCount:
		return mapi.Count{N: r.uint32(), Of: r.node(depth + 1)}
	case nodeNone:
	default:
		r.fail(mapi.InvalidParameter, "node of unknown kind 0x%02x", kind)
	}
	return nil
}

func (r *nodeReader) list(depth int) []mapi.Restriction {
	n := r.count(mapi.MaxRestrictionNodes, 1)
	out := make([]mapi.Restriction, 0, n)
	for range n {
		if out = append(out, r.node(depth+1)); r.err != nil {
			return nil
		}
	}
	return out
}

func (r *nodeReader) op() mapi.RelOp {
	op := mapi.RelOp(r.byte())
	if op > mapi.RE && op != mapi.MemberOfDL {
		r.fail(mapi.InvalidParameter, "unknown comparison %d", op)
	}
	return op
}

func (r *nodeReader) props() mapi.Props {
	bag := Bag(r.bytes(r.uvarint()))
	if err := bag.Check(); err != nil {
		r.fail(mapi.InvalidParameter, "comment: %v", err)
		return nil
	}
	return bag.Props()
}
