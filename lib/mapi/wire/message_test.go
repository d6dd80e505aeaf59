// SPDX-License-Identifier: AGPL-3.0-or-later

package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"twiga/lib/mapi"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// messages makes messages, embedded up to so deep.
func messages(depth int) *rapid.Generator[*wire.Message] {
	props := rapid.Custom(func(t *rapid.T) mapi.Props {
		p := mapi.Props{}
		if rapid.Bool().Draw(t, "subject") {
			p.Set(tag.Subject, mapi.String(rapid.String().Draw(t, "text")))
		}
		p.Set(tag.MessageSize, mapi.Int32(rapid.Int32().Draw(t, "size")))
		return p
	})
	return rapid.Custom(func(t *rapid.T) *wire.Message {
		m := &wire.Message{Props: props.Draw(t, "props"), Recipients: rapid.SliceOfN(props, 0, 3).Draw(t, "recipients")}
		for range rapid.IntRange(0, 3).Draw(t, "attachments") {
			a := wire.Attachment{Props: props.Draw(t, "attachment")}
			switch kind := rapid.IntRange(0, 2).Draw(t, "kind"); {
			case kind == 1:
				a.Data = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "data")...)
			case kind == 2 && depth > 1:
				a.Message = messages(depth-1).Draw(t, "message")
			}
			m.Attachments = append(m.Attachments, a)
		}
		return m
	})
}

func TestMessageComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := messages(4).Draw(t, "message")
		b := wire.AppendMessage(nil, m)
		got, err := wire.ReadMessage(b)
		if err != nil || !bytes.Equal(wire.AppendMessage(nil, got), b) {
			t.Fatalf("%+v comes back as %+v, %v", m, got, err)
		}
	})
}

// nested is a message embedded so many levels deep.
func nested(levels int) *wire.Message {
	m := &wire.Message{}
	for range levels - 1 {
		m = &wire.Message{Attachments: []wire.Attachment{{Message: m}}}
	}
	return m
}

func TestMessageRefused(t *testing.T) {
	good := wire.AppendMessage(nil, nested(2))
	for _, tt := range []struct {
		name string
		b    []byte
		want mapi.Code
	}{
		{"nothing", nil, mapi.InvalidParameter},
		{"another version", []byte{9}, mapi.Version},
		{"cut short", good[:len(good)-1], mapi.InvalidParameter},
		{"too long", append(bytes.Clone(good), 0), mapi.InvalidParameter},
		{"as deep as may be", wire.AppendMessage(nil, nested(wire.MaxEmbedded)), 0},
		{"too deep", wire.AppendMessage(nil, nested(wire.MaxEmbedded+1)), mapi.TooComplex},
		{"more recipients than bytes", []byte{1, 1, 1, 0x90, 0x4e, 0}, mapi.InvalidParameter},
		{"too many recipients", []byte{1, 1, 1, 0xff, 0xff, 0x7f, 0}, mapi.TooBig},
		{"content of no kind", []byte{1, 1, 1, 0, 1, 1, 1, 7}, mapi.InvalidParameter},
		{"a bag that is none", []byte{1, 2, 1, 5, 0, 0}, mapi.InvalidParameter},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.ReadMessage(tt.b)
			if mapi.CodeOf(err) != tt.want && !(tt.want != 0 && errors.Is(err, tt.want)) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzMessage(f *testing.F) {
	f.Add(wire.AppendMessage(nil, nested(3)))
	f.Add(wire.AppendMessage(nil, &wire.Message{Recipients: []mapi.Props{{}}, Attachments: []wire.Attachment{{Data: []byte("x")}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := wire.ReadMessage(b)
		if err != nil {
			return
		}
		again, err := wire.ReadMessage(wire.AppendMessage(nil, m))
		if err != nil || len(again.Recipients) != len(m.Recipients) || len(again.Attachments) != len(m.Attachments) {
			t.Fatalf("%+v comes back as %+v, %v", m, again, err)
		}
	})
}
