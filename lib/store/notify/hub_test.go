// SPDX-License-Identifier: AGPL-3.0-or-later

package notify

import (
	"errors"
	"slices"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

func TestWatch(t *testing.T) {
	h := NewHub()
	a, b := mapi.NewGUID(), mapi.NewGUID()
	one, all := h.Watch(Filter{Stores: []mapi.GUID{a}, Events: object.EventsCoarse}),
		h.Watch(Filter{Events: object.Mask(object.EventNewMail)})
	h.Publish(object.Event{Kind: object.EventContents, Store: a, Folder: 7}, object.Event{Kind: object.EventNewMail, Store: a})
	h.Publish(object.Event{Kind: object.EventNewMail, Store: b})
	if got, err := one.Next(t.Context(), nil); err != nil || len(got) != 2 || got[0].Folder != 7 {
		t.Errorf("one store: %v %v", got, err)
	}
	if got, err := all.Next(t.Context(), nil); err != nil || len(got) != 2 || got[1].Store != b {
		t.Errorf("all stores: %v %v", got, err)
	}
	for i := range MaxPending + 1 {
		h.Publish(object.Event{Kind: object.EventContents, Store: a, Folder: mapi.ID(i)})
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

func TestFilter(t *testing.T) {
	a, b := mapi.NewGUID(), mapi.NewGUID()
	in := func(folder, from mapi.ID) object.Event {
		return object.Event{Kind: object.EventMoved, Store: a, Folder: folder, Message: 1, Old: object.OldPlace{Store: a, Folder: from}}
	}
	for name, row := range map[string]struct {
		filter Filter
		event  object.Event
		want   bool
	}{
		"of the kinds":      {Filter{Events: object.EventsFine}, in(7, 8), true},
		"of other kinds":    {Filter{Events: object.EventsCoarse}, in(7, 8), false},
		"of the store":      {Filter{Stores: []mapi.GUID{a}, Events: object.EventsFine}, in(7, 8), true},
		"of another store":  {Filter{Stores: []mapi.GUID{b}, Events: object.EventsFine}, in(7, 8), false},
		"in the folder":     {Filter{Folders: []mapi.ID{7}, Events: object.EventsFine}, in(7, 8), true},
		"from the folder":   {Filter{Folders: []mapi.ID{8}, Events: object.EventsFine}, in(7, 8), true},
		"in another folder": {Filter{Folders: []mapi.ID{9}, Events: object.EventsFine}, in(7, 8), false},
	} {
		t.Run(name, func(t *testing.T) {
			h := NewHub()
			w := h.Watch(row.filter)
			h.Publish(row.event)
			h.Close()
			if got, _ := w.Next(t.Context(), nil); (len(got) == 1) != row.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// What waits is merged as long as nothing is lost by it.
func TestMerge(t *testing.T) {
	type event = object.Event
	for name, row := range map[string]struct{ in, want []event }{
		"contents of one folder": {[]event{{Kind: object.EventContents, Folder: 1, Change: 5}, {Kind: object.EventContents, Folder: 1, Change: 7}},
			[]event{{Kind: object.EventContents, Folder: 1, Change: 7}}},
		"contents of two folders": {[]event{{Kind: object.EventContents, Folder: 1, Change: 5}, {Kind: object.EventContents, Folder: 2, Change: 7}},
			[]event{{Kind: object.EventContents, Folder: 1, Change: 5}, {Kind: object.EventContents, Folder: 2, Change: 7}}},
		"one message, changed twice": {[]event{{Kind: object.EventModified, Folder: 1, Message: 3, Change: 5}, {Kind: object.EventModified, Folder: 1, Message: 3, Change: 7}},
			[]event{{Kind: object.EventModified, Folder: 1, Message: 3, Change: 7}}},
		"two messages": {[]event{{Kind: object.EventModified, Folder: 1, Message: 3}, {Kind: object.EventModified, Folder: 1, Message: 4}},
			[]event{{Kind: object.EventModified, Folder: 1, Message: 3}, {Kind: object.EventModified, Folder: 1, Message: 4}}},
		"new mail": {[]event{{Kind: object.EventNewMail, Folder: 1, Message: 3}, {Kind: object.EventNewMail, Folder: 1, Message: 3}},
			[]event{{Kind: object.EventNewMail, Folder: 1, Message: 3}, {Kind: object.EventNewMail, Folder: 1, Message: 3}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := NewHub()
			w := h.Watch(Filter{Events: object.EventsCoarse | object.EventsFine})
			for _, e := range row.in {
				h.Publish(e)
			}
			if got, err := w.Next(t.Context(), nil); err != nil || !slices.Equal(got, row.want) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestFine(t *testing.T) {
	h := NewHub()
	a, b := mapi.NewGUID(), mapi.NewGUID()
	coarse := h.Watch(Filter{Stores: []mapi.GUID{a}, Events: object.EventsCoarse})
	if h.Fine(a) {
		t.Error("a coarse watcher wants fine events")
	}
	fine := h.Watch(Filter{Stores: []mapi.GUID{a}, Events: object.EventsFine})
	if !h.Fine(a) || h.Fine(b) {
		t.Errorf("fine: %v, in another store: %v", h.Fine(a), h.Fine(b))
	}
	h.Missed(a)
	if got, _ := fine.Next(t.Context(), nil); len(got) != 1 || got[0].Kind != object.EventCatchUp {
		t.Errorf("missed: %v", got)
	}
	fine.Close()
	fine.Close()
	if h.Fine(a) || h.fine.Load() != 0 {
		t.Error("nobody is left, but fine events are wanted")
	}
	coarse.Close()
	all := h.Watch(Filter{Events: object.EventsFine})
	if !h.Fine(b) {
		t.Error("a watcher of all stores wants no fine events")
	}
	all.Close()
}
