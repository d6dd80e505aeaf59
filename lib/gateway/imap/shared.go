// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"fmt"
	"sync"

	"twiga/lib/mapi/object"
)

// mailClasses are the container classes of folders for mail (isMail).
var mailClasses = []string{"IPF.Note", "IPF.Imap", ""}

// sharing is what others let a user see, as it was at a version.
type sharing struct {
	stores []object.SharedStore           // of other users, by name
	byName map[string]*object.SharedStore // by their level of the IMAP name
	public *object.SharedStore            // nil where there is none
}

// sharings keeps the latest of it.
type sharings struct {
	mu      sync.Mutex // guards what follows; held while the store is asked
	is      *sharing
	version uint64 // 1 + object.SharedVersion for which it is right; 0 for none
}

// sharing tells what others let the user see now; where the version of that can
// be seen and is the one of the last time, without a trip.
func (s *session) sharing(ctx context.Context) (*sharing, error) {
	if s.gw.cfg.OtherUsers == "" && s.gw.cfg.PublicFolders == "" {
		return &sharing{}, nil
	}
	k := &s.box.shared
	k.mu.Lock()
	defer k.mu.Unlock()
	version, known := s.store.version(object.SharedVersion)
	if known && k.version == version+1 {
		return k.is, nil
	}
	var req object.SharedStoresRequest
	if !s.gw.cfg.ShowAll {
		req.Classes = mailClasses
	}
	res, err := s.store.SharedStores(ctx, req)
	if err != nil {
		s.store.sawError(err)
		return nil, fmt.Errorf("read what others share: %w", err)
	}
	k.is, k.version = newSharing(res.Stores, &s.gw.cfg), 0
	if known {
		k.version = version + 1
	}
	return k.is, nil
}

func newSharing(stores []object.SharedStore, cfg *Config) *sharing {
	is := &sharing{byName: map[string]*object.SharedStore{}}
	for i := range stores {
		switch st := &stores[i]; {
		case st.Kind == object.StorePublic && cfg.PublicFolders != "":
			is.public = st
		case st.Kind == object.StorePrivate && cfg.OtherUsers != "":
			is.stores = append(is.stores, *st)
		}
	}
	for i := range is.stores {
		st := &is.stores[i]
		is.byName[encodeName(st.Owner, nil)] = st
	}
	return is
}

// space is a mailbox of others with the prefix of its names.
type space struct {
	box    *mailbox
	prefix string
}

// spaces are the mailboxes of others whose folders the user may see.
func (s *session) spaces(is *sharing) []space {
	out := make([]space, 0, len(is.stores)+1)
	for i := range is.stores {
		st := &is.stores[i]
		out = append(out, space{s.visit(st), s.gw.cfg.OtherUsers + string(delim) + encodeName(st.Owner, nil) + string(delim)})
	}
	if is.public != nil {
		out = append(out, space{s.visit(is.public), s.gw.cfg.PublicFolders + string(delim)})
	}
	return out
}
