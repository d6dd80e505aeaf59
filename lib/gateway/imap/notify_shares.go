// SPDX-License-Identifier: AGPL-3.0-or-later

package imap

import (
	"context"
	"hash/maphash"
	"slices"

	"twiga/lib/mapi/object"
	proto "twiga/lib/proto/imap"
)

// beginShares has the notifier told when others share a mailbox that they did
// not share before, if a name may lead there.
func (n *notifier) beginShares(want *proto.Notify) {
	if slices.ContainsFunc(want.Groups, n.leadsElsewhere) {
		n.shares = &notifiedBox{n: n, box: n.s.visit(&object.SharedStore{GUID: object.SharedVersion})}
		n.shares.listen()
	}
}

// leadsElsewhere says whether names of a group may be others'.
func (n *notifier) leadsElsewhere(g proto.EventGroup) bool {
	cfg := &n.s.gw.cfg
	return cfg.OtherUsers+cfg.PublicFolders != "" && slices.ContainsFunc(g.In.Names, func(name string) bool {
		return n.s.isForeign(name) || name == "" && g.In.Kind != proto.SourceMailboxes
	})
}

// followShares adds the mailboxes that others have begun to share. The client is
// told of all that is in them as of what was made just now.
func (n *notifier) followShares(ctx context.Context) error {
	if n.shares == nil {
		return nil
	}
	if _, stale := n.shares.take(); !stale {
		return nil
	}
	known := len(n.boxes)
	if err := n.lookUp(ctx, n.s.notifySelected.Groups); err != nil {
		n.boxes = n.boxes[:known]
		n.shares.again(nil, true)
		return err
	}
	for i, b := range n.boxes {
		if i >= known {
			b.listen()
			b.tree = &tree{}
			if n.wantsMetadata() {
				b.notes = &annotations{seed: maphash.MakeSeed()}
			}
		}
		if !b.box.own {
			b.again(nil, true)
		}
	}
	return nil
}
