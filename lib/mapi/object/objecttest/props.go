// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"math"
	"time"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func propCases() []testCase {
	return []testCase{
		{"every type of value comes back", propTypes},
		{"properties are set and deleted", propSet},
	}
}

// values has one value of every type that can be kept.
func values() mapi.Props {
	var p mapi.Props
	for i, v := range []mapi.Value{
		mapi.Int16(-5), mapi.Int32(math.MinInt32), mapi.Float32(1.5), mapi.Float64(-math.MaxFloat64), mapi.Currency(-12345),
		mapi.FloatTime(36000.25), mapi.ErrorCode(mapi.NotFound), mapi.Bool(true), mapi.Bool(false), mapi.Int64(math.MaxInt64),
		mapi.String8([]byte{0x80, 0xff, 1}), mapi.String("tab\t, \u00e9, \U0001f992, <&>\"' and \x01"), mapi.String(""),
		mapi.Time(time.Date(2026, 7, 8, 9, 10, 11, 1234500, time.UTC)), mapi.Raw(mapi.PtypTime, math.MaxUint64, nil), mapi.Guid(mapi.GUID{1, 2, 255}),
		mapi.Binary([]byte{0, 1, 2}), mapi.Binary(nil), mapi.Strings("a", "", "ü"), mapi.Strings(),
		mapi.Multi(mapi.PtypInteger16, mapi.Int16(1), mapi.Int16(-1)), mapi.Multi(mapi.PtypInteger32, mapi.Int32(7)),
		mapi.Multi(mapi.PtypInteger64, mapi.Int64(math.MinInt64)), mapi.Multi(mapi.PtypFloating64, mapi.Float64(math.Inf(1))),
		mapi.Multi(mapi.PtypTime, mapi.Time(time.Unix(0, 0))), mapi.Multi(mapi.PtypGUID, mapi.Guid(mapi.GUID{9})),
		mapi.Multi(mapi.PtypBinary, mapi.Binary([]byte("x")), mapi.Binary(nil)),
	} {
		p.Set(mapi.NewTag(uint16(0x6500+i), v.Type()), v)
	}
	return p
}

// sameProps wants the properties to be among those of a message.
func sameProps(k *kit, got func(mapi.PropTag) (mapi.Value, bool), want mapi.Props) {
	k.Helper()
	for _, p := range want {
		v, ok := got(p.Tag)
		if !ok || v.Type() != p.Value.Type() || v.Num() != p.Value.Num() || string(v.Bytes()) != string(p.Value.Bytes()) {
			k.Errorf("property %s of type %s came back as %v (%v)", p.Tag, p.Tag.Type(), v, ok)
		}
	}
}

func propTypes(k *kit) {
	m := k.mailbox()
	msg := plain("types")
	for _, p := range values() {
		msg.Props.Set(p.Tag, p.Value)
	}
	msg.Recipients = []mapi.Props{values()}
	msg.Attachments = []object.NewAttachment{{Props: values(), Content: inline("x")}}
	got := m.get(nil, m.save(m.inbox, msg)[0].ID)[0]
	sameProps(k, got.Props.Get, msg.Props)
	sameProps(k, got.Recipients[0].Get, values())
	sameProps(k, got.Attachments[0].Get, values())
}

func propSet(k *kit) {
	m := k.mailbox()
	saved := m.fill(m.inbox, 2)
	since := m.state(m.inbox).Change
	resp, err := m.s.SetProps(k.Context(), object.SetPropsRequest{
		Store: m.guid, IDs: []mapi.ID{saved[1].ID, 1 << 40, saved[0].ID}, Set: values(), Delete: []mapi.PropTag{tag.Subject},
	})
	k.ok(err)
	if len(resp.Changes) != 3 || resp.Changes[0] <= since || resp.Changes[1] != 0 || resp.Changes[2] <= since {
		k.Errorf("change numbers %v after %d", resp.Changes, since)
	}
	for _, s := range saved {
		got := m.get(nil, s.ID)[0]
		sameProps(k, got.Props.Get, values())
		if _, there := got.Props.Get(tag.Subject); there {
			k.Errorf("the subject of %s is still there", s.ID)
		}
		equal(k, "the UID", got.UID, s.UID)
	}
	_, items := m.changes(m.inbox, since)
	equal(k, "the number of changes", len(items), 2)
}
