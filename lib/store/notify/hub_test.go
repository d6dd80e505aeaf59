// SPDX-License-Identifier: AGPL-3.0-or-later

package notify

import (
	"errors"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func TestWatch(t *testing.T) {
	h := NewHub()
	a, b := mapi.NewGUID(), mapi.NewGUID()
	one, all := h.Watch([]mapi.GUID{a}, nil), h.Watch(nil, func(e object.Event) bool { return e.Kind == object.EventNewMail })
	h.Publish(object.Event{Kind: object.EventContents, Store: a, Folder: 7}, object.Event{Kind: object.EventNewMail, Store: a})
	h.Publish(object.Event{Kind: object.EventNewMail, Store: b})
	if got, err := one.Next(t.Context(), nil); err != nil || len(got) != 2 || got[0].Folder != 7 {
		t.Errorf("one store: %v %v", got, err)
	}
	if got, err := all.Next(t.Context(), nil); err != nil || len(got) != 2 || got[1].Store != b {
		t.Errorf("all stores: %v %v", got, err)
	}
	for range MaxPending + 1 {
		h.Publish(object.Event{Kind: object.EventContents, Store: a})
	}
	if got, _ := one.Next(t.Context(), nil); len(got) != 1 || got[0].Kind != object.EventCatchUp {
		t.Errorf("too slow: %d events", len(got))
	}
	one.Close()
	if _, err := one.Next(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	h.Close()
	if _, err := all.Next(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed hub: %v", err)
	}
}
