// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	proto "twiga/lib/proto/imap"
)

// maxSubscriptions bounds the subscriptions to folders of others.
const maxSubscriptions = 10_000

// Subscribe implements proto.Session: SUBSCRIBE and UNSUBSCRIBE (RFC 3501
// 6.3.6, 6.3.7). Of the user's own folder it is the folder that remembers; to
// folders of others subscribe those who use them, by name. What is not there is
// not subscribed to, which is all that UNSUBSCRIBE wants.
func (s *session) Subscribe(ctx context.Context, mailbox string, on bool) error {
	if s.isForeign(mailbox) {
		return answer(s.subscribeForeign(ctx, mailbox, on))
	}
	t, err := s.currentTree(ctx, s.box)
	if err != nil {
		return answer(err)
	}
	f := t.lookUp(fold(mailbox))
	there := f != nil && f.selectable
	switch {
	case !there && on:
		return proto.ErrNoSuchMailbox
	case !there || f.subscribed == on:
		return nil
	}
	var set mapi.Props
	set.Set(tag.TwigaSubscribed, mapi.Bool(on))
	defer s.box.treeStale.Store(true)
	_, err = s.store.SetFolderProps(ctx, object.SetFolderPropsRequest{Store: s.box.guid, Folder: f.id, Set: set})
	if err != nil {
		s.store.sawError(err)
	}
	return answer(err)
}

func (s *session) subscribeForeign(ctx context.Context, mailbox string, on bool) error {
	name := mailbox
	f, err := s.find(ctx, mailbox)
	switch {
	case err == nil:
		name = s.prefixOf(mailbox) + f.path
	case on || !errors.Is(err, proto.ErrNoSuchMailbox): // what is not there any more can be unsubscribed from
		return err
	}
	s.box.subscribing.Lock() // those of this gateway take turns
	defer s.box.subscribing.Unlock()
	for try := 1; ; try++ {
		err := s.changeSubscriptions(ctx, name, on)
		if try == conditionTries || !errors.Is(err, mapi.ObjectChanged) {
			return err
		}
		s.box.subscribed.forget()
	}
}

// changeSubscriptions writes the subscriptions changed, unless others, of other
// gateways, changed them meanwhile: ObjectChanged.
func (s *session) changeSubscriptions(ctx context.Context, name string, on bool) error {
	subs, err := s.subscriptions(ctx)
	if err != nil {
		return err
	}
	req := object.SetStorePropsRequest{Store: s.box.guid}
	if len(subs) == 0 {
		req.IfUnset = []mapi.PropTag{tag.TwigaSubscriptions}
	} else {
		req.If.Set(tag.TwigaSubscriptions, mapi.Strings(subs.left()...))
	}
	if _, is := subs[name]; is == on {
		return nil
	}
	if on {
		subs[name] = struct{}{}
	} else {
		delete(subs, name)
	}
	if len(subs) > maxSubscriptions {
		return proto.No(proto.CodeLimit, "Too many subscriptions")
	}
	if len(subs) == 0 {
		req.Delete = []mapi.PropTag{tag.TwigaSubscriptions}
	} else {
		req.Set.Set(tag.TwigaSubscriptions, mapi.Strings(subs.left()...))
	}
	if _, err := s.store.SetStoreProps(ctx, req); err != nil {
		s.store.sawError(err)
		return fmt.Errorf("keep subscriptions: %w", err)
	}
	return nil
}

// subscriptions are the names of folders of others that the user subscribed to.
type subscriptions map[string]struct{}

// take says whether a name is there and takes it out.
func (n subscriptions) take(name string) bool {
	_, ok := n[name]
	delete(n, name)
	return ok
}

// left are the names that were not taken, in order.
func (n subscriptions) left() []string { return slices.Sorted(maps.Keys(n)) }

// subscriptionsCache keeps them while the mailbox that has them stays as it is.
type subscriptionsCache struct {
	mu      sync.Mutex // guards what follows
	names   []string
	version uint64 // 1 + the own mailbox's version for which they are right; 0 for none
}

func (k *subscriptionsCache) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.version = 0
}

// subscriptions reads them; the map is the caller's.
func (s *session) subscriptions(ctx context.Context) (subscriptions, error) {
	k := &s.box.subscribed
	k.mu.Lock()
	defer k.mu.Unlock()
	version, known := s.store.version(s.box.guid)
	if !known || k.version != version+1 {
		res, err := s.store.GetStoreProps(ctx, object.GetStorePropsRequest{Store: s.box.guid, Columns: []mapi.PropTag{tag.TwigaSubscriptions}})
		if err != nil {
			s.store.sawError(err)
			return nil, fmt.Errorf("read subscriptions: %w", err)
		}
		v, _ := res.Props.Get(tag.TwigaSubscriptions)
		k.names, k.version = v.Texts(), 0
		if known {
			k.version = version + 1
		}
	}
	out := make(subscriptions, len(k.names))
	for _, name := range k.names {
		out[name] = struct{}{}
	}
	return out, nil
}
