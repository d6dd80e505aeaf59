// SPDX-License-Identifier: AGPL-3.0-or-later

package wire

import (
	"encoding/binary"

	"twiga/lib/mapi"
)

// Limits of lists from outside.
const (
	MaxSortKeys = 64     // keys of a sort order
	MaxTags     = 4096   // tags of a list
	MaxNames    = 0x7fff // names of a list: the ids from mapi.FirstNamed on
)

// SortVersion is the first byte of every encoded sort order of this form.
const SortVersion = 1

// AppendSort appends an encoded sort order: the version, the number of keys
// (uvarint) and for each key its tag (uint32) and a byte that is 1 for
// descending.
func AppendSort(dst []byte, order mapi.SortOrder) []byte {
	dst = binary.AppendUvarint(append(dst, SortVersion), uint64(len(order)))
	for _, k := range order {
		dst = append(appendTag(dst, k.Tag), 0)
		if k.Descending {
			dst[len(dst)-1] = 1
		}
	}
	return dst
}

// ReadSort decodes what AppendSort gives; empty input is no order.
func ReadSort(b []byte) (mapi.SortOrder, error) {
	if len(b) == 0 {
		return nil, nil
	}
	out, rest, err := TakeSort(b)
	return whole("sort order", out, rest, err)
}

// TakeSort cuts a sort order off the front of the bytes.
func TakeSort(b []byte) (order mapi.SortOrder, rest []byte, err error) {
	t := taker{what: "sort order", rest: b}
	t.version(SortVersion)
	for range t.count(MaxSortKeys, 5) {
		key := mapi.SortKey{Tag: t.tag()}
		switch flag := t.byte(); flag {
		case 0, 1:
			key.Descending = flag == 1
		default:
			t.fail(mapi.InvalidParameter, "unknown direction %d", flag)
		}
		order = append(order, key)
	}
	if t.err != nil {
		return nil, nil, t.err
	}
	return order, t.rest, nil
}

// AppendTags appends a list of tags: their number (uvarint) and each as a uint32.
func AppendTags(dst []byte, tags []mapi.PropTag) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(tags)))
	for _, tag := range tags {
		dst = appendTag(dst, tag)
	}
	return dst
}

// ReadTags decodes what AppendTags gives; empty input is no tag.
func ReadTags(b []byte) ([]mapi.PropTag, error) {
	if len(b) == 0 {
		return nil, nil
	}
	out, rest, err := TakeTags(b)
	return whole("tags", out, rest, err)
}

// TakeTags cuts a list of tags off the front of the bytes.
func TakeTags(b []byte) (tags []mapi.PropTag, rest []byte, err error) {
	t := taker{what: "tags", rest: b}
	for range t.count(MaxTags, 4) {
		tags = append(tags, t.tag())
	}
	if t.err != nil {
		return nil, nil, t.err
	}
	return tags, t.rest, nil
}

// AppendNames appends a list of property names: their number (uvarint) and for
// each the 16 bytes of its set, then a uvarint length of its string and the
// string, or a zero length and the LID as a uint32.
func AppendNames(dst []byte, names []mapi.Name) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(names)))
	for _, n := range names {
		dst = append(dst, n.Set[:]...)
		dst = append(binary.AppendUvarint(dst, uint64(len(n.Text))), n.Text...)
		if n.Text == "" {
			dst = binary.LittleEndian.AppendUint32(dst, n.LID)
		}
	}
	return dst
}

// ReadNames decodes what AppendNames gives; empty input is no name. The
// strings are copies.
func ReadNames(b []byte) ([]mapi.Name, error) {
	if len(b) == 0 {
		return nil, nil
	}
	out, rest, err := TakeNames(b)
	return whole("names", out, rest, err)
}

// TakeNames cuts a list of names off the front of the bytes.
func TakeNames(b []byte) (names []mapi.Name, rest []byte, err error) {
	t := taker{what: "names", rest: b}
	for range t.count(MaxNames, 18) {
		var n mapi.Name
		copy(n.Set[:], t.bytes(16))
		switch size := t.uvarint(); {
		case size > mapi.MaxNameLength:
			t.fail(mapi.TooBig, "string of %d bytes", size)
		case size == 0:
			n.LID = t.uint32()
		default:
			n.Text = string(t.bytes(size))
		}
		if t.err != nil {
			return nil, nil, t.err
		}
		names = append(names, n)
	}
	return names, t.rest, t.err
}

// ReadProps decodes a bag from outside into properties whose values point into it.
func ReadProps(b []byte) (mapi.Props, error) {
	if err := Bag(b).Check(); err != nil {
		return nil, err
	}
	return Bag(b).Props(), nil
}

// whole is what a Take function gave where it left no rest.
func whole[T any](what string, list []T, rest []byte, err error) ([]T, error) {
	t := taker{what: what, rest: rest, err: err}
	if t.end(); t.err != nil {
		return nil, t.err
	}
	return list, nil
}
